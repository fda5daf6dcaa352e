"""What programs read of a problem: a code and params for each field and for the whole."""

from typing import Any

import pytest

from app.auth.passwords import weakness
from tests.factories import PASSWORD, Person

RECORD = {"consumption_type": "gas", "amount": 2, "consumption_date": "2026-03-02"}
NOBODY = {"role": "viewer", "username": "nobody.has.it"}
PEOPLE = {"time_zone": "UTC", "currency": "EUR", "name": "Office"}


FIELDS: list[tuple[str, str, dict[str, Any], str, str, dict[str, Any]]] = [
    ("POST", "consumption", {"amount": None}, "/amount", "wrong-type", {"expected": "number"}),
    ("POST", "consumption", {"amount": -1}, "/amount", "below-minimum", {"min": 0}),
    (
        "POST", "consumption", {"amount": 10**10}, "/amount",
        "above-maximum", {"max": 9999999999.9999},
    ),
    ("POST", "consumption", {"amount": 0.00001}, "/amount", "too-many-decimals", {"max": 4}),
    (
        "POST", "consumption", {"consumption_type": "oil"}, "/consumption_type",
        "not-one-of", {"allowed": ["electricity", "water", "gas"]},
    ),
    (
        "POST", "consumption", {"unit": "L", "consumption_type": "electricity"}, "/unit",
        "unit-not-of-type",
        {
            "consumption_type": "electricity",
            "allowed": ["kWh", "Wh", "MWh", "GWh", "MJ", "GJ"],
        },
    ),
    ("POST", "consumption", {"unit": 5}, "/unit", "wrong-type", {"expected": "text"}),
    (
        "POST", "consumption", {"period_start": "2026-03-03"}, "/period_start",
        "not-after", {"other": "consumption_date"},
    ),
    (
        "POST", "consumption", {"period_start": "1999-01-01"}, "/period_start",
        "period-too-long", {"max": 3660},
    ),
    ("POST", "consumption", {"consumption_date": "2/3/26"}, "/consumption_date", "not-a-date", {}),
    (
        "POST", "consumption", {"consumption_date": "1899-12-31"}, "/consumption_date",
        "below-minimum", {"min": "1900-01-01"},
    ),
    ("POST", "consumption", {"description": "x" * 2001}, "/description", "too-long", {"max": 2000}),
    ("POST", "consumption", {"description": "\0"}, "/description", "bad-character", {}),
    ("POST", "consumption", {"meter_id": 0}, "/meter_id", "below-minimum", {"min": 1}),
    (
        "POST", "consumption", {"meter_id": "7"}, "/meter_id",
        "wrong-type", {"expected": "whole-number"},
    ),
    ("POST", "consumption", {"colour": "red"}, "/colour", "unknown-field", {}),
    ("POST", "meters", {"consumption_type": "gas"}, "/name", "required", {}),
    ("POST", "meters", {"name": " ", "consumption_type": "gas"}, "/name", "too-short", {"min": 1}),
    (
        "POST", "meters", {"name": "x", "consumption_type": "water", "unit": "kWh"}, "/unit",
        "unit-not-of-type", {"consumption_type": "water", "allowed": ["m³"]},
    ),
    ("PATCH", "auth/me", {"time_zone": "Mars/Base"}, "/time_zone", "not-a-time-zone", {}),
    (
        "PATCH", "auth/me", {"currency": "euro"}, "/currency",
        "wrong-format", {"pattern": "^[A-Z]{3}$"},
    ),
    ("POST", "members", NOBODY, "/username", "unknown-user", {}),
    ("POST", "members", {"role": "viewer"}, "/", "exactly-one", {"fields": ["email", "username"]}),
    (
        "POST", "auth/password", {"current_password": "x", "new_password": "y"},
        "/current_password", "password-wrong", {},
    ),
    (
        "POST", "auth/password", {"current_password": PASSWORD, "new_password": "y"},
        "/new_password", "too-short", {"min": 12},
    ),
    (
        "POST", "auth/password", {"current_password": PASSWORD, "new_password": "passwordpassword"},
        "/new_password", "password-guessable", {},
    ),
    (
        "POST", "auth/password", {"current_password": PASSWORD, "new_password": PASSWORD},
        "/new_password", "password-unchanged", {},
    ),
    (
        "GET", "consumption/analytics?date_from=2026-02-01&date_to=2026-01-01", {},
        "?date_from", "not-after", {"other": "date_to"},
    ),
    (
        "GET", "consumption/analytics?date_from=2000-01-01&group_by=day", {},
        "?date_from", "range-too-long", {"max": 3660},
    ),
    ("GET", "consumption?per_page=500", {}, "?per_page", "above-maximum", {"max": 100}),
    ("GET", "consumption?per_page=1&per_page=2", {}, "?per_page", "given-twice", {}),
    ("GET", "consumption?cursor=abc", {}, "?cursor", "wrong-cursor", {}),
    ("GET", "meters?x=1", {}, "?x", "unknown-field", {}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "change", "pointer", "code", "params"), FIELDS)
