"""Undoing a deletion: what comes back is what was there, once."""

from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from app.db import TenantSession
from app.errors import NotFound
from app.models import Consumption, Deletion, Meter, MeterDay, MeterMonth
from app.services import consumption, deletions
from app.services.consumption import Entry
from tests.conftest import sqlite_app, state_of
from tests.factories import Person, new_person
from tests.importing import imported

APP = sqlite_app()
PERSON = new_person(APP)
NOW = datetime(2026, 7, 1, 12, 30, 15, 123456, tzinfo=UTC)
RESTORE = "/api/consumption/restore"


def session_of(person: Person) -> AbstractContextManager[TenantSession]:
    return state_of(person.app).db.tenant(person.account["id"], person.user["id"])


def restore(person: Person, token: str, **options: Any) -> Any:
    return person.post(RESTORE, json={"undo_token": token}, **options)


def snapshot(session: TenantSession) -> dict[str, list[dict[str, Any]]]:
    """All rows of the account, but for what a restored record has anew."""
    anew = {"version", "updated_at", "revision"}
    tables = (Consumption, MeterDay, MeterMonth, Meter)
    return {
        table.__tablename__: sorted(
            (
                {c.key: getattr(row, c.key) for c in table.__table__.columns if c.key not in anew}
                for row in session.scalars(select(table))
            ),
            key=repr,
        )
        for table in tables
    }


ENTRIES = st.builds(
    lambda kind, amount, last, days, description: Entry(
        kind[0], amount, kind[1], last - timedelta(days), last, None, description
    ),
    st.sampled_from([("electricity", "kWh"), ("gas", "therm"), ("water", "L"), ("gas", "m³")]),
    st.decimals(0, 99_999, places=4),
    st.dates(date(2025, 12, 20), date(2026, 3, 10)),
    st.integers(0, 70),
    st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(ENTRIES, min_size=1, max_size=6), st.data())
def test_deleting_and_restoring_is_as_if_nothing_had_happened(
    entries: list[Entry], data: st.DataObject
) -> None:
    with session_of(PERSON) as session:
        ids = [row.id for row in consumption.batch(session, entries, [], [], NOW).created]
        before = snapshot(session)
        chosen = data.draw(st.lists(st.sampled_from(ids), min_size=1, unique=True))
        session.expire_all()
        if len(chosen) == 1:
            token = consumption.remove(session, chosen[0], NOW)
        else:
            token = consumption.batch(session, [], [], chosen, NOW).undo_token or ""
        session.expire_all()
        assert len(snapshot(session)["consumptions"]) == len(before["consumptions"]) - len(chosen)
        later = NOW + timedelta(hours=23)
        rows = deletions.restore(session, token, later)
        assert [row.id for row in rows] == chosen
        assert {(row.version, row.updated_at) for row in rows} == {(2, later)}
        session.expire_all()
        assert snapshot(session) == before
        again = deletions.restore(session, token, later)
        assert [tuple(row) for row in again] == [tuple(row) for row in rows]
        session.expire_all()
        assert snapshot(session) == before
        consumption.batch(session, [], [], ids, NOW)


@pytest.fixture(scope="module")
def app() -> Flask:
    return APP


def test_a_record_comes_back_through_the_api(person: Person) -> None:
    made = person.record(7.5, description="the boiler", period_start="2026-02-01")
    gone = person.delete(f"/api/consumption/{made['id']}")
    assert (gone.status_code, gone.data) == (204, b"")
    answer = restore(person, gone.headers["Undo-Token"])
    assert answer.status_code == 200
    [back] = answer.json["restored"]
    assert back == made | {"version": 2, "updated_at": back["updated_at"]}
    assert person.get(f"/api/consumption/{made['id']}").json == back
    assert person.get("/api/consumption").json["pagination"]["total_items"] == 1


def test_a_batch_gives_one_token_for_all_that_it_deletes(person: Person) -> None:
    ids = [person.record(n)["id"] for n in range(1, 5)]
    new = {"consumption_type": "gas", "amount": 9, "consumption_date": "2026-03-04"}
    body = {"delete": [ids[2], ids[0]], "create": [new]}
    done = person.post("/api/consumption/batch", json=body).json
    back = restore(person, done["undo_token"]).json["restored"]
    assert [item["id"] for item in back] == [ids[2], ids[0]]
    assert person.get("/api/consumption").json["pagination"]["total_items"] == 5


