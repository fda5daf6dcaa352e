"""Consumption records through the API, on SQLite: what each request does and what it refuses."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from app.db import TenantSession
from app.models import Direction, Meter, Source
from app.services import meters
from tests.conftest import sqlite_app, state_of
from tests.factories import Person, new_person

PATH = "/api/consumption"
ANALYTICS = "/api/consumption/analytics"


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    """One application for the module: people are kept apart by their accounts."""
    made = sqlite_app()
    yield made
    state_of(made).db.engine.dispose()


def entry(**fields: Any) -> dict[str, Any]:
    """A body that is accepted."""
    return {
        "consumption_type": "electricity",
        "amount": 12.5,
        "consumption_date": "2026-03-01",
    } | fields


def session_of(person: Person) -> AbstractContextManager[TenantSession]:
    return state_of(person.app).db.tenant(person.account["id"], person.user["id"])


def new_meter(person: Person, name: str, kind: str = "electricity", unit: str = "kWh") -> int:
    with session_of(person) as session:
        return meters.create(session, name, kind, unit)


def change_meter(person: Person, meter_id: int, **values: Any) -> None:
    with session_of(person) as session:
        session.execute(update(Meter).where(Meter.id == meter_id).values(**values))


def listed(person: Person, **query: Any) -> list[dict[str, Any]]:
    response = person.get(PATH, query_string=query)
    assert response.status_code == 200, response.get_data(as_text=True)
    items: list[dict[str, Any]] = response.get_json()["items"]
    return items


def ids(person: Person, **query: Any) -> list[int]:
    return [item["id"] for item in listed(person, **query)]


def total_items(person: Person, **query: Any) -> int:
    return int(person.get(PATH, query_string=query).get_json()["pagination"]["total_items"])


def utilities(person: Person, **query: Any) -> dict[tuple[str, str], dict[str, Any]]:
    response = person.get(ANALYTICS, query_string={"date_from": "2026-01-01"} | query)
    assert response.status_code == 200, response.get_data(as_text=True)
    return {(u["consumption_type"], u["unit"]): u for u in response.get_json()["utilities"]}


def refused(response: TestResponse, status: int, pointer: str | None, *words: str) -> None:
    """Check a problem: its status, what it points to, and the words that its text must have."""
    text = response.get_data(as_text=True)
    assert response.status_code == status, text
    assert response.content_type == "application/problem+json"
    body = response.get_json()
    assert body["status"] == status
    if pointer is not None:
        assert pointer in [error["pointer"] for error in body["errors"]], text
    found = body["detail"] + " ".join(error["detail"] for error in body["errors"])
    for word in words:
        assert word in found, text


# Creating


def test_a_new_record_is_answered_whole_with_its_place_and_version(person: Person) -> None:
    response = person.post(PATH, json=entry(description="  kitchen  "))
    assert response.status_code == 201
    body = response.get_json()
    assert response.headers["Location"] == f"{PATH}/{body['id']}"
    assert response.headers["ETag"] == '"1"'
    assert body == {
        "id": body["id"],
        "user_id": person.user["id"],
        "meter_id": body["meter_id"],
        "import_id": None,
        "consumption_type": "electricity",
        "amount": 12.5,
        "unit": "kWh",
        "base_amount": 12.5,
        "base_unit": "kWh",
        "period_start": None,
        "consumption_date": "2026-03-01",
        "description": "  kitchen  ",
        "version": 1,
        "created_at": body["created_at"],
        "updated_at": body["created_at"],
    }
    assert abs(datetime.fromisoformat(body["created_at"]) - datetime.now(UTC)) < timedelta(hours=1)
    again = person.get(response.headers["Location"])
    assert again.get_json() == body
    assert again.headers["ETag"] == '"1"'


@pytest.mark.parametrize(
    ("kind", "amount", "unit", "spelled", "base", "base_unit"),
    [
        ("electricity", 12.5, None, "kWh", 12.5, "kWh"),
        ("electricity", 1, "MWh", "MWh", 1000, "kWh"),
        ("electricity", 36, "MJ", "MJ", 10, "kWh"),
        ("electricity", 1, "kilowatt-hours", "kWh", 1, "kWh"),
        ("electricity", 0, "Wh", "Wh", 0, "kWh"),
        ("water", 1500, "L", "L", 1.5, "m³"),
        ("water", 3, None, "m³", 3, "m³"),
        ("water", 1, "m3", "m³", 1, "m³"),
        ("water", 1000, "gal", "gal", 3.785411784, "m³"),
        ("gas", 1, None, "m³", 1, "m³"),
        ("gas", 1, "ccf", "ccf", 2.831684659, "m³"),
        ("gas", 1, "therm", "therm", 29.307107017, "kWh"),
        ("gas", 0.0001, "kWh", "kWh", 0.0001, "kWh"),
    ],
)
def test_a_record_keeps_what_was_typed_beside_the_exact_base_amount(
    person: Person, kind: str, amount: float, unit: str | None, spelled: str, base: float,
    base_unit: str,
) -> None:  # fmt: skip
    body = person.record(amount, consumption_type=kind, **({"unit": unit} if unit else {}))
    assert (body["amount"], body["unit"]) == (amount, spelled)
    assert (body["base_amount"], body["base_unit"]) == (base, base_unit)


@pytest.mark.parametrize(
    ("kind", "unit", "expected"),
    [
        ("electricity", "m³", "kWh, Wh, MWh, GWh, MJ, GJ"),
        ("electricity", "kW", "kWh, Wh"),
        ("water", "kWh", "m³, L"),
        ("water", "mL", "m³, L"),
        ("gas", "GWh", "therm"),
        ("gas", "mbtu", "MMBtu"),
        ("gas", "", "m³"),
    ],
)
def test_a_unit_of_another_utility_is_refused_with_the_list_of_those_accepted(
    anybody: Person, kind: str, unit: str, expected: str
) -> None:
    response = anybody.post(PATH, json=entry(consumption_type=kind, unit=unit))
    refused(response, 422, "/unit", kind, expected)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("amount", -0.0001, ["must be 0 or more"]),
        ("amount", 10_000_000_000, ["at most 9999999999.9999"]),
        ("amount", 1.00001, ["at most 4 decimals"]),
        ("amount", "12", ["must be a JSON number"]),
        ("amount", True, ["must be a JSON number"]),
        ("amount", None, ["must be a JSON number"]),
        ("consumption_date", "1899-12-31", ["1900-01-01"]),
        ("consumption_date", "2201-01-01", ["2200-12-31"]),
        ("consumption_date", "2026-02-29", ["day"]),
        ("consumption_date", "01.03.2026", ["YYYY-MM-DD"]),
        ("consumption_date", "2026-03-01T00:00:00", ["YYYY-MM-DD"]),
        ("consumption_date", 20260301, ["YYYY-MM-DD"]),
        ("period_start", "1899-12-31", ["1900-01-01"]),
        ("period_start", "2026-03-02", ["must not be after consumption_date"]),
        ("period_start", "2016-02-22", ["at most 3660 days"]),
        ("description", "x" * 2001, ["at most 2000 characters"]),
        ("description", "nul \0", ["NUL"]),
        ("description", 5, ["must be a text"]),
        ("consumption_type", "heat", ["'electricity', 'water' or 'gas'"]),
        ("unit", "k" * 21, ["20 characters"]),
        ("meter_id", 0, ["must be 1 or more"]),
        ("meter_id", 2**63, ["at most 9223372036854775807"]),
        ("meter_id", "1", ["must be a whole number"]),
    ],
)
def test_a_field_beyond_its_limit_is_refused_with_the_limit(
    anybody: Person, field: str, value: Any, words: list[str]
) -> None:
    refused(anybody.post(PATH, json=entry(**{field: value})), 422, f"/{field}", *words)
    assert listed(anybody) == []


def test_an_amount_whose_base_amount_cannot_be_stored_is_refused_with_the_limit_in_its_unit(
    person: Person,
) -> None:
    response = person.post(PATH, json=entry(amount=1_000_000_000, unit="GWh"))
    refused(response, 422, "/amount", "in GWh", "at most 999999999.9999")
    batch = {"create": [entry(amount=9_999_999_999.9999, unit="GWh")]}
    refused(person.post(f"{PATH}/batch", json=batch), 422, "/create/0/amount", "999999999.9999")


@pytest.mark.parametrize("field", ["consumption_type", "amount", "consumption_date"])
def test_a_required_field_that_is_missing_is_named(person: Person, field: str) -> None:
    body = entry()
    del body[field]
    refused(person.post(PATH, json=body), 422, f"/{field}", "is required")


@pytest.mark.parametrize(
    "field",
    [
        "id", "user_id", "account_id", "role", "version", "created_at", "updated_at", "import_id",
        "base_amount", "base_unit", "is_admin", "__proto__", "Amount",
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_set_is_refused_and_not_ignored(person: Person, field: str) -> None:
    made = person.record()
    for response in (
        person.post(PATH, json=entry(**{field: 1})),
        person.put(f"{PATH}/{made['id']}", json=entry(**{field: 1})),
    ):
        refused(response, 422, f"/{field}", "cannot be set")
    assert listed(person) == [made]


@pytest.mark.parametrize(
    "limit",
    [
        {"amount": 9_999_999.9999},
        {"amount": 0},
        {"amount": 0.0},
        {"amount": 1e3},
        {"consumption_date": "1900-01-01"},
        {"consumption_date": "2024-02-29"},
        {"period_start": "2016-02-23"},
        {"period_start": "2026-03-01"},
        {"period_start": None, "description": None, "unit": None, "meter_id": None},
        {"description": "x" * 2000},
        {"description": ""},
        {"description": "\U0001f4a7" * 2000},
    ],
)
def test_a_value_at_its_limit_is_accepted_and_read_back(
    person: Person, limit: dict[str, Any]
) -> None:
    made = person.record(**limit)
    assert listed(person) == [made]
    for name, value in limit.items():
        assert made[name] == value or value is None or name == "period_start"


def test_a_period_of_one_day_is_a_day(person: Person) -> None:
    assert person.record(period_start="2026-03-01")["period_start"] is None


@pytest.mark.parametrize(
    "zone", ["Pacific/Kiritimati", "Etc/GMT+12", "UTC", "Asia/Kathmandu", "America/St_Johns"]
)
def test_a_record_may_be_of_tomorrow_at_the_site_and_no_later(app: Flask, zone: str) -> None:
    person = new_person(app, time_zone=zone)
    tomorrow = datetime.now(ZoneInfo(zone)).date() + timedelta(days=1)
    person.record(consumption_date=tomorrow.isoformat())
    late = (tomorrow + timedelta(days=1)).isoformat()
    response = person.post(PATH, json=entry(consumption_date=late))
    refused(response, 422, "/consumption_date", "tomorrow", tomorrow.isoformat())
    assert len(listed(person)) == 1


# Meters


def test_the_first_record_makes_the_meter_that_later_ones_go_to(person: Person) -> None:
    first, second = person.record(), person.record(unit="MWh")
    assert first["meter_id"] == second["meter_id"]
    with session_of(person) as session:
        (meter,) = meters.states(session)
    assert (meter.name, meter.consumption_type, meter.unit) == (
        "Electricity", "electricity", "kWh",
    )  # fmt: skip
    assert (meter.record_count, meter.first_day, meter.last_day) == (
        2, date(2026, 3, 1), date(2026, 3, 1),
    )  # fmt: skip


def test_gas_in_energy_and_gas_in_volume_are_two_meters_never_added(person: Person) -> None:
    volume = person.record(10, consumption_type="gas")
    energy = person.record(20, consumption_type="gas", unit="kWh")
    assert volume["meter_id"] != energy["meter_id"]
    found = utilities(person, consumption_type="gas")
    assert {unit: found["gas", unit]["total"] for unit in ("kWh", "m³")} == {"kWh": 20, "m³": 10}
    with session_of(person) as session:
        assert [meter.name for meter in meters.states(session)] == ["Gas", "Gas (kWh)"]


def test_a_default_meter_finds_a_name_beside_the_meters_that_have_it(person: Person) -> None:
    for name in ("Water", "Water 2"):
        new_meter(person, name, "water", "m³")
    made = person.record(consumption_type="water")
    with session_of(person) as session:
        names = {meter.id: meter.name for meter in meters.states(session)}
    assert names[made["meter_id"]] == "Water 3"


def test_when_all_names_of_a_default_meter_are_taken_it_says_so(person: Person) -> None:
    for name in ["Water", *(f"Water {number}" for number in range(2, 10))]:
        new_meter(person, name, "water", "m³")
    refused(person.post(PATH, json=entry(consumption_type="water")), 409, None, "rename one")
    assert listed(person) == []


def test_a_record_goes_to_the_meter_that_it_names(person: Person) -> None:
    meter_id = new_meter(person, "Garage")
    assert person.record(meter_id=meter_id)["meter_id"] == meter_id
    assert person.record()["meter_id"] != meter_id


def test_a_meter_takes_only_its_own_utility_and_dimension(person: Person) -> None:
    meter_id = new_meter(person, "Boiler", "gas", "kWh")
    response = person.post(PATH, json=entry(meter_id=meter_id))
    refused(response, 422, "/consumption_type", "the meter measures gas")
    response = person.post(PATH, json=entry(meter_id=meter_id, consumption_type="gas", unit="m³"))
    refused(response, 422, "/unit", "kWh", "m³")
    assert listed(person) == []


def test_an_archived_meter_takes_no_records_but_gives_them_up(person: Person) -> None:
    made = person.record()
    change_meter(person, made["meter_id"], archived_at=datetime.now(UTC))
    refused(person.post(PATH, json=entry()), 409, None, "archived")
    refused(person.put(f"{PATH}/{made['id']}", json=entry(amount=1)), 409, None, "archived")
    assert listed(person) == [made]
    assert person.delete(f"{PATH}/{made['id']}").status_code == 204


@pytest.mark.parametrize("source", [Source.REGISTER, Source.INTERVALS])
def test_a_meter_that_is_fed_in_another_way_takes_no_records(person: Person, source: str) -> None:
    meter_id = new_meter(person, "Smart")
    change_meter(person, meter_id, source=source)
    refused(person.post(PATH, json=entry(meter_id=meter_id)), 409, None, f"fed by {source}")


def test_a_meter_of_somebody_else_is_not_there(app: Flask, person: Person) -> None:
    theirs = new_person(app).record()["meter_id"]
    for meter_id in (theirs, 2**63 - 1):
        refused(person.post(PATH, json=entry(meter_id=meter_id)), 404, None, "no such meter")
    made = person.record()
    response = person.put(f"{PATH}/{made['id']}", json=entry(meter_id=theirs))
    refused(response, 404, None, "no such meter")
    assert listed(person) == [made]


# Reading one, changing, deleting


def test_a_record_of_somebody_else_is_not_there(app: Flask, person: Person) -> None:
    theirs = new_person(app)
    path = f"{PATH}/{theirs.record()['id']}"
    answers = [
        person.call(method, each, **({"json": entry()} if method == "PUT" else {}))
        for method in ("GET", "PUT", "DELETE")
        for each in (path, f"{PATH}/{2**63 - 1}")
    ]
    for answer in answers:
        refused(answer, 404, None)
    assert len({answer.get_json()["detail"] for answer in answers}) == 1
    assert theirs.get(path).status_code == 200


@pytest.mark.parametrize("number", ["0", "-1", "1.0", "x", "9" * 19, "9" * 40, "%00", "01"])
def test_what_is_no_id_is_no_record(anybody: Person, number: str) -> None:
    refused(anybody.get(f"{PATH}/{number}"), 404, None)


def test_an_update_replaces_the_whole_record(person: Person) -> None:
    made = person.record(5, description="old", period_start="2026-02-01")
    response = person.put(
        f"{PATH}/{made['id']}",
        json=entry(amount=7, unit="MWh", consumption_date="2026-04-02"),
    )
    assert response.status_code == 200
    assert response.headers["ETag"] == '"2"'
    body = response.get_json()
    assert body == made | {
        "amount": 7,
        "unit": "MWh",
        "base_amount": 7000,
        "consumption_date": "2026-04-02",
        "period_start": None,
        "description": None,
        "version": 2,
        "updated_at": body["updated_at"],
    }
    assert body["updated_at"] >= made["updated_at"]
    assert listed(person) == [body]
    months = utilities(person)["electricity", "kWh"]["series"]
    assert [month["amount"] for month in months[:4]] == [None, None, None, 7000]


def test_an_update_without_a_meter_stays_at_its_meter_unless_the_utility_changes(
    person: Person,
) -> None:
    meter_id = new_meter(person, "Garage")
    made = person.record(meter_id=meter_id)
    path = f"{PATH}/{made['id']}"
    assert person.put(path, json=entry(amount=1)).get_json()["meter_id"] == meter_id
    moved = person.put(path, json=entry(consumption_type="gas")).get_json()
    assert (moved["meter_id"] != meter_id, moved["base_unit"]) == (True, "m³")
    again = person.put(path, json=entry(consumption_type="gas", unit="kWh")).get_json()
    assert again["meter_id"] not in (meter_id, moved["meter_id"])
    back = person.put(path, json=entry(meter_id=meter_id)).get_json()
    assert (back["meter_id"], back["version"]) == (meter_id, 5)
    with session_of(person) as session:
        counts = {meter.id: meter.record_count for meter in meters.states(session)}
    assert counts == {meter_id: 1, moved["meter_id"]: 0, again["meter_id"]: 0}


def test_an_update_to_a_later_day_than_tomorrow_changes_nothing(person: Person) -> None:
    made = person.record()
    response = person.put(f"{PATH}/{made['id']}", json=entry(consumption_date="2199-01-01"))
    refused(response, 422, "/consumption_date", "tomorrow")
    assert listed(person) == [made]


def test_a_deleted_record_is_gone_from_lists_and_totals(person: Person) -> None:
    made, kept = person.record(5), person.record(7, consumption_date="2026-02-01")
    response = person.delete(f"{PATH}/{made['id']}")
    assert (response.status_code, response.get_data()) == (204, b"")
    refused(person.get(f"{PATH}/{made['id']}"), 404, None)
    refused(person.delete(f"{PATH}/{made['id']}"), 404, None)
    assert listed(person) == [kept]
    assert utilities(person)["electricity", "kWh"]["total"] == 7


# ETags


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("header", ['"1"', '"3"', 'W/"2"', '"two"', '""', '"99999999999"', '"²"'])
def test_a_write_with_another_etag_than_the_current_one_is_refused(
    person: Person, method: str, header: str
) -> None:
    made = person.record()
    path = f"{PATH}/{made['id']}"
    current = person.put(path, json=entry(amount=2)).get_json()
    options = {"json": entry(amount=3)} if method == "PUT" else {}
    response = person.call(
        method, path, headers={"If-Match": header.encode().decode("latin-1")}, **options
    )
    refused(response, 412, None)
    assert listed(person) == [current]


@pytest.mark.parametrize("header", ['"2"', "*", None])
def test_a_write_with_the_current_etag_a_star_or_none_is_done(
    person: Person, header: str | None
) -> None:
    path = f"{PATH}/{person.record()['id']}"
    assert person.put(path, json=entry(amount=2)).headers["ETag"] == '"2"'
    headers = {} if header is None else {"If-Match": header}
    response = person.put(path, json=entry(amount=3), headers=headers)
    assert (response.status_code, response.headers["ETag"]) == (200, '"3"')
    headers = {} if header is None else {"If-Match": header.replace("2", "3")}
    assert person.delete(path, headers=headers).status_code == 204


def test_where_if_match_is_required_a_write_without_it_is_refused() -> None:
    strict = sqlite_app(require_if_match=True)
    person = new_person(strict)
    path = f"{PATH}/{person.record()['id']}"
    refused(person.put(path, json=entry()), 428, None, "If-Match")
    refused(person.delete(path), 428, None, "If-Match")
    headers = {"If-Match": '"1"'}
    assert person.put(path, json=entry(), headers=headers).status_code == 200
    assert person.delete(path, headers={"If-Match": '"2"'}).status_code == 204
    state_of(strict).db.engine.dispose()


def test_an_unchanged_copy_is_answered_304_without_a_body(person: Person) -> None:
    made = person.record()
    for path in (f"{PATH}/{made['id']}", PATH, f"{PATH}?per_page=5", ANALYTICS):
        etag = person.get(path).headers["ETag"]
        for header in (etag, f'"x", {etag}', etag.removeprefix("W/"), "*"):
            response = person.get(path, headers={"If-None-Match": header})
            assert (response.status_code, response.get_data()) == (304, b"")
            assert response.headers["ETag"] == etag
        assert person.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_every_write_changes_the_etags_of_list_and_analytics(person: Person) -> None:
    seen: list[tuple[str, str]] = []

    def look() -> None:
        etags = (person.get(PATH).headers["ETag"], person.get(ANALYTICS).headers["ETag"])
        assert all(new not in {old[place] for old in seen} for place, new in enumerate(etags))
        seen.append(etags)

    look()
    made = person.record()
    look()
    person.put(f"{PATH}/{made['id']}", json=entry(description="same amount"))
    look()
    person.record(consumption_type="water")
    look()
    second = person.record()
    look()
    person.post(f"{PATH}/batch", json={"delete": [second["id"]], "create": [entry()]})
    look()
    person.put(f"{PATH}/{made['id']}", json=entry(consumption_type="water"))
    look()
    person.delete(f"{PATH}/{made['id']}")
    look()


def test_queries_have_etags_of_their_own(person: Person) -> None:
    person.record()
    paths = [PATH, f"{PATH}?page=2", f"{PATH}?q=x", f"{PATH}?sort=amount"]
    assert len({person.get(path).headers["ETag"] for path in paths}) == len(paths)


def test_another_time_zone_changes_the_etag_of_analytics(person: Person) -> None:
    person.record()
    before = person.get(ANALYTICS)
    person.patch("/api/auth/me", json={"time_zone": "Europe/Paris"})
    after = person.get(ANALYTICS, headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.get_json()["time_zone"] == "Europe/Paris"


# Idempotency-Key


@pytest.mark.parametrize("path", [PATH, f"{PATH}/batch"])
def test_the_same_request_with_the_same_key_is_done_once(person: Person, path: str) -> None:
    body = {"create": [entry()]} if path.endswith("batch") else entry()
    headers = {"Idempotency-Key": "8f3c ~!"}
    first = person.post(path, json=body, headers=headers)
    again = person.post(path, json=body, headers=headers)
    assert first.status_code == again.status_code in (200, 201)
    assert first.get_data() == again.get_data()
    for name in ("ETag", "Location", "Content-Type"):
        assert first.headers.get(name) == again.headers.get(name)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(listed(person)) == 1


def test_a_key_stands_for_one_request_of_one_user(app: Flask, person: Person) -> None:
    headers = {"Idempotency-Key": "once"}
    person.post(PATH, json=entry(), headers=headers)
    for path, body in ((PATH, entry(amount=1)), (f"{PATH}/batch", {"create": [entry()]})):
        refused(person.post(path, json=body, headers=headers), 422, "Idempotency-Key:", "another")
    other = new_person(app)
    assert other.post(PATH, json=entry(), headers=headers).status_code == 201
    assert len(listed(person)) == len(listed(other)) == 1


def test_a_refused_request_does_not_use_up_its_key(person: Person) -> None:
    headers = {"Idempotency-Key": "k"}
    for body in (entry(amount=-1), entry(consumption_date="2199-01-01"), entry(meter_id=9)):
        assert person.post(PATH, json=body, headers=headers).status_code in (404, 422)
    assert person.post(PATH, json=entry(), headers=headers).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "\xe9", "tab\there"])
def test_a_key_of_another_form_is_refused_with_the_form(person: Person, key: str) -> None:
    response = person.post(PATH, json=entry(), headers={"Idempotency-Key": key})
    refused(response, 422, "Idempotency-Key:", "1 to 255", "ASCII")
    assert listed(person) == []


def test_a_key_of_255_characters_is_accepted(person: Person) -> None:
    headers = {"Idempotency-Key": "x" * 255}
    assert person.post(PATH, json=entry(), headers=headers).status_code == 201


# Batches


def test_a_batch_creates_updates_and_deletes_in_its_order(person: Person) -> None:
    one, two, three = person.record(1), person.record(2), person.record(3)
    response = person.post(
        f"{PATH}/batch",
        json={
            "create": [
                entry(amount=10),
                entry(amount=11, consumption_type="water"),
                entry(amount=12, period_start="2026-02-28"),
            ],
            "update": [
                entry(id=three["id"], amount=30, version=1),
                entry(id=one["id"], amount=100),
            ],
            "delete": [two["id"]],
        },
    )
    assert response.status_code == 200, response.get_data(as_text=True)
    body = response.get_json()
    assert [item["amount"] for item in body["created"]] == [10, 11, 12]
    assert [item["id"] for item in body["created"]] == sorted(i["id"] for i in body["created"])
    assert [(i["id"], i["amount"], i["version"]) for i in body["updated"]] == [
        (three["id"], 30, 2),
        (one["id"], 100, 2),
    ]
    assert body["deleted"] == [two["id"]]
    assert sorted(item["amount"] for item in listed(person)) == [10, 11, 12, 30, 100]
    found = utilities(person)
    assert (found["electricity", "kWh"]["total"], found["water", "m³"]["total"]) == (152, 11)
    assert total_items(person) == total_items(person, per_page=1) == 5


@pytest.mark.parametrize(
    ("part", "status", "pointer", "words"),
    [
        ({"create": [entry(), entry(amount=-1)]}, 422, "/create/1/amount", ["0 or more"]),
        (
            {"create": [entry(), entry(consumption_date="2199-01-01")]},
            422, "/create/1/consumption_date", ["tomorrow"],
        ),
        ({"create": [entry()], "delete": [2**62]}, 404, None, ["/delete/0"]),
        ({"create": [entry()], "update": [entry(id=2**62)]}, 404, None, ["/update/0"]),
        ({"create": [entry()], "update": [entry()]}, 422, "/update/0/id", ["is required"]),
        ({"create": [entry(id=1)]}, 422, "/create/0/id", ["cannot be set"]),
        ({"create": [entry(meter_id=2**62)]}, 404, None, ["no such meter"]),
        ({}, 422, None, ["1 to 1000 entries", "has 0"]),
        ({"create": [entry()] * 1001}, 422, "/create", ["at most 1000 entries"]),
        ({"create": [entry()] * 600, "delete": list(range(1, 402))}, 422, None, ["has 1001"]),
        ({"create": [entry()], "delete": [5, 5]}, 422, None, ["named twice"]),
        ({"create": entry()}, 422, "/create", ["must be a list"]),
        ({"create": [[]]}, 422, "/create/0", ["object"]),
        ({"create": [entry()], "dry_run": True}, 422, "/dry_run", ["cannot be set"]),
        ({"create": [entry()], "delete": [0]}, 422, "/delete/0", ["1 or more"]),
    ],
)  # fmt: skip
def test_a_batch_with_one_wrong_entry_does_nothing_and_points_to_it(
    person: Person, part: dict[str, Any], status: int, pointer: str | None, words: list[str]
) -> None:
    made = person.record()
    etag = person.get(PATH).headers["ETag"]
    refused(person.post(f"{PATH}/batch", json=part), status, pointer, *words)
    assert listed(person) == [made]
    assert person.get(PATH).headers["ETag"] == etag


def test_a_stale_version_in_a_batch_stops_all_of_it_and_is_pointed_to(person: Person) -> None:
    one, two = person.record(1), person.record(2)
    person.put(f"{PATH}/{two['id']}", json=entry(amount=20))
    response = person.post(
        f"{PATH}/batch",
        json={
            "create": [entry()],
            "update": [entry(id=one["id"], version=1), entry(id=two["id"], version=1)],
        },
    )
    refused(response, 412, None, "/update/1", "version 2 now")
    assert sorted(item["amount"] for item in listed(person)) == [1, 20]


def test_an_entry_for_a_wrong_meter_in_a_batch_is_pointed_to(app: Flask, person: Person) -> None:
    made = person.record()
    archived = new_meter(person, "Old")
    change_meter(person, archived, archived_at=datetime.now(UTC))
    water = new_meter(person, "Garden", "water", "m³")
    cases = [
        ({"create": [entry(), entry(meter_id=archived)]}, 409, "/create/1"),
        ({"create": [entry(), entry(meter_id=water)]}, 422, "/create/1/consumption_type"),
        ({"update": [entry(id=made["id"], meter_id=2**62)]}, 404, "/update/0"),
        ({"update": [entry(id=made["id"], meter_id=water)]}, 422, "/update/0/consumption_type"),
    ]
    for body, status, place in cases:
        response = person.post(f"{PATH}/batch", json=body)
        refused(response, status, place if status == 422 else None)
        assert place in response.get_data(as_text=True)
    assert listed(person) == [made]


def test_a_record_of_somebody_else_cannot_be_in_a_batch(app: Flask, person: Person) -> None:
    theirs = new_person(app)
    made = theirs.record()
    for part in ({"delete": [made["id"]]}, {"update": [entry(id=made["id"], amount=9)]}):
        refused(person.post(f"{PATH}/batch", json=part), 404, None, "no such record")
    assert listed(theirs) == [made]


def test_a_batch_of_a_thousand_entries_is_accepted(person: Person) -> None:
    entries = [entry(amount=n, consumption_date=f"2026-01-{n % 31 + 1:02d}") for n in range(1000)]
    made = person.post(f"{PATH}/batch", json={"create": entries}).get_json()["created"]
    assert [item["amount"] for item in made] == list(range(1000))
    assert utilities(person)["electricity", "kWh"]["total"] == 499_500
    response = person.post(f"{PATH}/batch", json={"delete": [item["id"] for item in made]})
    assert response.status_code == 200
    assert (total_items(person), listed(person)) == (0, [])
    assert utilities(person)["electricity", "kWh"]["total"] is None


# Lists


def test_lists_are_newest_first_and_the_latest_entry_of_a_day_comes_first(person: Person) -> None:
    days = ["2026-03-02", "2026-03-01", "2026-03-03", "2026-03-02"]
    made = [person.record(consumption_date=day)["id"] for day in days]
    newest = [made[2], made[3], made[0], made[1]]
    assert ids(person) == newest
    assert ids(person, sort="consumption_date") == newest[::-1]


def test_lists_can_be_sorted_by_amount_in_the_base_unit_and_by_entry(person: Person) -> None:
    units = [(3, "kWh"), (1, "MWh"), (2000, "Wh"), (3, "kWh")]
    made = [person.record(amount, unit=unit)["id"] for amount, unit in units]
    by_amount = [made[2], made[0], made[3], made[1]]
    assert ids(person, sort="amount") == by_amount
    assert ids(person, sort="-amount") == by_amount[::-1]
    assert ids(person, sort="created_at") == made
    assert ids(person, sort="-created_at") == made[::-1]


def test_filters_narrow_a_list_and_its_total(person: Person) -> None:
    garage = new_meter(person, "Garage")
    old = person.record(1, consumption_date="2026-01-31", period_start="2026-01-01")["id"]
    new = person.record(2, consumption_date="2026-02-01", meter_id=garage)["id"]
    water = person.record(3, consumption_type="water", consumption_date="2026-02-28")["id"]
    cases: list[tuple[dict[str, Any], list[int]]] = [
        ({}, [water, new, old]),
        ({"consumption_type": "electricity"}, [new, old]),
        ({"meter_id": garage}, [new]),
        ({"meter_id": garage, "consumption_type": "water"}, []),
        ({"date_from": "2026-02-01"}, [water, new]),
        ({"date_to": "2026-02-01"}, [new, old]),
        ({"date_from": "2026-01-31", "date_to": "2026-01-31"}, [old]),
        ({"date_from": "2026-01-01", "date_to": "2026-01-30"}, []),
        ({"consumption_type": "electricity", "date_from": "2026-02-01"}, [new]),
        ({"meter_id": 2**63 - 1}, []),
        ({"import_id": 1}, []),
    ]
    for query, expected in cases:
        assert ids(person, **query) == expected
        assert total_items(person, **query) == len(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%", ["100% sun"]),
        ("_", ["under_score"]),
        ("\\", ["back\\slash"]),
        ("\\%", []),
        ("0% S", ["100% sun"]),
        ("SCORE", ["under_score"]),
        ("a", ["back\\slash"]),
        (" ", ["100% sun"]),
        ("'", ["o'clock"]),
        ("zzz", []),
        ("", ["o'clock", None, "back\\slash", "under_score", "100% sun"]),
    ],
)
def test_search_finds_text_literally_in_any_case(
    person: Person, text: str, expected: list[str | None]
) -> None:
    for description in ("100% sun", "under_score", "back\\slash", None, "o'clock"):
        person.record(description=description)
    found = listed(person, q=text)
    assert [item["description"] for item in found] == expected
    assert total_items(person, q=text) == len(expected)


def test_pages_by_number_tell_the_exact_total(person: Person) -> None:
    made = [person.record(n)["id"] for n in range(7)][::-1]
    pages = [
        person.get(PATH, query_string={"page": page, "per_page": 3}).get_json()
        for page in (1, 2, 3, 4)
    ]
    assert [[item["id"] for item in page["items"]] for page in pages] == [
        made[:3], made[3:6], made[6:], [],
    ]  # fmt: skip
    for number, page in enumerate(pages, 1):
        cursor = page["pagination"].pop("next_cursor")
        assert (cursor is not None) == (number < 3)
        assert page["pagination"] == {
            "page": number,
            "per_page": 3,
            "total_items": 7,
            "total_pages": 3,
            "has_prev": number > 1,
            "has_next": number < 3,
        }


def test_an_empty_list_has_no_pages(person: Person) -> None:
    assert person.get(PATH).get_json() == {
        "items": [],
        "pagination": {
            "page": 1,
            "per_page": 20,
            "total_items": 0,
            "total_pages": 0,
            "has_prev": False,
            "has_next": False,
            "next_cursor": None,
        },
    }


@pytest.mark.parametrize(
    "sort",
    ["-consumption_date", "consumption_date", "-amount", "amount", "-created_at", "created_at"],
)
def test_cursors_lead_through_every_record_once_in_order(person: Person, sort: str) -> None:
    entries = [
        entry(amount=n % 3, consumption_date=f"2026-03-{n % 4 + 1:02d}", description=f"n{n}")
        for n in range(11)
    ]
    person.post(f"{PATH}/batch", json={"create": entries})
    expected = ids(person, sort=sort, q="n")
    assert len(expected) == 11
    query: dict[str, Any] = {"sort": sort, "per_page": 2, "q": "n"}
    found, pages = [], 0
    while True:
        page = person.get(PATH, query_string=query).get_json()
        found += [item["id"] for item in page["items"]]
        pages += 1
        if pages > 1:
            assert page["pagination"]["page"] is None
            assert page["pagination"]["total_items"] is None
            assert page["pagination"]["has_prev"] is True
        if not page["pagination"]["has_next"]:
            assert page["pagination"]["next_cursor"] is None
            break
        query["cursor"] = page["pagination"]["next_cursor"]
    assert (found, pages) == (expected, 6)


def test_a_record_added_while_paging_by_cursor_shifts_no_page(person: Person) -> None:
    made = [person.record(n, consumption_date=f"2026-03-{n:02d}")["id"] for n in range(1, 5)][::-1]
    first = person.get(PATH, query_string={"per_page": 2}).get_json()
    person.record(consumption_date="2026-03-09")
    cursor = first["pagination"]["next_cursor"]
    assert ids(person, per_page=2, cursor=cursor) == made[2:]


def test_a_cursor_of_another_order_or_none_of_ours_is_refused(person: Person) -> None:
    for n in range(3):
        person.record(n)
    page = person.get(PATH, query_string={"per_page": 1}).get_json()["pagination"]
    cursor = page["next_cursor"]
    cases = [(cursor, "amount"), (cursor[:-2], "-consumption_date"), ("AAAA", "amount")]
    for text, sort in cases:
        response = person.get(PATH, query_string={"cursor": text, "sort": sort})
        refused(response, 422, "?cursor", "next_cursor", "same sort")


def test_a_forged_cursor_is_refused_or_shows_only_the_own_records(
    app: Flask, person: Person
) -> None:
    from app.utils.cursors import encode

    new_person(app).record()
    mine = person.record()
    keys = {
        "-consumption_date": ["9999-12-31", "0001-01-01", "2026-W01-1", "20260301", "", "x"],
        "-amount": ["NaN", "-NaN", "sNaN", "Infinity", "-1", "1e999999", "1E+30", "1_0", "٣", "0"],
        "-created_at": [
            "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "2026-03-01", "x",
            "2026-03-01T00:00:00",
        ],
    }  # fmt: skip
    for sort, values in keys.items():
        for value in values:
            for record_id in (0, -1, 2**63 - 1):
                query = {"sort": sort, "cursor": encode([sort, value, record_id])}
                response = person.get(PATH, query_string=query)
                if response.status_code == 200:
                    assert response.get_json()["items"] in ([], [mine])
                else:
                    refused(response, 422, "?cursor", "next_cursor")


@pytest.mark.parametrize(
    ("query", "pointer", "words"),
    [
        ({"page": "0"}, "?page", ["1 or more"]),
        ({"page": "1000001"}, "?page", ["at most 1000000"]),
        ({"page": "10000000000000000000"}, "?page", ["at most 1000000"]),
        ({"page": "-1"}, "?page", ["1 or more"]),
        ({"page": "1.0"}, "?page", ["whole number"]),
        ({"page": "1e1"}, "?page", ["whole number"]),
        ({"page": "１"}, "?page", ["whole number"]),
        ({"page": ""}, "?page", ["whole number"]),
        ({"per_page": "0"}, "?per_page", ["1 or more"]),
        ({"per_page": "101"}, "?per_page", ["at most 100"]),
        ({"per_page": "9" * 30}, "?per_page", ["at most 100"]),
        ({"meter_id": "0"}, "?meter_id", ["1 or more"]),
        ({"meter_id": "9223372036854775808"}, "?meter_id", ["at most 9223372036854775807"]),
        ({"import_id": "x"}, "?import_id", ["whole number"]),
        ({"q": "x" * 201}, "?q", ["at most 200 characters"]),
        ({"q": "\0"}, "?q", ["NUL"]),
        ({"cursor": "x" * 513}, "?cursor", ["at most 512 characters"]),
        ({"cursor": "", "page": "1"}, "?cursor", ["either page or cursor"]),
        ({"sort": "id"}, "?sort", ["consumption_date"]),
        ({"sort": "consumption_date desc"}, "?sort", ["consumption_date"]),
        ({"consumption_type": "heat"}, "?consumption_type", ["electricity"]),
        ({"date_from": "1899-12-31"}, "?date_from", ["1900-01-01"]),
        ({"date_to": "9999-12-31"}, "?date_to", ["2200-12-31"]),
        ({"date_to": "yesterday"}, "?date_to", ["YYYY-MM-DD"]),
        ({"date_from": "2026-02-02", "date_to": "2026-02-01"}, "?date_from", ["after date_to"]),
        ({"account_id": "1"}, "?account_id", ["unknown"]),
        ({"page": ["1", "2"]}, "?page", ["2 times"]),
    ],
)
def test_a_query_beyond_its_limit_is_refused_with_the_limit(
    anybody: Person, query: dict[str, Any], pointer: str, words: list[str]
) -> None:
    refused(anybody.get(PATH, query_string=query), 422, pointer, *words)


def test_endpoints_without_parameters_refuse_them(person: Person) -> None:
    made = person.record()
    for response in (
        person.get(f"{PATH}/{made['id']}?expand=all"),
        person.post(f"{PATH}?dry_run=true", json=entry()),
    ):
        refused(response, 422, None, "unknown parameter")
    assert listed(person) == [made]


def test_a_viewer_reads_records_but_writes_none(person: Person) -> None:
    from app.models import Membership

    made = person.record()
    with session_of(person) as session:
        session.execute(
            update(Membership)
            .where(Membership.account_id == person.account["id"])
            .values(role="viewer")
        )
    path = f"{PATH}/{made['id']}"
    assert person.get(path).get_json() == made
    assert person.get(PATH).status_code == person.get(ANALYTICS).status_code == 200
    for response in (
        person.post(PATH, json=entry()),
        person.put(path, json=entry()),
        person.delete(path),
        person.post(f"{PATH}/batch", json={"delete": [made["id"]]}),
    ):
        refused(response, 403, None, "viewer")
    assert listed(person) == [made]


def test_export_meters_are_listed_but_not_in_the_totals_of_use(person: Person) -> None:
    solar = new_meter(person, "Solar")
    change_meter(person, solar, direction=Direction.EXPORT)
    sold = person.record(5, meter_id=solar)
    used = person.record(7)
    assert ids(person) == [used["id"], sold["id"]]
    assert utilities(person)["electricity", "kWh"]["total"] == 7
    assert utilities(person, meter_id=solar) == {}
