"""The long table as a spreadsheet: the sheet "Intervals", with the columns of the long CSV.

It is what this product exports as XLSX.
"""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import chain
from typing import Final

from app.importers import workbook
from app.importers.long_csv import MAPPING_KEYS, meters_of
from app.importers.long_csv_columns import Header, columns_of, has_offset
from app.importers.long_csv_lines import Cells, of_lines
from app.importers.series import Format, Ignored, Options, Piece, Source, Unreadable
from app.importers.workbook import Cell

SHEET: Final = "intervals"
_EXACT: Final = 2**53


def _recognises(name: str, head: bytes) -> bool:
    return workbook.is_workbook(name, head) and SHEET in workbook.sheet_names(head)


def _read(source: Source, options: Options) -> Iterator[Piece]:
    rows = ((number, cells) for _, number, cells in workbook.rows(source, frozenset({SHEET})))
    _, names = next(rows, (0, []))
    found = columns_of(names)
    if found is None:
        raise Unreadable("The first row is not meter, start and a unit such as kWh.")
    yield Ignored(1, "the header", 1)
    first = next(rows, None)
    if first is None:
        return
    start = _text(first[1][1]) if len(first[1]) > 1 else ""
    header = Header(",", found[0], has_offset(start), found[1])
    meters = meters_of(header, options)
    yield from of_lines(map(_texts, chain([first], rows)), header, meters)
    yield from meters.finish()


def _texts(row: tuple[int, list[Cell]]) -> tuple[int, Cells]:
    number, cells = row
    return number, [_text(cell) for cell in cells]


def _text(cell: Cell) -> str:
    """Write a cell as a CSV would have it."""
    if isinstance(cell, float):
        is_whole = cell.is_integer() and abs(cell) < _EXACT
        return str(int(cell)) if is_whole else repr(cell)
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell)


FORMAT = Format(
    name="long_xlsx",
    title="Spreadsheet with meter, start and amount",
    recognises=_recognises,
    read=_read,
    mapping_keys=MAPPING_KEYS,
)
