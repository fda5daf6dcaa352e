"""Inflows of district metered areas as the Battle of Water Demand Forecasting gives them.

A sheet "InflowData": `Date-time CET-CEST (DD/MM/YYYY HH:mm)` and a column `DMA 1 (L/s)` for each
area, the mean flow of the hour that begins then; litres are that flow for 3,600 seconds. Local
wall times of Europe/Rome; the hour that autumn shows twice has two rows in file order.
Source: Alvisi et al., Journal of Water Resources Planning and Management 151, 2025.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.importers import csv_text, workbook
from app.importers.series import Channel, Format, Ignored, Options, Piece, Rejected, Source
from app.importers.series_mapping import zone_of
from app.importers.wall_clock import WallClock, wall_seconds
from app.importers.wall_readings import WallReadings
from app.utils.units import ConsumptionType

_ZONE: Final = "Europe/Rome"
_SHEET: Final = "inflowdata"
_TIME: Final = "Date-time CET-CEST"
_FLOW: Final = re.compile(r"(.{1,100}?) *\(L/s\)\Z")
_HOUR: Final = 3600
_NONE: Final = ("", "nan")


def _recognises(name: str, head: bytes) -> bool:
    if not workbook.is_workbook(name, head):
        return False
    names = workbook.sheet_names(head)
    return _SHEET in names or (not names and name.casefold().startswith(_SHEET))


@dataclass(frozen=True, slots=True)
class _Area:
    at: int
    name: str
    readings: WallReadings


def read(source: Source, options: Options) -> Iterator[Piece]:
    """Yield a channel of litres for each area, and its readings."""
    zone = zone_of(options.mapping, _ZONE)
    areas: list[_Area] = []
    for _, number, cells in workbook.rows(source, frozenset({_SHEET})):
        if areas:
            yield from _hour(number, cells, areas)
        elif str(cells[0]).startswith(_TIME):
            areas = _areas(cells, zone)
            for area in areas:
                water = ConsumptionType.WATER
                yield Channel(area.readings.channel, area.name, water, "L")
            yield Ignored(1, "the header", number)
        else:
            yield Ignored(1, "lines above the header", number)
    for area in areas:
        yield from area.readings.finish()


def _areas(cells: list[workbook.Cell], zone: str) -> list[_Area]:
    found = ((at, _FLOW.match(str(cell))) for at, cell in enumerate(cells))
    return [
        _Area(at, match[1], WallReadings(match[1], WallClock(zone), _TIME))
        for at, match in found
        if match
    ]


def _hour(number: int, cells: list[workbook.Cell], areas: list[_Area]) -> Iterator[Piece]:
    cell = cells[0]
    is_moment = isinstance(cell, datetime)
    wall = wall_seconds(cell) if is_moment else csv_text.wall_time(str(cell), "dmy")
    if isinstance(wall, str):
        yield Rejected(number, _TIME, wall)
        return
    has_any = False
    for area in areas:
        flow = cells[area.at] if area.at < len(cells) else ""
        if str(flow).casefold() in _NONE:
            continue
        has_any = True
        value = csv_text.number(str(flow))
        if isinstance(value, str):
            yield Rejected(number, area.name, value)
        else:
            yield from area.readings.add(number, wall, wall + _HOUR, value * _HOUR)
    if not has_any:
        yield Ignored(1, "hours in which no area was measured", number)


FORMAT: Final = Format(
    "bwdf_water",
    "District inflows (BWDF)",
    _recognises,
    read,
    frozenset({"time_zone"}),
)
