"""Sites and meters as people manage them, through the API on SQLite."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, update

from app.models import Membership, Meter, Site
from app.services import meter_admin, sites
from tests.conftest import sqlite_app, state_of
from tests.factories import Person, new_person
from tests.importing import everything, of_person


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    """One application for the module: people are kept apart by their accounts."""
    made = sqlite_app()
    yield made
    state_of(made).db.engine.dispose()


@pytest.fixture
def lonely() -> Iterator[Person]:
    """Somebody in an application of their own, who will have very many rows."""
    made = sqlite_app()
    yield new_person(made)
    state_of(made).db.engine.dispose()


def made(person: Person, path: str, **fields: Any) -> dict[str, Any]:
    response = person.post(f"/api/{path}", json=fields)
    assert response.status_code == 201, response.get_data(as_text=True)
    body: dict[str, Any] = response.get_json()
    assert response.headers["Location"] == f"/api/{path}/{body['id']}"
    return body


def meter(person: Person, name: str = "Attic", **fields: Any) -> dict[str, Any]:
    return made(person, "meters", **({"name": name, "consumption_type": "electricity"} | fields))


def changed(person: Person, path: str, **fields: Any) -> dict[str, Any]:
    response = person.patch(f"/api/{path}", json=fields)
    assert response.status_code == 200, response.get_data(as_text=True)
    body: dict[str, Any] = response.get_json()
    assert person.get(f"/api/{path}").get_json() == body
    return body


def refused(person: Person, method: str, path: str, status: int, **fields: Any) -> dict[str, Any]:
    before = everything(person)
    response = person.call(method, f"/api/{path}", json=fields)
    assert response.status_code == status, response.get_data(as_text=True)
    assert everything(person) == before
    body: dict[str, Any] = response.get_json()
    return body


def listed(person: Person, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = person.get(f"/api/{path}").get_json()["items"]
    return items


def be_viewer(person: Person) -> None:
    with state_of(person.app).db.anonymous() as session:
        session.execute(
            update(Membership).where(Membership.user_id == person.user["id"]).values(role="viewer")
        )


# Sites


def test_an_account_begins_with_a_site_called_home_in_its_time_zone(person: Person) -> None:
    (home,) = listed(person, "sites")
    assert (home["name"], home["time_zone"]) == ("Home", "Europe/Madrid")
    assert person.get(f"/api/sites/{home['id']}").get_json() == home


def test_a_site_is_made_in_the_accounts_time_zone_unless_another_is_given(person: Person) -> None:
    cabin = made(person, "sites", name=" Cabin ", occupants=2)
    assert (cabin["name"], cabin["time_zone"], cabin["occupants"]) == ("Cabin", "Europe/Madrid", 2)
    boat = made(person, "sites", name="Boat", time_zone="Atlantic/Canary")
    assert (boat["time_zone"], boat["occupants"]) == ("Atlantic/Canary", None)
    assert [site["name"] for site in listed(person, "sites")] == ["Home", "Cabin", "Boat"]


def test_a_site_is_renamed_and_moved_to_another_zone(person: Person) -> None:
    (home,) = listed(person, "sites")
    path = f"sites/{home['id']}"
    assert changed(person, path, name="Flat") == home | {"name": "Flat"}
    assert changed(person, path, time_zone="Asia/Kathmandu", occupants=3)["occupants"] == 3
    assert changed(person, path, occupants=None)["occupants"] is None
    assert changed(person, path)["time_zone"] == "Asia/Kathmandu"


def test_two_sites_of_an_account_have_different_names(app: Flask, person: Person) -> None:
    made(person, "sites", name="Cabin")
    problem = refused(person, "POST", "sites", 409, name="Cabin")
    taken = {"detail": "Another site has this name.", "code": "taken", "params": {}}
    assert problem["errors"] == [{"pointer": "/name", **taken}]
    (home, _) = listed(person, "sites")
    refused(person, "PATCH", f"sites/{home['id']}", 409, name="Cabin")
    made(new_person(app), "sites", name="Cabin")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({}, "/name"),
        ({"name": ""}, "/name"),
        ({"name": "  "}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"name": "a\0b"}, "/name"),
        ({"name": 5}, "/name"),
        ({"name": "A", "time_zone": "Mars/Olympus"}, "/time_zone"),
        ({"name": "A", "time_zone": "localtime"}, "/time_zone"),
        ({"name": "A", "time_zone": "europe/madrid"}, "/time_zone"),
        ({"name": "A", "occupants": -1}, "/occupants"),
        ({"name": "A", "occupants": 100_001}, "/occupants"),
        ({"name": "A", "occupants": 1.5}, "/occupants"),
        ({"name": "A", "occupants": True}, "/occupants"),
        ({"name": "A", "id": 7}, "/id"),
        ({"name": "A", "account_id": 7}, "/account_id"),
    ],
)
def test_a_site_that_cannot_be_is_refused(
    anybody: Person, fields: dict[str, Any], pointer: str
) -> None:
    assert refused(anybody, "POST", "sites", 422, **fields)["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    "fields", [{"name": None}, {"name": ""}, {"time_zone": None}, {"time_zone": ""}, {"id": 1}]
)
def test_a_site_cannot_be_changed_into_one_that_cannot_be(
    person: Person, fields: dict[str, Any]
) -> None:
    (home,) = listed(person, "sites")
    refused(person, "PATCH", f"sites/{home['id']}", 422, **fields)


def test_a_thousand_sites_are_the_limit(lonely: Person) -> None:
    person = lonely
    with of_person(person) as session:
        rows = [
            {"account_id": session.account_id, "name": f"Site {n}", "time_zone": "UTC"}
            for n in range(sites.MAX_SITES - 1)
        ]
        session.execute(insert(Site.__table__), rows)
    problem = refused(person, "POST", "sites", 422, name="One more")
    assert "at most 1000 sites" in problem["detail"]
    assert len(listed(person, "sites")) == 1_000


# Meters


@pytest.mark.parametrize(
    ("kind", "unit", "effective"),
    [
        *[("electricity", None, "kWh"), ("water", None, "m³"), ("gas", None, "m³")],
        *[("gas", "kWh", "kWh"), ("water", "m³", "m³")],
    ],
)
def test_a_meter_counts_the_base_unit_of_its_type(
    person: Person, kind: str, unit: str | None, effective: str
) -> None:
    found = meter(person, consumption_type=kind, unit=unit)
    assert (found["unit"], found["consumption_type"]) == (effective, kind)
    assert (found["source"], found["direction"], found["is_default"]) == (
        "entries",
        "import",
        False,
    )
    assert (found["record_count"], found["first_day"], found["archived_at"]) == (0, None, None)


def test_a_meter_is_at_the_first_site_unless_another_is_given(person: Person) -> None:
    cabin = made(person, "sites", name="Cabin")
    (home, _) = listed(person, "sites")
    assert meter(person, "One")["site_id"] == home["id"]
    assert meter(person, "Two", site_id=cabin["id"])["site_id"] == cabin["id"]


def test_meters_are_listed_by_name_with_archived_ones(person: Person) -> None:
    for name in ("b", "C", "a"):
        meter(person, name)
    changed(person, f"meters/{listed(person, 'meters')[0]['id']}", archived=True)
    assert [item["name"] for item in listed(person, "meters")] == ["a", "b", "C"]


def test_a_meter_is_renamed_moved_and_given_a_serial_number(person: Person) -> None:
    cabin = made(person, "sites", name="Cabin")
    found = meter(person)
    path = f"meters/{found['id']}"
    changes = {"name": "Cellar", "site_id": cabin["id"], "serial_number": "A 1"}
    assert changed(person, path, **changes) == found | changes
    assert changed(person, path, serial_number=None)["serial_number"] is None


def test_two_meters_of_an_account_have_different_names(app: Flask, person: Person) -> None:
    meter(person, "Attic")
    other = meter(person, "Cellar")
    problem = refused(person, "POST", "meters", 409, name="Attic", consumption_type="water")
    assert problem["errors"][0]["pointer"] == "/name"
    refused(person, "PATCH", f"meters/{other['id']}", 409, name="Attic")
    meter(new_person(app), "Attic")


def test_an_archived_meter_keeps_its_records_and_refuses_new_ones(person: Person) -> None:
    found = meter(person)
    path = f"meters/{found['id']}"
    record = person.record(3, meter_id=found["id"])
    archived = changed(person, path, archived=True)
    assert archived["archived_at"] is not None
    assert archived["record_count"] == 1
    body = {"consumption_type": "electricity", "amount": 1, "consumption_date": "2026-03-02"}
    refused(person, "POST", "consumption", 409, **body, meter_id=found["id"])
    batch = {"create": [body | {"meter_id": found["id"]}]}
    refused(person, "POST", "consumption/batch", 409, **batch)
    assert person.get(f"/api/consumption/{record['id']}").status_code == 200
    assert changed(person, path, archived=True)["archived_at"] == archived["archived_at"]
    assert changed(person, path, archived=False)["archived_at"] is None
    person.record(1, meter_id=found["id"])


def test_the_accounts_own_meter_cannot_be_archived_but_renamed(person: Person) -> None:
    own = person.record(1)["meter_id"]
    problem = refused(person, "PATCH", f"meters/{own}", 409, archived=True)
    assert "name no meter go to this one" in problem["detail"]
    assert changed(person, f"meters/{own}", name="Main", archived=False)["is_default"]
    assert person.record(2)["meter_id"] == own


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"consumption_type": "gas"}, "/name"),
        ({"name": "A"}, "/consumption_type"),
        ({"name": "A", "consumption_type": "oil"}, "/consumption_type"),
        ({"name": "A", "consumption_type": "water", "unit": "kWh"}, "/unit"),
        ({"name": "A", "consumption_type": "electricity", "unit": "m³"}, "/unit"),
        ({"name": "A", "consumption_type": "gas", "unit": "L"}, "/unit"),
        ({"name": "A", "consumption_type": "gas", "site_id": 0}, "/site_id"),
        ({"name": "A", "consumption_type": "gas", "site_id": "1"}, "/site_id"),
        ({"name": "A", "consumption_type": "gas", "site_id": 2**63}, "/site_id"),
        ({"name": "A", "consumption_type": "gas", "serial_number": "x" * 101}, "/serial_number"),
        ({"name": "A", "consumption_type": "gas", "record_count": 9}, "/record_count"),
        ({"name": "A", "consumption_type": "gas", "is_default": True}, "/is_default"),
    ],
)
def test_a_meter_that_cannot_be_is_refused(
    anybody: Person, fields: dict[str, Any], pointer: str
) -> None:
    assert refused(anybody, "POST", "meters", 422, **fields)["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    "fields",
    [
        *[{"name": None}, {"site_id": None}, {"archived": None}, {"archived": "yes"}],
        *[{"consumption_type": "gas"}, {"unit": "m³"}, {"revision": 1}, {"archived": 1}],
    ],
)
def test_a_meter_cannot_be_changed_into_one_that_cannot_be(
    person: Person, fields: dict[str, Any]
) -> None:
    refused(person, "PATCH", f"meters/{meter(person)['id']}", 422, **fields)


def test_ten_thousand_meters_are_the_limit(lonely: Person) -> None:
    person = lonely
    (home,) = listed(person, "sites")
    with of_person(person) as session:
        rows = [
            {
                "account_id": session.account_id,
                "site_id": home["id"],
                "name": f"Meter {n}",
                "consumption_type": "gas",
                "unit": "m³",
            }
            for n in range(meter_admin.MAX_METERS)
        ]
        session.execute(insert(Meter.__table__), rows)
    response = person.post("/api/meters", json={"name": "One", "consumption_type": "gas"})
    assert response.status_code == 422
    assert "at most 10000 meters" in response.get_json()["detail"]


# Who may, and what lists show


def test_what_belongs_to_others_is_not_there(app: Flask, person: Person) -> None:
    other = new_person(app)
    site, theirs = made(other, "sites", name="Theirs"), meter(other)
    own = meter(person)
    before = everything(other)
    for path in (f"sites/{site['id']}", f"meters/{theirs['id']}", f"meters/{2**62}"):
        refused(person, "PATCH", path, 404, name="Mine")
        assert person.get(f"/api/{path}").status_code == 404
    refused(person, "POST", "meters", 404, name="A", consumption_type="gas", site_id=site["id"])
    refused(person, "PATCH", f"meters/{own['id']}", 404, site_id=site["id"])
    assert everything(other) == before
    assert [item["id"] for item in listed(person, "meters")] == [own["id"]]
    assert len(listed(person, "sites")) == 1


def test_a_viewer_looks_but_changes_nothing(person: Person) -> None:
    found = meter(person)
    (home,) = listed(person, "sites")
    be_viewer(person)
    for path in ("sites", f"sites/{home['id']}", "meters", f"meters/{found['id']}"):
        assert person.get(f"/api/{path}").status_code == 200
    refused(person, "POST", "sites", 403, name="Cabin")
    refused(person, "PATCH", f"sites/{home['id']}", 403, name="Cabin")
    refused(person, "POST", "meters", 403, name="A", consumption_type="gas")
    refused(person, "PATCH", f"meters/{found['id']}", 403, name="Mine")


@pytest.mark.parametrize("path", ["/api/consumption", "/api/consumption/analytics"])
def test_the_etag_of_lists_changes_with_the_name_of_a_meter(person: Person, path: str) -> None:
    query = {"date_from": "2026-03-01", "date_to": "2026-03-31"}
    record = person.record(1)
    etag = person.get(path, query_string=query).headers["ETag"]
    same = person.get(path, query_string=query, headers={"If-None-Match": etag})
    assert same.status_code == 304
    changed(person, f"meters/{record['meter_id']}", name="Main")
    fresh = person.get(path, query_string=query, headers={"If-None-Match": etag})
    assert (fresh.status_code, fresh.headers["ETag"] != etag) == (200, True)


def test_a_repeated_request_with_a_key_makes_one_meter_and_one_site(person: Person) -> None:
    for path, body in (
        ("meters", {"name": "A", "consumption_type": "gas"}),
        ("sites", {"name": "B"}),
    ):
        answers = [
            person.post(f"/api/{path}", json=body, headers={"Idempotency-Key": path})
            for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].get_json() == answers[1].get_json()


def test_a_meter_that_nothing_names_is_deleted(person: Person) -> None:
    attic = meter(person, "Attic by mistake")
    assert person.delete(f"/api/meters/{attic['id']}").status_code == 204
    refused(person, "DELETE", f"meters/{attic['id']}", 404)
    assert meter(person, "Attic by mistake")["id"] != attic["id"]


def test_a_meter_with_data_a_key_or_an_import_is_archived_instead(person: Person) -> None:
    used = meter(person, "Used")
    record = person.record(meter_id=used["id"])
    found = refused(person, "DELETE", f"meters/{used['id']}", 409)
    assert (found["code"], "archive" in found["detail"]) == ("meter-named", True)
    assert person.delete(f"/api/consumption/{record['id']}").status_code == 204
    assert person.delete(f"/api/meters/{used['id']}").status_code == 204
    keyed = meter(person, "Keyed")
    body = {"name": "Logger", "scopes": ["intervals:write"], "meter_id": keyed["id"]}
    assert person.post("/api/api-keys", json=body).status_code == 201
    refused(person, "DELETE", f"meters/{keyed['id']}", 409)


def test_the_own_meter_of_a_type_is_never_deleted(person: Person) -> None:
    record = person.record(consumption_type="water", unit="m³")
    assert person.delete(f"/api/consumption/{record['id']}").status_code == 204
    found = refused(person, "DELETE", f"meters/{record['meter_id']}", 409)
    assert found["code"] == "meter-stays"


def test_deleted_records_of_a_deleted_meter_are_not_restored(person: Person) -> None:
    gone = meter(person, "Gone")
    record = person.record(meter_id=gone["id"])
    token = person.delete(f"/api/consumption/{record['id']}").headers["Undo-Token"]
    assert person.delete(f"/api/meters/{gone['id']}").status_code == 204
    answer = person.post("/api/consumption/restore", json={"undo_token": token})
    assert answer.status_code in (404, 409)


def test_a_site_without_meters_is_deleted_but_not_the_last(person: Person) -> None:
    flat = made(person, "sites", name="Flat by mistake")
    attic = meter(person, "In the flat", site_id=flat["id"])
    assert refused(person, "DELETE", f"sites/{flat['id']}", 409)["code"] == "site-has-meters"
    assert person.delete(f"/api/meters/{attic['id']}").status_code == 204
    assert person.delete(f"/api/sites/{flat['id']}").status_code == 204
    [home] = person.get("/api/sites").get_json()["items"]
    assert refused(person, "DELETE", f"sites/{home['id']}", 409)["code"] == "last-site"
