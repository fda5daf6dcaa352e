"""What went wrong on the command line, in words for its user.

What the errors come from is imported when one is to be explained: no command waits for it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError

from app.postgres import PostgresUnavailable


def explained(error: Exception) -> str | None:
    """Say what the user can do about an error; None for a mistake of ours."""
    from alembic.util.exc import CommandError
    from pydantic import ValidationError
    from sqlalchemy.exc import OperationalError

    from app.errors import Problem

    if isinstance(error, Problem):
        lines = [f"  {item.pointer}: {item.detail}" for item in error.errors[:50]]
        return "\n".join([error.detail, *lines])
    if isinstance(error, ValidationError):
        return f"the configuration is refused: {reasons(error)}"
    if isinstance(error, OperationalError):
        return f"the database cannot be reached: {str(error.orig).strip().splitlines()[0]}"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, PostgresUnavailable | CommandError | OSError):
        return str(error)
    return None


def reasons(error: "ValidationError") -> str:
    """Name what is wrong, never the values: some are secrets."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(
        f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}".lstrip(": ")
        for item in found
    )
