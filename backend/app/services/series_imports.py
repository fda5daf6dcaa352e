"""Importing what a reader has found: channels to meters, days to blocks, periods to records."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from app.db import TenantSession
from app.errors import FieldError, Invalid, invalid_field
from app.metrics import IMPORTED_ROWS
from app.models import Account, Import, ImportStatus, Meter, Site, Source
from app.reader.job import Job
from app.reader.report import Report
from app.services import (
    audit,
    import_compare,
    import_rows,
    interval_staged,
    meters,
    series_periods,
    staged_lines,
)
from app.services.interval_compare import Comparison
from app.services.interval_staged import Staged
from app.services.series_plan import Plan, Setting, Wanted
from app.services.series_targets import (
    Chosen,
    create_missing,
    refuse_other_zones,
    resolve,
)
from app.utils.periods import day_bounds, local_today

ALLOWED_S = 600


def setting(session: TenantSession, chosen: Chosen, now: datetime) -> Setting:
    """Find the zone and currency to read a file with: of the meter's or the given site.

    Raises NotFound for a site or meter that is not the account's.
    """
    site_of = {site.id: site for site in session.scalars(select(Site).order_by(Site.id))}
    known = session.execute(select(Meter.id, Meter.name, Meter.external_id, Meter.site_id)).all()
    site_id = chosen.site_id
    if chosen.meter_id is not None and site_id is None:
        site_id = next((row.site_id for row in known if row.id == chosen.meter_id), None)
    if site_id is not None and site_id not in site_of:
        raise invalid_field("#site_id", "There is no such site.")
    site = site_of[site_id] if site_id is not None else next(iter(site_of.values()))
    zones = {}
    if chosen.site_id is None:
        for row in known:
            zone = site_of[row.site_id].time_zone
            for key in (row.name, row.external_id):
                if key is not None and zone != site.time_zone:
                    zones[key] = zone
    account = session.scalars(select(Account).where(Account.id == session.account_id)).one()
    tomorrow = local_today(site.time_zone, now) + timedelta(days=1)
    latest = int(day_bounds(tomorrow, site.time_zone)[1].timestamp())
    return Setting(site.time_zone, account.currency, zones, latest)


def plan(
    session: TenantSession,
    wanted: Wanted,
    job: Job,
    report: Report,
    now: datetime,
    *,
    dry_run: bool = False,
) -> Plan:
    """Compare what a reader found with what is stored.

    Unless it is for a dry run, which writes nothing, other imports of the account wait from here
    on, and other writers to the meters. Raises Invalid when nothing can come of the file.
    """
    refuse_unreadable(report)
    allow_time(session)
    if not dry_run:
        import_compare.wait_for_other_imports(session)
    targets = resolve(session, report, wanted.chosen)
    refuse_other_zones(session, targets, job.zones, job.time_zone)
    if not dry_run:
        for meter_id in sorted(t.meter.id for t in targets if t.meter is not None):
            meters.take(session, meter_id)
    series = [target for target in targets if target.source == Source.INTERVALS]
    meter_ids = {target.number: target.meter_id for target in series}
    staged: Staged | None = None
    by_channel: Mapping[int, Comparison] = {}
    if series:
        staged = interval_staged.stage(session, Path(job.folder) / "blocks")
        by_channel, staged = staged_lines.settle(session, staged, meter_ids)
    rows, row_targets, misfits = series_periods.rows_of(session, report, targets, now)
    added, unchanged, conflicts = import_compare.compare(session, rows, "reject")
    return Plan(
        report=report,
        targets=targets,
        staged=staged,
        by_channel=by_channel,
        rows=added,
        row_targets=row_targets,
        unchanged_rows=unchanged,
        problems=[*misfits, *conflicts],
        currency=report.currency or job.currency,
        warnings=[*report.warnings, *import_compare.imported_before(session, report.sha256)],
    )


def carry_out(
    session: TenantSession,
    wanted: Wanted,
    planned: Plan,
    now: datetime,
    queued: Import | None = None,
) -> Import:
    """Store what a plan adds, as a new import or as the `queued` one.

    Raises Invalid, with all that is wrong, in mode `all`.
    """
    if planned.problems_total and wanted.mode == "all":
        raise _refusal(planned)
    made = create_missing(session, planned.targets, wanted.chosen.site_id)
    record = queued or _new(session, wanted, planned, now)
    series = {number: i for (number, source), i in made.items() if source == Source.INTERVALS}
    if planned.staged is not None:
        for meter_id in sorted(series.values()):
            meters.take(session, meter_id)
        interval_staged.store(session, record.id, planned.staged, series)
    ids = {target: made[mine.number, mine.source] for target, mine in planned.row_targets.items()}
    if planned.rows:
        import_rows.store(session, record.id, planned.rows, ids, now)
    # Last, because it locks the row, and while the import runs its progress is written there.
    for name, value in _results(planned, made).items():
        setattr(record, name, value)
    session.flush()
    audit.record(session, "import.done", import_id=record.id, **planned.counts)
    for outcome, count in planned.counts.items():
        IMPORTED_ROWS.labels(outcome).inc(count)
    return record


def refuse_unreadable(report: Report) -> None:
    """Raise Invalid when the reader could not read the file, or found nothing in it."""
    if report.failure is not None:
        field = report.failure_field
        raise invalid_field(f"#mapping/{field}" if field else "#file", report.failure)
    if not report.taken:
        raise invalid_field("#file", "There is nothing in the file that could be imported.")


def allow_time(session: TenantSession) -> None:
    """Give the transaction the time that a large file takes, also for waiting its turn."""
    if session.on_postgresql:
        for limit in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            session.execute(text(f"SET LOCAL {limit} = '{ALLOWED_S}s'"))


def _refusal(planned: Plan) -> Invalid:
    shown = planned.described_problems()[:100]
    errors = [
        FieldError(
            f"#file/line/{problem['line']}/{problem['column'] or ''}".rstrip("/"), problem["detail"]
        )
        for problem in shown
    ]
    count = planned.problems_total
    first = shown[0]
    detail = (
        f"{count:,} {'value' if count == 1 else 'values'} cannot be imported, so nothing was"
        " stored; mend them, or use mode=valid for the others."
        f" Line {first['line']}: {first['detail']}"
    )
    return Invalid(detail, errors=errors)


def _new(session: TenantSession, wanted: Wanted, planned: Plan, now: datetime) -> Import:
    record = Import(
        account_id=session.account_id,
        meter_id=wanted.chosen.meter_id,
        file_name=wanted.file_name,
        mode=wanted.mode,
        created_by=session.user_id,
        created_at=now,
        **_results(planned, {}),
    )
    session.add(record)
    session.flush()
    return record


def _results(planned: Plan, made: Mapping[tuple[int, Source], int]) -> dict[str, Any]:
    first, last = planned.bounds()
    return {
        "sha256": planned.report.sha256,
        "size_bytes": planned.report.size_bytes,
        "format": planned.report.format,
        "status": ImportStatus.DONE,
        "counts": planned.counts
        | {"problems": planned.problems_total, "conflicts": planned.conflicts},
        "meters": planned.meters(made),
        "warnings": list(planned.warnings),
        "problems": planned.described_problems(),
        "range_start": first,
        "range_end": last,
        "currency": planned.currency,
    }
