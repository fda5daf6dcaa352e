"""Totals, series and comparisons by utility; every number comes from the projection.

Whole months are read from `meter_months`, days only where the range cuts a month or days are
shown, so that the cost depends on what is shown and not on how much was recorded.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, func, or_, select

from app.db import TenantSession, table_of
from app.errors import NotFound, invalid_field
from app.models import Direction, Meter, MeterDay, MeterMonth, Site
from app.services.analytics_series import (
    Bucket,
    Cell,
    Extreme,
    change_percent,
    extreme,
    series,
    shown,
    total,
)
from app.services.meters import MeterState
from app.utils.periods import (
    GroupBy,
    add_months,
    bucket_end,
    bucket_start,
    local_today,
    previous_range,
    same_days_last_year,
)

METERS, DAYS, MONTHS = table_of(Meter), table_of(MeterDay), table_of(MeterMonth)
MAX_DAYS = {GroupBy.DAY: 3_660, GroupBy.WEEK: 25_620}
DAYS_PER_MONTH = Decimal("365.2425") / 12
ONE_DAY = timedelta(days=1)
Utility = tuple[str, str]
"""A consumption type in one base unit."""
Cells = Mapping[Utility, list[Cell]]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked; dates are local calendar days, both included."""

    first: date
    last: date
    group_by: GroupBy
    compare: str | None
    time_zone: str
    today: date
    meters: tuple[MeterState, ...]


