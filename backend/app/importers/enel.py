"""The load curve of Enel / e-distribuzione (Italy): a row a day of 96 quarters of an hour.

`Giorno;00:00-00:15;…`, dates with the day first, decimal comma, kWh, local wall times of
Europe/Rome. The columns of the hour that a spring day skips are empty; on an autumn day the hour
that comes twice has columns of its own when there are 100, else only its first showing has.
"""

import math
import re
from collections.abc import Iterator, Sequence
from typing import Final

from app.importers import csv_text
from app.importers.series import Channel, Format, Options, Piece, Source, Unreadable
from app.importers.series_mapping import direction_of, zone_of
from app.importers.series_table import Line, table
from app.importers.wall_clock import WallClock
from app.importers.wall_readings import WallReadings
from app.utils.quality import ACTUAL, MISSING
from app.utils.units import ConsumptionType

_ZONE: Final = "Europe/Rome"
_DAY: Final = 86_400
_QUARTER: Final = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)\Z", re.ASCII)


def _recognises(_name: str, head: bytes) -> bool:
    return _is_header(csv_text.text_of(head).partition("\n")[0].strip().split(";"))


def _is_header(cells: Sequence[str]) -> bool:
    return cells[0].casefold() == "giorno" and len(cells) > 24 and bool(_QUARTER.match(cells[1]))


def read(source: Source, options: Options) -> Iterator[Piece]:
    """Yield one channel, and its readings. The file names no meter."""
    zone = zone_of(options.mapping, _ZONE)
    direction = direction_of(options.mapping)
    key = f"enel:{direction}"
    yield Channel(key, "Enel", ConsumptionType.ELECTRICITY, "kWh", direction)
    readings = WallReadings(key, WallClock(zone), "Giorno")
    for item in table(source, _is_header, ";"):
        if isinstance(item, Line):
            yield from _day(item, readings, zone)
        else:
            yield item
    yield from readings.finish()


def _day(line: Line, readings: WallReadings, zone: str) -> Iterator[Piece]:
    day = csv_text.day(line.cell(0), "dmy")
    if isinstance(day, str):
        yield line.rejected(0, day)
        return
    names = [name for name in line.names[1:] if name]
    walls = [day * _DAY + _seconds(name) for name in names]
    values = list(line.cells[1:])
    if len(values) % 4 and not values[-1]:
        # Each row ends with a separator, and the header with none.
        values.pop()
    if len(values) == len(walls) - 4 and len(_shown(walls, zone)) == len(values):
        # The skipped hour was left out, so that the columns after it moved.
        walls = _shown(walls, zone)
    if len(values) != len(walls):
        yield line.rejected(None, f"{len(values)} values for {len(walls)} quarters of an hour")
        return
    never = set(walls) - set(_shown(walls, zone))
    seen: set[int] = set()
    for at, (wall, text) in enumerate(zip(walls, values, strict=True), start=1):
        value = csv_text.number(text, ",") if text else math.nan
        if isinstance(value, str):
            yield line.rejected(at, value)
        elif not _is_column_of_other_days(wall, value, never, seen):
            quality = MISSING if math.isnan(value) else ACTUAL
            yield from readings.add(line.number, wall, wall + 900, value, quality=quality)
        seen.add(wall)


def _seconds(name: str) -> int:
    """Return when the quarter of a column such as 00:15-00:30 begins. Raises Unreadable."""
    found = _QUARTER.match(name)
    if not found:
        raise Unreadable(f"{name[:40]!r} is not a quarter of an hour such as 00:15-00:30")
    return int(found[1]) * 3600 + int(found[2]) * 60


def _is_column_of_other_days(wall: int, value: float, never: set[int], seen: set[int]) -> bool:
    """Tell whether a column is empty because the day has no such quarter (again)."""
    if wall in never:
        return math.isnan(value) or value == 0
    return wall in seen and math.isnan(value)


def _shown(walls: list[int], zone: str) -> list[int]:
    """Return the wall times that the clock showed."""
    skipped = WallClock(zone).resolve(walls).skipped
    return [wall for at, wall in enumerate(walls) if at not in skipped]


FORMAT: Final = Format(
    "enel", "Enel Distribuzione (Italy)", _recognises, read, frozenset({"direction", "time_zone"})
)