def test_a_batch_that_deletes_nothing_has_nothing_to_restore(person: Person) -> None:
    body = {"create": [{"consumption_type": "gas", "amount": 9, "consumption_date": "2026-03-04"}]}
    assert person.post("/api/consumption/batch", json=body).json["undo_token"] is None


def test_a_record_of_an_import_belongs_to_it_again(person: Person) -> None:
    file = imported(person, b"date,kWh\n2026-03-01,12.5\n")["id"]
    [record] = person.get("/api/consumption").json["items"]
    gone = person.delete(f"/api/consumption/{record['id']}")
    [back] = restore(person, gone.headers["Undo-Token"]).json["restored"]
    assert back["import_id"] == file
    assert person.post(f"/api/imports/{file}/undo").status_code == 200
    assert person.get("/api/consumption").json["items"] == []


def test_what_an_import_brought_does_not_outlive_its_undoing(person: Person) -> None:
    file = imported(person, b"date,kWh\n2026-03-01,12.5\n")["id"]
    [record] = person.get("/api/consumption").json["items"]
    gone = person.delete(f"/api/consumption/{record['id']}")
    assert person.post(f"/api/imports/{file}/undo").status_code == 200
    assert restore(person, gone.headers["Undo-Token"]).status_code == 409
    assert person.get("/api/consumption").json["items"] == []


def test_nothing_comes_back_to_an_archived_meter(person: Person) -> None:
    body = {"name": "Pump", "consumption_type": "electricity"}
    meter = person.post("/api/meters", json=body).json["id"]
    record = person.record(1, meter_id=meter)
    token = person.delete(f"/api/consumption/{record['id']}").headers["Undo-Token"]
    person.patch(f"/api/meters/{meter}", json={"archived": True})
    assert restore(person, token).status_code == 409
    person.patch(f"/api/meters/{meter}", json={"archived": False})
    assert restore(person, token).status_code == 200


def test_what_was_deleted_again_has_its_own_token(person: Person) -> None:
    url = f"/api/consumption/{person.record(1)['id']}"
    first = person.delete(url).headers["Undo-Token"]
    restore(person, first)
    second = person.delete(url).headers["Undo-Token"]
    assert restore(person, first).status_code == 409
    assert restore(person, second).json["restored"][0]["version"] == 3
    assert restore(person, first).status_code == 200  # it is there: nothing to do
    assert person.get("/api/consumption").json["pagination"]["total_items"] == 1


def test_a_token_of_others_is_one_that_does_not_exist(app: Flask, person: Person) -> None:
    other = new_person(app)
    token = person.delete(f"/api/consumption/{person.record(1)['id']}").headers["Undo-Token"]
    answers = [restore(other, text) for text in (token, "A" * 22)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json["detail"] == answers[1].json["detail"]
    assert restore(person, token).status_code == 200


@pytest.mark.parametrize("token", ["", "x" * 33, "\0", 5, None])
def test_a_token_is_a_short_text(anybody: Person, token: Any) -> None:
    assert restore(anybody, token).status_code == 422


def test_after_a_day_it_is_too_late() -> None:
    person = new_person(APP)
    record = person.record(1)["id"]
    with session_of(person) as session:
        token = consumption.remove(session, record, NOW)
    too_late = NOW + deletions.KEPT_FOR + timedelta(seconds=1)
    with (
        pytest.raises(NotFound, match="24 hours"),
        session_of(person) as session,
    ):
        deletions.restore(session, token, too_late)


def test_what_is_too_old_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deletions, "_PURGE_ONE_IN", 1)
    person, other = new_person(APP), new_person(APP)
    for one in (person, other):
        one.delete(f"/api/consumption/{one.record(1)['id']}")
    with session_of(person) as session:
        old = datetime.now(UTC) - timedelta(hours=25)
        session.execute(update(Deletion).values(deleted_at=old))
    person.delete(f"/api/consumption/{person.record(2)['id']}")
    for one in (person, other):
        with session_of(one) as session:
            assert session.scalar(select(func.count()).select_from(Deletion)) == 1


def test_amounts_come_back_to_the_last_digit(person: Person) -> None:
    record = person.record(9999999999.9999, unit="MJ")
    with session_of(person) as session:
        before = session.scalars(select(Consumption.base_amount)).one()
    token = person.delete(f"/api/consumption/{record['id']}").headers["Undo-Token"]
    restore(person, token)
    with session_of(person) as session:
        after = session.scalars(select(Consumption.base_amount)).one()
    assert after == before != before.quantize(Decimal("0.0001"))
