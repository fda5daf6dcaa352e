"""Long-term statistics of Home Assistant, as the integration homeassistant-statistics writes
them: CSV, TSV or JSON of full hours.

`delta` is the use of the hour and is taken where there is such a column; else the differences of
`sum`, the total since the statistic began, at the end of the hour. Never `state`, the register:
it falls when a meter is replaced. Rows of measurements (min, max, mean) are ignored.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.importers import csv_text
from app.importers.home_assistant_json import LONGEST_JSON, is_statistics, statistics
from app.importers.series import Channel, Format, Options, Piece, Source, Unreadable, Warned
from app.importers.series_batch import RegisterValues
from app.importers.series_mapping import (
    ELECTRICITY_BY_CONVENTION,
    choice,
    direction_of,
    type_of,
    zone_of,
)
from app.importers.series_table import Line, separator_of, table
from app.importers.wall_clock import WallClock
from app.importers.wall_readings import WallReadings
from app.utils.units import canonical_unit

_HOUR: Final = 3600


def _is_header(cells: Sequence[str]) -> bool:
    return {"statistic_id", "start", "unit"} <= set(cells)


def _recognises(_name: str, head: bytes) -> bool:
    text = csv_text.text_of(head)
    first = text.lstrip().partition("\n")[0].strip()
    if is_statistics(text):
        return True
    return _is_header([cell.strip().strip('"') for cell in first.split(separator_of(first))])


@dataclass(slots=True)
class _File:
    """What is known of the file so far."""

    options: Options
    zone: str
    direction: str
    decimal: str
    date_order: str
    channels: dict[str, tuple[str, WallReadings | RegisterValues]] = field(default_factory=dict)
    has_warned: bool = False


def read(source: Source, options: Options) -> Iterator[Piece]:
    """Yield a channel for each statistic in a unit of electricity, water or gas.

    The mapping has `consumption_type` where the unit does not tell it, `direction`, `time_zone`,
    `decimal`, and `date_order` for dates that end with the year ("dmy"). Raises Unreadable.
    """
    mapping = options.mapping
    with source.open() as opened:
        head = csv_text.text_of(opened.read(8192))
    zone = zone_of(mapping, options.time_zone)
    decimal = choice(mapping, "decimal", [".", ","], ".")
    order = choice(mapping, "date_order", ["dmy", "mdy", "ymd"], "dmy")
    file = _File(options, zone, direction_of(mapping), decimal, order)
    if is_statistics(head):
        if source.size > LONGEST_JSON:
            raise Unreadable(f"a JSON file has at most {LONGEST_JSON:,} bytes: export it as CSV")
        lines = statistics(source)
    else:
        lines = table(source, _is_header, separator_of(head))
    for item in lines:
        if isinstance(item, Line):
            yield from _line(item, file)
        else:
            yield item
    for _, readings in file.channels.values():
        yield from readings.finish()


def _line(line: Line, file: _File) -> Iterator[Piece]:
    names = list(line.names)
    column = next((name for name in ("delta", "sum") if name in names), None)
    at = names.index(column) if column else None
    if not line.cell(at):
        yield line.ignored("rows without delta or sum: measurements, not amounts")
        return
    start = csv_text.wall_time(line.cell(names.index("start")), file.date_order)
    value = csv_text.number(line.cell(at), file.decimal)
    unit = canonical_unit(line.cell(names.index("unit")))
    if isinstance(start, str):
        yield line.rejected(names.index("start"), start)
    elif start % _HOUR:
        yield line.rejected(names.index("start"), "statistics begin with a full hour")
    elif isinstance(value, str):
        yield line.rejected(at, value)
    elif unit is None:
        yield line.ignored(f"statistics in {line.cell(names.index('unit'))[:20] or 'no unit'}")
    else:
        yield from _value(line, file, unit, start, value, is_sum=column == "sum")


def _value(
    line: Line, file: _File, unit: str, start: int, value: float, *, is_sum: bool
) -> Iterator[Piece]:
    key = line.cell(list(line.names).index("statistic_id"))
    if key not in file.channels:
        kind = type_of(file.options.mapping, unit)
        if not file.has_warned and "consumption_type" not in file.options.mapping:
            file.has_warned = True
            yield Warned(ELECTRICITY_BY_CONVENTION)
        yield Channel(key, key, kind, unit, file.direction)
        clock = WallClock(file.zone)
        # A sum is the total at the end of the hour that the row names.
        sums = RegisterValues(key, clock, later=_HOUR)
        file.channels[key] = unit, sums if is_sum else WallReadings(key, clock, "start")
    known, readings = file.channels[key]
    if known != unit:
        yield line.rejected(list(line.names).index("unit"), f"{unit}, and {known} before")
    elif isinstance(readings, RegisterValues):
        yield from readings.add(line.number, start, value)
    else:
        yield from readings.add(line.number, start, start + _HOUR, value)


FORMAT: Final = Format(
    "home_assistant_statistics",
    "Home Assistant, long-term statistics",
    _recognises,
    read,
    frozenset({"consumption_type", "direction", "time_zone", "decimal", "date_order"}),
)
