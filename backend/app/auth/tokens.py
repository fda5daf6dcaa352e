"""Access tokens (signed, short-lived) and refresh tokens (derived, rotated at each use)."""

import base64
import hashlib
import hmac
import re
import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt

from app.auth.permissions import GUEST
from app.config import Settings
from app.errors import Unauthenticated

ISSUER, AUDIENCE, TYPE, ALGORITHM = "consumo", "consumo-api", "at+jwt", "HS256"
LEEWAY_S = 30
MAX_TOKEN_LENGTH = 1_024
_MAX_VERIFIED = 2_048
MAX_ID = 2**63 - 1
_CLAIMS = ("iss", "aud", "sub", "sid", "acct", "role", "iat", "nbf", "exp", "jti")
_SIGNED = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}\Z", re.ASCII)
_REFRESH = re.compile(r"([1-9][0-9]{0,18})\.(0|[1-9][0-9]{0,8})\.([A-Za-z0-9_-]{43})\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid access token says; the session behind it is checked at each request."""

    user_id: int
    account_id: int
    session_id: int
    is_guest: bool = False
    """Whether it was made for the guest of the demonstration, who never gets another role."""


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token taken apart, not verified yet."""

    session_id: int
    generation: int
    proof: str


class Keys:
    """One key per purpose, all derived from JWT_SECRET."""

    def __init__(self, settings: Settings) -> None:
        secret = settings.jwt_secret.get_secret_value().encode()

        def derive(purpose: bytes) -> bytes:
            return hmac.digest(secret, b"consumo " + purpose, hashlib.sha256)

        self.access = derive(b"access token")
        self.refresh = derive(b"refresh token")
        self.throttle = derive(b"throttle")
        self.verified: dict[str, tuple[Claims, int]] = {}
        """Tokens whose signature and claims were found good, with the second they expire."""


def make_access_token(
    keys: Keys, claims: Claims, role: str, *, now: datetime, lifetime: timedelta
) -> str:
    """Sign an access token (RFC 9068: typ at+jwt) that is valid for `lifetime` from `now`."""
    issued = int(now.timestamp())
    payload: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(claims.user_id),
        "sid": claims.session_id,
        "acct": claims.account_id,
        "role": role,
        "iat": issued,
        "nbf": issued,
        "exp": issued + int(lifetime.total_seconds()),
        "jti": secrets.token_urlsafe(12),
    }
    return jwt.encode(payload, keys.access, ALGORITHM, headers={"typ": TYPE})


def read_access_token(keys: Keys, token: str, *, longest: timedelta) -> Claims:
    """Verify an access token (RFC 8725); `longest` bounds the lifetime that is believed.

    Raises Unauthenticated for anything that is not a token of ours, valid now.
    """
    known = keys.verified.get(token)
    if known is not None and time.time() < known[1] + LEEWAY_S:
        return known[0]
    if len(token) > MAX_TOKEN_LENGTH or not _SIGNED.match(token):  # PyJWT reads past "="
        raise Unauthenticated
    try:
        decoded = jwt.decode_complete(
            token,
            keys.access,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            leeway=LEEWAY_S,
            options={"require": list(_CLAIMS), "strict_aud": True},
        )
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Unauthenticated from error
    header, payload = decoded["header"], decoded["payload"]
    times = [payload[name] for name in ("iat", "nbf", "exp")]
    if header.get("typ") != TYPE or set(header) - {"alg", "typ"}:
        raise Unauthenticated
    if any(type(moment) is not int for moment in times):
        raise Unauthenticated
    if not 0 < payload["exp"] - payload["iat"] <= longest.total_seconds():
        raise Unauthenticated
    user_id, account_id, session_id = (_id(payload[name]) for name in ("sub", "acct", "sid"))
    claims = Claims(user_id, account_id, session_id, is_guest=payload["role"] == GUEST)
    if len(keys.verified) >= _MAX_VERIFIED:
        keys.verified.clear()
    keys.verified[token] = claims, payload["exp"]
    return claims


def _id(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19:
        value = int(value)
    if type(value) is not int or not 0 < value <= MAX_ID:
        raise Unauthenticated
    return value


def new_seed() -> bytes:
    """Make the random part that all tokens of a session are derived from."""
    return secrets.token_bytes(32)


def make_refresh_token(keys: Keys, session_id: int, generation: int, seed: bytes) -> str:
    """Derive the token of one generation; the same inputs give the same token."""
    message = b"%d.%d." % (session_id, generation) + seed
    proof = base64.urlsafe_b64encode(hmac.digest(keys.refresh, message, hashlib.sha256))
    return f"{session_id}.{generation}.{proof.rstrip(b'=').decode()}"


def parse_refresh_token(text: str) -> RefreshToken | None:
    """Take a refresh token apart, or give None when it does not have the form of one."""
    match = _REFRESH.match(text)
    if match is None or int(match[1]) > MAX_ID:
        return None
    return RefreshToken(int(match[1]), int(match[2]), match[3])


def is_genuine(keys: Keys, token: RefreshToken, seed: bytes) -> bool:
    """Whether we derived this token, of whatever generation; compares in constant time."""
    expected = make_refresh_token(keys, token.session_id, token.generation, seed)
    return hmac.compare_digest(expected.rsplit(".", 1)[1], token.proof)
