"""Importing files of records."""

from typing import Any

from flask import Blueprint

from app.api import Reply, endpoint, now
from app.auth.permissions import Permission
from app.db import TenantSession
from app.importers.records_csv import ColumnMapping
from app.intake import read_upload
from app.models import Import
from app.schemas.imports import (
    SHOWN_PROBLEMS,
    ImportForm,
    ImportList,
    ImportListQuery,
    ImportOut,
    ImportProblems,
)
from app.services import import_files, imports

blueprint = Blueprint("imports", __name__, url_prefix="/api/imports")


@blueprint.post("")
@endpoint(
    needs=Permission.CONSUMPTION_WRITE,
    body=ImportForm,
    returns=ImportOut,
    status=201,
    idempotent=True,
    upload=True,
    also=(200,),
)
def create_import(session: TenantSession) -> Reply:
    """Import a file of records; with dry_run say what it would do and write nothing.

    The same file twice changes nothing. 422 lists the lines that are wrong, or names what has
    to be said in `mapping` when the file can be read in two ways.
    """
    file, form = read_upload(ImportForm)
    mapping = form.mapping.model_dump()
    wanted = import_files.Upload(
        data=file.stream.read(),
        file_name=import_files.safe_file_name(file.filename),
        mapping=ColumnMapping(**mapping),
        meter_id=form.meter_id,
        mode=form.mode,
        on_conflict=form.on_conflict,
    )
    plan = imports.plan(session, wanted, now(), dry_run=form.dry_run)
    if form.dry_run:
        return Reply(make=lambda: _dry_run(wanted, plan), status=200)
    record = imports.carry_out(session, wanted, plan, now())
    body = _as_json(record) | {"reading": _reading(plan)}
    return Reply(make=lambda: body, location=f"/api/imports/{record.id}")


@blueprint.get("")
@endpoint(needs=Permission.CONSUMPTION_READ, query=ImportListQuery, returns=ImportList)
def list_imports(session: TenantSession, query: ImportListQuery) -> dict[str, Any]:
    """List imports, newest first."""
    found = imports.list_before(session, query.before, query.per_page + 1)
    shown = found[: query.per_page]
    return {
        "items": [_as_json(record) for record in shown],
        "next_before": shown[-1].id if len(found) > len(shown) else None,
    }


@blueprint.get("/<id:import_id>")
@endpoint(needs=Permission.CONSUMPTION_READ, returns=ImportOut)
def get_import(session: TenantSession, import_id: int) -> dict[str, Any]:
    """Give one import."""
    return _as_json(imports.get(session, import_id))


@blueprint.get("/<id:import_id>/problems")
@endpoint(needs=Permission.CONSUMPTION_READ, returns=ImportProblems)
def list_import_problems(session: TenantSession, import_id: int) -> dict[str, Any]:
    """List the lines that an import did not take, up to 10,000."""
    record = imports.get(session, import_id)
    return {"items": record.problems, "total": record.counts["problems"]}


@blueprint.post("/<id:import_id>/undo")
@endpoint(needs=Permission.CONSUMPTION_WRITE, returns=ImportOut)
def undo_import(session: TenantSession, import_id: int) -> dict[str, Any]:
    """Take an import back; 409 when that has been done before."""
    return _as_json(imports.undo(session, import_id, now()))


def _dry_run(wanted: import_files.Upload, plan: imports.Plan) -> dict[str, Any]:
    starts = [row.period_start or row.consumption_date for row, _ in plan.added]
    ends = [row.consumption_date for row, _ in plan.added]
    return {
        "id": None,
        "status": "done",
        "format": imports.FORMAT,
        "file_name": wanted.file_name,
        "sha256": import_files.digest(wanted.data),
        "size_bytes": len(wanted.data),
        "mode": wanted.mode,
        "counts": plan.counts,
        "meters": plan.meters(),
        "range": {"start": min(starts), "end": max(ends)} if ends else None,
        "warnings": plan.warnings,
        "problems": plan.described_problems(),
        "problems_total": len(plan.problems),
        "problems_url": None,
        "reading": _reading(plan),
        "created_at": now(),
        "undone_at": None,
    }


def _reading(plan: imports.Plan) -> dict[str, Any]:
    dialect = plan.file.dialect
    return {
        "encoding": dialect.encoding,
        "separator": dialect.separator,
        "decimal": dialect.decimal,
        "date_order": dialect.date_order,
        "columns": dict(plan.file.columns),
        "ignored_columns": list(plan.file.ignored_columns),
        "preview": [row._asdict() | {"amount": float(row.amount)} for row in plan.file.rows[:10]],
    }


def _as_json(record: Import) -> dict[str, Any]:
    counts = {name: count for name, count in record.counts.items() if name != "problems"}
    return {
        "id": record.id,
        "status": record.status,
        "format": record.format,
        "file_name": record.file_name,
        "sha256": record.sha256,
        "size_bytes": record.size_bytes,
        "mode": record.mode,
        "counts": counts,
        "meters": record.meters,
        "range": {"start": record.range_start, "end": record.range_end}
        if record.range_start
        else None,
        "warnings": record.warnings,
        "problems": record.problems[:SHOWN_PROBLEMS],
        "problems_total": record.counts["problems"],
        "problems_url": f"/api/imports/{record.id}/problems" if record.problems else None,
        "reading": None,
        "created_at": record.created_at,
        "undone_at": record.undone_at,
    }
