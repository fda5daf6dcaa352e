"""Who a request comes from: the bearer token, the refresh cookie, the address."""

import ipaddress
from dataclasses import dataclass
from datetime import timedelta

from flask import g, request

from app.auth.api_keys import PREFIX, ApiKeyText
from app.auth.api_keys import parse as parse_api_key
from app.auth.tokens import Claims, Keys, read_access_token
from app.config import Settings
from app.errors import Forbidden, Unauthenticated


@dataclass(frozen=True, slots=True)
class Identity:
    """The signed-in user of this request and the role that was just looked up.

    Behind an API key (`key_id`) there is no session: `claims.session_id` is 0 then.
    """

    claims: Claims
    role: str
    key_id: int | None = None


def credentials(keys: Keys, settings: Settings) -> Claims | ApiKeyText:
    """Read the Authorization header: a verified access token, or an API key to look up.

    Telegraf and other clients of InfluxDB send a key as `Token <key>`. Raises Unauthenticated.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() not in ("bearer", "token") or not token:
        raise Unauthenticated
    if token.startswith(PREFIX):
        key = parse_api_key(token)
        if key is None:
            raise Unauthenticated
        return key
    if scheme.lower() != "bearer":
        raise Unauthenticated
    return read_access_token(keys, token, longest=timedelta(minutes=settings.access_token_minutes))


def current() -> Identity:
    """Give the identity that the endpoint has established."""
    identity: Identity = g.identity
    return identity


def client_address(settings: Settings) -> str:
    """Give the client's address; X-Forwarded-For counts only behind TRUSTED_PROXIES, from the
    right, up to the first address that is not a trusted proxy."""
    address = request.remote_addr or "unknown"
    if not settings.trusted_proxies:
        return address
    hops = [address]
    forwarded = request.headers.get("X-Forwarded-For", "")
    hops += [hop.strip() for hop in reversed(forwarded.split(",")) if hop.strip()][:20]
    for hop in hops:
        if not _is_trusted(hop, settings.trusted_proxies):
            return hop[:64]
    return hops[-1][:64]


def _is_trusted(address: str, proxies: tuple[str, ...]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return any(parsed in ipaddress.ip_network(proxy, strict=False) for proxy in proxies)


def require_own_origin(settings: Settings) -> None:
    """Refuse a cookie-bearing request that another site may have caused.

    Raises Forbidden unless the browser says that it is same-origin (or comes from a listed
    origin) and a script set X-Requested-With.
    """
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site")
    is_own = site == "same-origin" or (
        origin is not None
        and site in (None, "same-origin", "same-site", "cross-site")
        and origin
        in {request.host_url.rstrip("/"), *settings.public_origins, *settings.cors_origins}
    )
    if not is_own or "X-Requested-With" not in request.headers:
        raise Forbidden("A session cookie is accepted from this application's own pages only.")
