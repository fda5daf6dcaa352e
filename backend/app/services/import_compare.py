"""What an import meets: records that are stored already, and other imports."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.db import TenantSession, table_of, tenant_filter
from app.importers.records_csv import LineProblem, RecordRow
from app.models import Consumption, Import, ImportStatus, Site
from app.services.import_meters import Target

RECORDS = table_of(Consumption)
Period = tuple[int, date | None, date]
"""A meter with the first (None for a single day) and last day of a record."""


def wait_for_other_imports(session: TenantSession) -> None:
    """Let the account's imports run one after the other.

    Two that make the same meters could otherwise not see each other's records. The lock lets
    meters be added to the site.
    """
    first_site = select(Site.id).order_by(Site.id).limit(1)
    session.execute(first_site.with_for_update(key_share=True))


def compare(
    session: TenantSession, rows: Sequence[tuple[RecordRow, Target]], on_conflict: str
) -> tuple[list[tuple[RecordRow, Target]], int, list[LineProblem]]:
    """Tell rows that are stored already from new ones and from those that contradict."""
    stored, periods = _stored(session, rows)
    if not stored:
        return list(rows), 0, []
    added, conflicts, unchanged = [], [], 0
    for row, target in rows:
        content = (target.id, row.period_start, row.consumption_date, row.amount, row.unit,
                   row.description)  # fmt: skip
        period = (target.id or 0, row.period_start, row.consumption_date)
        if stored[content] > 0:
            stored[content] -= 1
            unchanged += 1
        elif on_conflict == "reject" and period in periods:
            amount, unit = periods[period]
            detail = (
                f"{target.name!r} has {amount.normalize():f} {unit} for the same days already;"
                " undo or edit that first, or import with on_conflict=add"
            )
            conflicts.append(LineProblem(row.line, None, detail))
        else:
            added.append((row, target))
    return added, unchanged, conflicts


def _stored(
    session: TenantSession, rows: Sequence[tuple[RecordRow, Target]]
) -> tuple[Counter[Any], Mapping[Period, tuple[Decimal, str]]]:
    ids = {target.id for _, target in rows if target.id is not None}
    if not ids:
        return Counter(), {}
    dates = [row.consumption_date for row, _ in rows]
    found = session.execute(
        select(
            RECORDS.c.meter_id,
            RECORDS.c.period_start,
            RECORDS.c.consumption_date,
            RECORDS.c.amount,
            RECORDS.c.unit,
            RECORDS.c.description,
        ).where(
            tenant_filter(RECORDS, session),
            RECORDS.c.meter_id.in_(ids),
            RECORDS.c.consumption_date.between(min(dates), max(dates)),
        )
    ).all()
    contents = Counter(tuple(row) for row in found)
    return contents, {(row[0], row[1], row[2]): (row[3], row[4]) for row in found}


def repeated(added: Sequence[tuple[RecordRow, Target]]) -> list[str]:
    contents = {(target, *row[1:5], row.description) for row, target in added}
    count = len(added) - len(contents)
    if not count:
        return []
    repeat = "line repeats" if count == 1 else "lines repeat"
    return [f"{count:,} {repeat} an earlier one of the file: all of them are counted."]


def imported_before(session: TenantSession, sha256: str) -> list[str]:
    earlier = session.scalar(
        select(Import.created_at)
        .where(Import.sha256 == sha256, Import.status == ImportStatus.DONE)
        .order_by(Import.id.desc())
        .limit(1)
    )
    if earlier is None:
        return []
    return [f"The same file was imported on {earlier:%Y-%m-%d %H:%M} UTC."]
