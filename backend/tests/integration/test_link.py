"""What travels in one round trip, and what becomes of it when some of it fails."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import DBAPIError

from app import create_app
from app.db import Database, Prepared, TenantSession, driver, table_of
from app.db.driver import Call
from app.models import Site
from app.postgres import Cluster
from tests.conftest import make_settings, state_of
from tests.factories import Person, new_person

SITES = table_of(Site)
NAMES = Prepared(
    select(SITES.c.name).where(SITES.c.account_id == bindparam("account")).order_by(SITES.c.id)
)
RENAME = Prepared(
    SITES.update()
    .where(SITES.c.account_id == bindparam("account"))
    .values(name=bindparam("new_name"))
)
LENGTH = Prepared(text("SELECT length(CAST(:value AS text)) AS found"))


@pytest.fixture
def app(cluster: Cluster) -> Iterator[Flask]:
    """An application with a single connection, which everybody gets in turn."""
    made = create_app(make_settings(database_url=cluster.url("consumo_app"), database_pool_size=1))
    yield made
    state_of(made).db.engine.dispose()


@pytest.fixture
def person(app: Flask) -> Person:
    return new_person(app)


@pytest.fixture
def db(app: Flask) -> Database:
    return state_of(app).db


def names(db: Database, person: Person) -> list[str]:
    account = person.account["id"]
    with db.tenant(account, person.user["id"], read_only=True) as session:
        return [row.name for row in NAMES.rows(session, {"account": account})]


def test_what_waits_is_done_by_the_commit(db: Database, person: Person) -> None:
    account = person.account["id"]
    with db.tenant(account, person.user["id"]) as session:
        RENAME.ask(session, {"account": account, "new_name": "later"})
    assert names(db, person) == ["later"]


def test_what_waits_is_done_before_the_next_statement(db: Database, person: Person) -> None:
    account = person.account["id"]
    with db.tenant(account, person.user["id"]) as session:
        RENAME.ask(session, {"account": account, "new_name": "a"})
        assert [row.name for row in NAMES.rows(session, {"account": account})] == ["a"]
        RENAME.ask(session, {"account": account, "new_name": "b"})
        assert session.execute(text("SELECT name FROM sites")).scalar() == "b"
        RENAME.ask(session, {"account": account, "new_name": "c"})
        with session.driver() as connection:
            assert connection.execute("SELECT name FROM sites").fetchone() == ("c",)


def test_what_waits_is_forgotten_by_a_rollback(db: Database, person: Person) -> None:
    account = person.account["id"]
    with pytest.raises(KeyError), db.tenant(account, person.user["id"]) as session:  # noqa: PT012
        RENAME.ask(session, {"account": account, "new_name": "never"})
        raise KeyError
    assert names(db, person) == ["Home"]


def test_nothing_is_committed_when_what_travels_with_the_commit_fails(
    db: Database, person: Person
) -> None:
    account = person.account["id"]
    with pytest.raises(DBAPIError), db.tenant(account, person.user["id"]) as session:  # noqa: PT012
        session.execute(text("UPDATE sites SET name = 'never'"))
        session.execute(text("SET LOCAL lock_timeout = '1s'"))
        RENAME.ask(session, {"account": account, "new_name": "x" * 1000})
    assert names(db, person) == ["Home"]


def test_a_failed_transaction_is_not_taken_for_a_committed_one(
    db: Database, person: Person
) -> None:
    session = TenantSession(db.engine, account_id=person.account["id"], user_id=1)
    session.connect()
    with pytest.raises(DBAPIError, match="division by zero"):
        session.execute(text("SELECT 1 / 0"))
    with pytest.raises(DBAPIError, match="failed transaction"):
        session.finish()
    session.close()
    assert names(db, person) == ["Home"]


def test_a_statement_that_fails_in_company_leaves_the_connection_good(
    db: Database, person: Person
) -> None:
    account = person.account["id"]
    pids = []
    for _ in range(3):
        with db.tenant(account, person.user["id"]) as session:
            pids.append(session.execute(text("SELECT pg_backend_pid()")).scalar_one())
        with pytest.raises(Exception, match="bigint"), db.tenant(account, 1) as session:  # noqa: PT012
            RENAME.ask(session, {"account": account, "new_name": "never"})
            NAMES.rows(session, {"account": "no number"})
    assert len(set(pids)) == 1
    assert names(db, person) == ["Home"]


def test_statements_stay_prepared_whatever_the_driver_gives_up(
    db: Database, person: Person
) -> None:
    """psycopg deallocates all prepared statements after it has sent a ROLLBACK."""
    account, user = person.account["id"], person.user["id"]
    for _ in range(3):
        with db.tenant(account, user) as session:
            for _ in range(8):  # often enough for the driver to prepare it
                session.execute(text("SELECT name FROM sites WHERE id > :id"), {"id": 0}).all()
            assert NAMES.rows(session, {"account": account})
            with session.begin_nested() as savepoint:
                session.execute(text("UPDATE sites SET name = 'x'"))
                savepoint.rollback()
            assert NAMES.rows(session, {"account": account})
            session.rollback()
            assert NAMES.rows(session, {"account": account})[0].name == "Home"


def test_the_number_of_prepared_statements_is_bounded(
    db: Database, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "_MOST_PREPARED", 3)
    count = "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'consumo%'"
    with db.tenant(person.account["id"], person.user["id"]) as session:
        for number in range(20):
            statement = Prepared(text(f"SELECT {number} + CAST(:value AS integer) AS found"))
            asked = NAMES.ask(session, {"account": session.account_id})
            assert statement.rows(session, {"value": 1})[0].found == number + 1
            assert asked()[0].name == "Home"
        assert session.execute(text(count)).scalar_one() == 3


def test_a_value_larger_than_the_socket_takes_at_once_arrives(db: Database, person: Person) -> None:
    with db.tenant(person.account["id"], person.user["id"]) as session:
        assert session.link is not None
        session.link.later(Call(b"SET LOCAL work_mem = '4MB'"))
        assert LENGTH.rows(session, {"value": "x" * 5_000_000})[0].found == 5_000_000


def test_a_broken_answer_is_nobody_elses(
    db: Database, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever interrupts an exchange, the connection with its unread answers is given up."""
    account, user = person.account["id"], person.user["id"]

    def interrupted(*_: object) -> Iterator[object]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):  # noqa: PT012
        patch.setattr(driver, "_results", interrupted)
        with db.tenant(account, user) as session:
            NAMES.rows(session, {"account": account})
    assert names(db, person) == ["Home"]


