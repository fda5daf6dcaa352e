"""Tables of dated amounts that are no CSV, written as one: a spreadsheet's sheet, and our JSON."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from app.importers import json_lines, workbook
from app.importers.series import Source
from app.utils.formulas import defused

_COLUMNS: Final = ("period_start", "consumption_date", "amount", "unit", "consumption_type")
_HEADER: Final = (*_COLUMNS, "meter", "description")
_THOUSANDS: Final = 3
_HEAD_BYTES: Final = 4096


def as_csv(source: Source, target: Path) -> Path | None:
    """Write the table to `target` and give that; None for a file that is none of these.

    Of a spreadsheet it is the first sheet, of our JSON the list of records. Raises Unreadable.
    """
    with source.open() as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith(workbook.SHEET_MARK):
        return _written(_sheet(source), target)
    if json_lines.begins_with(head, "items"):
        return _written(_records(source), target)
    return None


def _written(rows: Iterable[Sequence[str]], target: Path) -> Path:
    with target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return target


def _sheet(source: Source) -> Iterator[Sequence[str]]:
    name = workbook.first_sheet(source).casefold()
    for _, _, cells in workbook.rows(source, frozenset({name}), as_they_are=True):
        yield [_text(cell) for cell in cells]


def _records(source: Source) -> Iterator[Sequence[str]]:
    head, items = json_lines.opened(source, "items")
    names = _names(head.get("meters"))
    yield _HEADER
    for _, item in items:
        record = item if isinstance(item, dict) else {}
        cells = [_text(record.get(name)) for name in _COLUMNS]
        description = record.get("description")
        yield [*cells, defused(names.get(record.get("meter_id"), "")),
               "" if description is None else defused(str(description))]  # fmt: skip


def _names(meters: Any) -> Mapping[Any, str]:
    known = meters if isinstance(meters, list) else []
    return {meter.get("id"): str(meter.get("name", "")) for meter in known if type(meter) is dict}


def _text(cell: Any) -> str:
    """Write a cell so that a date has one meaning, and a number has."""
    if cell is None:
        return ""
    if isinstance(cell, datetime) and cell.time() == time():
        cell = cell.date()
    if isinstance(cell, date):
        return cell.isoformat()
    if not isinstance(cell, float):
        return str(cell)
    if cell.is_integer():
        return str(int(cell))
    # Spreadsheets compute and show 15 figures; a double has a few more, of no meaning.
    text = f"{Decimal(f'{cell:.15g}'):f}"
    # Three decimals could be read as thousands.
    return text + "0" if len(text.partition(".")[2]) == _THOUSANDS else text
