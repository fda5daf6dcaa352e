"""Register reads through the API: what is projected, refused, corrected and deleted."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.models import AuditEvent, Meter, MeterDay, MeterMonth
from app.services.rebuild import rebuild
from app.utils.units import from_billionths
from tests.conftest import state_of
from tests.factories import Person, new_person


def made(person: Person, **fields: Any) -> int:
    """Make a meter whose dial is read."""
    count = len(person.get("/api/meters").get_json()["items"])
    body = {"name": f"Dial {count}", "consumption_type": "electricity", "source": "register"}
    response = person.post("/api/meters", json=body | fields)
    assert response.status_code == 201, response.get_data(as_text=True)
    return int(response.get_json()["id"])


def read(person: Person, meter: int, at: str, value: float, **fields: Any) -> dict[str, Any]:
    """Record a read and give it."""
    response = sent(person, meter, at, value, **fields)
    assert response.status_code == 201, response.get_data(as_text=True)
    return dict(response.get_json())


def sent(person: Person, meter: int, at: str, value: float, **fields: Any) -> TestResponse:
    """Send a read; an instant without offset is in UTC."""
    instant = at if at[10:].count("+") or at.endswith("Z") else at + "Z"
    body = {"read_at": instant, "value": value} | fields
    return person.post(f"/api/meters/{meter}/reads", json=body)


def happened(person: Person, meter: int, **event: Any) -> list[dict[str, Any]]:
    """Record an event and give its reads."""
    response = person.post(f"/api/meters/{meter}/events", json=event)
    assert response.status_code == 201, response.get_data(as_text=True)
    return list(response.get_json()["items"])


def days(person: Person, meter: int) -> dict[date, Decimal]:
    """Give the days of a meter in the projection, which a rebuild must agree with."""
    with state_of(person.app).db.tenant(person.account["id"], person.user["id"]) as session:
        assert rebuild(session, write=False) == []
        rows = session.execute(
            select(MeterDay.day, MeterDay.amount)
            .where(MeterDay.meter_id == meter)
            .order_by(MeterDay.day)
        )
        return {row.day: row.amount for row in rows}


def total(person: Person, meter: int) -> Decimal:
    """Give the sum of a meter's days."""
    return sum(days(person, meter).values(), Decimal(0))


def explained(response: TestResponse) -> dict[str, bool]:
    """Give the explanations of a refusal, and whether each is possible."""
    assert response.status_code == 409, response.get_data(as_text=True)
    body = response.get_json()
    assert (body["type"], body["code"]) == ("/problems/conflict", "runs-backwards")
    return {item["code"]: item["possible"] for item in body["explanations"]}


@pytest.fixture
def utc(app: Flask) -> Person:
    """Somebody whose days are those of UTC."""
    return new_person(app, time_zone="UTC")


def test_the_first_read_alone_is_no_use(utc: Person) -> None:
    meter = made(utc)
    first = read(utc, meter, "2026-03-01T00:00:00", 100)
    assert (first["use"], first["counts"], days(utc, meter)) == (None, True, {})


def test_use_is_spread_to_the_second(utc: Person) -> None:
    meter = made(utc)
    read(utc, meter, "2026-03-01T18:00:00", 100)
    second = read(utc, meter, "2026-03-03T12:00:00", 121)  # 42 hours: a half kWh an hour
    assert (second["use"], second["seconds"]) == (21, 42 * 3600)
    assert days(utc, meter) == {
        date(2026, 3, 1): 3, date(2026, 3, 2): 12, date(2026, 3, 3): 6,
    }  # fmt: skip


def test_a_day_of_23_hours_gets_its_part(person: Person) -> None:
    meter = made(person)  # Madrid: 29 March 2026 has 23 hours
    read(person, meter, "2026-03-28T00:00:00+01:00", 0)
    read(person, meter, "2026-03-31T00:00:00+02:00", 71)
    found = days(person, meter)
    assert list(found.values()) == [24, 23, 24]
    autumn = made(person)  # and 25 October 2025 begins a day of 25 hours after it
    read(person, autumn, "2025-10-25T00:00:00+02:00", 0)
    read(person, autumn, "2025-10-28T00:00:00+01:00", 73)
    assert list(days(person, autumn).values()) == [24, 25, 24]