def test_a_field_says_what_is_wrong_with_it(
    anybody: Person,
    method: str,
    path: str,
    change: dict[str, Any],
    pointer: str,
    code: str,
    params: dict[str, Any],
) -> None:
    body = (RECORD if path == "consumption" else {}) | change
    answer = anybody.call(method, f"/api/{path}", json=body if method != "GET" else None)
    assert answer.status_code == 422, answer.text
    found = {error["pointer"]: error for error in answer.json["errors"]}
    assert found[pointer]["code"] == code, answer.text
    assert found[pointer]["params"] == params
    if len(found) == 1:
        assert (answer.json["code"], answer.json["params"]) == (code, params)


@pytest.mark.parametrize(
    ("body", "code", "params"),
    [
        ({}, "too-few", {"min": 1, "max": 1000}),
        ({"delete": list(range(1, 1002))}, "too-many", {"max": 1000}),
        ({"delete": [1, 1]}, "named-twice", {}),
        ({"create": [RECORD | {"amount": "x"}]}, "wrong-type", {"expected": "number"}),
        ({"create": {}}, "wrong-type", {"expected": "list"}),
        ({"create": [5]}, "wrong-type", {"expected": "object"}),
        ([], "wrong-type", {"expected": "object"}),
    ],
)
def test_a_batch_says_what_is_wrong_with_it(
    anybody: Person, body: Any, code: str, params: dict[str, Any]
) -> None:
    answer = anybody.post("/api/consumption/batch", json=body)
    assert (answer.status_code, answer.json["code"], answer.json["params"]) == (422, code, params)


def test_a_unit_that_the_meter_cannot_take_says_which_it_can(person: Person) -> None:
    meter = person.post("/api/meters", json={"name": "G", "consumption_type": "gas"}).json["id"]
    answer = person.post("/api/consumption", json=RECORD | {"meter_id": meter, "unit": "kWh"})
    assert answer.json["code"] == "unit-not-convertible"
    assert answer.json["params"] == {"unit": "kWh", "meter_unit": "m³"}
    person.patch(f"/api/meters/{meter}", json={"archived": True})
    archived = person.post("/api/consumption", json=RECORD | {"meter_id": meter})
    assert (archived.status_code, archived.json["code"]) == (409, "meter-archived")


def test_too_late_a_day_says_which_is_the_last(person: Person) -> None:
    answer = person.post("/api/consumption", json=RECORD | {"consumption_date": "2199-01-01"})
    assert answer.json["code"] == "after-tomorrow"
    assert answer.json["params"]["max"] > "2026-01-01"


def test_what_is_not_there_says_what_it_is(anybody: Person) -> None:
    paths = {"consumption": "record", "meters": "meter", "sites": "site", "imports": "import"}
    for path, what in paths.items():
        assert anybody.get(f"/api/{path}/{2**62}").json["code"] == f"no-such-{what}"
    assert anybody.get("/api/nothing").json["code"] == "not-found"


def test_a_record_that_has_changed_says_its_version(person: Person) -> None:
    url = f"/api/consumption/{person.record(1)['id']}"
    answer = person.put(url, json=RECORD, headers={"If-Match": '"7"'})
    assert (answer.status_code, answer.json["code"]) == (412, "record-changed")
    assert answer.json["params"] == {"current": 1, "seen": 7}


def test_a_name_that_is_taken_says_whose(person: Person) -> None:
    again = {**PEOPLE, "username": person.user["username"], "email": "new@example.org"}
    body = {**again, "password": PASSWORD, "token_delivery": "body"}
    del body["name"]
    answer = person.app.test_client().post("/api/auth/register", json=body)
    assert (answer.status_code, answer.json["code"]) == (409, "taken")
    assert answer.json["errors"][0]["pointer"] == "/username"


def test_several_errors_have_no_code_in_common(anybody: Person) -> None:
    answer = anybody.post("/api/consumption", json={})
    assert (answer.json["code"], answer.json["params"]) == ("invalid", {})
    assert {error["code"] for error in answer.json["errors"]} == {"required"}


def test_weak_passwords_have_codes() -> None:
    codes = [found.code if (found := weakness(text)) else None for text in ("a", "a" * 200)]
    assert codes == ["too-short", "too-long"]
