"""Consumption records: creating, changing, deleting and listing them, with the projection."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update

from app.db import TenantSession, table_of, tenant_filter
from app.errors import NotFound, Stale, invalid_field
from app.models import Consumption
from app.services import meters, projection
from app.services.meters import TakenMeter
from app.services.projection import Span
from app.utils.periods import local_today
from app.utils.units import base_unit, to_base

RECORDS = table_of(Consumption)
Record = Row[Any]
"""A row of `consumptions`, all columns."""


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


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What a batch did, in its order."""

    created: list[Record]
    updated: list[Record]
    deleted: list[int]


_INSERT = insert(RECORDS).returning(*RECORDS.c)
_GET = select(RECORDS).where(
    RECORDS.c.account_id == bindparam("account"), RECORDS.c.id == bindparam("record")
)
_UPDATE = (
    update(RECORDS)
    .where(RECORDS.c.account_id == bindparam("account"), RECORDS.c.id == bindparam("record"))
    .values(version=RECORDS.c.version + 1)
    .returning(*RECORDS.c)
)


def get(session: TenantSession, record_id: int) -> Record:
    """Give a record. Raises NotFound."""
    row = session.execute(_GET, {"account": session.account_id, "record": record_id}).one_or_none()
    if row is None:
        raise NotFound("There is no such record.")
    return row


def create(session: TenantSession, entry: Entry, now: datetime) -> Record:
    """Store a record and project it.

    Raises Invalid for a date after tomorrow at the site or a unit that the meter cannot take,
    Conflict for an archived meter, NotFound for a meter that is not the account's.
    """
    meter = _take(session, entry, added=1)
    row = session.execute(_INSERT, [_values(session, meter, entry, now)]).one()
    projection.apply(session, [span_of(row)])
    return row


def replace(session: TenantSession, change: Change, now: datetime) -> Record:
    """Store a record's new state and project the difference.

    Raises Stale when `version` is given and not the current one, else as `create`.
    """
    return _replace_all(session, [change], now, ["/"])[0]


def remove(session: TenantSession, record_id: int, version: int | None = None) -> None:
    """Delete a record and its part in the projection. Raises NotFound and Stale."""
    before = get(session, record_id)
    meters.take(session, before.meter_id, added=-1)
    before = get(session, record_id)  # again, now that nobody else can change it
    _refuse_stale(before, version)
    session.execute(
        delete(RECORDS).where(tenant_filter(RECORDS, session), RECORDS.c.id == record_id)
    )
    projection.apply(session, [span_of(before, -1)])


def batch(
    session: TenantSession,
    creates: Sequence[Entry],
    changes: Sequence[Change],
    deletes: Sequence[int],
    now: datetime,
) -> BatchResult:
    """Do all of it or nothing; problems point to the entry that is to blame."""
    _lock(session, creates, changes, deletes)
    created = _create_all(session, creates, now)
    pointers = [f"/update/{index}" for index in range(len(changes))]
    updated = _replace_all(session, changes, now, pointers) if changes else []
    if deletes:
        _remove_all(session, deletes)
    return BatchResult(created, updated, list(deletes))


def span_of(row: Record, sign: int = 1) -> Span:
    """Give a record's part in the projection."""
    return Span(
        row.meter_id,
        row.period_start or row.consumption_date,
        row.consumption_date,
        row.base_amount,
        sign,
    )


def _take(session: TenantSession, entry: Entry, added: int, pointer: str = "") -> TakenMeter:
    if entry.meter_id is None:
        meter = meters.take_default(
            session, entry.consumption_type, entry.unit,
            added=added, first=entry.first, last=entry.last,
        )  # fmt: skip
    else:
        meter = meters.take(
            session, entry.meter_id, added=added, first=entry.first, last=entry.last
        )
    meters.refuse_unfit(meter, entry.consumption_type, entry.unit, pointer)
    return meter


