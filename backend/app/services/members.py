"""The members of an account: who they are, what they may do, and how they come and go."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select, update

from app.config import Settings
from app.db import TenantSession
from app.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from app.models import Account, Membership, Role, User
from app.services import api_keys, audit, sessions, throttles
from app.services.accounts import NO_PASSWORD, folded
from app.services.throttles import Limit
from app.utils.codes import Code

MAX_MEMBERS = 100
_ONLY_OWNERS = "Only an owner can do this to somebody else."
_LAST_OWNER = "An account keeps an owner: make somebody else one first."


@dataclass(frozen=True, slots=True)
class Member:
    """A user and their role in the account."""

    user: User
    role: str


def list_all(session: TenantSession) -> list[Member]:
    """List the members in the order in which they signed up."""
    found = session.execute(
        select(Membership.user_id, Membership.role)
        .where(Membership.account_id == session.account_id)
        .order_by(Membership.user_id)
        .limit(MAX_MEMBERS)
    ).all()
    # Row level security shows one user at a time, and none whom nobody names (ADR 0004).
    with session.acting(user_id=session.user_id or 0):
        return [_member(session, user_id, role) for user_id, role in found]


def _member(session: TenantSession, user_id: int, role: str) -> Member:
    session.identify(user_id=user_id)
    return Member(session.scalars(select(User).where(User.id == user_id)).one(), role)


def add(
    session: TenantSession,
    key: bytes,
    settings: Settings,
    *,
    field: str,
    login: str,
    role: str,
    address: str,
    now: datetime,
) -> Member:
    """Add a user, named by `field` (username or email), with a role.

    Asking counts as a registration from the `address` does, which tells as much about who
    exists. Raises Invalid for an unknown user, Conflict for one who is here in another role
    and for too many members, TooManyRequests. Adding somebody twice changes nothing.
    """
    limit = Limit(("register", address), settings.register_limit_per_ip, timedelta(hours=1))
    throttles.take(session, key, [limit], now)
    user = _find(session, field, login)
    if user is None:
        detail = "Nobody has registered with this; ask them to sign up first."
        raise Invalid(
            detail, errors=[FieldError(f"/{field}", detail, Code.UNKNOWN_USER)], keeps_changes=True
        )
    _lock(session)
    _require_owner(session)
    before = _role_of(session, user.id)
    if before == role:
        return Member(user, role)
    if before is not None:
        raise Conflict(
            f"This user is a member already, as {before}.",
            code=Code.ALREADY_MEMBER,
            params={"role": before},
            keeps_changes=True,
        )
    if _count(session) >= MAX_MEMBERS:
        raise Conflict(
            f"An account has at most {MAX_MEMBERS} members.",
            code=Code.LIMIT_REACHED,
            params={"max": MAX_MEMBERS},
            keeps_changes=True,
        )
    session.add(Membership(account_id=session.account_id, user_id=user.id, role=role))
    session.flush()
    audit.record(session, "member.added", user_id=user.id, role=role)
    return Member(user, role)


def _find(session: TenantSession, field: str, login: str) -> User | None:
    """Find whoever can sign in by this name; the guest of a demonstration is nobody."""
    name = folded(login)
    session.identify(login=name)
    column = User.email if field == "email" else User.username
    user = session.scalar(
        select(User).where(column == name, User.is_active, User.password_hash != NO_PASSWORD)
    )
    session.identify(login="")
    return user


def change_role(session: TenantSession, user_id: int, role: str, now: datetime) -> Member:
    """Give a member another role; their sessions in the account end.

    Raises NotFound, Conflict for the last owner and for a guest, Forbidden for whoever is not
    an owner any more.
    """
    _lock(session)
    _require_owner(session)
    before = _existing_role(session, user_id)
    if before == Role.GUEST:
        raise Conflict("A guest stays one: many people share it.", code=Code.GUEST_STAYS)
    if before != role:
        _refuse_last_owner(session, before)
        session.execute(update(Membership).where(*_is(session, user_id)).values(role=role))
        sessions.revoke_in_account(session, user_id, now, "role")
        audit.record(session, "member.changed", user_id=user_id, before=before, role=role)
    with session.acting(user_id=user_id):
        return _member(session, user_id, role)


def remove(session: TenantSession, user_id: int, now: datetime) -> None:
    """Remove a member, or leave the account; their sessions in it end.

    Raises Forbidden when somebody who is no owner removes another, NotFound, and Conflict for
    the last owner.
    """
    _lock(session)
    if user_id != session.user_id:
        _require_owner(session)
    before = _existing_role(session, user_id)
    _refuse_last_owner(session, before)
    # In this order: a session that is entering the account holds the membership until it has.
    session.execute(delete(Membership).where(*_is(session, user_id)))
    sessions.revoke_in_account(session, user_id, now, "removed")
    api_keys.revoke_of(session, user_id, now)
    audit.record(session, "member.removed", user_id=user_id, role=before)


def _lock(session: TenantSession) -> None:
    """Let changes of an account's members take turns; what is read then is how it is."""
    session.execute(
        select(Account.id)
        .where(Account.id == session.account_id)
        .with_for_update(key_share=True)  # new records refer to the account all the while
    )


def _require_owner(session: TenantSession) -> None:
    if _role_of(session, session.user_id or 0) != Role.OWNER:
        raise Forbidden(_ONLY_OWNERS, code=Code.OWNERS_ONLY)


def _existing_role(session: TenantSession, user_id: int) -> str:
    role = _role_of(session, user_id)
    if role is None:
        raise NotFound("There is no such member.", code=Code.NO_SUCH_MEMBER)
    return role


def _refuse_last_owner(session: TenantSession, role: str) -> None:
    if role == Role.OWNER and _count(session, Membership.role == Role.OWNER) == 1:
        raise Conflict(_LAST_OWNER, code=Code.LAST_OWNER)


def _role_of(session: TenantSession, user_id: int) -> str | None:
    return session.scalar(select(Membership.role).where(*_is(session, user_id)))


def _count(session: TenantSession, *conditions: ColumnElement[bool]) -> int:
    statement = select(func.count()).select_from(Membership)
    of_account = Membership.account_id == session.account_id
    return session.scalar(statement.where(of_account, *conditions)) or 0


def _is(session: TenantSession, user_id: int) -> tuple[ColumnElement[bool], ...]:
    return Membership.account_id == session.account_id, Membership.user_id == user_id
