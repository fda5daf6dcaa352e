"""The connection of one transaction with PostgreSQL.

Statements that need no answer of their own (BEGIN, SET LOCAL, a row to be kept) travel with the
next one: a round trip less each.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import cast

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import Engine, PoolProxiedConnection
from sqlalchemy.exc import DBAPIError

from app import tracing
from app.db.driver import Call, Driver
from app.metrics import CONNECTIONS

Answered = Callable[[PGresult], None]
_COMMIT = Call(b"COMMIT")


def _ignore(_result: PGresult) -> None:
    """Take the result of what nobody asks."""


class Link:
    """The connection of one transaction, and what waits to travel with its next statement.

    `opening` gives the commands that open a transaction; they go ahead of the first statement
    and of the first one after a commit.
    """

    def __init__(self, engine: Engine, opening: Callable[[], Sequence[str]]) -> None:
        self._engine = engine
        self._opening = opening
        self._waiting: list[tuple[Call, Answered]] = []
        self._may_retry = True
        self.may_connect: Callable[[], None] = lambda: None
        """Called before a connection is taken; raises while there is no point in it."""
        self.pooled: PoolProxiedConnection | None = None
        self.connection: Driver | None = None
        """The driver's connection; None before `connect` and after it was lost."""

    def connect(self) -> None:
        """Take a connection from the pool. Raises DBAPIError, or TimeoutError when none is free."""
        self.may_connect()
        try:
            self.pooled = self._engine.raw_connection()
        except psycopg.Error as error:
            raise _translated(error) from error
        CONNECTIONS.inc()
        self.connection = cast(Driver, self.pooled.driver_connection)

    def open(self) -> None:
        """Open the transaction, unless it is, and send what waits."""
        waiting, self._waiting = self._waiting, []
        may_retry, self._may_retry = self._may_retry, False
        try:
            self._send(waiting)
        except DBAPIError as error:
            if not (may_retry and error.connection_invalidated):
                raise
            # A pooled connection outlives a restart of the server: nothing was done yet, so the
            # one retry on a fresh connection is safe.
            self.close()
            self.connect()
            self._send(waiting)

    def run(self, call: Call) -> PGresult:
        """Run a statement, with what waits, and give its result."""
        found: list[PGresult] = []
        self.later(call, found.append)
        self.open()
        return found[-1]

    def later(self, call: Call, answered: Answered = _ignore) -> None:
        """Let a statement travel with the next one; `answered` is then called with its result."""
        self._waiting.append((call, answered))

    def commit(self) -> None:
        """Commit, together with what waits. Raises DBAPIError when nothing was committed."""
        if not self._waiting and self._driver().is_idle:
            return
        self._may_retry = False  # it may have been committed
        if self.run(_COMMIT).command_status != b"COMMIT":
            raise _translated(
                psycopg.errors.InFailedSqlTransaction("a failed transaction was committed")
            )

    def leave(self) -> None:
        """Commit what has only read without waiting, as `Driver.settle` does before the next."""
        connection = self._driver()
        if self._waiting or connection.pgconn.transaction_status != TransactionStatus.INTRANS:
            self.commit()
            return
        try:
            with tracing.round_trip([_COMMIT.sql]):
                connection.pgconn.send_query(_COMMIT.sql)
                connection.pgconn.flush()
        except psycopg.Error as error:
            raise self._failed(connection, error) from error

    def close(self) -> None:
        """Give the connection back to the pool, after a rollback of what is open."""
        if self.pooled is None:
            return
        if self.connection is not None:
            self.connection.roll_back()
            if self.connection.closed:
                self._forget(None)
        self.pooled.close()
        self.pooled = self.connection = None
        CONNECTIONS.dec()

    @contextmanager
    def lent(self) -> Iterator[Driver]:
        """Lend the driver's connection, open; its errors are raised as SQLAlchemy raises them."""
        self.open()
        connection = self._driver()
        try:
            yield connection
        except psycopg.Error as error:
            raise self._failed(connection, error) from error

    def _driver(self) -> Driver:
        connection = self.connection
        if connection is None:
            raise _translated(psycopg.OperationalError("the connection is lost"), is_lost=True)
        return connection

    def _failed(self, connection: Driver, error: psycopg.Error) -> BaseException:
        """Translate an error, and forget a connection that was lost with it."""
        is_lost = connection.closed or (
            isinstance(error, psycopg.OperationalError)
            and (error.sqlstate or "57P").startswith("57P")
        )
        if is_lost:
            self._forget(error)
        return _translated(error, is_lost=is_lost)

    def _forget(self, reason: BaseException | None) -> None:
        """Close the connection and take it out of the pool."""
        if self.pooled is not None and self.pooled.is_valid:
            self.pooled.invalidate(reason)
        self.connection = None

    def _send(self, waiting: Sequence[tuple[Call, Answered]]) -> None:
        connection = self._driver()
        if connection.is_idle:
            opening = [(Call(command.encode()), _ignore) for command in self._opening()]
            waiting = [*opening, *waiting]
        calls = [call for call, _ in waiting]
        try:
            with tracing.round_trip(call.sql for call in calls):
                results = connection.exchange(calls)
                for (_, answered), result in zip(waiting, results, strict=True):
                    answered(result)
        except psycopg.Error as error:
            raise self._failed(connection, error) from error
        except BaseException as interruption:
            self._forget(interruption)  # what it still says would be taken for other answers
            raise


def _translated(error: psycopg.Error, *, is_lost: bool = False) -> BaseException:
    return DBAPIError.instance(None, None, error, psycopg.Error, connection_invalidated=is_lost)
