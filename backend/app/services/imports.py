"""Importing files of records, and taking an import back."""

import gc
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select, text

from app.db import TenantSession, table_of, tenant_filter
from app.errors import Conflict, FieldError, Invalid, NotFound, Problem
from app.importers.records_csv import LineProblem, RecordFile, RecordRow
from app.metrics import IMPORTED_ROWS
from app.models import Consumption, Import, ImportStatus
from app.services import (
    audit,
    consumption,
    import_compare,
    import_files,
    import_meters,
    import_rows,
    interval_blocks,
    meters,
    projection,
)
from app.services.import_files import Upload
from app.services.import_meters import Target
from app.utils.codes import Code

FORMAT = "records_csv"
KEPT_PROBLEMS = 10_000
RECORDS = table_of(Consumption)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do: the rows to add with their meters, and what is wrong."""

    file: RecordFile
    targets: tuple[Target, ...]
    added: list[tuple[RecordRow, Target]]
    unchanged: int
    problems: list[LineProblem]
    warnings: list[str]

    @property
    def counts(self) -> dict[str, int]:
        """Lines by what happened to them."""
        wrong = len({problem.line for problem in self.problems})
        return {
            "added": len(self.added),
            "changed": 0,
            "unchanged": self.unchanged,
            "rejected": wrong,
            "ignored": self.file.ignored,
        }

    def described_problems(self) -> list[dict[str, Any]]:
        """List what is wrong with which line, up to KEPT_PROBLEMS, as it can be stored."""
        return [
            problem._asdict() | {"column": problem.column and problem.column.replace("\0", "�")}
            for problem in self.problems[:KEPT_PROBLEMS]
        ]

    def meters(self, ids: Mapping[Target, int] | None = None) -> list[dict[str, Any]]:
        """Describe the meters that lines go to, with how many; `ids` has those just made."""
        added = Counter(target for _, target in self.added)
        return [
            target.described() | {"id": (ids or {}).get(target, target.id), "added": added[target]}
            for target in self.targets
        ]


@contextmanager
def _without_looking_for_garbage() -> Iterator[None]:
    """Pause the search for cycles: among some 100,000 new rows it finds none and takes a third
    of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@_without_looking_for_garbage()
def plan(session: TenantSession, upload: Upload, now: datetime, *, dry_run: bool = False) -> Plan:
    """Read a file and compare it with what is stored.

    Unless it is for a dry run, which writes nothing, other imports of the account wait from here
    on, and other writers to the meters that the file names.
    Raises Invalid when the file as a whole cannot be read or needs an answer, with a pointer to
    what has to be said.
    """
    _allow_time(session)
    if not dry_run:
        import_compare.wait_for_other_imports(session)
    file = import_files.read(upload, import_meters.latest_day(session, now))
    targets, rows, misfits = import_meters.assign(session, file, upload.meter_id, now)
    if not dry_run:
        for meter_id in sorted(target.id for target in targets if target.id is not None):
            meters.take(session, meter_id)
    added, unchanged, conflicts = import_compare.compare(session, rows, upload.on_conflict)
    problems = sorted([*file.problems, *misfits, *conflicts], key=lambda problem: problem.line)
    before = import_compare.imported_before(session, import_files.digest(upload.data))
    warnings = [*file.warnings, *import_compare.repeated(added), *before]
    return Plan(file, targets, added, unchanged, problems, warnings)


@_without_looking_for_garbage()
def carry_out(session: TenantSession, upload: Upload, found: Plan, now: datetime) -> Import:
    """Store what a plan adds. Raises Invalid, with all that is wrong, in mode `all`."""
    if found.problems and upload.mode == "all":
        raise _refusal(found)
    made = import_meters.create_missing(session, found.targets)
    record = _record(session, upload, found, made, now)
    import_rows.store(session, record.id, found.added, made, now)
    audit.record(session, "import.done", import_id=record.id, **found.counts)
    for outcome, count in found.counts.items():
        IMPORTED_ROWS.labels(outcome).inc(count)
    return record


