"""What the readers of series tables share: rows of cells, numbers, times, and batches.

Everything holds a bounded part of the file: one line, and BATCH readings of each channel.
"""

import csv
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO, Final

from app.importers.series import Source, Unreadable

MAX_LINE: Final = 65_536
"""Bytes of a line, unless a format says otherwise."""

_NUMBERS: Final = {
    ".": re.compile(r"\A[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.\d*)?(?:[eE][+-]?\d{1,3})?\Z", re.A),
    ",": re.compile(r"\A[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+)?(?:,\d*)?(?:[eE][+-]?\d{1,3})?\Z", re.A),
}
_SIMPLE: Final = re.compile(r"\A-?\d{1,15}(?:\.\d{1,15})?\Z", re.ASCII)
_DIGIT: Final = re.compile(r"\d", re.ASCII)
_WIDEST: Final = 40
_SPACES: Final = str.maketrans(dict.fromkeys("\u00a0\u2007\u2009\u202f", " "))


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: its number from 1, and its cells without surrounding spaces."""

    line: int
    cells: list[str]

    def cell(self, at: int | None) -> str:
        """Return the cell at `at` from 0, or "" when there is none."""
        return self.cells[at] if at is not None and at < len(self.cells) else ""


def text_lines(source: Source, max_line: int = MAX_LINE) -> Iterator[tuple[int, str]]:
    """Yield each line and its number from 1, blank ones too, without its end.

    UTF-8, UTF-16 with its mark, and, line by line, Windows-1252 where it is no UTF-8.
    Raises Unreadable for a line beyond `max_line` bytes, and for what holds zero bytes.
    """
    with source.open() as file:
        head = file.read(3)
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    with source.open() as file:
        raw = _utf_16(file, max_line) if encoding == "utf-16" else file
        number = 0
        while line := raw.readline(max_line + 1):
            number += 1
            if len(line) > max_line:
                raise Unreadable(f"line {number} has more than {max_line:,} bytes")
            if b"\0" in line:
                raise Unreadable(f"line {number} is no text")
            yield number, _decoded(line).rstrip("\r\n")


def rows(
    source: Source, separator: str = ",", max_line: int = MAX_LINE, *, blank: bool = False
) -> Iterator[Row]:
    """Yield the rows of a table that are not blank, or all of them with `blank`.

    Cells may be quoted; a cell ends with its line. Raises Unreadable as `text_lines`.
    """
    for number, line in text_lines(source, max_line):
        if blank or line.strip(" \t," + separator):
            yield Row(number, split(line, separator))


def split(line: str, separator: str) -> list[str]:
    """Return the cells of a line without surrounding spaces."""
    if '"' not in line:
        return [cell.strip() for cell in line.split(separator)]
    try:
        cells = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:
        cells = line.split(separator)
    return [cell.strip() for cell in cells]


def first_lines(head: bytes, count: int = 5) -> list[str]:
    """Return up to `count` lines, not blank, of a file's first bytes, decoded for recognition."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = head.decode("utf-16", "replace")
    else:
        text = head.decode("utf-8", "replace").lstrip("\ufeff")
    return [line.strip() for line in text[:32_768].splitlines() if line.strip()][:count]


def number(text: str, decimal: str = ".") -> float | None:
    """Return the number that a cell is, with `decimal` "." or "," as its mark, or None.

    Thousands may be set apart by the other mark. Infinite and not-a-number are None.
    """
    if decimal == "." and _SIMPLE.match(text):
        return float(text)
    text = text.translate(_SPACES).strip()
    if len(text) > _WIDEST or not _NUMBERS[decimal].match(text) or not _DIGIT.search(text):
        return None
    thousands = "," if decimal == "." else "."
    found = float(text.replace(thousands, "").replace(decimal, "."))
    return found if math.isfinite(found) else None


def shown(text: str) -> str:
    """Return a cell as a message quotes it: at most 40 characters, none of them control ones."""
    return repr(text if len(text) <= _WIDEST else text[:_WIDEST] + "…")


def iso_moment(text: str) -> datetime | None:
    """Return the moment that an ISO 8601 cell is, naive when it has no offset, or None."""
    if not 10 <= len(text) <= _WIDEST:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if 1900 <= moment.year <= 2199 else None


def instant(moment: datetime) -> int:
    """Return an aware moment in whole seconds since 1970-01-01 UTC."""
    difference = moment - _EPOCH
    return difference.days * 86_400 + difference.seconds


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def _utf_16(file: BinaryIO, max_line: int) -> BinaryIO:
    """Return a UTF-16 file as lines of UTF-8."""
    return _Lines(file, max_line)  # type: ignore[return-value]


class _Lines:
    """Reads UTF-16 by blocks and gives its lines in UTF-8."""

    def __init__(self, file: BinaryIO, max_line: int) -> None:
        import codecs

        self._reader = codecs.getreader("utf-16")(file, "replace")
        self._max_line = max_line

    def readline(self, _size: int) -> bytes:
        """Return the next line, or nothing at the end."""
        found = self._reader.readline(self._max_line)
        return found.encode("utf-8", "replace")
