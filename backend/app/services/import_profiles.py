"""Import profiles: saved ways to read files."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.db import TenantSession
from app.errors import Invalid, NotFound, taken
from app.models import ImportProfile
from app.services import import_files

MAX_PROFILES = 200


def list_all(session: TenantSession) -> Sequence[ImportProfile]:
    """List the account's profiles, by name."""
    return session.scalars(
        select(ImportProfile).order_by(func.lower(ImportProfile.name), ImportProfile.id)
    ).all()


def get(session: TenantSession, profile_id: int) -> ImportProfile:
    """Give a profile. Raises NotFound."""
    found = session.scalar(select(ImportProfile).where(ImportProfile.id == profile_id))
    if found is None:
        raise NotFound("There is no such import profile.")
    return found


def create(session: TenantSession, fields: Mapping[str, Any], now: datetime) -> ImportProfile:
    """Save a profile.

    Raises Conflict when another has the name, Invalid for an unknown format or too many.
    """
    count = session.scalar(select(func.count()).select_from(ImportProfile)) or 0
    if count >= MAX_PROFILES:
        raise Invalid(f"An account has at most {MAX_PROFILES} import profiles.")
    import_files.refuse_unknown_format(fields["format"], "/format")
    profile = ImportProfile(**fields, created_by=session.user_id, created_at=now, updated_at=now)
    session.add(profile)
    _flush(session)
    return profile


def change(
    session: TenantSession, profile_id: int, fields: Mapping[str, Any], now: datetime
) -> ImportProfile:
    """Change a profile. Raises NotFound, and Conflict when another has the name."""
    profile = get(session, profile_id)
    if "format" in fields:
        import_files.refuse_unknown_format(fields["format"], "/format")
    for name, value in fields.items():
        setattr(profile, name, value)
    profile.updated_at = now
    _flush(session)
    return profile


def remove(session: TenantSession, profile_id: int) -> None:
    """Delete a profile. Raises NotFound."""
    session.delete(get(session, profile_id))
    session.flush()


def _flush(session: TenantSession) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        raise taken("/name", "Another import profile has this name.") from error
