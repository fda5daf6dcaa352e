"""Rebuilding the projection of an account from its sources, and finding where it differs."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import localcontext
from typing import Any

from sqlalchemy import Table, bindparam, delete, insert, select, tuple_, update

from app.db import TenantSession, table_of, tenant_filter
from app.models import Consumption, Meter, MeterDay, MeterMonth, Source
from app.services import meters, rebuild_intervals, register_projection
from app.services.projection import (
    DayDelta,
    MonthDelta,
    Span,
    day_deltas,
    month_deltas,
)

RECORDS, METERS = table_of(Consumption), table_of(Meter)
DAYS, MONTHS = table_of(MeterDay), table_of(MeterMonth)
_DIGITS = 50
_DAY_COLUMNS = ("amount", "source_count", "record_count", "estimated_count")
_MONTH_COLUMNS = ("amount", "record_count", "estimated_count", "day_mask")
_METER_COLUMNS = ("record_count", "first_day", "last_day")
Values = tuple[Any, ...]
Rows = dict[date, Values]
Expected = tuple[Rows, Rows, int]
"""Days, months, and how many records the meter has."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that was not what the records say; None stands for a row that is not there.

    `day` is the day or the first of the month; None for the meter's own counters. The values
    are (amount, source_count, record_count, estimated_count) of meter_days, (amount,
    record_count, estimated_count, day_mask) of meter_months, and (record_count, first_day,
    last_day) of meters. For a meter of intervals they are whole rows, and (first_day, last_day).
    """

    meter_id: int
    table: str
    day: date | None
    stored: Values | None
    expected: Values | None


def rebuild(
    session: TenantSession, *, write: bool, rows_at_a_time: int = 5_000
) -> list[Difference]:
    """Compare the projection of the session's account with its records, meter by meter.

    Gives the differences by meter, table and day; with `write` they are repaired in the
    session's transaction, otherwise nothing changes. Each meter is locked while it is compared;
    its records are read `rows_at_a_time`.
    """
    found: list[Difference] = []
    statement = (
        select(METERS.c.id, METERS.c.source)
        .where(tenant_filter(METERS, session))
        .order_by(METERS.c.id)
    )
    for meter_id, source in session.execute(statement).all():
        with session.begin_nested() as savepoint:
            meters.take(session, meter_id)
            if source == Source.INTERVALS:  # which repairs as it compares
                rows = rebuild_intervals.recompute(session, meter_id)
                differences = [Difference(meter_id, *row) for row in rows]
            else:
                differences = _differences(session, meter_id, rows_at_a_time)
                if write:
                    _repair(session, meter_id, differences, rows_at_a_time)
            if not (differences and write):
                savepoint.rollback()  # the meter's revision stays: nothing has changed
        found += differences
    return found


def _differences(session: TenantSession, meter_id: int, rows_at_a_time: int) -> list[Difference]:
    chosen = METERS.c.account_id == session.account_id, METERS.c.id == meter_id
    columns = [METERS.c[name] for name in _METER_COLUMNS]
    with localcontext(prec=_DIGITS):
        compute = _EXPECTED[session.scalar(select(METERS.c.source).where(*chosen)) or ""]
        days, months, record_count = compute(session, meter_id, rows_at_a_time)
    counters = (record_count, min(days, default=None), max(days, default=None))
    stored = tuple(session.execute(select(*columns).where(*chosen)).one())
    found = [] if stored == counters else [Difference(meter_id, "meters", None, stored, counters)]
    found += _compare(meter_id, DAYS, _stored(session, meter_id, DAYS, _DAY_COLUMNS), days)
    return found + _compare(
        meter_id, MONTHS, _stored(session, meter_id, MONTHS, _MONTH_COLUMNS), months
    )


def _compare(meter_id: int, table: Table, stored: Rows, expected: Rows) -> list[Difference]:
    return [
        Difference(meter_id, table.name, day, stored.get(day), expected.get(day))
        for day in sorted(stored.keys() | expected.keys())
        if stored.get(day) != expected.get(day)
    ]


def _of_records(session: TenantSession, meter_id: int, rows_at_a_time: int) -> Expected:
    """Compute days, months and the number of records from all records of a meter."""
    days: dict[date, DayDelta] = defaultdict(DayDelta)
    crossing: dict[date, int] = defaultdict(int)
    record_count = 0
    for spans in _spans(session, meter_id, rows_at_a_time):
        record_count += len(spans)
        for (_, day), delta in day_deltas(spans).items():
            _add(days[day], delta)
        for (_, month), reach in month_deltas(spans, {}).items():
            crossing[month] += reach.estimated_count
    months: dict[date, MonthDelta] = {
        month: delta
        for (_, month), delta in month_deltas(
            [], {(meter_id, day): delta for day, delta in sorted(days.items())}
        ).items()
    }
    for month, count in crossing.items():
        months[month].estimated_count = count
    return _rows_of(days, _DAY_COLUMNS), _rows_of(months, _MONTH_COLUMNS), record_count


def _of_reads(session: TenantSession, meter_id: int, _rows: int) -> Expected:
    """Compute days and months from all reads of a meter's dial."""
    spread = register_projection.expected(session, meter_id)
    days = {row.day: DayDelta(row.amount, 1, 0, int(row.is_estimated)) for row in spread.days}
    months = month_deltas([], {(meter_id, day): delta for day, delta in days.items()})
    for (_, month), delta in months.items():
        delta.estimated_count = spread.month_estimates[month]
    by_month = {month: delta for (_, month), delta in months.items()}
    return _rows_of(days, _DAY_COLUMNS), _rows_of(by_month, _MONTH_COLUMNS), 0


