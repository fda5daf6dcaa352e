"""Statements as spans of the request that sends them (`app.tracing`)."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Self

from psycopg import Copy, Cursor
from psycopg.abc import Params, Query
from psycopg.sql import Composable

from app import tracing


class TracedCursor(Cursor[Any]):
    """A cursor whose statements are spans, with placeholders and never with values."""

    def execute(self, query: Any, params: Params | None = None, **options: Any) -> Self:
        """Send a statement."""
        with tracing.statement(self._text(query)):
            return super().execute(query, params, **options)

    def executemany(self, query: Query, params_seq: Iterable[Params], **options: Any) -> None:
        """Send a statement with each of the parameters: one span."""
        with tracing.statement(self._text(query)):
            super().executemany(query, params_seq, **options)

    @contextmanager
    def copy(self, statement: Query, *args: Any, **options: Any) -> Iterator[Copy]:
        """Copy rows from or to the database."""
        with (
            tracing.statement(self._text(statement)),
            super().copy(statement, *args, **options) as copy,
        ):
            yield copy

    def _text(self, query: Query) -> str:
        if isinstance(query, bytes):
            return query.decode()
        return query.as_string(self) if isinstance(query, Composable) else str(query)
