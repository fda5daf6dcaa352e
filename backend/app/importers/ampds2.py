"""Counters of AMPds2 (the Almanac of Minutely Power Dataset): `unix_ts,counter`, and rates.

The counter is a register at an instant in Unix seconds; the rates beside it are ignored. The file
does not say the unit, so the mapping does: water is in litres, gas in cubic decimetres.
Source: Makonin et al., Scientific Data 3:160037, 2016.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from app.importers import csv_text
from app.importers.series import Channel, Format, Options, Piece, Source
from app.importers.series_batch import RegisterValues
from app.importers.series_mapping import direction_of, type_of, unit_of, whole_number
from app.importers.series_table import Line, table

_HEADER: Final = ["unix_ts", "counter"]


def _is_header(cells: Sequence[str]) -> bool:
    return list(cells[:2]) == _HEADER


def _recognises(_name: str, head: bytes) -> bool:
    return csv_text.text_of(head).startswith(",".join(_HEADER))


def read(source: Source, options: Options) -> Iterator[Piece]:
    """Yield one channel of registers. Raises Unreadable when the mapping has no `unit`."""
    unit = unit_of(options.mapping)
    name = source.name.rsplit(".", 1)[0][:80] or "AMPds2"
    kind = type_of(options.mapping, unit)
    yield Channel(name, name, kind, unit, direction_of(options.mapping))
    max_gap = whole_number(options.mapping, "max_gap", None, 1, 366 * 86_400)
    registers = RegisterValues(name, max_gap_seconds=max_gap)
    for item in table(source, _is_header):
        if not isinstance(item, Line):
            yield item
            continue
        at, value = csv_text.number(item.cell(0)), csv_text.number(item.cell(1))
        if isinstance(at, str):
            yield item.rejected(0, at)
        elif isinstance(value, str):
            yield item.rejected(1, value)
        else:
            yield from registers.add(item.number, int(at), value)
    yield from registers.finish()


FORMAT: Final = Format(
    "ampds2",
    "AMPds2 counters",
    _recognises,
    read,
    frozenset({"unit", "consumption_type", "direction", "max_gap"}),
)
