"""API keys: `csm_<account>_<id>_<secret>`, 256 random bits of which only a hash is kept.

A key names its account, so that the tenant is known before it is looked up (ADR 0015).
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field

from app.auth.tokens import MAX_ID

PREFIX = "csm_"
_SECRET_BYTES = 32
_KEY = re.compile(r"csm_([1-9][0-9]{0,18})_([1-9][0-9]{0,18})_([A-Za-z0-9_-]{43})\Z", re.ASCII)
_NOTHING = bytes(32)


@dataclass(frozen=True, slots=True)
class ApiKeyText:
    """A key taken apart, not verified yet."""

    account_id: int
    key_id: int
    hash: bytes = field(repr=False)


def new_secret() -> tuple[str, bytes]:
    """Make the secret of a new key, and the hash that is stored of it."""
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    return secret, _hashed(secret)


def written(account_id: int, key_id: int, secret: str) -> str:
    """Give a key as it is sent."""
    return f"{PREFIX}{account_id}_{key_id}_{secret}"


def parse(text: str) -> ApiKeyText | None:
    """Take a key apart, or give None when it does not have the form of one."""
    match = _KEY.match(text)
    if match is None or max(int(match[1]), int(match[2])) > MAX_ID:
        return None
    return ApiKeyText(int(match[1]), int(match[2]), _hashed(match[3]))


def is_genuine(key: ApiKeyText, stored: bytes | None) -> bool:
    """Whether the stored hash is that of the key; takes as long when there is none."""
    is_same = hmac.compare_digest(key.hash, _NOTHING if stored is None else stored)
    return is_same and stored is not None


def _hashed(secret: str) -> bytes:
    # One round is enough for 256 random bits: there is nothing to guess (NIST SP 800-63B §3.1.2).
    return hashlib.sha256(secret.encode()).digest()
