"""The projection: what each meter used on each local day and in each month.

Writers give the records that come and go as spans; their shares are added to the rows of the
days and months, exactly (NUMERIC), so that any order of writes ends in the same rows. The caller
holds the meters (`meters.take`), which orders writers.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Date, Integer, TextClause, bindparam, delete, text, update

from app.db import TOTAL_AMOUNT, TenantSession, table_of, tenant_filter
from app.models import MeterDay, MeterMonth
from app.services import meters
from app.utils.periods import spread

DAYS = table_of(MeterDay)
MONTHS = table_of(MeterMonth)


@dataclass(frozen=True, slots=True)
class Span:
    """A record's part in the projection; `sign` is 1 when it comes and -1 when it goes."""

    meter_id: int
    first: date
    last: date
    amount: Decimal
    sign: int = 1


@dataclass(slots=True)
class DayDelta:
    """What is added to one meter-day."""

    amount: Decimal = Decimal(0)
    source_count: int = 0
    record_count: int = 0
    estimated_count: int = 0


@dataclass(slots=True)
class MonthDelta:
    """What is added to one meter-month; `day_mask` holds the days that certainly have data."""

    amount: Decimal = Decimal(0)
    record_count: int = 0
    estimated_count: int = 0
    day_mask: int = 0


MeterDate = tuple[int, date]


def day_deltas(spans: Iterable[Span]) -> dict[MeterDate, DayDelta]:
    """Spread spans over their days; keys are (meter, day)."""
    found: dict[MeterDate, DayDelta] = defaultdict(DayDelta)
    for span in spans:
        is_period = span.first != span.last
        for day, share in (
            spread(span.amount, span.first, span.last) if is_period else [(span.last, span.amount)]
        ):
            delta = found[span.meter_id, day]
            delta.amount += share * span.sign
            delta.source_count += span.sign
            delta.estimated_count += span.sign * is_period
        found[span.meter_id, span.last].record_count += span.sign
    return found


def month_deltas(
    spans: Iterable[Span], days: Mapping[MeterDate, DayDelta]
) -> dict[MeterDate, MonthDelta]:
    """Sum day deltas by month; keys are (meter, first of month)."""
    found: dict[MeterDate, MonthDelta] = defaultdict(MonthDelta)
    for (meter_id, day), delta in days.items():
        month = found[meter_id, day.replace(day=1)]
        month.amount += delta.amount
        month.record_count += delta.record_count
        if delta.source_count > 0:
            month.day_mask |= 1 << (day.day - 1)
    for span in spans:
        if span.first.replace(day=1) != span.last.replace(day=1):
            for key in _months_of(span):
                found[key].estimated_count += span.sign
    return found


def _months_of(span: Span) -> list[MeterDate]:
    first, months = span.first.replace(day=1), []
    while first <= span.last:
        months.append((span.meter_id, first))
        first = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    return months


def apply(session: TenantSession, spans: Sequence[Span]) -> None:
    """Bring the projection up to date with records that come and go."""
    days = day_deltas(spans)
    months = month_deltas(spans, days)
    _add_days(session, days)
    gone = _remove_empty_days(session, days) if any(span.sign < 0 for span in spans) else []
    _add_months(session, months)
    if gone:
        _clear_days(session, gone)
        meters.refresh_bounds(session, sorted({meter_id for meter_id, _ in gone}))


def _remove_empty_days(
    session: TenantSession, days: Mapping[MeterDate, DayDelta]
) -> list[MeterDate]:
    by_meter: dict[int, list[date]] = defaultdict(list)
    for (meter_id, day), delta in days.items():
        if delta.source_count < 0:
            by_meter[meter_id].append(day)
    gone: list[MeterDate] = []
    for meter_id, touched in sorted(by_meter.items()):
        removed = session.execute(
            delete(DAYS)
            .where(
                tenant_filter(DAYS, session),
                DAYS.c.meter_id == meter_id,
                DAYS.c.day.between(min(touched), max(touched)),
                DAYS.c.source_count == 0,
            )
            .returning(DAYS.c.day)
        )
        gone += [(meter_id, day) for day in removed.scalars()]
    return gone


_CLEAR = (
    update(MONTHS)
    .where(
        MONTHS.c.account_id == bindparam("account"),
        MONTHS.c.meter_id == bindparam("meter"),
        MONTHS.c.month == bindparam("the_month"),
    )
    .values(day_mask=MONTHS.c.day_mask.op("&")(bindparam("kept", type_=Integer)))
)


def _clear_days(session: TenantSession, gone: Sequence[MeterDate]) -> None:
    masks: dict[MeterDate, int] = defaultdict(int)
    for meter_id, day in gone:
        masks[meter_id, day.replace(day=1)] |= 1 << (day.day - 1)
    session.execute(
        _CLEAR,
        [
            {"account": session.account_id, "meter": meter_id, "the_month": month, "kept": ~mask}
            for (meter_id, month), mask in masks.items()
        ],
    )
    session.execute(
        delete(MONTHS).where(
            tenant_filter(MONTHS, session),
            MONTHS.c.meter_id.in_({meter_id for meter_id, _ in gone}),
            MONTHS.c.month.in_({month for _, month in masks}),
            MONTHS.c.day_mask == 0,
        )
    )


