"""The columns of a long table: `meter`, `start` and an amount, and what further ones may say.

`seconds` is an interval's length, `quality` its letter (`utils.quality`); `type` and `direction`
are the meter's, for units that several utilities have and for what is fed in.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass

from app.importers.csv_text import text_of
from app.utils.quality import MISSING, QUALITIES
from app.utils.units import ConsumptionType, canonical_unit

FIRST = ("meter", "start")
FURTHER_FROM = 3
FURTHER = frozenset({"seconds", "quality", "type", "direction"})
SEPARATORS = ",;\t"
TYPES = tuple(ConsumptionType)
DIRECTIONS = ("import", "export")
LETTERS = QUALITIES - {MISSING}
"""Of what has a value."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the first line says; `offsets` tells whether the first `start` has one.

    `further` are the columns behind the amount, in their order.
    """

    separator: str
    unit: str
    offsets: bool
    further: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Give the names of all columns."""
        return [*FIRST, "amount", *self.further]


def header_of(head: bytes) -> Header | None:
    """Read the first lines of a file; None when it is no long CSV."""
    lines = text_of(head[:4096]).splitlines()
    for separator in SEPARATORS if lines else "":
        found = columns_of(lines[0].split(separator))
        if found is not None:
            starts = (cells[1] for cells in csv.reader(lines[1:], delimiter=separator) if cells[1:])
            return Header(separator, found[0], has_offset(next(starts, "")), found[1])
    return None


def columns_of(names: Sequence[object]) -> tuple[str, tuple[str, ...]] | None:
    """Give the unit and the further columns of a header; None when it is not one of these."""
    plain = [str(name).strip().strip('"').casefold() for name in names]
    unit = canonical_unit(plain[2]) if len(plain) > 2 and tuple(plain[:2]) == FIRST else None
    further = tuple(plain[3:])
    is_known = FURTHER.issuperset(further) and len(set(further)) == len(further)
    return (unit, further) if unit is not None and is_known else None


def has_offset(start: str) -> bool:
    """Tell whether a date and time has an offset from UTC."""
    tail = start.strip().strip('"')[10:]
    return tail[-1:] in ("Z", "z") or "+" in tail or "-" in tail


def kind_of(consumption_type: ConsumptionType, direction: str = DIRECTIONS[0]) -> int:
    """Give one number for a type and a direction."""
    return TYPES.index(consumption_type) * len(DIRECTIONS) + DIRECTIONS.index(direction)


def of_kind(kind: int) -> tuple[ConsumptionType, str]:
    """Give the type and direction of a number of `kind_of`."""
    return TYPES[kind // len(DIRECTIONS)], DIRECTIONS[kind % len(DIRECTIONS)]
