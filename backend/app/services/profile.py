"""One's own profile and password."""

from datetime import datetime, timedelta

from sqlalchemy import select

from app.auth.passwords import hash_password, verify_password, weakness
from app.auth.tokens import Keys
from app.config import Settings
from app.db import AppSession, Database
from app.errors import invalid_field
from app.models import Account, Membership, Role, Site, User
from app.services import audit, sessions, throttles
from app.services.throttles import Limit, lock
from app.utils.codes import Code


def get(session: AppSession) -> tuple[User, Account, str]:
    """Give the user, the account and the role that a session is bound to."""
    user, account, role = session.execute(
        select(User, Account, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .join(Account, Account.id == Membership.account_id)
        .where(User.id == session.user_id, Account.id == session.account_id)
    ).one()
    return user, account, role


def update(session: AppSession, changes: dict[str, object], now: datetime) -> None:
    """Change the names of the user, or the account's name, time zone, currency and locale.

    A site that is the account's only one follows its time zone: records are of calendar days,
    so none of them moves.
    """
    user, account, role = get(session)
    of_account = {"account_name": "name", "time_zone": "time_zone"} | {
        name: name for name in ("currency", "locale")
    }
    for name, value in changes.items():
        if name in of_account:
            if role != Role.OWNER:
                detail = "Only an owner can change the account."
                raise invalid_field(f"/{name}", detail, Code.OWNERS_ONLY)
            setattr(account, of_account[name], value)
        else:
            setattr(user, name, value)
    if "time_zone" in changes:
        sites = session.scalars(select(Site).limit(2)).all()
        if len(sites) == 1:
            sites[0].time_zone = account.time_zone
    user.updated_at = now
    session.flush()
    audit.record(session, "user.updated", fields=sorted(changes))


def change_password(
    db: Database,
    keys: Keys,
    settings: Settings,
    *,
    account_id: int,
    user_id: int,
    session_id: int,
    current: str,
    new: str,
    now: datetime,
) -> None:
    """Set a new password and end all other sessions of the user.

    Raises Invalid when the current password is wrong or the new one is weak or the same.
    """
    with db.tenant(account_id, user_id) as session:
        user, _, _ = get(session)
        limit = Limit(
            ("password", str(user_id)),
            settings.login_limit_per_account_ip,
            timedelta(minutes=settings.throttle_window_minutes),
        )
        throttles.take(session, keys.throttle, [limit], now)
    if not verify_password(current, user.password_hash, settings.bcrypt_cost):
        detail = "This is not your current password."
        raise invalid_field("/current_password", detail, Code.PASSWORD_WRONG)
    weak = weakness(new, [user.username, user.email])
    if weak is not None:
        raise invalid_field("/new_password", weak.detail, weak.code, **weak.params)
    if new == current:
        detail = "The new password is the same as the current one."
        raise invalid_field("/new_password", detail, Code.PASSWORD_UNCHANGED)
    hashed = hash_password(new, settings.bcrypt_cost)
    with db.tenant(account_id, user_id) as session:
        user, _, _ = get(session)
        user.password_hash, user.updated_at = hashed, now
        session.flush()
        throttles.release(session, keys.throttle, [limit, lock(settings, ("user", str(user_id)))])
        sessions.revoke_all(session, now, "password", but=session_id)
        audit.record(session, "user.password_changed")
