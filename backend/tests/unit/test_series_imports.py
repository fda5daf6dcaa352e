"""Importing interval data: meters, dry runs, undo, periods, profiles; on SQLite."""

import gzip
import io
import zipfile
from typing import Any

import pytest
from flask import Flask

from tests.factories import Person, new_person
from tests.importing import days, everything, imported, meters, of_person, projection, refused

HEADER = "meter,start,kwh"


def long_csv(*lines: str, header: str = HEADER) -> bytes:
    """A long CSV."""
    return "\n".join([header, *lines, ""]).encode()


def hours(day: str, count: int = 24, *, meter: str = "House", first: float = 1.0) -> list[str]:
    """Hourly readings from midnight UTC on."""
    return [f"{meter},{day}T{hour:02}:00:00Z,{first + hour / 8}" for hour in range(count)]


@pytest.fixture
def utc(app: Flask) -> Person:
    """Somebody whose site is in UTC."""
    return new_person(app, time_zone="UTC")


def of_meter(person: Person, name: str) -> dict[str, Any]:
    """A meter by its name."""
    items = person.call("GET", "/api/meters").get_json()["items"]
    return next(meter for meter in items if meter["name"] == name)


def test_a_long_csv_makes_its_meters_and_fills_their_days(utc: Person) -> None:
    lines = [*hours("2026-01-15"), *hours("2026-01-15", meter="Barn", first=2.0)]
    found = imported(utc, long_csv(*lines))
    assert found["format"] == "long_csv"
    assert found["counts"] == {
        "added": 48,
        "changed": 0,
        "unchanged": 0,
        "rejected": 0,
        "ignored": 0,
    }
    house, barn = found["meters"]
    assert (house["name"], house["is_new"], house["added"], house["total"]) == (
        "House",
        True,
        24,
        58.5,
    )
    assert (barn["name"], barn["total"]) == ("Barn", 82.5)
    assert of_meter(utc, "House")["source"] == "intervals"
    assert [(row[1].isoformat(), float(row[2])) for row in days(utc)] == [
        ("2026-01-15", 58.5),
        ("2026-01-15", 82.5),
    ]
    assert found["range"] == {"start": "2026-01-15", "end": "2026-01-15"}
    assert found["preview"][0]["amount"][:2] == [1.0, 1.125]


def test_a_dry_run_says_the_same_and_writes_nothing(utc: Person) -> None:
    data = long_csv(*hours("2026-01-15"), "House,2026-01-16T03:00:00Z,x")
    before = everything(utc)
    found = imported(utc, data, dry_run=True, mode="valid")
    assert everything(utc) == before
    assert found["id"] is None
    assert (found["counts"]["added"], found["counts"]["rejected"]) == (24, 1)
    assert found["problems"] == [{"line": 26, "column": "amount", "detail": "'x' is not a number"}]
    assert found["meters"][0]["id"] is None
    done = imported(utc, data, mode="valid")
    assert done["counts"] == found["counts"]


def test_one_wrong_line_stores_nothing_unless_only_the_good_ones_are_wanted(utc: Person) -> None:
    problem = refused(utc, long_csv(*hours("2026-01-15"), "House,2026-01-15T23:07:00Z,1"))
    assert problem["errors"][0]["pointer"] == "#file/line/26"
    assert "does not stand on the grid" in problem["errors"][0]["detail"]


def test_the_same_file_twice_changes_nothing(utc: Person) -> None:
    data = long_csv(*hours("2026-01-15"))
    imported(utc, data)
    before = projection(utc)
    again = imported(utc, data)
    assert again["counts"] == {
        "added": 0,
        "changed": 0,
        "unchanged": 24,
        "rejected": 0,
        "ignored": 0,
    }
    assert any("same file was imported" in warning for warning in again["warnings"])
    assert projection(utc) == before
    undone = utc.call("POST", f"/api/imports/{again['id']}/undo")
    assert undone.status_code == 200
    assert projection(utc) == before


def test_a_later_file_changes_and_its_undo_restores(utc: Person) -> None:
    imported(utc, long_csv(*hours("2026-01-15", 12)))
    before = days(utc)
    lines = hours("2026-01-15")
    lines[3] = "House,2026-01-15T03:00:00Z,9"
    found = imported(utc, long_csv(*lines))
    assert (found["counts"]["added"], found["counts"]["changed"]) == (12, 1)
    assert found["counts"]["unchanged"] == 11
    assert days(utc) != before
    undone = utc.call("POST", f"/api/imports/{found['id']}/undo")
    assert undone.get_json()["status"] == "undone"
    assert days(utc) == before
    assert utc.call("POST", f"/api/imports/{found['id']}/undo").status_code == 409


