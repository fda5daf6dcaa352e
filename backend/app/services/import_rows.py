"""Writing the rows of an import, and their part in the projection, in bulk."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
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
    rows = [(row, meter_ids[target], to_base(row.amount, row.unit)) for row, target in added]
    _insert(session, import_id, rows, now)
    _project(session, rows)


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


def _project(session: TenantSession, rows: Sequence[Planned]) -> None:
    spans: dict[int, list[Span]] = defaultdict(list)
    for row, meter_id, amount in rows:
        first = row.period_start or row.consumption_date
        spans[meter_id].append(Span(meter_id, first, row.consumption_date, amount))
    for meter_id, mine in sorted(spans.items()):
        meters.take(
            session,
            meter_id,
            added=len(mine),
            first=min(span.first for span in mine),
            last=max(span.last for span in mine),
        )
        projection.apply(session, mine)
