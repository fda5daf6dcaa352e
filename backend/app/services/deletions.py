"""Undoing deletions: what was deleted is kept for a day, and comes back as it was."""

import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert, select, update

from app.db import TenantSession, table_of, tenant_filter
from app.errors import Conflict, NotFound
from app.models import Deletion, Import, ImportStatus
from app.services import meters
from app.services.consumption_rows import RECORDS, Record, insert_rows, project, span_of
from app.utils.codes import Code

KEPT_FOR = timedelta(hours=24)
DELETIONS, IMPORTS = table_of(Deletion), table_of(Import)
_PURGE_ONE_IN = 50
_READ: Mapping[str, Callable[[str], Any]] = {
    "amount": Decimal,
    "base_amount": Decimal,
    "period_start": date.fromisoformat,
    "consumption_date": date.fromisoformat,
    "created_at": datetime.fromisoformat,
    "updated_at": datetime.fromisoformat,
}


def keep(session: TenantSession, rows: Sequence[Record], now: datetime) -> str:
    """Keep records that are being deleted; gives the token that brings them back."""
    if random.randrange(_PURGE_ONE_IN) == 0:  # noqa: S311
        _purge(session, now)
    token = secrets.token_urlsafe(16)
    values = {
        "account_id": session.account_id,
        "token": token,
        "user_id": session.user_id,
        "records": [_written(row) for row in rows],
        "deleted_at": now,
    }
    session.execute(insert(DELETIONS), [values])
    return token


def restore(session: TenantSession, token: str, now: datetime) -> list[Record]:
    """Bring back what was deleted under a token: the same records, their versions raised.

    Doing it again gives the same records and changes nothing. Raises NotFound for a token that
    is not the account's or older than `KEPT_FOR`, Conflict when a meter was archived or the
    import undone meanwhile, or when what was restored has been deleted again.
    """
    is_it = (tenant_filter(DELETIONS, session), DELETIONS.c.token == token)
    found = session.execute(
        select(DELETIONS).where(*is_it, DELETIONS.c.deleted_at >= now - KEPT_FOR).with_for_update()
    ).one_or_none()
    if found is None:
        raise NotFound(
            "There is nothing to restore; deleting can be undone for 24 hours.",
            code=Code.NOTHING_TO_RESTORE,
        )
    kept = [_read(record) for record in found.records]
    if found.restored_at is not None:
        return _restored_before(session, [record["id"] for record in kept])
    _hold(session, kept)
    raised = [record | _stamp(session, record, now) for record in kept]
    rows = insert_rows(session, raised)
    project(session, [span_of(row) for row in rows])
    session.execute(update(DELETIONS).where(*is_it).values(restored_at=now))
    return _in_order(rows, kept)


def _written(row: Record) -> dict[str, Any]:
    return {
        name: str(value) if name in _READ and value is not None else value
        for name, value in row._mapping.items()
        if name != "account_id"
    }


def _read(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _READ[name](value) if name in _READ and value is not None else value
        for name, value in record.items()
    }


def _stamp(session: TenantSession, record: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "account_id": session.account_id,
        "version": record["version"] + 1,
        "updated_at": now,
    }


def _hold(session: TenantSession, kept: Sequence[Mapping[str, Any]]) -> None:
    """Keep imports from being undone and take the meters, as undoing an import does."""
    imports = {record["import_id"] for record in kept} - {None}
    if imports:
        of_imports = (tenant_filter(IMPORTS, session), IMPORTS.c.id.in_(imports))
        statement = select(IMPORTS.c.status).where(*of_imports).order_by(IMPORTS.c.id)
        if ImportStatus.UNDONE in session.scalars(statement.with_for_update(read=True)).all():
            detail = "The import that brought this has been undone meanwhile."
            raise Conflict(detail, code=Code.IMPORT_UNDONE)
    for meter_id in sorted({record["meter_id"] for record in kept}):
        if meters.take(session, meter_id).archived_at is not None:
            detail = "The meter is archived; restore it before its records."
            raise Conflict(detail, code=Code.METER_ARCHIVED)


def _restored_before(session: TenantSession, ids: Sequence[int]) -> list[Record]:
    chosen = (tenant_filter(RECORDS, session), RECORDS.c.id.in_(ids))
    rows = session.execute(select(RECORDS).where(*chosen)).all()
    if len(rows) < len(ids):
        detail = "This was restored before, and has been deleted again since."
        raise Conflict(detail, code=Code.DELETED_AGAIN)
    return _in_order(rows, [{"id": record_id} for record_id in ids])


def _in_order(rows: Sequence[Record], kept: Sequence[Mapping[str, Any]]) -> list[Record]:
    by_id = {row.id: row for row in rows}
    return [by_id[record["id"]] for record in kept]


def _purge(session: TenantSession, now: datetime) -> None:
    is_over = DELETIONS.c.deleted_at < now - KEPT_FOR
    session.execute(delete(DELETIONS).where(tenant_filter(DELETIONS, session), is_over))
