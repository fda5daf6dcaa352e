"""Home Assistant's energy panel, "Download data": a row for each statistic, a column for each
hour, day or month.

`entity_id,type,unit,<instant>,…`: cells are what was used from that instant, empty where nothing
is known. Days and months are local ones, whose beginning is written in UTC; months become
periods. Rows of the network (and of gas and water) are taken; what is part of it or beside it
(devices, solar, batteries), costs, and rows that Home Assistant derives are ignored with the
reason, unless the mapping's `types` names them.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from app.importers import csv_text
from app.importers.series import (
    Channel,
    Format,
    Options,
    Period,
    Piece,
    Readings,
    Source,
    Unreadable,
)
from app.importers.series_mapping import choice, zone_of
from app.importers.series_table import Line, table
from app.utils.periods import add_months, day_bounds
from app.utils.units import UNITS, ConsumptionType, canonical_unit

LONGEST_LINE: Final = 2_000_000
WIDEST: Final = 100_000
TYPES: Final = {
    "grid_consumption": (ConsumptionType.ELECTRICITY, "import"),
    "grid_return": (ConsumptionType.ELECTRICITY, "export"),
    "solar_production": (ConsumptionType.ELECTRICITY, "import"),
    "battery_in": (ConsumptionType.ELECTRICITY, "import"),
    "battery_out": (ConsumptionType.ELECTRICITY, "import"),
    "device_consumption": (ConsumptionType.ELECTRICITY, "import"),
    "gas_consumption": (ConsumptionType.GAS, "import"),
    "water_consumption": (ConsumptionType.WATER, "import"),
    "device_consumption_water": (ConsumptionType.WATER, "import"),
}
TAKEN: Final = ("grid_consumption", "grid_return", "gas_consumption", "water_consumption")
"""The types that are read without being named."""

_HOUR, _DAY, _MONTH = 3600, 82_800, 27 * 86_400
_FIRST_VALUE: Final = 3
_EARLIEST: Final = int(datetime(1900, 1, 2, tzinfo=UTC).timestamp())
_LATEST: Final = int(datetime(2199, 12, 1, tzinfo=UTC).timestamp())


@dataclass(frozen=True, slots=True)
class _Columns:
    """The instants of the columns and how long each is; of months the local days instead."""

    starts: list[int]
    seconds: list[int]
    months: list[tuple[date, date]]


def _is_header(cells: Sequence[str]) -> bool:
    return list(cells[:_FIRST_VALUE]) == ["entity_id", "type", "unit"]


def _recognises(_name: str, head: bytes) -> bool:
    return csv_text.text_of(head).startswith("entity_id,type,unit,")


def read(source: Source, options: Options) -> Iterator[Piece]:
    """Yield a channel for each statistic that is taken, and its amounts."""
    zone = zone_of(options.mapping, options.time_zone)
    taken = _types(options)
    columns: _Columns | None = None
    channels: dict[str, Channel] = {}
    for item in table(source, _is_header, longest=LONGEST_LINE, widest=WIDEST):
        if not isinstance(item, Line):
            yield item
            continue
        columns = columns or _columns(item.names[_FIRST_VALUE:], zone, options)
        yield from _row(item, columns, taken, channels)


def _types(options: Options) -> frozenset[str]:
    said = options.mapping.get("types", TAKEN)
    names = [said] if isinstance(said, str) else list(said)
    unknown = [name for name in names if name not in TYPES]
    if unknown:
        raise Unreadable(f"{str(unknown[0])[:40]!r} is none of {', '.join(TYPES)}", "types")
    return frozenset(names)


def _columns(names: Sequence[str], zone: str, options: Options) -> _Columns:
    """Return what the columns are. Raises Unreadable."""
    starts = []
    for name in names:
        start = csv_text.instant(name)
        if isinstance(start, str) or not _EARLIEST <= start <= _LATEST:
            raise Unreadable(f"column {name[:40]!r} is not an instant of time")
        starts.append(start)
    if not starts:
        raise Unreadable("the file has no columns of time")
    if any(a >= b for a, b in pairwise(starts)):
        raise Unreadable("the columns are not in the order of time")
    period = _period(starts, options)
    if period == "hour":
        step = min([b - a for a, b in pairwise(starts)] or [_HOUR])
        return _Columns(starts, [min(step, _HOUR)] * len(starts), [])
    days = [_local_day(start, zone) for start in starts]
    if period == "day":
        bounds = [day_bounds(day, zone) for day in days]
        return _Columns(starts, [int((b - a).total_seconds()) for a, b in bounds], [])
    if any(day.day != 1 for day in days):
        raise Unreadable("the months do not begin on the first", "period")
    return _Columns(starts, [], [(day, add_months(day, 1) - timedelta(days=1)) for day in days])


def _period(starts: list[int], options: Options) -> str:
    """Return "hour", "day" or "month": the mapping's, or by the shortest distance of columns."""
    if options.mapping.get("period") is not None:
        return choice(options.mapping, "period", ["hour", "day", "month"])
    steps = [b - a for a, b in pairwise(starts)]
    if not steps:
        raise Unreadable("one column does not tell whether it is an hour, day or month", "period")
    return "month" if min(steps) >= _MONTH else "day" if min(steps) >= _DAY else "hour"


