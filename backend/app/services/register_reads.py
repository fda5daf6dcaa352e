"""Register reads: recording, correcting and deleting what a dial showed, and what happens to dials.

Every write projects the days that it touches (`register_projection`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from app.db import TenantSession, table_of, tenant_filter
from app.errors import Conflict, Stale, invalid_field
from app.models import DialEvent, ReadKind, RegisterRead, Source
from app.services import audit, meters, read_rules
from app.services import register_projection as projection
from app.services.dials import Read, in_order
from app.services.read_lists import Listed, get, listed, row_of
from app.services.read_rules import Scene
from app.services.register_projection import RegisterMeter, Touched
from app.utils.codes import Code

READS = table_of(RegisterRead)
LEEWAY = timedelta(minutes=5)
"""How far ahead of ours the clock of a client may be."""
HISTORY = 100
"""Reads on either side that say what the meter usually counts."""
_ENDS = frozenset({ReadKind.FINAL, ReadKind.INITIAL})


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person gives. The dial's properties go with `initial` reads only."""

    read_at: datetime
    value: Decimal
    kind: str = ReadKind.REGULAR
    note: str | None = None
    serial_number: str | None = None
    register_digits: int | None = None
    multiplier: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the dial; None is what was not given.

    `final_value` is the last of the old count and `initial_value` the first of the new one.
    """

    event: str
    at: datetime
    final_value: Decimal | None
    initial_value: Decimal
    serial_number: str | None = None
    register_digits: int | None = None
    multiplier: Decimal | None = None
    note: str | None = None


def create(
    session: TenantSession, meter_id: int, typed: Typed, now: datetime, *, is_rollover: bool = False
) -> Listed:
    """Record a read.

    Raises Conflict for a meter that is archived or not read, or a second read of an instant;
    Invalid for a future date or a value beyond the dial's digits; RunsBackwards.
    """
    meter = _take(session, meter_id)
    _refuse_future(typed.read_at, now, "/read_at")
    read = _read(typed)
    scene = scene_of(session, meter, (), (read,), is_rollover=is_rollover)
    read_rules.refuse(scene, history_of(session, meter, read.read_at))
    read_id = _insert(session, meter, [(read, typed.note)], now)[0]
    projection.project(session, meter, Touched.by([read]))
    audit.record(session, "read.created", meter_id=meter_id, read_id=read_id)
    return get(session, meter_id, read_id)


def change(
    session: TenantSession,
    meter_id: int,
    read_id: int,
    version: int | None,
    fields: Mapping[str, Any],
    now: datetime,
    *,
    is_rollover: bool = False,
) -> Listed:
    """Correct a read: `fields` are all that may be set, by name; a `kind` of None stays.

    What it is (final, initial) stays, but a regular one may become an estimate and back.
    Raises NotFound, Stale when `version` is not the current one, else as `create`.
    """
    meter = _take(session, meter_id)
    row = row_of(session, meter_id, read_id)
    _refuse_stale(row, version)
    typed = Typed(**{**fields, "kind": fields["kind"] or row.kind})
    _refuse_future(typed.read_at, now, "/read_at")
    _refuse_other_kind(row, typed)
    old, new = projection.read_of(row), replace(_read(typed), id=read_id, event=row.event)
    scene = scene_of(session, meter, (old,), (new,), is_rollover=is_rollover)
    read_rules.refuse(scene, history_of(session, meter, new.read_at))
    values = _columns(new) | {"note": typed.note, "updated_at": now, "version": row.version + 1}
    session.execute(
        update(READS).where(tenant_filter(READS, session), READS.c.id == read_id).values(values)
    )
    projection.project(session, meter, Touched.by([old, new]))
    audit.record(session, "read.changed", meter_id=meter_id, read_id=read_id)
    return get(session, meter_id, read_id)


def remove(session: TenantSession, meter_id: int, read_id: int, version: int | None) -> None:
    """Delete a read; of the two reads of an event both go.

    Raises NotFound and Stale, and Conflict or RunsBackwards when those left would not fit.
    """
    meter = _take(session, meter_id)
    row = row_of(session, meter_id, read_id)
    _refuse_stale(row, version)
    gone = _with_partner(session, row)
    scene = scene_of(session, meter, gone, ())
    read_rules.refuse(scene, history_of(session, meter, row.read_at))
    ids = [read.id for read in gone]
    session.execute(delete(READS).where(tenant_filter(READS, session), READS.c.id.in_(ids)))
    projection.project(session, meter, Touched.by(gone))
    audit.record(session, "read.deleted", meter_id=meter_id, read_ids=ids)


def record_event(
    session: TenantSession, meter_id: int, event: Event, now: datetime
) -> list[Listed]:
    """Record what happened to the dial, as the last read of the old count and the first of the new.

    What is not given of the new dial is as on the old one, but for a new meter's serial number.
    Raises as `create`.
    """
    meter = _take(session, meter_id)
    _refuse_future(event.at, now, "/at")
    before = _dial_at(session, meter, event.at)
    reads = _reads_of(event, before)
    pointers = {ReadKind.FINAL.value: "/final_value", ReadKind.INITIAL.value: "/initial_value"}
    scene = replace(scene_of(session, meter, (), reads), pointers=pointers)
    read_rules.refuse(scene, history_of(session, meter, event.at))
    ids = _insert(session, meter, [(read, event.note) for read in reads], now)
    projection.project(session, meter, Touched.by(reads))
    audit.record(session, "meter.event", meter_id=meter_id, kind=event.event, read_ids=ids)
    return listed(session, meter_id, [row_of(session, meter_id, read_id) for read_id in ids])


def stored(session: TenantSession, meter_id: int, read_id: int) -> Read:
    """Give a stored read as one of its dial. Raises NotFound."""
    return projection.read_of(row_of(session, meter_id, read_id))


def scene_of(
    session: TenantSession,
    meter: RegisterMeter,
    gone: Sequence[Read],
    coming: Sequence[Read],
    *,
    is_rollover: bool = False,
) -> Scene:
    """Give a meter's reads around a change, as they are and as they would be."""
    found = projection.around(session, meter, Touched.by([*gone, *coming]))
    ids = {read.id for read in gone}
    left = [read for read in found.reads if read.id not in ids]
    return Scene(
        found.reads, in_order([*left, *coming]), found.dial, meter.dial,
        meter.unit, meter.time_zone, coming, is_rollover,
    )  # fmt: skip


