"""The exports of the HomeWizard Energy app: what meters showed, every quarter of an hour.

Registers at local wall times without offset. The P1 meter has import and export in two tariffs
each, which are added: they are one supply. A kWh meter has one of each. Gas is "Total gas used"
in m³; water is "water usage dl" in decilitres. Powers ("L1 max W") are ignored.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.importers import csv_text
from app.importers.series import Channel, Format, Options, Piece, Source
from app.importers.series_batch import RegisterValues
from app.importers.series_mapping import zone_of
from app.importers.series_table import Line, table
from app.importers.wall_clock import WallClock
from app.utils.units import ConsumptionType

_ELECTRICITY: Final = ConsumptionType.ELECTRICITY
_IMPORT: Final = Channel("homewizard:import", "Electricity", _ELECTRICITY, "kWh")
_EXPORT: Final = Channel("homewizard:export", "Electricity fed in", _ELECTRICITY, "kWh", "export")
_GAS: Final = Channel("homewizard:gas", "Gas", ConsumptionType.GAS, "m³")
_WATER: Final = Channel("homewizard:water", "Water", ConsumptionType.WATER, "L")
_CHANNELS: Final = {
    "import t1 kwh": _IMPORT,
    "import t2 kwh": _IMPORT,
    "import kwh": _IMPORT,
    "export t1 kwh": _EXPORT,
    "export t2 kwh": _EXPORT,
    "export kwh": _EXPORT,
    "total gas used": _GAS,
    "gas m3": _GAS,
    "water usage dl": _WATER,
}
_DECILITRES_IN_A_LITRE: Final = 10


@dataclass(frozen=True, slots=True)
class _Column:
    """A register of the file: the sum of its columns."""

    values: RegisterValues
    at: tuple[int, ...]
    divisor: int


def _recognises(_name: str, head: bytes) -> bool:
    names = csv_text.text_of(head).partition("\n")[0].casefold().split(",")
    return names[0].strip() == "time" and any(n.strip() in _CHANNELS for n in names[1:])


def read(source: Source, options: Options) -> Iterator[Piece]:
    """Yield a channel of registers for each direction, gas and water that the file has."""
    zone = zone_of(options.mapping, options.time_zone)
    columns: list[_Column] = []
    for item in table(source, lambda cells: cells[0].casefold() == "time"):
        if not isinstance(item, Line):
            yield item
            continue
        if not columns:
            channels = _columns(item.names)
            yield from channels
            columns = [_column(channel, at, zone) for channel, at in channels.items()]
        yield from _moment(item, columns)
    for column in columns:
        yield from column.values.finish()


def _column(channel: Channel, at: tuple[int, ...], zone: str) -> _Column:
    divisor = _DECILITRES_IN_A_LITRE if channel is _WATER else 1
    return _Column(RegisterValues(channel.key, WallClock(zone)), at, divisor)


def _columns(names: Sequence[str]) -> dict[Channel, tuple[int, ...]]:
    found: dict[Channel, tuple[int, ...]] = {}
    for at, name in enumerate(names):
        channel = _CHANNELS.get(name.casefold())
        if channel:
            found[channel] = (*found.get(channel, ()), at)
    return found


def _moment(line: Line, columns: list[_Column]) -> Iterator[Piece]:
    wall = csv_text.wall_time(line.cell(0), None)
    if isinstance(wall, str):
        yield line.rejected(0, wall)
        return
    has_any = False
    for column in columns:
        if not any(line.cell(at) for at in column.at):
            continue
        has_any = True
        # All of them: a sum without one tariff would be another register.
        values = [(at, csv_text.number(line.cell(at))) for at in column.at]
        wrong = [line.rejected(at, value) for at, value in values if isinstance(value, str)]
        yield from wrong
        if not wrong:
            total = sum(value for _, value in values if not isinstance(value, str))
            yield from column.values.add(line.number, wall, total / column.divisor)
    if not has_any:
        yield line.ignored("times at which no meter was read")


FORMAT: Final = Format(
    "homewizard", "HomeWizard Energy", _recognises, read, frozenset({"time_zone"})
)