def test_a_leap_day_is_a_day(utc: Person) -> None:
    meter = made(utc)
    read(utc, meter, "2024-02-28T00:00:00", 0)
    read(utc, meter, "2024-03-01T00:00:00", 10)
    assert days(utc, meter) == {date(2024, 2, 28): 5, date(2024, 2, 29): 5}


def test_thirds_add_up_to_the_difference(utc: Person) -> None:
    meter = made(utc)
    read(utc, meter, "2026-03-01T00:00:00", 0)
    read(utc, meter, "2026-03-04T00:00:00", 0.0001)
    found = days(utc, meter)
    assert list(found.values()) == [from_billionths(n) for n in (33_333, 33_333, 33_334)]


def test_a_dial_in_cubic_feet(utc: Person) -> None:
    meter = made(utc, consumption_type="gas", multiplier=0.028316846592)
    read(utc, meter, "2026-03-01T00:00:00", 0)
    read(utc, meter, "2026-03-02T00:00:00", 1000)
    assert total(utc, meter) == Decimal("28.316846592")


BACKDATED: Mapping[str, list[tuple[str, float]]] = {
    "in order": [("01", 0), ("03", 2), ("05", 10)],
    "between two": [("01", 0), ("05", 10), ("03", 2)],
    "backwards in time": [("05", 10), ("03", 2), ("01", 0)],
    "the middle first": [("03", 2), ("05", 10), ("01", 0)],
}


@pytest.mark.parametrize("order", BACKDATED.values(), ids=BACKDATED.keys())
def test_the_order_of_writing_does_not_matter(utc: Person, order: list[tuple[str, float]]) -> None:
    meter = made(utc)
    for day, value in order:
        read(utc, meter, f"2026-03-{day}T00:00:00", value)
    assert list(days(utc, meter).values()) == [1, 1, 4, 4]


def test_deleting_in_the_middle_joins_its_neighbours(utc: Person) -> None:
    meter = made(utc)
    read(utc, meter, "2026-03-01T00:00:00", 0)
    middle = read(utc, meter, "2026-03-03T00:00:00", 2)
    last = read(utc, meter, "2026-03-05T00:00:00", 10)
    path = f"/api/meters/{meter}/reads"
    assert utc.delete(f"{path}/{middle['id']}").status_code == 204
    assert list(days(utc, meter).values()) == [2.5] * 4
    assert utc.delete(f"{path}/{last['id']}").status_code == 204
    assert days(utc, meter) == {}
    assert utc.get(f"{path}/{last['id']}").status_code == 404


