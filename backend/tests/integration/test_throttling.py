"""Limits on guessing and signing up, counted in PostgreSQL, and what the answers give away."""

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app import create_app
from app.postgres import Cluster
from app.services import throttles
from app.services.throttles import FOREVER, Limit
from tests.conftest import make_settings, state_of
from tests.factories import PASSWORD, Person, new_person, registration

WRONG = "The name or the password is wrong."
MakeApp = Callable[..., Flask]


@pytest.fixture
def make_app(cluster: Cluster) -> Iterator[MakeApp]:
    """Makes applications on the same database, as workers and as other settings."""
    made: list[Flask] = []

    def make(**changes: Any) -> Flask:
        app = create_app(make_settings(database_url=cluster.url("consumo_app"), **changes))
        made.append(app)
        return app

    # Counters are shared by all tests of the run: each begins without any.
    with psycopg.connect(cluster.url("postgres").replace("+psycopg", "")) as connection:
        connection.execute("DELETE FROM throttles")
    yield make
    for app in made:
        state_of(app).db.engine.dispose()


def login(
    app: Flask,
    person: Person,
    password: str = "wrong",
    *,
    address: str = "192.0.2.1",
    headers: dict[str, str] | None = None,
    **name: str,
) -> TestResponse:
    body = (name or {"username": person.user["username"]}) | {"password": password}
    return app.test_client().post(
        "/api/auth/login",
        json=body,
        headers=headers,
        environ_base={"REMOTE_ADDR": address},
    )


def statuses(answers: list[TestResponse]) -> list[int]:
    return [answer.status_code for answer in answers]


# One account from one address


def test_the_eleventh_guess_at_an_account_is_refused(make_app: MakeApp) -> None:
    app = make_app(login_limit_per_account_ip=10)
    person = new_person(app)
    answers = [login(app, person) for _ in range(12)]
    assert statuses(answers) == [401] * 10 + [429] * 2
    refused = answers[-1]
    assert 1 <= int(refused.headers["Retry-After"]) <= 15 * 60 + 1
    assert refused.mimetype == "application/problem+json"
    assert "10 are allowed" in refused.get_json()["detail"]


def test_the_right_password_reveals_nothing_while_locked(make_app: MakeApp) -> None:
    app = make_app(login_limit_per_account_ip=3)
    person = new_person(app)
    for _ in range(3):
        login(app, person)
    right, wrong = login(app, person, PASSWORD), login(app, person)
    assert statuses([right, wrong]) == [429, 429]
    assert "Set-Cookie" not in right.headers
    bodies = [answer.get_json() for answer in (right, wrong)]
    assert bodies[0] | {"request_id": ""} == bodies[1] | {"request_id": ""}
    assert login(app, person, PASSWORD).status_code == 429  # it did not unlock either


def test_a_right_password_forgets_the_wrong_ones(make_app: MakeApp) -> None:
    app = make_app(login_limit_per_account_ip=3, login_limit_consecutive=4)
    person = new_person(app)
    for _ in range(3):
        assert statuses([login(app, person), login(app, person)]) == [401, 401]
        assert login(app, person, PASSWORD).status_code == 200


def test_another_address_may_still_sign_in(make_app: MakeApp) -> None:
    app = make_app(login_limit_per_account_ip=2)
    person = new_person(app)
    for _ in range(3):
        login(app, person)
    assert login(app, person, PASSWORD, address="192.0.2.2").status_code == 200
    assert login(app, person, PASSWORD).status_code == 429


def test_another_account_is_not_affected(make_app: MakeApp) -> None:
    app = make_app(login_limit_per_account_ip=2)
    person, neighbour = new_person(app), new_person(app)
    for _ in range(3):
        login(app, person)
    assert login(app, neighbour, PASSWORD).status_code == 200


