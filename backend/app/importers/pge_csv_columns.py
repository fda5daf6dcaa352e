"""The headers of PG&E-type CSVs: which column is what."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.utils.units import canonical_unit

_NAMES: Mapping[str, str] = {
    "type": "type",
    "date": "date",
    "start date": "start date",
    "end date": "end date",
    "start time": "start time",
    "end time": "end time",
    "usage": "usage",
    "import": "import",
    "export": "export",
    "units": "units",
    "cost": "cost",
    "total import cost": "cost",
    "import cost": "cost",
    "notes": "notes",
}
_UNIT = re.compile(r"\A(.*)\(([^()]{1,20})\)\Z")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each column stands from 0, what the file calls it, and the unit that it names."""

    index: Mapping[str, int]
    names: Mapping[str, str]
    unit: str | None


def is_header(cells: Sequence[str]) -> bool:
    """Tell whether a line is one of these headers."""
    if len(cells) > 20 or not cells or cells[0].strip().casefold() != "type":
        return False
    found = find_columns(cells).index
    has_amount = "usage" in found or "import" in found
    return has_amount and ("date" in found or {"start date", "end date"} <= found.keys())


def find_columns(cells: Sequence[str]) -> Columns:
    """Return the columns of a header."""
    index: dict[str, int] = {}
    names: dict[str, str] = {}
    unit = None
    for at, cell in enumerate(cells):
        found = _UNIT.match(cell)
        name = _NAMES.get((found[1] if found else cell).strip().casefold())
        if name is None:
            continue
        index.setdefault(name, at)
        names.setdefault(name, cell)
        if found and name in ("usage", "import", "export"):
            unit = canonical_unit(found[2])
    names.setdefault("date", names.get("start date", "DATE"))
    return Columns(index, names, unit)
