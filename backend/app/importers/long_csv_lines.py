"""The rows of a long CSV line by line, with what is wrong with those that are."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from app.importers.csv_text import instant, number, rows, wall_time
from app.importers.long_csv_batches import Meters, Rows
from app.importers.long_csv_columns import DIRECTIONS, LETTERS, TYPES, Header, kind_of
from app.importers.series import Ignored, Piece, Rejected, Source
from app.utils.quality import ACTUAL
from app.utils.units import UNITS, ConsumptionType

ROWS_AT_A_TIME = 20_000
_DIGITS = 9
Cells = Sequence[str] | str
"""The cells of a line, or what is wrong with it."""


class _Row(NamedTuple):
    meter: str
    start: int
    amount: float
    line: int
    seconds: int
    letter: int
    kind: int


class _Wrong(Exception):
    """A cell that cannot be read; `column` is its name."""

    def __init__(self, column: str, detail: str) -> None:
        super().__init__(detail)
        self.rejected = (column, detail)


def slow_rows(
    source: Source, header: Header, meters: Meters, *, after: int = 0, offset: int = 0
) -> Iterator[Piece]:
    """Yield the pieces of the lines after line `after`; `offset` lines stand before the source's
    first."""
    lines = ((n + offset, cells) for n, cells in rows(source, header.separator) if n > after)
    yield from of_lines(lines, header, meters)


def of_lines(lines: Iterable[tuple[int, Cells]], header: Header, meters: Meters) -> Iterator[Piece]:
    """Yield the pieces of numbered lines."""
    waiting = iter(lines)
    while part := list(islice(waiting, ROWS_AT_A_TIME)):
        found = [_parsed(line, cells, header, meters) for line, cells in part]
        good = [row for row in found if isinstance(row, _Row)]
        yield from (row for row in found if not isinstance(row, _Row))
        if good:
            yield from _given(good, header, meters)


def _given(found: Sequence[_Row], header: Header, meters: Meters) -> Iterator[Piece]:
    numbers: dict[str, int] = {}
    names, starts, amounts, lines, seconds, letters, kinds = zip(*found, strict=True)
    codes = np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.int32)
    columns = Rows(
        np.array(starts, dtype=np.int64),
        np.array(amounts, dtype=np.float64),
        np.array(lines, dtype=np.int64),
        np.array(seconds, dtype=np.int64) if "seconds" in header.further else None,
        np.array(letters, dtype=np.uint8) if "quality" in header.further else None,
        np.array(kinds, dtype=np.int64) if meters.has_kinds(header.further) else None,
    )
    yield from meters.rows(list(numbers), codes, columns)


def _parsed(line: int, cells: Cells, header: Header, meters: Meters) -> "_Row | Piece":
    if isinstance(cells, str):
        return Rejected(line, None, cells)
    if not any(cells):
        return Ignored(1, "an empty line", line)
    if len(cells) != len(header.names):
        return Rejected(line, None, f"has {len(cells)} cells instead of {len(header.names)}")
    try:
        return _row(line, dict(zip(header.names, cells, strict=True)), header, meters)
    except _Wrong as wrong:
        return Rejected(line, *wrong.rejected)


def _row(line: int, cells: Mapping[str, str], header: Header, meters: Meters) -> _Row:
    start = instant(cells["start"]) if header.offsets else wall_time(cells["start"], None)
    if isinstance(start, str):
        raise _Wrong("start", start)
    text = cells["amount"]
    mark = "," if header.separator != "," and "," in text else "."
    amount = math.nan if text in ("", "null") else number(text, mark)
    if isinstance(amount, str):
        raise _Wrong("amount", amount)
    letter = cells.get("quality") or ACTUAL
    if letter not in LETTERS and not math.isnan(amount):
        raise _Wrong("quality", f"{letter!r} is none of the letters {''.join(sorted(LETTERS))}")
    return _Row(
        cells["meter"],
        start,
        amount,
        line,
        _seconds(cells.get("seconds")),
        ord(letter if letter in LETTERS else ACTUAL),
        _kind(cells, header, meters),
    )


def _seconds(text: str | None) -> int:
    if text is None:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise _Wrong("seconds", f"{text[:40]!r} is no number of seconds")
    return int(text)


def _kind(cells: Mapping[str, str], header: Header, meters: Meters) -> int:
    given = (cells.get("type") or str(meters.consumption_type)).casefold()
    if given not in TYPES or header.unit not in UNITS[ConsumptionType(given)]:
        raise _Wrong("type", f"{given[:40]!r} is no utility that is measured in {header.unit}")
    direction = (cells.get("direction") or DIRECTIONS[0]).casefold()
    if direction not in DIRECTIONS:
        raise _Wrong("direction", f"{direction[:40]!r} is neither import nor export")
    return kind_of(ConsumptionType(given), direction)
