"""Registering, signing in and out, one's own profile and sessions."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, request

from app.api import Reply, endpoint, now, state
from app.auth import identity
from app.auth.permissions import GUEST, Permission
from app.auth.tokens import Claims, make_access_token
from app.db import Database, TenantSession
from app.errors import Unauthenticated
from app.schemas.accounts import Switch
from app.schemas.auth import (
    AccountOut,
    DemoStart,
    Login,
    LogoutQuery,
    Me,
    PasswordChange,
    ProfileUpdate,
    Refresh,
    Register,
    SessionOut,
    Sessions,
    SignedInOut,
    UserOut,
)
from app.services import accounts, demo, profile, sessions

blueprint = Blueprint("auth", __name__, url_prefix="/api/auth")


@blueprint.post("/register")
@endpoint(needs=None, body=Register, returns=SignedInOut, status=201)
def register(db: Database, body: Register) -> Reply:
    """Create a user with a personal account and sign in.

    409 when the user name or e-mail is taken, 422 with the reason when the password is weak.
    """
    wanted = accounts.Registration(**body.model_dump(exclude={"token_delivery"}))
    return _signed_in(
        accounts.register(
            db, state().keys, state().settings, wanted, _client(body.token_delivery), now()
        )
    )


@blueprint.post("/login")
@endpoint(needs=None, body=Login, returns=SignedInOut)
def login(db: Database, body: Login) -> Reply:
    """Sign in by e-mail or user name.

    401 says the same for an unknown name as for a wrong password; 429 after too many attempts.
    """
    return _signed_in(
        accounts.sign_in(
            db,
            state().keys,
            state().settings,
            login=body.login,
            password=body.password,
            client=_client(body.token_delivery),
            now=now(),
        )
    )


@blueprint.post("/demo")
@endpoint(needs=None, body=DemoStart, returns=SignedInOut)
def start_demo(db: Database, body: DemoStart) -> Reply:
    """Sign in as a guest of the demonstration household, where nothing can be changed.

    404 where DEMO_ACCOUNT is off.
    """
    client = _client(body.token_delivery)
    return _signed_in(demo.visit(db, state().keys, state().settings, client, now()))


@blueprint.post("/refresh")
@endpoint(needs=None, body=Refresh, returns=SignedInOut)
def refresh(db: Database, body: Refresh) -> Reply:
    """Exchange the refresh token for a new one and a new access token.

    A token that was used before ends the session, except for a retry within ten seconds.
    """
    token, delivery = _refresh_token(body)
    with db.anonymous() as session:
        grant = sessions.rotate(
            session, state().keys, state().settings, token, delivery=delivery, now=now()
        )
        user, account, _ = profile.get(session)
    return _signed_in(accounts.SignedIn(user, account, grant))


@blueprint.post("/switch")
@endpoint(needs=Permission.PROFILE, body=Switch, returns=SignedInOut)
def switch(session: TenantSession, body: Switch) -> Reply:
    """Go on in another of one's accounts; refreshing stays there.

    The refresh token stays the one that you have (`refresh_token` is null); access tokens for
    the account before stop working at once, in other tabs as well. 404 when it is not yours.
    """
    grant = sessions.move(session, identity.current().claims.session_id, body.account_id)
    user, account, _ = profile.get(session)
    return _signed_in(accounts.SignedIn(user, account, grant))


@blueprint.post("/logout")
@endpoint(needs=None, body=Refresh, query=LogoutQuery, status=204)
def logout(db: Database, body: Refresh, query: LogoutQuery) -> Reply:
    """Sign out here, or with everywhere=true on all devices. Repeating it changes nothing."""
    token, _ = _refresh_token(body)
    with db.anonymous() as session:
        is_known = sessions.end_by_token(session, state().keys, token, now())
        if is_known and query.everywhere and profile.get(session)[2] != GUEST:
            sessions.revoke_all(session, now(), "logout")
    cookie = _cookie("", 0) if body.refresh_token is None else {}
    return Reply(make=lambda: None, headers=cookie | {"Clear-Site-Data": '"cache", "storage"'})


@blueprint.get("/me")
@endpoint(needs=Permission.PROFILE_READ, returns=Me)
def get_me(session: TenantSession) -> Me:
    """Say who is signed in, and to which account."""
    return _me(*profile.get(session))


@blueprint.patch("/me")
@endpoint(needs=Permission.PROFILE, body=ProfileUpdate, returns=Me)
def update_me(session: TenantSession, body: ProfileUpdate) -> Me:
    """Change one's names, or the account's name, time zone, currency and locale."""
    profile.update(session, body.model_dump(exclude_unset=True), now())
    return _me(*profile.get(session))


@blueprint.post("/password")
@endpoint(needs=Permission.PROFILE, body=PasswordChange, status=204, own_transactions=True)
def change_password(db: Database, body: PasswordChange) -> None:
    """Change the password and end all other sessions."""
    claims = identity.current().claims
    profile.change_password(
        db,
        state().keys,
        state().settings,
        account_id=claims.account_id,
        user_id=claims.user_id,
        session_id=claims.session_id,
        current=body.current_password,
        new=body.new_password,
        now=now(),
    )


@blueprint.get("/sessions")
@endpoint(needs=Permission.PROFILE, returns=Sessions)
def list_sessions(session: TenantSession) -> Sessions:
    """List the places where one is signed in."""
    mine = identity.current().claims.session_id
    return Sessions(
        items=[
            SessionOut(
                id=item.id,
                user_agent=item.user_agent,
                created_at=item.created_at,
                used_at=item.used_at,
                expires_at=item.expires_at,
                current=item.id == mine,
            )
            for item in sessions.list_open(session, state().settings, now())
        ]
    )


@blueprint.delete("/sessions/<id:session_id>")
@endpoint(needs=Permission.PROFILE, status=204)
def revoke_session(session: TenantSession, session_id: int) -> None:
    """End one session; its access tokens stop working at once."""
    sessions.revoke(session, session_id, now())


@blueprint.delete("/sessions")
@endpoint(needs=Permission.PROFILE, status=204)
def revoke_other_sessions(session: TenantSession) -> None:
    """End all sessions but this one."""
    sessions.revoke_all(session, now(), "revoked", but=identity.current().claims.session_id)


def _client(delivery: str) -> accounts.Client:
    if delivery == "cookie" and request.headers.get("Sec-Fetch-Site") == "cross-site":
        identity.require_own_origin(state().settings)
    return accounts.Client(
        address=identity.client_address(state().settings),
        user_agent=request.headers.get("User-Agent"),
        delivery=delivery,
    )


def _refresh_token(body: Refresh) -> tuple[str, str]:
    if body.refresh_token is not None:
        return body.refresh_token, "body"
    token = request.cookies.get(state().settings.refresh_cookie)
    if token is None:
        raise Unauthenticated("There is no refresh token: sign in first.")
    identity.require_own_origin(state().settings)
    return token, "cookie"


def _signed_in(signed_in: accounts.SignedIn) -> Reply:
    settings, grant = state().settings, signed_in.grant
    lifetime = timedelta(minutes=settings.access_token_minutes)
    claims = Claims(signed_in.user.id, signed_in.account.id, grant.user_session.id)
    access_token = make_access_token(state().keys, claims, grant.role, now=now(), lifetime=lifetime)
    token = grant.refresh_token
    by_cookie = grant.user_session.delivery == "cookie"
    left = grant.user_session.expires_at - now()
    me = _me(signed_in.user, signed_in.account, grant.role)
    return Reply(
        make=lambda: SignedInOut(
            user=me.user,
            account=me.account,
            access_token=access_token,
            token_type="Bearer",  # noqa: S106
            expires_in=int(lifetime.total_seconds()),
            refresh_token=None if by_cookie else token,
        ),
        headers=_cookie(token, int(left.total_seconds())) if by_cookie and token else {},
    )


def _cookie(value: str, max_age_s: int) -> dict[str, str]:
    settings = state().settings
    carrier = Response()
    carrier.set_cookie(
        settings.refresh_cookie,
        value,
        max_age=max_age_s,
        path="/",
        secure=settings.cookie_secure,
        httponly=True,
        samesite="Strict",
    )
    return {"Set-Cookie": carrier.headers["Set-Cookie"]}


def _me(user: Any, account: Any, role: Any) -> Me:
    return Me(
        user=UserOut.model_validate(user),
        account=AccountOut.of(account, role),
    )
