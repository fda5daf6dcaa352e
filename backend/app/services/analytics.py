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

from sqlalchemy import (
    Row,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from app.db import Prepared, TenantSession, table_of
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
from app.utils.codes import Code
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
    consumption_type: str | None = None
    meter_id: int | None = None


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
        raise NotFound("There is no such meter.", code=Code.NO_SUCH_METER)
    zone = (chosen or known)[0].time_zone if known else _first_zone(session)
    today = local_today(zone, now)
    if last is None:
        last = max(today, first) if first else today
    if first is None:
        first = add_months(last.replace(day=1), -11)
    limit = MAX_DAYS.get(group_by)
    if limit is not None and (last - first).days >= limit:
        detail = f"by {group_by} a range has at most {limit} days"
        raise invalid_field("?date_from", detail, Code.RANGE_TOO_LONG, max=limit)
    return Question(first, last, group_by, compare, zone, today, chosen, consumption_type, meter_id)


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
        detail = "there is no earlier range to compare with"
        raise invalid_field("?compare", detail, Code.NO_EARLIER_RANGE) from error
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
    parameters = {
        f"{name}{index}": day
        for index, (first, last) in enumerate(ranges)
        for name, day in (("first", first), ("last", last))
    }
    parts = {
        (row.consumption_type, row.unit, row.part): row
        for row in _rows(session, question, _SUMS, parameters)
    }
    found = {}
    for utility in {(meter.consumption_type, meter.unit) for meter in question.meters}:
        now, month_ago, year_ago = (parts.get((*utility, index)) for index in range(3))
        found[utility] = CurrentMonth(
            start=start,
            total=shown(now and now.amount),
            days_elapsed=today.day,
            days_covered=now.days if now else 0,
            same_days_last_month=shown(month_ago and month_ago.amount),
            same_days_last_year=shown(year_ago and year_ago.amount),
            change_percent=change_percent(now and now.amount, month_ago and month_ago.amount),
        )
    return found


def _load(session: TenantSession, question: Question, first: date, last: date) -> Cells:
    """Read the cells of a range: whole months as months, the rest as days."""
    cells: dict[Utility, list[Cell]] = defaultdict(list)
    if last < first:
        return cells
    ranges, months = [(first, last)], None
    if question.group_by in (GroupBy.MONTH, GroupBy.QUARTER, GroupBy.YEAR):
        ranges, months = _split(*_widened(question, first, last))
    expected = _Expected(question)
    for day_range in ranges:
        for row in _day_rows(session, question, *day_range):
            cells[row.consumption_type, row.unit].append(_day_cell(expected, row))
    if months:
        for row in _month_rows(session, question, *months):
            cells[row.consumption_type, row.unit].append(_month_cell(expected, row))
    return cells


def _split(first: date, last: date) -> tuple[list[tuple[date, date]], tuple[date, date] | None]:
    """Split a range into days at its edges and the whole months between them."""
    start = first if first.day == 1 else bucket_end(first, GroupBy.MONTH) + ONE_DAY
    end = last.replace(day=1) if last != bucket_end(last, GroupBy.MONTH) else last + ONE_DAY
    if start >= end:
        return [(first, last)], None
    edges = [(first, start - ONE_DAY), (end, last)]
    return [edge for edge in edges if edge[0] <= edge[1]], (start, end - ONE_DAY)


def _widened(question: Question, first: date, last: date) -> tuple[date, date]:
    """Extend a range to the ends of its months where no meter has data beyond it.

    Such a month is read as one row, and its records end within the range.
    """
    bounds = [(m.first_day, m.last_day) for m in question.meters if m.first_day and m.last_day]
    if all(begin >= first for begin, _ in bounds):
        first = first.replace(day=1)
    if all(end <= last for _, end in bounds):
        last = bucket_end(last, GroupBy.MONTH)
    return first, last


class _Expected:
    """How many meters of a utility should have data in the bucket of some days: those that have
    begun before its end and were not archived before its start."""

    def __init__(self, question: Question) -> None:
        self._group_by = question.group_by
        bounds: dict[Utility, list[tuple[date, date]]] = defaultdict(list)
        for meter in question.meters:
            if meter.first_day is not None:
                ended = meter.last_day if meter.archived_at is not None else None
                pair = (meter.first_day, ended or date.max)
                bounds[meter.consumption_type, meter.unit].append(pair)
        self._bounds = bounds
        self._all_there = {
            utility: (max(begin for begin, _ in pairs), min(end for _, end in pairs))
            for utility, pairs in bounds.items()
        }

    def count(self, utility: Utility, first: date, last: date) -> int:
        pairs = self._bounds.get(utility, [])
        begun, ending = self._all_there.get(utility, (date.max, date.min))
        if begun <= last and first <= ending:  # nearly always: no need to look at each
            return len(pairs)
        start, stop = bucket_start(first, self._group_by), bucket_end(last, self._group_by)
        return sum(begin <= stop and end >= start for begin, end in pairs)


def _day_cell(expected: _Expected, row: Row[Any]) -> Cell:
    count = expected.count((row.consumption_type, row.unit), row.day, row.day)
    is_full = row.meter_count == count and not row.partial
    return Cell(row.day, row.day, row.amount, row.records, 1, row.estimated > 0, is_full)


def _month_cell(expected: _Expected, row: Row[Any]) -> Cell:
    last = bucket_end(row.month, GroupBy.MONTH)
    count = expected.count((row.consumption_type, row.unit), row.month, last)
    whole = (1 << last.day) - 1
    return Cell(
        first=row.month,
        last=last,
        amount=row.amount,
        records=row.records,
        days=row.some_days.bit_count(),
        is_estimated=row.estimated > 0,
        is_full=row.meter_count == count and row.all_days == whole and not row.partial,
    )


def _day_rows(
    session: TenantSession, question: Question, first: date, last: date
) -> Sequence[Row[Any]]:
    return _rows(session, question, _DAYS_BY_UTILITY, {"first": first, "last": last})


def _month_rows(
    session: TenantSession, question: Question, first: date, last: date
) -> Sequence[Row[Any]]:
    return _rows(session, question, _MONTHS_BY_UTILITY, {"first": first, "last": last})


def _rows(
    session: TenantSession, question: Question, statement: Prepared, parameters: dict[str, Any]
) -> Sequence[Row[Any]]:
    if not question.meters:
        return []
    chosen = {"type": question.consumption_type, "meter": question.meter_id}
    return statement.rows(session, parameters | chosen | {"account": session.account_id})


_MEASURED = or_(DAYS.c.measured_steps.is_(None), DAYS.c.measured_steps > 0)
"""Not a day of forecasts only."""


def _grouped(table: Any, *columns: Any) -> Select[Any]:
    """Select sums by utility over the meters that `ask` chooses."""
    wanted_type = bindparam("type", type_=METERS.c.consumption_type.type)
    wanted_meter = bindparam("meter", type_=METERS.c.id.type)
    utility = (METERS.c.consumption_type, METERS.c.unit)
    has_data = [_MEASURED] if table is DAYS else []
    return (
        select(*utility, *columns, func.sum(table.c.amount).label("amount"))
        .select_from(table)
        .join(
            METERS,
            and_(METERS.c.account_id == table.c.account_id, METERS.c.id == table.c.meter_id),
        )
        .where(
            table.c.account_id == bindparam("account"),
            *has_data,
            METERS.c.direction == Direction.IMPORT,
            or_(wanted_type.is_(None), METERS.c.consumption_type == wanted_type),
            or_(wanted_meter.is_(None), METERS.c.id == wanted_meter),
        )
        .group_by(*utility)
    )


def _by_time(table: Any, time: Any, *columns: Any) -> Prepared:
    """Prepare sums by utility and day or month, over one range."""
    counts = (
        func.sum(table.c.record_count).label("records"),
        func.sum(table.c.estimated_count).label("estimated"),
        func.count().label("meter_count"),
    )
    return Prepared(
        _grouped(table, time, *counts, *columns)
        .where(time.between(bindparam("first"), bindparam("last")))
        .group_by(time)
        .order_by(METERS.c.consumption_type, METERS.c.unit, time)
    )


def _sum_of_part(part: int) -> Select[Any]:
    # Distinct days cost a sort; only those of this month are shown.
    days: Any = func.count(DAYS.c.day.distinct()) if part == 0 else literal_column("0")
    label: Any = literal_column(str(part)).label("part")
    first: Any = bindparam(f"first{part}")
    last: Any = bindparam(f"last{part}")
    return _grouped(DAYS, label, days.label("days")).where(DAYS.c.day.between(first, last))


_DAYS_BY_UTILITY = _by_time(
    DAYS,
    DAYS.c.day,
    func.max(case((DAYS.c.measured_steps < DAYS.c.expected_steps, 1), else_=0)).label("partial"),
)
_MONTHS_BY_UTILITY = _by_time(
    MONTHS,
    MONTHS.c.month,
    func.bit_or(MONTHS.c.day_mask).label("some_days"),
    func.bit_and(MONTHS.c.day_mask).label("all_days"),
    func.bit_or(MONTHS.c.partial_mask).label("partial"),
)
# A union and no OR, under which every day of the meters would be read.
_SUMS = Prepared(union_all(*(_sum_of_part(part) for part in range(3))))
