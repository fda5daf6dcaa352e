"""Passwords: what is accepted, and how they are kept (bcrypt, as the design names it)."""

import base64
import hashlib
import hmac
import os
import threading
import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import bcrypt

from app.errors import TooManyRequests

MIN_LENGTH = 12
MAX_LENGTH = 128
MIN_SCORE = 3
HASHES_AT_A_TIME = 2
MAY_WAIT = 1
QUEUE_WAIT_S = 2.0
_CROWDED = "Many people are signing in at the moment; try again."
_ZXCVBN_READS = 72
_DOMAIN = b"consumo password v1"
T = TypeVar("T")


def weakness(password: str, context: Sequence[str] = ()) -> str | None:
    """Say why a new password is refused, or None when it is good.

    Length in code points after NFC, then zxcvbn's estimate with `context` (user name, e-mail)
    as words that a guesser tries first: NIST SP 800-63B-4 §3.1.1.2, no composition rules.
    """
    text = unicodedata.normalize("NFC", password)
    if len(text) < MIN_LENGTH:
        return f"The password has {len(text)} characters; at least {MIN_LENGTH} are needed."
    if len(text) > MAX_LENGTH:
        return f"The password has {len(text)} characters; at most {MAX_LENGTH} are accepted."
    from zxcvbn import zxcvbn  # 11 MiB of word lists that most requests never need

    words = [*context, *(part for word in context for part in word.split("@")), "consumo"]
    estimate = zxcvbn(text[:_ZXCVBN_READS], user_inputs=[word for word in words if word])
    if estimate["score"] >= MIN_SCORE:
        return None
    reason = estimate["feedback"]["warning"] or "It is too easy to guess."
    return f"{reason.rstrip('.')}. A few unrelated words make a good password."


def hash_password(password: str, cost: int) -> str:
    """Hash a new password; at most `HASHES_AT_A_TIME` run in a process, at a lower priority.

    Raises TooManyRequests when the queue stays full for `QUEUE_WAIT_S` seconds.
    """
    return _in_queue(lambda: bcrypt.hashpw(_folded(password), bcrypt.gensalt(cost))).decode()


def verify_password(password: str, hashed: str | None, cost: int) -> bool:
    """Compare a password with a stored hash, taking as long when there is none (`hashed` None).

    Raises TooManyRequests as `hash_password` does, and at once when `MAY_WAIT` others wait.
    """
    known = hashed is not None
    target = (hashed or f"$2b${cost:02d}${'.' * 53}").encode()
    if not _room.acquire(blocking=False):
        raise TooManyRequests(_CROWDED, 2)
    try:
        return bool(_in_queue(lambda: bcrypt.checkpw(_folded(password), target))) and known
    finally:
        _room.release()


def needs_rehash(hashed: str, cost: int) -> bool:
    """Whether the hash was made at a lower cost than the setting asks for now."""
    return int(hashed.split("$")[2]) < cost


def _folded(password: str) -> bytes:
    """Fold any length into 44 bytes, so that bcrypt's 72-byte wall is never met."""
    text = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    return base64.b64encode(hmac.digest(_DOMAIN, text, hashlib.sha256))


_places = threading.BoundedSemaphore(HASHES_AT_A_TIME)
# Whoever waits holds one of the worker's four threads: guessing leaves one to other requests.
_room = threading.BoundedSemaphore(HASHES_AT_A_TIME + MAY_WAIT)
_pool: ThreadPoolExecutor | None = None
_pool_pid = 0
_pool_lock = threading.Lock()


def _in_queue(work: Callable[[], T]) -> T:
    if not _places.acquire(timeout=QUEUE_WAIT_S):
        raise TooManyRequests(_CROWDED, 2)
    try:
        return _hashers().submit(work).result()
    finally:
        _places.release()


def _hashers() -> ThreadPoolExecutor:
    """Give this process's pool; a forked worker makes its own."""
    global _pool, _pool_pid
    with _pool_lock:
        if _pool is None or _pool_pid != os.getpid():
            _pool = ThreadPoolExecutor(HASHES_AT_A_TIME, "password", initializer=_yield_to_others)
            _pool_pid = os.getpid()
        return _pool


def _yield_to_others() -> None:
    """Lower this thread's priority, so that hashing leaves the rest of the API responsive."""
    if hasattr(os, "setpriority"):  # Linux: applies to the calling thread only
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
