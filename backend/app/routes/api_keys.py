"""API keys of devices and scripts. People manage them; a key cannot."""

from flask import Blueprint

from app.api import Reply, endpoint, now
from app.auth import identity
from app.auth.permissions import Permission
from app.db import TenantSession
from app.schemas.api_keys import ApiKeyCreate, ApiKeyList, ApiKeyOut, NewApiKey
from app.services import api_keys

blueprint = Blueprint("api_keys", __name__, url_prefix="/api/api-keys")


@blueprint.get("")
@endpoint(needs=Permission.PROFILE, returns=ApiKeyList)
def list_api_keys(session: TenantSession) -> ApiKeyList:
    """List your API keys that are not revoked; an owner sees those of all members."""
    found = api_keys.list_all(session, identity.current().role)
    return ApiKeyList(items=[ApiKeyOut.model_validate(key) for key in found])


@blueprint.post("")
@endpoint(needs=Permission.PROFILE, body=ApiKeyCreate, returns=NewApiKey, status=201)
def create_api_key(session: TenantSession, body: ApiKeyCreate) -> Reply:
    """Make an API key. It is shown in this answer only: what is kept is a hash.

    Send it as `Authorization: Bearer <key>`. It acts for you within its scopes, until it is
    revoked or expires, or you leave the account.
    """
    wanted = api_keys.Wanted(body.name, tuple(body.scopes), body.meter_id, body.expires_at)
    key, text = api_keys.create(session, wanted, identity.current().role, now())
    shown = NewApiKey(**ApiKeyOut.model_validate(key).model_dump(), key=text)
    return Reply(make=lambda: shown, location=f"/api/api-keys/{key.id}")


@blueprint.get("/<id:key_id>")
@endpoint(needs=Permission.PROFILE, returns=ApiKeyOut)
def get_api_key(session: TenantSession, key_id: int) -> ApiKeyOut:
    """Give one API key, without the key itself."""
    return ApiKeyOut.model_validate(api_keys.get(session, key_id, identity.current().role))


@blueprint.delete("/<id:key_id>")
@endpoint(needs=Permission.PROFILE, status=204)
def revoke_api_key(session: TenantSession, key_id: int) -> None:
    """Revoke an API key; it stops working at once."""
    api_keys.revoke(session, key_id, identity.current().role, now())
