"""Rows of consumption records: what a row holds, and writing rows with their part in the
projection. The rules about who may write what are in `consumption`."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, update

from app.db import TenantSession, table_of, tenant_filter
from app.errors import Stale, invalid_field
from app.models import Consumption
from app.services import meters, projection
from app.services.meters import TakenMeter, at
from app.services.projection import Span
from app.utils.codes import Code
from app.utils.periods import local_today
from app.utils.units import to_base

RECORDS = table_of(Consumption)
Record = Row[Any]
"""A row of `consumptions`, all columns."""
_UPDATE = (
    update(RECORDS)
    .where(RECORDS.c.account_id == bindparam("account"), RECORDS.c.id == bindparam("record"))
    .values(version=RECORDS.c.version + 1)
    .returning(*RECORDS.c)
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a person gives: an amount over the whole local days `first` to `last`."""

    consumption_type: str
    amount: Decimal
    unit: str
    first: date
    last: date
    meter_id: int | None
    description: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """An update of one record; `version`, if given, is the one that the person saw."""

    id: int
    version: int | None
    entry: Entry


def span_of(row: Record, sign: int = 1) -> Span:
    """Give a record's part in the projection."""
    return Span(
        row.meter_id,
        row.period_start or row.consumption_date,
        row.consumption_date,
        row.base_amount,
        sign,
    )


def values_of(
    session: TenantSession, meter: TakenMeter, entry: Entry, now: datetime, pointer: str = ""
) -> dict[str, Any]:
    """Give the columns of a new record. Raises as `refuse_unwritable` does."""
    refuse_unwritable(meter, entry, now, pointer)
    return typed(session, entry, now) | {"meter_id": meter.id}


def refuse_unwritable(meter: TakenMeter, entry: Entry, now: datetime, pointer: str = "") -> None:
    """Check that an entry may be written to a meter.

    Raises Invalid for a date after tomorrow at the site, and as `meters.refuse_unfit` does;
    `pointer` leads to the entry in the request.
    """
    meters.refuse_unfit(meter, entry.consumption_type, entry.unit, pointer)
    latest = local_today(meter.time_zone, now) + timedelta(days=1)
    if entry.last > latest:
        detail = f"must be at most tomorrow at the site, {latest.isoformat()}"
        raise invalid_field(
            f"{pointer}/consumption_date", detail, Code.AFTER_TOMORROW, max=latest.isoformat()
        )


def typed(session: TenantSession, entry: Entry, now: datetime) -> dict[str, Any]:
    """Give the columns of a new record, but for its meter."""
    return {
        "account_id": session.account_id,
        "user_id": session.user_id,
        "consumption_type": entry.consumption_type,
        "amount": entry.amount,
        "unit": entry.unit,
        "base_amount": to_base(entry.amount, entry.unit),
        "period_start": None if entry.first == entry.last else entry.first,
        "consumption_date": entry.last,
        "description": entry.description,
        "created_at": now,
        "updated_at": now,
    }


def refuse_stale(row: Record, version: int | None, pointer: str) -> None:
    """Raise Stale when somebody saw another version of the record than the current one."""
    if version is not None and row.version != version:
        detail = f"The record has version {row.version} now; you changed version {version}."
        raise Stale(
            at(pointer, detail),
            code=Code.RECORD_CHANGED,
            params={"current": row.version, "seen": version},
        )


def insert_rows(session: TenantSession, values: list[dict[str, Any]]) -> list[Record]:
    """Store new records; gives them in the order of `values`."""
    # One statement for all: ids are counted up in the order of VALUES. (Asking SQLAlchemy for
    # that order sends a statement for each row, because the key is a composite one.)
    rows = session.execute(insert(RECORDS).returning(*RECORDS.c), values)
    return sorted(rows, key=lambda row: int(row.id))


def delete_rows(session: TenantSession, ids: Sequence[int]) -> None:
    """Delete records by their ids."""
    if ids:
        chosen = (tenant_filter(RECORDS, session), RECORDS.c.id.in_(ids))
        session.execute(delete(RECORDS).where(*chosen))


def update_row(session: TenantSession, record_id: int, values: dict[str, Any]) -> Record:
    """Replace what a person can change of a record, and raise its version."""
    kept = ("account_id", "user_id", "created_at")
    changed = {name: value for name, value in values.items() if name not in kept}
    parameters = {"account": session.account_id, "record": record_id}
    return session.execute(_UPDATE.values(changed), parameters).one()


def project(session: TenantSession, spans: Sequence[Span]) -> None:
    """Bring the meters' counters and the projection up to date; the meters are held."""
    by_meter: dict[int, list[Span]] = defaultdict(list)
    for span in spans:
        by_meter[span.meter_id].append(span)
    for meter_id, found in sorted(by_meter.items()):
        coming = [span for span in found if span.sign > 0]
        meters.take(
            session,
            meter_id,
            added=sum(span.sign for span in found),
            first=min((span.first for span in coming), default=None),
            last=max((span.last for span in coming), default=None),
        )
    projection.apply(session, spans)
