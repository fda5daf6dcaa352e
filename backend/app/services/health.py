"""Whether the parts that the product stands on answer."""

import time
from dataclasses import dataclass

from sqlalchemy import text

from app.config import Settings
from app.db import Database
from app.errors import Problem
from app.logs import log
from app.metrics import DATABASE_SIZE

REDIS_TIMEOUT_S = 0.4


@dataclass(frozen=True, slots=True)
class Check:
    """How one part is: ok or down, and how long it took to answer (None when it did not)."""

    status: str
    latency_ms: float | None


def check_database(db: Database) -> Check:
    """Ask the database something small."""
    started = time.perf_counter()
    try:
        with db.anonymous(read_only=True) as session:
            session.execute(text("SELECT 1"))
    except Problem:
        return Check("down", None)
    return Check("ok", _since(started))


def check_redis(settings: Settings) -> Check:
    """Ask Redis for a PONG; only where REDIS_URL is set."""
    from redis import Redis, RedisError

    started = time.perf_counter()
    try:
        with Redis.from_url(
            settings.redis_url or "",
            socket_timeout=REDIS_TIMEOUT_S,
            socket_connect_timeout=REDIS_TIMEOUT_S,
        ) as redis:
            redis.ping()
    except (RedisError, ValueError, OSError) as error:
        log.warning("redis", error=repr(error))
        return Check("down", None)
    return Check("ok", _since(started))


def check_all(db: Database, settings: Settings) -> tuple[str, dict[str, Check]]:
    """Check every configured part; without the database the product is down, without Redis
    degraded."""
    checks = {"database": check_database(db)}
    if settings.redis_url:
        checks["redis"] = check_redis(settings)
    if checks["database"].status != "ok":
        return "down", checks
    is_well = all(check.status == "ok" for check in checks.values())
    return "ok" if is_well else "degraded", checks


_SIZE = text("SELECT pg_database_size(current_database())")


def measure_database(db: Database) -> None:
    """Bring the metric of the database's size up to date, where it answers."""
    if db.watch is None:
        return
    try:
        with db.anonymous(read_only=True) as session:
            DATABASE_SIZE.set(session.execute(_SIZE).scalar_one())
    except Problem:
        return  # what is away is seen by other metrics


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)