@dataclass(frozen=True, slots=True)
class CurrentMonth:
    """This month so far against the same days of last month and of last year."""

    start: date
    total: float | None
    days_elapsed: int
    days_covered: int
    same_days_last_month: float | None
    same_days_last_year: float | None
    change_percent: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The earlier range; its total is cut to as many days as have passed in the range."""

    date_from: date
    date_to: date
    total: float | None
    days_covered: int
    change_percent: float | None
    series: list[Bucket]


@dataclass(frozen=True, slots=True)
class UtilityAnswer:
    """One utility; see UtilityOut."""

    consumption_type: str
    unit: str
    total: float | None
    record_count: int
    days_covered: int
    days_in_range: int
    average_per_day: float | None
    average_per_month: float | None
    current_month: CurrentMonth
    series: list[Bucket]
    min_bucket: Extreme | None
    max_bucket: Extreme | None
    comparison: Comparison | None


def ask(
    session: TenantSession,
    known: Sequence[MeterState],
    now: datetime,
    *,
    first: date | None,
    last: date | None,
    group_by: GroupBy,
    consumption_type: str | None,
    meter_id: int | None,
    compare: str | None,
) -> Question:
    """Complete a question: the meters it is about, their time zone, and the default range.

    Raises NotFound for a meter that is not the account's, Invalid for too long a range.
    """
    chosen = tuple(
        meter
        for meter in known
        if meter.direction == Direction.IMPORT
        and consumption_type in (None, meter.consumption_type)
        and meter_id in (None, meter.id)
    )
    if meter_id is not None and all(meter.id != meter_id for meter in known):
        raise NotFound("There is no such meter.")
    zone = (chosen or known)[0].time_zone if known else _first_zone(session)
    today = local_today(zone, now)
    if last is None:
        last = max(today, first) if first else today
    if first is None:
        first = add_months(last.replace(day=1), -11)
    limit = MAX_DAYS.get(group_by)
    if limit is not None and (last - first).days >= limit:
        raise invalid_field("?date_from", f"by {group_by} a range has at most {limit} days")
    return Question(first, last, group_by, compare, zone, today, chosen)


def _first_zone(session: TenantSession) -> str:
    return session.scalars(select(Site.time_zone).order_by(Site.id).limit(1)).one()


def answer(session: TenantSession, question: Question) -> list[UtilityAnswer]:
    """Answer for each utility that has a meter, in the order of type and unit."""
    cells = _load(session, question, question.first, question.last)
    months = _current_months(session, question)
    compared = _compare(session, question, cells) if question.compare else {}
    utilities = sorted({(meter.consumption_type, meter.unit) for meter in question.meters})
    return [
        _utility(question, utility, cells.get(utility, []), months[utility], compared.get(utility))
        for utility in utilities
    ]


def _utility(
    question: Question,
    utility: Utility,
    cells: list[Cell],
    current_month: CurrentMonth,
    comparison: Comparison | None,
) -> UtilityAnswer:
    found = series(cells, question.first, question.last, question.group_by, question.today)
    totals = total(cells)
    per_day = totals.amount / totals.days if totals.amount is not None and totals.days else None
    return UtilityAnswer(
        consumption_type=utility[0],
        unit=utility[1],
        total=shown(totals.amount),
        record_count=totals.records,
        days_covered=totals.days,
        days_in_range=(question.last - question.first).days + 1,
        average_per_day=shown(per_day),
        average_per_month=shown(per_day * DAYS_PER_MONTH if per_day is not None else None),
        current_month=current_month,
        series=found,
        min_bucket=extreme(found, min),
        max_bucket=extreme(found, max),
        comparison=comparison,
    )


def _compare(session: TenantSession, question: Question, cells: Cells) -> dict[Utility, Comparison]:
    shift = previous_range if question.compare == "previous" else same_days_last_year
    try:
        first, last = shift(question.first, question.last)
    except ValueError as error:
        raise invalid_field("?compare", "there is no earlier range to compare with") from error
    earlier = _load(session, question, first, last)
    is_over = question.last <= question.today
    # Up to today on both sides: what was entered for tomorrow has no counterpart.
    elapsed = max(question.today - question.first, -ONE_DAY)
    cut = last if is_over else min(last, first + elapsed)
    counted = earlier if cut == last else _load(session, question, first, cut)
    so_far = cells if is_over else _load(session, question, question.first, question.today)
    compared = {}
    for utility in {(meter.consumption_type, meter.unit) for meter in question.meters}:
        before = total(counted.get(utility, []))
        compared[utility] = Comparison(
            date_from=first,
            date_to=last,
            total=shown(before.amount),
            days_covered=before.days,
            change_percent=change_percent(total(so_far.get(utility, [])).amount, before.amount),
            series=series(earlier.get(utility, []), first, last, question.group_by, question.today),
        )
    return compared


def _current_months(session: TenantSession, question: Question) -> dict[Utility, CurrentMonth]:
    today = question.today
    start = today.replace(day=1)
    ranges = [(add_months(start, months), add_months(today, months)) for months in (0, -1, -12)]
    rows = _day_rows(session, question, ranges)
    by_utility: dict[Utility, list[Any]] = defaultdict(list)
    for row in rows:
        by_utility[row.consumption_type, row.unit].append(row)
    found = {}
    for utility in {(meter.consumption_type, meter.unit) for meter in question.meters}:
        parts = [
            [row for row in by_utility[utility] if first <= row.day <= last]
            for first, last in ranges
        ]
        sums = [sum((row.amount for row in part), Decimal(0)) if part else None for part in parts]
        found[utility] = CurrentMonth(
            start=start,
            total=shown(sums[0]),
            days_elapsed=today.day,
            days_covered=len(parts[0]),
            same_days_last_month=shown(sums[1]),
            same_days_last_year=shown(sums[2]),
            change_percent=change_percent(sums[0], sums[1]),
        )
    return found


def _load(session: TenantSession, question: Question, first: date, last: date) -> Cells:
    """Read the cells of a range: whole months as months, the rest as days."""
    cells: dict[Utility, list[Cell]] = defaultdict(list)
    if last < first:
        return cells
    ranges, months = [(first, last)], None
    if question.group_by in (GroupBy.MONTH, GroupBy.QUARTER, GroupBy.YEAR):
        ranges, months = _split(first, last)
    if ranges:
        for row in _day_rows(session, question, ranges):
            cells[row.consumption_type, row.unit].append(_day_cell(question, row))
    if months:
        for row in _month_rows(session, question, *months):
            cells[row.consumption_type, row.unit].append(_month_cell(question, row))
    return cells


def _split(first: date, last: date) -> tuple[list[tuple[date, date]], tuple[date, date] | None]:
    """Split a range into days at its edges and the whole months between them."""
    start = first if first.day == 1 else bucket_end(first, GroupBy.MONTH) + ONE_DAY
    end = last.replace(day=1) if last != bucket_end(last, GroupBy.MONTH) else last + ONE_DAY
    if start >= end:
        return [(first, last)], None
    edges = [(first, start - ONE_DAY), (end, last)]
    return [edge for edge in edges if edge[0] <= edge[1]], (start, end - ONE_DAY)


def _expected(question: Question, utility: Utility, first: date, last: date) -> int:
    """Count the meters that should have data in the bucket of these days: begun before its end,
    and not archived before its start."""
    start = bucket_start(first, question.group_by)
    end = bucket_end(last, question.group_by)
    return sum(
        (meter.consumption_type, meter.unit) == utility
        and meter.first_day is not None
        and meter.first_day <= end
        and (meter.archived_at is None or (meter.last_day or end) >= start)
        for meter in question.meters
    )


def _day_cell(question: Question, row: Row[Any]) -> Cell:
    expected = _expected(question, (row.consumption_type, row.unit), row.day, row.day)
    is_full = row.meter_count == expected
    return Cell(row.day, row.day, row.amount, row.records, 1, row.estimated > 0, is_full)


def _month_cell(question: Question, row: Row[Any]) -> Cell:
    last = bucket_end(row.month, GroupBy.MONTH)
    expected = _expected(question, (row.consumption_type, row.unit), row.month, last)
    whole = (1 << last.day) - 1
    return Cell(
        first=row.month,
        last=last,
        amount=row.amount,
        records=row.records,
        days=row.some_days.bit_count(),
        is_estimated=row.estimated > 0,
        is_full=row.meter_count == expected and row.all_days == whole,
    )


def _day_rows(
    session: TenantSession, question: Question, ranges: Sequence[tuple[date, date]]
) -> Sequence[Row[Any]]:
    parameters: dict[str, Any] = {}
    for index, (first, last) in enumerate(ranges):
        parameters |= {f"first{index}": first, f"last{index}": last}
    return _rows(session, question, _DAY_STATEMENTS[len(ranges)], parameters)


def _month_rows(
    session: TenantSession, question: Question, first: date, last: date
) -> Sequence[Row[Any]]:
    return _rows(session, question, _MONTH_STATEMENT, {"first": first, "last": last})


def _rows(
    session: TenantSession, question: Question, statement: Select[Any], parameters: dict[str, Any]
) -> Sequence[Row[Any]]:
    if not question.meters:
        return []
    chosen = [meter.id for meter in question.meters]
    parameters |= {"account": session.account_id, "meters": chosen}
    return session.execute(statement, parameters).all()


def _grouped(table: Any, *columns: Any) -> Select[Any]:
    return (
        select(
            METERS.c.consumption_type,
            METERS.c.unit,
            *columns,
            func.sum(table.c.amount).label("amount"),
            func.sum(table.c.record_count).label("records"),
            func.sum(table.c.estimated_count).label("estimated"),
            func.count().label("meter_count"),
        )
        .select_from(table)
        .join(
            METERS,
            and_(METERS.c.account_id == table.c.account_id, METERS.c.id == table.c.meter_id),
        )
        .where(
            table.c.account_id == bindparam("account"),
            table.c.meter_id.in_(bindparam("meters", expanding=True)),
        )
    )


def _day_statement(ranges: int) -> Select[Any]:
    spans = [
        DAYS.c.day.between(bindparam(f"first{index}"), bindparam(f"last{index}"))
        for index in range(ranges)
    ]
    group = (METERS.c.consumption_type, METERS.c.unit, DAYS.c.day)
    return _grouped(DAYS, DAYS.c.day).where(or_(*spans)).group_by(*group).order_by(*group)


_DAY_STATEMENTS = {count: _day_statement(count) for count in (1, 2, 3)}
_MONTH_STATEMENT = (
    _grouped(
        MONTHS,
        MONTHS.c.month,
        func.bit_or(MONTHS.c.day_mask).label("some_days"),
        func.bit_and(MONTHS.c.day_mask).label("all_days"),
    )
    .where(MONTHS.c.month.between(bindparam("first"), bindparam("last")))
    .group_by(METERS.c.consumption_type, METERS.c.unit, MONTHS.c.month)
    .order_by(METERS.c.consumption_type, METERS.c.unit, MONTHS.c.month)
)
