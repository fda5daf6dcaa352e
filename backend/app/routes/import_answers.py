"""What the endpoints of imports answer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.models import Import
from app.reader.report import Report
from app.schemas.imports import SHOWN_PROBLEMS
from app.services import import_files, import_jobs, imports
from app.services.series_plan import Plan, Wanted
from app.utils.units import base_unit

_NOT_LINES = ("problems", "conflicts")


def as_json(record: Import, now: datetime) -> dict[str, Any]:
    """Give an import."""
    counts = {name: count for name, count in record.counts.items() if name not in _NOT_LINES}
    failure = import_jobs.failure(record, now)
    progress = record.progress or {}
    return {
        "id": record.id,
        "status": "failed" if failure else record.status,
        "format": record.format,
        "file_name": record.file_name,
        "sha256": record.sha256,
        "size_bytes": record.size_bytes,
        "mode": record.mode,
        "counts": counts,
        "conflicts": record.counts.get("conflicts", 0),
        "currency": record.currency,
        "meters": record.meters,
        "range": {"start": record.range_start, "end": record.range_end}
        if record.range_start
        else None,
        "warnings": record.warnings,
        "problems": record.problems[:SHOWN_PROBLEMS],
        "problems_total": record.counts["problems"],
        "problems_url": f"/api/imports/{record.id}/problems" if record.problems else None,
        "reading": None,
        "preview": [],
        "progress": progress if record.status == "running" and "phase" in progress else None,
        "failure": failure,
        "created_at": record.created_at,
        "undone_at": record.undone_at,
    }


def _tried(file_name: str, mode: str, now: datetime) -> dict[str, Any]:
    return {
        "id": None,
        "status": "done",
        "file_name": file_name,
        "mode": mode,
        "problems_url": None,
        "progress": None,
        "failure": None,
        "created_at": now,
        "undone_at": None,
    }


def records_tried(wanted: import_files.Upload, plan: imports.Plan, now: datetime) -> dict[str, Any]:
    """Give what a dry run of a file of records found."""
    starts = [row.period_start or row.consumption_date for row, _ in plan.added]
    ends = [row.consumption_date for row, _ in plan.added]
    return _tried(wanted.file_name, wanted.mode, now) | {
        "format": imports.FORMAT,
        "sha256": import_files.digest(wanted.data),
        "size_bytes": len(wanted.data),
        "counts": plan.counts,
        "conflicts": 0,
        "currency": None,
        "meters": plan.meters(),
        "range": {"start": min(starts), "end": max(ends)} if ends else None,
        "warnings": plan.warnings,
        "problems": plan.described_problems(),
        "problems_total": len(plan.problems),
        "reading": reading(plan),
        "preview": [],
    }


def series_tried(wanted: Wanted, plan: Plan, now: datetime) -> dict[str, Any]:
    """Give what a dry run of a file of series found."""
    first, last = plan.bounds()
    return _tried(wanted.file_name, wanted.mode, now) | {
        "format": plan.report.format,
        "sha256": plan.report.sha256,
        "size_bytes": plan.report.size_bytes,
        "counts": plan.counts,
        "conflicts": plan.conflicts,
        "currency": plan.currency,
        "meters": plan.meters(),
        "range": {"start": first, "end": last} if first else None,
        "warnings": list(plan.warnings),
        "problems": plan.described_problems(),
        "problems_total": plan.problems_total,
        "reading": None,
        "preview": preview(plan.report),
    }


def preview(report: Report) -> Sequence[dict[str, Any]]:
    """Give the channels of a file in few points."""
    return [
        {
            "channel": channel.key,
            "unit": base_unit(channel.unit),
            "start": [at for at, _ in channel.preview],
            "amount": [amount for _, amount in channel.preview],
        }
        for channel in report.channels
        if channel.preview
    ]


def reading(plan: imports.Plan) -> dict[str, Any]:
    """Give how a file of records was read."""
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
