"""Counters in the database that slow down guessing, shared by all workers."""

import hashlib
import hmac
import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam, delete, text

from app.config import Settings
from app.db import AppSession, Prepared
from app.errors import TooManyRequests
from app.logs import log
from app.models import Throttle

FOREVER = timedelta(days=3650)
LATEST = datetime(9999, 12, 31, tzinfo=UTC)
KEPT_FOR = timedelta(days=1)
_PURGE_ONE_IN = 500


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` times in `window` for what `parts` name; a count of 0 means no limit."""

    parts: tuple[str, ...]
    count: int
    window: timedelta


def lock(settings: Settings, who: tuple[str, str]) -> Limit:
    """Give the limit on wrong passwords in a row, which only a right or a new password ends."""
    return Limit(("login", "row", *who), settings.login_limit_consecutive, FOREVER)


def take(session: AppSession, key: bytes, limits: Iterable[Limit], now: datetime) -> None:
    """Count one attempt against each limit.

    Raises TooManyRequests, with the attempt counted, when a limit was reached before it.
    """
    if random.randrange(_PURGE_ONE_IN) == 0:  # noqa: S311
        purge(session, now)
    for limit in limits:
        if limit.count == 0:
            continue
        used, started_at = _count(session, hashed(key, limit.parts), limit.window, now)
        if used > limit.count:
            wait = started_at + limit.window - now
            log.warning("limit reached", what=limit.parts[0], allowed=limit.count)
            raise TooManyRequests(_explained(limit, wait), int(wait.total_seconds()) + 1)


def release(session: AppSession, key: bytes, limits: Iterable[Limit]) -> None:
    """Forget what was counted against the limits, e.g. after a right password."""
    keys = [hashed(key, limit.parts) for limit in limits]
    session.execute(delete(Throttle).where(Throttle.key.in_(keys)))


def purge(session: AppSession, now: datetime) -> None:
    """Forget counters whose window ended long ago."""
    session.execute(delete(Throttle).where(Throttle.started_at < now - KEPT_FOR))


def _explained(limit: Limit, wait: timedelta) -> str:
    if limit.window == FOREVER:
        return (
            f"After {limit.count} wrong passwords in a row signing in is locked; change the"
            " password from a session that is still open, or ask who runs this service."
        )
    minutes = max(1, round(wait.total_seconds() / 60))
    return f"Too many attempts: {limit.count} are allowed; try again in {minutes} min."


def _count(
    session: AppSession, key: bytes, window: timedelta, now: datetime
) -> tuple[int, datetime]:
    # What never ends begins in the future, where no purge finds it.
    start = now + FOREVER if window == FOREVER else now
    # A counter from beyond the window was made by a clock that has been set back since.
    latest = LATEST if window == FOREVER else now + window
    parameters = {"key": key, "start": start, "earliest": now - window, "latest": latest}
    [(used, started_at)] = _COUNT.rows(session, parameters)
    return used, started_at


def hashed(key: bytes, parts: tuple[str, ...]) -> bytes:
    """Give what stands for names and addresses where they must not be kept as they are."""
    return hmac.digest(key, "\0".join(parts).encode(), hashlib.sha256)


_STARTED = Throttle.started_at.type
# Both dialects read PostgreSQL's spelling here.
_COUNT = Prepared(
    text(
        "INSERT INTO throttles (key, count, started_at) VALUES (:key, 1, :start)"
        " ON CONFLICT (key) DO UPDATE SET"
        " count = CASE WHEN throttles.started_at BETWEEN :earliest AND :latest"
        " THEN throttles.count + 1 ELSE 1 END,"
        " started_at = CASE WHEN throttles.started_at BETWEEN :earliest AND :latest"
        " THEN throttles.started_at ELSE excluded.started_at END"
        " RETURNING count, started_at"
    )
    .bindparams(*(bindparam(name, type_=_STARTED) for name in ("start", "earliest", "latest")))
    .columns(count=Throttle.count.type, started_at=_STARTED)
)