_EXPECTED: Mapping[str, Callable[[TenantSession, int, int], Expected]] = {
    Source.ENTRIES: _of_records,
    Source.REGISTER: _of_reads,
}
"""What computes the rows of a meter, by how it is fed."""


def _add(total: DayDelta, part: DayDelta) -> None:
    total.amount += part.amount
    total.source_count += part.source_count
    total.record_count += part.record_count
    total.estimated_count += part.estimated_count


def _rows_of(deltas: Mapping[date, object], columns: tuple[str, ...]) -> Rows:
    return {day: tuple(getattr(delta, name) for name in columns) for day, delta in deltas.items()}


_PAGE = (
    select(RECORDS.c.id, RECORDS.c.period_start, RECORDS.c.consumption_date, RECORDS.c.base_amount)
    .where(
        RECORDS.c.account_id == bindparam("account"),
        RECORDS.c.meter_id == bindparam("meter"),
        tuple_(RECORDS.c.consumption_date, RECORDS.c.id)
        > tuple_(bindparam("day", type_=RECORDS.c.consumption_date.type), bindparam("record")),
    )
    .order_by(RECORDS.c.consumption_date, RECORDS.c.id)
    .limit(bindparam("count"))
)


def _spans(session: TenantSession, meter_id: int, rows_at_a_time: int) -> Iterator[list[Span]]:
    """Read a meter's records in the order of their days, a bounded number at a time."""
    place: dict[str, Any] = {"day": date.min, "record": 0}
    while True:
        parameters = {"account": session.account_id, "meter": meter_id, "count": rows_at_a_time}
        rows = session.execute(_PAGE, parameters | place).all()
        if not rows:
            return
        yield [_span(meter_id, row) for row in rows]
        place = {"day": rows[-1].consumption_date, "record": rows[-1].id}


def _span(meter_id: int, row: Any) -> Span:
    first = row.period_start or row.consumption_date
    return Span(meter_id, first, row.consumption_date, row.base_amount)


def _stored(session: TenantSession, meter_id: int, table: Table, columns: tuple[str, ...]) -> Rows:
    statement = select(_key(table), *(table.c[name] for name in columns)).where(
        tenant_filter(table, session), table.c.meter_id == meter_id
    )
    return {row[0]: tuple(row[1:]) for row in session.execute(statement)}


def _key(table: Table) -> Any:
    return table.c.day if table is DAYS else table.c.month


def _repair(
    session: TenantSession, meter_id: int, differences: list[Difference], rows_at_a_time: int
) -> None:
    for table, columns in ((DAYS, _DAY_COLUMNS), (MONTHS, _MONTH_COLUMNS)):
        here = [difference for difference in differences if difference.table == table.name]
        for start in range(0, len(here), rows_at_a_time):
            part = here[start : start + rows_at_a_time]
            _replace_rows(session, meter_id, table, columns, part)
    for difference in differences:
        if difference.table == METERS.name and difference.expected is not None:
            session.execute(
                update(METERS)
                .where(tenant_filter(METERS, session), METERS.c.id == meter_id)
                .values(dict(zip(_METER_COLUMNS, difference.expected, strict=True)))
            )


def _replace_rows(
    session: TenantSession,
    meter_id: int,
    table: Table,
    columns: tuple[str, ...],
    differences: list[Difference],
) -> None:
    key = _key(table)
    fixed: dict[str, Any] = {"account_id": session.account_id, "meter_id": meter_id}
    session.execute(
        delete(table).where(
            tenant_filter(table, session),
            table.c.meter_id == meter_id,
            key.in_([difference.day for difference in differences]),
        )
    )
    rows = [
        fixed | {key.name: difference.day} | dict(zip(columns, difference.expected, strict=True))
        for difference in differences
        if difference.expected is not None
    ]
    if rows:
        session.execute(insert(table), rows)
