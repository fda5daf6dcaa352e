"""Consumption records: creating, changing, deleting and listing them, with the projection."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import Row, bindparam, delete, insert, select, update

from app.db import TenantSession, table_of, tenant_filter
from app.errors import NotFound, Stale, invalid_field
from app.models import Consumption
from app.services import meters, one_day, projection
from app.services.meters import TakenMeter, at
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
    if session.on_postgresql and entry.first == entry.last:
        written = one_day.write(session, _typed(session, entry, now), entry.meter_id)
        if written is not None:
            _refuse_unwritable(written.meter, entry, now)
            return cast(Record, written.record)
    meter = _take(session, entry)
    row = session.execute(_INSERT, [_values(session, meter, entry, now)]).one()
    projection.apply(session, [span_of(row)])
    return row


def replace(session: TenantSession, change: Change, now: datetime) -> Record:
    """Store a record's new state and project the difference.

    Raises Stale when `version` is given and not the current one, else as `create`.
    """
    return _write(session, _Work((), (change,), (), is_batch=False), now).updated[0]


def remove(session: TenantSession, record_id: int, version: int | None = None) -> None:
    """Delete a record and its part in the projection. Raises NotFound and Stale."""
    work = _Work((), (), (record_id,), is_batch=False)
    held = _hold(session, work)
    _refuse_stale(held.leaving[0], version, "")
    _delete(session, work.deletes)
    _project(session, [span_of(row, -1) for row in held.leaving])


def batch(
    session: TenantSession,
    creates: Sequence[Entry],
    changes: Sequence[Change],
    deletes: Sequence[int],
    now: datetime,
) -> BatchResult:
    """Do all of it or nothing; problems point to the entry that is to blame."""
    return _write(session, _Work(creates, changes, deletes), now)


def span_of(row: Record, sign: int = 1) -> Span:
    """Give a record's part in the projection."""
    return Span(
        row.meter_id,
        row.period_start or row.consumption_date,
        row.consumption_date,
        row.base_amount,
        sign,
    )


def _take(session: TenantSession, entry: Entry) -> TakenMeter:
    counted: Any = {"added": 1, "first": entry.first, "last": entry.last}
    if entry.meter_id is None:
        return meters.take_default(session, entry.consumption_type, entry.unit, **counted)
    return meters.take(session, entry.meter_id, **counted)


def _values(
    session: TenantSession, meter: TakenMeter, entry: Entry, now: datetime, pointer: str = ""
) -> dict[str, Any]:
    _refuse_unwritable(meter, entry, now, pointer)
    return _typed(session, entry, now) | {"meter_id": meter.id}


def _refuse_unwritable(meter: TakenMeter, entry: Entry, now: datetime, pointer: str = "") -> None:
    meters.refuse_unfit(meter, entry.consumption_type, entry.unit, pointer)
    latest = local_today(meter.time_zone, now) + timedelta(days=1)
    if entry.last > latest:
        detail = f"must be at most tomorrow at the site, {latest.isoformat()}"
        raise invalid_field(f"{pointer}/consumption_date", detail)


def _typed(session: TenantSession, entry: Entry, now: datetime) -> dict[str, Any]:
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


def _refuse_stale(row: Record, version: int | None, pointer: str) -> None:
    if version is not None and row.version != version:
        detail = f"The record has version {row.version} now; you changed version {version}."
        raise Stale(at(pointer, detail))


Kind = tuple[str, str]  # a consumption type in one base unit


@dataclass(frozen=True, slots=True)
class _Work:
    creates: Sequence[Entry]
    changes: Sequence[Change]
    deletes: Sequence[int]
    is_batch: bool = True

    def pointer(self, index: int) -> str:
        """Where entry `index` stands in the request, counting creates, changes and deletes."""
        if not self.is_batch:
            return ""
        for part, found in (("create", self.creates), ("update", self.changes)):
            if index < len(found):
                return f"/{part}/{index}"
            index -= len(found)
        return f"/delete/{index}"


@dataclass(frozen=True, slots=True)
class _Held:
    """Records and meters of a piece of work, while nobody else can change them.

    `entries` and their meters, `homes`, are those to create and then those to change.
    """

    befores: list[Record]
    leaving: list[Record]
    entries: list[Entry]
    homes: list[TakenMeter]


