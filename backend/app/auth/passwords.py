"""Passwords: what is accepted, and how they are kept (bcrypt, as the design names it)."""

import base64
import hashlib
import hmac
import os
import threading
import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

import bcrypt

from app.errors import TooManyRequests
from app.utils.codes import Code

MIN_LENGTH = 12
MAX_LENGTH = 128
MIN_SCORE = 3
HASHES_AT_A_TIME = 2
QUEUE_WAIT_S = 2.0
MAX_WAITING = 1
_ZXCVBN_READS = 72
_DOMAIN = b"consumo password v1"
T = TypeVar("T")


class Weakness(NamedTuple):
    """Why a password is refused."""

    detail: str
    code: Code
    params: dict[str, int]


def weakness(password: str, context: Sequence[str] = ()) -> Weakness | None:
    """Say why a new password is refused, or None when it is good.

    Length in code points after NFC, then zxcvbn's estimate with `context` (user name, e-mail)
    as words that a guesser tries first: NIST SP 800-63B-4 §3.1.1.2, no composition rules.
    """
    text = unicodedata.normalize("NFC", password)
    if len(text) < MIN_LENGTH:
        detail = f"The password has {len(text)} characters; at least {MIN_LENGTH} are needed."
        return Weakness(detail, Code.TOO_SHORT, {"min": MIN_LENGTH})
    if len(text) > MAX_LENGTH:
        detail = f"The password has {len(text)} characters; at most {MAX_LENGTH} are accepted."
        return Weakness(detail, Code.TOO_LONG, {"max": MAX_LENGTH})
    from zxcvbn import zxcvbn  # 11 MiB of word lists that most requests never need

    words = [*context, *(part for word in context for part in word.split("@")), "consumo"]
    estimate = zxcvbn(text[:_ZXCVBN_READS], user_inputs=[word for word in words if word])
    if estimate["score"] >= MIN_SCORE:
        return None
    reason = estimate["feedback"]["warning"] or "It is too easy to guess."
    detail = f"{reason.rstrip('.')}. A few unrelated words make a good password."
    return Weakness(detail, Code.PASSWORD_GUESSABLE, {})


def hash_password(password: str, cost: int) -> str:
    """Hash a new password; at most `HASHES_AT_A_TIME` run in a process, at a lower priority.

    Raises TooManyRequests when the queue stays full for `QUEUE_WAIT_S` seconds.
    """
    return _in_queue(lambda: bcrypt.hashpw(_folded(password), bcrypt.gensalt(cost))).decode()


def verify_password(password: str, hashed: str | None, cost: int) -> bool:
    """Compare a password with a stored hash, taking as long when there is none (`hashed` None).

    Raises TooManyRequests as `hash_password` does.
    """
    known = hashed is not None
    target = (hashed or f"$2b${cost:02d}${'.' * 53}").encode()
    return bool(_in_queue(lambda: bcrypt.checkpw(_folded(password), target))) and known


def needs_rehash(hashed: str, cost: int) -> bool:
    """Whether the hash was made at a lower cost than the setting asks for now."""
    return int(hashed.split("$")[2]) < cost


def _folded(password: str) -> bytes:
    """Fold any length into 44 bytes, so that bcrypt's 72-byte wall is never met."""
    text = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    return base64.b64encode(hmac.digest(_DOMAIN, text, hashlib.sha256))


_places = threading.BoundedSemaphore(HASHES_AT_A_TIME)
_queue = threading.BoundedSemaphore(MAX_WAITING)
_pool: ThreadPoolExecutor | None = None
_pool_pid = 0
_pool_lock = threading.Lock()


def _in_queue(work: Callable[[], T]) -> T:
    if not (_places.acquire(blocking=False) or _acquire_after_a_while()):
        raise TooManyRequests("Many people are signing in at the moment; try again.", 2)
    try:
        return _hashers().submit(work).result()
    finally:
        _places.release()


def _acquire_after_a_while() -> bool:
    """Wait for a place, but never with so many that no thread is left for other requests."""
    if not _queue.acquire(blocking=False):
        return False
    try:
        return _places.acquire(timeout=QUEUE_WAIT_S)
    finally:
        _queue.release()


def let_wait(count: int) -> None:
    """Set how many may wait for a place at a time, each holding a thread."""
    global _queue
    _queue = threading.BoundedSemaphore(count)


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
