"""API keys that are not ours, or not valid now: all are refused in the same words."""

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app import create_app
from app.models import ApiKey, AuditEvent
from app.postgres import Cluster
from tests.conftest import make_settings, state_of
from tests.factories import Person, new_person
from tests.importing import of_person

PATH = "/api/consumption"


def make_key(person: Person, **fields: Any) -> dict[str, Any]:
    """Make a key that reads, unless said otherwise."""
    response = person.post("/api/api-keys", json={"name": "A key", "scopes": ["read"]} | fields)
    assert response.status_code == 201, response.get_data(as_text=True)
    body: dict[str, Any] = response.get_json()
    return body


def ask(app: Flask, key: str, scheme: str = "Bearer") -> TestResponse:
    """Read records by a key."""
    return app.test_client().get(PATH, headers={"Authorization": f"{scheme} {key}"})


def change(person: Person, key_id: int, **values: Any) -> None:
    """Change the row of a key."""
    with of_person(person) as session:
        session.execute(update(ApiKey).where(ApiKey.id == key_id).values(**values))


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "Token"])
def test_a_key_reads(pg_app: Flask, pg_person: Person, scheme: str) -> None:
    pg_person.record(3)
    response = ask(pg_app, make_key(pg_person)["key"], scheme)
    assert response.status_code == 200
    assert [item["amount"] for item in response.get_json()["items"]] == [3]


def test_an_access_token_is_no_token_of_telegraf(pg_app: Flask, pg_person: Person) -> None:
    assert ask(pg_app, pg_person.access_token, "Token").status_code == 401


def _flipped(key: str, at: int) -> str:
    other = "A" if key[at] != "A" else "B"
    return key[:at] + other + (key[at + 1 :] if at != -1 else "")


def _with_ids(key: str, account_id: object, key_id: object) -> str:
    return f"csm_{account_id}_{key_id}_{key.split('_', 3)[3]}"


FORGERIES: dict[str, Callable[[dict[str, Any], Person, Person], str]] = {
    "last letter": lambda k, p, n: _flipped(k["key"], -1),
    "first letter of the secret": lambda k, p, n: _flipped(k["key"], len(k["key"]) - 43),
    "secret cut": lambda k, p, n: k["key"][:-1],
    "secret longer": lambda k, p, n: k["key"] + "A",
    "padding": lambda k, p, n: k["key"] + "=",
    "newline": lambda k, p, n: k["key"] + "%0A",
    "no secret": lambda k, p, n: _with_ids(k["key"], p.account["id"], k["id"])[:-43],
    "zeros": lambda k, p, n: f"csm_{p.account['id']}_{k['id']}_{'A' * 43}",
    "its hash": lambda k, p, n: (
        f"csm_{p.account['id']}_{k['id']}_"
        + base64.urlsafe_b64encode(
            hashlib.sha256(k["key"].split("_", 3)[3].encode()).digest()
        ).decode()[:43]
    ),
    "another key": lambda k, p, n: _with_ids(k["key"], p.account["id"], make_key(p)["id"]),
    "no such key": lambda k, p, n: _with_ids(k["key"], p.account["id"], 2**62),
    "another account": lambda k, p, n: _with_ids(k["key"], n.account["id"], k["id"]),
    "another account's key": lambda k, p, n: _with_ids(
        k["key"], n.account["id"], make_key(n)["id"]
    ),
    "no such account": lambda k, p, n: _with_ids(k["key"], 2**62, k["id"]),
    "account beyond bigint": lambda k, p, n: _with_ids(k["key"], 2**63, k["id"]),
    "key beyond bigint": lambda k, p, n: _with_ids(k["key"], p.account["id"], 9_500 * 10**15),
    "account 0": lambda k, p, n: _with_ids(k["key"], 0, k["id"]),
    "negative account": lambda k, p, n: _with_ids(k["key"], f"-{p.account['id']}", k["id"]),
    "leading zero": lambda k, p, n: _with_ids(k["key"], f"0{p.account['id']}", k["id"]),
    "plus": lambda k, p, n: _with_ids(k["key"], f"+{p.account['id']}", k["id"]),
    "other digits": lambda k, p, n: _with_ids(k["key"], "\u0661", k["id"]),
    "sql": lambda k, p, n: _with_ids(k["key"], f"{p.account['id']} OR 1=1", k["id"]),
    "no account": lambda k, p, n: _with_ids(k["key"], "", k["id"]),
    "upper case": lambda k, p, n: k["key"].replace("csm_", "CSM_"),
    "two": lambda k, p, n: f"{k['key']} {k['key']}",
    "prefix alone": lambda k, p, n: "csm_",
    "huge": lambda k, p, n: "csm_1_1_" + "A" * 6_000,
}  # fmt: skip


