"""Rotation of refresh tokens as a rule of time, on SQLite."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from app.auth.tokens import Claims, Keys, make_refresh_token, parse_refresh_token
from app.errors import NotFound, TooManyRequests, Unauthenticated
from app.models import AuditEvent, UserSession
from app.services import sessions
from tests.conftest import sqlite_app, state_of
from tests.factories import PASSWORD, Person, new_person


def rotate(
    app: Flask, token: str, *, after: timedelta = timedelta(), delivery: str = "body"
) -> str:
    """Refresh so long after now and give the new token."""
    state = state_of(app)
    with state.db.anonymous() as session:
        grant = sessions.rotate(
            session,
            state.keys,
            state.settings,
            token,
            delivery=delivery,
            now=datetime.now(UTC) + after,
        )
        return grant.refresh_token


def stored(person: Person) -> UserSession:
    """The row of a person's first session."""
    parsed = parse_refresh_token(person.refresh_token)
    assert parsed is not None
    with state_of(person.app).db.anonymous() as session:
        found = session.get(UserSession, parsed.session_id)
        assert found is not None
        return found


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def test_each_use_gives_the_next_generation(app: Flask, person: Person) -> None:
    tokens = [person.refresh_token]
    for number in range(1, 6):
        tokens.append(rotate(app, tokens[-1]))
        assert stored(person).generation == number
    assert len(set(tokens)) == 6


def test_a_retry_within_the_grace_time_gets_the_same_successor(app: Flask, person: Person) -> None:
    successor = rotate(app, person.refresh_token)
    assert rotate(app, person.refresh_token, after=seconds(9)) == successor
    assert rotate(app, person.refresh_token, after=seconds(9.5)) == successor
    assert stored(person).generation == 1
    assert rotate(app, successor, after=seconds(9.6)) != successor


def test_a_retry_after_the_grace_time_ends_the_session(app: Flask, person: Person) -> None:
    successor = rotate(app, person.refresh_token)
    with pytest.raises(Unauthenticated):
        rotate(app, person.refresh_token, after=seconds(11))
    assert stored(person).revoked_reason == "reuse"
    with pytest.raises(Unauthenticated):
        rotate(app, successor)


def test_an_older_token_than_the_parent_has_no_grace(app: Flask, person: Person) -> None:
    rotate(app, rotate(app, person.refresh_token))
    with pytest.raises(Unauthenticated):
        rotate(app, person.refresh_token)
    assert stored(person).revoked_reason == "reuse"


def test_without_a_grace_time_a_later_retry_ends_the_session() -> None:
    app = sqlite_app(refresh_grace_s=0)
    person = new_person(app)
    rotate(app, person.refresh_token)
    with pytest.raises(Unauthenticated):
        rotate(app, person.refresh_token, after=seconds(1))
    assert stored(person).revoked_reason == "reuse"


def test_reuse_is_written_to_the_audit_log(app: Flask, person: Person) -> None:
    rotate(app, rotate(app, person.refresh_token))
    with pytest.raises(Unauthenticated):
        rotate(app, person.refresh_token)
    with state_of(app).db.tenant(person.account["id"], person.user["id"]) as session:
        events = [row.event for row in session.query(AuditEvent).order_by(AuditEvent.id)]
    assert events[-1] == "session.reuse_detected"


@pytest.mark.parametrize(("days", "is_alive"), [(13.9, True), (14.1, False)])
def test_a_session_ends_when_it_is_idle_for_14_days(
    app: Flask, person: Person, days: float, is_alive: bool
) -> None:
    if is_alive:
        assert rotate(app, person.refresh_token, after=timedelta(days=days))
        return
    with pytest.raises(Unauthenticated):
        rotate(app, person.refresh_token, after=timedelta(days=days))
    assert stored(person).revoked_at is None  # expiry is no attack


def test_a_session_ends_after_30_days_however_often_it_is_used(app: Flask, person: Person) -> None:
    token = person.refresh_token
    for day in (10, 20, 29.9):
        token = rotate(app, token, after=timedelta(days=day))
    with pytest.raises(Unauthenticated):
        rotate(app, token, after=timedelta(days=30.1))


def test_an_expired_session_stops_access_at_once(app: Flask, person: Person) -> None:
    claims = Claims(person.user["id"], person.account["id"], stored(person).id)
    late = datetime.now(UTC) + timedelta(days=30, seconds=1)
    with state_of(app).db.tenant(claims.account_id, claims.user_id) as session:

        def role_then(instant: datetime) -> str:
            return sessions.role_behind(sessions.ask_role(session, claims, instant)())

        assert role_then(late - timedelta(minutes=1)) == "owner"
        with pytest.raises(Unauthenticated):
            role_then(late)


