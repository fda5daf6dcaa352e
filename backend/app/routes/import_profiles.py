"""Saved ways to read files."""

from flask import Blueprint

from app.api import Reply, endpoint, now
from app.auth.permissions import Permission
from app.db import TenantSession
from app.schemas.imports import (
    ImportProfileCreate,
    ImportProfileList,
    ImportProfileOut,
    ImportProfileUpdate,
)
from app.services import import_profiles

blueprint = Blueprint("import_profiles", __name__, url_prefix="/api/import-profiles")


@blueprint.get("")
@endpoint(needs=Permission.CONSUMPTION_READ, returns=ImportProfileList)
def list_profiles(session: TenantSession) -> ImportProfileList:
    """List the account's import profiles, by name."""
    found = import_profiles.list_all(session)
    return ImportProfileList(items=[ImportProfileOut.model_validate(profile) for profile in found])


@blueprint.post("")
@endpoint(
    needs=Permission.CONSUMPTION_WRITE,
    body=ImportProfileCreate,
    returns=ImportProfileOut,
    status=201,
    idempotent=True,
)
def create_profile(session: TenantSession, body: ImportProfileCreate) -> Reply:
    """Save a format with a mapping under a name; 409 when another has it."""
    profile = import_profiles.create(session, body.model_dump(), now())
    return Reply(
        make=lambda: ImportProfileOut.model_validate(profile),
        location=f"/api/import-profiles/{profile.id}",
    )


@blueprint.get("/<id:profile_id>")
@endpoint(needs=Permission.CONSUMPTION_READ, returns=ImportProfileOut)
def get_import_profile(session: TenantSession, profile_id: int) -> ImportProfileOut:
    """Give one import profile."""
    return ImportProfileOut.model_validate(import_profiles.get(session, profile_id))


@blueprint.patch("/<id:profile_id>")
@endpoint(needs=Permission.CONSUMPTION_WRITE, body=ImportProfileUpdate, returns=ImportProfileOut)
def update_profile(
    session: TenantSession, profile_id: int, body: ImportProfileUpdate
) -> ImportProfileOut:
    """Rename an import profile, or change how it reads."""
    fields = body.model_dump(exclude_unset=True)
    return ImportProfileOut.model_validate(
        import_profiles.change(session, profile_id, fields, now())
    )


@blueprint.delete("/<id:profile_id>")
@endpoint(needs=Permission.CONSUMPTION_WRITE, status=204)
def delete_profile(session: TenantSession, profile_id: int) -> None:
    """Delete an import profile; imports made by it stay."""
    import_profiles.remove(session, profile_id)
