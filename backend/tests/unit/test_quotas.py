"""How often one may ask: who is counted together, what is said, and where it is off."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app import counters, quotas
from app.counters import Counters
from app.services import accounts, demo
from tests.conftest import sqlite_app, state_of
from tests.factories import Person, new_person
from tests.importing import csv, of_person, send

READS, WRITES, FILES = 4, 3, 2
PATH = "/api/consumption"
EXPORT = "/api/exports/consumption.json"


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    made = sqlite_app(
        read_limit_per_minute=READS,
        write_limit_per_minute=WRITES,
        import_limit_per_hour=FILES,
        import_limit_parallel=1,
        export_limit_per_hour=FILES,
        demo_account=True,
    )
    yield made
    state_of(made).db.engine.dispose()


def statuses(person: Person, method: str, path: str, times: int) -> list[int]:
    return [person.call(method, path).status_code for _ in range(times)]


def fields(response: TestResponse) -> tuple[str | None, str | None]:
    return response.headers.get("RateLimit-Policy"), response.headers.get("RateLimit")


def test_reads_beyond_the_limit_are_asked_to_wait(person: Person) -> None:
    first = person.get(PATH)
    assert fields(first) == (f'"reads";q={READS};w=60', f'"reads";r={READS - 1};t=60')
    assert statuses(person, "GET", PATH, READS - 1) == [200] * (READS - 1)
    refused = person.get(PATH)
    body = refused.get_json()
    assert (refused.status_code, body["code"]) == (429, "too-many-requests")
    wait_s = int(refused.headers["Retry-After"])
    assert 50 <= wait_s <= 60
    assert body["params"] == {"retry_after_s": wait_s}
    assert body["detail"] == f"{READS} reads a minute are allowed; try again in {wait_s} s."
    assert fields(refused)[1] == f'"reads";r=0;t={wait_s}'


def test_what_is_refused_does_nothing(person: Person) -> None:
    for amount in range(WRITES + 2):
        body = {"consumption_type": "water", "amount": amount, "consumption_date": "2026-03-01"}
        person.post(PATH, json=body)
    assert person.get(PATH).get_json()["pagination"]["total_items"] == WRITES


def test_reads_and_writes_are_counted_apart_and_each_user_alone(app: Flask, person: Person) -> None:
    assert statuses(person, "GET", PATH, READS + 1)[-1] == 429
    assert statuses(person, "POST", PATH, WRITES + 1) == [415] * WRITES + [429]
    assert new_person(app).get(PATH).status_code == 200


def test_all_sessions_of_a_user_are_counted_together(app: Flask, person: Person) -> None:
    statuses(person, "GET", PATH, READS)
    body = {
        "username": person.user["username"],
        "password": "mauve-otter-97",
        "token_delivery": "body",
    }
    signed_in = app.test_client().post("/api/auth/login", json=body).get_json()
    other = Person(app, person.user, person.account, signed_in["access_token"], "")
    assert other.get(PATH).status_code == 429


def test_each_guest_of_the_demonstration_is_counted_alone(app: Flask) -> None:
    with of_person(new_person(app)) as session:
        accounts.add_guest(session, demo.GUEST_USER, "guest@example.org")

    def visit() -> Person:
        answer = app.test_client().post("/api/auth/demo", json={"token_delivery": "body"})
        body = answer.get_json()
        return Person(app, body["user"], body["account"], body["access_token"], "")

    first, second = visit(), visit()
    assert statuses(first, "GET", EXPORT, FILES + 1)[-1] == 429
    assert first.user["id"] == second.user["id"]
    assert statuses(second, "GET", EXPORT, FILES) == [200] * FILES


def test_an_api_key_is_counted_alone_and_only_when_it_is_good(app: Flask, person: Person) -> None:
    made = person.post("/api/api-keys", json={"name": "Dial", "scopes": ["read"]}).get_json()

    def ask(key: str) -> TestResponse:
        return app.test_client().get(PATH, headers={"Authorization": f"Bearer {key}"})

    forged = made["key"][:-1] + ("A" if made["key"][-1] != "A" else "B")
    assert [ask(forged).status_code for _ in range(READS + 1)] == [401] * (READS + 1)
    assert [ask(made["key"]).status_code for _ in range(READS)] == [200] * READS
    assert ask(made["key"]).status_code == 429
    assert person.get(PATH).status_code == 200


def test_a_request_that_is_tried_again_is_one(app: Flask) -> None:
    with app.test_request_context():
        for _ in range(3):  # as after a deadlock, when its API key is looked up again
            state_of(app).quotas.count_key(1, 1)
        assert dict(quotas.headers())["RateLimit"] == f'"reads";r={READS - 1};t=60'


def test_files_of_an_account_are_counted_by_the_hour(person: Person) -> None:
    exported = [person.get(EXPORT) for _ in range(FILES + 1)]
    assert [response.status_code for response in exported] == [200] * FILES + [429]
    assert fields(exported[0])[0] == f'"reads";q={READS};w=60, "exports";q={FILES};w=3600'
    assert re.fullmatch(r'"reads";r=1;t=\d+, "exports";r=0;t=\d+', fields(exported[-1])[1] or "")
    assert int(exported[-1].headers["Retry-After"]) > 3500


def test_imports_are_counted_by_the_hour_and_trials_are_not() -> None:
    app = sqlite_app(import_limit_per_hour=FILES, import_limit_parallel=2)
    person = new_person(app)
    for _ in range(FILES + 2):
        assert send(person, csv("2026-01-01,1"), dry_run=True).status_code == 200
    days = [csv(f"2026-01-0{day},1") for day in range(1, FILES + 2)]
    assert [send(person, day).status_code for day in days] == [201] * FILES + [429]
    assert send(new_person(app), days[0]).status_code == 201


def test_of_files_read_at_once_those_beyond_the_limit_wait() -> None:
    app = sqlite_app(import_limit_parallel=1)
    person, limits = new_person(app), state_of(app).quotas
    account_id = person.account["id"]
    with app.test_request_context(), limits.importing(account_id, is_trial=True):
        refused = send(person, csv("2026-01-01,1"))
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "2")
    assert "may have 1 files read at the same time" in refused.get_json()["detail"]
    assert send(person, csv("2026-01-01,1")).status_code == 201
    assert send(person, b"nonsense").status_code == 422  # an error gives its turn back as well
    assert send(person, csv("2026-01-02,1"), dry_run=True).status_code == 200


def test_a_limit_of_zero_is_none() -> None:
    person = new_person(sqlite_app())
    response = person.get(EXPORT)
    assert (response.status_code, fields(response)) == (200, (None, None))
    assert send(person, csv("2026-01-01,1")).status_code == 201


def test_what_is_open_to_everybody_is_not_counted(app: Flask) -> None:
    assert fields(app.test_client().get("/api/health")) == (None, None)


def test_a_window_ends_and_another_begins() -> None:
    found = Counters(None)
    assert [found.count("a", 60)[0] for _ in range(3)] == [1, 2, 3]
    assert found.count("b", 60) == (1, pytest.approx(60))
    assert [found.count("no time at all", 0)[0] for _ in range(3)] == [1, 1, 1]


def test_counters_do_not_grow_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counters, "MAX_KEYS", 3)
    found = Counters(None)
    found.count("short", 0)
    for key in "abc":
        found.count(key, 60)  # what has ended makes room first
    assert [found.count(key, 60)[0] for key in "abc"] == [2, 2, 2]
    found.count("d", 60)  # and then what began first
    assert [found.count(key, 60)[0] for key in "bcd"] == [3, 3, 2]


def test_a_turn_is_given_back() -> None:
    found = Counters(None)
    with found.turn("a", 1, 60) as first, found.turn("a", 1, 60) as second:
        assert (first, second) == (True, False)
    with found.turn("a", 1, 60) as third:
        assert third
