"""Registering and signing in."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.auth.passwords import hash_password, needs_rehash, verify_password, weakness
from app.auth.tokens import Keys
from app.config import Settings
from app.db import AppSession, Database, TenantSession
from app.errors import (
    NotFound,
    Unauthenticated,
    invalid_field,
    taken,
)
from app.logs import log
from app.metrics import LOGINS
from app.models import Account, Membership, Role, User
from app.services import audit, own_accounts, profile, sessions, throttles
from app.services.throttles import Limit

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
    weak = weakness(wanted.password, [wanted.username, wanted.email])
    if weak is not None:
        raise invalid_field("/password", weak.detail, weak.code, **weak.params)
    limit = Limit(("register", client.address), settings.register_limit_per_ip, timedelta(hours=1))
    with db.anonymous() as session:
        throttles.take(session, keys.throttle, [limit], now)
    hashed = hash_password(wanted.password, settings.bcrypt_cost)
    with db.anonymous() as session:
        session.identify(user_id=session.next_id("users"))
        user = _create_user(session, wanted, hashed)
        session.identify(account_id=session.next_id("accounts"))
        account = own_accounts.make(
            session,
            {
                "name": wanted.first_name or wanted.username,
                "time_zone": wanted.time_zone,
                "currency": wanted.currency,
                "locale": wanted.locale,
            },
        )
        grant = sessions.start(
            session, keys, settings, delivery=client.delivery, user_agent=client.user_agent, now=now
        )
        audit.record(session, "user.registered")
    return SignedIn(user, account, grant)


def _create_user(session: AppSession, wanted: Registration, hashed: str) -> User:
    """Add the user that `session` is identified as."""
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
        raise taken(f"/{field}", detail) from error
    session.refresh(user)
    return user


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
        name = throttles.hashed(keys.throttle, who).hex()[:16]
        log.warning("sign-in refused", name=name, address=client.address)
        raise Unauthenticated(_WRONG)
    rehashed = None
    if needs_rehash(usable.password_hash, settings.bcrypt_cost):
        rehashed = hash_password(password, settings.bcrypt_cost)
    with db.anonymous() as session:
        session.identify(user_id=usable.id)
        throttles.release(session, keys.throttle, [limits[0], limits[2]])
        if rehashed is not None:
            session.merge(usable, load=False).password_hash = rehashed
        return _open(session, keys, settings, client, now)


def _find_by_login(session: AppSession, login: str) -> User | None:
    session.identify(login=login)
    column = User.email if "@" in login else User.username
    return session.scalar(select(User).where(column == login))


def _login_limits(settings: Settings, who: tuple[str, str], address: str) -> list[Limit]:
    window = timedelta(minutes=settings.throttle_window_minutes)
    return [
        Limit(("login", *who, address), settings.login_limit_per_account_ip, window),
        Limit(("login", address), settings.login_limit_per_ip, window),
        throttles.lock(settings, who),
    ]


def _open(
    session: AppSession, keys: Keys, settings: Settings, client: Client, now: datetime
) -> SignedIn:
    """Open a session for the user that `session` was identified as.

    In the first account that they own, else the first that they belong to. Whoever was removed
    from all accounts gets a new, empty one.
    """
    user = session.scalars(select(User).where(User.id == session.user_id)).one()
    mine = own_accounts.list_mine(session)
    session.identify(account_id=mine[0][0].id if mine else session.next_id("accounts"))
    account = mine[0][0] if mine else own_accounts.make(session, {"name": user.username})
    grant = sessions.start(
        session, keys, settings, delivery=client.delivery, user_agent=client.user_agent, now=now
    )
    audit.record(session, "user.signed_in")
    return SignedIn(user, account, grant)


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
        user, account, role = profile.get(session)
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
    wanted = Registration(username, email, "", None, None, "UTC", "EUR", "en")
    with session.acting(user_id=session.next_id("users")):
        user = _create_user(session, wanted, NO_PASSWORD)
        session.add(Membership(account_id=session.account_id, user_id=user.id, role=Role.GUEST))
        session.flush()


def find_member(db: Database, login: str) -> tuple[int, int]:
    """Give the ids of a user and of their first account, for the operator's commands.

    Raises NotFound.
    """
    with db.anonymous(read_only=True) as session:
        user = _find_by_login(session, folded(login))
        if user is None:
            raise NotFound(f"There is no user {login!r}.")
        session.identify(user_id=user.id)
        mine = own_accounts.list_mine(session)
    if not mine:
        raise NotFound(f"{login!r} belongs to no account.")
    return user.id, mine[0][0].id
