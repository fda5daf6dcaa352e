"""Sessions: families of rotating refresh tokens, and the check behind each access token."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, select, update

from app.auth.tokens import Claims, Keys, is_genuine, make_refresh_token, new_seed
from app.auth.tokens import parse_refresh_token as parse
from app.config import Settings
from app.db import AppSession, Asked, Prepared, TenantSession
from app.errors import NotFound, Unauthenticated
from app.models import Membership, User, UserSession
from app.services import audit, throttles
from app.utils.codes import Code

_ENDED = "The session has ended; sign in again."


@dataclass(frozen=True, slots=True)
class Grant:
    """What signing in or refreshing gives.

    `refresh_token` is None where the one that the client has stays good.
    """

    user_session: UserSession
    refresh_token: str | None
    role: str


def ask_role(session: TenantSession, claims: Claims, now: datetime) -> Asked:
    """Ask for the user's role now; `role_behind` reads the answer."""
    return _ROLE.ask(
        session,
        {"sid": claims.session_id, "uid": claims.user_id, "acct": claims.account_id, "now": now},
    )


def role_behind(found: Sequence[Any]) -> str:
    """Give the role that was found.

    Raises Unauthenticated when the session was revoked or has expired, the user was disabled
    or the membership ended.
    """
    if not found:
        raise Unauthenticated(_ENDED)
    return str(found[0].role)


def start(
    session: AppSession,
    keys: Keys,
    settings: Settings,
    *,
    delivery: str,
    user_agent: str | None,
    now: datetime,
) -> Grant:
    """Open a session for the user and account that `session` was identified as."""
    user_session = UserSession(
        id=session.next_id("sessions"),
        user_id=session.user_id,
        account_id=session.account_id,
        delivery=delivery,
        seed=new_seed(),
        generation=0,
        user_agent=(user_agent or "")[:300] or None,
        created_at=now,
        used_at=now,
        expires_at=now + timedelta(days=settings.refresh_absolute_days),
    )
    session.add(user_session)
    session.flush()
    return _grant(session, keys, user_session)


def rotate(
    session: AppSession, keys: Keys, settings: Settings, token: str, *, delivery: str, now: datetime
) -> Grant:
    """Exchange a refresh token for its successor (RFC 9700 §4.14.2).

    A retry with the immediate parent within the grace time gets the same successor. An older
    token ends the session: somebody else has a copy. Raises Unauthenticated for that and for
    whatever is not a live token that was handed out the same way (`delivery`).
    """
    parsed = parse(token)
    if parsed is None:
        raise Unauthenticated(_ENDED)
    session.identify(session_id=parsed.session_id)
    user_session = session.scalar(
        select(UserSession).where(UserSession.id == parsed.session_id).with_for_update()
    )
    if user_session is None or not is_genuine(keys, parsed, user_session.seed):
        raise Unauthenticated(_ENDED)
    session.identify(user_id=user_session.user_id, account_id=user_session.account_id)
    _refuse_dead(user_session, settings, delivery, now)
    _count_refresh(session, keys, settings, user_session.id, now)
    if parsed.generation == user_session.generation:
        user_session.generation += 1
        user_session.used_at = now
        session.flush()
        return _grant(session, keys, user_session)
    is_retry = (
        parsed.generation == user_session.generation - 1
        and now - user_session.used_at <= timedelta(seconds=settings.refresh_grace_s)
    )
    if is_retry:
        return _grant(session, keys, user_session)
    user_session.revoked_at, user_session.revoked_reason = now, "reuse"
    audit.record(session, "session.reuse_detected", session_id=user_session.id)
    raise Unauthenticated(_ENDED, keeps_changes=True)


def _refuse_dead(
    user_session: UserSession, settings: Settings, delivery: str, now: datetime
) -> None:
    is_idle = user_session.used_at < now - timedelta(days=settings.refresh_idle_days)
    is_dead = user_session.revoked_at is not None or user_session.expires_at <= now or is_idle
    if is_dead or user_session.delivery != delivery:
        raise Unauthenticated(_ENDED)


def _count_refresh(
    session: AppSession, keys: Keys, settings: Settings, session_id: int, now: datetime
) -> None:
    limit = throttles.Limit(
        ("refresh", str(session_id)), settings.refresh_limit_per_session, timedelta(minutes=5)
    )
    throttles.take(session, keys.throttle, [limit], now)


