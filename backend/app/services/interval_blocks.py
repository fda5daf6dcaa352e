"""Interval data as imports bring it: append-only blocks, and the days that they change.

The caller holds the meters (`meters.take`, in the order of their ids). Blocks of imports that
are done count, and those of the import that is being stored.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from app.db import TenantSession
from app.importers.blocks import DayBlock, MeterBlocks


@dataclass(frozen=True, slots=True)
class StoredRange:
    """What was stored: the first and last local day (None without any), days and intervals."""

    first: date | None
    last: date | None
    days: int
    intervals: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Intervals of blocks against what is shown now.

    `added` have no value yet, `changed` another, `unchanged` the same. `conflicts` of the changed
    ones meet a manual correction, which stays.
    """

    added: int
    changed: int
    unchanged: int
    conflicts: int


def store(
    session: TenantSession, import_id: int, meter_id: int, blocks: Iterable[DayBlock]
) -> StoredRange:
    """Store an import's blocks of one meter and project their days.

    Raises Invalid for a step, a length or an amount that is not possible, Conflict when the
    import has a block of the day already.
    """
    raise NotImplementedError


def store_many(
    session: TenantSession, import_id: int, series: Sequence[tuple[int, MeterBlocks]]
) -> StoredRange:
    """Store an import's blocks of several meters, as (meter id, blocks), and project their days.

    The way for files of many readings. Raises as `store` does.
    """
    raise NotImplementedError


def compare(session: TenantSession, meter_id: int, blocks: Iterable[DayBlock]) -> Comparison:
    """Count what storing these blocks would add and change, for a dry run."""
    raise NotImplementedError


def compare_many(
    session: TenantSession, series: Sequence[tuple[int, MeterBlocks]]
) -> dict[int, Comparison]:
    """Count what storing these blocks would add and change, by meter."""
    raise NotImplementedError


def withdraw(session: TenantSession, import_id: int) -> int:
    """Project the days of an import without it; its blocks stay. Gives the number of days.

    The caller marks the import as undone. Takes the meters itself.
    """
    raise NotImplementedError
