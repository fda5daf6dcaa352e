"""Counters of the moment, in Redis where there is one, so that all workers and machines share them.

Without a Redis, and while it is away, each process counts for itself. What must survive a restart
is counted in the database instead (`services/throttles.py`).
"""

import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, TypeVar

from app.logs import log

Found = TypeVar("Found")
MAX_KEYS = 50_000
TIMEOUT_S = 0.25
PAUSE_S = 5.0
"""For so long a Redis that failed is left alone; then one request tries it again."""
_PREFIX = "consumo:"
_COUNT = """
local used = redis.call('INCR', KEYS[1])
if used == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {used, redis.call('PTTL', KEYS[1])}
"""
_ENTER = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
"""


class Counters:
    """Counts by key within windows, and turns of which only so many are taken at a time."""

    def __init__(self, redis_url: str | None) -> None:
        self._memory = _Memory()
        self._redis = _Redis(redis_url) if redis_url else None
        self._lock = threading.Lock()
        self._is_away = False
        self._tried_again_at = 0.0

    def count(self, key: str, window_s: int) -> tuple[int, float]:
        """Count one more; gives how many there are in the window, and the seconds until it ends.

        A window begins with the first that is counted in it.
        """
        shared = self._shared(lambda redis: redis.count(key, window_s))
        return shared or self._memory.count(key, window_s)

    @contextmanager
    def turn(self, key: str, most: int, lease_s: int) -> Iterator[bool]:
        """Take a turn, unless `most` are taken: then give False.

        A turn in Redis whose process dies is free again after `lease_s` seconds.
        """
        token = secrets.token_hex(8)
        shared = self._shared(lambda redis: redis.enter(key, token, most, lease_s))
        is_mine = self._memory.enter(key, most) if shared is None else shared
        try:
            yield is_mine
        finally:
            if is_mine and shared is None:
                self._memory.leave(key)
            elif is_mine:
                self._shared(lambda redis: redis.leave(key, token))

    def _shared(self, ask: Callable[["_Redis"], Found]) -> Found | None:
        """Ask Redis; None where there is none, and while it is away."""
        if self._redis is None or not self._is_worth_asking():
            return None
        from redis import RedisError

        try:
            found = ask(self._redis)
        except (RedisError, ValueError, OSError) as error:  # ValueError: of the URL
            self._note(is_away=True, error=repr(error))
            return None
        self._note(is_away=False)
        return found

    def _is_worth_asking(self) -> bool:
        if not self._is_away:
            return True
        with self._lock:
            now = time.monotonic()
            if now < self._tried_again_at:
                return False
            self._tried_again_at = now + PAUSE_S  # whoever comes meanwhile does not wait as well
            return True

    def _note(self, *, is_away: bool, **details: Any) -> None:
        if is_away == self._is_away:
            return
        with self._lock:
            self._tried_again_at = time.monotonic() + PAUSE_S
            self._is_away = is_away
        told = "Redis is away: each worker counts for itself" if is_away else "Redis is back"
        log.warning(told, **details)


class _Memory:
    """The counters of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, float]] = {}
        self._turns: Counter[str] = Counter()

    def count(self, key: str, window_s: int) -> tuple[int, float]:
        now = time.monotonic()
        with self._lock:
            used, ends = self._counts.get(key, (0, 0.0))
            if ends <= now:
                used, ends = 0, now + window_s
                self._make_room(now)
            self._counts[key] = used + 1, ends
        return used + 1, ends - now

    def _make_room(self, now: float) -> None:
        if len(self._counts) < MAX_KEYS:
            return
        self._counts = {key: kept for key, kept in self._counts.items() if kept[1] > now}
        while len(self._counts) >= MAX_KEYS:
            del self._counts[next(iter(self._counts))]

    def enter(self, key: str, most: int) -> bool:
        with self._lock:
            if self._turns[key] >= most:
                return False
            self._turns[key] += 1
            return True

    def leave(self, key: str) -> None:
        with self._lock:
            self._turns[key] -= 1
            if self._turns[key] <= 0:
                del self._turns[key]


class _Redis:
    """The counters of all; connects with the first question, and never waits for long."""

    def __init__(self, url: str) -> None:
        self._url = url

    @cached_property
    def _client(self) -> Any:
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        return Redis.from_url(
            self._url,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
        )

    @cached_property
    def _counted(self) -> Any:
        return self._client.register_script(_COUNT)

    @cached_property
    def _entered(self) -> Any:
        return self._client.register_script(_ENTER)

    def count(self, key: str, window_s: int) -> tuple[int, float]:
        used, left_ms = self._counted(keys=[_PREFIX + key], args=[window_s * 1000])
        return int(used), max(0, int(left_ms)) / 1000

    def enter(self, key: str, token: str, most: int, lease_s: int) -> bool:
        return bool(self._entered(keys=[_PREFIX + key], args=[most, lease_s, token]))

    def leave(self, key: str, token: str) -> None:
        self._client.zrem(_PREFIX + key, token)
