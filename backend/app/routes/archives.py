"""The whole account as one file, and back into an empty one (docs/archive.md)."""

from flask import Blueprint

from app.api import endpoint
from app.auth.permissions import Permission
from app.db import TenantSession
from app.intake import read_upload
from app.schemas.archives import ArchiveForm, ArchiveLoaded
from app.services import archive_load

blueprint = Blueprint("archives", __name__, url_prefix="/api/archives")


@blueprint.post("")
@endpoint(
    needs=Permission.METERS_WRITE,
    body=ArchiveForm,
    returns=ArchiveLoaded,
    status=201,
    idempotent=True,
    upload=True,
)
def load_archive(session: TenantSession) -> ArchiveLoaded:
    """Load an account's archive into this account, which must be empty.

    All or nothing. 422 when the archive is damaged or of a version that is not known, 409 when
    the account has meters, records or imports.
    """
    file, _ = read_upload(ArchiveForm)
    return ArchiveLoaded(rows=archive_load.load(session, file.stream))
