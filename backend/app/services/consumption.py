"""Consumption records: creating, changing, deleting and restoring them, with the projection."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import bindparam, select

from app.db import TenantSession
from app.errors import NotFound
from app.services import deletions, meters, one_day, projection
from app.services.consumption_rows import (
    RECORDS,
    Change,
    Entry,
    Record,
    delete_rows,
    insert_rows,
    project,
    refuse_stale,
    refuse_unwritable,
    span_of,
    typed,
    update_row,
    values_of,
)
from app.services.consumption_work import Work, hold
from app.services.meters import TakenMeter
from app.utils.codes import Code

__all__ = [
    "BatchResult",
    "Change",
    "Entry",
    "Record",
    "batch",
    "create",
    "get",
    "remove",
    "replace",
    "span_of",
]


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What a batch did, in its order; `undo_token` restores what it deleted."""

    created: list[Record]
    updated: list[Record]
    deleted: list[int]
    undo_token: str | None


_GET = select(RECORDS).where(
    RECORDS.c.account_id == bindparam("account"), RECORDS.c.id == bindparam("record")
)


def get(session: TenantSession, record_id: int) -> Record:
    """Give a record. Raises NotFound."""
    row = session.execute(_GET, {"account": session.account_id, "record": record_id}).one_or_none()
    if row is None:
        raise NotFound("There is no such record.", code=Code.NO_SUCH_RECORD)
    return row


def create(session: TenantSession, entry: Entry, now: datetime) -> Record:
    """Store a record and project it.

    Raises Invalid for a date after tomorrow at the site or a unit that the meter cannot take,
    Conflict for an archived meter, NotFound for a meter that is not the account's.
    """
    if session.on_postgresql and entry.first == entry.last:
        written = one_day.write(session, typed(session, entry, now), entry.meter_id)
        if written is not None:
            refuse_unwritable(written.meter, entry, now)
            return cast(Record, written.record)
    meter = _take(session, entry)
    [row] = insert_rows(session, [values_of(session, meter, entry, now)])
    projection.apply(session, [span_of(row)])
    return row


def replace(session: TenantSession, change: Change, now: datetime) -> Record:
    """Store a record's new state and project the difference.

    Raises Stale when `version` is given and not the current one, else as `create`.
    """
    return _write(session, Work((), (change,), (), is_batch=False), now).updated[0]


def remove(
    session: TenantSession, record_id: int, now: datetime, version: int | None = None
) -> str:
    """Delete a record and its part in the projection.

    Gives the token that restores it (`deletions.restore`). Raises NotFound and Stale.
    """
    work = Work((), (), (record_id,), is_batch=False)
    held = hold(session, work)
    refuse_stale(held.leaving[0], version, "")
    delete_rows(session, work.deletes)
    project(session, [span_of(row, -1) for row in held.leaving])
    return deletions.keep(session, held.leaving, now)


def batch(
    session: TenantSession,
    creates: Sequence[Entry],
    changes: Sequence[Change],
    deletes: Sequence[int],
    now: datetime,
) -> BatchResult:
    """Do all of it or nothing; problems point to the entry that is to blame."""
    return _write(session, Work(creates, changes, deletes), now)


def _take(session: TenantSession, entry: Entry) -> TakenMeter:
    counted: Any = {"added": 1, "first": entry.first, "last": entry.last}
    if entry.meter_id is None:
        return meters.take_default(session, entry.consumption_type, entry.unit, **counted)
    return meters.take(session, entry.meter_id, **counted)


def _write(session: TenantSession, work: Work, now: datetime) -> BatchResult:
    held, first_change = hold(session, work), len(work.creates)
    values = [
        values_of(session, meter, entry, now, work.pointer(index))
        for index, (entry, meter) in enumerate(zip(held.entries, held.homes, strict=True))
    ]
    created = insert_rows(session, values[:first_change]) if work.creates else []
    updated = []
    for index, change in enumerate(work.changes):
        place = first_change + index
        refuse_stale(held.befores[index], change.version, work.pointer(place))
        updated.append(update_row(session, change.id, values[place]))
    delete_rows(session, work.deletes)
    gone = [span_of(row, -1) for row in (*held.befores, *held.leaving)]
    project(session, gone + [span_of(row) for row in (*created, *updated)])
    undo_token = deletions.keep(session, held.leaving, now) if held.leaving else None
    return BatchResult(created, updated, list(work.deletes), undo_token)
