"""API keys: making, listing and revoking them, and what stands behind one that is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, func, or_, select, update

from app.auth.api_keys import ApiKeyText, is_genuine, new_secret, written
from app.auth.permissions import OWNER, SCOPES, allows
from app.auth.tokens import Keys
from app.config import Settings
from app.db import Database, Prepared, TenantSession, table_of
from app.errors import Invalid, NotFound, Problem, Unauthenticated, invalid_field
from app.logs import log
from app.models import ApiKey, Membership, User
from app.services import audit, meter_admin, throttles
from app.services.throttles import Limit
from app.utils.codes import Code

MAX_KEYS = 200
USE_NOTED_EVERY = timedelta(minutes=1)
API_KEYS, MEMBERSHIPS = table_of(ApiKey), table_of(Membership)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks for; `meter_id` limits writing to one meter."""

    name: str
    scopes: tuple[str, ...]
    meter_id: int | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who is behind a key: its maker with the role of now, and what the key is good for."""

    key_id: int
    user_id: int
    role: str
    scopes: tuple[str, ...]
    meter_id: int | None
    last_used_at: datetime | None


def create(session: TenantSession, wanted: Wanted, role: str, now: datetime) -> tuple[ApiKey, str]:
    """Make a key of the session's user and give it with its text, which is nowhere else.

    Raises Invalid for a scope that the `role` does not cover, an end in the past, a meter with a
    scope that reads, or more than MAX_KEYS keys; NotFound for a meter that is not the account's.
    """
    _refuse_unfit(wanted, role, now)
    if wanted.meter_id is not None:
        meter_admin.get(session, wanted.meter_id)
    count = session.scalar(select(func.count()).select_from(ApiKey).where(_is_open()))
    if (count or 0) >= MAX_KEYS:
        raise Invalid(
            f"An account has at most {MAX_KEYS} API keys; revoke one first.",
            code=Code.LIMIT_REACHED,
            params={"max": MAX_KEYS},
        )
    secret, hashed = new_secret()
    key = ApiKey(
        name=wanted.name,
        scopes=list(wanted.scopes),
        meter_id=wanted.meter_id,
        secret_hash=hashed,
        created_by=session.user_id,
        created_at=now,
        expires_at=wanted.expires_at,
    )
    session.add(key)
    session.flush()
    session.refresh(key)
    audit.record(
        session, "api_key.created", key_id=key.id, scopes=key.scopes, meter_id=wanted.meter_id
    )
    return key, written(session.account_id, key.id, secret)


def _refuse_unfit(wanted: Wanted, role: str, now: datetime) -> None:
    for scope in wanted.scopes:
        if not all(allows(role, permission) for permission in SCOPES[scope]):
            detail = f"your role ({role}) does not cover {scope}"
            raise invalid_field("/scopes", detail, Code.SCOPE_BEYOND_ROLE, role=role, scope=scope)
    if wanted.meter_id is not None and any(not _writes(scope) for scope in wanted.scopes):
        detail = "only a key that writes, and does not read, can be limited to one meter"
        raise invalid_field("/meter_id", detail, Code.SCOPE_BEYOND_METER)
    if wanted.expires_at is not None and wanted.expires_at <= now:
        raise invalid_field("/expires_at", "must be in the future", Code.NOT_IN_FUTURE)


def _writes(scope: str) -> bool:
    return scope.endswith(":write")


def _is_open() -> ColumnElement[bool]:
    return ApiKey.revoked_at.is_(None)


def _is_within_reach(session: TenantSession, role: str) -> ColumnElement[bool]:
    return _is_open() if role == OWNER else _is_open() & (ApiKey.created_by == session.user_id)


def list_all(session: TenantSession, role: str) -> Sequence[ApiKey]:
    """List the user's keys that are not revoked, an owner's with those of all members."""
    statement = select(ApiKey).where(_is_within_reach(session, role)).order_by(ApiKey.id)
    return session.scalars(statement.limit(MAX_KEYS)).all()


def get(session: TenantSession, key_id: int, role: str) -> ApiKey:
    """Give one of the keys that `list_all` lists. Raises NotFound."""
    found = session.scalar(
        select(ApiKey).where(_is_within_reach(session, role), ApiKey.id == key_id)
    )
    if found is None:
        raise NotFound("There is no such API key.", code=Code.NO_SUCH_API_KEY)
    return found


def revoke(session: TenantSession, key_id: int, role: str, now: datetime) -> None:
    """End a key at once; one of the user's own, or any when they are an owner. Raises NotFound."""
    key = get(session, key_id, role)
    key.revoked_at = now
    audit.record(session, "api_key.revoked", key_id=key_id)


