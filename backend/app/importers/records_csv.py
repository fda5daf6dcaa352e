"""The record CSV: dated amounts of electricity, water and gas, one a line, in many spellings.

Nothing is guessed: what the file does not settle is asked (AmbiguousDates, AmbiguousNumbers, a
RecordFileError that names a field of the mapping), and every line is a row, a problem or blank.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import BinaryIO

from app.importers.records_csv_columns import (
    WATT_HOURS,
    ColumnMapping,
    Columns,
    find_columns,
    numbered_columns,
    type_of_unit,
)
from app.importers.records_csv_dialect import MAX_ROWS, Dialect, records, settled, sniff
from app.importers.records_csv_rows import LineProblem, RecordRow, row_reader
from app.importers.records_csv_values import (
    AmbiguousDates,
    AmbiguousNumbers,
    RecordFileError,
    settle_date_order,
    settle_decimal,
)

__all__ = [
    "AmbiguousDates",
    "AmbiguousNumbers",
    "ColumnMapping",
    "Dialect",
    "LineProblem",
    "RecordFile",
    "RecordFileError",
    "RecordRow",
    "read",
    "sniff",
]


@dataclass(frozen=True, slots=True)
class RecordFile:
    """What a file holds; rows and problems stand in the order of its lines.

    `columns` gives the name in the file of each field that was found. Each of the `data_lines`
    (records after the header; a quoted one may span lines) is one of `rows`, `rejected` (it has
    one or more `problems`) or `ignored` (blank).
    """

    dialect: Dialect
    columns: Mapping[str, str]
    ignored_columns: tuple[str, ...]
    warnings: tuple[str, ...]
    rows: list[RecordRow]
    problems: list[LineProblem]
    data_lines: int
    rejected: int
    ignored: int


def read(
    source: bytes | BinaryIO, mapping: ColumnMapping | None = None, *, latest: date | None = None
) -> RecordFile:
    """Read all records of a CSV; dates after `latest` (None: no limit) are problems of their line.

    Rows that are alike are all kept. RecordFileError when the file as a whole cannot be read: no
    text, no lines, more than a million, columns that are missing or could be two things, no type
    of consumption; its subclasses AmbiguousDates and AmbiguousNumbers when an answer is needed.
    """
    data = source if isinstance(source, bytes) else source.read()
    chosen = mapping or ColumnMapping()
    dialect = settled(data, chosen)
    columns = _columns(data, dialect, chosen)
    assumed = _assumed_type(columns, chosen)
    dialect, notes = _with_order_and_mark(data, dialect, columns, chosen)
    reader = row_reader(
        columns, chosen, date_order=dialect.date_order, decimal=dialect.decimal, latest=latest
    )
    rows: list[RecordRow] = []
    problems: list[LineProblem] = []
    lines = rejected = 0
    for line, cells in _data(data, dialect):
        lines += 1
        found = reader.read(line, cells) if isinstance(cells, list) else _unread(line, cells)
        if isinstance(found, RecordRow):
            rows.append(found)
        elif found:
            problems.extend(found)
            rejected += 1
    counts = lines, rejected, lines - rejected - len(rows)
    warnings = (*dialect.warnings, *assumed, *notes)
    return RecordFile(dialect, reader.names, columns.ignored, warnings, rows, problems, *counts)


def _unread(line: int, detail: str) -> list[LineProblem]:
    return [LineProblem(line, None, detail)]


def _data(data: bytes, dialect: Dialect) -> Iterator[tuple[int, list[str] | str]]:
    before = dialect.header_line or int(dialect.declares_separator)
    count = 0
    for line, cells in records(data, dialect):
        if line <= before:
            continue
        count += 1
        if count > MAX_ROWS:
            raise RecordFileError(f"a file has at most {MAX_ROWS:,} lines")
        yield line, cells


def _columns(data: bytes, dialect: Dialect, mapping: ColumnMapping) -> Columns:
    for line, cells in records(data, dialect):
        if isinstance(cells, str):
            if line == dialect.header_line:
                raise RecordFileError(f"line {line}: {cells}")
        elif line == dialect.header_line:
            return find_columns(cells, mapping)
        elif dialect.header_line is None and line > dialect.declares_separator and any(cells):
            return numbered_columns(len(cells), mapping)
    raise RecordFileError("the file has no lines")


def _assumed_type(columns: Columns, mapping: ColumnMapping) -> list[str]:
    """Return a warning where only the unit tells the type, by convention."""
    if {"consumption_type", "unit"} & columns.index.keys() or mapping.consumption_type:
        return []
    unit = mapping.unit or columns.unit
    if not (columns.consumption_type or type_of_unit(unit)):
        raise RecordFileError(
            "nothing tells electricity, water or gas: give consumption_type", "consumption_type"
        )
    is_assumed = unit in WATT_HOURS and not columns.consumption_type
    return [_taken_as_electricity(unit)] if is_assumed else []


def _taken_as_electricity(unit: str | None) -> str:
    return f"{unit} was taken as electricity; give consumption_type if it is gas"


def _with_order_and_mark(
    data: bytes, dialect: Dialect, columns: Columns, mapping: ColumnMapping
) -> tuple[Dialect, list[str]]:
    """Complete the dialect with what all cells together tell, and return what to warn of."""
    order, mark, notes = mapping.date_order, mapping.decimal, _preamble(dialect)
    if order and mark:
        return replace(dialect, date_order=order, decimal=mark), notes
    dates: dict[str, int] = {}
    amounts: dict[str, int] = {}
    date_columns = [
        columns.index[f] for f in ("consumption_date", "period_start") if f in columns.index
    ]
    amount_column = columns.index["amount"]
    for line, cells in _data(data, dialect):
        if isinstance(cells, str):
            continue
        for at in date_columns:
            if at < len(cells):
                dates.setdefault(cells[at], line)
        if amount_column < len(cells):
            amounts.setdefault(cells[amount_column], line)
    if not order:
        order, more = settle_date_order(dates)
        notes += more
    if not mark:
        mark, more = settle_decimal(amounts)
        notes += more
    return replace(dialect, date_order=order, decimal=mark), notes


def _preamble(dialect: Dialect) -> list[str]:
    first = 1 + dialect.declares_separator
    if dialect.header_line is None or dialect.header_line == first:
        return []
    return [f"what stands before the header on line {dialect.header_line} was ignored"]
