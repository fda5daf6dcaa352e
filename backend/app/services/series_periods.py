"""The periods of a file as records of entries meters."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from app.db import TenantSession
from app.importers.records_csv import LineProblem, RecordRow
from app.models import Source
from app.reader.report import PeriodReport, Report
from app.services import import_meters
from app.services.series_targets import Target
from app.utils.units import ConsumptionType

_PLACES = Decimal("0.0001")
_MOST = Decimal("9999999999.9999")


def rows_of(
    session: TenantSession, report: Report, targets: Sequence[Target], now: datetime
) -> tuple[
    list[tuple[RecordRow, import_meters.Target]],
    dict[import_meters.Target, Target],
    list[LineProblem],
]:
    """Make records of the periods."""
    latest = import_meters.latest_day(session, now)
    by_number = {t.number: t for t in targets if t.source == Source.ENTRIES}
    mine = {
        number: import_meters.Target(
            target.meter_id,
            target.name,
            target.channel.consumption_type,
            target.unit,
            is_default=False,
            latest=latest,
        )
        for number, target in by_number.items()
    }
    rows, problems = [], []
    for period in report.periods:
        target = mine[period.channel]
        row = _record_row(period, by_number[period.channel])
        if row.consumption_date > latest:
            detail = f"{row.consumption_date} is after the last day allowed, {latest}"
            problems.append(LineProblem(row.line, None, detail))
        elif row.amount > _MOST:
            problems.append(LineProblem(row.line, None, f"is more than {_MOST}"))
        else:
            rows.append((row, target))
    return rows, {mine[number]: target for number, target in by_number.items()}, problems


def _record_row(period: PeriodReport, target: Target) -> RecordRow:
    first, last = date.fromisoformat(period.first), date.fromisoformat(period.last)
    notes = [period.description] if period.description else []
    if period.is_estimated:
        notes.append("estimated")
    if period.cost is not None:
        notes.append(f"cost {period.cost}")
    return RecordRow(
        line=period.line,
        consumption_date=last,
        period_start=None if first == last else first,
        amount=Decimal(period.amount).quantize(_PLACES),
        unit=target.channel.unit,
        consumption_type=ConsumptionType(target.channel.consumption_type),
        meter=target.name,
        description=", ".join(notes)[:2000].replace("\0", " ") or None,
    )