def _hold(session: TenantSession, work: _Work) -> _Held:
    """Take all meters of the work in the order of their ids, so that writers never deadlock.

    Records are read again once their meters are held: while we waited, somebody may have
    changed them or moved them to a meter that is not held yet.
    """
    own: dict[Kind, int] = {}
    taken: dict[int, TakenMeter] = {}
    while True:
        ids = [change.id for change in work.changes]
        befores = _existing(session, ids, work, len(work.creates))
        leaving = _existing(session, work.deletes, work, len(work.creates) + len(ids))
        entries = [*work.creates, *map(_settled, work.changes, befores)]
        _find_own(session, entries, own)
        homes = [entry.meter_id or own[_kind(entry)] for entry in entries]
        wanted = {row.meter_id: "" for row in (*befores, *leaving)}
        wanted |= {home: work.pointer(index) for index, home in enumerate(homes)}
        missing = sorted(wanted.keys() - taken.keys())
        for meter_id in missing:
            taken[meter_id] = meters.take(session, meter_id, pointer=wanted[meter_id])
        if not missing or not (befores or leaving):
            return _Held(befores, leaving, entries, [taken[home] for home in homes])


def _find_own(session: TenantSession, entries: Sequence[Entry], own: dict[Kind, int]) -> None:
    """Find or make the account's own meters that entries without a meter go to."""
    kinds = {_kind(entry) for entry in entries if entry.meter_id is None}
    for kind in sorted(kinds - own.keys()):
        own[kind] = meters.default_id(session, *kind)


def _kind(entry: Entry) -> Kind:
    return entry.consumption_type, base_unit(entry.unit)


def _settled(change: Change, before: Record) -> Entry:
    """Say where a change goes: without a meter it stays where it is, unless its kind changes."""
    entry = change.entry
    is_same_kind = _kind(entry) == (before.consumption_type, base_unit(before.unit))
    if entry.meter_id is not None or not is_same_kind:
        return entry
    return replace_fields(entry, meter_id=before.meter_id)


def _existing(session: TenantSession, ids: Sequence[int], work: _Work, offset: int) -> list[Record]:
    if not ids:
        return []
    statement = select(RECORDS).where(tenant_filter(RECORDS, session), RECORDS.c.id.in_(ids))
    rows = {row.id: row for row in session.execute(statement)}
    for index, record_id in enumerate(ids, offset):
        if record_id not in rows:
            raise NotFound(at(work.pointer(index), "There is no such record."))
    return [rows[record_id] for record_id in ids]


def _write(session: TenantSession, work: _Work, now: datetime) -> BatchResult:
    held, first_change = _hold(session, work), len(work.creates)
    values = [
        _values(session, meter, entry, now, work.pointer(index))
        for index, (entry, meter) in enumerate(zip(held.entries, held.homes, strict=True))
    ]
    created = _insert(session, values[:first_change]) if work.creates else []
    updated = []
    for index, change in enumerate(work.changes):
        place = first_change + index
        _refuse_stale(held.befores[index], change.version, work.pointer(place))
        updated.append(_update(session, change.id, values[place]))
    _delete(session, work.deletes)
    gone = [span_of(row, -1) for row in (*held.befores, *held.leaving)]
    _project(session, gone + [span_of(row) for row in (*created, *updated)])
    return BatchResult(created, updated, list(work.deletes))


def _insert(session: TenantSession, values: list[dict[str, Any]]) -> list[Record]:
    # One statement for all: ids are counted up in the order of VALUES. (Asking SQLAlchemy for
    # that order sends a statement for each row, because the key is a composite one.)
    rows = session.execute(insert(RECORDS).returning(*RECORDS.c), values)
    return sorted(rows, key=lambda row: int(row.id))


def _delete(session: TenantSession, ids: Sequence[int]) -> None:
    if ids:
        chosen = (tenant_filter(RECORDS, session), RECORDS.c.id.in_(ids))
        session.execute(delete(RECORDS).where(*chosen))


def _update(session: TenantSession, record_id: int, values: dict[str, Any]) -> Record:
    kept = ("account_id", "user_id", "created_at")
    changed = {name: value for name, value in values.items() if name not in kept}
    parameters = {"account": session.account_id, "record": record_id}
    return session.execute(_UPDATE.values(changed), parameters).one()


def _project(session: TenantSession, spans: Sequence[Span]) -> None:
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
