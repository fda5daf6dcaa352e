"""Opaque page cursors: the sort key of the last row shown, as url-safe text.

A cursor carries no secret and is not signed: it only says where to go on, and the query that
uses it filters by tenant like every other.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

MAX_CURSOR_LENGTH = 512
_LARGEST_INTEGER = 2**63 - 1


class InvalidCursor(ValueError):
    """The text is not a cursor of the expected shape."""


def encode(values: Sequence[str | int]) -> str:
    """Return `values` as a cursor of at most 512 url-safe ASCII characters.

    ValueError when `decode` would refuse the result: too long, an integer beyond ±(2^63-1), a
    string with NUL or a lone surrogate, or a value that is neither str nor int (bool is not).
    """
    problem = _first_problem(values)
    if problem:
        raise ValueError(problem)
    text = _written(values)
    if len(text) > MAX_CURSOR_LENGTH:
        raise ValueError(f"a cursor has at most {MAX_CURSOR_LENGTH} characters")
    return text


def decode(text: str, shape: Sequence[type]) -> tuple[Any, ...]:
    """Return the values that `encode` put in `text`, one for each type (str or int) of `shape`.

    InvalidCursor when the text is longer than 512 characters, was not written by `encode`, or
    holds other types than `shape`.
    """
    if len(text) > MAX_CURSOR_LENGTH or not text.isascii():
        raise InvalidCursor("not a cursor")
    try:
        padded = text + "=" * (-len(text) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise InvalidCursor("not a cursor") from None
    if not isinstance(values, list) or [type(value) for value in values] != list(shape):
        raise InvalidCursor("a cursor of another list")
    # Only one text per sort key, so that nothing beside it can hide in a cursor.
    if _first_problem(values) or _written(values) != text:
        raise InvalidCursor("not a cursor")
    return tuple(values)


def _written(values: Sequence[str | int]) -> str:
    document = json.dumps(list(values), separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(document.encode()).decode().rstrip("=")


def _first_problem(values: Sequence[str | int]) -> str | None:
    for value in values:
        if type(value) is int:
            if abs(value) > _LARGEST_INTEGER:
                return "an integer of a cursor is within ±(2^63-1)"
        elif type(value) is not str:
            return "a cursor holds text and integers only"
        elif "\0" in value or any("\ud800" <= c <= "\udfff" for c in value):
            return "a text of a cursor has no NUL and no lone surrogate"
    return None