def history_of(
    session: TenantSession, meter: RegisterMeter, instant: datetime
) -> read_rules.History:
    """Give a function that reads what the meter counted around an instant."""
    return lambda: projection.nearby(session, meter, instant, HISTORY)


def refit(session: TenantSession, meter_id: int) -> None:
    """Check and project all reads anew, after the dial's properties or the zone were changed.

    Raises Conflict or RunsBackwards when they do not fit any more.
    """
    meter = projection.register_meter(session, meter_id)
    every = projection.all_reads(session, meter_id)
    scene = Scene((), every, meter.dial, meter.dial, meter.unit, meter.time_zone, is_rollover=True)
    read_rules.refuse(scene, tuple)
    projection.project_all(session, meter_id)


def _take(session: TenantSession, meter_id: int) -> RegisterMeter:
    meters.take(session, meter_id)
    meter = projection.register_meter(session, meter_id)
    if meter.archived_at is not None:
        detail = "This meter is archived; restore it before adding reads."
        raise Conflict(detail, code=Code.METER_ARCHIVED)
    if meter.source != Source.REGISTER:
        detail = f"This meter is fed by {meter.source}, not by reads of its dial."
        raise Conflict(detail, code=Code.METER_FED_OTHERWISE, params={"source": meter.source})
    return meter


def _refuse_future(instant: datetime, now: datetime, pointer: str) -> None:
    if instant > now + LEEWAY:
        detail = f"must not be in the future; it is {now:%Y-%m-%d %H:%M} UTC"
        raise invalid_field(pointer, detail, Code.IN_FUTURE, max=now.isoformat())


def _refuse_stale(row: Row[Any], version: int | None) -> None:
    if version is not None and row.version != version:
        detail = f"The read has version {row.version} now; you changed version {version}."
        seen = {"current": row.version, "seen": version}
        raise Stale(detail, code=Code.RECORD_CHANGED, params=seen)


def _refuse_other_kind(row: Row[Any], typed: Typed) -> None:
    if row.kind != typed.kind and (row.kind in _ENDS or typed.kind in _ENDS):
        detail = f"a read that is {row.kind} stays so"
        raise invalid_field("/kind", detail, Code.READ_STAYS_END, kind=row.kind)
    if row.kind != ReadKind.INITIAL:
        for name in ("serial_number", "register_digits", "multiplier"):
            if getattr(typed, name) is not None:
                detail = "goes with the first read of a dial only"
                raise invalid_field(f"/{name}", detail, Code.ONLY_OF_FIRST_READ)


def _read(typed: Typed) -> Read:
    return Read(
        0, typed.read_at, typed.value, typed.kind, None,
        typed.serial_number, typed.register_digits, typed.multiplier,
    )  # fmt: skip


def _columns(read: Read) -> dict[str, Any]:
    return {name: getattr(read, name) for name in Read.__slots__ if name != "id"}


def _insert(
    session: TenantSession,
    meter: RegisterMeter,
    reads: Sequence[tuple[Read, str | None]],
    now: datetime,
) -> list[int]:
    fixed = {
        "account_id": session.account_id,
        "meter_id": meter.id,
        "created_by": session.user_id,
        "created_at": now,
        "updated_at": now,
    }
    values = [fixed | _columns(read) | {"note": note} for read, note in reads]
    return sorted(session.scalars(insert(READS).returning(READS.c.id), values))


def _with_partner(session: TenantSession, row: Row[Any]) -> list[Read]:
    """Give a read, with the other one of its event if it has one."""
    if row.event is None:
        return [projection.read_of(row)]
    statement = select(READS).where(
        tenant_filter(READS, session),
        READS.c.meter_id == row.meter_id,
        READS.c.read_at == row.read_at,
        READS.c.event == row.event,
    )
    return [projection.read_of(found) for found in session.execute(statement)]


def _dial_at(session: TenantSession, meter: RegisterMeter, instant: datetime) -> Read:
    """Give what is known of the dial before an instant, as its first read would say it."""
    found = projection.initial_before(session, meter.id, instant)
    dial = meter.dial if found is None else found.dial(meter.dial)
    return Read(
        0, instant, Decimal(0), serial_number=found.serial_number if found else None,
        register_digits=dial.digits, multiplier=dial.multiplier,
    )  # fmt: skip


def _reads_of(event: Event, before: Read) -> list[Read]:
    is_other_meter = event.event in (DialEvent.INSTALLATION, DialEvent.REPLACEMENT)
    serial = event.serial_number or (None if is_other_meter else before.serial_number)
    initial = Read(
        0, event.at, event.initial_value, ReadKind.INITIAL, event.event, serial,
        event.register_digits or before.register_digits, event.multiplier or before.multiplier,
    )  # fmt: skip
    if event.final_value is None:
        return [initial]
    return [Read(0, event.at, event.final_value, ReadKind.FINAL, event.event), initial]