def test_all_spellings_of_a_name_share_one_counter(make_app: MakeApp) -> None:
    app = make_app(login_limit_per_account_ip=6)
    person = new_person(app, email="josé.limit@example.org", username="jose.limit")
    spellings = [
        {"email": "josé.limit@example.org"},
        {"email": "JOSÉ.LIMIT@EXAMPLE.ORG"},
        {"email": "jose\u0301.limit@example.org"},
        {"email": " ｊosé.limit@example.org "},
        {"username": "jose.limit"},
        {"username": "Jose.LIMIT"},
    ]
    assert statuses([login(app, person, **name) for name in spellings]) == [401] * 6
    assert statuses([login(app, person, PASSWORD, **name) for name in spellings]) == [429] * 6


def test_an_unknown_name_is_counted_like_a_known_one(make_app: MakeApp) -> None:
    app = make_app(login_limit_per_account_ip=3)
    person = new_person(app)
    known = [login(app, person) for _ in range(5)]
    unknown = [login(app, person, username="nobody.at.all") for _ in range(5)]
    assert statuses(known) == statuses(unknown) == [401] * 3 + [429] * 2
    for one, other in zip(known, unknown, strict=True):
        assert one.get_json() | {"request_id": ""} == other.get_json() | {"request_id": ""}


def test_nobody_is_locked_by_guessing_their_number(make_app: MakeApp) -> None:
    app = make_app(login_limit_per_account_ip=2, login_limit_consecutive=2)
    person = new_person(app)
    for _ in range(4):
        login(app, person, username=str(person.user["id"]))
    assert login(app, person, PASSWORD).status_code == 200


def test_the_window_ends(make_app: MakeApp, cluster: Cluster) -> None:
    app = make_app(login_limit_per_account_ip=2)
    person = new_person(app)
    assert statuses([login(app, person) for _ in range(3)]) == [401, 401, 429]
    with psycopg.connect(cluster.url("postgres").replace("+psycopg", "")) as connection:
        connection.execute("UPDATE throttles SET started_at = started_at - interval '16 minutes'")
    assert login(app, person, PASSWORD).status_code == 200


def test_guesses_in_parallel_on_several_workers_are_counted_together(make_app: MakeApp) -> None:
    workers = [make_app(login_limit_per_account_ip=10, database_pool_size=4) for _ in range(3)]
    person = new_person(workers[0])
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda app=app: answers.append(login(app, person).status_code))
        for app in workers * 8
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [401] * 10 + [429] * 14


# One address, one account for ever


def test_one_address_may_not_try_many_accounts(make_app: MakeApp) -> None:
    app = make_app(login_limit_per_ip=5)
    person = new_person(app)
    spread = [login(app, person, username=f"nobody{number}") for number in range(6)]
    assert statuses(spread) == [401] * 5 + [429]
    assert login(app, person, PASSWORD).status_code == 429
    assert login(app, person, PASSWORD, address="192.0.2.9").status_code == 200


def test_a_right_password_does_not_forget_what_its_address_did(make_app: MakeApp) -> None:
    app = make_app(login_limit_per_ip=4)
    person = new_person(app)
    for _ in range(2):
        login(app, person)
        login(app, person, PASSWORD)
    assert login(app, person, PASSWORD).status_code == 429


def test_a_hundred_wrong_passwords_in_a_row_lock_the_account_everywhere(make_app: MakeApp) -> None:
    app = make_app(login_limit_consecutive=100)
    person = new_person(app)
    answers = [login(app, person, address=f"192.0.2.{number}") for number in range(100)]
    assert statuses(answers) == [401] * 100
    refused = login(app, person, PASSWORD, address="198.51.100.1")
    assert refused.status_code == 429
    assert "100 wrong passwords in a row" in refused.get_json()["detail"]
    assert "Set-Cookie" not in refused.headers


