"""An account's archive: loaded elsewhere it gives the same rows; a damaged one gives none."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.importers.blocks import DayBlock
from app.models import Import, ImportProfile, IntervalBlock, Meter, Site
from app.services import interval_blocks, meters
from app.services.rebuild import rebuild
from tests.factories import Person, new_person
from tests.importing import csv, days, everything, imported, months, of_person, records

Parts = dict[str, bytes]
QUARTERS = [None if n % 7 == 0 else n / 3 for n in range(100)]


def fill(person: Person) -> None:
    """Give an account something in every table of an archive."""
    site = person.post("/api/sites", json={"name": "Flat", "time_zone": "Pacific/Apia"})
    person.record(3, description="=1+1\n'x")
    person.record(7.1234, unit="L", consumption_type="water", period_start="2026-01-15")
    imported(person, csv("2026-01-01,1.5", "2026-01-02,2.5"))
    undone = imported(person, csv("2026-01-03,9"), name="x.csv")
    assert person.post(f"/api/imports/{undone['id']}/undo").status_code == 200
    with of_person(person) as session:
        meter = Meter(
            site_id=site.get_json()["id"], name="Smart", consumption_type="electricity",
            unit="kWh", source="intervals", external_id="sensor.grid",
            multiplier=Decimal("1.5"), archived_at=datetime(2026, 5, 1, tzinfo=UTC),
        )  # fmt: skip
        session.add(meter)
        session.flush()
        for amounts in (QUARTERS[:96], QUARTERS[:96][::-1]):
            _import_intervals(session, person, meter.id, amounts)
        profile = ImportProfile(
            name="Mine", format="long_csv", mapping={"a": [1, "ü"]}, created_by=person.user["id"]
        )
        session.add(profile)


def _import_intervals(session: Any, person: Person, meter_id: int, amounts: list[Any]) -> None:
    file = Import(
        meter_id=meter_id, file_name="a.xml", sha256="0" * 64, size_bytes=1, format="green_button",
        mode="all", status="done", created_by=person.user["id"],
        counts={"added": 96, "changed": 0, "unchanged": 0, "rejected": 0, "ignored": 0,
                "problems": 0},
        meters=[{"id": meter_id, "name": "Smart", "consumption_type": "electricity",
                 "unit": "kWh", "is_new": False, "added": 96}],
        warnings=[], problems=[], rank=0, currency="EUR",
    )  # fmt: skip
    session.add(file)
    session.flush()
    meters.take(session, meter_id)
    block = DayBlock("x", date(2026, 3, 1), 900, amounts, None, Decimal("1.23456"))
    interval_blocks.store(session, file.id, meter_id, [block])


def exported(person: Person) -> bytes:
    """The person's archive."""
    response = person.get("/api/exports/account.zip")
    assert response.status_code == 200, response.get_data(as_text=True)
    assert response.content_type == "application/zip"
    return response.get_data()


def load(person: Person, data: bytes) -> TestResponse:
    """Load an archive."""
    return person.call(
        "POST",
        "/api/archives",
        data={"file": (io.BytesIO(data), "account.zip")},
        content_type="multipart/form-data",
    )


def parts(data: bytes) -> Parts:
    """The files of an archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: Parts) -> bytes:
    """Make an archive of files."""
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return output.getvalue()


def sealed(files: Parts) -> bytes:
    """Make an archive whose manifest is right for its files."""
    manifest = json.loads(files["manifest.json"])
    for one in manifest["files"]:
        data = files[one["name"]]
        one["sha256"], one["bytes"] = hashlib.sha256(data).hexdigest(), len(data)
        one["rows"] = data.count(b"\n")
    return packed(files | {"manifest.json": json.dumps(manifest).encode()})


@pytest.fixture(scope="module")
def full(pg_app: Flask) -> Person:
    """Somebody with something in every table."""
    person = new_person(pg_app, time_zone="Europe/Madrid")
    fill(person)
    return person


def named(person: Person, rows: list[Any]) -> list[Any]:
    """Rows of the projection with the meters' names for their ids."""
    with of_person(person) as session:
        names = {row.id: row.name for row in session.execute(select(Meter.id, Meter.name))}
    return sorted((names[row[0]], *row[1:]) for row in rows)


