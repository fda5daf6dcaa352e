"""The JSON form of Home Assistant's statistics, as lines of a table.

`{"entities": [{"id": …, "unit": …, "values": [{"datetime": …, "delta": …}]}]}`, or a list of
such entities. JSON is read whole, so its size is bounded; a line is the number of the value.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from app.importers.series import Piece, Rejected, Source, Unreadable
from app.importers.series_table import Line

LONGEST_JSON: Final = 10 * 1024 * 1024
"""Bytes of a JSON file."""

_NAMES: Final = ("statistic_id", "unit", "start", "delta", "sum")


def is_statistics(text: str) -> bool:
    """Tell whether the beginning of a file is such JSON."""
    return text.lstrip().startswith(("{", "[")) and '"values"' in text and '"datetime"' in text


def statistics(source: Source) -> Iterator[Line | Piece]:
    """Yield each value as a line of the columns of a CSV. Raises Unreadable."""
    with source.open() as file:
        try:
            data = json.loads(file.read(LONGEST_JSON + 1))
        except (ValueError, RecursionError):
            raise Unreadable("the file is no JSON") from None
    entities = data.get("entities") if isinstance(data, dict) else data
    if not isinstance(entities, list):
        raise Unreadable("the JSON has no list of entities")
    number = 0
    for at, entity in enumerate(entities):
        values = entity.get("values") if isinstance(entity, dict) else None
        if not isinstance(values, list):
            yield Rejected(0, f"entities[{at}].values", "no list")
            continue
        has_delta = any(isinstance(v, dict) and v.get("delta") is not None for v in values)
        names = _NAMES if has_delta else tuple(n for n in _NAMES if n != "delta")
        for value in values:
            number += 1
            yield _line(number, entity, value, names)


def _line(
    number: int, entity: dict[str, Any], value: object, names: tuple[str, ...]
) -> Piece | Line:
    if not isinstance(value, dict):
        return Rejected(number, "values", "no object")
    cells = {
        "statistic_id": entity.get("id"),
        "unit": entity.get("unit"),
        "start": value.get("datetime"),
        "delta": value.get("delta"),
        "sum": value.get("sum"),
    }
    return Line(number, ["" if cells[n] is None else str(cells[n])[:100] for n in names], names)
