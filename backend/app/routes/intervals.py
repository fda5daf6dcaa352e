"""What devices send, and corrections by hand."""

from typing import Any

from flask import Blueprint

from app.api import Reply, endpoint, now
from app.auth.permissions import Permission
from app.db import TenantSession
from app.schemas.intervals import (
    CorrectionIn,
    CorrectionOut,
    IntervalsBatch,
    IntervalsIn,
    ReceivedList,
    ReceivedOut,
)
from app.services import corrections, device_intervals
from app.services.corrections import Correction
from app.services.device_intervals import Delivery, Received

blueprint = Blueprint("intervals", __name__, url_prefix="/api")


@blueprint.post("/meters/<id:meter_id>/intervals")
@endpoint(
    needs=Permission.INTERVALS_WRITE,
    body=IntervalsIn,
    returns=ReceivedOut,
    idempotent=True,
    batch=True,
)
def put_intervals(session: TenantSession, meter_id: int, body: IntervalsIn) -> dict[str, Any]:
    """Store what a device counted: sending it again, late or in another order changes nothing.

    Of two values for one interval the one that arrives last is kept. 409 for a meter that is not
    fed by intervals.
    """
    delivery = Delivery(meter_id, body.start, body.step_seconds, body.unit, body.amounts)
    return _as_json(device_intervals.receive(session, [delivery], now())[0])


@blueprint.post("/intervals")
@endpoint(
    needs=Permission.INTERVALS_WRITE,
    body=IntervalsBatch,
    returns=ReceivedList,
    idempotent=True,
    batch=True,
)
def put_intervals_of_meters(session: TenantSession, body: IntervalsBatch) -> dict[str, Any]:
    """Store what several meters counted: all of it, or nothing."""
    deliveries = [
        Delivery(
            *(one.meter_id, one.start, one.step_seconds, one.unit, one.amounts),
            pointer=f"/meters/{number}",
        )
        for number, one in enumerate(body.meters)
    ]
    return {
        "items": [_as_json(one) for one in device_intervals.receive(session, deliveries, now())]
    }


@blueprint.post("/meters/<id:meter_id>/corrections")
@endpoint(
    needs=Permission.CONSUMPTION_WRITE,
    body=CorrectionIn,
    returns=CorrectionOut,
    status=201,
    idempotent=True,
)
def create_correction(session: TenantSession, meter_id: int, body: CorrectionIn) -> Reply:
    """Correct intervals by hand; it lies above all files and devices until it is undone."""
    wanted = Correction(body.start, body.end, body.action, body.amount)
    record = corrections.correct(session, meter_id, wanted, now())
    answer = {
        "import_id": record.id,
        "meter_id": meter_id,
        "action": body.action,
        "intervals": record.counts["changed"],
        "date_from": record.range_start,
        "date_to": record.range_end,
    }
    return Reply(make=lambda: answer, location=f"/api/imports/{record.id}")


def _as_json(received: Received) -> dict[str, Any]:
    return {
        "meter_id": received.meter_id,
        "import_id": received.import_id,
        "added": received.counts.added,
        "changed": received.counts.changed,
        "unchanged": received.counts.unchanged,
        "conflicts": received.counts.conflicts,
        "date_from": received.first,
        "date_to": received.last,
    }
