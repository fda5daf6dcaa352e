"""Writing the rows of an import, and their part in the projection, in bulk."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, bindparam, insert, text

from app.db import TenantSession, table_of
from app.importers.records_csv import RecordRow
from app.models import Consumption
from app.services import meters, projection
from app.services.import_meters import Target
from app.services.projection import Span
from app.utils.units import to_base

ROWS_AT_A_TIME = 20_000
BASE_UNITS = frozenset({"kWh", "m³"})
RECORDS = table_of(Consumption)
Planned = tuple[RecordRow, int, Decimal]
"""A row with its meter and its amount in the meter's unit."""

_INSERT_DOCUMENT = text("""
INSERT INTO consumptions
    (account_id, user_id, import_id, created_at, updated_at, meter_id, consumption_type,
     amount, unit, base_amount, period_start, consumption_date, description)
SELECT :account_id, :user_id, :import_id, :now, :now, * FROM json_to_recordset(:rows) AS row(
    meter_id bigint, consumption_type text, amount numeric, unit text, base_amount numeric,
    period_start date, consumption_date date, description text)
""").bindparams(bindparam("rows", type_=JSON))


def store(
    session: TenantSession,
    import_id: int,
    added: Sequence[tuple[RecordRow, Target]],
    meter_ids: Mapping[Target, int],
    now: datetime,
) -> None:
    """Store the rows of an import and project them."""
    rows = [(row, meter_ids[target], _in_base_unit(row)) for row, target in added]
    _insert(session, import_id, rows, now)
    _count(session, rows)
    if session.on_postgresql:
        projection.apply_days_of_import(session, import_id)
        rows = [planned for planned in rows if planned[0].period_start is not None]
    projection.apply(session, [_span(planned) for planned in rows])


def _in_base_unit(row: RecordRow) -> Decimal:
    # Nearly every amount is in its base unit, and then as exact as it was typed.
    return row.amount if row.unit in BASE_UNITS else to_base(row.amount, row.unit)


def _span(planned: Planned) -> Span:
    row, meter_id, amount = planned
    return Span(meter_id, row.period_start or row.consumption_date, row.consumption_date, amount)


def _insert(session: TenantSession, import_id: int, rows: Sequence[Planned], now: datetime) -> None:
    common = {
        "account_id": session.account_id,
        "user_id": session.user_id,
        "import_id": import_id,
    }
    for start in range(0, len(rows), ROWS_AT_A_TIME):
        items = [_item(row, session.on_postgresql) for row in rows[start : start + ROWS_AT_A_TIME]]
        if session.on_postgresql:
            # One document instead of bound arrays: four times less work for the client.
            session.execute(_INSERT_DOCUMENT, common | {"now": now, "rows": items})
        else:
            stamps = {"created_at": now, "updated_at": now}
            session.execute(insert(RECORDS), [common | stamps | item for item in items])


def _item(planned: Planned, as_text: bool) -> dict[str, Any]:
    row, meter_id, base_amount = planned
    return {
        "meter_id": meter_id,
        "consumption_type": row.consumption_type.value,
        "amount": str(row.amount) if as_text else row.amount,
        "unit": row.unit,
        "base_amount": str(base_amount) if as_text else base_amount,
        "period_start": row.period_start,
        "consumption_date": row.consumption_date,
        "description": row.description,
    }


def _count(session: TenantSession, rows: Sequence[Planned]) -> None:
    """Bring the meters' counters and first and last days up to date."""
    firsts: dict[int, list[date]] = defaultdict(list)
    lasts: dict[int, list[date]] = defaultdict(list)
    for row, meter_id, _ in rows:
        firsts[meter_id].append(row.period_start or row.consumption_date)
        lasts[meter_id].append(row.consumption_date)
    for meter_id, days in sorted(lasts.items()):
        first, last = min(firsts[meter_id]), max(days)
        meters.take(session, meter_id, added=len(days), first=first, last=last)
