"""Ausgrid's Solar home half-hour data: a row for each day and category, or a row for each half
hour with a column for each category.

GC is general consumption, CL controlled load (both taken from the network), GG gross generation
(fed in); kWh. In the rows of days, columns are called by the end of their half hour. Times are
those of the wall clock of Sydney, and every day has 48 values: in the hour that spring skips they
are 0 and ignored; those of the hour that autumn shows twice hold both showings, and are given in
halves, as derived. Source: Ausgrid, Solar home electricity data, notes; seen in the data.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final

from app.importers import csv_text
from app.importers.series import Channel, Format, Options, Piece, Source
from app.importers.series_batch import InstantReadings
from app.importers.series_mapping import zone_of
from app.importers.series_table import Line, table
from app.importers.wall_clock import WallClock
from app.utils.periods import day_bounds
from app.utils.quality import ACTUAL, DERIVED
from app.utils.units import ConsumptionType

_ZONE: Final = "Australia/Sydney"
_CATEGORIES: Final = {"GC": "import", "CL": "import", "GG": "export"}
_NAMES: Final = {
    "GC": "general consumption",
    "CL": "controlled load",
    "GG": "gross generation",
}
_STEP: Final = 1800
_DAY: Final = 86_400
_EPOCH: Final = date(1970, 1, 1).toordinal()
_WIDE: Final = ["Customer", "Generator Capacity", "Postcode", "Consumption Category", "date"]


def _is_wide(cells: Sequence[str]) -> bool:
    return list(cells[: len(_WIDE)]) == _WIDE


def _is_long(cells: Sequence[str]) -> bool:
    rest = [cell for cell in cells[1:] if cell]
    return bool(rest) and "GC" in rest and not set(rest) - _CATEGORIES.keys()


def _recognises(_name: str, head: bytes) -> bool:
    lines = csv_text.text_of(head).splitlines()[:2]
    rows = [[cell.strip() for cell in line.split(",")] for line in lines]
    return any(map(_is_wide, rows)) or any(_is_long(row) and not row[0] for row in rows[:1])


@dataclass(slots=True)
class _Customer:
    """The categories of one customer that came so far."""

    name: str
    zone: str
    series: dict[str, InstantReadings] = field(default_factory=dict)


def read(source: Source, options: Options) -> Iterator[Piece]:
    """Yield a channel for each customer and category, and its readings."""
    zone = zone_of(options.mapping, _ZONE)
    stem = source.name.rsplit(".", 1)[0][:80] or "Ausgrid"
    customers: dict[str, _Customer] = {}
    for item in table(source, lambda cells: _is_wide(cells) or _is_long(cells)):
        if not isinstance(item, Line):
            yield item
            continue
        name = item.cell(0) if _is_wide(item.names) else stem
        customer = customers.setdefault(name, _Customer(name, zone))
        yield from _day(item, customer) if _is_wide(item.names) else _half_hour(item, customer)
    for customer in customers.values():
        for readings in customer.series.values():
            yield from readings.finish()


def _half_hour(line: Line, customer: _Customer) -> Iterator[Piece]:
    wall = csv_text.wall_time(line.cell(0), None)
    if isinstance(wall, str):
        yield line.rejected(0, wall)
        return
    for at, category in enumerate(line.names):
        if category in _CATEGORIES and line.cell(at):
            yield from _value(line, customer, category, wall, at)


def _day(line: Line, customer: _Customer) -> Iterator[Piece]:
    category, first = line.cell(3), len(_WIDE)
    day = csv_text.day(line.cell(4), "dmy")
    if category not in _CATEGORIES:
        yield line.rejected(3, f"{category[:20]!r} is not GC, CL or GG")
        return
    if isinstance(day, str):
        yield line.rejected(4, day)
        return
    for at in range(first, len(line.names)):
        end = csv_text.clock(line.names[at])
        if isinstance(end, int) and line.cell(at):
            # The last half hour of a day ends at 0:00.
            wall = day * _DAY + (end or _DAY) - _STEP
            yield from _value(line, customer, category, wall, at)


def _value(line: Line, customer: _Customer, category: str, wall: int, at: int) -> Iterator[Piece]:
    amount = csv_text.number(line.cell(at))
    if isinstance(amount, str):
        yield line.rejected(at, amount)
        return
    key = f"{customer.name}:{category}"
    readings = customer.series.get(category)
    if readings is None:
        name = f"{customer.name} {_NAMES[category]}"
        electricity = ConsumptionType.ELECTRICITY
        yield Channel(key, name, electricity, "kWh", _CATEGORIES[category])
        readings = customer.series[category] = InstantReadings(key)
    starts = _instants(wall, customer.zone)
    if not starts:
        skipped = "the clock skipped this time: clocks went forward"
        reason = "half hours that the clock skipped, which are 0"
        yield line.rejected(at, skipped) if amount else line.ignored(reason)
    quality = ACTUAL if len(starts) == 1 else DERIVED
    for start in starts:
        share = amount / len(starts)
        yield from readings.add(line.number, start, _STEP, share, quality)


def _instants(wall: int, zone: str) -> list[int]:
    """Return when the clock showed a wall time: once, and on days of clock changes 0 or 2 times."""
    day, offset = divmod(wall, _DAY)
    begin, end = _bounds(day, zone)
    if end - begin == _DAY:
        return [begin + offset]
    # The same wall time twice in a row is two instants where the clock shows it twice.
    resolved = WallClock(zone).resolve([wall, wall])
    return [] if resolved.skipped else sorted({int(start) for start in resolved.starts})


@lru_cache(maxsize=1024)
def _bounds(day: int, zone: str) -> tuple[int, int]:
    begin, end = day_bounds(date.fromordinal(day + _EPOCH), zone)
    return int(begin.timestamp()), int(end.timestamp())


FORMAT: Final = Format(
    "ausgrid_solar_home",
    "Ausgrid solar homes",
    _recognises,
    read,
    frozenset({"time_zone"}),
)
