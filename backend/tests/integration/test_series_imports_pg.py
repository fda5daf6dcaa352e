"""Interval files on PostgreSQL: many at once, after the request, cancelled, and taken back."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
import pytest
from flask import Flask
from sqlalchemy import select

from app import create_app
from app.models import IntervalBlock, MeterDay
from app.postgres import Cluster
from app.services import rebuild
from tests.conftest import make_settings, state_of
from tests.factories import Person, new_person
from tests.importing import days, import_count, imported, months, of_person, refused, send


def long_csv(meters: int, readings: int, *, start: str = "2024-03-01", seed: int = 0) -> bytes:
    """Quarter hours of several meters, one after the other in time."""
    first = datetime.fromisoformat(start).replace(tzinfo=UTC)
    lines = ["meter,start,kwh"]
    for number in range(readings):
        at = f"{first + timedelta(minutes=15 * number):%Y-%m-%dT%H:%M:%SZ}"
        lines += [
            f"Meter {meter},{at},{(number * 31 + meter + seed) % 997 / 1000}"
            for meter in range(meters)
        ]
    return "\n".join([*lines, ""]).encode()


def profiles(person: Person) -> list[Any]:
    """The intervals of each meter and day, as the projection has them."""
    columns = MeterDay.meter_id, MeterDay.day, MeterDay.step_seconds, MeterDay.profile
    with of_person(person) as session:
        rows = session.execute(select(*columns, MeterDay.measured_steps, MeterDay.quality))
        return sorted(map(tuple, rows), key=lambda row: row[:2])


def state(person: Person) -> tuple[Any, ...]:
    """All of the projection."""
    return days(person), months(person), profiles(person)


def block_count(person: Person) -> int:
    """How many blocks the account has."""
    with of_person(person) as session:
        return len(session.execute(select(IntervalBlock.day)).all())


@pytest.fixture
def utc(pg_app: Flask) -> Person:
    """Somebody whose site is in UTC."""
    return new_person(pg_app, time_zone="UTC")


@pytest.fixture(scope="module")
def later_app(cluster: Cluster) -> Iterator[Flask]:
    """An application that imports every file after the request."""
    made = create_app(make_settings(database_url=cluster.url("consumo_app"), import_at_once_mb=0))
    yield made
    state_of(made).db.engine.dispose()


@pytest.fixture
def patient(later_app: Flask) -> Person:
    """Somebody whose files are imported later."""
    return new_person(later_app, time_zone="UTC")


def test_eight_imports_of_one_file_leave_the_rows_of_one(pg_app: Flask, utc: Person) -> None:
    data = long_csv(3, 3_000)
    once = new_person(pg_app, time_zone="UTC")
    imported(once, data)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(utc, data), range(8)))
    assert [answer.status_code for answer in answers] == [201] * 8
    added = sorted(answer.get_json()["counts"]["added"] for answer in answers)
    assert added == [0] * 7 + [9_000]
    assert [row[2:] for row in profiles(utc)] == [row[2:] for row in profiles(once)]
    assert block_count(utc) == block_count(once) == 3 * 32
    with of_person(utc) as session:
        assert rebuild.rebuild(session, write=False) == []


def test_undo_in_any_order_restores_what_was_before(utc: Person) -> None:
    states, made = [state(utc)], []
    for seed in range(3):
        data = long_csv(2, 700 + 100 * seed, start=f"2024-03-0{1 + seed}", seed=seed)
        made.append(imported(utc, data)["id"])
        states.append(state(utc))
    for number in (2, 1, 0):
        utc.call("POST", f"/api/imports/{made[number]}/undo")
        assert state(utc)[0::2] == states[number][0::2]


def test_what_a_file_changes_is_counted_by_line(utc: Person) -> None:
    imported(utc, long_csv(1, 960))
    text = long_csv(1, 1_000).decode().splitlines()
    text[10] = text[10].rsplit(",", 1)[0] + ",0.5"
    text[500] = text[500].rsplit(",", 1)[0] + ",0.25"
    found = imported(utc, "\n".join(text).encode())
    assert found["counts"] == {
        "added": 40, "changed": 2, "unchanged": 958, "rejected": 0, "ignored": 0,
    }  # fmt: skip
    # Only the days that say something new are stored again: two changed, one completed.
    assert block_count(utc) == 10 + 3


def wait_for(person: Person, import_id: int) -> dict[str, Any]:
    """Follow an import to its end."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found: dict[str, Any] = person.call("GET", f"/api/imports/{import_id}").get_json()
        if found["status"] not in ("queued", "running"):
            return found
        time.sleep(0.1)
    raise AssertionError("the import did not end")