def undo(session: TenantSession, import_id: int, now: datetime) -> Import:
    """Take an import back: its records go, its intervals do not count any more, and the
    projection is what it is without them.

    Raises NotFound, and Conflict when it is not done, or has been undone before.
    """
    _allow_time(session)
    import_compare.wait_for_other_imports(session)
    record = get(session, import_id, for_update=True)
    if record.status == ImportStatus.UNDONE:
        raise Conflict("This import has been undone already.", code=Code.IMPORT_UNDONE)
    if record.status != ImportStatus.DONE:
        raise Conflict("Only an import that is done can be undone.")
    mine = (tenant_filter(RECORDS, session), RECORDS.c.import_id == import_id)
    _hold_meters(session, mine)
    removed = session.execute(delete(RECORDS).where(*mine).returning(*RECORDS.c)).all()
    for meter_id, count in sorted(Counter(row.meter_id for row in removed).items()):
        meters.take(session, meter_id, added=-count)
    projection.apply(session, [consumption.span_of(row, -1) for row in removed])
    interval_blocks.withdraw(session, import_id)
    record.status, record.undone_at = ImportStatus.UNDONE, now
    session.flush()
    audit.record(session, "import.undone", import_id=import_id, removed=len(removed))
    return record


def get(session: TenantSession, import_id: int, *, for_update: bool = False) -> Import:
    """Give an import. Raises NotFound."""
    statement = select(Import).where(Import.id == import_id)
    found = session.scalar(statement.with_for_update() if for_update else statement)
    if found is None:
        raise NotFound("There is no such import.", code=Code.NO_SUCH_IMPORT)
    return found


def list_before(session: TenantSession, before: int | None, count: int) -> list[Import]:
    """List imports with ids below `before`, newest first."""
    statement = select(Import).order_by(Import.id.desc()).limit(count)
    if before is not None:
        statement = statement.where(Import.id < before)
    return list(session.scalars(statement))


def _allow_time(session: TenantSession) -> None:
    if session.on_postgresql:
        session.execute(text("SET LOCAL statement_timeout = '60s'"))
        session.execute(text("SET LOCAL lock_timeout = '60s'"))
        session.execute(text("SET LOCAL idle_in_transaction_session_timeout = '60s'"))


def _hold_meters(session: TenantSession, mine: Sequence[ColumnElement[bool]]) -> None:
    """Take the meters of some records; while we wait for one, records may move to another."""
    held: set[int] = set()
    while True:
        found = session.scalars(select(RECORDS.c.meter_id).where(*mine).distinct())
        missing = sorted(set(found) - held)
        if not missing:
            return
        for meter_id in missing:
            meters.take(session, meter_id)
        held.update(missing)


def _refusal(found: Plan) -> Problem:
    errors = [
        FieldError(f"#file/line/{problem.line}/{problem.column or ''}".rstrip("/"), problem.detail)
        for problem in found.problems[:100]
    ]
    count = found.counts["rejected"]
    detail = (
        f"{count} {'line' if count == 1 else 'lines'} cannot be imported, so nothing was stored;"
        " mend them, or use mode=valid for the others. Line"
        f" {found.problems[0].line}: {found.problems[0].detail}"
    )
    return Invalid(detail, errors=errors, code=Code.LINES_REJECTED, params={"count": count})


def _record(
    session: TenantSession,
    upload: Upload,
    found: Plan,
    made: Mapping[Target, int],
    now: datetime,
) -> Import:
    dates = [row.consumption_date for row, _ in found.added]
    starts = [row.period_start or row.consumption_date for row, _ in found.added]
    record = Import(
        account_id=session.account_id,
        meter_id=upload.meter_id,
        file_name=upload.file_name,
        sha256=import_files.digest(upload.data),
        size_bytes=len(upload.data),
        format=FORMAT,
        mode=upload.mode,
        status=ImportStatus.DONE,
        counts=found.counts | {"problems": len(found.problems)},
        meters=found.meters(made),
        warnings=found.warnings,
        problems=found.described_problems(),
        range_start=min(starts, default=None),
        range_end=max(dates, default=None),
        created_by=session.user_id,
        created_at=now,
    )
    session.add(record)
    session.flush()
    return record
