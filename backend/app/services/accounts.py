"""Registering, signing in, one's own profile and password."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.auth.passwords import hash_password, needs_rehash, verify_password, weakness
from app.auth.tokens import Keys
from app.config import Settings
from app.db import AppSession, Database, TenantSession
from app.errors import (
    Conflict,
    FieldError,
    Invalid,
    NotFound,
    Unauthenticated,
    invalid_field,
)
from app.metrics import LOGINS
from app.models import Account, Membership, Role, Site, User
from app.services import audit, sessions, throttles
from app.services.throttles import FOREVER, Limit

FIRST_SITE = "Home"
NO_PASSWORD = "!"  # noqa: S105
"""Stands where a hash would: compared as if there were none."""
_WRONG = "The name or the password is wrong."


@dataclass(frozen=True, slots=True)
class Registration:
    """What a person gives to begin; `email` and `username` in their compared form."""

    username: str
    email: str
    password: str
    first_name: str | None
    last_name: str | None
    time_zone: str
    currency: str
    locale: str


@dataclass(frozen=True, slots=True)
class Client:
    """Where a request comes from, for throttling and for the list of sessions."""

    address: str
    user_agent: str | None
    delivery: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person with an open session."""

    user: User
    account: Account
    grant: sessions.Grant


def folded(text: str) -> str:
    """Give the form in which names and e-mail addresses are compared (NFKC, case-folded)."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def register(
    db: Database,
    keys: Keys,
    settings: Settings,
    wanted: Registration,
    client: Client,
    now: datetime,
) -> SignedIn:
    """Create a user, a personal account and its first site, and sign in.

    Raises Invalid for a weak password, Conflict when the name or e-mail is taken,
    TooManyRequests when one address registers too often.
    """
    reason = weakness(wanted.password, [wanted.username, wanted.email])
    if reason is not None:
        raise invalid_field("/password", reason)
    limit = Limit(("register", client.address), settings.register_limit_per_ip, timedelta(hours=1))
    with db.anonymous() as session:
        throttles.take(session, keys.throttle, [limit], now)
    hashed = hash_password(wanted.password, settings.bcrypt_cost)
    with db.anonymous() as session:
        user = _create_user(session, wanted, hashed)
        account = _create_account(session, wanted, user)
        grant = sessions.start(
            session, keys, settings, delivery=client.delivery, user_agent=client.user_agent, now=now
        )
        audit.record(session, "user.registered")
    return SignedIn(user, account, grant)


def _create_user(session: AppSession, wanted: Registration, hashed: str) -> User:
    session.identify(user_id=session.next_id("users"))
    user = User(
        id=session.user_id,
        username=wanted.username,
        email=wanted.email,
        password_hash=hashed,
        first_name=wanted.first_name,
        last_name=wanted.last_name,
    )
    session.add(user)
    try:
        session.flush()
    except IntegrityError as error:
        field = "email" if "email" in str(error.orig) else "username"
        detail = f"This {'e-mail address' if field == 'email' else 'user name'} is taken."
        raise Conflict(detail, errors=[FieldError(f"/{field}", detail)]) from error
    session.refresh(user)
    return user


def _create_account(session: AppSession, wanted: Registration, user: User) -> Account:
    session.identify(account_id=session.next_id("accounts"))
    account = Account(
        id=session.account_id,
        name=wanted.first_name or wanted.username,
        time_zone=wanted.time_zone,
        currency=wanted.currency,
        locale=wanted.locale,
    )
    session.add(account)
    session.flush()
    session.add(Membership(account_id=account.id, user_id=user.id, role=Role.OWNER))
    session.add(Site(account_id=account.id, name=FIRST_SITE, time_zone=wanted.time_zone))
    session.flush()
    session.refresh(account)
    return account


def sign_in(
    db: Database,
    keys: Keys,
    settings: Settings,
    *,
    login: str,
    password: str,
    client: Client,
    now: datetime,
) -> SignedIn:
    """Open a session for a user name or e-mail address and its password.

    An unknown name takes as long and answers the same as a wrong password (Unauthenticated).
    Raises TooManyRequests when a limit on guesses is reached, whatever the password is.
    """
    with db.anonymous() as session:
        user = _find_by_login(session, folded(login))
        who = ("user", str(user.id)) if user else ("name", folded(login))
        limits = _login_limits(settings, who, client.address)
        throttles.take(session, keys.throttle, limits, now)
    usable = user if user and user.is_active and user.password_hash != NO_PASSWORD else None
    # No connection is held while the password is hashed: that takes a third of a second.
    is_right = verify_password(
        password, usable.password_hash if usable else None, settings.bcrypt_cost
    )
    LOGINS.labels("accepted" if is_right else "refused").inc()
    if usable is None or not is_right:
        raise Unauthenticated(_WRONG)
    with db.anonymous() as session:
        return _open(session, keys, settings, usable, password, client, limits, now)


def _find_by_login(session: AppSession, login: str) -> User | None:
    session.identify(login=login)
    column = User.email if "@" in login else User.username
    return session.scalar(select(User).where(column == login))


def _login_limits(settings: Settings, who: tuple[str, str], address: str) -> list[Limit]:
    window = timedelta(minutes=settings.throttle_window_minutes)
    return [
        Limit(("login", *who, address), settings.login_limit_per_account_ip, window),
        Limit(("login", address), settings.login_limit_per_ip, window),
        _lock(settings, who),
    ]


def _lock(settings: Settings, who: tuple[str, str]) -> Limit:
    return Limit(("login", "row", *who), settings.login_limit_consecutive, FOREVER)


def _open(
    session: AppSession,
    keys: Keys,
    settings: Settings,
    user: User,
    password: str,
    client: Client,
    limits: Sequence[Limit],
    now: datetime,
) -> SignedIn:
    session.identify(user_id=user.id)
    throttles.release(session, keys.throttle, [limits[0], limits[2]])
    user = session.merge(user, load=False)
    if needs_rehash(user.password_hash, settings.bcrypt_cost):
        user.password_hash = hash_password(password, settings.bcrypt_cost)
    account = session.scalar(
        select(Account)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.user_id == user.id)
        .order_by(Account.id)
        .limit(1)
    )
    if account is None:
        raise Unauthenticated(_WRONG)
    session.identify(account_id=account.id)
    grant = sessions.start(
        session, keys, settings, delivery=client.delivery, user_agent=client.user_agent, now=now
    )
    audit.record(session, "user.signed_in")
    return SignedIn(user, account, grant)


def profile(session: AppSession) -> tuple[User, Account, str]:
    """Give the user, the account and the role that a session is bound to."""
    user, account, role = session.execute(
        select(User, Account, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .join(Account, Account.id == Membership.account_id)
        .where(User.id == session.user_id, Account.id == session.account_id)
    ).one()
    return user, account, role


def update_profile(session: AppSession, changes: dict[str, object], now: datetime) -> None:
    """Change the names of the user, or the account's name, time zone, currency and locale.

    A site that is the account's only one follows its time zone: records are of calendar days,
    so none of them moves.
    """
    user, account, role = profile(session)
    of_account = {"account_name": "name", "time_zone": "time_zone"} | {
        name: name for name in ("currency", "locale")
    }
    for name, value in changes.items():
        if name in of_account:
            if role != Role.OWNER:
                raise invalid_field(f"/{name}", "Only an owner can change the account.")
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
        user, _, _ = profile(session)
        limit = Limit(
            ("password", str(user_id)),
            settings.login_limit_per_account_ip,
            timedelta(minutes=settings.throttle_window_minutes),
        )
        throttles.take(session, keys.throttle, [limit], now)
    if not verify_password(current, user.password_hash, settings.bcrypt_cost):
        raise invalid_field("/current_password", "This is not your current password.")
    reason = weakness(new, [user.username, user.email])
    if reason is None and new == current:
        reason = "The new password is the same as the current one."
    if reason is not None:
        raise Invalid(reason, errors=[FieldError("/new_password", reason)])
    hashed = hash_password(new, settings.bcrypt_cost)
    with db.tenant(account_id, user_id) as session:
        user, _, _ = profile(session)
        user.password_hash, user.updated_at = hashed, now
        session.flush()
        throttles.release(session, keys.throttle, [limit, _lock(settings, ("user", str(user_id)))])
        sessions.revoke_all(session, now, "password", but=session_id)
        audit.record(session, "user.password_changed")


def find_user(db: Database, login: str) -> User | None:
    """Give the user of a name or e-mail address, or None."""
    with db.anonymous(read_only=True) as session:
        return _find_by_login(session, folded(login))


def sign_in_as(
    db: Database, keys: Keys, settings: Settings, login: str, client: Client, now: datetime
) -> SignedIn:
    """Open a session without a password, for the guest of the demonstration only.

    Raises NotFound when there is no such user, or one who is no guest.
    """
    user_id, account_id = find_member(db, login)
    with db.anonymous() as session:
        session.identify(user_id=user_id, account_id=account_id)
        user, account, role = profile(session)
        if role != Role.GUEST:
            raise NotFound
        grant = sessions.start(
            session, keys, settings, delivery=client.delivery, user_agent=None, now=now
        )
    return SignedIn(user, account, grant)


def add_guest(session: TenantSession, username: str, email: str) -> None:
    """Add a user to the session's account who may look, and whom no password signs in.

    Raises Conflict when the name is taken.
    """
    account_id, owner_id = session.account_id, session.user_id
    wanted = Registration(username, email, "", None, None, "UTC", "EUR", "en")
    user = _create_user(session, wanted, NO_PASSWORD)
    session.add(Membership(account_id=account_id, user_id=user.id, role=Role.GUEST))
    session.flush()
    session.identify(user_id=owner_id or 0)


def find_member(db: Database, login: str) -> tuple[int, int]:
    """Give the ids of a user and of their first account, for the operator's commands.

    Raises NotFound.
    """
    with db.anonymous(read_only=True) as session:
        user = _find_by_login(session, folded(login))
        if user is None:
            raise NotFound(f"There is no user {login!r}.")
        session.identify(user_id=user.id)
        account_id = session.scalar(
            select(Membership.account_id)
            .where(Membership.user_id == user.id)
            .order_by(Membership.account_id)
            .limit(1)
        )
    if account_id is None:
        raise NotFound(f"{login!r} belongs to no account.")
    return user.id, account_id


def unlock(db: Database, keys: Keys, settings: Settings, login: str) -> None:
    """Forget the wrong passwords of a user. Raises NotFound."""
    user_id, _ = find_member(db, login)
    with db.anonymous() as session:
        throttles.release(session, keys.throttle, [_lock(settings, ("user", str(user_id)))])


def reset_password(
    db: Database, settings: Settings, login: str, password: str, now: datetime
) -> None:
    """Set a user's password without the current one, and end all sessions; for the operator.

    Raises NotFound, and Invalid for a weak password.
    """
    user_id, account_id = find_member(db, login)
    with db.tenant(account_id, user_id) as session:
        user, _, _ = profile(session)
        reason = weakness(password, [user.username, user.email])
        if reason is not None:
            raise invalid_field("/password", reason)
        user.password_hash = hash_password(password, settings.bcrypt_cost)
        user.updated_at = now
        session.flush()
        sessions.revoke_all(session, now, "password")
