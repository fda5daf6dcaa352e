"""What errors of the database mean for whoever asked."""

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.errors import Conflict, Invalid, NotFound, Problem, Unavailable

_AWAY = (
    "The database cannot be reached at the moment; with an Idempotency-Key it is safe to try again."
)
_PROBLEMS_BY_SQLSTATE: dict[str, tuple[type[Problem], str]] = {
    "22003": (Invalid, "A number is beyond what can be stored."),
    "22P05": (Invalid, "A text holds a character that cannot be stored."),
    "23503": (NotFound, "What this refers to does not exist any more."),
    "23505": (Conflict, "This exists already."),
    "40001": (Unavailable, "Others changed the same data at the same time; try again."),
    "40P01": (Unavailable, "Others changed the same data at the same time; try again."),
    "53100": (Unavailable, "The database's disk is full; nothing was stored."),
    "53200": (Unavailable, "The database is out of memory; nothing was stored."),
    "53300": (Unavailable, "The database has no free connection; try again."),
    "55P03": (Unavailable, "Another request holds the same data; try again."),
    "57014": (Unavailable, "The database took too long and the work was given up."),
}
RETRIED_SQLSTATES = frozenset({"40001", "40P01"})


def sqlstate(error: BaseException | None) -> str | None:
    """Give PostgreSQL's five-character code of an error, or None."""
    return getattr(getattr(error, "orig", None), "sqlstate", None)


def problem_of(error: BaseException) -> Problem | None:
    """Translate an error of the database; None for what is not one, or is a mistake of ours."""
    if isinstance(error, PoolTimeout):
        return Unavailable("All connections to the database are busy; try again.")
    if not isinstance(error, DBAPIError):
        return None
    kind = _PROBLEMS_BY_SQLSTATE.get(sqlstate(error) or "")
    if kind is not None:
        return kind[0](kind[1])
    if error.connection_invalidated or isinstance(error.orig, psycopg.OperationalError):
        return Unavailable(_AWAY)
    return None
