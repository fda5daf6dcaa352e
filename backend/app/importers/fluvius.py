"""The consumption history of Fluvius (Belgium), Dutch or English: quarters of electricity, hours
of gas.

Local wall times of Europe/Brussels, oldest first; decimal comma. The day and night registers of
a meter take turns: together they are one channel for each direction ("Afname"/"Offtake" and
"Injectie"/"Injection"). Gas has two rows for each hour, m³ as measured and kWh as converted with
a calorific value that may still change: m³ is taken, or what the mapping's `gas_unit` says. A row
without volume ("Geen verbruik"/"No consumption": the meter was not read) is a missing value.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.importers import csv_text
from app.importers.series import Channel, Format, Options, Piece, Source
from app.importers.series_mapping import choice, zone_of
from app.importers.series_table import Line, table
from app.importers.wall_clock import WallClock
from app.importers.wall_readings import WallReadings
from app.utils.quality import ACTUAL, ESTIMATED, MISSING
from app.utils.units import ConsumptionType

_ZONE: Final = "Europe/Brussels"
_FIELDS: Final = {
    "from_date": ("from (date)", "from date", "van datum", "van (datum)"),
    "from_time": ("from (time)", "from time", "van tijdstip", "van (tijdstip)"),
    "to_date": ("until (date)", "to (date)", "to date", "tot datum", "tot (datum)"),
    "to_time": ("until (time)", "to (time)", "to time", "tot tijdstip", "tot (tijdstip)"),
    "ean": ("ean code", "ean-code", "ean"),
    "meter": ("meter",),
    "register": ("register",),
    "volume": ("volume",),
    "unit": ("unit", "eenheid"),
    "status": ("validation status", "validatiestatus"),
}
_ESTIMATED: Final = ("estimated", "geschat")
_EXPORT: Final = ("injec",)


def _recognises(_name: str, head: bytes) -> bool:
    return _is_header(csv_text.text_of(head).partition("\n")[0].strip().split(";"))


def _is_header(cells: Sequence[str]) -> bool:
    return len(_places(cells)) == len(_FIELDS)


def _places(cells: Sequence[str]) -> dict[str, int]:
    names = [cell.strip().strip('"').casefold() for cell in cells]
    return {
        field_: names.index(name)
        for field_, spellings in _FIELDS.items()
        for name in spellings
        if name in names
    }


@dataclass(slots=True)
class _File:
    """What is known of the file so far."""

    zone: str
    gas_unit: str
    gas_meters: frozenset[str]
    at: dict[str, int] = field(default_factory=dict)
    channels: dict[str, WallReadings] = field(default_factory=dict)


def read(source: Source, options: Options) -> Iterator[Piece]:
    """Yield a channel for each EAN and direction. Raises Unreadable for a wrong mapping."""
    gas_unit = choice(options.mapping, "gas_unit", ["m³", "kWh"], "m³")
    zone = zone_of(options.mapping, _ZONE)
    file = _File(zone, gas_unit, _gas_meters(source))
    for item in table(source, _is_header, ";"):
        if isinstance(item, Line):
            yield from _row(file, item)
        else:
            yield item
    for readings in file.channels.values():
        yield from readings.finish()


def _gas_meters(source: Source) -> frozenset[str]:
    """Return the EANs that have volumes: their kWh are of gas."""
    found: set[str] = set()
    for item in table(source, _is_header, ";"):
        if isinstance(item, Line):
            at = _places(item.names)
            if item.cell(at["unit"]).casefold() in ("m³", "m3"):
                found.add(_ean(item.cell(at["ean"])))
    return frozenset(found)


def _ean(text: str) -> str:
    """Return the EAN of a cell such as ="541448820000000001", which keeps spreadsheets at bay."""
    return text.strip('="')


def _row(file: _File, line: Line) -> Iterator[Piece]:
    at = file.at = file.at or _places(line.names)
    ean, unit = _ean(line.cell(at["ean"])), line.cell(at["unit"]).replace("m3", "m³")
    is_gas = ean in file.gas_meters
    if unit not in ("kWh", "m³"):
        yield line.rejected(at["unit"], f"{unit[:20]!r} is neither kWh nor m³")
        return
    if is_gas and unit != file.gas_unit:
        yield line.ignored(f"gas in {unit}: the rows in {file.gas_unit} were taken")
        return
    start, end = _times(line, at)
    if isinstance(start, str) or isinstance(end, str):
        is_start = isinstance(start, str)
        detail = start if isinstance(start, str) else str(end)
        yield line.rejected(at["from_date" if is_start else "to_date"], detail)
        return
    volume = csv_text.number(line.cell(at["volume"]), ",") if line.cell(at["volume"]) else math.nan
    if isinstance(volume, str):
        yield line.rejected(at["volume"], volume)
        return
    readings, channel = _channel(file, line, ean, unit, is_gas)
    if channel:
        yield channel
    yield from readings.add(line.number, start, end, volume, quality=_quality(line, at, volume))


def _times(line: Line, at: dict[str, int]) -> list[int | str]:
    return [
        csv_text.wall_time(f"{line.cell(at[f'{end}_date'])} {line.cell(at[f'{end}_time'])}", "dmy")
        for end in ("from", "to")
    ]


def _quality(line: Line, at: dict[str, int], volume: float) -> str:
    if math.isnan(volume):
        return MISSING
    return ESTIMATED if line.cell(at["status"]).casefold() in _ESTIMATED else ACTUAL


def _channel(
    file: _File, line: Line, ean: str, unit: str, is_gas: bool
) -> tuple[WallReadings, Channel | None]:
    """Return where the readings of a row are gathered, and its channel when it is new."""
    is_export = line.cell(file.at["register"]).casefold().startswith(_EXPORT)
    direction = "export" if is_export else "import"
    key = f"{ean}:{direction}"
    known = file.channels.get(key)
    if known:
        return known, None
    kind = ConsumptionType.GAS if is_gas else ConsumptionType.ELECTRICITY
    name = f"EAN {ean}" + (" injection" if is_export else "")
    serial = line.cell(file.at["meter"]) or None
    start = line.names[file.at["from_date"]]
    file.channels[key] = WallReadings(key, WallClock(file.zone), start)
    return file.channels[key], Channel(key, name, kind, unit, direction, serial)


FORMAT: Final = Format(
    "fluvius",
    "Fluvius (Belgium)",
    _recognises,
    read,
    frozenset({"gas_unit", "time_zone"}),
)
