"""How a CSV is written: encoding, separator, header; and its records, line by line, bounded."""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from app.importers.records_csv_columns import SEPARATORS, ColumnMapping, is_header, is_words
from app.importers.records_csv_values import RecordFileError

MAX_LINE = 65_536
MAX_ROWS = 1_000_000
MAX_LINES_IN_A_RECORD = 2_001
"""As many as the longest description can have."""
MAX_QUOTED = 100 * MAX_LINE
MAX_UNCLOSED_QUOTES = 100
HEAD_BYTES = 65_536
_HEADER_WITHIN = 20

NO_TEXT = "the file is no text: save it as CSV in UTF-8"
UNCLOSED = f"a quoted cell is not closed within {MAX_LINES_IN_A_RECORD:,} lines"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written.

    `header_line` is the line of the header from 1, or None when there is none; what stands before
    it is no record. `decimal` and `date_order` are None until the whole file has settled them, and
    after that when it needs none.
    """

    encoding: str
    separator: str
    header_line: int | None
    declares_separator: bool = False
    decimal: str | None = None
    date_order: str | None = None
    warnings: tuple[str, ...] = ()


def sniff(head: bytes, mapping: ColumnMapping | None = None) -> Dialect:
    """Return how a file is written, from its first bytes (HEAD_BYTES are enough).

    RecordFileError when they are no text.
    """
    encoding = _encoding(head, whole=False)
    text = _decoded(head, encoding, whole=False)
    lines = [line for _, line in zip(range(200), io.StringIO(text, newline=""), strict=False)]
    chosen = mapping or ColumnMapping()
    declared = _declared_separator(lines[0]) if lines else None
    fixed = chosen.separator or declared
    candidates = [fixed] if fixed else [";", "\t", "|", ","]
    start = 1 if declared else 0
    tables = {c: _first_records(lines[start:], c) for c in candidates}
    for separator, records in tables.items():
        for number, cells in records:
            if is_header(cells, chosen):
                return _dialect(encoding, separator, start + number, declared)
    separator = max(candidates, key=lambda c: _regularity(tables[c]))
    names = [cells for _, cells in tables[separator][:1]]
    header = start + tables[separator][0][0] if names and is_words(names[0]) else None
    return _dialect(encoding, separator, header, declared)


def settled(data: bytes, mapping: ColumnMapping | None = None) -> Dialect:
    """Return how the whole of `data` is written: as `sniff`, its encoding proven on every byte."""
    encoding = _encoding(data, whole=True)
    found = sniff(data[:HEAD_BYTES], mapping)
    if found.encoding == encoding:
        return found
    # The head was plain ASCII and the bytes that tell come later.
    again = sniff(_decoded(data[:HEAD_BYTES], encoding, whole=False).encode("utf-8"), mapping)
    return replace(again, encoding=encoding, warnings=_warnings(encoding))


def records(data: bytes, dialect: Dialect) -> Iterator[tuple[int, list[str] | str]]:
    """Yield each record of the file: the line it begins on, and its cells or what is wrong.

    RecordFileError after 1,000,000 records, or 100 quotes that are not closed.
    """
    text = io.TextIOWrapper(io.BytesIO(data), encoding=dialect.encoding, newline="")
    return records_of(text, dialect.separator, MAX_ROWS)


def records_of(
    text: Iterable[str], separator: str, most: int, longest: int = MAX_LINE
) -> Iterator[tuple[int, list[str] | str]]:
    """Yield each record of the lines of a text, as `records` does; a line is at most `longest`.

    RecordFileError after `most` records, or 100 quotes that are not closed.
    """
    lines = _Lines(text, longest)
    unclosed = 0
    rows = csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=True)
    for _ in range(most + 2):
        lines.begin()
        try:
            cells = next(rows)
        except StopIteration:
            return
        except (csv.Error, _Unclosed) as error:
            # What an open quote swallowed is read again, so that no line goes unnoticed.
            unclosed += lines.rewind()
            if unclosed > MAX_UNCLOSED_QUOTES:
                raise RecordFileError(
                    f"more than {MAX_UNCLOSED_QUOTES} quoted cells are not closed"
                ) from None
            yield lines.first, UNCLOSED if isinstance(error, _Unclosed) else _csv_problem(error)
            continue
        yield lines.first, (too_long(longest) if lines.too_long else cells)
    raise RecordFileError(f"a file has at most {most:,} lines")


def too_long(longest: int) -> str:
    """Return what is wrong with a line of more characters."""
    return f"a line has at most {longest:,} characters"


class _Unclosed(Exception):
    """A quoted cell runs on to the end of the file or over too many lines."""


class _Lines:
    """The physical lines of a text for csv.reader; a record's lines can be read again."""

    def __init__(self, text: Iterable[str], longest: int) -> None:
        self._text = iter(text)
        self._longest = longest
        self._again: list[str] = []
        self._record: list[str] = []
        self._size = 0
        self.first = 1
        self.too_long = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        record = self._record
        if len(record) >= MAX_LINES_IN_A_RECORD or self._size > MAX_QUOTED:
            raise _Unclosed
        line = self._again.pop() if self._again else next(self._text, "")
        if not line:
            if record:
                raise _Unclosed
            raise StopIteration
        record.append(line)
        self._size += len(line)
        if len(line) > self._longest:
            self.too_long = True
            return "\n"
        return line

    def begin(self) -> None:
        """Count the lines of the record before and start another one."""
        self.first += len(self._record)
        self._record.clear()
        self._size = 0
        self.too_long = False

    def rewind(self) -> bool:
        """Go back to the second line of the record; tell whether there is one."""
        swallowed = self._record[1:]
        self._again.extend(reversed(swallowed))
        del self._record[1:]
        return bool(swallowed)


