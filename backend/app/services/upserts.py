"""INSERT … ON CONFLICT for both dialects, which spell it the same and export it twice."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from app.db import AppSession


def insert(session: AppSession, table: Any) -> postgresql.Insert:
    """Start an INSERT that has `on_conflict_do_update`, for the dialect of the session."""
    if session.on_postgresql:
        return postgresql.insert(table)
    return sqlite.insert(table)  # type: ignore[return-value]