def test_an_open_session_can_unlock_its_account(make_app: MakeApp) -> None:
    app = make_app(login_limit_consecutive=3)
    person = new_person(app)
    for _ in range(4):
        login(app, person)
    body = {"current_password": PASSWORD, "new_password": "seventeen purple walruses dance"}
    assert person.post("/api/auth/password", json=body).status_code == 204
    assert login(app, person, body["new_password"]).status_code == 200


def test_guessing_the_current_password_of_an_open_session_is_limited(make_app: MakeApp) -> None:
    app = make_app(login_limit_per_account_ip=3)
    person = new_person(app)
    body = {"current_password": "wrong", "new_password": "seventeen purple walruses dance"}
    answers = [person.post("/api/auth/password", json=body) for _ in range(4)]
    assert statuses(answers) == [422, 422, 422, 429]
    right = person.post("/api/auth/password", json=body | {"current_password": PASSWORD})
    assert right.status_code == 429


def test_signing_up_is_limited_by_address(make_app: MakeApp) -> None:
    app = make_app(register_limit_per_ip=3)

    def sign_up(address: str) -> TestResponse:
        client = app.test_client()
        place = {"REMOTE_ADDR": address}
        return client.post("/api/auth/register", json=registration(), environ_base=place)

    answers = [sign_up("192.0.2.1") for _ in range(4)]
    assert statuses(answers) == [201] * 3 + [429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 3_601
    assert sign_up("192.0.2.2").status_code == 201


# Where a request comes from


def test_a_forged_forwarding_header_does_not_give_new_guesses(make_app: MakeApp) -> None:
    app = make_app(login_limit_per_ip=3)
    person = new_person(app)
    answers = [
        login(app, person, headers={"X-Forwarded-For": f"203.0.113.{number}"})
        for number in range(5)
    ]
    assert statuses(answers) == [401] * 3 + [429] * 2


def _from(app: Flask, person: Person, forwarded: str, peer: str = "10.0.0.1") -> int:
    headers = {"X-Forwarded-For": forwarded}
    return login(app, person, address=peer, headers=headers).status_code


def test_behind_a_trusted_proxy_each_client_has_its_own_counter(make_app: MakeApp) -> None:
    app = make_app(login_limit_per_ip=2, trusted_proxies=("10.0.0.0/8",))
    person = new_person(app)
    assert [_from(app, person, "203.0.113.1") for _ in range(3)] == [401, 401, 429]
    assert _from(app, person, "203.0.113.2") == 401


def test_only_the_rightmost_untrusted_address_counts(make_app: MakeApp) -> None:
    app = make_app(login_limit_per_ip=2, trusted_proxies=("10.0.0.0/8", "fd00::/8"))
    person = new_person(app)
    chains = [
        "203.0.113.1",
        "198.51.100.7, 203.0.113.1",
        "198.51.100.8, 203.0.113.1, 10.0.0.2",
        "10.0.0.9, 203.0.113.1, fd00::1, 10.0.0.2",
        "nonsense, , 203.0.113.1",
    ]
    assert [_from(app, person, chain) for chain in chains] == [401, 401, 429, 429, 429]


def test_an_untrusted_peer_cannot_name_another_address(make_app: MakeApp) -> None:
    app = make_app(login_limit_per_ip=2, trusted_proxies=("10.0.0.0/8",))
    person = new_person(app)
    answers = [_from(app, person, f"203.0.113.{number}", peer="192.0.2.77") for number in range(4)]
    assert answers == [401, 401, 429, 429]


def test_a_chain_of_trusted_proxies_alone_counts_as_its_first(make_app: MakeApp) -> None:
    app = make_app(login_limit_per_ip=1, trusted_proxies=("10.0.0.0/8",))
    person = new_person(app)
    assert [_from(app, person, "10.0.0.5") for _ in range(2)] == [401, 429]
    assert _from(app, person, "10.0.0.6") == 401
    assert login(app, person, address="10.0.0.1").status_code == 401


# What answers give away


def test_an_unknown_name_answers_as_a_wrong_password_does(make_app: MakeApp) -> None:
    app = make_app()
    person = new_person(app)
    wrong = login(app, person)
    unknown_name = login(app, person, username="nobody.at.all")
    unknown_mail = login(app, person, email="nobody.at.all@example.org")
    for answer in (wrong, unknown_name, unknown_mail):
        assert answer.status_code == 401
        assert answer.get_json()["detail"] == WRONG
        body = answer.get_json() | {"request_id": ""}
        assert body == wrong.get_json() | {"request_id": ""}
        assert set(answer.headers.keys()) == set(wrong.headers.keys())


def test_an_unknown_name_costs_as_much_as_a_wrong_password(make_app: MakeApp) -> None:
    app = make_app(bcrypt_cost=10)
    person = new_person(app)

    def cost(name: str) -> float:
        began = time.process_time()  # of all threads: hashing has its own
        assert login(app, person, username=name).status_code == 401
        return time.process_time() - began

    cost("warm.up")
    known, unknown = [], []
    for number in range(12):
        known.append(cost(person.user["username"]))
        unknown.append(cost(f"nobody{number}"))
    one_hash = 0.015  # a bcrypt of cost 10 takes 40 to 80 ms; all the rest takes 2
    assert min(unknown) > one_hash
    assert min(known) > one_hash
    assert 0.7 < statistics.median(known) / statistics.median(unknown) < 1.4


def test_a_disabled_user_costs_as_much_as_a_wrong_password(
    make_app: MakeApp, cluster: Cluster
) -> None:
    app = make_app(bcrypt_cost=10)
    person = new_person(app)
    with psycopg.connect(cluster.url("postgres").replace("+psycopg", "")) as connection:
        disable = "UPDATE users SET is_active = false WHERE id = %s"
        connection.execute(disable, [person.user["id"]])
    began = time.process_time()
    assert login(app, person, PASSWORD).status_code == 401
    assert time.process_time() - began > 0.015


# The counters themselves


def test_the_table_of_counters_names_nobody(make_app: MakeApp, cluster: Cluster) -> None:
    app = make_app(login_limit_per_account_ip=9, login_limit_per_ip=9, login_limit_consecutive=9)
    person = new_person(app)
    login(app, person)
    with psycopg.connect(cluster.url("postgres").replace("+psycopg", "")) as connection:
        rows = connection.execute("SELECT throttles::text, key FROM throttles").fetchall()
    assert len(rows) == 3
    for text, key in rows:
        assert len(key) == 32
        assert person.user["username"] not in text
        assert "192.0.2.1" not in text


def test_a_limit_of_zero_is_no_limit(make_app: MakeApp) -> None:
    app = make_app()
    person = new_person(app)
    assert statuses([login(app, person) for _ in range(25)]) == [401] * 25


def test_counters_are_read_without_counting_and_forgotten_after_a_day(make_app: MakeApp) -> None:
    app = make_app()
    state, now = state_of(app), datetime.now(UTC)
    limit, forever = Limit(("x",), 2, timedelta(minutes=1)), Limit(("y",), 60, FOREVER)
    unlimited = Limit(("z",), 0, timedelta(minutes=1))
    with state.db.anonymous() as session:
        key = state.keys.throttle
        assert not throttles.is_exhausted(session, key, limit)
        for _ in range(2):
            throttles.take(session, key, [limit, unlimited], now)
        assert throttles.is_exhausted(session, key, limit)
        assert throttles.is_exhausted(session, key, limit)
        assert not throttles.is_exhausted(session, key, unlimited)
        for _ in range(60):
            throttles.take(session, key, [forever], now)
        throttles.purge(session, now + timedelta(hours=23))
        assert throttles.is_exhausted(session, key, limit)
        throttles.purge(session, now + timedelta(hours=25))
        assert not throttles.is_exhausted(session, key, limit)
        assert throttles.is_exhausted(session, key, forever)
