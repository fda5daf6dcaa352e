"""Reading the projection for analytics: days and months as cells of each utility.

Whole months are read from `meter_months`, days only where the range cuts a month or days are
shown, so that the cost depends on what is shown and not on how much was recorded.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
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
from app.models import Direction, Meter, MeterDay, MeterMonth, Source
from app.services.analytics_series import Cell
from app.services.meters import MeterState
from app.utils.periods import GroupBy, bucket_end, bucket_start, buckets

METERS, DAYS, MONTHS = table_of(Meter), table_of(MeterDay), table_of(MeterMonth)
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


def load(session: TenantSession, question: Question, first: date, last: date) -> Cells:
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
    return Cell(
        first=row.day,
        last=row.day,
        amount=row.amount,
        records=row.records,
        days=1,
        is_estimated=row.estimated > row.spread,
        is_spread=row.spread > 0,
        is_full=row.meter_count == count and not row.partial,
    )


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
        is_estimated=row.estimated > row.spread,
        is_spread=row.spread > 0,
        is_full=row.meter_count == count and row.all_days == whole and not row.partial,
    )


def crossed_days(
    session: TenantSession, question: Question, cells: Cells, first: date, last: date
) -> Mapping[Utility, set[date]] | None:
    """Give the last days of buckets that some record reaches beyond; None where cells know it.

    A record that lies in one bucket is no estimate there, though its days or months are.
    """
    spread = [cell for of_utility in cells.values() for cell in of_utility if cell.is_spread]
    is_month = question.group_by is GroupBy.MONTH
    if question.group_by is GroupBy.DAY or not spread:
        return None
    if is_month and all(cell.first < cell.last for cell in spread):
        return None
    ends = {min(end, last) for _, end in buckets(first, last, question.group_by)}
    crossed: dict[Utility, set[date]] = defaultdict(set)
    parameters = {"edges": sorted(ends | {first - ONE_DAY}), **_chosen(session, question)}
    for row in session.execute(_CROSSED, parameters):
        crossed[row.consumption_type, row.unit].add(row.day)
    return crossed


def current_months(
    session: TenantSession, question: Question, ranges: Sequence[tuple[date, date]]
) -> dict[tuple[str, str, int], Row[Any]]:
    """Give amount and days with data of each utility in three ranges, keyed by their index."""
    parameters = {
        f"{name}{index}": day
        for index, (first, last) in enumerate(ranges)
        for name, day in (("first", first), ("last", last))
    }
    rows = _rows(session, question, _SUMS, parameters)
    return {(row.consumption_type, row.unit, row.part): row for row in rows}


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
    return statement.rows(session, parameters | _chosen(session, question))


def _chosen(session: TenantSession, question: Question) -> dict[str, Any]:
    return {
        "account": session.account_id,
        "type": question.consumption_type,
        "meter": question.meter_id,
    }


_MEASURED = or_(DAYS.c.measured_steps.is_(None), DAYS.c.measured_steps > 0)
"""Not a day of forecasts only."""
_BY_RECORDS = METERS.c.source == Source.ENTRIES


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
        func.sum(case((_BY_RECORDS, table.c.estimated_count), else_=0)).label("spread"),
        func.count().label("meter_count"),
    )
    return Prepared(
        _grouped(table, time, *counts, *columns)
        .where(time.between(bindparam("first"), bindparam("last")))
        .group_by(time)
        .order_by(METERS.c.consumption_type, METERS.c.unit, time)
    )


def _sum_of_part(part: int) -> Select[Any]:
    days: Any = func.count(DAYS.c.day.distinct()).label("days")
    label: Any = literal_column(str(part)).label("part")
    first: Any = bindparam(f"first{part}")
    last: Any = bindparam(f"last{part}")
    return _grouped(DAYS, label, days).where(DAYS.c.day.between(first, last))


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
_CROSSED = (
    _grouped(DAYS, DAYS.c.day)
    .where(
        DAYS.c.day.in_(bindparam("edges", expanding=True)),
        _BY_RECORDS,
        DAYS.c.source_count > DAYS.c.record_count,  # some go on, as each ends on one day
    )
    .group_by(DAYS.c.day)
)
