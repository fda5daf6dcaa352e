"""Access tokens that are not ours, or not valid now: each names a live session, so that nothing
but its one flaw can be why it is refused (RFC 8725)."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.auth import tokens
from app.auth.tokens import Keys
from app.config import Settings
from app.errors import Unauthenticated
from tests.conftest import SECRET, make_settings, sqlite_app, state_of
from tests.factories import Person, new_person

KEY = Keys(make_settings()).access
HEADER = {"alg": "HS256", "typ": "at+jwt"}
LIFETIME_S = 600


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sign(header: object, payload: object, key: bytes = KEY, digest: Any = hashlib.sha256) -> str:
    """Sign as PyJWT does; texts are taken as they are, so that they may be odd JSON."""
    parts = [part if isinstance(part, str) else json.dumps(part) for part in (header, payload)]
    message = ".".join(b64(part.encode()) for part in parts)
    return f"{message}.{b64(hmac.digest(key, message.encode(), digest))}"


@dataclass(frozen=True)
class Target:
    """Somebody with an open session, whose identity the forgeries claim."""

    person: Person
    claims: dict[str, Any]

    def token(self, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """Sign a right token with these changes; a claim of None is left out."""
        payload = {k: v for k, v in (self.claims | claims).items() if v is not None}
        return sign(HEADER | (header or {}), payload)

    def status(self, token: str) -> int:
        """What /me answers to it."""
        headers = {"Authorization": f"Bearer {token}"}
        return self.person.app.test_client().get("/api/auth/me", headers=headers).status_code


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    app = sqlite_app()
    person = new_person(app)
    claims = json.loads(unb64(person.access_token.split(".")[1]))
    yield Target(person, claims)
    state_of(app).db.engine.dispose()


def _now() -> int:
    return int(time.time())


def _spliced(target: Target, payload: str) -> str:
    header, _, signature = target.person.access_token.split(".")
    return f"{header}.{b64(payload.encode())}.{signature}"


def _with_header(**header: Any) -> Callable[[Target], str]:
    return lambda target: target.token(header)


def _with_claims(**claims: Any) -> Callable[[Target], str]:
    return lambda target: target.token(**claims)


def _unsigned(alg: str) -> Callable[[Target], str]:
    def make(target: Target) -> str:
        parts = [{"alg": alg, "typ": "at+jwt"}, target.claims]
        return ".".join(b64(json.dumps(part).encode()) for part in parts) + "."

    return make


def _with_alg(alg: str, digest: Any = hashlib.sha256) -> Callable[[Target], str]:
    return lambda target: sign(HEADER | {"alg": alg}, target.claims, KEY, digest)


def _keyed(key: bytes) -> Callable[[Target], str]:
    return lambda target: sign(HEADER, target.claims, key)


def _altered(change: Callable[[str], str]) -> Callable[[Target], str]:
    return lambda target: change(target.token())


def _timed(**shifts: int) -> Callable[[Target], str]:
    return lambda target: target.token(**{name: _now() + by for name, by in shifts.items()})


def _swapped_identity(target: Target) -> str:
    return _spliced(target, json.dumps(target.claims | {"acct": target.claims["acct"] + 1}))


def _duplicated(target: Target) -> str:
    text = json.dumps(target.claims)
    return _spliced(target, text[:-1] + ', "acct": 1, "sub": "1"}')


def _duplicated_with_another_key(target: Target) -> str:
    return sign(HEADER, json.dumps(target.claims)[:-1] + ', "exp": 99999999999}', b"x" * 32)


OTHER = b"an attacker's own key, 32 bytes long"
JWK = {"kty": "oct", "k": b64(OTHER), "alg": "HS256"}
SECRETS = Keys(make_settings())
FORGERIES: dict[str, Callable[[Target], str]] = {
    "alg none": _unsigned("none"),
    "alg None": _unsigned("None"),
    "alg nOnE": _unsigned("nOnE"),
    "alg NONE": _unsigned("NONE"),
    "alg empty": _unsigned(""),
    "alg none with a signature": _with_alg("none"),
    "alg HS512, well signed": _with_alg("HS512", hashlib.sha512),
    "alg HS384, well signed": _with_alg("HS384", hashlib.sha384),
    "alg hs256 in small letters": _with_alg("hs256"),
    "alg RS256 over HMAC": _with_alg("RS256"),
    "alg ES256 over HMAC": _with_alg("ES256"),
    "alg EdDSA over HMAC": _with_alg("EdDSA"),
    "alg is a list": _with_header(alg=["HS256"]),
    "alg is null": _with_header(alg=None),
    "no alg": lambda target: sign({"typ": "at+jwt"}, target.claims),
    "another key": _keyed(OTHER),
    "an empty key": _keyed(b""),
    "the secret itself as key": _keyed(SECRET.encode()),
    "the key of refresh tokens": _keyed(SECRETS.refresh),
    "the key of the throttles": _keyed(SECRETS.throttle),
    "no signature": _altered(lambda token: token.rsplit(".", 1)[0] + "."),
    "two parts": _altered(lambda token: token.rsplit(".", 1)[0]),
    "four parts": _altered(lambda token: token + ".e30"),
    "five parts, as a JWE": _altered(lambda token: token + ".e30.e30"),
    "half a signature": _altered(lambda token: token[:-20]),
    "signature of another token": lambda target: _spliced(target, '{"sub":"1"}'),
    "another account spliced in": _swapped_identity,
    "duplicate claims spliced in": _duplicated,
    "duplicate claims with another key": _duplicated_with_another_key,
    "embedded jwk": lambda target: sign(HEADER | {"jwk": JWK}, target.claims, OTHER),
    "embedded jwk, well signed": _with_header(jwk=JWK),
    "jku": _with_header(jku="https://evil.example/keys.json"),
    "x5u": _with_header(x5u="https://evil.example/cert.pem"),
    "x5c": _with_header(x5c=["MIIB"]),
    "kid that climbs": _with_header(kid="../../../../dev/null"),
    "kid with SQL": _with_header(kid="' OR 1=1 --"),
    "kid that is known": _with_header(kid="1"),
    "crit": _with_header(crit=["exp"]),
    "crit b64": _with_header(crit=["b64"], b64=False),
    "compressed": _with_header(zip="DEF"),
    "content type": _with_header(cty="JWT"),
    "typ JWT": _with_header(typ="JWT"),
    "typ rt+jwt": _with_header(typ="rt+jwt"),
    "typ in capitals": _with_header(typ="AT+JWT"),
    "no typ": lambda target: sign({"alg": "HS256"}, target.claims),
    "refresh token as access token": lambda target: target.person.refresh_token,
    "wrong issuer": _with_claims(iss="consumo.evil.example"),
    "issuer in a list": _with_claims(iss=["consumo"]),
    "no issuer": _with_claims(iss=None),
    "wrong audience": _with_claims(aud="other-api"),
    "audience in a list": _with_claims(aud=["consumo-api"]),
    "no audience": _with_claims(aud=None),
    "no exp": _with_claims(exp=None),
    "no nbf": _with_claims(nbf=None),
    "no iat": _with_claims(iat=None),
    "no jti": _with_claims(jti=None),
    "no sid": _with_claims(sid=None),
    "no acct": _with_claims(acct=None),
    "no sub": _with_claims(sub=None),
    "expired beyond the leeway": _timed(iat=-700, nbf=-700, exp=-tokens.LEEWAY_S - 2),
    "not valid before later than the leeway": _timed(nbf=tokens.LEEWAY_S + 5),
    "issued later than the leeway": _timed(
        iat=tokens.LEEWAY_S + 5, nbf=0, exp=tokens.LEEWAY_S + 300
    ),
    "lives longer than ours do": _timed(iat=0, nbf=0, exp=LIFETIME_S + 1),
    "exp in the year 5138": _with_claims(exp=99_999_999_999),
    "exp of 400 digits": _with_claims(exp=10**400),
    "exp negative": _with_claims(exp=-1),
    "exp a float": lambda target: target.token(exp=target.claims["exp"] + 0.5),
    "exp a float without a fraction": lambda target: target.token(exp=float(_now() + 60)),
    "exp 1e400": lambda target: sign(
        HEADER, json.dumps(target.claims | {"exp": 0}).replace('"exp": 0', '"exp": 1e400')
    ),
    "exp NaN": _with_claims(exp=float("nan")),
    "exp a text": lambda target: target.token(exp=str(target.claims["exp"])),
    "exp true": _with_claims(exp=True),
    "iat a float": lambda target: target.token(iat=target.claims["iat"] + 0.0),
    "nbf a text": lambda target: target.token(nbf=str(target.claims["nbf"])),
    "exp before iat": _timed(iat=20, nbf=20, exp=10),
    "sub a number": lambda target: target.token(sub=int(target.claims["sub"])),
    "sub an object": _with_claims(sub={"id": 1}),
    "sub with a sign": lambda target: target.token(sub="+" + target.claims["sub"]),
    "sub of other digits": _with_claims(sub="١"),
    "sub empty": _with_claims(sub=""),
    "sub of 500 digits": _with_claims(sub="1" * 500),
    "sid zero": _with_claims(sid=0),
    "sid negative": _with_claims(sid=-1),
    "sid true": _with_claims(sid=True),
    "sid a float": lambda target: target.token(sid=float(target.claims["sid"])),
    "sid beyond a bigint": _with_claims(sid=2**63),
    "sid a text with SQL": _with_claims(sid="1 OR 1=1"),
    "acct of nobody": _with_claims(acct=2**62),
    "sub of nobody": _with_claims(sub=str(2**62)),
    "acct a list": lambda target: target.token(acct=[target.claims["acct"]]),
    "payload a list": lambda target: sign(HEADER, "[]"),
    "payload a text": lambda target: sign(HEADER, '"x"'),
    "payload null": lambda target: sign(HEADER, "null"),
    "payload not JSON": lambda target: sign(HEADER, "{"),
    "payload nested 700 deep": lambda target: sign(HEADER, "[" * 700),
    "header a list": lambda target: sign("[]", target.claims),
    "header not JSON": lambda target: sign("{", target.claims),
    "trailing =": _altered(lambda token: token + "="),
    "trailing = and text": _altered(lambda token: token + "=x"),
    "trailing dot": _altered(lambda token: token + "."),
    "trailing letter": _altered(lambda token: token + "A"),
    "trailing sign": _altered(lambda token: token + "!"),
    "trailing space inside": _altered(lambda token: token.replace(".", ". ", 1)),
    "leading space": _altered(lambda token: " " + token),
    "leading tab": _altered(lambda token: "\t" + token),
    "space within": _altered(lambda token: token[:20] + " " + token[20:]),
    "comma and a second token": _altered(lambda token: f"{token},{token}"),
    "base64 of the other alphabet": _altered(lambda token: token[:-3] + "+/+"),
    "percent-encoded dot": _altered(lambda token: token.replace(".", "%2E", 1)),
    "unicode letter": _altered(lambda token: token + "é"),
    "100 KB": _altered(lambda token: token + "A" * 100_000),
    "100 KB in a claim, well signed": _with_claims(jti="x" * 100_000),
    "1,025 letters, well signed": _with_claims(jti="x" * 700),
    "empty": lambda _: "",
    "only dots": lambda _: "..",
    "a word": lambda _: "undefined",
}


def test_a_right_token_made_the_same_way_is_accepted(target: Target) -> None:
    assert target.status(target.token()) == 200
    assert target.status(target.person.access_token) == 200


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_token_is_refused(target: Target, name: str) -> None:
    token = FORGERIES[name](target)
    headers = {"Authorization": f"Bearer {token}"}
    response = target.person.app.test_client().get("/api/auth/me", headers=headers)
    assert response.status_code == 401
    assert response.mimetype == "application/problem+json"
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    body = response.get_json()
    assert body["detail"] in (
        "The access token is missing, expired or not valid.",
        "The session has ended; sign in again.",
    )
    only_the_session_knows = name in ("acct of nobody", "sub of nobody")
    assert (body["detail"] == "The session has ended; sign in again.") == only_the_session_knows


def test_there_are_as_many_forgeries_as_the_standard_asks_for() -> None:
    assert len(FORGERIES) >= 25


@pytest.mark.parametrize("name", ["expired", "not yet valid", "issued in the future"])
def test_clocks_may_differ_by_the_leeway(target: Target, name: str) -> None:
    close = tokens.LEEWAY_S - 5
    now = _now()
    token = {
        "expired": target.token(iat=now - 300, nbf=now - 300, exp=now - close),
        "not yet valid": target.token(iat=now, nbf=now + close, exp=now + 300),
        "issued in the future": target.token(iat=now + close, nbf=now, exp=now + 300),
    }[name]
    assert target.status(token) == 200


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "Token {}",
        "{}",
        "Bearer Bearer {}",
        "Bearer{}",
    ],
)
def test_another_authorization_header_is_refused(target: Target, header: str) -> None:
    value = header.format(target.token())
    client = target.person.app.test_client()
    assert client.get("/api/auth/me", headers={"Authorization": value}).status_code == 401


def test_the_scheme_may_be_written_in_any_case(target: Target) -> None:
    client = target.person.app.test_client()
    headers = {"Authorization": f"bearer {target.token()}"}
    assert client.get("/api/auth/me", headers=headers).status_code == 200


@pytest.mark.parametrize("place", ["?access_token={}", "?token={}"])
def test_a_token_in_the_address_is_not_read(target: Target, place: str) -> None:
    client = target.person.app.test_client()
    response = client.get("/api/auth/me" + place.format(target.token()))
    assert response.status_code == 401


def test_a_token_in_a_cookie_is_not_read(target: Target) -> None:
    client = target.person.app.test_client()
    for name in ("access_token", "consumo-refresh", "Authorization"):
        client.set_cookie(name, target.token())
    assert client.get("/api/auth/me").status_code == 401


def test_the_role_comes_from_the_database_and_not_from_the_token(target: Target) -> None:
    token = target.token(role="superuser")
    client = target.person.app.test_client()
    response = client.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"})
    assert response.get_json()["account"]["role"] == "owner"


def test_a_token_of_another_installation_is_refused(target: Target) -> None:
    elsewhere: Flask = sqlite_app(jwt_secret="another-secret-for-tests-0123456789-abcdef")
    token = new_person(elsewhere).access_token
    assert target.status(token) == 401
    state_of(elsewhere).db.engine.dispose()


def test_a_lowered_lifetime_ends_tokens_that_were_made_before(target: Target) -> None:
    settings: Settings = state_of(target.person.app).settings
    token = target.token()
    for seconds, is_good in ((LIFETIME_S, True), (LIFETIME_S - 1, False)):
        keys, longest = Keys(settings), timedelta(seconds=seconds)  # of a process of its own
        if is_good:
            assert tokens.read_access_token(keys, token, longest=longest)
            continue
        with pytest.raises(Unauthenticated):
            tokens.read_access_token(keys, token, longest=longest)


def test_a_token_that_was_seen_before_expires_all_the_same(target: Target) -> None:
    now = _now()
    token = target.token(iat=now - 300, nbf=now - 300, exp=now - tokens.LEEWAY_S + 2)
    assert target.status(token) == 200
    time.sleep(2.1)
    assert target.status(token) == 401


def test_a_token_that_was_seen_before_may_not_change(target: Target) -> None:
    token = target.token()
    assert target.status(token) == 200
    for changed in (token + "=", token[:-1], token.swapcase(), " " + token):
        assert target.status(changed) == 401