def test_a_correction_moves_what_it_touches(utc: Person) -> None:
    meter = made(utc)
    read(utc, meter, "2026-03-01T00:00:00", 0)
    middle = read(utc, meter, "2026-03-03T00:00:00", 2)
    read(utc, meter, "2026-03-05T00:00:00", 10)
    path = f"/api/meters/{meter}/reads/{middle['id']}"
    body = {"read_at": "2026-03-04T00:00:00Z", "value": 3, "note": "misread"}
    changed = utc.put(path, json=body, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert list(days(utc, meter).values()) == [1, 1, 1, 7]
    assert utc.put(path, json=body, headers={"If-Match": '"1"'}).status_code == 412
    assert utc.delete(path, headers={"If-Match": '"1"'}).status_code == 412


def test_a_rollover_that_is_plausible(utc: Person) -> None:
    meter = made(utc, register_digits=5)
    read(utc, meter, "2026-01-01T00:00:00", 99_700)
    read(utc, meter, "2026-01-31T00:00:00", 99_900)
    over = read(utc, meter, "2026-03-02T00:00:00", 100)
    assert (over["use"], over["is_rollover"]) == (200, True)
    assert total(utc, meter) == 400


def test_a_rollover_without_history_is_less_than_half_of_the_dial(utc: Person) -> None:
    near, far = made(utc, register_digits=4), made(utc, register_digits=4)
    for meter, value in ((near, 5_001), (far, 4_999)):
        read(utc, meter, "2026-01-01T00:00:00", value)
    assert read(utc, near, "2026-02-01T00:00:00", 0)["use"] == 4_999
    assert explained(sent(utc, far, "2026-02-01T00:00:00", 0))["rollover"] is True


def test_a_fall_that_is_no_rollover_is_explained(utc: Person) -> None:
    meter = made(utc, register_digits=5)
    read(utc, meter, "2026-01-01T00:00:00", 4_600)
    read(utc, meter, "2026-01-31T00:00:00", 4_800)
    before = days(utc, meter)
    response = sent(utc, meter, "2026-03-02T00:00:00", 4_210)
    possible = {"rollover": True, "replacement": True, "mistyped": True}
    assert explained(response) == possible
    assert response.get_json()["errors"][0]["pointer"] == "/value"
    assert "4210 on 2026-03-02 00:00 is less than the 4800" in response.get_json()["detail"]
    assert days(utc, meter) == before
    forced = read(utc, meter, "2026-03-02T00:00:00", 4_210, rollover=True)
    assert (forced["use"], forced["is_rollover"]) == (99_410, True)
    total(utc, meter)


def test_a_dial_of_unknown_digits_never_rolls_over(utc: Person) -> None:
    meter = made(utc)
    read(utc, meter, "2026-01-01T00:00:00", 99_999)
    for forced in (False, True):
        response = sent(utc, meter, "2026-02-01T00:00:00", 3, rollover=forced)
        assert explained(response)["rollover"] is False
    known = utc.patch(f"/api/meters/{meter}", json={"register_digits": 5})
    assert known.status_code == 200
    assert read(utc, meter, "2026-02-01T00:00:00", 3)["use"] == 4


def test_a_read_in_a_rollover_that_was_accepted(utc: Person) -> None:
    meter = made(utc, register_digits=4)
    read(utc, meter, "2026-01-01T00:00:00", 9_000)
    read(utc, meter, "2026-03-01T00:00:00", 8_900, rollover=True)
    assert explained(sent(utc, meter, "2026-01-15T00:00:00", 8_950))  # more than was accepted
    between = read(utc, meter, "2026-02-01T00:00:00", 9_990)
    assert between["use"] == 990
    assert total(utc, meter) == 9_900
    assert explained(sent(utc, meter, "2026-01-15T00:00:00", 8_999))
    path = f"/api/meters/{meter}/reads/{between['id']}"
    assert utc.delete(path).status_code == 204
    assert total(utc, meter) == 9_900


def test_a_replacement_leaves_nothing_out_and_no_spike(utc: Person) -> None:
    meter = made(utc, register_digits=5)
    read(utc, meter, "2026-03-01T00:00:00", 98_000)
    body = {"at": "2026-03-03T00:00:00Z", "final_value": 98_020, "initial_value": 7}
    response = utc.post(f"/api/meters/{meter}/replace", json=body | {"serial_number": "B"})
    assert response.status_code == 201
    final, initial = response.get_json()["items"]
    assert [final["kind"], initial["kind"]] == ["final", "initial"]
    assert (final["use"], initial["use"], initial["serial_number"]) == (20, None, "B")
    assert (initial["register_digits"], initial["multiplier"]) == (5, 1)
    read(utc, meter, "2026-03-05T00:00:00", 17)
    assert list(days(utc, meter).values()) == [10, 10, 5, 5]
    # either of the two takes both away, unless that leaves a dial that runs backwards
    path = f"/api/meters/{meter}/reads"
    assert explained(utc.delete(f"{path}/{final['id']}"))
    last = utc.get(path).get_json()["items"][0]
    assert utc.delete(f"{path}/{last['id']}").status_code == 204
    assert utc.delete(f"{path}/{initial['id']}").status_code == 204
    assert len(utc.get(path).get_json()["items"]) == 1


def test_a_replacement_whose_last_read_nobody_knows_leaves_a_gap(utc: Person) -> None:
    meter = made(utc)
    read(utc, meter, "2026-03-01T00:00:00", 10)
    read(utc, meter, "2026-03-02T00:00:00", 20)
    happened(utc, meter, event="replacement", at="2026-03-04T00:00:00Z", initial_value=0)
    read(utc, meter, "2026-03-05T00:00:00", 3)
    assert days(utc, meter) == {date(2026, 3, 1): 10, date(2026, 3, 4): 3}


def test_after_a_dial_has_ended_another_begins(utc: Person) -> None:
    meter = made(utc)
    read(utc, meter, "2026-03-01T00:00:00", 10)
    final, _ = happened(
        utc, meter, event="replacement", at="2026-03-03T00:00:00Z", final_value=12, initial_value=0
    )
    path = f"/api/meters/{meter}/reads/{final['id']}"
    late = utc.put(path, json={"read_at": "2026-03-02T00:00:00Z", "value": 12})
    assert late.status_code == 200
    refused = sent(utc, meter, "2026-03-02T12:00:00", 13)
    assert refused.status_code == 409
    assert "The dial ended on 2026-03-02 00:00" in refused.get_json()["detail"]
    assert days(utc, meter) == {date(2026, 3, 1): 2}
    other = utc.put(path, json={"read_at": "2026-03-02T00:00:00Z", "value": 12, "kind": "regular"})
    assert other.get_json()["errors"][0]["pointer"] == "/kind"


def test_a_change_of_multiplier_counts_from_its_instant(utc: Person) -> None:
    meter = made(utc, multiplier=40)
    read(utc, meter, "2026-03-01T00:00:00", 100)
    read(utc, meter, "2026-03-05T00:00:00", 108)
    assert list(days(utc, meter).values()) == [80] * 4
    happened(
        utc, meter, event="multiplier", at="2026-03-03T00:00:00Z", final_value=104, multiplier=60
    )  # back-dated between the two
    assert list(days(utc, meter).values()) == [80, 80, 120, 120]


def test_an_adjustment_is_no_use(utc: Person) -> None:
    meter = made(utc)
    read(utc, meter, "2026-03-01T00:00:00", 100)
    happened(
        utc, meter, event="adjustment", at="2026-03-02T00:00:00Z", final_value=110,
        initial_value=110.5,
    )  # fmt: skip
    read(utc, meter, "2026-03-03T00:00:00", 120.5)
    assert list(days(utc, meter).values()) == [10, 10]


def test_an_installation_begins_a_dial(utc: Person) -> None:
    meter = made(utc)
    at = "2026-03-01T00:00:00Z"
    happened(utc, meter, event="installation", at=at, initial_value=3, register_digits=4)
    assert read(utc, meter, "2026-03-02T00:00:00", 5)["use"] == 2
    too_long = sent(utc, meter, "2026-03-03T00:00:00", 10_000)
    assert too_long.get_json()["errors"] == [
        {
            "pointer": "/value",
            "detail": "the dial has 4 digits: at most 9999.9999",
            "code": "more-digits",
            "params": {"digits": 4},
        }
    ]


def test_an_estimate_counts_until_an_actual_read_follows(utc: Person) -> None:
    meter = made(utc)
    read(utc, meter, "2026-03-01T00:00:00", 0)
    guess = read(utc, meter, "2026-03-03T00:00:00", 50, kind="estimated")
    assert (guess["use"], list(days(utc, meter).values())) == (50, [25, 25])
    actual = read(utc, meter, "2026-03-05T00:00:00", 40)  # less than the guess: it was wrong
    assert actual["use"] == 40
    assert list(days(utc, meter).values()) == [10] * 4
    newest, older, _ = utc.get(f"/api/meters/{meter}/reads").get_json()["items"]
    assert (newest["counts"], older["counts"], older["use"]) == (True, False, None)
    utc.delete(f"/api/meters/{meter}/reads/{actual['id']}")
    assert list(days(utc, meter).values()) == [25, 25]


def test_days_are_marked_as_estimated(utc: Person) -> None:
    meter = made(utc)
    for at, value, kind in (
        ("2026-03-01T00:00:00", 0, "regular"),
        ("2026-03-02T00:00:00", 1, "regular"),
        ("2026-03-02T12:00:00", 2, "regular"),
        ("2026-03-03T00:00:00", 3, "regular"),
        ("2026-04-01T00:00:00", 32, "regular"),
        ("2026-04-02T00:00:00", 33, "estimated"),
    ):
        read(utc, meter, at, value, kind=kind)
    with state_of(utc.app).db.tenant(utc.account["id"], utc.user["id"]) as session:
        marked = session.execute(
            select(MeterDay.day, MeterDay.estimated_count)
            .where(MeterDay.meter_id == meter)
            .order_by(MeterDay.day)
        ).all()
        assert [bool(count) for _, count in marked] == [False, False] + [True] * 29 + [True]
        months = session.execute(
            select(MeterMonth.estimated_count).where(MeterMonth.meter_id == meter)
            .order_by(MeterMonth.month)
        )  # fmt: skip
        # March begins and ends with a read, so that its total is exact
        assert months.scalars().all() == [0, 1]


def test_what_is_refused(utc: Person) -> None:
    meter = made(utc, register_digits=5)
    read(utc, meter, "2026-03-01T00:00:00", 1)
    soon = (datetime.now().astimezone() + timedelta(minutes=30)).isoformat()
    cases: list[tuple[dict[str, Any], int, str]] = [
        ({"read_at": soon, "value": 2}, 422, "/read_at"),
        ({"read_at": "2026-03-02T00:00:00", "value": 2}, 422, "/read_at"),
        ({"read_at": "2026-03-02", "value": 2}, 422, "/read_at"),
        ({"read_at": 17, "value": 2}, 422, "/read_at"),
        ({"read_at": "0001-01-01T00:00:00+14:00", "value": 2}, 422, "/read_at"),
        ({"read_at": "9999-12-31T23:59:59-14:00", "value": 2}, 422, "/read_at"),
        ({"read_at": "2026-03-01T00:00:00.9Z", "value": 1}, 409, "/read_at"),
        ({"read_at": "2026-03-02T00:00:00Z", "value": 100_000}, 422, "/value"),
        ({"read_at": "2026-03-02T00:00:00Z", "value": -1}, 422, "/value"),
        ({"read_at": "2026-03-02T00:00:00Z", "value": 1.00001}, 422, "/value"),
        ({"read_at": "2026-03-02T00:00:00Z", "value": "2"}, 422, "/value"),
        ({"read_at": "2026-03-02T00:00:00Z", "value": 2, "kind": "final"}, 422, "/kind"),
        ({"read_at": "1950-03-02T00:00:00Z", "value": 0}, 422, "/read_at"),
    ]
    for body, status, pointer in cases:
        response = utc.post(f"/api/meters/{meter}/reads", json=body)
        found = response.get_json()
        assert (response.status_code, found["errors"][0]["pointer"]) == (status, pointer), body
    assert len(utc.get(f"/api/meters/{meter}/reads").get_json()["items"]) == 1


EVENTS: list[tuple[dict[str, Any], str]] = [
    ({"event": "installation", "final_value": 1, "initial_value": 0}, "/final_value"),
    ({"event": "adjustment", "initial_value": 0}, "/final_value"),
    ({"event": "adjustment", "final_value": 9}, "/initial_value"),
    ({"event": "replacement", "final_value": 9}, "/initial_value"),
    ({"event": "multiplier", "final_value": 9}, "/multiplier"),
    ({"event": "multiplier", "final_value": 9, "initial_value": 8, "multiplier": 2},
     "/initial_value"),
    ({"event": "replacement", "final_value": 9, "initial_value": 0, "multiplier": 0},
     "/multiplier"),
    ({"event": "replacement", "final_value": 9, "initial_value": 10_000, "register_digits": 4},
     "/initial_value"),
]  # fmt: skip


@pytest.mark.parametrize(("event", "pointer"), EVENTS)
def test_events_that_are_refused(utc: Person, event: dict[str, Any], pointer: str) -> None:
    meter = made(utc)
    body = event | {"at": "2026-03-01T00:00:00Z"}
    response = utc.post(f"/api/meters/{meter}/events", json=body)
    assert response.status_code == 422
    assert response.get_json()["errors"][0]["pointer"] == pointer


def test_reads_go_to_meters_that_are_read(utc: Person) -> None:
    body = {"name": "Typed", "consumption_type": "water"}
    meter = int(utc.post("/api/meters", json=body).get_json()["id"])
    assert "fed by entries" in sent(utc, meter, "2026-03-01T00:00:00", 1).get_json()["detail"]
    changed = utc.patch(f"/api/meters/{meter}", json={"source": "register", "register_digits": 6})
    assert (changed.status_code, changed.get_json()["register_digits"]) == (200, 6)
    read(utc, meter, "2026-03-01T00:00:00", 1)
    assert utc.patch(f"/api/meters/{meter}", json={"source": "entries"}).status_code == 409
    assert utc.patch(f"/api/meters/{meter}", json={"archived": True}).status_code == 200
    assert sent(utc, meter, "2026-03-02T00:00:00", 1).status_code == 409
    record = {"consumption_type": "water", "amount": 1, "consumption_date": "2026-03-01"}
    fed = utc.post("/api/consumption", json=record | {"meter_id": meter})
    assert fed.status_code == 409


def test_the_accounts_own_meter_stays_fed_by_entries(utc: Person) -> None:
    own = int(utc.record()["meter_id"])
    assert utc.patch(f"/api/meters/{own}", json={"source": "register"}).status_code == 409


@pytest.mark.parametrize(
    ("fields", "pointer"), [({"register_digits": 5}, "/register_digits"),
                            ({"multiplier": 2}, "/multiplier")],
)  # fmt: skip
def test_digits_and_multiplier_are_of_dials(
    utc: Person, fields: dict[str, Any], pointer: str
) -> None:
    body = {"name": "Typed", "consumption_type": "water"}
    created = utc.post("/api/meters", json=body | fields)
    assert created.get_json()["errors"][0]["pointer"] == pointer
    meter = utc.post("/api/meters", json=body).get_json()["id"]
    patched = utc.patch(f"/api/meters/{meter}", json=fields)
    assert (patched.status_code, patched.get_json()["errors"][0]["pointer"]) == (422, pointer)


def test_a_corrected_multiplier_or_zone_projects_all_reads_anew(utc: Person) -> None:
    meter = made(utc)
    read(utc, meter, "2026-03-01T00:00:00", 10)
    read(utc, meter, "2026-03-02T00:00:00", 34)
    assert utc.patch(f"/api/meters/{meter}", json={"multiplier": 2}).status_code == 200
    assert days(utc, meter) == {date(2026, 3, 1): 48}
    refused = utc.patch(f"/api/meters/{meter}", json={"register_digits": 1})
    assert "has more than 1 digits" in refused.get_json()["detail"]
    site = utc.get("/api/sites").get_json()["items"][0]["id"]
    utc.patch(f"/api/sites/{site}", json={"time_zone": "Etc/GMT-12"})  # twelve hours ahead
    assert days(utc, meter) == {date(2026, 3, 1): 24, date(2026, 3, 2): 24}
    other = utc.post("/api/sites", json={"name": "Far", "time_zone": "Etc/GMT+6"}).get_json()
    utc.patch(f"/api/meters/{meter}", json={"site_id": other["id"]})
    assert days(utc, meter) == {date(2026, 2, 28): 12, date(2026, 3, 1): 36}


def test_the_same_key_records_one_read(utc: Person) -> None:
    meter = made(utc)
    body = {"read_at": "2026-03-01T00:00:00Z", "value": 1}
    path, key = f"/api/meters/{meter}/reads", {"Idempotency-Key": "once"}
    first, again = (utc.post(path, json=body, headers=key) for _ in range(2))
    assert first.get_json() == again.get_json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert utc.get(first.headers["Location"]).headers["ETag"] == '"1"'


def test_pages_are_newest_first_and_go_on(utc: Person) -> None:
    meter = made(utc)
    for day in (2, 5, 1, 4, 3):
        read(utc, meter, f"2026-03-0{day}T00:00:00", day)
    path = f"/api/meters/{meter}/reads"
    first = utc.get(path, query_string={"per_page": 2})
    page = first.get_json()
    values = [item["value"] for item in page["items"]]
    uses = [item["use"] for item in page["items"]]
    while page["next_cursor"]:
        query = {"per_page": 2, "cursor": page["next_cursor"]}
        page = utc.get(path, query_string=query).get_json()
        values += [item["value"] for item in page["items"]]
        uses += [item["use"] for item in page["items"]]
    assert (values, uses) == ([5, 4, 3, 2, 1], [1, 1, 1, 1, None])
    same = utc.get(path + "?per_page=2", headers={"If-None-Match": first.headers["ETag"]})
    assert same.status_code == 304
    assert utc.get(path + "?cursor=WzFd").status_code == 422


def expected(person: Person, meter: int, at: str, **query: Any) -> dict[str, Any]:
    """Ask what to expect of a read."""
    response = person.get(
        f"/api/meters/{meter}/reads/expected", query_string={"at": at + "Z"} | query
    )
    assert response.status_code == 200, response.get_data(as_text=True)
    return dict(response.get_json())


def test_what_is_expected_of_a_read(utc: Person) -> None:
    meter = made(utc, register_digits=5)
    nothing = expected(utc, meter, "2026-03-01T00:00:00")
    assert (nothing["previous"], nothing["low"], nothing["outcome"]) == (None, None, None)
    read(utc, meter, "2026-01-01T00:00:00", 1000)
    first = expected(utc, meter, "2026-01-02T00:00:00", value=1010)
    assert (first["previous"]["value"], first["low"]) == (1000, None)
    assert first["outcome"]["is_usual"] is None
    read(utc, meter, "2026-01-11T00:00:00", 1100)
    read(utc, meter, "2026-01-21T00:00:00", 1300)  # ten and twenty a day
    found = expected(utc, meter, "2026-01-31T00:00:00", value=1450)
    assert (found["previous"]["value"], found["next"]) == (1300, None)
    assert (found["low"], found["high"]) == (1380, 1550)
    assert found["outcome"] == {
        "use": 150, "seconds": 864_000, "average_per_day": 15, "is_rollover": False,
        "is_usual": True, "refusal": None,
    }  # fmt: skip
    assert expected(utc, meter, "2026-01-31T00:00:00", value=2000)["outcome"]["is_usual"] is False
    backward = expected(utc, meter, "2026-01-31T00:00:00", value=1200)["outcome"]["refusal"]
    assert backward["code"] == "runs-backwards"
    codes = [item["code"] for item in backward["explanations"]]
    assert codes == ["rollover", "replacement", "mistyped"]
    forced = expected(utc, meter, "2026-01-31T00:00:00", value=1200, rollover="true")["outcome"]
    assert (forced["refusal"], forced["use"]) == (None, 99_900)
    between = expected(utc, meter, "2026-01-15T00:00:00")
    assert (between["low"], between["high"], between["next"]["value"]) == (1100, 1300, 1300)
    last = utc.get(f"/api/meters/{meter}/reads").get_json()["items"][0]["id"]
    edited = expected(utc, meter, "2026-01-21T00:00:00", value=1200, read_id=last)
    assert (edited["outcome"]["use"], edited["outcome"]["refusal"]) == (100, None)
    assert len(utc.get(f"/api/meters/{meter}/reads").get_json()["items"]) == 3


@pytest.mark.parametrize("value", ["1e5", "-1", "1.00001", "NaN", "١", "1_0", "9" * 30, " 1"])
def test_a_value_of_a_query_is_a_plain_number(utc: Person, value: str) -> None:
    meter = made(utc)
    query = {"at": "2026-03-01T00:00:00Z", "value": value}
    response = utc.get(f"/api/meters/{meter}/reads/expected", query_string=query)
    assert (response.status_code, response.get_json()["errors"][0]["pointer"]) == (422, "?value")


def test_an_expected_range_goes_past_the_end_of_the_dial(utc: Person) -> None:
    meter = made(utc, register_digits=3)
    read(utc, meter, "2026-01-01T00:00:00", 880)
    read(utc, meter, "2026-01-11T00:00:00", 980)
    found = expected(utc, meter, "2026-01-21T00:00:00", value=90)
    assert (found["low"], found["high"], found["outcome"]["use"]) == (60, 105, 110)


def test_every_change_is_in_the_audit_log(utc: Person) -> None:
    meter = made(utc)
    one = read(utc, meter, "2026-03-01T00:00:00", 1)
    path = f"/api/meters/{meter}/reads/{one['id']}"
    utc.put(path, json={"read_at": "2026-03-01T00:00:00Z", "value": 2})
    happened(utc, meter, event="replacement", at="2026-03-02T00:00:00Z", initial_value=0)
    utc.delete(path)
    with state_of(utc.app).db.tenant(utc.account["id"], utc.user["id"]) as session:
        events = session.scalars(select(AuditEvent.event).order_by(AuditEvent.id)).all()
        assert events[-4:] == ["read.created", "read.changed", "meter.event", "read.deleted"]
        revision = session.scalar(select(func.max(Meter.revision)))
        assert revision == 4
