"""Importing files."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Blueprint, Response

from app.api import Reply, encoded, endpoint, now, state
from app.auth.identity import current
from app.auth.permissions import Permission
from app.db import Database, TenantSession
from app.errors import Problem
from app.reader.report import Report
from app.routes import import_answers
from app.routes.import_uploads import Prepared, uploaded
from app.schemas.imports import (
    ImportForm,
    ImportList,
    ImportListQuery,
    ImportOut,
    ImportProblems,
)
from app.services import import_files, import_jobs, imports, series_imports

blueprint = Blueprint("imports", __name__, url_prefix="/api/imports")

EVENTS = "text/event-stream"
_EVENTS_S = 25.0
_POLL_S = 1.0


@blueprint.post("")
@endpoint(
    needs=Permission.CONSUMPTION_WRITE,
    body=ImportForm,
    returns=ImportOut,
    status=201,
    idempotent=True,
    upload=True,
    also=(200, 202),
    prepare=uploaded,
)
def create_import(session: TenantSession, prepared: Prepared) -> Reply:
    """Import a file; with dry_run say what it would do and write nothing.

    The same file twice changes nothing. A large file is imported after the answer, which then is
    202. 422 lists the lines that are wrong, or names what has to be said in `mapping` when the
    file can be read in two ways.
    """
    if prepared.is_records:
        return _records(session, prepared)
    if prepared.is_later:
        return _later(session, prepared)
    assert prepared.report is not None
    return _series(session, prepared, prepared.report)


def _records(session: TenantSession, prepared: Prepared) -> Reply:
    wanted = prepared.records_upload()
    plan = imports.plan(session, wanted, now(), dry_run=prepared.form.dry_run)
    if prepared.form.dry_run:
        return Reply(make=lambda: import_answers.records_tried(wanted, plan, now()), status=200)
    record = imports.carry_out(session, wanted, plan, now())
    body = import_answers.as_json(record, now()) | {"reading": import_answers.reading(plan)}
    return Reply(make=lambda: body, location=f"/api/imports/{record.id}")


def _series(session: TenantSession, prepared: Prepared, report: Report) -> Reply:
    is_trial = prepared.form.dry_run
    plan = series_imports.plan(
        session, prepared.wanted, prepared.job, report, now(), dry_run=is_trial
    )
    if is_trial:
        found = import_answers.series_tried(prepared.wanted, plan, now())
        return Reply(make=lambda: found, status=200)
    record = series_imports.carry_out(session, prepared.wanted, plan, now())
    body = import_answers.as_json(record, now()) | {"preview": import_answers.preview(report)}
    return Reply(make=lambda: body, location=f"/api/imports/{record.id}")


def _later(session: TenantSession, prepared: Prepared) -> Reply:
    path = Path(prepared.job.path)
    record = import_jobs.enqueue(
        session,
        prepared.wanted,
        prepared.job,
        import_files.digest_of(path),
        path.stat().st_size,
        now(),
    )
    state().jobs.submit(
        import_jobs.Queued(
            import_id=record.id,
            account_id=session.account_id,
            user_id=current().claims.user_id,
            wanted=prepared.wanted,
            job=prepared.job,
            folder=path.parent,
        )
    )
    prepared.is_handed_over = True
    body = import_answers.as_json(record, now())
    return Reply(make=lambda: body, status=202, location=f"/api/imports/{record.id}")


@blueprint.get("")
@endpoint(needs=Permission.CONSUMPTION_READ, query=ImportListQuery, returns=ImportList)
def list_imports(session: TenantSession, query: ImportListQuery) -> dict[str, Any]:
    """List imports, newest first."""
    found = imports.list_before(session, query.before, query.per_page + 1)
    shown = found[: query.per_page]
    return {
        "items": [import_answers.as_json(record, now()) for record in shown],
        "next_before": shown[-1].id if len(found) > len(shown) else None,
    }


@blueprint.get("/<id:import_id>")
@endpoint(needs=Permission.CONSUMPTION_READ, returns=ImportOut)
def get_import(session: TenantSession, import_id: int) -> dict[str, Any]:
    """Give one import."""
    return import_answers.as_json(imports.get(session, import_id), now())


@blueprint.get("/<id:import_id>/problems")
@endpoint(needs=Permission.CONSUMPTION_READ, returns=ImportProblems)
def list_import_problems(session: TenantSession, import_id: int) -> dict[str, Any]:
    """List the lines that an import did not take, up to 10,000."""
    record = imports.get(session, import_id)
    return {"items": record.problems, "total": record.counts["problems"]}


@blueprint.get("/<id:import_id>/events")
@endpoint(needs=Permission.CONSUMPTION_READ, own_transactions=True, produces=EVENTS)
def follow_import(db: Database, import_id: int) -> Response:
    """Follow an import as server-sent events, each of them the import as JSON.

    The last one is that of its end; otherwise the stream closes after 25 s, to be asked again.
    """
    claims = current().claims

    def look() -> dict[str, Any]:
        with db.tenant(claims.account_id, claims.user_id, read_only=True) as session:
            return import_answers.as_json(imports.get(session, import_id), datetime.now(UTC))

    return Response(_events(look, look()), content_type=EVENTS, headers={"X-Accel-Buffering": "no"})


def _events(look: Any, found: dict[str, Any]) -> Iterator[bytes]:
    deadline = time.monotonic() + _EVENTS_S
    yield _event(found)
    while found["status"] in ("queued", "running") and time.monotonic() < deadline:
        time.sleep(_POLL_S)
        try:
            found = look()
        except Problem:  # the database is away for the moment, or the import is gone
            return
        yield _event(found)


def _event(found: dict[str, Any]) -> bytes:
    return b"event: import\ndata: " + encoded(found) + b"\n\n"


@blueprint.post("/<id:import_id>/cancel")
@endpoint(needs=Permission.CONSUMPTION_WRITE, returns=ImportOut, status=202)
def cancel_import(session: TenantSession, import_id: int) -> dict[str, Any]:
    """Ask for an import that waits or runs to end; nothing of it is stored then."""
    return import_answers.as_json(import_jobs.cancel(session, import_id, now()), now())


@blueprint.post("/<id:import_id>/undo")
@endpoint(needs=Permission.CONSUMPTION_WRITE, returns=ImportOut)
def undo_import(session: TenantSession, import_id: int) -> dict[str, Any]:
    """Take an import back; 409 when it is not done, or has been undone before."""
    return import_answers.as_json(imports.undo(session, import_id, now()), now())
