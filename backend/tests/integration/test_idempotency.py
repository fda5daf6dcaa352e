"""Idempotency-Key on PostgreSQL: once means once, whoever races."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event, text
from werkzeug.test import TestResponse

from app.errors import Conflict, Invalid, Unavailable
from app.services import idempotency
from app.services.idempotency import KEPT_FOR, StoredAnswer
from tests.conftest import state_of
from tests.factories import Person, new_person

RECORD = {"consumption_type": "electricity", "amount": 2, "consumption_date": "2026-03-02"}
DIGEST = b"d" * 32


def create(person: Person, key: str, **fields: object) -> TestResponse:
    client = person.app.test_client()
    headers = person.headers | {"Idempotency-Key": key}
    return client.post("/api/consumption", json=RECORD | fields, headers=headers)


def count(person: Person) -> int:
    found = person.get("/api/consumption").get_json()
    return int(found["pagination"]["total_items"])


def test_the_same_request_again_gets_the_stored_answer(pg_person: Person) -> None:
    first, again = create(pg_person, "a"), create(pg_person, "a")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.get_data() == first.get_data()
    for name in ("ETag", "Location", "Content-Type"):
        assert again.headers[name] == first.headers[name]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert count(pg_person) == 1


def test_another_body_with_the_same_key_is_refused(pg_person: Person) -> None:
    create(pg_person, "a")
    other = create(pg_person, "a", amount=3)
    assert other.status_code == 422
    assert other.get_json()["errors"][0]["pointer"] == "Idempotency-Key:"
    assert count(pg_person) == 1


def test_another_path_with_the_same_key_is_refused(pg_person: Person) -> None:
    create(pg_person, "a")
    headers = {"Idempotency-Key": "a"}
    response = pg_person.post("/api/consumption/batch", json={"delete": []}, headers=headers)
    assert response.status_code == 422


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there", "é"])
def test_a_key_of_another_form_is_refused(pg_person: Person, key: str) -> None:
    assert create(pg_person, key).status_code == 422
    assert count(pg_person) == 0


def test_a_refused_request_leaves_its_key_free(pg_person: Person) -> None:
    assert create(pg_person, "a", meter_id=2**62).status_code == 404
    assert create(pg_person, "a").status_code == 201


def test_many_at_once_are_one(pg_person: Person) -> None:
    answers: list[TestResponse] = []
    threads = [
        threading.Thread(target=lambda: answers.append(create(pg_person, "a"))) for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.get_data() for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    assert count(pg_person) == 1


def test_a_key_of_a_colleague_is_another_key(pg_app: Flask, pg_person: Person) -> None:
    create(pg_person, "a")
    assert create(new_person(pg_app), "a", amount=9).status_code == 201


def test_a_request_that_is_under_way_is_a_409(pg_app: Flask, pg_person: Person) -> None:
    db, now = state_of(pg_app).db, datetime.now(UTC)
    account, user = pg_person.account["id"], pg_person.user["id"]
    with db.tenant(account, user) as holder:
        assert idempotency.claim(holder, "a", DIGEST, now) is None
        with pytest.raises(Conflict) as refusal, db.tenant(account, user) as session:  # noqa: PT012
            session.execute(text("SET LOCAL lock_timeout = '50ms'"))
            idempotency.claim(session, "a", DIGEST, now)
    assert refusal.value.headers["Retry-After"] == "2"


def test_waiting_too_long_for_another_reason_is_a_503(pg_app: Flask, pg_person: Person) -> None:
    db, now = state_of(pg_app).db, datetime.now(UTC)
    account, user = pg_person.account["id"], pg_person.user["id"]
    with db.tenant(account, user) as holder:
        assert idempotency.claim(holder, "a", DIGEST, now) is None
        with pytest.raises(Unavailable), db.tenant(account, user) as session:  # noqa: PT012
            session.execute(text("SET LOCAL statement_timeout = '50ms'"))
            idempotency.claim(session, "a", DIGEST, now)


def test_work_that_is_given_up_frees_its_key_for_the_one_that_waits(
    pg_app: Flask, pg_person: Person
) -> None:
    db, now = state_of(pg_app).db, datetime.now(UTC)
    account, user = pg_person.account["id"], pg_person.user["id"]
    found: list[StoredAnswer | None] = []

    def wait() -> None:
        with db.tenant(account, user) as session:
            found.append(idempotency.claim(session, "a", DIGEST, now))

    waiting = threading.Thread(target=wait)
    with pytest.raises(KeyError), db.tenant(account, user) as holder:  # noqa: PT012
        idempotency.claim(holder, "a", DIGEST, now)
        waiting.start()
        raise KeyError
    waiting.join(5)
    assert found == [None]


def test_a_key_may_be_used_again_after_a_day(pg_app: Flask, pg_person: Person) -> None:
    db, now = state_of(pg_app).db, datetime.now(UTC)
    account, user = pg_person.account["id"], pg_person.user["id"]
    answer = StoredAnswer(201, "{}", b"x")
    with db.tenant(account, user) as session:
        assert idempotency.claim(session, "a", DIGEST, now) is None
        idempotency.store(session, "a", answer)
    with db.tenant(account, user) as session:
        assert idempotency.claim(session, "a", DIGEST, now + KEPT_FOR) == answer
        with pytest.raises(Invalid):
            idempotency.claim(session, "a", b"e" * 32, now)
    with db.tenant(account, user) as session:
        late = now + KEPT_FOR + timedelta(seconds=1)
        assert idempotency.claim(session, "a", b"e" * 32, late) is None


def test_old_keys_are_forgotten_now_and_then(
    pg_app: Flask, pg_person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    db, now = state_of(pg_app).db, datetime.now(UTC)
    account, user = pg_person.account["id"], pg_person.user["id"]
    with db.tenant(account, user) as session:
        idempotency.claim(session, "old", DIGEST, now - timedelta(hours=25))
        idempotency.claim(session, "young", DIGEST, now - timedelta(hours=23))
        idempotency._purge(session, now)
        kept = session.execute(text("SELECT key FROM idempotency_keys")).scalars().all()
    assert kept == ["young"]
    monkeypatch.setattr(idempotency, "_PURGE_ONE_IN", 1)
    with db.tenant(account, user) as session:
        idempotency.claim(session, "new", DIGEST, now + timedelta(hours=25))
        kept = session.execute(text("SELECT key FROM idempotency_keys")).scalars().all()
    assert kept == ["new"]


def test_a_key_that_is_forgotten_while_it_is_looked_up_is_free(
    pg_app: Flask, pg_person: Person
) -> None:
    create(pg_person, "a")
    db = state_of(pg_app).db
    ids = (pg_person.account["id"], pg_person.user["id"])
    forgotten: list[bool] = []

    def forget(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not forgotten and statement.startswith("SELECT") and "idempotency_keys" in statement:
            forgotten.append(True)
            with db.tenant(*ids) as other:  # between the refused insert and the look-up
                other.execute(text("DELETE FROM idempotency_keys WHERE key = 'a'"))

    event.listen(db.engine, "before_cursor_execute", forget)
    try:
        with db.tenant(*ids) as session:
            assert idempotency.claim(session, "a", DIGEST, datetime.now(UTC)) is None
    finally:
        event.remove(db.engine, "before_cursor_execute", forget)
    assert forgotten == [True]
