"""Holding what a piece of work changes: its records and their meters, in an order in which
writers never deadlock."""

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_fields

from sqlalchemy import select

from app.db import TenantSession, tenant_filter
from app.errors import NotFound
from app.services import meters
from app.services.consumption_rows import RECORDS, Change, Entry, Record
from app.services.meters import TakenMeter, at
from app.utils.codes import Code
from app.utils.units import base_unit

Kind = tuple[str, str]  # a consumption type in one base unit


@dataclass(frozen=True, slots=True)
class Work:
    """Entries to create, changes, and ids of records to delete."""

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
class Held:
    """Records and meters of a piece of work, while nobody else can change them.

    `entries` and their meters, `homes`, are those to create and then those to change.
    """

    befores: list[Record]
    leaving: list[Record]
    entries: list[Entry]
    homes: list[TakenMeter]


def hold(session: TenantSession, work: Work) -> Held:
    """Take all meters of the work in the order of their ids, so that writers never deadlock.

    Raises NotFound for a record or a meter that is not the account's.

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
            return Held(befores, leaving, entries, [taken[home] for home in homes])


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


def _existing(session: TenantSession, ids: Sequence[int], work: Work, offset: int) -> list[Record]:
    if not ids:
        return []
    statement = select(RECORDS).where(tenant_filter(RECORDS, session), RECORDS.c.id.in_(ids))
    rows = {row.id: row for row in session.execute(statement)}
    for index, record_id in enumerate(ids, offset):
        if record_id not in rows:
            detail = at(work.pointer(index), "There is no such record.")
            raise NotFound(detail, code=Code.NO_SUCH_RECORD)
    return [rows[record_id] for record_id in ids]
