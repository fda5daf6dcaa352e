"""Home Assistant's history panel: what a sensor showed, whenever it changed.

`entity_id,state,last_changed`, UTC. The states are registers, whose differences are the use; the
file does not say their unit, so the mapping does. `unavailable` and `unknown` are no states.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from app.importers import csv_text
from app.importers.series import Channel, Format, Options, Piece, Source, Warned
from app.importers.series_batch import RegisterValues
from app.importers.series_mapping import (
    ELECTRICITY_BY_CONVENTION,
    direction_of,
    type_of,
    unit_of,
    whole_number,
)
from app.importers.series_table import Line, table

_NO_STATE: Final = ("unavailable", "unknown", "", "none")
_HEADER: Final = ["entity_id", "state", "last_changed"]


def _is_header(cells: Sequence[str]) -> bool:
    return list(cells[:3]) == _HEADER


def _recognises(_name: str, head: bytes) -> bool:
    return csv_text.text_of(head).lstrip().startswith(",".join(_HEADER))


def read(source: Source, options: Options) -> Iterator[Piece]:
    """Yield a channel of registers for each entity.

    The mapping has `unit`, and, where it does not tell, `consumption_type`; `direction`;
    `max_gap`, the seconds over which a difference is not spread. Raises Unreadable.
    """
    unit = unit_of(options.mapping)
    kind = type_of(options.mapping, unit)
    direction = direction_of(options.mapping)
    max_gap = whole_number(options.mapping, "max_gap", None, 1, 366 * 86_400)
    if unit.endswith("Wh") and options.mapping.get("consumption_type") is None:
        yield Warned(ELECTRICITY_BY_CONVENTION.replace("kWh", unit))
    entities: dict[str, RegisterValues] = {}
    for item in table(source, _is_header):
        if not isinstance(item, Line):
            yield item
            continue
        entity, state = item.cell(0), item.cell(1)
        if state.casefold() in _NO_STATE:
            yield item.ignored("states that are unavailable or unknown")
            continue
        value, at = csv_text.number(state), csv_text.instant(item.cell(2))
        if isinstance(value, str):
            yield item.rejected(1, value)
        elif isinstance(at, str):
            yield item.rejected(2, at)
        else:
            if entity not in entities:
                yield Channel(entity, entity, kind, unit, direction)
                entities[entity] = RegisterValues(entity, max_gap_seconds=max_gap)
            yield from entities[entity].add(item.number, at, value)
    for registers in entities.values():
        yield from registers.finish()


FORMAT: Final = Format(
    "home_assistant_history",
    "Home Assistant, history panel",
    _recognises,
    read,
    frozenset({"unit", "consumption_type", "direction", "max_gap"}),
)