def test_local_times_are_those_of_the_site(app: Flask) -> None:
    person = new_person(app, time_zone="Europe/Amsterdam")
    lines = [f"House,2026-10-25 {hour:02}:00,1" for hour in (0, 1, 2, 2, *range(3, 24))]
    found = imported(person, long_csv(*lines))
    assert found["counts"]["added"] == 25
    assert "2026-10-25 has 25 hours: the clocks change" in found["warnings"]
    assert [float(row[2]) for row in days(person)] == [25.0]


def test_a_meter_is_found_by_its_key_however_it_is_called_now(utc: Person) -> None:
    first = imported(utc, long_csv(*hours("2026-01-15")))
    meter_id = first["meters"][0]["id"]
    utc.call("PATCH", f"/api/meters/{meter_id}", json={"name": "Renamed"})
    again = imported(utc, long_csv(*hours("2026-01-16")))
    assert again["meters"][0]["id"] == meter_id
    assert not again["meters"][0]["is_new"]


def test_the_mapping_says_which_meter_a_channel_goes_to(utc: Person) -> None:
    wanted = {"name": "Mine", "consumption_type": "electricity", "source": "intervals"}
    meter = utc.call("POST", "/api/meters", json=wanted).get_json()
    data = long_csv(*hours("2026-01-15"))
    assert imported(utc, data, meter_id=meter["id"])["meters"][0]["id"] == meter["id"]
    mapping = f'{{"meters": {{"House": {meter["id"]}}}}}'
    assert imported(utc, data, mapping=mapping)["counts"]["unchanged"] == 24
    two = long_csv(*hours("2026-01-15"), *hours("2026-01-15", meter="Barn"))
    assert "2 channels" in refused(utc, two, meter_id=meter["id"])["detail"]
    both = f'{{"meters": {{"House": {meter["id"]}, "Barn": {meter["id"]}}}}}'
    assert "would both go to" in refused(utc, two, mapping=both)["detail"]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"consumption_type": "water", "source": "intervals"}, "measures water"),
        ({"consumption_type": "electricity", "source": "entries"}, "fed by entries"),
        (
            {"consumption_type": "electricity", "source": "intervals", "direction": "export"},
            "direction is export",
        ),
    ],
)
def test_a_chosen_meter_that_does_not_fit_is_refused(
    utc: Person, fields: dict[str, Any], reason: str
) -> None:
    meter = utc.call("POST", "/api/meters", json={"name": "Mine"} | fields).get_json()
    problem = refused(utc, long_csv(*hours("2026-01-15")), meter_id=meter["id"])
    assert reason in problem["detail"]


def test_another_persons_meter_or_site_is_none(utc: Person, person: Person) -> None:
    meter = person.call("POST", "/api/meters", json={"name": "Theirs", "consumption_type": "gas"})
    site = person.call("GET", "/api/sites").get_json()["items"][0]
    data = long_csv(*hours("2026-01-15"))
    refused(utc, data, 404, meter_id=meter.get_json()["id"])
    refused(utc, data, 422, site_id=site["id"])


def test_the_zone_is_that_of_the_site_the_meter_is_at(utc: Person) -> None:
    site = {"name": "Kathmandu", "time_zone": "Asia/Kathmandu"}
    site_id = utc.call("POST", "/api/sites", json=site).get_json()["id"]
    start = "House,2026-01-14T18:15:00Z,1", "House,2026-01-14T19:15:00Z,1"
    found = imported(utc, long_csv(*start), site_id=site_id)
    assert found["range"] == {"start": "2026-01-15", "end": "2026-01-15"}
    assert of_meter(utc, "House")["site_id"] == site_id
    # Found again by its key, with the zone of its site, though the file names none.
    assert imported(utc, long_csv(*start))["counts"]["unchanged"] == 2


@pytest.mark.parametrize("kind", ["gzip", "zip"])
def test_packed_files_are_read(utc: Person, kind: str) -> None:
    data = long_csv(*hours("2026-01-15"))
    packed = gzip.compress(data)
    if kind == "zip":
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("__MACOSX/._x", b"?")
            archive.writestr("inner.csv", data)
        packed = buffer.getvalue()
    assert imported(utc, packed, name=f"x.{kind}")["counts"]["added"] == 24


