"""What whoever runs the service may do: see which accounts there are, let people in again."""

from datetime import datetime

from sqlalchemy import NullPool, create_engine, func, select

from app.auth.passwords import hash_password, weakness
from app.auth.tokens import Keys
from app.config import Settings
from app.db import Database
from app.errors import invalid_field
from app.models import Membership
from app.services import accounts, profile, sessions, throttles


def accounts_with_members(backup_url: str) -> list[tuple[int, int]]:
    """List each account with one of its members, read as the backup role."""
    engine = create_engine(backup_url, poolclass=NullPool)
    statement = (
        select(Membership.account_id, func.min(Membership.user_id))
        .group_by(Membership.account_id)
        .order_by(Membership.account_id)
    )
    with engine.connect() as connection:
        return [(account_id, user_id) for account_id, user_id in connection.execute(statement)]


def unlock(db: Database, keys: Keys, settings: Settings, login: str) -> None:
    """Forget the wrong passwords of a user. Raises NotFound."""
    user_id, _ = accounts.find_member(db, login)
    with db.anonymous() as session:
        throttles.release(
            session, keys.throttle, [throttles.lock(settings, ("user", str(user_id)))]
        )


def reset_password(
    db: Database, settings: Settings, login: str, password: str, now: datetime
) -> None:
    """Set a user's password without the current one, and end all sessions; for the operator.

    Raises NotFound, and Invalid for a weak password.
    """
    user_id, account_id = accounts.find_member(db, login)
    with db.tenant(account_id, user_id) as session:
        user, _, _ = profile.get(session)
        weak = weakness(password, [user.username, user.email])
        if weak is not None:
            raise invalid_field("/password", weak.detail, weak.code, **weak.params)
        user.password_hash = hash_password(password, settings.bcrypt_cost)
        user.updated_at = now
        session.flush()
        sessions.revoke_all(session, now, "password")