def _dialect(encoding: str, separator: str, header: int | None, declared: str | None) -> Dialect:
    return Dialect(
        encoding, separator, header, declared is not None, None, None, _warnings(encoding)
    )


def _warnings(encoding: str) -> tuple[str, ...]:
    if encoding != "cp1252":
        return ()
    return ("the file is not UTF-8: it was read as Windows-1252, so check accented letters",)


def encodings(head: bytes) -> list[str]:
    """Return the encodings that a text may have, by its first bytes, the likeliest first."""
    if head.startswith(b"\xef\xbb\xbf"):
        return ["utf-8-sig"]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ["utf-16"]
    return _utf_16_without_mark(head) or ["utf-8", "cp1252"]


def _encoding(data: bytes, *, whole: bool) -> str:
    for encoding in encodings(data):
        try:
            _decoded(data, encoding, whole=whole)
        except UnicodeDecodeError:
            continue
        return encoding
    raise RecordFileError(NO_TEXT)


def _utf_16_without_mark(data: bytes) -> list[str]:
    """Name the UTF-16 whose letters of Western scripts have a zero as every other byte."""
    head = data[:4096]
    half = len(head) // 2
    even, odd = head[::2].count(0), head[1::2].count(0)
    if half and odd > half * 0.4 and even < half * 0.02:
        return ["utf-16-le"]
    if half and even > half * 0.4 and odd < half * 0.02:
        return ["utf-16-be"]
    return []


def _decoded(data: bytes, encoding: str, *, whole: bool) -> str:
    return codecs.getincrementaldecoder(encoding)("strict").decode(data, final=whole)


def _declared_separator(line: str) -> str | None:
    said = line.strip("\r\n").strip('"').casefold()
    return said[4:] if said.startswith("sep=") and said[4:] in tuple(SEPARATORS) else None


def _first_records(lines: list[str], separator: str) -> list[tuple[int, list[str]]]:
    """Return the first 20 records that are not blank, with the number of their first line."""
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True)
    found: list[tuple[int, list[str]]] = []
    begun = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((begun, cells))
            begun = reader.line_num + 1
            if len(found) == _HEADER_WITHIN:
                break
    except csv.Error:
        pass
    return found


def _regularity(found: list[tuple[int, list[str]]]) -> float:
    """Return the share of records that have the commonest number of cells, if that is above 1."""
    widths = [len(cells) for _, cells in found]
    common = max(set(widths), key=widths.count, default=1)
    return widths.count(common) / len(widths) if common > 1 else 0.0


def _csv_problem(error: csv.Error) -> str:
    if "limit" in str(error):
        return too_long(MAX_LINE)
    return "a quote stands inside a quoted cell: write it twice"