def test_a_packed_file_of_records_is_read_as_such(utc: Person) -> None:
    found = imported(utc, gzip.compress(b"date,electricity (kWh)\n2026-03-01,5\n"), name="r.csv.gz")
    assert (found["format"], found["counts"]["added"]) == ("records_csv", 1)


def test_an_unknown_format_is_named_with_all_that_there_are(utc: Person) -> None:
    problem = refused(utc, long_csv(*hours("2026-01-15")), format="nosuch")
    assert problem["errors"][0]["pointer"] == "#format"
    assert "long_csv" in problem["detail"]


def test_a_format_that_the_file_does_not_have_says_so(utc: Person) -> None:
    problem = refused(utc, b"a,b\n1,2\n", format="long_csv")
    assert problem["errors"][0]["pointer"] == "#file"


def test_an_entry_of_the_mapping_that_the_format_does_not_take_is_named(utc: Person) -> None:
    problem = refused(utc, long_csv(*hours("2026-01-15")), mapping='{"nosuch": 1}')
    assert problem["errors"][0]["pointer"] == "#mapping/nosuch"


def test_a_profile_brings_format_and_mapping(utc: Person, person: Person) -> None:
    body = {"name": "Water", "format": "long_csv", "mapping": {"consumption_type": "gas"}}
    made = utc.call("POST", "/api/import-profiles", json=body)
    assert made.status_code == 201
    profile = made.get_json()
    lines = hours("2026-01-15")
    found = imported(utc, long_csv(*lines), profile=profile["id"])
    assert found["meters"][0]["consumption_type"] == "gas"
    assert utc.call("POST", "/api/import-profiles", json=body).status_code == 409
    place = f"/api/import-profiles/{profile['id']}"
    assert utc.call("PATCH", place, json={"name": "Gas"}).get_json()["name"] == "Gas"
    assert utc.call("PATCH", place, json={"format": "nosuch"}).status_code == 422
    assert person.call("GET", place).status_code == 404
    assert person.call("DELETE", place).status_code == 404
    assert [p["name"] for p in utc.call("GET", "/api/import-profiles").get_json()["items"]] == [
        "Gas"
    ]
    assert utc.call("DELETE", place).status_code == 204
    assert utc.call("GET", place).status_code == 404


@pytest.mark.parametrize("number", ["1e300", "1" + "0" * 25, "-1e20", "1e400", "NaN"])
def test_a_number_of_a_mapping_that_no_program_holds_is_refused(utc: Person, number: str) -> None:
    text = f'{{"name": "Odd", "format": "long_csv", "mapping": {{"deep": [{number}]}}}}'
    answer = utc.call("POST", "/api/import-profiles", data=text, content_type="application/json")
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"] == "/mapping"


def test_numbers_of_a_mapping_are_kept_as_they_are(utc: Person) -> None:
    mapping = {"a": 1.5, "b": 2**53, "c": -7, "d": True, "e": 0.0}
    body = {"name": "Plain", "format": "long_csv", "mapping": mapping}
    assert utc.call("POST", "/api/import-profiles", json=body).get_json()["mapping"] == mapping


def test_only_an_import_that_runs_is_cancelled(utc: Person) -> None:
    found = imported(utc, long_csv(*hours("2026-01-15")))
    assert utc.call("POST", f"/api/imports/{found['id']}/cancel").status_code == 409


def test_events_of_an_import_that_is_done_are_one(utc: Person) -> None:
    found = imported(utc, long_csv(*hours("2026-01-15")))
    answer = utc.call("GET", f"/api/imports/{found['id']}/events")
    assert answer.content_type == "text/event-stream"
    text = answer.get_data(as_text=True)
    assert text.startswith("event: import\ndata: {")
    assert text.count("event: ") == 1


def test_an_import_that_fell_silent_reads_as_failed(utc: Person) -> None:
    from datetime import UTC, datetime, timedelta

    from app.models import Import

    found = imported(utc, long_csv(*hours("2026-01-15")))
    with of_person(utc) as session:
        record = session.get_one(Import, (utc.account["id"], found["id"]))
        record.status = "running"
        record.beat_at = datetime.now(UTC) - timedelta(seconds=61)
    read = utc.call("GET", f"/api/imports/{found['id']}").get_json()
    assert (read["status"], read["failure"]) == ("failed", "interrupted; upload it again")
    assert meters(utc)