def _local_day(start: int, zone: str) -> date:
    """Return the local day that begins at an instant. Raises Unreadable when none does."""
    day = datetime.fromtimestamp(start, UTC).astimezone(ZoneInfo(zone)).date()
    begin, _ = day_bounds(day, zone)
    if int(begin.timestamp()) != start:
        at = datetime.fromtimestamp(start, UTC).isoformat()
        raise Unreadable(f"no day begins at {at} in {zone}: give time_zone", "time_zone")
    return day


def _row(
    line: Line, columns: _Columns, taken: frozenset[str], channels: dict[str, Channel]
) -> Iterator[Piece]:
    entity, name = line.cell(0), line.cell(1)
    if name not in taken or not entity:
        yield line.ignored(_why_not(entity, name))
        return
    kind, direction = TYPES[name]
    unit = canonical_unit(line.cell(2))
    if unit is None or unit not in UNITS[kind]:
        yield line.rejected(2, f"{line.cell(2)[:20]!r} is not a unit of {kind}")
        return
    channel = Channel(f"{entity}:{direction}", entity, kind, unit, direction)
    known = channels.setdefault(channel.key, channel)
    if known is channel:
        yield channel
    elif known != channel:
        yield line.rejected(2, f"{unit}, and {known.unit} before")
        return
    yield from _amounts(line, columns, channel.key)


def _amounts(line: Line, columns: _Columns, key: str) -> Iterator[Piece]:
    values: list[tuple[int, float]] = []
    for at in range(len(columns.starts)):
        text = line.cell(_FIRST_VALUE + at)
        value = csv_text.number(text) if text else math.nan
        if isinstance(value, str):
            yield line.rejected(_FIRST_VALUE + at, value)
        elif not math.isnan(value):
            values.append((at, value))
    if not values:
        yield line.ignored("statistics without any value")
    elif columns.months:
        for at, value in values:
            first, last = columns.months[at]
            yield Period(key, first, last, Decimal(repr(value)), line=line.number)
    else:
        starts = [columns.starts[at] for at, _ in values]
        seconds = [columns.seconds[at] for at, _ in values]
        amounts = [value for _, value in values]
        yield Readings(key, starts, seconds, amounts, lines=line.number)


def _why_not(entity: str, name: str) -> str:
    if not entity or name.startswith("calculated_"):
        return "what Home Assistant derives from other rows"
    if name.endswith(("_cost", "_compensation")):
        return "costs, which the file does not join to a meter"
    if name in TYPES:
        return f"{name}: part of, or beside, what the network delivered; name it in types"
    return f"{name[:40]}: not known"


FORMAT: Final = Format(
    "home_assistant_energy",
    "Home Assistant, energy panel",
    _recognises,
    read,
    frozenset({"types", "period", "time_zone"}),
)
