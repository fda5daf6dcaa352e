"""How often one may ask: counted for each user, guest or API key before any work is done."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import g, request

from app.auth.tokens import Claims
from app.config import Settings
from app.counters import Counters
from app.errors import TooManyRequests

MINUTE_S, HOUR_S = 60, 3600
IMPORT_LEASE_S, IMPORT_RETRY_S = 180, 2
_SPAN = {MINUTE_S: "a minute", HOUR_S: "an hour"}


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `count` in `window_s` seconds; a count of 0 is no limit."""

    name: str
    count: int
    window_s: int


class Quotas:
    """The quotas of the settings, and what has been used of them."""

    def __init__(self, settings: Settings) -> None:
        self._reads = Quota("reads", settings.read_limit_per_minute, MINUTE_S)
        self._writes = Quota("writes", settings.write_limit_per_minute, MINUTE_S)
        self._imports = Quota("imports", settings.import_limit_per_hour, HOUR_S)
        self._exports = Quota("exports", settings.export_limit_per_hour, HOUR_S)
        self._parallel = settings.import_limit_parallel
        self._counters = Counters(settings.redis_url)

    def count_user(self, claims: Claims) -> None:
        """Count this request of a user. Raises TooManyRequests.

        The guest is one user behind whom are many people, so each of their sessions counts.
        """
        if claims.is_guest:
            guest = f"guest:{claims.session_id}"
            self._count_request(guest, guest)
        else:
            self._count_request(f"user:{claims.user_id}", f"account:{claims.account_id}")

    def count_key(self, key_id: int, account_id: int) -> None:
        """Count this request of an API key that has been found good. Raises TooManyRequests."""
        if "quotas" not in g:  # a transaction that is tried again looks its key up again
            self._count_request(f"key:{key_id}", f"account:{account_id}")

    @contextmanager
    def importing(self, account_id: int, *, is_trial: bool) -> Iterator[None]:
        """Read and store a file of the account; a trial counts only while it lasts.

        Raises TooManyRequests.
        """
        with self._turn(f"importing:account:{account_id}"):
            if not is_trial:
                self._take(self._imports, f"account:{account_id}")
            yield

    @contextmanager
    def _turn(self, key: str) -> Iterator[None]:
        if self._parallel == 0:
            yield
            return
        with self._counters.turn(key, self._parallel, IMPORT_LEASE_S) as is_mine:
            if not is_mine:
                detail = f"An account may have {self._parallel} files read at the same time."
                raise TooManyRequests(f"{detail} Try again when one is done.", IMPORT_RETRY_S)
            yield

    def _count_request(self, whose: str, whose_exports: str) -> None:
        g.quotas = ()
        is_read = request.method in ("GET", "HEAD")
        self._take(self._reads if is_read else self._writes, whose)
        if request.blueprint == "exports":
            self._take(self._exports, whose_exports)

    def _take(self, quota: Quota, whose: str) -> None:
        if quota.count == 0:
            return
        used, ends_in = self._counters.count(f"{quota.name}:{whose}", quota.window_s)
        wait_s = max(1, math.ceil(ends_in))
        g.quotas = (*g.get("quotas", ()), (quota, max(0, quota.count - used), wait_s))
        if used > quota.count:
            raise TooManyRequests(
                f"{quota.count:,} {quota.name} {_SPAN[quota.window_s]} are allowed; try again in"
                f" {wait_s} s.",
                wait_s,
            )


def headers() -> list[tuple[str, str]]:
    """Give the fields that say what is left (draft-ietf-httpapi-ratelimit-headers-10)."""
    taken = g.get("quotas", ())
    if not taken:
        return []
    policies = ", ".join(
        f'"{quota.name}";q={quota.count};w={quota.window_s}' for quota, *_ in taken
    )
    left = ", ".join(f'"{quota.name}";r={left};t={wait_s}' for quota, left, wait_s in taken)
    return [("RateLimit-Policy", policies), ("RateLimit", left)]