_MERGE_DAYS = """
ON CONFLICT (account_id, meter_id, day) DO UPDATE SET
    amount = meter_days.amount + excluded.amount,
    source_count = meter_days.source_count + excluded.source_count,
    record_count = meter_days.record_count + excluded.record_count,
    estimated_count = meter_days.estimated_count + excluded.estimated_count"""
_DAYS = """
INSERT INTO meter_days
    (account_id, meter_id, day, amount, source_count, record_count, estimated_count)"""
_MERGE_MONTHS = """
ON CONFLICT (account_id, meter_id, month) DO UPDATE SET
    amount = meter_months.amount + excluded.amount,
    record_count = meter_months.record_count + excluded.record_count,
    estimated_count = meter_months.estimated_count + excluded.estimated_count,
    day_mask = meter_months.day_mask | excluded.day_mask"""
_MONTHS = """
INSERT INTO meter_months
    (account_id, meter_id, month, amount, record_count, estimated_count, day_mask)"""
_DOCUMENT = """
SELECT :account_id, * FROM json_to_recordset(:rows) AS row(
    meter_id bigint, date date, amount numeric, a int, b int, c int)"""
_ROW = " VALUES (:account_id, :meter_id, :date, :amount, :a, :b, :c)"
_ROW_TYPES = (bindparam("date", type_=Date), bindparam("amount", type_=TOTAL_AMOUNT))

_ROWS_TYPE = bindparam("rows", type_=JSON)

_ADD_DAYS = text(_DAYS + _DOCUMENT + _MERGE_DAYS).bindparams(_ROWS_TYPE)
_ADD_MONTHS = text(_MONTHS + _DOCUMENT + _MERGE_MONTHS).bindparams(_ROWS_TYPE)
_ADD_DAY = text(_DAYS + _ROW + _MERGE_DAYS).bindparams(*_ROW_TYPES)
_ADD_MONTH = text(_MONTHS + _ROW + _MERGE_MONTHS).bindparams(*_ROW_TYPES)


def _add_days(session: TenantSession, deltas: Mapping[MeterDate, DayDelta]) -> None:
    rows = [
        (*key, delta.amount, delta.source_count, delta.record_count, delta.estimated_count)
        for key, delta in sorted(deltas.items(), key=_by_key)
    ]
    _add(session, rows, _ADD_DAYS, _ADD_DAY)


def _add_months(session: TenantSession, deltas: Mapping[MeterDate, MonthDelta]) -> None:
    rows = [
        (*key, delta.amount, delta.record_count, delta.estimated_count, delta.day_mask)
        for key, delta in sorted(deltas.items(), key=_by_key)
    ]
    _add(session, rows, _ADD_MONTHS, _ADD_MONTH)


def _by_key(item: tuple[MeterDate, Any]) -> MeterDate:
    return item[0]


def _add(
    session: TenantSession,
    rows: Sequence[tuple[Any, ...]],
    by_document: TextClause,
    by_row: TextClause,
) -> None:
    """Merge rows in one statement where the database takes a document, else one by one.

    A document costs the client a quarter of what bound arrays do.
    """
    names = ("meter_id", "date", "amount", "a", "b", "c")
    account = {"account_id": session.account_id}
    if not rows:
        return
    items = [dict(zip(names, row, strict=True)) for row in rows]
    if session.on_postgresql:
        for item in items:
            item["amount"] = str(item["amount"])
        session.execute(by_document, account | {"rows": items})
    else:
        session.execute(by_row, [account | item for item in items])


# What the records of one day of an import add, summed where they are.
_DAYS_OF_IMPORT = text(
    _DAYS
    + """
SELECT account_id, meter_id, consumption_date, sum(base_amount), count(*), count(*), 0
FROM consumptions
WHERE account_id = :account_id AND import_id = :import_id AND period_start IS NULL
GROUP BY account_id, meter_id, consumption_date
ORDER BY meter_id, consumption_date"""
    + _MERGE_DAYS
)
_MONTHS_OF_IMPORT = text(
    _MONTHS
    + """
SELECT account_id, meter_id, CAST(date_trunc('month', consumption_date) AS date) AS month,
    sum(base_amount), count(*), 0, bit_or(1 << CAST(extract(day FROM consumption_date) AS int) - 1)
FROM consumptions
WHERE account_id = :account_id AND import_id = :import_id AND period_start IS NULL
GROUP BY account_id, meter_id, month
ORDER BY meter_id, month"""
    + _MERGE_MONTHS
)


def apply_days_of_import(session: TenantSession, import_id: int) -> None:
    """Add an import's records of one day, already stored, to the projection (PostgreSQL only).

    The same rows as `apply` makes, without the days travelling to the client and back.
    """
    parameters = {"account_id": session.account_id, "import_id": import_id}
    session.execute(_DAYS_OF_IMPORT, parameters)
    session.execute(_MONTHS_OF_IMPORT, parameters)
