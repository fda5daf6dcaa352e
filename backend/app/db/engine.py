"""Engines: PostgreSQL, and SQLite in memory for the rules."""

import itertools
from typing import Any

import orjson
from sqlalchemy import (
    Engine,
    StaticPool,
    create_engine,
    event,
)
from sqlalchemy.exc import DisconnectionError

from app.config import Settings
from app.db.driver import Driver
from app.metrics import CONNECTIONS_LIMIT


def make_engine(settings: Settings) -> Engine:
    """Make the engine; connects lazily, so that forked workers never share a socket."""
    if not settings.is_postgresql:
        return _make_sqlite_engine()
    driver: dict[str, Any] = {"connect_timeout": 3, "application_name": "consumo"}
    if settings.otel_exporter_otlp_endpoint:
        from app.db.traced import TracedCursor

        driver["cursor_factory"] = TracedCursor
    engine = create_engine(
        settings.database_url,
        isolation_level="AUTOCOMMIT",
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=settings.database_pool_timeout_s,
        pool_use_lifo=True,
        pool_reset_on_return=None,  # `Driver.settle` sees to it
        connect_args=driver,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
    )
    event.listen(
        engine,
        "do_connect",
        lambda _dialect, _record, given, named: Driver.connect(*given, **named),
    )
    event.listen(engine, "checkout", _settle)
    limit = settings.database_pool_size
    event.listen(engine, "connect", lambda *_: CONNECTIONS_LIMIT.set(limit))
    return engine


def _settle(connection: Driver, _record: Any, _pooled: Any) -> None:
    if not connection.settle():
        raise DisconnectionError  # the pool gives another one


def _make_sqlite_engine() -> Engine:
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    counter = itertools.count(1)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.create_function("next_id", 0, lambda: next(counter))
        connection.create_aggregate("bit_or", 1, _BitOr)
        connection.create_aggregate("bit_and", 1, _BitAnd)
        connection.execute("PRAGMA foreign_keys = ON")

    return engine


class _BitOr:
    def __init__(self) -> None:
        self.bits = 0

    def step(self, value: int | None) -> None:
        self.bits |= value or 0

    def finalize(self) -> int:
        return self.bits


class _BitAnd(_BitOr):
    def __init__(self) -> None:
        self.bits = -1

    def step(self, value: int | None) -> None:
        self.bits &= -1 if value is None else value
