"""The interval usage of Ameren and the utilities of Exelon: two resolutions side by side.

Lines about the account, then `Start Interval Date/Time,Meter Id,Usage,Units,Interval,Usage,
Units,Interval`: the same use by the hour and by the quarter. The finest is taken; an hour that
has no quarters is taken whole. Local wall times, month first; "-" is no value.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.importers import csv_text
from app.importers.series import Channel, Format, Ignored, Options, Piece, Source
from app.importers.series_mapping import type_of, zone_of
from app.importers.series_table import Line, table
from app.importers.wall_clock import WallClock
from app.importers.wall_readings import WallReadings
from app.utils.units import canonical_unit

_START: Final = "Start Interval Date/Time"
_MINUTES: Final = re.compile(r"(\d{1,3}) ?min(?:ute)?s?\Z", re.ASCII | re.IGNORECASE)
_NONE: Final = ("-", "")


def _is_header(cells: Sequence[str]) -> bool:
    return cells[0] == _START and "Usage" in cells


def _recognises(_name: str, head: bytes) -> bool:
    return f"{_START},Meter Id,Usage,Units,Interval" in csv_text.text_of(head)


@dataclass(frozen=True, slots=True)
class _Value:
    """A usage of a line; `at` is its column."""

    at: int
    seconds: int
    amount: float
    unit: str


@dataclass(slots=True)
class _Meter:
    """What of a meter was read so far; `waiting` may still turn out to be given in finer parts."""

    unit: str
    readings: WallReadings
    waiting: tuple[int, int, _Value] | None = None

    def take(self, line: int, wall: int, values: list[_Value]) -> Iterator[Piece]:
        """Yield what the next line of the meter completes."""
        fine = min(values, key=lambda value: value.seconds)
        if self.waiting:
            at_line, start, value = self.waiting
            if start < wall < start + value.seconds and fine.seconds < value.seconds:
                self.waiting = None
                yield Ignored(1, "longer intervals whose parts were taken", at_line)
        yield from self.settle()
        self.waiting = (line, wall, fine)
        if len(values) > 1:
            yield from self.settle()

    def settle(self) -> Iterator[Piece]:
        """Yield what waits."""
        if self.waiting:
            line, wall, value = self.waiting
            yield from self.readings.add(line, wall, wall + value.seconds, value.amount)
        self.waiting = None


def read(source: Source, options: Options) -> Iterator[Piece]:
    """Yield a channel for each meter, and its readings."""
    zone = zone_of(options.mapping, options.time_zone)
    meters: dict[str, _Meter] = {}
    for item in table(source, _is_header):
        if isinstance(item, Line):
            yield from _line(item, meters, zone, options)
        else:
            yield item
    for meter in meters.values():
        yield from meter.settle()
        yield from meter.readings.finish()


def _line(line: Line, meters: dict[str, _Meter], zone: str, options: Options) -> Iterator[Piece]:
    wall = csv_text.wall_time(line.cell(0), "mdy")
    if isinstance(wall, str):
        yield line.rejected(0, wall)
        return
    values: list[_Value] = []
    for at in (i for i, name in enumerate(line.names) if name == "Usage"):
        if line.cell(at) in _NONE:
            continue
        value = _value(line, at)
        if isinstance(value, str):
            yield line.rejected(at, value)
            return
        values.append(value)
    if not values:
        yield line.ignored("times without any usage")
        return
    key = line.cell(1)
    unit = values[0].unit
    if key not in meters:
        kind = type_of(options.mapping, unit)
        yield Channel(key, f"Meter {key}", kind, unit, serial_number=key)
        meters[key] = _Meter(unit, WallReadings(key, WallClock(zone), _START))
    if any(value.unit != meters[key].unit for value in values):
        yield line.rejected(values[0].at + 1, f"{unit}, and {meters[key].unit} before")
        return
    yield from meters[key].take(line.number, wall, values)


def _value(line: Line, at: int) -> _Value | str:
    amount = csv_text.number(line.cell(at))
    unit = canonical_unit(line.cell(at + 1))
    minutes = _MINUTES.match(line.cell(at + 2))
    if isinstance(amount, str):
        return amount
    if unit is None:
        return f"{line.cell(at + 1)[:20]!r} is not a unit"
    if not minutes or not 1 <= int(minutes[1]) <= 1440:
        return f"{line.cell(at + 2)[:20]!r} is not an interval such as 15min"
    return _Value(at, int(minutes[1]) * 60, amount, unit)


FORMAT: Final = Format(
    "exelon_ami",
    "Ameren and Exelon utilities",
    _recognises,
    read,
    frozenset({"consumption_type", "time_zone"}),
)
