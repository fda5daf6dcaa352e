"""Register reads of a meter, and what happens to its dial."""

from typing import Any

from flask import Blueprint

from app.api import Reply, endpoint, expected_version, now, weak_etag
from app.auth.permissions import Permission
from app.db import TenantSession
from app.errors import Problem, RunsBackwards
from app.schemas.register_reads import (
    DialEventIn,
    EventOut,
    OutlookOut,
    OutlookQuery,
    ReadCreate,
    ReadList,
    ReadOut,
    ReadsQuery,
    ReadUpdate,
    Replacement,
    read_json,
)
from app.services import meter_admin, read_lists, read_outlook, register_reads
from app.services.read_lists import Listed
from app.services.read_outlook import Outcome, Outlook
from app.services.register_reads import Event, Typed

blueprint = Blueprint("register_reads", __name__, url_prefix="/api/meters/<id:meter_id>")


@blueprint.get("/reads")
@endpoint(needs=Permission.CONSUMPTION_READ, query=ReadsQuery, returns=ReadList, versioned=True)
def list_reads(session: TenantSession, meter_id: int, query: ReadsQuery) -> Reply:
    """List a meter's reads, newest first, each with what was used since the one before."""
    revision = meter_admin.get(session, meter_id).revision

    def make() -> ReadList:
        page = read_lists.list_page(session, meter_id, query.cursor, query.per_page)
        return ReadList(items=list(map(_out, page.items)), next_cursor=page.next_cursor)

    return Reply(make=make, etag=weak_etag(str(revision)))


@blueprint.post("/reads")
@endpoint(
    needs=Permission.CONSUMPTION_WRITE,
    body=ReadCreate,
    returns=ReadOut,
    status=201,
    idempotent=True,
)
def create_read(session: TenantSession, meter_id: int, body: ReadCreate) -> Reply:
    """Record what the dial showed.

    A value below the read before is taken for a rollover when that is plausible, and otherwise
    refused with 409 `runs-backwards` and three explanations, unless `rollover` says so.
    """
    typed = Typed(body.read_at, body.value, body.kind, body.note)
    found = register_reads.create(session, meter_id, typed, now(), is_rollover=body.rollover)
    return _one(found, location=f"/api/meters/{meter_id}/reads/{found.row.id}")


@blueprint.get("/reads/expected")
@endpoint(needs=Permission.CONSUMPTION_READ, query=OutlookQuery, returns=OutlookOut)
def get_expected_read(session: TenantSession, meter_id: int, query: OutlookQuery) -> OutlookOut:
    """Say what a read may be expected to show, and what a value would mean; writes nothing."""
    found = read_outlook.outlook(
        session, meter_id, query.at, query.value,
        read_id=query.read_id, is_rollover=query.rollover,
    )  # fmt: skip
    return OutlookOut.model_validate(_outlook(found))


@blueprint.get("/reads/<id:read_id>")
@endpoint(needs=Permission.CONSUMPTION_READ, returns=ReadOut, versioned=True)
def get_read(session: TenantSession, meter_id: int, read_id: int) -> Reply:
    """Give one read; its ETag is its version."""
    return _one(read_lists.get(session, meter_id, read_id))


@blueprint.put("/reads/<id:read_id>")
@endpoint(needs=Permission.CONSUMPTION_WRITE, body=ReadUpdate, returns=ReadOut, versioned=True)
def update_read(session: TenantSession, meter_id: int, read_id: int, body: ReadUpdate) -> Reply:
    """Correct a read; with If-Match only while it is the version that you saw (else 412)."""
    fields = body.model_dump(exclude={"rollover"})
    changed = register_reads.change(
        session, meter_id, read_id, expected_version(), fields, now(), is_rollover=body.rollover
    )
    return _one(changed)


@blueprint.delete("/reads/<id:read_id>")
@endpoint(needs=Permission.CONSUMPTION_WRITE, status=204, versioned=True)
def delete_read(session: TenantSession, meter_id: int, read_id: int) -> None:
    """Delete a read; of the two reads of an event both go."""
    register_reads.remove(session, meter_id, read_id, expected_version())


@blueprint.post("/replace")
@endpoint(
    needs=Permission.CONSUMPTION_WRITE,
    body=Replacement,
    returns=EventOut,
    status=201,
    idempotent=True,
)
def replace_meter(session: TenantSession, meter_id: int, body: Replacement) -> EventOut:
    """Record that another meter took this one's place: its last read, and the new one's first."""
    return _happened(session, meter_id, Event(event="replacement", **body.model_dump()))


@blueprint.post("/events")
@endpoint(
    needs=Permission.CONSUMPTION_WRITE,
    body=DialEventIn,
    returns=EventOut,
    status=201,
    idempotent=True,
)
def record_dial_event(session: TenantSession, meter_id: int, body: DialEventIn) -> EventOut:
    """Record an installation, a replacement, a change of multiplier or an adjustment."""
    fields = body.model_dump()
    if fields["initial_value"] is None:
        fields["initial_value"] = body.final_value
    return _happened(session, meter_id, Event(**fields))


def _happened(session: TenantSession, meter_id: int, event: Event) -> EventOut:
    found = register_reads.record_event(session, meter_id, event, now())
    return EventOut(items=list(map(_out, found)))


def _out(listed: Listed) -> ReadOut:
    return ReadOut.model_validate(read_json(listed))


def _one(listed: Listed, location: str | None = None) -> Reply:
    return Reply(make=lambda: _out(listed), etag=f'"{listed.row.version}"', location=location)


def _outlook(found: Outlook) -> dict[str, Any]:
    return {
        "at": found.at,
        "unit": found.meter.unit,
        "time_zone": found.meter.time_zone,
        "register_digits": found.dial.digits,
        "multiplier": found.dial.multiplier,
        "previous": found.previous,
        "next": found.next,
        "low": found.low,
        "high": found.high,
        "outcome": None if found.outcome is None else _outcome(found.outcome),
    }


def _outcome(found: Outcome) -> dict[str, Any]:
    per_day = None
    if found.use is not None and found.seconds:
        per_day = round(found.use * 86_400 / found.seconds, 4)
    return {
        "use": found.use,
        "seconds": found.seconds,
        "average_per_day": per_day,
        "is_rollover": found.is_rollover,
        "is_usual": found.is_usual,
        "refusal": None if found.refusal is None else _refusal(found.refusal),
    }


def _refusal(problem: Problem) -> dict[str, Any]:
    found = problem.explanations if isinstance(problem, RunsBackwards) else ()
    return {
        "code": problem.code,
        "params": problem.params,
        "detail": problem.detail,
        "explanations": list(found),
    }
