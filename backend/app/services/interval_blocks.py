"""Interval data as imports bring it: append-only blocks, and the days that they change.

The caller holds the meters (`meters.take`, in the order of their ids). Blocks of imports that
are done count, and those of the import that is being stored (ADR 0012).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Any

from sqlalchemy import JSON, bindparam, func, select, text

from app.db import TenantSession, table_of, tenant_filter
from app.errors import invalid_field
from app.importers.blocks import MAX_INTERVAL, DayBlock, is_step
from app.models import IntervalBlock
from app.services import interval_days, meters, overlay, upserts
from app.services.interval_days import DAYS_AT_A_TIME, Counting
from app.utils.periods import steps_in_day
from app.utils.quality import QUALITIES

BLOCKS = table_of(IntervalBlock)


@dataclass(frozen=True, slots=True)
class StoredRange:
    """What was stored: the first and last local day (None without any), days and intervals."""

    first: date | None
    last: date | None
    days: int
    intervals: int


def store(
    session: TenantSession,
    import_id: int,
    meter_id: int,
    blocks: Iterable[DayBlock],
    *,
    is_update: bool = False,
) -> StoredRange:
    """Store an import's blocks of one meter and project their days.

    A file says of a day once; with `is_update` (a device's own import) its block is replaced.
    Raises Invalid for a step, a length or an amount that is not possible, Conflict when the
    import has a block of the day already.
    """
    zone = interval_days.time_zone(session, meter_id)
    rows = [_values(session, import_id, meter_id, _checked(block, zone)) for block in blocks]
    if not rows:
        return StoredRange(None, None, 0, 0)
    _insert(session, rows, is_update)
    days = [row["day"] for row in rows]
    interval_days.project(session, meter_id, days, Counting(also=import_id))
    count = sum(value is not None for row in rows for value in row["amounts"])
    return StoredRange(min(days), max(days), len(days), count)


_COLUMNS = ("step_seconds", "amounts", "quality", "cost")
_DOCUMENT = """
INSERT INTO interval_blocks
    (account_id, meter_id, day, import_id, step_seconds, amounts, quality, cost)
SELECT :account_id, * FROM json_to_recordset(:rows) AS row(meter_id bigint, day date,
    import_id bigint, step_seconds int, amounts float8[], quality text, cost numeric)"""
_REPLACING = """
ON CONFLICT (account_id, meter_id, day, import_id) DO UPDATE SET
    step_seconds = excluded.step_seconds, amounts = excluded.amounts,
    quality = excluded.quality, cost = excluded.cost"""
_ADD = text(_DOCUMENT).bindparams(bindparam("rows", type_=JSON))
_PUT = text(_DOCUMENT + _REPLACING).bindparams(bindparam("rows", type_=JSON))


def _insert(session: TenantSession, rows: Sequence[dict[str, Any]], is_update: bool) -> None:
    if session.on_postgresql:
        for start in range(0, len(rows), DAYS_AT_A_TIME):
            part = rows[start : start + DAYS_AT_A_TIME]
            items = [
                row | {"cost": None if row["cost"] is None else str(row["cost"])} for row in part
            ]
            parameters = {"account_id": session.account_id, "rows": items}
            session.execute(_PUT if is_update else _ADD, parameters)
        return
    statement = upserts.insert(session, BLOCKS)
    if is_update:
        new = statement.excluded
        statement = statement.on_conflict_do_update(
            index_elements=["account_id", "meter_id", "day", "import_id"],
            set_={name: new[name] for name in _COLUMNS},
        )
    session.execute(statement, rows)


def _values(
    session: TenantSession, import_id: int, meter_id: int, block: DayBlock
) -> dict[str, Any]:
    return {
        "account_id": session.account_id,
        "meter_id": meter_id,
        "day": block.day,
        "import_id": import_id,
        "step_seconds": block.step_seconds,
        "amounts": [
            None if value is None else overlay.billionths(value) / overlay.BILLION
            for value in block.amounts
        ],
        "quality": block.quality,
        "cost": block.cost,
    }


def _checked(block: DayBlock, zone: str) -> DayBlock:
    """Refuse what no day can be, whatever reader made it. Raises Invalid."""
    expected = steps_in_day(block.day, zone, block.step_seconds) if block.step_seconds > 0 else 0
    detail = None
    if not is_step(block.step_seconds):
        detail = "intervals last whole minutes that divide 24 hours evenly, at most a day"
    elif len(block.amounts) != expected:
        detail = f"{block.day} has {expected} intervals in {zone}, not {len(block.amounts)}"
    elif block.quality is not None and not _fits(block.quality, expected):
        detail = f"{block.day} needs one known letter of quality for each interval"
    elif any(value is not None and not _is_possible(value) for value in block.amounts):
        detail = f"an amount of {block.day} is not between ±{MAX_INTERVAL:,.0f}"
    if detail is not None:
        raise invalid_field("/amounts", detail)
    return block


def _fits(quality: str, count: int) -> bool:
    return len(quality) == count and QUALITIES.issuperset(quality)


def _is_possible(value: float) -> bool:
    return isfinite(value) and abs(value) <= MAX_INTERVAL


def withdraw(session: TenantSession, import_id: int) -> int:
    """Project the days of an import without it; its blocks stay. Gives the number of days.

    The caller marks the import as undone. The meters are taken here, in the order of their ids.
    """
    count = 0
    for meter_id in meters_of(session, import_id):
        meters.take(session, meter_id)
        days = session.scalars(
            select(BLOCKS.c.day).where(
                tenant_filter(BLOCKS, session),
                BLOCKS.c.import_id == import_id,
                BLOCKS.c.meter_id == meter_id,
            )
        ).all()
        interval_days.project(session, meter_id, days, Counting(but=import_id))
        count += len(days)
    return count


def meters_of(session: TenantSession, import_id: int) -> Iterator[int]:
    """Give the ids of the meters that an import has blocks of, ascending, one query each.

    The index is followed from meter to meter, however many days each has.
    """
    last = 0
    while True:
        found = session.scalar(
            select(func.min(BLOCKS.c.meter_id)).where(
                tenant_filter(BLOCKS, session),
                BLOCKS.c.import_id == import_id,
                BLOCKS.c.meter_id > last,
            )
        )
        if found is None:
            return
        yield found
        last = found