def _values(
    session: TenantSession, meter: TakenMeter, entry: Entry, now: datetime, pointer: str = ""
) -> dict[str, Any]:
    latest = local_today(meter.time_zone, now) + timedelta(days=1)
    if entry.last > latest:
        detail = f"must be at most tomorrow at the site, {latest.isoformat()}"
        raise invalid_field(f"{pointer}/consumption_date", detail)
    return {
        "account_id": session.account_id,
        "user_id": session.user_id,
        "meter_id": meter.id,
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


def _refuse_stale(row: Record, version: int | None) -> None:
    if version is not None and row.version != version:
        raise Stale(f"The record has version {row.version} now; you changed version {version}.")


def _existing(session: TenantSession, ids: Sequence[int], pointer: str) -> list[Record]:
    rows = {
        row.id: row
        for row in session.execute(
            select(RECORDS).where(tenant_filter(RECORDS, session), RECORDS.c.id.in_(ids))
        )
    }
    for index, record_id in enumerate(ids):
        if record_id not in rows:
            raise NotFound(f"{pointer}/{index}: there is no such record.")
    return [rows[record_id] for record_id in ids]


def _lock(
    session: TenantSession,
    creates: Sequence[Entry],
    changes: Sequence[Change],
    deletes: Sequence[int],
) -> None:
    """Take all meters of a batch in the order of their ids, so that batches never deadlock."""
    rows = _existing(session, deletes, "/delete")
    rows += _existing(session, [change.id for change in changes], "/update")
    named = {change.entry.meter_id for change in changes} | {row.meter_id for row in rows}
    named |= {_meter_id(session, entry) for entry in creates}
    for meter_id in sorted(named - {None}):  # type: ignore[type-var]
        meters.take(session, meter_id)  # type: ignore[arg-type]


def _meter_id(session: TenantSession, entry: Entry) -> int:
    return entry.meter_id or meters.default_id(session, entry.consumption_type, entry.unit)


def _create_all(session: TenantSession, entries: Sequence[Entry], now: datetime) -> list[Record]:
    values = []
    for index, entry in enumerate(entries):
        pointer = f"/create/{index}"
        meter = _take(session, entry, added=1, pointer=pointer)
        values.append(_values(session, meter, entry, now, pointer))
    if not values:
        return []
    statement = insert(RECORDS).returning(*RECORDS.c, sort_by_parameter_order=True)
    rows = list(session.execute(statement, values))
    projection.apply(session, [span_of(row) for row in rows])
    return rows


def _remove_all(session: TenantSession, ids: Sequence[int]) -> None:
    rows = _existing(session, ids, "/delete")
    for meter_id, count in Counter(row.meter_id for row in rows).items():
        meters.take(session, meter_id, added=-count)
    session.execute(delete(RECORDS).where(tenant_filter(RECORDS, session), RECORDS.c.id.in_(ids)))
    projection.apply(session, [span_of(row, -1) for row in rows])


def _replace_all(
    session: TenantSession, changes: Sequence[Change], now: datetime, pointers: Sequence[str]
) -> list[Record]:
    ids = [change.id for change in changes]
    befores = _existing(session, ids, "/update") if len(ids) > 1 else [get(session, ids[0])]
    for meter_id in sorted(
        {row.meter_id for row in befores}
        | {change.entry.meter_id for change in changes if change.entry.meter_id}
    ):
        meters.take(session, meter_id)
    befores = _existing(session, ids, "/update")
    rows, spans = [], []
    for change, before, pointer in zip(changes, befores, pointers, strict=True):
        _refuse_stale(before, change.version)
        prefix = pointer.rstrip("/")
        # A record without a meter in the request stays where it is, unless its type changes.
        entry = _with_meter(change.entry, before)
        meters.take(session, before.meter_id, added=-1)
        meter = _take(session, entry, added=1, pointer=prefix)
        values = _values(session, meter, entry, now, prefix)
        for name in ("account_id", "user_id", "created_at"):
            del values[name]
        row = session.execute(
            _UPDATE.values(values), {"account": session.account_id, "record": change.id}
        ).one()
        rows.append(row)
        spans += [span_of(before, -1), span_of(row)]
    projection.apply(session, spans)
    return rows


def _with_meter(entry: Entry, before: Record) -> Entry:
    same_kind = entry.consumption_type == before.consumption_type and base_unit(
        entry.unit
    ) == base_unit(before.unit)
    if entry.meter_id is not None or not same_kind:
        return entry
    return replace_fields(entry, meter_id=before.meter_id)
