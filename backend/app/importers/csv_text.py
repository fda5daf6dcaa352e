"""Delimited text of any size, a bounded part at a time: lines, cells, numbers, dates and times.

What the readers of series CSVs share. Encodings are found by byte-order mark and by reading the
whole file once; nothing of it is kept.
"""

import codecs
import io
import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import BinaryIO

from app.importers.records_csv_dialect import NO_TEXT, encodings, records_of
from app.importers.records_csv_values import RecordFileError, read_date, shown
from app.importers.series import Source, Unreadable

MAX_LINE = 65_536
MAX_CELL = 4_096
MAX_CELLS = 1_000
MAX_ROWS = 10_000_000
_CHUNK = 1 << 20

_NUMBER = {
    mark: re.compile(
        rf"[+-]?(?:[0-9]{{1,3}}(?:[{other}'\u00a0\u202f ][0-9]{{3}})+|[0-9]{{1,18}})?"
        rf"(?:[{mark}][0-9]{{0,30}})?(?:[eE][+-]?[0-9]{{1,3}})?"
    )
    for mark, other in ((".", ","), (",", "."))
}
_THOUSANDS = {
    mark: str.maketrans(
        {",": None, ".": None, "'": None, " ": None, "\u00a0": None, "\u202f": None} | {mark: "."}
    )
    for mark in ".,"
}
_TIME = re.compile(
    r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,9})?)?(?:\s?([AaPp])\.?[Mm]\.?)?"
)
_WALL = re.compile(r"(\S{6,10})[T\s]\s*([0-9]\S*(?:\s?[AaPp]\.?[Mm]\.?)?)")
_MONEY = re.compile(r"[\s$£€]|[A-Z]{3}(?=\s)|(?<=\s)[A-Z]{3}")
_EPOCH_DAY = date(1970, 1, 1).toordinal()


def encoding_of(source: Source) -> str:
    """Return the encoding in which every byte of the file is text.

    Unreadable when there is none, or the file holds a zero byte in UTF-8.
    """
    with source.open() as file:
        candidates = encodings(file.read(4096))
    for encoding in candidates:
        with source.open() as file:
            if _decodes(file, encoding):
                return encoding
    raise Unreadable(NO_TEXT)


def text_of(head: bytes) -> str:
    """Return the first bytes of a file as text, for detection; "" when they are none."""
    for encoding in encodings(head):
        try:
            return codecs.getincrementaldecoder(encoding)("strict").decode(head).lstrip("\ufeff")
        except UnicodeDecodeError:
            continue
    return ""


def rows(
    source: Source, separator: str = ",", *, longest: int = MAX_LINE, widest: int = MAX_CELLS
) -> Iterator[tuple[int, list[str] | str]]:
    """Yield each record: the number of its first line from 1, and its cells or what is wrong.

    Cells are stripped of white space (also U+00A0). A line has at most `longest` characters, a
    record `widest` cells of at most 4,096. Unreadable: no text, more than 10,000,000 records.
    """
    encoding = encoding_of(source)
    with source.open() as file:
        text = io.TextIOWrapper(file, encoding=encoding, newline="")
        try:
            for line, cells in records_of(_lines(text, longest), separator, MAX_ROWS, longest):
                yield line, _checked(cells, widest)
        except RecordFileError as error:
            raise Unreadable(error.detail) from None
        finally:
            text.detach()


def number(text: str, mark: str = ".") -> float | str:
    """Return the number that `text` writes with that decimal mark, or what is wrong with it."""
    text = text.strip().replace("\u2212", "-")
    if not text:
        return "no value"
    if not _NUMBER[mark].fullmatch(text) or not any(c.isdigit() for c in text.split("e")[0]):
        return f"{shown(text)} is not a number"
    value = float(text.translate(_THOUSANDS[mark]))
    return value if abs(value) < 1e15 else f"{shown(text)} is too large"


def money(text: str) -> float | str:
    """Return an amount of money such as "$1,234.50", "-$0.12 " or "($0.12)", or what is wrong."""
    plain = _MONEY.sub("", text)
    if plain.startswith("(") and plain.endswith(")"):
        plain = "-" + plain[1:-1]
    return number(plain)


@lru_cache(maxsize=4096)
def day(text: str, order: str | None) -> int | str:
    """Return the days from 1970-01-01 to the day that `text` writes, or what is wrong with it.

    `order` is "dmy" or "mdy" for dates that end with the year; a time of midnight may follow.
    """
    found = read_date(text, order)
    return found if isinstance(found, str) else found.toordinal() - _EPOCH_DAY


@lru_cache(maxsize=4096)
def clock(text: str) -> int | str:
    """Return the seconds since midnight of "0:00", "23:59", "12:15 AM" or "24:00"."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return f"{shown(text)} is not a time of day"
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if found[4]:
        if not 1 <= hour <= 12:
            return f"{shown(text)} is not a time of day"
        hour = hour % 12 + (12 if found[4] in "pP" else 0)
    total = hour * 3600 + minute * 60 + second
    if minute > 59 or second > 59 or total > 86_400:
        return f"{shown(text)} is not a time of day"
    return total


def wall_time(text: str, order: str | None) -> int | str:
    """Return a date and time without offset as a wall time (`wall_clock`), or what is wrong.

    The day alone is its midnight.
    """
    found = _WALL.fullmatch(text.strip())
    days = day(found[1] if found else text, order)
    seconds = clock(found[2]) if found else 0
    if isinstance(days, str):
        return days
    return seconds if isinstance(seconds, str) else days * 86_400 + seconds


def instant(text: str) -> int | str:
    """Return a date and time with offset (ISO 8601) in whole seconds since 1970-01-01 UTC, or
    what is wrong with it."""
    try:
        moment = datetime.fromisoformat(text.strip()[:64])
        if moment.tzinfo is None:
            return f"{shown(text)} has no offset from UTC"
        return int(moment.timestamp())
    except (ValueError, OverflowError):
        return f"{shown(text)} is not a date and time"


def _decodes(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    single = not encoding.startswith("utf-16")
    try:
        while chunk := file.read(_CHUNK):
            if single and b"\0" in chunk:
                raise Unreadable("the file is no text: it holds zero bytes")
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _lines(text: io.TextIOWrapper, longest: int) -> Iterator[str]:
    """Yield the lines; of one that is too long only its first part."""
    while line := text.readline(longest + 1):
        part = line
        while len(part) > longest and not part.endswith(("\n", "\r")):
            part = text.readline(longest + 1)
        yield line


def _checked(cells: list[str] | str, widest: int) -> list[str] | str:
    if isinstance(cells, str):
        return cells
    if len(cells) > widest:
        return f"a line has at most {widest:,} cells"
    if any(len(cell) > MAX_CELL for cell in cells):
        return f"a cell has at most {MAX_CELL:,} characters"
    return [cell.strip() for cell in cells]