def test_loading_gives_the_same_account(pg_app: Flask, full: Person) -> None:
    data = exported(full)
    other = new_person(pg_app, time_zone="America/New_York")
    response = load(other, data)
    assert response.status_code == 201, response.get_data(as_text=True)
    counts = response.get_json()["rows"]
    assert counts == {
        "sites": 2, "meters": 3, "import_profiles": 1, "imports": 4, "consumptions": 4,
        "register_reads": 0, "interval_blocks": 2,
    }  # fmt: skip
    assert records(other) == records(full)
    assert named(other, days(other)) == named(full, days(full))
    assert named(other, months(other)) == named(full, months(full))
    first, again = parts(data), parts(exported(other))
    assert first.keys() == again.keys()
    assert {n: d for n, d in first.items() if n != "manifest.json"} == {
        n: d for n, d in again.items() if n != "manifest.json"
    }
    files = [json.loads(found["manifest.json"])["files"] for found in (first, again)]
    assert files[0] == files[1]
    with of_person(other) as session:
        assert rebuild(session, write=False) == []
    # and what was loaded can be worked with
    newest = other.get("/api/imports").get_json()["items"]
    assert [item["status"] for item in newest].count("undone") == 1
    live = next(item for item in newest if item["format"] == "records_csv"
                and item["status"] == "done")  # fmt: skip
    assert other.post(f"/api/imports/{live['id']}/undo").status_code == 200
    assert other.record(1)["id"]


def test_no_secret_and_nobody_is_in_it(full: Person) -> None:
    full.post("/api/api-keys", json={"name": "a secret key", "scopes": ["read"]})
    text = b"".join(parts(exported(full)).values()).decode()
    for secret in (full.user["email"], "password", "secret", 'hash"', "created_by", "user_id"):
        assert secret not in text, secret


def test_the_manifest_says_what_is_there(full: Person) -> None:
    files = parts(exported(full))
    manifest = json.loads(files.pop("manifest.json"))
    assert (manifest["format"], manifest["version"]) == ("consumo-archive", 1)
    assert manifest["account"]["time_zone"] == "Europe/Madrid"
    assert {
        one["name"]: (one["sha256"], one["rows"], one["bytes"]) for one in manifest["files"]
    } == {
        name: (hashlib.sha256(data).hexdigest(), data.count(b"\n"), len(data))
        for name, data in files.items()
    }


def _replaced(name: str, old: bytes, new: bytes) -> Callable[[Parts], bytes]:
    def change(files: Parts) -> bytes:
        assert old in files[name]
        return sealed(files | {name: files[name].replace(old, new, 1)})

    return change


def _manifest(**fields: Any) -> Callable[[Parts], bytes]:
    return lambda files: packed(
        files | {"manifest.json": json.dumps(json.loads(files["manifest.json"]) | fields).encode()}
    )