def _grant(session: AppSession, keys: Keys, user_session: UserSession) -> Grant:
    role = session.scalar(
        select(Membership.role)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.account_id == user_session.account_id,
            Membership.user_id == user_session.user_id,
            User.is_active,
        )
    )
    if role is None:
        raise Unauthenticated(_ENDED)
    token = make_refresh_token(keys, user_session.id, user_session.generation, user_session.seed)
    return Grant(user_session, token, role)


def list_open(session: AppSession, settings: Settings, now: datetime) -> Sequence[UserSession]:
    """List the user's live sessions, the one used last first; bounded to 100."""
    return session.scalars(
        select(UserSession)
        .where(
            _is_mine(session),
            UserSession.revoked_at.is_(None),
            UserSession.expires_at > now,
            UserSession.used_at > now - timedelta(days=settings.refresh_idle_days),
        )
        .order_by(UserSession.used_at.desc(), UserSession.id.desc())
        .limit(100)
    ).all()


def revoke(session: AppSession, session_id: int, now: datetime) -> None:
    """End one of the user's sessions. Raises NotFound when there is no such open session."""
    ended = session.execute(
        update(UserSession)
        .where(_is_mine(session), UserSession.id == session_id, UserSession.revoked_at.is_(None))
        .values(revoked_at=now, revoked_reason="revoked")
        .returning(UserSession.id)
    ).scalar_one_or_none()
    if ended is None:
        raise NotFound
    audit.record(session, "session.revoked", session_id=session_id)


def revoke_all(session: AppSession, now: datetime, reason: str, *, but: int | None = None) -> None:
    """End all of the user's sessions, except `but`."""
    session.execute(
        update(UserSession)
        .where(_is_mine(session), UserSession.revoked_at.is_(None), UserSession.id != (but or 0))
        .values(revoked_at=now, revoked_reason=reason)
    )
    audit.record(session, "session.all_revoked", reason=reason)


def revoke_in_account(session: TenantSession, user_id: int, now: datetime, reason: str) -> None:
    """End all sessions that a user, who may be another one, has in the session's account."""
    with session.acting(user_id=user_id):
        session.execute(
            update(UserSession)
            .where(
                _is_mine(session),
                UserSession.account_id == session.account_id,
                UserSession.revoked_at.is_(None),
            )
            .values(revoked_at=now, revoked_reason=reason)
        )


def move(session: TenantSession, session_id: int, account_id: int) -> Grant:
    """Let one of the user's sessions go on in another of their accounts, as `session` does then.

    Access tokens for the account before stop working at once; the refresh token stays, and is
    not given again: whoever has an access token only must not get more. Raises NotFound when
    the user does not belong to the account.
    """
    role = session.scalar(
        select(Membership.role)
        .where(Membership.account_id == account_id, Membership.user_id == session.user_id)
        .with_for_update(read=True)  # an owner who removes the user ends this session too
    )
    if role is None:
        raise NotFound("There is no such account.", code=Code.NO_SUCH_ACCOUNT)
    moved = (UserSession.id == session_id, _is_mine(session))
    session.execute(update(UserSession).where(*moved).values(account_id=account_id))
    user_session = session.scalars(select(UserSession).where(*moved)).one()
    session.identify(account_id=account_id)
    audit.record(session, "session.switched", session_id=session_id)
    return Grant(user_session, None, role)


def end_by_token(session: AppSession, keys: Keys, token: str, now: datetime) -> bool:
    """End the open session that a genuine refresh token belongs to; False when there is none."""
    parsed = parse(token)
    if parsed is None:
        return False
    session.identify(session_id=parsed.session_id)
    user_session = session.get(UserSession, parsed.session_id)
    if user_session is None or not is_genuine(keys, parsed, user_session.seed):
        return False
    session.identify(user_id=user_session.user_id, account_id=user_session.account_id)
    if user_session.revoked_at is not None or user_session.expires_at <= now:
        return False
    user_session.revoked_at, user_session.revoked_reason = now, "logout"
    audit.record(session, "session.logout", session_id=user_session.id)
    return True


def _is_mine(session: AppSession) -> ColumnElement[bool]:
    return UserSession.user_id == session.user_id


_ROLE = Prepared(
    select(Membership.role)
    .select_from(UserSession)
    .join(
        Membership,
        and_(
            Membership.account_id == UserSession.account_id,
            Membership.user_id == UserSession.user_id,
        ),
    )
    .join(User, User.id == UserSession.user_id)
    .where(
        UserSession.id == bindparam("sid"),
        UserSession.user_id == bindparam("uid"),
        UserSession.account_id == bindparam("acct"),
        UserSession.revoked_at.is_(None),
        UserSession.expires_at > bindparam("now"),
        User.is_active,
    )
)
