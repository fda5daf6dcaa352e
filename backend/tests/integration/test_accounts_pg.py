"""Accounts and members on PostgreSQL: what row security lets through, and who wins a race."""

import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select

from app.models import Membership, User, UserSession
from app.postgres import Cluster
from app.services import own_accounts
from tests.conftest import state_of
from tests.factories import Person, new_person
from tests.unit.test_accounts import OFFICE, enter, join, roles, sign_in


def query(cluster: Cluster, sql: str, *values: object) -> list[Any]:
    """Ask past row security."""
    url = cluster.url("postgres").replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        return connection.execute(sql, values).fetchall()  # type: ignore[call-overload]


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Make all calls at the same time; gives their results in order."""
    results: list[Any] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(index: int, call: Callable[[], Any]) -> None:
        start.wait()
        results[index] = call()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_an_account_is_made_entered_and_left_again(pg_person: Person) -> None:
    office = enter(pg_person, pg_person.post("/api/accounts", json=OFFICE).json["id"])
    assert [site["name"] for site in office.get("/api/sites").json["items"]] == ["Home"]
    office.record(3)
    home = enter(office, pg_person.account["id"])
    assert home.get("/api/consumption").json["items"] == []
    items = home.get("/api/accounts").json["items"]
    assert [item["id"] for item in items] == [home.account["id"], office.account["id"]]


def test_what_happens_to_members_is_in_the_log_of_the_account(
    pg_app: Flask, cluster: Cluster
) -> None:
    owner, other = new_person(pg_app), new_person(pg_app)
    join(owner, other)
    url = f"/api/members/{other.user['id']}"
    assert owner.patch(url, json={"role": "editor"}).status_code == 200
    assert owner.delete(url).status_code == 204
    assert owner.post("/api/accounts", json=OFFICE).status_code == 201
    log = query(
        cluster,
        "SELECT user_id, event, details FROM audit_events WHERE account_id = %s ORDER BY id",
        owner.account["id"],
    )
    me, them = owner.user["id"], other.user["id"]
    switched = log[2][2]["session_id"]
    assert log == [
        (me, "user.registered", {}),
        (me, "member.added", {"user_id": them, "role": "viewer"}),
        (them, "session.switched", {"session_id": switched}),
        (me, "member.changed", {"user_id": them, "before": "viewer", "role": "editor"}),
        (me, "member.removed", {"user_id": them, "role": "editor"}),
    ]
    made = query(cluster, "SELECT account_id FROM audit_events WHERE event = 'account.created'")
    assert owner.account["id"] not in [account for (account,) in made]


def test_only_the_sessions_in_this_account_are_ended(pg_app: Flask, cluster: Cluster) -> None:
    owner, other = new_person(pg_app), new_person(pg_app)
    elsewhere, member = sign_in(other), join(owner, other)
    assert owner.delete(f"/api/members/{other.user['id']}").status_code == 204
    found = query(
        cluster,
        "SELECT account_id, revoked_reason FROM sessions WHERE user_id = %s ORDER BY id",
        other.user["id"],
    )
    assert found == [(owner.account["id"], "removed"), (other.account["id"], None)]
    assert member.get("/api/consumption").status_code == 401
    assert elsewhere.get("/api/consumption").status_code == 200


def test_other_members_are_seen_only_while_they_are_asked_for(pg_app: Flask) -> None:
    owner, other = new_person(pg_app), new_person(pg_app)
    join(owner, other)
    assert len(roles(owner)) == 2
    with state_of(pg_app).db.tenant(owner.account["id"], owner.user["id"]) as session:
        assert session.scalars(select(User.id)).all() == [owner.user["id"]]
        assert set(session.scalars(select(UserSession.user_id))) == {owner.user["id"]}
        assert len(session.scalars(select(Membership.user_id)).all()) == 2
        with session.acting(user_id=other.user["id"]):
            assert session.scalars(select(User.id)).all() == [other.user["id"]]
        assert session.scalars(select(User.id)).all() == [owner.user["id"]]


@pytest.mark.parametrize("verb", ["PATCH", "DELETE"])
def test_two_owners_who_turn_on_each_other_leave_one(pg_app: Flask, verb: str) -> None:
    for _ in range(5):
        first = new_person(pg_app)
        second = join(first, new_person(pg_app), "owner")
        body = {"role": "viewer"} if verb == "PATCH" else None

        def attack(attacker: Person, victim: Person, body: Any = body) -> Callable[[], int]:
            url = f"/api/members/{victim.user['id']}"
            return lambda: attacker.call(verb, url, json=body).status_code

        answers = at_once(attack(first, second), attack(second, first))
        assert sorted(answers)[0] in (200, 204)
        assert sorted(answers)[1] in (401, 403)  # no session any more, or no owner any more
        survivor = first if answers[0] < 300 else second
        assert list(roles(survivor).values()).count("owner") == 1


def test_two_owners_who_leave_at_once_leave_one(pg_app: Flask) -> None:
    for _ in range(5):
        first = new_person(pg_app)
        second = join(first, new_person(pg_app), "owner")
        people = (first, second)
        answers = at_once(
            *(lambda p=p: p.delete(f"/api/members/{p.user['id']}").status_code for p in people)
        )
        assert sorted(answers) == [204, 409]


def test_accounts_made_at_once_are_counted_one_after_the_other(
    pg_person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_accounts, "MAX_OWNED", 3)
    make = [lambda: pg_person.post("/api/accounts", json=OFFICE).status_code] * 6
    assert sorted(at_once(*make)) == [201, 201, 409, 409, 409, 409]


def test_whoever_is_removed_while_entering_is_out(pg_app: Flask) -> None:
    for _ in range(5):
        owner, other = new_person(pg_app), new_person(pg_app)
        body = {"username": other.user["username"], "role": "viewer"}
        assert owner.post("/api/members", json=body).status_code == 201
        url, goal = f"/api/members/{other.user['id']}", {"account_id": owner.account["id"]}
        removed, entered = at_once(
            lambda owner=owner, url=url: owner.delete(url),
            lambda other=other, goal=goal: other.post("/api/auth/switch", json=goal),
        )
        assert removed.status_code == 204
        assert owner.post("/api/members", json=body).status_code == 201
        if entered.status_code == 200:  # the session went there first, and was ended there
            other.access_token = entered.json["access_token"]
            assert other.get("/api/consumption").status_code == 401
        else:
            assert entered.status_code == 404
