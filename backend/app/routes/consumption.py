"""Consumption records."""

import math
from typing import Any

from flask import Blueprint

from app.api import Reply, endpoint, expected_version, now, weak_etag
from app.auth.permissions import Permission
from app.db import TenantSession
from app.schemas.consumption import (
    Batch,
    BatchOut,
    ConsumptionCreate,
    ConsumptionList,
    ConsumptionOut,
    ConsumptionQuery,
    ConsumptionUpdate,
    Restore,
    RestoreOut,
)
from app.services import consumption, consumption_list, deletions, meters
from app.services.consumption import Change, Entry, Record
from app.services.record_json import as_json

blueprint = Blueprint("consumption", __name__, url_prefix="/api/consumption")


@blueprint.get("")
@endpoint(
    needs=Permission.CONSUMPTION_READ,
    query=ConsumptionQuery,
    returns=ConsumptionList,
    versioned=True,
    ahead=meters.states,
)
def list_consumption(
    session: TenantSession, query: ConsumptionQuery, known: list[meters.MeterState]
) -> Reply:
    """List records, newest first.

    By page with the exact total, or by `next_cursor`, which costs the same on every page.
    """
    return Reply(
        make=lambda: _list(session, query, known), etag=weak_etag(meters.fingerprint(known))
    )


def _list(
    session: TenantSession, query: ConsumptionQuery, known: list[meters.MeterState]
) -> dict[str, Any]:
    filters = consumption_list.Filters(
        query.consumption_type, query.meter_id, query.import_id,
        query.date_from, query.date_to, query.q,
    )  # fmt: skip
    number = None if query.cursor else query.page or 1
    page = (
        consumption_list.by_cursor(session, filters, query.sort, query.cursor, query.per_page)
        if query.cursor
        else consumption_list.by_number(
            session, filters, query.sort, number or 1, query.per_page, known
        )
    )
    pages = None if page.total is None else math.ceil(page.total / query.per_page)
    return {
        "items": as_json(page.rows),
        "pagination": {
            "page": number,
            "per_page": query.per_page,
            "total_items": page.total,
            "total_pages": pages,
            "has_prev": number is None or number > 1,
            "has_next": page.has_next,
            "next_cursor": page.next_cursor,
        },
    }


@blueprint.post("")
@endpoint(
    needs=Permission.CONSUMPTION_WRITE,
    body=ConsumptionCreate,
    returns=ConsumptionOut,
    status=201,
    idempotent=True,
)
def create_consumption(session: TenantSession, body: ConsumptionCreate) -> Reply:
    """Store an amount for a day or a period.

    Without `meter_id` it goes to the account's own meter of that type, made at first use.
    """
    row = consumption.create(session, _entry(body), now())
    return _one(row, location=f"/api/consumption/{row.id}")


@blueprint.get("/<id:consumption_id>")
@endpoint(needs=Permission.CONSUMPTION_READ, returns=ConsumptionOut, versioned=True)
def get_consumption(session: TenantSession, consumption_id: int) -> Reply:
    """Give one record; its ETag is its version."""
    return _one(consumption.get(session, consumption_id))


@blueprint.put("/<id:consumption_id>")
@endpoint(
    needs=Permission.CONSUMPTION_WRITE,
    body=ConsumptionUpdate,
    returns=ConsumptionOut,
    versioned=True,
)
def update_consumption(
    session: TenantSession, consumption_id: int, body: ConsumptionUpdate
) -> Reply:
    """Replace a record; with If-Match only while it is the version that you saw (else 412)."""
    change = Change(consumption_id, expected_version(), _entry(body))
    return _one(consumption.replace(session, change, now()))


@blueprint.delete("/<id:consumption_id>")
@endpoint(needs=Permission.CONSUMPTION_WRITE, status=204, versioned=True)
def delete_consumption(session: TenantSession, consumption_id: int) -> Reply:
    """Delete a record and take its amount out of all totals.

    The header Undo-Token is what `POST /api/consumption/restore` takes for 24 hours.
    """
    token = consumption.remove(session, consumption_id, now(), expected_version())
    return Reply(make=lambda: None, headers={"Undo-Token": token})


@blueprint.post("/restore")
@endpoint(needs=Permission.CONSUMPTION_WRITE, body=Restore, returns=RestoreOut)
def restore_consumption(session: TenantSession, body: Restore) -> dict[str, Any]:
    """Undo a deletion: the same records come back, their versions raised.

    Doing it again changes nothing. 404 after 24 hours, 409 when a meter was archived, the
    import undone or the record deleted again since.
    """
    return {"restored": as_json(deletions.restore(session, body.undo_token, now()))}


@blueprint.post("/batch")
@endpoint(
    needs=Permission.CONSUMPTION_WRITE,
    body=Batch,
    returns=BatchOut,
    idempotent=True,
    batch=True,
)
def batch_consumption(session: TenantSession, body: Batch) -> dict[str, Any]:
    """Create, update and delete up to 1,000 records, all or nothing."""
    result = consumption.batch(
        session,
        [_entry(entry) for entry in body.create],
        [Change(entry.id, entry.version, _entry(entry)) for entry in body.update],
        body.delete,
        now(),
    )
    return {
        "created": as_json(result.created),
        "updated": as_json(result.updated),
        "deleted": result.deleted,
        "undo_token": result.undo_token,
    }


def _entry(body: ConsumptionCreate) -> Entry:
    return Entry(
        consumption_type=body.consumption_type.value,
        amount=body.amount,
        unit=body.effective_unit,
        first=body.period_start or body.consumption_date,
        last=body.consumption_date,
        meter_id=body.meter_id,
        description=body.description,
    )


def _one(row: Record, location: str | None = None) -> Reply:
    return Reply(make=lambda: as_json([row])[0], etag=f'"{row.version}"', location=location)
