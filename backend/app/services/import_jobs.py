"""Imports that outlive their request: one after the other in a thread of the worker.

While one waits or runs, its row is written once a second, so that anybody can follow it and one
that was interrupted is known by its silence. The data is one transaction; the row says that it
is done in the same.
"""

import contextlib
import queue
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from app.config import Settings
from app.db import Database, TenantSession, table_of, tenant_filter
from app.errors import Conflict, Problem
from app.logs import log
from app.metrics import IMPORTS_RUNNING, IMPORTS_WAITING
from app.models import Import, ImportStatus
from app.reader.client import READER, ReaderError
from app.reader.job import Job
from app.services import imports, series_imports, upload_folders
from app.services.series_plan import Wanted

SILENCE = timedelta(seconds=60)
"""An import that has not been heard of for so long was interrupted."""
INTERRUPTED = "interrupted; upload it again"
CANCELLED = "cancelled"
IMPORTS = table_of(Import)
_TICK_S = 1.0
_VISIBLE_WITHIN_S = 10.0
_OPEN = (ImportStatus.QUEUED, ImportStatus.RUNNING)
_UNKNOWN_FORMAT = (
    "No format of interval data recognises the file; name it in `format`, or split the file if it"
    " is a table of dated amounts."
)


class Cancelled(Exception):
    """Somebody asked for the import to end."""


@dataclass(slots=True)
class Queued:
    """An import that waits or runs in this process."""

    import_id: int
    account_id: int
    user_id: int
    wanted: Wanted
    job: Job
    folder: Any
    progress: dict[str, Any] = field(default_factory=dict)
    is_running: bool = False
    is_cancelled: bool = False
    connection: Any = None

    def told(self, phase: str, done: int, total: int) -> None:
        """Take the reader's progress. Raises Cancelled."""
        self.progress = {"phase": phase, "done": done, "total": total}
        if self.is_cancelled:
            raise Cancelled


