"""ENERGY STAR Portfolio Manager's spreadsheets: bills by meter ("Meter Entries"), and what a
property used by month ("Monthly Usage" of a data request).

A bill covers its dates, both included; where the next bill of the meter begins on the day on
which one ends, that day is the next one's. Units are Portfolio Manager's own spellings, in which
M is a million (`portfolio_units`). Fuels that are neither electricity, gas nor water, electricity
made on site, deliveries and cells that are "Not Available" are ignored with the reason.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

from app.importers import csv_text, workbook
from app.importers.portfolio_units import Quantity, month_of, monthly_column, quantity_of, type_of
from app.importers.series import (
    Channel,
    Currency,
    Format,
    Ignored,
    Options,
    Period,
    Piece,
    Rejected,
    Source,
)

_ENTRIES: Final = "meter entries"
_MONTHLY: Final = "monthly usage"
_CALLED: Final = ("portfolio", "meter_entries", "meter entries")
_DOLLARS: Final = ("USD", "CAD")
_NONE: Final = ("", "not available", "n/a")
_EPOCH: Final = date(1970, 1, 1).toordinal()


def _recognises(name: str, head: bytes) -> bool:
    if not workbook.is_workbook(name, head):
        return False
    names = workbook.sheet_names(head)
    # Large files have the names of their sheets beyond the head: then the file's own name tells.
    is_called = any(word in name.casefold() for word in _CALLED)
    return bool({_ENTRIES, _MONTHLY} & set(names)) or (not names and is_called)


@dataclass(slots=True)
class _Sheet:
    """What is known of the sheet so far."""

    name: str
    columns: dict[str, int] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    held: dict[str, Period] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    cells: list[workbook.Cell]
    columns: dict[str, int]

    def cell(self, name: str) -> workbook.Cell:
        at = self.columns.get(name)
        return self.cells[at] if at is not None and at < len(self.cells) else ""

    def text(self, name: str) -> str:
        cell = self.cell(name)
        is_whole = isinstance(cell, float) and cell.is_integer()
        return str(int(cell) if is_whole else cell).strip()

    def rejected(self, name: str, detail: str) -> Rejected:
        return Rejected(self.number, name, detail)


def read(source: Source, options: Options) -> Iterator[Piece]:
    """Yield a channel for each meter, or each use of a property, and its periods."""
    yield Currency(options.currency if options.currency in _DOLLARS else "USD")
    sheet = _Sheet("")
    for name, number, cells in workbook.rows(source, frozenset({_ENTRIES, _MONTHLY})):
        if name != sheet.name:
            yield from sheet.held.values()
            sheet = _Sheet(name, channels=sheet.channels)
        if not any(cell != "" for cell in cells):
            yield Ignored(1, "blank lines", number)
        elif not sheet.columns:
            names = {str(cell).casefold(): at for at, cell in enumerate(cells) if cell != ""}
            is_header = {"start date", "month"} & names.keys()
            sheet.columns = names if is_header else {}
            yield Ignored(1, "the header" if is_header else "lines above the header", number)
        elif name == _ENTRIES:
            yield from _entry(sheet, _Row(number, cells, sheet.columns))
        else:
            yield from _month(sheet, _Row(number, cells, sheet.columns))
    yield from sheet.held.values()


def _entry(sheet: _Sheet, row: _Row) -> Iterator[Piece]:
    key, meter_type = row.text("portfolio manager meter id"), row.text("meter type")
    kind = type_of(meter_type)
    if kind is None:
        yield Ignored(
            1, f"{meter_type[:60]}: neither electricity of the grid, gas nor water", row.number
        )
        return
    if row.cell("start date") == "" and row.cell("delivery date") != "":
        yield Ignored(1, "deliveries, which are no consumption", row.number)
        return
    quantity = quantity_of(row.text("usage units"), kind)
    amount, cost = _decimal(row.cell("usage/quantity")), _decimal(row.cell("cost ($)"))
    first, last = _day(row.cell("start date")), _day(row.cell("end date"))
    problem = _problem(row, key, quantity, amount, cost, first, last)
    if problem:
        yield problem
        return
    assert quantity is not None
    assert amount is not None
    assert first is not None
    assert last is not None
    name = row.text("meter name") or f"Meter {key}"
    channel = Channel(f"pm:{key}", name, kind, quantity.unit)
    yield from _period(
        sheet,
        channel,
        Period(
            channel.key,
            first,
            last,
            amount * quantity.factor,
            cost,
            is_estimated=row.text("estimation?").casefold() in ("yes", "true", "1"),
            line=row.number,
        ),
    )


def _problem(
    row: _Row,
    key: str,
    quantity: Quantity | None,
    amount: Decimal | None,
    cost: Decimal | None,
    first: date | None,
    last: date | None,
) -> Rejected | None:
    if not key:
        return row.rejected("Portfolio Manager Meter ID", "no meter")
    if first is None:
        return row.rejected("Start Date", "no date")
    if last is None or last < first:
        return row.rejected("End Date", "no date from the start date on")
    if quantity is None:
        return row.rejected("Usage Units", f"{row.text('usage units')[:60]!r} is not a known unit")
    if amount is None or amount < 0:
        return row.rejected("Usage/Quantity", "no amount of 0 or more")
    if cost is None and row.text("cost ($)").casefold() not in _NONE:
        return row.rejected("Cost ($)", "no number")
    return None


def _period(sheet: _Sheet, channel: Channel, period: Period) -> Iterator[Piece]:
    """Yield the bill before of the same meter, now that where this one begins is known."""
    known = sheet.channels.setdefault(channel.key, channel)
    if known is channel:
        yield channel
    elif known.unit != channel.unit:
        yield Rejected(period.line, "Usage Units", f"{channel.unit}, and {known.unit} before")
        return
    before = sheet.held.get(channel.key)
    if before and before.last == period.first and before.first < before.last:
        before = replace(before, last=before.last - timedelta(days=1))
    elif before and period.last == before.first and period.first < period.last:
        period = replace(period, last=period.last - timedelta(days=1))
    if before:
        yield before
    sheet.held[channel.key] = period


def _month(sheet: _Sheet, row: _Row) -> Iterator[Piece]:
    month = month_of(row.cell("month"))
    if month is None:
        yield row.rejected("Month", f"{row.text('month')[:40]!r} is not a month such as 2024-01")
        return
    found = 0
    for name in row.columns:
        column = monthly_column(name)
        if column is None or row.text(name).casefold() in _NONE:
            continue
        found += 1
        kind, quantity = column
        amount = _decimal(row.cell(name))
        if amount is None or amount < 0:
            yield row.rejected(name, "no amount of 0 or more")
            continue
        property_id = row.text("property id") or row.text("property name")
        title = f"{row.text('property name') or property_id} {kind}"
        channel = Channel(f"pm:{property_id}:{kind}", title, kind, quantity.unit)
        period = Period(channel.key, *month, amount * quantity.factor, line=row.number)
        yield from _period(sheet, channel, period)
    if not found:
        yield Ignored(1, "months without any amount", row.number)


def _day(cell: workbook.Cell) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    found = csv_text.day(str(cell), "mdy")
    return None if isinstance(found, str) else date.fromordinal(found + _EPOCH)


def _decimal(cell: workbook.Cell) -> Decimal | None:
    if isinstance(cell, bool) or cell == "":
        return None
    try:
        found = Decimal(repr(cell) if isinstance(cell, float) else str(cell).replace(",", ""))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < Decimal("1e12") else None


FORMAT: Final = Format("portfolio_manager", "Portfolio Manager (EPA)", _recognises, read)
