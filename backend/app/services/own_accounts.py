"""The accounts that one person belongs to."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from app.db import AppSession, TenantSession
from app.errors import Conflict
from app.models import Account, Membership, Role, Site, User
from app.services import audit
from app.utils.codes import Code

FIRST_SITE = "Home"
MAX_OWNED = 20
MAX_LISTED = 200
DEFAULTS = {"time_zone": "UTC", "currency": "EUR", "locale": "en"}


def list_mine(session: AppSession) -> list[tuple[Account, str]]:
    """List the user's accounts with their role, those that they own first, then the oldest."""
    found = session.execute(
        select(Account, Membership.role)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.user_id == session.user_id)
        .order_by(Membership.role != Role.OWNER, Account.id)
        .limit(MAX_LISTED)
    )
    return [(account, role) for account, role in found]


def create(session: TenantSession, fields: Mapping[str, Any]) -> Account:
    """Add an account that the user owns; the session stays in its own.

    Raises Conflict when they own the most allowed.
    """
    # Two requests at once count one after the other.
    session.execute(select(User.id).where(User.id == session.user_id).with_for_update())
    owned = session.scalar(
        select(func.count())
        .select_from(Membership)
        .where(Membership.user_id == session.user_id, Membership.role == Role.OWNER)
    )
    if (owned or 0) >= MAX_OWNED:
        raise Conflict(
            f"One person owns at most {MAX_OWNED} accounts.",
            code=Code.LIMIT_REACHED,
            params={"max": MAX_OWNED},
        )
    with session.acting(account_id=session.next_id("accounts")):
        account = make(session, fields)
        audit.record(session, "account.created")
    return account


def make(session: AppSession, fields: Mapping[str, Any]) -> Account:
    """Add the account that `session` is identified as, owned by its user, with a first site."""
    account = Account(**{**DEFAULTS, **fields}, id=session.account_id)
    session.add(account)
    session.flush()
    session.add(Membership(account_id=account.id, user_id=session.user_id, role=Role.OWNER))
    session.add(Site(account_id=account.id, name=FIRST_SITE, time_zone=account.time_zone))
    session.flush()
    session.refresh(account)
    return account
