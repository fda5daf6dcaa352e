"""Undoing deletions on PostgreSQL: many at once, and row security."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.models import Consumption, Deletion
from app.services.rebuild import rebuild
from tests.conftest import state_of
from tests.factories import Person, new_person
from tests.importing import imported
from tests.integration.test_accounts_pg import at_once

RESTORE = "/api/consumption/restore"
CSV = b"date,electricity (kWh)\n2026-03-01,12.5\n2026-03-02,3\n"


def deleted(person: Person, record_id: int) -> dict[str, str]:
    """Delete a record; gives the body that restores it."""
    answer = person.delete(f"/api/consumption/{record_id}")
    assert answer.status_code == 204
    return {"undo_token": answer.headers["Undo-Token"]}


def assert_sound(person: Person, records: int) -> None:
    db = state_of(person.app).db
    with db.tenant(person.account["id"], person.user["id"]) as session:
        assert session.scalar(select(func.count()).select_from(Consumption)) == records
        assert rebuild(session, write=False) == []


def test_a_record_restored_many_times_at_once_is_there_once(pg_person: Person) -> None:
    made = pg_person.record(7.5, period_start="2026-01-15")
    pg_person.record(2)
    body = deleted(pg_person, made["id"])
    answers = at_once(*[lambda: pg_person.post(RESTORE, json=body)] * 6)
    assert [answer.status_code for answer in answers] == [200] * 6
    assert len({answer.get_data() for answer in answers}) == 1
    assert answers[0].json["restored"][0]["version"] == 2
    assert_sound(pg_person, 2)


def test_a_thousand_records_come_back(pg_person: Person) -> None:
    entry = {"consumption_type": "water", "amount": 0.3, "consumption_date": "2026-03-01"}
    batch = "/api/consumption/batch"
    made = pg_person.post(batch, json={"create": [entry] * 1_000}).json["created"]
    ids = [record["id"] for record in made]
    token = pg_person.post(batch, json={"delete": ids}).json["undo_token"]
    assert_sound(pg_person, 0)
    back = pg_person.post(RESTORE, json={"undo_token": token}).json["restored"]
    assert [record["id"] for record in back] == ids
    assert_sound(pg_person, 1_000)


@pytest.mark.parametrize("attempt", range(4))
def test_restoring_while_the_import_is_undone_leaves_nothing_of_it(
    pg_person: Person, attempt: int
) -> None:
    file = imported(pg_person, CSV)["id"]
    records = pg_person.get("/api/consumption").json["items"]
    body = deleted(pg_person, records[0]["id"])
    restored, undone = at_once(
        lambda: pg_person.post(RESTORE, json=body),
        lambda: pg_person.post(f"/api/imports/{file}/undo"),
    )
    assert undone.status_code == 200
    assert restored.status_code in (200, 409)
    assert_sound(pg_person, 0)


def test_what_others_deleted_is_not_seen(pg_app: Flask, pg_person: Person) -> None:
    other = new_person(pg_app)
    body = deleted(pg_person, pg_person.record(1)["id"])
    assert other.post(RESTORE, json=body).status_code == 404
    with state_of(pg_app).db.tenant(other.account["id"], other.user["id"]) as session:
        assert session.scalars(select(Deletion)).all() == []
    assert pg_person.post(RESTORE, json=body).status_code == 200
