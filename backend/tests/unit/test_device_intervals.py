"""What devices send, in any order; and corrections by hand that lie above it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.models import Import
from app.services import device_intervals
from app.services.device_intervals import Delivery
from tests.factories import Person, new_person
from tests.importing import everything, of_person
from tests.intervals import block, interval_meter, new_meter, projected, rows_of, stored, undone

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = date(2026, 3, 28)


def send(person: Person, meter: int, start: str, amounts: list[Any], **other: Any) -> Any:
    body = {"start": start, "step_seconds": 3600, "unit": "kWh", "amounts": amounts} | other
    return person.post(f"/api/meters/{meter}/intervals", json=body)


def profile(person: Person, meter: int, day: date = DAY) -> list[Any]:
    rows = {row[2]: row for row in projected(person, meter)[0]}
    return list(rows[day][8])


def test_amounts_are_cut_into_local_days_and_counted(person: Person) -> None:
    meter = interval_meter(person)
    answer = send(person, meter, "2026-03-28T22:00:00+01:00", [1, 2, 3, None, 500.5], unit="Wh")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    body = answer.get_json()
    assert (body["added"], body["changed"], body["unchanged"]) == (4, 0, 0)
    assert (body["date_from"], body["date_to"]) == ("2026-03-28", "2026-03-29")
    assert profile(person, meter) == [None] * 22 + [0.001, 0.002]
    sunday = profile(person, meter, DAY + timedelta(1))
    assert sunday == [0.003, None, 0.5005, *[None] * 20]
    again = send(person, meter, "2026-03-28T21:00:00Z", [1, 2, 3, None, 500.5], unit="Wh")
    assert again.get_json()["unchanged"] == 4
    changed = send(person, meter, "2026-03-28T22:00:00+01:00", [7], unit="Wh").get_json()
    assert (changed["changed"], changed["import_id"]) == (1, body["import_id"])
    assert profile(person, meter) == [None] * 22 + [0.007, 0.002]
    listed = person.get(f"/api/imports/{body['import_id']}").get_json()
    assert (listed["format"], listed["counts"]["added"], listed["counts"]["changed"]) == (
        *("device", 4), 1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"start": "2026-03-28T22:30:00+01:00"}, "/start"),
        ({"start": "2026-03-28T22:00:00"}, "/start"),
        ({"start": "2200-01-01T00:00:00Z"}, "/start"),
        ({"step_seconds": 7000}, "/step_seconds"),
        ({"step_seconds": 30}, "/step_seconds"),
        ({"unit": "L"}, "/unit"),
        ({"amounts": []}, "/amounts"),
        ({"amounts": [1, -1]}, "/amounts/1"),
        ({"amounts": [1, 2_000_001]}, "/amounts/1"),
        ({"amounts": [None, "1"]}, "/amounts/1"),
        ({"quality": "A"}, "/quality"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    person: Person, change: dict[str, Any], field: str
) -> None:
    meter = interval_meter(person)
    before = everything(person)
    body = {"start": "2026-03-28T22:00:00+01:00", "step_seconds": 3600, "unit": "kWh",
            "amounts": [1, 2]} | change  # fmt: skip
    refused = person.post(f"/api/meters/{meter}/intervals", json=body)
    assert refused.status_code == 422, refused.get_data(as_text=True)
    assert refused.get_json()["errors"][0]["pointer"] == field
    assert everything(person) == before


def test_a_batch_is_stored_whole_or_not_at_all(person: Person) -> None:
    one, two = interval_meter(person, "One"), interval_meter(person, "Two")
    good = {"start": "2026-03-28T22:00:00Z", "step_seconds": 3600, "unit": "kWh", "amounts": [1]}
    found = person.post(
        "/api/intervals", json={"meters": [good | {"meter_id": two}, good | {"meter_id": one}]}
    ).get_json()
    assert [item["meter_id"] for item in found["items"]] == [one, two]
    before = everything(person)
    bad = [good | {"meter_id": one, "amounts": [9]}, good | {"meter_id": two, "unit": "L"}]
    refused = person.post("/api/intervals", json={"meters": bad})
    assert refused.get_json()["errors"][0]["pointer"] == "/meters/1/unit"
    assert everything(person) == before


def test_only_meters_of_intervals_take_them(person: Person) -> None:
    made = person.post("/api/meters", json={"name": "E", "consumption_type": "electricity"})
    meter = made.get_json()["id"]
    assert send(person, meter, "2026-03-28T22:00:00Z", [1]).status_code == 409
    changed = person.patch(f"/api/meters/{meter}", json={"source": "intervals"})
    assert changed.get_json()["source"] == "intervals"
    assert send(person, meter, "2026-03-28T22:00:00Z", [1]).status_code == 200
    assert person.patch(f"/api/meters/{meter}", json={"source": "entries"}).status_code == 409
    person.patch(f"/api/meters/{meter}", json={"archived": True})
    assert send(person, meter, "2026-03-28T22:00:00Z", [1]).status_code == 409
    default = person.record(1)["meter_id"]
    assert person.patch(f"/api/meters/{default}", json={"source": "intervals"}).status_code == 409


def test_a_device_goes_on_after_its_import_was_undone(person: Person) -> None:
    meter = interval_meter(person)
    first = send(person, meter, "2026-03-28T10:00:00Z", [1, 2]).get_json()["import_id"]
    assert person.post(f"/api/imports/{first}/undo").status_code == 200
    assert projected(person, meter) == ([], [])
    second = send(person, meter, "2026-03-28T10:00:00Z", [5]).get_json()["import_id"]
    assert second != first
    assert profile(person, meter)[11] == 5


@pytest.fixture(scope="module")
def keeper(app: Flask) -> Person:
    return new_person(app)


messages = st.lists(
    st.tuples(st.integers(0, 95), st.integers(1, 30)), min_size=1, max_size=6, unique=True
)


@given(messages, st.randoms(use_true_random=False), st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_late_repeated_and_shuffled_messages_end_in_one_state(
    keeper: Person, found: list[tuple[int, int]], random: Any, data: st.DataObject
) -> None:
    """Each interval has one true value, however often and whenever it is told."""
    begin = datetime(2026, 3, 28, tzinfo=UTC)

    def delivery(meter: int, at: int, count: int) -> Delivery:
        amounts = [Decimal(place * place) / 1000 for place in range(at, at + count)]
        return Delivery(meter, begin + timedelta(hours=at), 3600, "kWh", amounts)

    chaotic = found + data.draw(st.lists(st.sampled_from(found), max_size=4))
    random.shuffle(chaotic)
    with of_person(keeper) as session:
        straight, other = new_meter(session), new_meter(session)
        device_intervals.receive(session, [delivery(straight, *m) for m in sorted(found)], NOW)
        for message in chaotic:
            device_intervals.receive(session, [delivery(other, *message)], NOW)
        one, two = rows_of(session, straight), rows_of(session, other)
        imports = session.scalars(select(Import.id).where(Import.meter_id == other)).all()
    for left, right in zip(one, two, strict=True):
        assert [(*row[:1], *row[2:]) for row in left] == [(*row[:1], *row[2:]) for row in right]
    assert len(imports) == 1


def correct(person: Person, meter: int, start: str, end: str, action: str, **other: Any) -> Any:
    body = {"from": start, "to": end, "action": action} | other
    return person.post(f"/api/meters/{meter}/corrections", json=body)


SIX, NINE = "2026-03-28T06:00:00+01:00", "2026-03-28T09:00:00+01:00"


@pytest.mark.parametrize(
    ("action", "other", "expected", "letters"),
    [
        ("set_missing", {}, [None] * 3, "NNN"),
        ("set_value", {"amount": 1}, [0.333333333, 0.333333333, 0.333333334], "MMM"),
        ("interpolate", {}, [6.0, 7.0, 8.0], "EEE"),
        ("accept", {}, [100, 100, 100], None),
    ],
)
def test_a_correction_lies_above_files_and_goes_away_again(
    person: Person, action: str, other: dict[str, Any], expected: list[Any], letters: str | None
) -> None:
    meter = interval_meter(person)
    values: list[float | None] = [*range(6), *[100] * 3, *range(9, 24)]
    stored(person, meter, [block(DAY, values)])
    before = projected(person, meter)
    made = correct(person, meter, SIX, NINE, action, **other)
    assert made.status_code == 201, made.get_data(as_text=True)
    assert profile(person, meter)[6:9] == pytest.approx(expected)
    latest = stored(person, meter, [block(DAY, [7.5] * 24)])
    assert profile(person, meter)[5:10] == pytest.approx([7.5, *expected, 7.5])
    row = projected(person, meter)[0][0]
    assert (row[11] or "")[6:9] == (letters if letters and action != "set_missing" else "")
    undone(person, latest)
    assert person.post(f"/api/imports/{made.get_json()['import_id']}/undo").status_code == 200
    assert projected(person, meter) == before


def test_corrections_that_cannot_be_are_refused(person: Person) -> None:
    meter = interval_meter(person)
    assert correct(person, meter, SIX, NINE, "set_missing").status_code == 409
    stored(person, meter, [block(DAY, [1.0] * 6 + [None] * 18)])
    late = "2026-03-28T06:30:00+01:00"
    for start, end, action, other, status, field in [
        (late, NINE, "set_missing", {}, 422, "/from"),
        (SIX, late, "set_missing", {}, 422, "/to"),
        (NINE, SIX, "set_missing", {}, 422, "/from"),
        (SIX, NINE, "set_value", {}, 422, "/amount"),
        (SIX, NINE, "accept", {"amount": 1}, 422, "/amount"),
        (SIX, "2200-01-01T00:00:00Z", "set_missing", {}, 422, "/to"),
        ("2024-01-01T00:00:00+01:00", NINE, "set_missing", {}, 422, "/from"),
        (SIX, NINE, "accept", {}, 409, None),
    ]:
        refused = correct(person, meter, start, end, action, **other)
        assert refused.status_code == status, refused.get_data(as_text=True)
        if field:
            assert refused.get_json()["errors"][0]["pointer"] == field
    assert len(projected(person, meter)[0]) == 1
