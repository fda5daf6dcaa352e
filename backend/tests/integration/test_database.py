"""What happens to requests when the database misbehaves."""

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text

from app import create_app
from app.errors import Conflict, Internal, TooManyRequests, Unavailable
from app.postgres import Cluster
from tests.conftest import make_settings, state_of
from tests.factories import Person, new_person


@pytest.fixture
def small_app(cluster: Cluster) -> Iterator[Flask]:
    """An application with two connections and little patience."""
    made = create_app(
        make_settings(
            database_url=cluster.url("consumo_app"),
            database_pool_size=2,
            database_pool_timeout_s=0.3,
        )
    )
    yield made
    state_of(made).db.engine.dispose()


@pytest.fixture
def small_person(small_app: Flask) -> Person:
    return new_person(small_app)


def kill_connections(cluster: Cluster) -> None:
    url = cluster.url("postgres").replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
            " WHERE usename = 'consumo_app'"
        )


def test_a_pooled_connection_that_died_is_replaced_unseen(
    cluster: Cluster, small_person: Person
) -> None:
    for _ in range(3):
        kill_connections(cluster)
        assert small_person.get("/api/auth/me").status_code == 200
        kill_connections(cluster)
        small_person.record(1)
    found = small_person.get("/api/consumption").get_json()
    assert found["pagination"]["total_items"] == 3


def test_a_connection_that_dies_in_the_middle_is_a_503_and_stores_nothing(
    cluster: Cluster, small_app: Flask, small_person: Person
) -> None:
    db = state_of(small_app).db
    account, user = small_person.account["id"], small_person.user["id"]
    with pytest.raises(Unavailable), db.tenant(account, user) as session:  # noqa: PT012
        session.execute(text("UPDATE sites SET name = 'lost'"))
        kill_connections(cluster)
        session.execute(text("SELECT 1"))
    with db.tenant(account, user) as session:
        assert session.execute(text("SELECT name FROM sites")).scalar() == "Home"


def test_a_connection_that_dies_before_the_commit_is_a_503(
    cluster: Cluster, small_app: Flask, small_person: Person
) -> None:
    db = state_of(small_app).db
    account, user = small_person.account["id"], small_person.user["id"]
    with pytest.raises(Unavailable), db.tenant(account, user) as session:  # noqa: PT012
        session.execute(text("UPDATE sites SET name = 'lost'"))
        kill_connections(cluster)
    assert small_person.get("/api/auth/me").status_code == 200


def test_when_all_connections_are_busy_the_answer_is_a_503_soon(
    small_app: Flask, small_person: Person
) -> None:
    db = state_of(small_app).db
    with db.anonymous(), db.anonymous():
        began = time.monotonic()
        response = small_person.get("/api/auth/me")
        assert time.monotonic() - began < 2
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) >= 1
    assert small_person.get("/api/auth/me").status_code == 200


def test_work_that_takes_too_long_is_given_up(small_app: Flask, small_person: Person) -> None:
    db = state_of(small_app).db
    account, user = small_person.account["id"], small_person.user["id"]
    with pytest.raises(Unavailable, match="too long"), db.tenant(account, user) as session:  # noqa: PT012
        session.execute(text("SET LOCAL statement_timeout = '50ms'"))
        session.execute(text("SELECT pg_sleep(2)"))


def test_a_lock_that_others_hold_is_a_503(small_app: Flask, small_person: Person) -> None:
    db = state_of(small_app).db
    account, user = small_person.account["id"], small_person.user["id"]
    lock = text("SELECT 1 FROM sites FOR UPDATE")
    with db.tenant(account, user) as holder:
        holder.execute(lock)
        with pytest.raises(Unavailable, match="same data"), db.tenant(account, user) as session:  # noqa: PT012
            session.execute(text("SET LOCAL lock_timeout = '50ms'"))
            session.execute(lock)


def test_a_read_only_transaction_cannot_write(small_app: Flask, small_person: Person) -> None:
    db = state_of(small_app).db
    account, user = small_person.account["id"], small_person.user["id"]
    with (
        pytest.raises(Exception, match="read-only transaction"),
        db.tenant(account, user, read_only=True) as session,
    ):
        session.execute(text("UPDATE sites SET name = 'x'"))


def test_a_problem_takes_everything_back_unless_it_keeps_changes(
    small_app: Flask, small_person: Person
) -> None:
    db = state_of(small_app).db
    account, user = small_person.account["id"], small_person.user["id"]
    rename = text("UPDATE sites SET name = :name")
    for problem, name in (
        (Conflict("no"), "Home"),
        (Internal("no", keeps_changes=True), "kept 1"),
        (TooManyRequests("no", 1), "kept 2"),
        (Conflict("no"), "kept 2"),
    ):
        with pytest.raises(type(problem)), db.tenant(account, user) as session:  # noqa: PT012
            session.execute(rename, {"name": name if name.startswith("kept") else "x"})
            raise problem
        with db.tenant(account, user) as session:
            assert session.execute(text("SELECT name FROM sites")).scalar() == name


def test_two_who_wait_for_each_other_are_both_served(pg_app: Flask, pg_person: Person) -> None:
    """Batches over the same meters in opposite orders, many times over."""
    statuses: list[int] = []
    types = ["electricity", "water", "gas"]

    def run(order: list[str]) -> None:
        entries = [
            {"consumption_type": kind, "amount": 1, "consumption_date": "2026-03-01"}
            for kind in order
        ]
        for _ in range(5):
            response = pg_person.app.test_client().post(
                "/api/consumption/batch", json={"create": entries}, headers=pg_person.headers
            )
            statuses.append(response.status_code)

    threads = [threading.Thread(target=run, args=(order,)) for order in (types, types[::-1]) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) == {200}
    total = pg_person.get("/api/consumption").get_json()["pagination"]["total_items"]
    assert total == 3 * 5 * 6


def test_a_database_that_is_away_is_a_503(cluster: Cluster) -> None:
    url = cluster.url("consumo_app").replace("host=", "host=%2Fnowhere")
    app = create_app(make_settings(database_url=url))
    body = {"username": "nobody", "password": "x"}
    response = app.test_client().post("/api/auth/login", json=body)
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert "nowhere" not in response.get_data(as_text=True)
