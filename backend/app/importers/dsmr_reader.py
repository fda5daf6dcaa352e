"""The hourly export of DSMR-reader: what a Dutch smart meter delivered in each hour.

Amounts, not registers; times with offset. The two tariffs are one supply: their columns are
added, by direction. Gas is in m³.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from app.importers import csv_text
from app.importers.series import Channel, Format, Options, Piece, Source
from app.importers.series_batch import InstantReadings
from app.importers.series_table import Line, table
from app.utils.units import ConsumptionType

_ELECTRICITY: Final = ConsumptionType.ELECTRICITY
_IMPORT: Final = Channel("dsmr:electricity", "Electricity", _ELECTRICITY, "kWh")
_EXPORT: Final = Channel("dsmr:returned", "Electricity returned", _ELECTRICITY, "kWh", "export")
_GAS: Final = Channel("dsmr:gas", "Gas", ConsumptionType.GAS, "m³")
_HOUR: Final = 3600


def _recognises(_name: str, head: bytes) -> bool:
    return csv_text.text_of(head).startswith("Hour Start,Electricity 1")


def read(source: Source, options: Options) -> Iterator[Piece]:  # noqa: ARG001
    """Yield a channel for electricity, electricity returned and gas, as far as there are columns.

    A channel whose columns are empty on a line has no reading there.
    """
    columns: list[tuple[InstantReadings, list[int]]] = []
    for item in table(source, lambda cells: cells[0] == "Hour Start"):
        if not isinstance(item, Line):
            yield item
            continue
        if not columns:
            channels = _columns(item.names)
            yield from channels
            columns = [(InstantReadings(c.key), at) for c, at in channels.items()]
        yield from _hour(item, columns)
    for readings, _ in columns:
        yield from readings.finish()


def _columns(names: Sequence[str]) -> dict[Channel, list[int]]:
    found: dict[Channel, list[int]] = {}
    for at, name in enumerate(names):
        if name.startswith("Electricity"):
            found.setdefault(_EXPORT if "Returned" in name else _IMPORT, []).append(at)
        elif name == "Gas":
            found.setdefault(_GAS, []).append(at)
    return found


def _hour(line: Line, columns: list[tuple[InstantReadings, list[int]]]) -> Iterator[Piece]:
    start = csv_text.instant(line.cell(0))
    if isinstance(start, str):
        yield line.rejected(0, start)
        return
    has_any = False
    for readings, places in columns:
        values = [(at, csv_text.number(line.cell(at))) for at in places if line.cell(at)]
        has_any |= bool(values)
        wrong = [line.rejected(at, value) for at, value in values if isinstance(value, str)]
        yield from wrong
        if values and not wrong:
            amount = sum(value for _, value in values if not isinstance(value, str))
            yield from readings.add(line.number, start, _HOUR, amount)
    if not has_any:
        yield line.ignored("hours without any value")


FORMAT: Final = Format("dsmr_reader", "DSMR-reader, hours", _recognises, read)
