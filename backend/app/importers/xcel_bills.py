"""The bill history of Xcel Energy: a row for each bill, newest first.

`Bill Date,Electric Charges,Gas Charges,Electric Usage (kWh),Gas Usage (Therms),Total Charges`, as
far as there is electricity or gas; "Electric Charges" may stand twice. A bill goes from the day
after the bill before to its date; of the oldest nothing tells when it began. Costs are in USD.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from app.importers import csv_text
from app.importers.series import Channel, Currency, Format, Options, Period, Piece, Source
from app.importers.series_table import Line, table
from app.utils.units import ConsumptionType

_EPOCH: Final = date(1970, 1, 1).toordinal()
_ELECTRICITY: Final = Channel("xcel:electricity", "Electricity", ConsumptionType.ELECTRICITY, "kWh")
_GAS: Final = Channel("xcel:gas", "Gas", ConsumptionType.GAS, "therm")
_SERVICES: Final = (
    (_ELECTRICITY, "Electric Usage (kWh)", "Electric Charges"),
    (_GAS, "Gas Usage (Therms)", "Gas Charges"),
)
_OLDEST: Final = "the oldest bill: nothing tells when it began"


def _is_header(cells: Sequence[str]) -> bool:
    return cells[0] == "Bill Date" and any(usage in cells for _, usage, _ in _SERVICES)


def _recognises(_name: str, head: bytes) -> bool:
    first = csv_text.text_of(head).lstrip().partition("\n")[0]
    return _is_header([cell.strip().strip('"') for cell in first.split(",")])


@dataclass(frozen=True, slots=True)
class _Bill:
    line: Line
    day: date


def read(source: Source, options: Options) -> Iterator[Piece]:  # noqa: ARG001
    """Yield a channel for each service of the file, and its bills."""
    held: _Bill | None = None
    for item in table(source, _is_header):
        if not isinstance(item, Line):
            yield item
            continue
        days = csv_text.day(item.cell(0), "mdy")
        if isinstance(days, str):
            yield item.rejected(0, days)
            continue
        bill = _Bill(item, date.fromordinal(days + _EPOCH))
        if held is None:
            yield Currency("USD")
            yield from (channel for channel, usage, _ in _SERVICES if usage in item.names)
        elif bill.day >= held.day:
            yield item.rejected(0, "bills stand newest first, and this one is not before the last")
            continue
        else:
            yield from _periods(held.line, bill.day, held.day)
        held = bill
    if held:
        yield held.line.ignored(_OLDEST)


def _periods(line: Line, before: date, last: date) -> Iterator[Piece]:
    """Yield what the bill of `last` says; the one before is of the day `before`."""
    has_any = False
    for channel, usage, charges in _SERVICES:
        at = line.names.index(usage) if usage in line.names else None
        if not line.cell(at):
            continue
        has_any = True
        amount = csv_text.number(line.cell(at))
        if isinstance(amount, str):
            yield line.rejected(at, amount)
            continue
        cost = _cost(line, charges)
        if isinstance(cost, str):
            yield line.rejected(line.names.index(charges), cost)
            continue
        first = before + timedelta(days=1)
        decimal = Decimal(repr(amount))
        yield Period(channel.key, first, last, decimal, cost, line=line.number)
    if not has_any:
        yield line.ignored("bills without usage")


def _cost(line: Line, charges: str) -> Decimal | str | None:
    """Return the first of the columns of that name that holds something."""
    texts = [line.cell(at) for at, name in enumerate(line.names) if name == charges]
    text = next((text for text in texts if text), None)
    if text is None:
        return None
    found = csv_text.money(text)
    return found if isinstance(found, str) else Decimal(repr(found))


FORMAT: Final = Format("xcel_bills", "Xcel Energy, bill history", _recognises, read)
