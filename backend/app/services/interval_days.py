"""The days of interval meters: read from the blocks that count, and written to the projection."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import delete, or_, select

from app.db import TenantSession, table_of, tenant_filter
from app.errors import NotFound
from app.models import Import, ImportStatus, IntervalBlock, Meter, MeterDay, Site
from app.services import day_rows, meters, overlay
from app.services.day_rows import DayRow
from app.services.overlay import Layer
from app.utils.periods import day_seconds

BLOCKS, IMPORTS = table_of(IntervalBlock), table_of(Import)
DAYS, METERS, SITES = table_of(MeterDay), table_of(Meter), table_of(Site)
DAYS_AT_A_TIME = 400


@dataclass(frozen=True, slots=True)
class Counting:
    """Which imports count: those that are done, `also` (being stored), not `but` (going)."""

    also: int | None = None
    but: int | None = None


DONE = Counting()


def time_zone(session: TenantSession, meter_id: int) -> str:
    """Give the IANA zone whose days a meter's data is cut into, its site's. Raises NotFound."""
    zone: str | None = session.scalars(
        select(SITES.c.time_zone)
        .join(
            METERS, (METERS.c.account_id == SITES.c.account_id) & (METERS.c.site_id == SITES.c.id)
        )
        .where(tenant_filter(METERS, session), METERS.c.id == meter_id)
    ).one_or_none()
    if zone is None:
        raise NotFound("There is no such meter.")
    return zone


def layers(
    session: TenantSession, meter_id: int, days: Sequence[date], counting: Counting = DONE
) -> dict[date, list[Layer]]:
    """Give the layers of days in the order in which they are laid, lowest first."""
    counts: Any = IMPORTS.c.status == ImportStatus.DONE
    if counting.also is not None:
        counts = or_(counts, IMPORTS.c.id == counting.also)
    if counting.but is not None:
        counts = counts & (IMPORTS.c.id != counting.but)
    rows = session.execute(
        select(
            BLOCKS.c.day,
            BLOCKS.c.step_seconds,
            BLOCKS.c.amounts,
            BLOCKS.c.quality,
            IMPORTS.c.rank > 0,
        )
        .join(
            IMPORTS,
            (IMPORTS.c.account_id == BLOCKS.c.account_id) & (IMPORTS.c.id == BLOCKS.c.import_id),
        )
        .where(
            tenant_filter(BLOCKS, session),
            BLOCKS.c.meter_id == meter_id,
            BLOCKS.c.day.in_(days),
            counts,
        )
        .order_by(BLOCKS.c.day, IMPORTS.c.rank, IMPORTS.c.id)
    )
    found = [(row[0], Layer(*row[1:])) for row in rows]
    return {day: [layer for _, layer in group] for day, group in groupby(found, key=itemgetter(0))}


def computed(
    session: TenantSession, meter_id: int, days: Iterable[date], counting: Counting = DONE
) -> Iterator[tuple[list[date], list[DayRow]]]:
    """Compute the rows of days, a bounded number at a time; days without data have none."""
    zone = time_zone(session, meter_id)
    touched = sorted(set(days))
    for start in range(0, len(touched), DAYS_AT_A_TIME):
        part = touched[start : start + DAYS_AT_A_TIME]
        found = layers(session, meter_id, part, counting)
        rows = [
            overlay.day_row(day, overlay.overlay(of_day, day_seconds(day, zone)))
            for day, of_day in found.items()
        ]
        yield part, [row for row in rows if row is not None]


def project(
    session: TenantSession, meter_id: int, days: Iterable[date], counting: Counting = DONE
) -> None:
    """Compute days anew and let months and the meter's bounds follow."""
    touched = sorted(set(days))
    if touched:
        project_days(session, meter_id, touched, counting)
        day_rows.refresh_months(session, [meter_id], touched[0], touched[-1])
        meters.refresh_bounds(session, [meter_id])


def project_days(
    session: TenantSession, meter_id: int, days: Iterable[date], counting: Counting = DONE
) -> None:
    """Compute days anew; months and bounds are the caller's."""
    for part, rows in computed(session, meter_id, days, counting):
        _replace(session, meter_id, part, rows)


def _replace(
    session: TenantSession, meter_id: int, days: Sequence[date], rows: Sequence[DayRow]
) -> None:
    session.execute(
        delete(DAYS).where(
            tenant_filter(DAYS, session), DAYS.c.meter_id == meter_id, DAYS.c.day.in_(days)
        )
    )
    day_rows.add(session, meter_id, rows)


def shown(session: TenantSession, meter_id: int, days: Sequence[date]) -> dict[date, Layer]:
    """Give what the projection shows of days, as layers."""
    rows = session.execute(
        select(DAYS.c.day, DAYS.c.step_seconds, DAYS.c.profile, DAYS.c.quality).where(
            tenant_filter(DAYS, session), DAYS.c.meter_id == meter_id, DAYS.c.day.in_(days)
        )
    )
    return {row.day: Layer(row.step_seconds, row.profile, row.quality) for row in rows}