def test_a_transaction_that_is_left_open_is_rolled_back_before_others_get_the_connection(
    db: Database, person: Person
) -> None:
    made = db.engine.raw_connection()
    made.driver_connection.pgconn.exec_(b"BEGIN; SET LOCAL app.account_id = '1'")  # type: ignore[union-attr]
    made.close()
    assert names(db, person) == ["Home"]


def test_a_session_that_has_ended_hears_nothing_else(person: Person) -> None:
    """What is asked in the round trip of the session's check stays unsaid."""
    entry = {"consumption_type": "water", "amount": 1, "consumption_date": "2026-03-01"}
    keyed = person.headers | {"Idempotency-Key": "k"}
    client = person.app.test_client()
    assert client.post("/api/consumption", json=entry, headers=keyed).status_code == 201
    assert person.delete(f"/api/auth/sessions/{own_session(person)}").status_code == 204
    other = client.post("/api/consumption", json=entry | {"amount": 2}, headers=keyed)
    assert (other.status_code, other.get_json()["code"]) == (401, "unauthenticated")
    assert client.post("/api/consumption", json=entry, headers=keyed).status_code == 401
    assert person.get("/api/consumption").status_code == 401


def own_session(person: Person) -> int:
    items = person.get("/api/auth/sessions").get_json()["items"]
    return int(next(item["id"] for item in items if item["current"]))


def test_the_end_of_a_transaction_that_only_read_is_not_waited_for(
    db: Database, person: Person
) -> None:
    account = person.account["id"]
    for _ in range(50):
        with db.tenant(account, person.user["id"], read_only=True) as session:
            assert NAMES.rows(session, {"account": account})
        with db.engine.connect() as connection:  # whoever gets it next finds it at rest
            found = connection.execute(text("SELECT current_setting('app.account_id', true)"))
            assert found.scalar_one() == ""
