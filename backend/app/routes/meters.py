"""Meters."""

from flask import Blueprint

from app.api import Reply, endpoint, now
from app.auth.permissions import Permission
from app.db import TenantSession
from app.schemas.meters import MeterCreate, MeterList, MeterOut, MeterUpdate
from app.services import meter_admin

blueprint = Blueprint("meters", __name__, url_prefix="/api/meters")


@blueprint.get("")
@endpoint(needs=Permission.CONSUMPTION_READ, returns=MeterList)
def list_meters(session: TenantSession) -> MeterList:
    """List the account's meters, archived ones included, by name."""
    found = meter_admin.list_all(session)
    return MeterList(items=[MeterOut.model_validate(meter) for meter in found])


@blueprint.post("")
@endpoint(
    needs=Permission.METERS_WRITE, body=MeterCreate, returns=MeterOut, status=201, idempotent=True
)
def create_meter(session: TenantSession, body: MeterCreate) -> Reply:
    """Add a meter; 409 when another has the name."""
    fields = body.model_dump() | {"unit": body.effective_unit}
    meter = meter_admin.create(session, fields)
    return Reply(make=lambda: MeterOut.model_validate(meter), location=f"/api/meters/{meter.id}")


@blueprint.get("/<id:meter_id>")
@endpoint(needs=Permission.CONSUMPTION_READ, returns=MeterOut)
def get_meter(session: TenantSession, meter_id: int) -> MeterOut:
    """Give one meter."""
    return MeterOut.model_validate(meter_admin.get(session, meter_id))


@blueprint.patch("/<id:meter_id>")
@endpoint(needs=Permission.METERS_WRITE, body=MeterUpdate, returns=MeterOut)
def update_meter(session: TenantSession, meter_id: int, body: MeterUpdate) -> MeterOut:
    """Rename a meter, move it to another site, archive or restore it."""
    meter = meter_admin.change(session, meter_id, body.model_dump(exclude_unset=True), now())
    return MeterOut.model_validate(meter)


@blueprint.delete("/<id:meter_id>")
@endpoint(needs=Permission.METERS_WRITE, status=204)
def delete_meter(session: TenantSession, meter_id: int) -> None:
    """Delete a meter that nothing names; 409 where it has data, imports or API keys: archive it."""
    meter_admin.remove(session, meter_id)
