"""Rebuilding the projection of a meter that is fed by intervals from its blocks."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Table, select

from app.db import TenantSession, table_of, tenant_filter
from app.models import IntervalBlock, Meter, MeterDay, MeterMonth
from app.services import day_rows, interval_days, meters
from app.utils.periods import GroupBy, bucket_end

BLOCKS, METERS = table_of(IntervalBlock), table_of(Meter)
DAYS, MONTHS = table_of(MeterDay), table_of(MeterMonth)
_BOUNDS = ("first_day", "last_day")
Values = tuple[Any, ...]
Snapshot = dict[tuple[str, date | None], Values]
Found = tuple[str, date | None, Values | None, Values | None]
"""Table, day or month (None for the meter's bounds), the row as stored and as it should be."""


def recompute(session: TenantSession, meter_id: int) -> list[Found]:
    """Project all days of a meter anew, and give the whole rows that this changes.

    The caller holds the meter, and rolls back when nothing is to be written.
    """
    before = _snapshot(session, meter_id)
    days = set(_days_of_blocks(session, meter_id))
    days |= {day for table, day in before if table == DAYS.name and day is not None}
    months = {month for table, month in before if table == MONTHS.name and month is not None}
    interval_days.project_days(session, meter_id, days)
    touched = sorted(days | months | {bucket_end(month, GroupBy.MONTH) for month in months})
    if touched:
        day_rows.refresh_months(session, [meter_id], touched[0], touched[-1])
    meters.refresh_bounds(session, [meter_id])
    after = _snapshot(session, meter_id)
    return [
        (*key, before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys(), key=_order)
        if before.get(key) != after.get(key)
    ]


def _order(key: tuple[str, date | None]) -> tuple[str, date]:
    return key[0], key[1] or date.min


def _days_of_blocks(session: TenantSession, meter_id: int) -> Iterator[date]:
    yield from session.scalars(
        select(BLOCKS.c.day)
        .where(tenant_filter(BLOCKS, session), BLOCKS.c.meter_id == meter_id)
        .distinct()
    )


def _snapshot(session: TenantSession, meter_id: int) -> Snapshot:
    found = _rows(session, meter_id, DAYS, "day") | _rows(session, meter_id, MONTHS, "month")
    bounds = session.execute(
        select(*(METERS.c[name] for name in _BOUNDS)).where(
            tenant_filter(METERS, session), METERS.c.id == meter_id
        )
    ).one()
    return found | {(METERS.name, None): tuple(bounds)}


def _rows(session: TenantSession, meter_id: int, table: Table, key: str) -> Snapshot:
    columns = [column for column in table.c if column.name not in ("account_id", "meter_id", key)]
    rows = session.execute(
        select(table.c[key], *columns).where(
            tenant_filter(table, session), table.c.meter_id == meter_id
        )
    )
    return {(table.name, row[0]): tuple(row[1:]) for row in rows}
