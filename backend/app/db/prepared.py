"""Statements of hot paths."""

import re
from collections import namedtuple
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from psycopg import abc
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq.abc import PGresult
from sqlalchemy import (
    ClauseElement,
    Executable,
)
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from app.db.driver import Call

if TYPE_CHECKING:
    from app.db.sessions import AppSession

Asked = Callable[[], Sequence[Any]]
"""Gives the rows of a statement that was asked, and waits for them when they are not there yet."""


class _Compiled(NamedTuple):
    sql: bytes
    names: tuple[str, ...]
    defaults: dict[str, Any]


class Prepared:
    """A statement of a hot path, compiled once and run by libpq itself.

    SQLAlchemy's and the driver's work per execution costs more than the database's. The
    statement names its tenant and binds every value; it takes part in the session's transaction,
    whose account row level security reads. PostgreSQL finds the type of a value where it is
    used: one that stands alone in a list of columns needs a cast.
    """

    def __init__(
        self, statement: ClauseElement, *, is_binary: bool = False, is_generic: bool = False
    ) -> None:
        """With `is_binary` rows travel in PostgreSQL's own formats: arrays in a quarter of the
        time. With `is_generic` its plan is made once, from then on in the transaction of any
        statement, where PostgreSQL would plan again each time: it takes a LIMIT that it does not
        know for a tenth of the rows."""
        self._statement = statement
        self._is_binary = is_binary
        self._is_generic = is_generic
        self._make_row: Any = None

    def rows(self, session: "AppSession", parameters: dict[str, Any]) -> Sequence[Any]:
        """Run it and give the rows, with the columns as attributes."""
        return self.ask(session, parameters)()

    def row(self, session: "AppSession", parameters: dict[str, Any]) -> Any | None:
        """Run it and give the only row, or None."""
        rows = self.rows(session, parameters)
        return rows[0] if rows else None

    def ask(self, session: "AppSession", parameters: dict[str, Any]) -> Asked:
        """Let it travel with the transaction's next statement, and give what gives its rows."""
        link = session.link
        if link is None:
            result = session.connection().execute(cast(Executable, self._statement), parameters)
            rows = result.all() if result.returns_rows else ()
            return lambda: rows
        if self._is_generic:
            link.later(_PLAN_ONCE)
        transformer = Transformer(link.connection)
        answer: list[PGresult] = []
        link.later(self._call(transformer, parameters), answer.append)

        def rows_of_answer() -> Sequence[Any]:
            if not answer:
                link.open()
            return self._read(answer[-1], transformer)

        return rows_of_answer

    @cached_property
    def _compiled(self) -> _Compiled:
        compiled = self._statement.compile(dialect=_DIALECT)
        numbers: dict[str, int] = {}

        def number(found: re.Match[str]) -> str:
            name = found[1]
            return "%" if name is None else f"${numbers.setdefault(name, len(numbers) + 1)}"

        sql = _PLACE.sub(number, str(compiled))
        defaults = {name: value for name, value in compiled.params.items() if value is not None}
        return _Compiled(sql.encode(), tuple(numbers), defaults)

    def _call(self, transformer: abc.Transformer, parameters: dict[str, Any]) -> Call:
        sql, names, defaults = self._compiled
        given = defaults | parameters if defaults else parameters
        values = transformer.dump_sequence(
            [given[name] for name in names], [PyFormat.TEXT] * len(names)
        )
        return Call(sql, values, self._is_binary)

    def _read(self, result: PGresult, transformer: abc.Transformer) -> Sequence[Any]:
        if self._make_row is None:
            fields = [(result.fname(at) or b"").decode() for at in range(result.nfields)]
            row: Any = namedtuple("Row", fields, rename=True)  # type: ignore[misc]
            self._make_row = partial(tuple.__new__, row)
        transformer.set_pgresult(result)
        rows: list[Any] = transformer.load_rows(0, result.ntuples, self._make_row)
        return rows


_PLAN_ONCE = Call(b"SET LOCAL plan_cache_mode = force_generic_plan")
_PLACE = re.compile(r"%\((\w+)\)s|%%")
_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]
