"""Counters in the database that slow down guessing, shared by all workers."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete, select

from app.db import AppSession
from app.errors import TooManyRequests
from app.models import Throttle
from app.services.upserts import insert

FOREVER = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` times in `window` for what `parts` name; a count of 0 means no limit."""

    parts: tuple[str, ...]
    count: int
    window: timedelta


def take(session: AppSession, key: bytes, limits: Iterable[Limit], now: datetime) -> None:
    """Count one attempt against each limit.

    Raises TooManyRequests, with the attempt counted, when a limit was reached before it.
    """
    for limit in limits:
        if limit.count == 0:
            continue
        used, started_at = _count(session, _hashed(key, limit.parts), limit.window, now)
        if used > limit.count:
            wait = started_at + limit.window - now
            raise TooManyRequests(_explained(limit, wait), int(wait.total_seconds()) + 1)


def release(session: AppSession, key: bytes, limits: Iterable[Limit]) -> None:
    """Forget what was counted against the limits, e.g. after a right password."""
    keys = [_hashed(key, limit.parts) for limit in limits]
    session.execute(delete(Throttle).where(Throttle.key.in_(keys)))


def is_exhausted(session: AppSession, key: bytes, limit: Limit) -> bool:
    """Whether a limit has been reached, without counting."""
    used = session.scalar(select(Throttle.count).where(Throttle.key == _hashed(key, limit.parts)))
    return limit.count > 0 and (used or 0) >= limit.count


def purge(session: AppSession, now: datetime) -> None:
    """Forget counters that nobody has touched for a day, but not those that never expire."""
    session.execute(
        delete(Throttle).where(Throttle.started_at < now - timedelta(days=1), Throttle.count < 50)
    )


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
    fresh = insert(session, Throttle).values(key=key, count=1, started_at=now)
    is_over = Throttle.started_at < now - window
    statement = fresh.on_conflict_do_update(
        index_elements=[Throttle.key],
        set_={
            "count": case((is_over, 1), else_=Throttle.count + 1),
            "started_at": case((is_over, fresh.excluded.started_at), else_=Throttle.started_at),
        },
    ).returning(Throttle.count, Throttle.started_at)
    used, started_at = session.execute(statement).one()
    return used, started_at


def _hashed(key: bytes, parts: tuple[str, ...]) -> bytes:
    return hmac.digest(key, "\0".join(parts).encode(), hashlib.sha256)
