"""What an account has, read a bounded number of rows at a time for a file."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import bindparam, func, select

from app.db import Prepared, TenantSession, table_of, tenant_filter
from app.errors import NotFound, invalid_field
from app.exporters.green_button import Feed
from app.exporters.series import Day, Described
from app.exporters.tables import Cell
from app.models import MeterDay, Source
from app.services import consumption_list, meters
from app.services.consumption import Record
from app.utils.codes import Code
from app.utils.periods import day_bounds

DAYS = table_of(MeterDay)
DAYS_AT_A_TIME = 200
RECORDS_AT_A_TIME = 2_000
RECORD_COLUMNS = (
    *("period_start", "consumption_date", "amount", "unit"),
    *("consumption_type", "meter", "description"),
)


def records(
    session: TenantSession, filters: consumption_list.Filters, sort: str
) -> Iterator[list[Record]]:
    """Give the records that a list with these filters shows, some at a time."""
    return consumption_list.every(session, filters, sort, RECORDS_AT_A_TIME)


def record_rows(
    session: TenantSession, filters: consumption_list.Filters, sort: str
) -> Iterator[Sequence[Cell]]:
    """Give the records as rows of RECORD_COLUMNS, which our own import reads without a mapping."""
    names = {meter.id: meter.name for meter in meters.states(session)}
    for chunk in records(session, filters, sort):
        for row in chunk:
            yield (
                row.period_start, row.consumption_date, row.amount, row.unit,
                row.consumption_type, names[row.meter_id], row.description,
            )  # fmt: skip


def named_meters(session: TenantSession) -> list[dict[str, Any]]:
    """Give the names of all meters, for records that say only a meter's id."""
    return [{"id": meter.id, "name": meter.name} for meter in meters.states(session)]


def described(session: TenantSession, meter_id: int) -> Described:
    """Give what an export says of a meter. Raises NotFound."""
    for meter in meters.states(session):
        if meter.id == meter_id:
            return Described(
                meter.id, meter.name, meter.consumption_type, meter.unit,
                meter.direction, meter.time_zone,
            )  # fmt: skip
    raise NotFound("There is no such meter.", code=Code.NO_SUCH_METER)


_PAGE = Prepared(
    select(DAYS)
    .where(
        DAYS.c.account_id == bindparam("account"),
        DAYS.c.meter_id == bindparam("meter"),
        DAYS.c.day >= bindparam("first", type_=DAYS.c.day.type),
        DAYS.c.day <= bindparam("last", type_=DAYS.c.day.type),
    )
    .order_by(DAYS.c.day)
    .limit(DAYS_AT_A_TIME)
)


def days(
    session: TenantSession, meter: Described, first: date | None, last: date | None
) -> Iterator[Day]:
    """Give the meter's days with data in first..last (None: no limit), in their order."""
    end = last or date.max
    parameters: dict[str, Any] = {"account": session.account_id, "meter": meter.id, "last": end}
    begin = first or date.min
    while begin <= end:
        rows = _PAGE.rows(session, parameters | {"first": begin})
        for row in rows:
            yield _day(row, meter.time_zone)
        if len(rows) < DAYS_AT_A_TIME or rows[-1].day >= end:
            return
        begin = date.fromordinal(rows[-1].day.toordinal() + 1)


def _day(row: Any, time_zone: str) -> Day:
    start, end = (int(bound.timestamp()) for bound in day_bounds(row.day, time_zone))
    return Day(row.day, start, end, row.amount, row.step_seconds, row.profile or (), row.quality)


def is_fed_by_intervals(session: TenantSession, meter: Described) -> bool:
    """Whether the meter's data are intervals."""
    known = (state for state in meters.states(session) if state.id == meter.id)
    return any(state.source == Source.INTERVALS for state in known)


def has_quality(
    session: TenantSession, meter: Described, first: date | None, last: date | None
) -> bool:
    """Whether any interval in the range is something else than measured."""
    statement = select(func.count()).where(
        tenant_filter(DAYS, session),
        DAYS.c.meter_id == meter.id,
        DAYS.c.day.between(first or date.min, last or date.max),
        DAYS.c.quality.is_not(None),
    )
    return bool(session.scalar(statement))


def feed(
    session: TenantSession, meter: Described, first: date | None, last: date | None, made_at: Any
) -> Feed:
    """Look through the range for what a Green Button feed has to know before its first value.

    Raises Invalid when there is no interval data in it.
    """
    largest, steps = 0.0, set()
    for day in days(session, meter, first, last):
        amounts = [abs(amount) for amount in day.amounts if amount is not None]
        if day.step is not None and amounts:
            largest = max(largest, *amounts)
            steps.add(day.step)
    if not steps:
        detail = "the meter has no interval data in this range; take CSV, XLSX or JSON by day"
        raise invalid_field("?from", detail, Code.NO_INTERVALS)
    return Feed(meter, made_at, largest, frozenset(steps))