def test_a_large_file_is_imported_after_the_request(patient: Person) -> None:
    data = long_csv(2, 2_000)
    answer = send(patient, data)
    assert answer.status_code == 202
    body = answer.get_json()
    assert answer.headers["Location"] == f"/api/imports/{body['id']}"
    assert body["status"] == "queued"
    events = patient.call("GET", f"/api/imports/{body['id']}/events").get_data(as_text=True)
    assert '"status":"done"' in events.rsplit("event: import", 1)[1]
    found = wait_for(patient, body["id"])
    assert (found["counts"]["added"], found["format"]) == (4_000, "long_csv")
    assert found["meters"][0]["id"] is not None
    assert len(profiles(patient)) == 2 * 21
    undone = patient.call("POST", f"/api/imports/{body['id']}/undo")
    assert undone.get_json()["status"] == "undone"
    assert profiles(patient) == []


def test_the_same_key_queues_a_file_once(patient: Person) -> None:
    data = long_csv(1, 500)
    first = send(patient, data, headers={"Idempotency-Key": "k"})
    again = send(patient, data, headers={"Idempotency-Key": "k"})
    assert (again.status_code, again.get_data()) == (202, first.get_data())
    assert import_count(patient) == 1
    assert wait_for(patient, first.get_json()["id"])["status"] == "done"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"meter,start,kwh\nm,2024-03-01T00:07Z,1\nm,2024-03-01T01:07Z,1\n", "cannot be imported"),
        (b"meter,start,kwh\n", "nothing in the file"),
        (b"date,kWh\n2026-01-01,5\n", "No format"),
    ],
)
def test_a_file_that_cannot_be_imported_later_says_why(
    patient: Person, data: bytes, reason: str
) -> None:
    found = wait_for(patient, send(patient, data).get_json()["id"])
    assert found["status"] == "failed"
    assert reason in found["failure"]
    assert profiles(patient) == []


def test_an_import_that_is_cancelled_leaves_nothing(patient: Person) -> None:
    first = send(patient, long_csv(10, 35_000)).get_json()
    second = send(patient, long_csv(1, 500)).get_json()
    numbers = (second["id"], first["id"])
    answers = [patient.call("POST", f"/api/imports/{one}/cancel").status_code for one in numbers]
    assert answers[0] == 202
    ends = [wait_for(patient, number) for number in numbers]
    for answer, end in zip(answers, ends, strict=True):
        # Who is told that it will end finds it so, however late it was.
        told = ("failed", "cancelled") if answer == 202 else ("done", None)
        assert (end["status"], end["failure"]) == told
    done = [end for end in ends if end["status"] == "done"]
    assert len(profiles(patient)) == sum(bool(end["range"]) and end["counts"]["added"] // 96 + (
        end["counts"]["added"] % 96 > 0) for end in done)  # fmt: skip


def test_a_reader_that_is_killed_leaves_nothing_and_the_next_file_is_read(utc: Person) -> None:
    imported(utc, long_csv(1, 96))
    warm = [
        child
        for child in psutil.Process().children()
        if "app.reader.warm" in " ".join(child.cmdline())
    ]
    assert len(warm) == 1
    data = long_csv(4, 30_000, seed=5)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(send, utc, data)
        deadline = time.monotonic() + 20
        while not warm[0].children() and time.monotonic() < deadline:
            time.sleep(0.002)
        for fork in warm[0].children():
            fork.kill()
        problem = answer.result()
    assert problem.status_code == 422, problem.get_data(as_text=True)
    assert "ended unexpectedly" in problem.get_json()["detail"]
    assert len(profiles(utc)) == 1
    warm[0].kill()
    warm[0].wait()
    assert imported(utc, long_csv(1, 96, start="2024-04-01"))["counts"]["added"] == 96


def test_a_file_in_which_nothing_is_right_is_refused(utc: Person) -> None:
    refused(utc, b"meter,start,kwh\nm,yesterday,1\n")
