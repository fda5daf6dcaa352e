"""The driver's connection, spoken to by libpq's own calls.

What a cursor of the driver does around a statement costs more than the statement itself. Here a
statement is prepared once per connection, and several travel together in libpq's pipeline mode.
"""

import itertools
import select
from collections.abc import Generator, Iterator, Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

_MOST_PREPARED = 200
_SETTLED_WITHIN_MS = 2_000
_OPEN = (TransactionStatus.INTRANS, TransactionStatus.INERROR)


class Call(NamedTuple):
    """A statement with its values in PostgreSQL's text format."""

    sql: bytes
    values: Sequence[Any] | None = None
    """None for a command, which is not worth preparing."""
    is_binary: bool = False
    """Whether rows travel in PostgreSQL's own formats."""


class Driver(psycopg.Connection[Any]):
    """The driver's connection, and which statements of ours it has prepared under which name."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.prepared: dict[bytes, bytes] = {}
        self._numbers = itertools.count()

    def prepare(self, sql: bytes) -> bytes:
        """Give the name under which a statement is prepared, which is done at its first use."""
        name = self.prepared.pop(sql, None)
        if name is not None:
            self.prepared[sql] = name  # used last: those that travel together all stay
            return name
        if len(self.prepared) >= _MOST_PREPARED:
            oldest = next(iter(self.prepared))
            _checked(self.pgconn.exec_(b"DEALLOCATE " + self.prepared.pop(oldest)))
        name = b"consumo_%d" % next(self._numbers)
        _checked(self.pgconn.prepare(name, sql))
        self.prepared[sql] = name
        return name

    def _deallocate(self, name: bytes | None) -> Generator[Any, Any, None]:
        """Notice that psycopg gives up all prepared statements, as it does after a ROLLBACK."""
        if name is None:
            self.prepared.clear()
        yield from super()._deallocate(name)

    @property
    def is_idle(self) -> bool:
        """Whether no transaction is open."""
        return self.pgconn.transaction_status == TransactionStatus.IDLE

    def exchange(self, calls: Sequence[Call]) -> Iterator[PGresult]:
        """Run statements in one round trip and give their results.

        Raises psycopg.Error at the first that failed, after which none was done.
        """
        return map(_checked, _together(self, calls) if len(calls) > 1 else _alone(self, calls))

    def roll_back(self) -> None:
        """End the transaction that is open, if there is one."""
        if self.pgconn.transaction_status in _OPEN:
            self.pgconn.exec_(b"ROLLBACK")

    def settle(self) -> bool:
        """Read the end of the transaction before, and end one that was left open.

        False for a connection that is not good any more.
        """
        try:
            is_read = self._is_read_to_its_end()
        except psycopg.Error:
            return False
        self.roll_back()
        return is_read and self.is_idle

    def _is_read_to_its_end(self) -> bool:
        pgconn = self.pgconn
        while pgconn.transaction_status == TransactionStatus.ACTIVE:
            if not pgconn.is_busy():
                pgconn.get_result()
                continue
            poller = select.poll()
            poller.register(pgconn.socket, select.POLLIN)
            if not poller.poll(_SETTLED_WITHIN_MS):
                return False
            pgconn.consume_input()
        return True


def _alone(connection: Driver, calls: Sequence[Call]) -> list[PGresult]:
    pgconn = connection.pgconn
    return [
        pgconn.exec_(call.sql)
        if call.values is None
        else pgconn.exec_prepared(connection.prepare(call.sql), call.values, None, call.is_binary)
        for call in calls
    ]


def _together(connection: Driver, calls: Sequence[Call]) -> list[PGresult]:
    pgconn = connection.pgconn
    names = [None if call.values is None else connection.prepare(call.sql) for call in calls]
    pgconn.enter_pipeline_mode()
    for name, call in zip(names, calls, strict=True):
        if name is None:
            pgconn.send_query_params(call.sql, None)
        else:
            pgconn.send_query_prepared(name, call.values, None, call.is_binary)
    pgconn.pipeline_sync()
    poller = select.poll()
    while pgconn.flush():
        poller.register(pgconn.socket, select.POLLIN | select.POLLOUT)
        if any(event & ~select.POLLOUT for _, event in poller.poll()):
            pgconn.consume_input()
    poller.register(pgconn.socket, select.POLLIN)
    results = list(_results(pgconn, poller))
    pgconn.exit_pipeline_mode()
    return results


def _results(pgconn: PGconn, poller: select.poll) -> Iterator[PGresult]:
    """Give the results up to the end of the pipeline."""
    while True:
        while pgconn.is_busy():
            poller.poll()
            pgconn.consume_input()
        result = pgconn.get_result()
        if result is None:
            if pgconn.status != ConnStatus.OK:
                raise psycopg.OperationalError("the connection is lost")
        elif result.status == ExecStatus.PIPELINE_SYNC:
            return
        else:
            yield result


def _checked(result: PGresult) -> PGresult:
    if result.status in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
        return result
    error = psycopg.errors.error_from_result(result)
    # Without a code it is not from the server: libpq lost the connection, and does not always
    # say so in the connection's status.
    raise error if error.sqlstate else psycopg.OperationalError(str(error))