def revoke_of(session: TenantSession, user_id: int, now: datetime) -> None:
    """End all keys that a member has made in the session's account."""
    session.execute(
        update(ApiKey).where(_is_open(), ApiKey.created_by == user_id).values(revoked_at=now)
    )


_BEHIND = Prepared(
    select(API_KEYS, MEMBERSHIPS.c.role)
    .join(
        MEMBERSHIPS,
        (MEMBERSHIPS.c.account_id == API_KEYS.c.account_id)
        & (MEMBERSHIPS.c.user_id == API_KEYS.c.created_by),
    )
    .where(
        API_KEYS.c.account_id == bindparam("account"),
        API_KEYS.c.id == bindparam("key"),
        API_KEYS.c.revoked_at.is_(None),
        or_(API_KEYS.c.expires_at.is_(None), API_KEYS.c.expires_at > bindparam("now")),
    )
)


def behind(session: TenantSession, key: ApiKeyText, now: datetime) -> Bearer:
    """Verify a key and let `session` act for the member who made it, within the key's limits.

    Raises Unauthenticated, always in the same words, for a key that was never given out, is
    revoked or expired, or whose maker has left the account or been disabled.
    """
    row = _BEHIND.row(session, {"account": key.account_id, "key": key.key_id, "now": now})
    if not is_genuine(key, None if row is None else bytes(row.secret_hash)) or row is None:
        raise Unauthenticated
    session.identify(user_id=row.created_by)
    is_active = session.scalar(select(User.is_active).where(User.id == row.created_by))
    if not is_active:
        raise Unauthenticated
    session.only_meter = row.meter_id
    return Bearer(
        row.id, row.created_by, row.role, tuple(row.scopes), row.meter_id, row.last_used_at
    )


def note_use(db: Database, account_id: int, bearer: Bearer, now: datetime) -> None:
    """Remember when a key was used, at most once a minute, in a transaction of its own.

    In that of the request it would make requests of one key wait for each other.
    """
    if bearer.last_used_at is not None and bearer.last_used_at > now - USE_NOTED_EVERY:
        return
    try:
        with db.tenant(account_id, bearer.user_id) as session:
            _note_use(session, bearer.key_id, now)
    except Problem as problem:  # the request itself is done, and must be answered so
        log.warning("api key use not noted", problem=problem.slug)


def _note_use(session: TenantSession, key_id: int, now: datetime) -> None:
    is_due = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at <= now - USE_NOTED_EVERY)
    session.execute(update(ApiKey).where(ApiKey.id == key_id, is_due).values(last_used_at=now))


def count_wrong(
    db: Database, keys: Keys, settings: Settings, key: ApiKeyText, address: str, now: datetime
) -> None:
    """Count a key that was refused, as far as wrong passwords are counted.

    Raises TooManyRequests after too many of them from one address.
    """
    window = timedelta(minutes=settings.throttle_window_minutes)
    one = ("api-key", str(key.account_id), str(key.key_id), address)
    limits = [
        Limit(one, settings.login_limit_per_account_ip, window),
        Limit(("api-key", address), settings.login_limit_per_ip, window),
    ]
    with db.anonymous() as session:
        throttles.take(session, keys.throttle, limits, now)
