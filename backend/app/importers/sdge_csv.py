"""SDG&E CSV by meter: `Meter Number,Date,Start Time,Duration,Consumption,Generation,Net`.

Consumption is what came from the network, generation what was fed in; net is their difference and
is not read. Durations are minutes, or "Day" for gas, whose days begin at seven: they are counted
as the day on which they begin. Times are local wall times without offset.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from app.importers import csv_text
from app.importers.series import (
    Channel,
    Format,
    Ignored,
    Options,
    Piece,
    Rejected,
    Source,
    Unreadable,
    Warned,
)
from app.importers.series_mapping import clock_of
from app.importers.wall_readings import WallReadings
from app.utils.units import UNITS, ConsumptionType, canonical_unit

_DAY = 86_400
_HEADER_WITHIN = 60
_REQUIRED = ("meter number", "date", "start time", "duration", "consumption")
_CHANNELS = (("consumption", "import"), ("generation", "export"))
_GAS_DAYS = "gas days begin at seven: each was counted as the day on which it begins"


def _is_header(cells: Sequence[str]) -> bool:
    return tuple(cell.strip().casefold() for cell in cells[:5]) == _REQUIRED


def _recognises(_: str, head: bytes) -> bool:
    lines = csv_text.text_of(head).splitlines()[:_HEADER_WITHIN]
    return any(_is_header(line.replace('"', "").split(",")) for line in lines)


def read(source: Source, options: Options) -> Iterator[Piece]:
    """Yield the pieces of an SDG&E CSV. Raises Unreadable when it has no such header.

    Mapping: `unit` where the lines before the header do not name one; `time_zone`.
    """
    about: dict[str, str] = {}
    table: _Table | None = None
    for line, cells in csv_text.rows(source):
        if isinstance(cells, str):
            yield Rejected(line, None, cells)
        elif _is_header(cells):
            if table:
                yield Ignored(1, "the header once more", line)
                continue
            table = _table(cells, about, options)
        elif table is None:
            if line > _HEADER_WITHIN:
                break
            if len(cells) > 1:
                about[cells[0].rstrip(":").casefold()[:50]] = cells[1][:100]
        elif any(cells):
            yield from table.row(line, cells)
    if table is None:
        raise Unreadable("there is no header that begins with Meter Number, Date and Start Time")
    yield from table.finish()


FORMAT = Format("sdge_csv", "SDG&E CSV", _recognises, read, frozenset({"unit", "time_zone"}))


def _table(header: Sequence[str], about: dict[str, str], options: Options) -> "_Table":
    is_gas = "gas" in about.get("resource", "").casefold()
    kind = ConsumptionType.GAS if is_gas else ConsumptionType.ELECTRICITY
    said = str(options.mapping.get("unit", about.get("uom", "therm" if is_gas else "kWh")))
    unit = canonical_unit(said)
    if unit is None or unit not in UNITS[kind]:
        raise Unreadable(f"{said[:40]!r} is no unit of {kind}", "unit")
    index = {cell.casefold(): at for at, cell in reversed(list(enumerate(header)))}
    return _Table(index, kind, unit, options)


@dataclass(slots=True)
class _Table:
    """Turns rows into pieces; a meter has a channel for each direction that it has values of."""

    index: dict[str, int]
    kind: ConsumptionType
    unit: str
    options: Options
    _series: dict[str, WallReadings] = field(default_factory=dict)
    _is_warned: bool = False

    def row(self, line: int, cells: Sequence[str]) -> Iterator[Piece]:
        """Yield what a row tells."""
        times = self._times(line, cells)
        if isinstance(times, Rejected):
            yield times
            return
        if not any(self._cell(cells, column) for column, _ in _CHANNELS):
            yield Rejected(line, "Consumption", "no value")
            return
        for column, direction in _CHANNELS:
            yield from self._amount(line, cells, column, direction, times)

    def finish(self) -> list[Piece]:
        """Return what is gathered."""
        found = [piece for series in self._series.values() for piece in series.finish()]
        return [*found, Warned(_GAS_DAYS)] if self._is_warned else found

    def _amount(
        self, line: int, cells: Sequence[str], column: str, direction: str, times: tuple[int, int]
    ) -> Iterator[Piece]:
        text = self._cell(cells, column)
        if not text:
            return
        amount = csv_text.number(text)
        if isinstance(amount, str):
            yield Rejected(line, column.capitalize(), amount)
            return
        key = f"{self._cell(cells, 'meter number')[:100]}.{direction}"
        if key not in self._series:
            yield self._channel(key, direction)
        yield from self._series[key].add(line, *times, amount)

    def _channel(self, key: str, direction: str) -> Channel:
        self._series[key] = WallReadings(
            key, clock_of(self.options.mapping, self.options.time_zone), "Start Time"
        )
        meter = key.rpartition(".")[0]
        name = f"{str(self.kind).capitalize()} {meter}".strip()
        if direction == "export":
            name += " (export)"
        return Channel(key, name, self.kind, self.unit, direction, serial_number=meter or None)

    def _times(self, line: int, cells: Sequence[str]) -> tuple[int, int] | Rejected:
        day = csv_text.day(self._cell(cells, "date"), "mdy")
        if isinstance(day, str):
            return Rejected(line, "Date", day)
        duration = self._cell(cells, "duration")
        if duration.casefold() in ("day", "1 day"):
            self._is_warned = True
            return day * _DAY, (day + 1) * _DAY
        start = csv_text.clock(self._cell(cells, "start time"))
        if isinstance(start, str):
            return Rejected(line, "Start Time", start)
        minutes = csv_text.number(duration)
        if isinstance(minutes, str) or not 1 <= minutes <= 1440 or minutes % 1:
            return Rejected(line, "Duration", "not whole minutes from 1 to 1,440, nor Day")
        wall = day * _DAY + start
        return wall, wall + int(minutes) * 60

    def _cell(self, cells: Sequence[str], name: str) -> str:
        at = self.index.get(name)
        return cells[at] if at is not None and at < len(cells) else ""
