"""Sites."""

from flask import Blueprint

from app.api import Reply, endpoint
from app.auth.permissions import Permission
from app.db import TenantSession
from app.schemas.meters import SiteCreate, SiteList, SiteOut, SiteUpdate
from app.services import sites

blueprint = Blueprint("sites", __name__, url_prefix="/api/sites")


@blueprint.get("")
@endpoint(needs=Permission.CONSUMPTION_READ, returns=SiteList)
def list_sites(session: TenantSession) -> SiteList:
    """List the account's sites, oldest first."""
    return SiteList(items=[SiteOut.model_validate(site) for site in sites.list_all(session)])


@blueprint.post("")
@endpoint(
    needs=Permission.METERS_WRITE, body=SiteCreate, returns=SiteOut, status=201, idempotent=True
)
def create_site(session: TenantSession, body: SiteCreate) -> Reply:
    """Add a site; 409 when another has the name."""
    site = sites.create(session, body.model_dump())
    return Reply(make=lambda: SiteOut.model_validate(site), location=f"/api/sites/{site.id}")


@blueprint.get("/<id:site_id>")
@endpoint(needs=Permission.CONSUMPTION_READ, returns=SiteOut)
def get_site(session: TenantSession, site_id: int) -> SiteOut:
    """Give one site."""
    return SiteOut.model_validate(sites.get(session, site_id))


@blueprint.patch("/<id:site_id>")
@endpoint(needs=Permission.METERS_WRITE, body=SiteUpdate, returns=SiteOut)
def update_site(session: TenantSession, site_id: int, body: SiteUpdate) -> SiteOut:
    """Change a site's name, time zone or number of occupants."""
    site = sites.change(session, site_id, body.model_dump(exclude_unset=True))
    return SiteOut.model_validate(site)


@blueprint.delete("/<id:site_id>")
@endpoint(needs=Permission.METERS_WRITE, status=204)
def delete_site(session: TenantSession, site_id: int) -> None:
    """Delete a site without meters; 409 where it has some, or is the only one."""
    sites.remove(session, site_id)
