"""The records of NEM12 and NEM13 files: lines of cells, and their values."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.importers.series import Rejected, Source, Unreadable
from app.utils.quality import ACTUAL, ESTIMATED, MISSING, SUBSTITUTED

MAX_LINE: Final = 65_536
_NUMBER: Final = re.compile(r"\A[+-]?(?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})\Z", re.ASCII)
QUALITIES: Final = {
    "A": ACTUAL,
    "E": ESTIMATED,
    "F": SUBSTITUTED,
    "S": SUBSTITUTED,
    "N": MISSING,
}
"""Our letter of each QualityMethod by its first character."""

_UNITS: Final = {"WH": "Wh", "KWH": "kWh", "MWH": "MWh"}


@dataclass(frozen=True, slots=True)
class Record:
    """A line: its number from 1, and its cells, of which the first names the kind."""

    line: int
    cells: list[str]

    @property
    def kind(self) -> str:
        """The record indicator, "300" say."""
        return self.cells[0].strip()

    def cell(self, at: int) -> str:
        """Return the cell at `at` from 0 without spaces, or "" when the record is shorter."""
        return self.cells[at].strip() if at < len(self.cells) else ""


def is_nem(head: bytes) -> bool:
    """Tell whether a file begins as NEM12 or NEM13, or with a data stream without the header."""
    lines = head[:1024].decode("ascii", "replace").lstrip("\ufeff\ufffd \r\n").splitlines()
    cells = lines[0].split(",") if lines else []
    if cells[:1] == ["100"] and len(cells) > 1:
        return cells[1].strip().upper() in ("NEM12", "NEM13")
    return cells[:1] == ["200"] and len(cells) >= 9 and len(lines) > 1 and lines[1][:4] == "300,"


def records(source: Source) -> Iterator[Record]:
    """Yield the records that are not blank. Raises Unreadable for a line beyond MAX_LINE."""
    with source.open() as file:
        number = 0
        while line := file.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                raise Unreadable(f"line {number} has more than {MAX_LINE:,} bytes")
            text = line.decode("utf-8", "replace").lstrip("\ufeff").strip()
            if text:
                yield Record(number, text.split(","))


def refused(record: Record, column: str, detail: str) -> Rejected:
    """Return the rejection of a record, which names the field as the specification does."""
    return Rejected(record.line, column, detail[:200])


def number_of(text: str) -> float | None:
    """Return the number that a cell is, or None."""
    text = text.strip()
    if not _NUMBER.match(text):
        return None
    number = float(text)
    return number if math.isfinite(number) else None


def whole_number_of(text: str) -> int | None:
    """Return the number without sign or decimals that a cell is, or None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def day_of(text: str) -> date | None:
    """Return the day of a Date(8) or DateTime(14) cell, or None."""
    if len(text) < 8 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


def unit_of(text: str) -> str | None:
    """Return the canonical unit of a UOM cell, which may be in capitals."""
    return _UNITS.get(text.strip().upper())


def range_of(record: Record, count: int) -> tuple[int, int, str] | Rejected:
    """Return the intervals, from 1, that a 400 record tells the quality of, and its letter."""
    first, last = (whole_number_of(record.cell(at)) for at in (1, 2))
    quality = QUALITIES.get(record.cell(3)[:1].upper())
    if not first or not last or first > last:
        return refused(record, "StartInterval", "no range of intervals")
    if last > count:
        return refused(record, "EndInterval", f"{last} of {count} intervals")
    if quality is None:
        return refused(record, "QualityMethod", f"{record.cell(3)!r} is not A, S, E, F or N")
    return first, last, quality


def values_before_quality(cells: Sequence[str]) -> int:
    """Return how many cells stand before the quality, which begins with a letter."""
    for at, cell in enumerate(cells):
        if cell.strip()[:1].isalpha():
            return at
    return len(cells)
