"""What Dutch smart meters showed at the beginning of each day, as suppliers give it.

Liander: `meterreadingdate,meternummer,…,reading1…reading4`, a meter whose number begins with E or
G a row. GreenChoice: `OpnameDatum;StandNormaal;StandDal;TerugleveringNormaal;TerugleveringDal`.
VanOns: `datum;"afname stand dal";…;"invoeding stand normaal";…`, whose columns of use are ignored.
Registers at local midnight of Europe/Amsterdam (VanOns' own column of use shows it: the use of a
day is the next day's register less its own); both tariffs are added, by direction.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.importers import csv_text
from app.importers.series import Channel, Format, Options, Piece, Source
from app.importers.series_batch import RegisterValues
from app.importers.series_mapping import zone_of
from app.importers.series_table import Line, separator_of, table
from app.importers.wall_clock import WallClock
from app.utils.units import ConsumptionType

_ZONE: Final = "Europe/Amsterdam"
_DAY: Final = 86_400
_DATES: Final = ("meterreadingdate", "opnamedatum", "datum")
_METER: Final = "meternummer"
_IMPORT: Final = (
    *("standnormaal", "standdal", "afname stand dal", "afname stand normaal"),
    *("reading1", "reading2"),
)
_EXPORT: Final = (
    *("terugleveringnormaal", "terugleveringdal"),
    *("invoeding stand dal", "invoeding stand normaal", "reading3", "reading4"),
)
_NONE: Final = ("", "n/a")


def _is_header(cells: Sequence[str]) -> bool:
    names = [cell.casefold() for cell in cells]
    return any(date in names for date in _DATES) and len(set(names) & set(_IMPORT)) == 2


def _recognises(_name: str, head: bytes) -> bool:
    first = csv_text.text_of(head).lstrip().partition("\n")[0].strip()
    return _is_header([cell.strip().strip('"') for cell in first.split(separator_of(first))])


@dataclass(slots=True)
class _File:
    zone: str
    date: int = -1
    meter: int | None = None
    columns: dict[str, list[int]] = field(default_factory=dict)
    registers: dict[str, RegisterValues] = field(default_factory=dict)


def read(source: Source, options: Options) -> Iterator[Piece]:
    """Yield a channel of registers for each meter and direction."""
    file = _File(zone_of(options.mapping, _ZONE))
    with source.open() as opened:
        separator = separator_of(csv_text.text_of(opened.read(8192)))
    for item in table(source, _is_header, separator):
        if isinstance(item, Line):
            yield from _line(item, file)
        else:
            yield item
    for registers in file.registers.values():
        yield from registers.finish()


def _find_columns(file: _File, names: Sequence[str]) -> None:
    folded = [name.casefold() for name in names]
    file.date = next(at for at, name in enumerate(folded) if name in _DATES)
    file.meter = folded.index(_METER) if _METER in folded else None
    for direction, known in (("import", _IMPORT), ("export", _EXPORT)):
        file.columns[direction] = [at for at, name in enumerate(folded) if name in known]


def _line(line: Line, file: _File) -> Iterator[Piece]:
    if file.date < 0:
        _find_columns(file, line.names)
    day = csv_text.day(line.cell(file.date), "dmy")
    if isinstance(day, str):
        yield line.rejected(file.date, day)
        return
    meter = line.cell(file.meter)
    is_gas = meter.upper().startswith("G")
    has_any = False
    for direction, columns in file.columns.items():
        # A gas meter has one register, the first.
        places = columns[:1] if is_gas else columns
        if (is_gas and direction == "export") or all(_is_none(line.cell(at)) for at in places):
            continue
        has_any = True
        values = [(at, csv_text.number(line.cell(at), _mark(line.cell(at)))) for at in places]
        wrong = [line.rejected(at, value) for at, value in values if isinstance(value, str)]
        yield from wrong
        if not wrong:
            total = sum(value for _, value in values if not isinstance(value, str))
            yield from _add(line, file, meter, direction, day * _DAY, total)
    if not has_any:
        yield line.ignored("days on which no meter was read")


def _add(
    line: Line, file: _File, meter: str, direction: str, wall: int, value: float
) -> Iterator[Piece]:
    key = f"{meter or 'smart meter'}:{direction}"
    registers = file.registers.get(key)
    if registers is None:
        is_gas = meter.upper().startswith("G")
        kind = ConsumptionType.GAS if is_gas else ConsumptionType.ELECTRICITY
        name = " ".join(filter(None, ["Gas" if is_gas else "Electricity", meter]))
        name += " fed in" if direction == "export" else ""
        yield Channel(key, name, kind, "m³" if is_gas else "kWh", direction, meter or None)
        registers = file.registers[key] = RegisterValues(key, WallClock(file.zone))
    yield from registers.add(line.number, wall, value)


def _is_none(text: str) -> bool:
    return text.casefold() in _NONE


def _mark(text: str) -> str:
    return "," if "," in text and "." not in text else "."


FORMAT: Final = Format(
    "dutch_registers",
    "Dutch smart meters: Liander, GreenChoice, VanOns",
    _recognises,
    read,
    frozenset({"time_zone"}),
)