@pytest.fixture(scope="module")
def neighbour(pg_app: Flask) -> Person:
    return new_person(pg_app)


def same(response: TestResponse) -> tuple[int, dict[str, Any]]:
    """What a caller sees, without what differs at each request."""
    body = dict(response.get_json())
    del body["request_id"]
    return response.status_code, body | {"asks": response.headers["WWW-Authenticate"]}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_key(pg_app: Flask, pg_person: Person, neighbour: Person, name: str) -> None:
    key = make_key(pg_person)
    forged = FORGERIES[name](key, pg_person, neighbour)
    assert forged != key["key"]
    response = ask(pg_app, forged.encode().decode("latin-1"))
    assert response.status_code == 401, response.get_data(as_text=True)
    assert same(response) == same(ask(pg_app, "nonsense"))
    assert ask(pg_app, key["key"]).status_code == 200  # and the true one goes on


def _superuser(cluster: Cluster, sql: str, *values: object) -> None:
    url = cluster.url("postgres").replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql, values)  # type: ignore[call-overload]


ENDS: dict[str, Callable[[Cluster, Person, int], Any]] = {
    "revoked": lambda c, p, k: p.delete(f"/api/api-keys/{k}"),
    "expired": lambda c, p, k: change(p, k, expires_at=datetime.now(UTC) - timedelta(seconds=1)),
    "member removed": lambda c, p, k: _superuser(
        c, "DELETE FROM memberships WHERE user_id = %s", p.user["id"]
    ),
    "user deactivated": lambda c, p, k: _superuser(
        c, "UPDATE users SET is_active = false WHERE id = %s", p.user["id"]
    ),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_key_that_has_ended(cluster: Cluster, pg_app: Flask, pg_person: Person, end: str) -> None:
    key = make_key(pg_person)
    assert ask(pg_app, key["key"]).status_code == 200
    ENDS[end](cluster, pg_person, key["id"])
    response = ask(pg_app, key["key"])
    assert same(response) == same(ask(pg_app, "nonsense"))


def test_a_member_who_comes_back_finds_no_keys_alive(pg_app: Flask, pg_person: Person) -> None:
    """Keys of a removed member are revoked, not only out of reach."""
    member = new_person(pg_app)
    wanted = {"username": member.user["username"], "role": "editor"}
    assert pg_person.post("/api/members", json=wanted).status_code == 201
    switched = member.post("/api/auth/switch", json={"account_id": pg_person.account["id"]})
    member.access_token = switched.get_json()["access_token"]
    key, mine = make_key(member), make_key(pg_person)
    assert ask(pg_app, key["key"]).status_code == 200
    assert [k["id"] for k in member.get("/api/api-keys").get_json()["items"]] == [key["id"]]
    assert member.delete(f"/api/api-keys/{mine['id']}").status_code == 404
    listed = pg_person.get("/api/api-keys").get_json()["items"]  # an owner sees all of them
    assert [item["id"] for item in listed] == [key["id"], mine["id"]]
    assert pg_person.delete(f"/api/members/{member.user['id']}").status_code == 204
    assert ask(pg_app, key["key"]).status_code == 401
    assert pg_person.post("/api/members", json=wanted).status_code == 201
    assert ask(pg_app, key["key"]).status_code == 401
    assert ask(pg_app, mine["key"]).status_code == 200


def test_a_key_expires_in_time(pg_app: Flask, pg_person: Person) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    key = make_key(pg_person, expires_at=soon.isoformat())
    assert ask(pg_app, key["key"]).status_code == 200
    assert datetime.fromisoformat(key["expires_at"]) == soon


def test_only_a_hash_is_stored(pg_app: Flask, pg_person: Person) -> None:
    key = make_key(pg_person, name="Meter cupboard")
    secret = key["key"].split("_", 3)[3]
    assert len(base64.urlsafe_b64decode(secret + "=")) == 32
    with of_person(pg_person) as session:
        row = session.scalars(select(ApiKey).where(ApiKey.id == key["id"])).one()
        events = session.execute(select(AuditEvent.event, AuditEvent.details)).all()
    assert bytes(row.secret_hash) == hashlib.sha256(secret.encode()).digest()
    assert secret not in str({c.name: getattr(row, c.name) for c in ApiKey.__table__.columns})
    assert secret not in str(events)
    listed = pg_person.get("/api/api-keys").get_json()["items"]
    assert [item["name"] for item in listed] == ["Meter cupboard"]
    assert secret not in str(listed)
    assert secret not in pg_person.get(f"/api/api-keys/{key['id']}").get_data(as_text=True)


def test_making_and_revoking_is_audited(pg_person: Person) -> None:
    key = make_key(pg_person)
    assert pg_person.delete(f"/api/api-keys/{key['id']}").status_code == 204
    assert pg_person.delete(f"/api/api-keys/{key['id']}").status_code == 404
    assert pg_person.get("/api/api-keys").get_json() == {"items": []}
    with of_person(pg_person) as session:
        found = session.execute(
            select(AuditEvent.event, AuditEvent.details).order_by(AuditEvent.id)
        )
        events = [(event, details["key_id"]) for event, details in found if "key_id" in details]
    assert events == [("api_key.created", key["id"]), ("api_key.revoked", key["id"])]


def test_use_is_noted_at_most_once_a_minute(pg_app: Flask, pg_person: Person) -> None:
    key = make_key(pg_person)

    def last_used() -> datetime:
        found = pg_person.get(f"/api/api-keys/{key['id']}").get_json()["last_used_at"]
        return datetime.fromisoformat(found)

    assert key["last_used_at"] is None
    began = datetime.now(UTC)
    ask(pg_app, key["key"])
    first = last_used()
    assert began <= first <= datetime.now(UTC)
    ask(pg_app, key["key"])
    assert last_used() == first
    change(pg_person, key["id"], last_used_at=first - timedelta(seconds=61))
    ask(pg_app, key["key"])
    assert last_used() > first


def test_a_refused_request_of_a_right_key_counts_as_use(pg_app: Flask, pg_person: Person) -> None:
    key = make_key(pg_person)
    headers = {"Authorization": f"Bearer {key['key']}"}
    assert pg_app.test_client().get("/api/auth/me", headers=headers).status_code == 403
    assert pg_person.get(f"/api/api-keys/{key['id']}").get_json()["last_used_at"]


def test_wrong_keys_are_slowed_down_and_right_ones_are_not(cluster: Cluster) -> None:
    app = create_app(
        make_settings(
            database_url=cluster.url("consumo_app"),
            login_limit_per_account_ip=3,
            login_limit_per_ip=5,
        )
    )
    person = new_person(app)
    right = make_key(person)
    wrong = _flipped(right["key"], -1)
    assert [ask(app, wrong).status_code for _ in range(5)] == [401, 401, 401, 429, 429]
    others = [_with_ids(wrong, person.account["id"], 10**9 + n) for n in range(3)]
    statuses = [ask(app, other) for other in others]
    assert [found.status_code for found in statuses] == [401, 401, 429]
    assert int(statuses[-1].headers["Retry-After"]) > 0
    assert ask(app, right["key"]).status_code == 200
    state_of(app).db.engine.dispose()


def test_a_key_of_a_member_who_reads_only(
    cluster: Cluster, pg_app: Flask, pg_person: Person
) -> None:
    _superuser(
        cluster, "UPDATE memberships SET role = 'viewer' WHERE user_id = %s", pg_person.user["id"]
    )
    assert ask(pg_app, make_key(pg_person)["key"]).status_code == 200


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no scope": ({"scopes": []}, "/scopes"),
    "unknown scope": ({"scopes": ["admin"]}, "/scopes/0"),
    "scope as text": ({"scopes": "read"}, "/scopes"),
    "a meter for reading": ({"meter_id": 1}, "/meter_id"),
    "in the past": ({"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
    "no offset": ({"expires_at": "2090-01-01T00:00:00"}, "/expires_at"),
    "a number": ({"expires_at": 4102444800}, "/expires_at"),
    "digits": ({"expires_at": "4102444800"}, "/expires_at"),
    "no name": ({"name": " "}, "/name"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_key_to_make(pg_person: Person, name: str) -> None:
    fields, pointer = BAD[name]
    body = {"name": "A key", "scopes": ["read"]} | fields
    response = pg_person.post("/api/api-keys", json=body)
    assert response.status_code == 422
    assert [item["pointer"] for item in response.get_json()["errors"]] == [pointer]
    assert pg_person.get("/api/api-keys").get_json() == {"items": []}
