"""Sites: the places that meters belong to."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from app.db import TenantSession
from app.errors import Conflict, FieldError, Invalid, NotFound
from app.models import Account, IntervalBlock, Meter, Site, Source
from app.services import audit, meters, register_projection
from app.services.upserts import delete_unnamed, store_named
from app.utils.codes import Code

MAX_SITES = 1_000


def list_all(session: TenantSession) -> Sequence[Site]:
    """List the account's sites, oldest first."""
    return session.scalars(select(Site).order_by(Site.id).limit(MAX_SITES)).all()


def get(session: TenantSession, site_id: int) -> Site:
    """Give a site. Raises NotFound."""
    found = session.scalar(select(Site).where(Site.id == site_id))
    if found is None:
        raise NotFound("There is no such site.", code=Code.NO_SUCH_SITE)
    return found


def create(session: TenantSession, fields: Mapping[str, Any]) -> Site:
    """Add a site, in the account's time zone unless another is given.

    Raises Conflict when the name is taken, Invalid when the account has the most sites allowed.
    """
    if len(list_all(session)) >= MAX_SITES:
        raise Invalid(
            f"An account has at most {MAX_SITES} sites.",
            code=Code.LIMIT_REACHED,
            params={"max": MAX_SITES},
        )
    account = session.scalars(select(Account).where(Account.id == session.account_id)).one()
    site = Site(**{**fields, "time_zone": fields.get("time_zone") or account.time_zone})
    session.add(site)
    store_named(session, site, "Another site has this name.")
    audit.record(session, "site.created", site_id=site.id)
    return site


def change(session: TenantSession, site_id: int, fields: Mapping[str, Any]) -> Site:
    """Change a site.

    Raises NotFound, and Conflict when the name is taken or the time zone would change under
    interval data, which lies on the days of the old one.
    """
    site = get(session, site_id)
    if fields.get("time_zone", site.time_zone) != site.time_zone:
        _refuse_under_intervals(session, site_id)
    for name, value in fields.items():
        setattr(site, name, value)
    store_named(session, site, "Another site has this name.")
    if "time_zone" in fields:
        register_projection.project_site(session, site_id)
    audit.record(session, "site.changed", site_id=site_id, fields=sorted(fields))
    return site


def remove(session: TenantSession, site_id: int) -> None:
    """Delete a site without meters.

    Raises NotFound, and Conflict where it has meters or is the account's only site.
    """
    site = get(session, site_id)
    if len(list_all(session)) == 1:
        raise Conflict("An account keeps at least one site.", code=Code.LAST_SITE)
    detail = "This site has meters, perhaps archived ones; move them to another site first."
    delete_unnamed(session, site, detail, Code.SITE_HAS_METERS)
    audit.record(session, "site.deleted", site_id=site_id, name=site.name)


def _refuse_under_intervals(session: TenantSession, site_id: int) -> None:
    fed = select(Meter.id).where(Meter.site_id == site_id, Meter.source == Source.INTERVALS)
    for meter_id in session.scalars(fed.order_by(Meter.id)).all():
        meters.take(session, meter_id)  # who stores intervals meanwhile goes first, or waits
        refuse_other_zone(session, meter_id, "/time_zone")


def refuse_other_zone(session: TenantSession, meter_id: int, pointer: str) -> None:
    """Refuse another time zone for a meter that has interval data. Raises Conflict."""
    blocks = select(IntervalBlock.meter_id).where(IntervalBlock.meter_id == meter_id).limit(1)
    if session.scalar(blocks) is None:
        return
    detail = (
        "Interval data lies on the local days of its time zone, so that cannot change:"
        " add a site with the other zone, and import the data there."
    )
    raise Conflict(
        detail, code=Code.ZONE_STAYS, errors=[FieldError(pointer, detail, Code.ZONE_STAYS)]
    )