def test_a_token_handed_out_one_way_is_refused_the_other_way(app: Flask, person: Person) -> None:
    with pytest.raises(Unauthenticated):
        rotate(app, person.refresh_token, delivery="cookie")
    assert stored(person).revoked_at is None
    assert rotate(app, person.refresh_token)


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token.replace(".0.", ".1."),
        lambda token: "9" + token,
        lambda token: "9223372036854775808" + token[token.index(".") :],
        lambda token: token + "A",
        lambda token: token + "\n",
        lambda token: " " + token,
        lambda token: token.replace(".0.", ".00."),
        lambda token: token.replace(".0.", ".-1."),
        lambda token: token.replace(".0.", ".٠."),
        lambda token: token.rsplit(".", 1)[0],
        lambda token: token.rsplit(".", 1)[0] + ".",
        lambda token: "",
        lambda token: "..",
        lambda token: "0.0." + "A" * 43,
    ],
)
def test_an_altered_token_is_refused_and_ends_nothing(
    app: Flask, person: Person, change: object
) -> None:
    with pytest.raises(Unauthenticated):
        rotate(app, change(person.refresh_token))  # type: ignore[operator]
    assert stored(person).revoked_at is None
    assert rotate(app, person.refresh_token)


def test_a_token_made_with_another_secret_is_refused(app: Flask, person: Person) -> None:
    other = sqlite_app(jwt_secret="another-secret-for-tests-0123456789-abcdef")
    row = stored(person)
    forged = make_refresh_token(Keys(state_of(other).settings), row.id, 0, row.seed)
    with pytest.raises(Unauthenticated):
        rotate(app, forged)
    assert stored(person).revoked_at is None


def test_refreshing_too_often_is_refused_and_counted() -> None:
    app = sqlite_app(refresh_limit_per_session=3)
    person = new_person(app)
    token = person.refresh_token
    for _ in range(3):
        token = rotate(app, token)
    for _ in range(2):
        with pytest.raises(TooManyRequests) as refusal:
            rotate(app, token)
        assert 1 <= int(refusal.value.headers["Retry-After"]) <= 301
    assert stored(person).revoked_at is None
    assert rotate(app, token, after=timedelta(minutes=6))


def test_only_open_sessions_are_listed_the_one_used_last_first(app: Flask, person: Person) -> None:
    login = {"username": person.user["username"], "password": PASSWORD}
    client = app.test_client()
    for agent in ("first", "second"):
        headers = {"User-Agent": agent}
        client.post("/api/auth/login", json=login, headers=headers)
    now, settings = datetime.now(UTC), state_of(app).settings
    with state_of(app).db.tenant(person.account["id"], person.user["id"]) as session:
        found = sessions.list_open(session, settings, now)
        assert [item.user_agent for item in found][:2] == ["second", "first"]
        sessions.revoke(session, found[0].id, now)
        assert len(sessions.list_open(session, settings, now)) == 2
        assert sessions.list_open(session, settings, now + timedelta(days=15)) == []


def test_a_session_can_be_revoked_once(app: Flask, person: Person) -> None:
    with state_of(app).db.tenant(person.account["id"], person.user["id"]) as session:
        sessions.revoke(session, stored_id(person), datetime.now(UTC))
        with pytest.raises(NotFound):
            sessions.revoke(session, stored_id(person), datetime.now(UTC))


def stored_id(person: Person) -> int:
    parsed = parse_refresh_token(person.refresh_token)
    assert parsed is not None
    return parsed.session_id


def test_ending_by_a_token_that_is_none_changes_nothing(app: Flask, person: Person) -> None:
    state = state_of(app)
    with state.db.anonymous() as session:
        for token in ("", "x", f"{stored_id(person)}.0.{'A' * 43}", f"999999.0.{'A' * 43}"):
            assert not sessions.end_by_token(session, state.keys, token, datetime.now(UTC))
    assert stored(person).revoked_at is None
    with state.db.anonymous() as session:
        token, now = person.refresh_token, datetime.now(UTC)
        assert sessions.end_by_token(session, state.keys, token, now)
        assert not sessions.end_by_token(session, state.keys, token, now)
    assert stored(person).revoked_reason == "logout"


def test_a_token_of_an_ended_session_signs_nobody_out(app: Flask, person: Person) -> None:
    login = {"username": person.user["username"], "password": PASSWORD, "token_delivery": "body"}
    other = app.test_client().post("/api/auth/login", json=login).get_json()
    for token in (person.refresh_token, person.refresh_token):
        body = {"refresh_token": token}
        assert app.test_client().post("/api/auth/logout", json=body).status_code == 204
    everywhere = app.test_client().post(
        "/api/auth/logout?everywhere=true", json={"refresh_token": person.refresh_token}
    )
    assert everywhere.status_code == 204
    refreshed = {"refresh_token": other["refresh_token"]}
    assert app.test_client().post("/api/auth/refresh", json=refreshed).status_code == 200


def test_anothers_session_cannot_be_revoked_even_without_row_security(
    app: Flask, person: Person
) -> None:
    neighbour = new_person(app)
    with state_of(app).db.tenant(neighbour.account["id"], neighbour.user["id"]) as session:
        with pytest.raises(NotFound):
            sessions.revoke(session, stored_id(person), datetime.now(UTC))
        sessions.revoke_all(session, datetime.now(UTC), "revoked")
        assert sessions.list_open(session, state_of(app).settings, datetime.now(UTC)) == []
    assert stored(person).revoked_at is None
