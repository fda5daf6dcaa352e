"""Writing what may be there already: INSERT … ON CONFLICT for both dialects, which spell it the
same and export it twice; names that are taken, and rows that others name."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from app.db import AppSession, Base
from app.errors import Conflict, taken
from app.utils.codes import Code


def insert(session: AppSession, table: Any) -> postgresql.Insert:
    """Start an INSERT that has `on_conflict_do_update`, for the dialect of the session."""
    if session.on_postgresql:
        return postgresql.insert(table)
    return sqlite.insert(table)  # type: ignore[return-value]


def store_named(session: AppSession, row: Base, detail: str) -> None:
    """Store a new or changed row and read it back.

    Raises Conflict with `detail` when another has its name.
    """
    try:
        session.flush()
    except IntegrityError as error:
        raise taken("/name", detail) from error
    session.refresh(row)


def delete_unnamed(session: AppSession, row: Base, detail: str, code: Code) -> None:
    """Delete a row. Raises Conflict with `detail` and `code` when other rows name it."""
    session.delete(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict(detail, code=code) from error
