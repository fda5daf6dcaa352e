"""The cells of a table, from a CSV or a spreadsheet: times and amounts."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from app.importers.csv_text import instant, number, wall_time
from app.importers.generic_mapping import Layout
from app.importers.wall_clock import wall_seconds

Cell = Any
"""A text, or of a spreadsheet also a number, date, time or datetime; "" when empty."""

_OFFSET = re.compile(r"[T\s]\d[\d:.,]*\s*(?:[Zz]|[+-]\d{2}:?\d{2}|[+-]\d{2})\Z", re.ASCII)
_HALF_SECOND = timedelta(milliseconds=500)


@dataclass(frozen=True, slots=True)
class Moment:
    """Seconds since 1970-01-01, of the local clock or, where `is_instant`, UTC."""

    seconds: int
    is_instant: bool


def moment(cell: Cell, layout: Layout) -> Moment | str:
    """Give the time in a cell, or what is wrong with it."""
    if isinstance(cell, datetime):
        # Spreadsheets count days in floats: 00:15 may be 00:14:59.9999.
        rounded = (cell.replace(tzinfo=None) + _HALF_SECOND).replace(microsecond=0)
        return Moment(wall_seconds(rounded), is_instant=False)
    if isinstance(cell, date):
        return Moment(wall_seconds(datetime.combine(cell, time.min)), is_instant=False)
    if layout.timestamps != "text":
        return _unix(cell, layout.timestamps)
    text = str(cell).strip()
    if _OFFSET.search(text):
        found = instant(text)
        return found if isinstance(found, str) else Moment(found, is_instant=True)
    found = wall_time(text, layout.date_order)
    return found if isinstance(found, str) else Moment(found, is_instant=False)


def joined(day: Cell, clock: Cell, layout: Layout) -> Moment | str:
    """Give the time that a cell with a date and one with a time of day make."""
    if isinstance(day, datetime):
        day = day.date()
    if isinstance(clock, datetime):
        clock = clock.time()
    if isinstance(clock, timedelta):
        clock = f"{int(clock.total_seconds()) // 3600}:{int(clock.total_seconds()) // 60 % 60:02}"
    written = day.isoformat() if isinstance(day, date) else str(day)
    hour = clock.isoformat("seconds") if isinstance(clock, time) else str(clock)
    return moment(f"{written} {hour}".strip(), layout)


def amount(cell: Cell, layout: Layout) -> float | str:
    """Give the number in a cell, NaN when it is empty, or what is wrong with it."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell) if math.isfinite(cell) else "is not a number"
    text = str(cell).strip()
    if text in ("", "-", "null", "NaN"):
        return math.nan
    return number(text, layout.decimal)


def is_empty(cells: Sequence[Cell]) -> bool:
    """Tell whether a row has nothing in it."""
    return all(cell is None or str(cell).strip() == "" for cell in cells)


def _unix(cell: Cell, kind: str) -> Moment | str:
    found = number(str(cell)) if isinstance(cell, str) else cell
    if isinstance(found, str):
        return found
    if not isinstance(found, int | float) or not math.isfinite(found):
        return "is not a time in seconds since 1970"
    seconds = found / 1000 if kind == "unix_ms" else found
    return Moment(int(seconds), is_instant=True)
