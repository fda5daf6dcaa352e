"""The accounts that one belongs to, and the members of the one that one is in."""

from flask import Blueprint

from app.api import endpoint, now, state
from app.auth import identity
from app.auth.permissions import OWNER, Permission
from app.db import TenantSession
from app.schemas.accounts import (
    AccountCreate,
    Accounts,
    MemberAdd,
    MemberOut,
    Members,
    MemberUpdate,
)
from app.schemas.auth import AccountOut
from app.services import members, own_accounts
from app.services.members import Member

blueprint = Blueprint("accounts", __name__, url_prefix="/api")


@blueprint.get("/accounts")
@endpoint(needs=Permission.PROFILE, returns=Accounts)
def list_accounts(session: TenantSession) -> Accounts:
    """List the accounts that one belongs to, with one's role."""
    found = own_accounts.list_mine(session)
    return Accounts(items=[AccountOut.of(account, role) for account, role in found])


@blueprint.post("/accounts")
@endpoint(
    needs=Permission.PROFILE, body=AccountCreate, returns=AccountOut, status=201, idempotent=True
)
def create_account(session: TenantSession, body: AccountCreate) -> AccountOut:
    """Add an account that one owns; `POST /api/auth/switch` goes there.

    409 when one owns 20 already.
    """
    return AccountOut.of(own_accounts.create(session, body.model_dump()), OWNER)


@blueprint.get("/members")
@endpoint(needs=Permission.PROFILE, returns=Members)
def list_members(session: TenantSession) -> Members:
    """List who belongs to this account."""
    return Members(items=[_shown(member) for member in members.list_all(session)])


@blueprint.post("/members")
@endpoint(needs=Permission.MEMBERS_WRITE, body=MemberAdd, returns=MemberOut, status=201)
def add_member(session: TenantSession, body: MemberAdd) -> MemberOut:
    """Add somebody who has registered; doing it again changes nothing.

    422 when nobody has this name, 409 when they are here in another role or there are 100
    members, 429 after as many as may register from one address.
    """
    return _shown(
        members.add(
            session,
            state().keys.throttle,
            state().settings,
            field="username" if body.email is None else "email",
            login=body.email or body.username or "",
            role=body.role,
            address=identity.client_address(state().settings),
            now=now(),
        )
    )


@blueprint.patch("/members/<id:user_id>")
@endpoint(needs=Permission.MEMBERS_WRITE, body=MemberUpdate, returns=MemberOut)
def update_member(session: TenantSession, user_id: int, body: MemberUpdate) -> MemberOut:
    """Give a member another role; their sessions in this account end at once.

    409 for the last owner.
    """
    return _shown(members.change_role(session, user_id, body.role, now()))


@blueprint.delete("/members/<id:user_id>")
@endpoint(needs=Permission.PROFILE, status=204)
def remove_member(session: TenantSession, user_id: int) -> None:
    """Remove a member, or leave by one's own id; sessions in this account end at once.

    403 for another's id when one is no owner, 409 for the last owner.
    """
    members.remove(session, user_id, now())


def _shown(member: Member) -> MemberOut:
    viewer, user = identity.current(), member.user
    sees_email = viewer.role == OWNER or viewer.claims.user_id == user.id
    return MemberOut(
        user_id=user.id,
        username=user.username,
        email=user.email if sees_email else None,
        first_name=user.first_name,
        last_name=user.last_name,
        role=member.role,
    )
