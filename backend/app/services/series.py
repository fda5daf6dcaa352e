"""A meter's values over time: intervals, hours, days or months, joined when they are too many.

Read from the projection alone. The web workers run this, so it is plain Python.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import bindparam, select

from app.db import Prepared, TenantSession, table_of
from app.errors import Conflict, invalid_field
from app.models import MeterDay, MeterMonth, Source
from app.services.meter_views import MeterView
from app.services.runs import Run, Series, hours, joined, quality_of, reduced, single, starts
from app.utils.periods import (
    GroupBy,
    bucket_end,
    buckets,
    day_bounds,
    day_seconds,
    steps_in_day,
)
from app.utils.quality import ACTUAL, DERIVED, ESTIMATED, MISSING, PROJECTED

DAYS, MONTHS = table_of(MeterDay), table_of(MeterMonth)
MAX_DAYS = {"raw": 731, "hour": 731, "day": 3_660, "month": 36_525}
_DEFAULT_DAYS = {"raw": 7, "hour": 31, "day": 366, "month": 1_096}
ONE_DAY = timedelta(days=1)


def span(
    meter: MeterView,
    resolution: str,
    first: date | None,
    last: date | None,
    default: int | None = None,
) -> tuple[date, date]:
    """Complete a range of local days, of `default` days when it is open.

    Raises Invalid when it is too long, Conflict for intervals of a meter that has none.
    """
    if resolution in ("raw", "hour") and meter.source != Source.INTERVALS:
        detail = f"This meter is fed by {meter.source}: it has days and months, no intervals."
        raise Conflict(detail)
    longest = MAX_DAYS[resolution]
    if last is None:
        last = max(meter.last_day or meter.today, first or date.min)
        if first is not None:
            last = min(last, first + timedelta(days=longest - 1))
    if first is None:
        first = max(
            last - timedelta(days=(default or _DEFAULT_DAYS[resolution]) - 1), date(1900, 1, 1)
        )
    if (last - first).days >= longest:
        raise invalid_field("?from", f"by {resolution} a range has at most {longest:,} days")
    if resolution == "month":
        return first.replace(day=1), bucket_end(last, GroupBy.MONTH)
    return first, last


_PROFILES = Prepared(
    select(DAYS.c.day, DAYS.c.step_seconds, DAYS.c.profile, DAYS.c.quality)
    .where(
        DAYS.c.account_id == bindparam("account"),
        DAYS.c.meter_id == bindparam("meter"),
        DAYS.c.day.between(bindparam("first"), bindparam("last")),
        DAYS.c.profile.is_not(None),
    )
    .order_by(DAYS.c.day),
    is_binary=True,
)
_DAYS = Prepared(
    select(
        DAYS.c.day,
        DAYS.c.amount,
        DAYS.c.estimated_count,
        DAYS.c.measured_steps,
        DAYS.c.expected_steps,
    )
    .where(
        DAYS.c.account_id == bindparam("account"),
        DAYS.c.meter_id == bindparam("meter"),
        DAYS.c.day.between(bindparam("first"), bindparam("last")),
    )
    .order_by(DAYS.c.day)
)
_MONTHS = Prepared(
    select(
        MONTHS.c.month,
        MONTHS.c.amount,
        MONTHS.c.estimated_count,
        MONTHS.c.day_mask,
        MONTHS.c.partial_mask,
    )
    .where(
        MONTHS.c.account_id == bindparam("account"),
        MONTHS.c.meter_id == bindparam("meter"),
        MONTHS.c.month.between(bindparam("first"), bindparam("last")),
    )
    .order_by(MONTHS.c.month)
)


def read(
    session: TenantSession,
    meter: MeterView,
    resolution: str,
    days: tuple[date, date],
    *,
    max_points: int,
    with_starts: bool,
) -> Series:
    """Read a series of at most `max_points` values over local days, both included."""
    if resolution == "month":
        runs = _month_runs(session, meter, *days)
    elif resolution == "day":
        runs = day_runs(session, meter, *days)
    else:
        runs = interval_runs(session, meter, *days)
        if resolution == "hour":
            runs = [hours(run) for run in runs]
    runs = joined(runs)
    count = sum(len(run.amounts) for run in runs)
    if count > max_points:
        return reduced(runs, count, -(-count // max_points))
    return Series(
        starts=[start for run in runs for start in starts(run)] if with_starts else None,
        runs=[(run.start, run.step_seconds, len(run.amounts)) for run in runs],
        amounts=[amount for run in runs for amount in run.amounts],
        minima=None,
        maxima=None,
        quality=quality_of(runs),
        intervals=count,
    )


def _rows(
    session: TenantSession, statement: Prepared, meter: MeterView, first: date, last: date
) -> Sequence[Any]:
    parameters = {"account": session.account_id, "meter": meter.id, "first": first, "last": last}
    return statement.rows(session, parameters)


def interval_runs(session: TenantSession, meter: MeterView, first: date, last: date) -> list[Run]:
    """Read the intervals of local days, a run for each day; days without data have no values.

    They are in the step of the day before (or, at the beginning, of the first that has any).
    """
    rows = {row.day: row for row in _rows(session, _PROFILES, meter, first, last)}
    step = next((row.step_seconds for row in rows.values()), None)
    if step is None:
        return []
    runs = []
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        row = rows.get(day)
        start = start_of(day, meter.time_zone)
        if row is not None:
            step = row.step_seconds
            runs.append(Run(start, step, row.profile, row.quality))
        elif count := steps_in_day(day, meter.time_zone, step):
            runs.append(Run(start, step, [None] * count, None))
    return runs


def start_of(day: date, time_zone: str) -> int:
    """Give the first second of a local day."""
    return int(day_bounds(day, time_zone)[0].timestamp())


def day_runs(session: TenantSession, meter: MeterView, first: date, last: date) -> list[Run]:
    """Read local days, a run of one value for each."""
    rows = {row.day: row for row in _rows(session, _DAYS, meter, first, last)}
    days = [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]
    return [
        single(
            start_of(day, meter.time_zone),
            start_of(day + ONE_DAY, meter.time_zone),
            *_shown_day(rows.get(day)),
        )
        for day in days
        if day_seconds(day, meter.time_zone)  # a zone may have skipped it
    ]


def _shown_day(row: Any) -> tuple[float | None, str]:
    if row is None or row.measured_steps == 0:
        return None, MISSING if row is None else PROJECTED
    if row.measured_steps is not None and row.measured_steps < row.expected_steps:
        return float(row.amount), MISSING
    derived = DERIVED if row.measured_steps is None else ESTIMATED
    return float(row.amount), derived if row.estimated_count else ACTUAL


def _month_runs(session: TenantSession, meter: MeterView, first: date, last: date) -> list[Run]:
    rows = {row.month: row for row in _rows(session, _MONTHS, meter, first, last)}
    return [
        single(
            start_of(start, meter.time_zone),
            start_of(end + ONE_DAY, meter.time_zone),
            *_shown_month(rows.get(start), end.day),
        )
        for start, end in buckets(first, last, GroupBy.MONTH)
    ]


def _shown_month(row: Any, days: int) -> tuple[float | None, str]:
    if row is None:
        return None, MISSING
    is_whole = row.day_mask.bit_count() == days and not row.partial_mask
    letter = ESTIMATED if row.estimated_count else ACTUAL
    return float(row.amount), letter if is_whole else MISSING