class Jobs:
    """The imports of this process; its threads start with the first."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._waiting: queue.SimpleQueue[Queued] = queue.SimpleQueue()
        self._open: list[Queued] = []
        self._db: Database | None = None

    def submit(self, queued: Queued) -> None:
        """Import it as soon as its row can be seen; takes its folder over."""
        with self._lock:
            self._open.append(queued)
            self._waiting.put(queued)
            IMPORTS_WAITING.inc()
            if self._db is None:
                # Connections of its own: requests do not wait for an import.
                settings = self._settings.model_copy(update={"database_pool_size": 2})
                self._db = Database(settings)
                for work in (self._work, self._tick):
                    threading.Thread(target=work, daemon=True, name="imports").start()

    def _work(self) -> None:
        while True:
            queued = self._waiting.get()
            IMPORTS_WAITING.dec()
            try:
                with IMPORTS_RUNNING.track_inprogress():
                    self._run(queued)
            except Exception:
                log.exception("import", import_id=queued.import_id)
                self._fail(queued, "an unexpected error; nothing was stored")
            finally:
                self._open.remove(queued)
                upload_folders.remove(queued.folder)

    def _run(self, queued: Queued) -> None:
        if not self._is_begun(queued):
            return
        queued.is_running = True
        try:
            self._import(queued)
        except Cancelled:
            self._fail(queued, CANCELLED)
        except ReaderError as error:
            self._fail(queued, error.detail)
        except Problem as problem:
            self._fail(queued, CANCELLED if queued.is_cancelled else problem.detail)

    def _is_begun(self, queued: Queued) -> bool:
        """Mark it as running once the request that made it has been committed."""
        deadline = time.monotonic() + _VISIBLE_WITHIN_S
        while time.monotonic() < deadline:
            with contextlib.suppress(Problem), self._session(queued) as session:
                values = {"status": ImportStatus.RUNNING, "beat_at": datetime.now(UTC)}
                if session.execute(_of(session, queued, values)).first() is not None:
                    return True
            time.sleep(0.05)
        return False

    def _import(self, queued: Queued) -> None:
        report = READER.read(queued.job, queued.told)
        if report.is_unknown:
            self._fail(queued, _UNKNOWN_FORMAT)
            return
        queued.told("storing", 0, report.taken)
        now = datetime.now(UTC)
        with self._session(queued) as session:
            queued.connection = session.driver_connection()
            try:
                plan = series_imports.plan(session, queued.wanted, queued.job, report, now)
                record = imports.get(session, queued.import_id)
                series_imports.carry_out(session, queued.wanted, plan, now, record)
                # Its row is locked now: whoever asked before is heard, whoever asks later hears
                # that it is done.
                session.refresh(record, ["cancel_requested"])
                if record.cancel_requested:
                    raise Cancelled
            finally:
                queued.connection = None

    def _fail(self, queued: Queued, reason: str) -> None:
        with contextlib.suppress(Problem), self._session(queued) as session:
            values = {
                "status": ImportStatus.FAILED,
                "progress": {"failure": reason[:2000]},
                "beat_at": datetime.now(UTC),
            }
            session.execute(_of(session, queued, values))

    def _tick(self) -> None:
        while True:
            time.sleep(_TICK_S)
            for queued in list(self._open):
                with contextlib.suppress(Problem):
                    self._beat(queued)

    def _beat(self, queued: Queued) -> None:
        with self._session(queued) as session:
            values: dict[str, Any] = {"beat_at": datetime.now(UTC)}
            if queued.is_running:
                values["progress"] = queued.progress
            row = session.execute(_of(session, queued, values)).first()
        if row is None or not row.cancel_requested:
            return
        queued.is_cancelled = True
        connection = queued.connection
        if connection is not None:
            connection.cancel_safe(timeout=5.0)

    def _session(self, queued: Queued) -> Any:
        assert self._db is not None
        return self._db.tenant(queued.account_id, queued.user_id)


def _of(session: TenantSession, queued: Queued, values: dict[str, Any]) -> Any:
    return (
        update(IMPORTS)
        .where(
            tenant_filter(IMPORTS, session),
            IMPORTS.c.id == queued.import_id,
            IMPORTS.c.status.in_(_OPEN),
        )
        .values(**values)
        .returning(IMPORTS.c.cancel_requested)
    )


def enqueue(
    session: TenantSession, wanted: Wanted, job: Job, sha256: str, size: int, now: datetime
) -> Import:
    """Make the row of an import that is to be carried out after the request."""
    record = Import(
        account_id=session.account_id,
        meter_id=wanted.chosen.meter_id,
        file_name=wanted.file_name,
        sha256=sha256,
        size_bytes=size,
        format=job.format or "",
        mode=wanted.mode,
        status=ImportStatus.QUEUED,
        counts=dict.fromkeys(("added", "changed", "unchanged", "rejected", "ignored"), 0)
        | {"problems": 0, "conflicts": 0},
        meters=[],
        warnings=[],
        problems=[],
        created_by=session.user_id,
        created_at=now,
        beat_at=now,
    )
    session.add(record)
    session.flush()
    return record


def cancel(session: TenantSession, import_id: int, now: datetime) -> Import:
    """Ask for an import to end. Raises NotFound, and Conflict when it does not run any more."""
    record = session.scalar(
        select(Import).where(Import.id == import_id).with_for_update()
    ) or imports.get(session, import_id)
    if record.status not in _OPEN or is_interrupted(record, now):
        raise Conflict("Only an import that waits or runs can be cancelled.")
    record.cancel_requested = True
    session.flush()
    return record


def is_interrupted(record: Import, now: datetime) -> bool:
    """Tell whether an import that seems to wait or run has fallen silent."""
    heard = record.beat_at or record.created_at
    return record.status in _OPEN and now - heard > SILENCE


def failure(record: Import, now: datetime) -> str | None:
    """Say why an import failed, None when it did not."""
    if is_interrupted(record, now):
        return INTERRUPTED
    if record.status != ImportStatus.FAILED:
        return None
    return str((record.progress or {}).get("failure", INTERRUPTED))