DAMAGED: dict[str, Callable[[Parts], bytes]] = {
    "no zip": lambda f: b"date,kWh\n",
    "cut": lambda f: packed(f)[:-300],
    "a bit flipped": lambda f: packed(
        f | {"consumptions.jsonl": f["consumptions.jsonl"].replace(b"3", b"4", 1)}
    ),
    "a file missing": lambda f: packed({n: d for n, d in f.items() if n != "meters.jsonl"}),
    "a file too many": lambda f: packed(f | {"../evil": b"x"}),
    "no manifest": lambda f: packed({n: d for n, d in f.items() if n != "manifest.json"}),
    "a manifest of nonsense": lambda f: packed(f | {"manifest.json": b"[1]"}),
    "a later version": _manifest(version=2),
    "another format": _manifest(format="zip"),
    "fewer rows": lambda f: packed(f | {"sites.jsonl": f["sites.jsonl"] * 2}),
    "no site": lambda f: sealed(f | {"sites.jsonl": b""}),
    "not json": _replaced("meters.jsonl", b"{", b"["),
    "a meter of no site": _replaced("meters.jsonl", b'"site_id":1', b'"site_id":9'),
    "a site id of text": _replaced("meters.jsonl", b'"site_id":1', b'"site_id":"1"'),
    "a column too many": _replaced("meters.jsonl", b'{"id"', b'{"account_id":1,"id"'),
    "an amount of text": _replaced("consumptions.jsonl", b'"3.0000"', b'"NaN"'),
    "a negative amount": _replaced("consumptions.jsonl", b'"3.0000"', b'"-3.0000"'),
    "five decimals": _replaced("consumptions.jsonl", b'"3.0000"', b'"3.00001"'),
    "a period of a century": _replaced(
        "consumptions.jsonl", b'"period_start":null', b'"period_start":"1900-01-01"'
    ),
    "another utility": _replaced("consumptions.jsonl", b'"electricity"', b'"water"'),
    "a zone that is none": _replaced("sites.jsonl", b"Pacific/Apia", b"../../etc/x"),
    "NUL": _replaced("meters.jsonl", b"Smart", b"Sm\\u0000"),
    "a name too long": _replaced("meters.jsonl", b"Smart", b"S" * 300),
    "one name twice": _replaced("meters.jsonl", b'"Smart"', b'"Water"'),
    "a status that is none": _replaced("imports.jsonl", b'"done"', b'"well"'),
    "95 quarter hours": _replaced("interval_blocks.jsonl", b"[null,", b"["),
    "an interval of infinity": _replaced("interval_blocks.jsonl", b"[null,", b"[1e300,"),
    "a step of 7 s": _replaced("interval_blocks.jsonl", b'"step_seconds":900', b'"step_seconds":7'),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_archive_stores_nothing(pg_app: Flask, full: Person, name: str) -> None:
    code = "archive-version" if name == "a later version" else "archive-damaged"
    other = new_person(pg_app)
    before = everything(other)
    response = load(other, DAMAGED[name](parts(exported(full))))
    assert response.status_code == 422, response.get_data(as_text=True)
    problem = response.get_json()
    assert problem["errors"][0]["code"] == code, problem
    assert problem["errors"][0]["pointer"] == "#file"
    assert everything(other) == before


def test_an_account_that_has_something_takes_no_archive(pg_app: Flask, full: Person) -> None:
    data = exported(full)
    with_record, with_sites, loaded = (new_person(pg_app) for _ in range(3))
    with_record.record(1)
    with_sites.post("/api/sites", json={"name": "Second"})
    assert load(loaded, data).status_code == 201
    for person in (with_record, with_sites, loaded):
        before = everything(person)
        response = load(person, data)
        assert response.status_code == 409
        assert response.get_json()["code"] == "account-not-empty"
        assert everything(person) == before


def test_an_empty_account(pg_app: Flask) -> None:
    first, second = new_person(pg_app), new_person(pg_app)
    assert load(second, exported(first)).status_code == 201
    with of_person(second) as session:
        assert session.scalars(select(Site.name)).all() == ["Home"]
        assert session.scalars(select(IntervalBlock.day)).all() == []


def test_a_bomb_is_refused_early(pg_app: Flask, full: Person) -> None:
    files = parts(exported(full))
    bomb = packed(files | {"meters.jsonl": b"\n" * (64 << 20)})
    assert len(bomb) < 200_000
    response = load(new_person(pg_app), bomb)
    assert response.status_code == 422
    assert response.get_json()["errors"][0]["code"] == "archive-damaged"
