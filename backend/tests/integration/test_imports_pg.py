"""Imports on PostgreSQL: many at once, killed ones, races, and how long a long file takes."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select

from app.models import Consumption
from app.postgres import Cluster
from app.services import consumption, rebuild
from tests.conftest import SECRET
from tests.factories import Person, new_person
from tests.importing import (
    PATH,
    counts,
    csv,
    days,
    everything,
    import_count,
    imported,
    meters,
    of_person,
    projection,
    records,
    send,
)

NOTE = "a 'quoted' text; ünï ☃ \\n {}"
BACKEND = Path(__file__).parents[2]


def long_file(lines: int, days_in_file: int = 3_650) -> bytes:
    """Lines of different amounts over many days and meters."""
    first = date(2016, 1, 1)
    return csv(
        *(
            f"{first + timedelta(days=number % days_in_file)},"
            f"{number % 977 + number % 100 / 100:.2f},Meter {number // days_in_file}"
            for number in range(lines)
        ),
        header="date,electricity (kWh),meter",
    )


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def app_statements(cluster: Cluster) -> list[str]:
    """The statements that the application is running at this moment."""
    url = cluster.url("consumo_app").replace("+psycopg", "")
    with psycopg.connect(url, application_name="watcher") as connection:
        rows = connection.execute(
            "SELECT query FROM pg_stat_activity"
            " WHERE application_name = 'consumo' AND state = 'active'"
        ).fetchall()
    return [str(row[0]) for row in rows]


def waiting(cluster: Cluster) -> int:
    """How many of the application's connections wait for a lock."""
    url = cluster.url("consumo_app").replace("+psycopg", "")
    with psycopg.connect(url, application_name="watcher") as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = 'consumo' AND wait_event_type = 'Lock'"
        ).fetchone()
    return int(row[0]) if row else 0


def is_consistent(person: Person) -> bool:
    """The projection is what the records give when it is computed anew."""
    with of_person(person) as session:
        return not list(rebuild.rebuild(session, write=False))


def test_a_dry_run_writes_nothing_on_postgresql(pg_person: Person) -> None:
    pg_person.record(5, consumption_date="2026-01-02")
    before = everything(pg_person)
    body = imported(pg_person, csv("2026-01-01,1", "2026-01-02,2", "x,3"), dry_run=True)
    assert body["counts"] == counts(added=1, rejected=2)
    assert everything(pg_person) == before


def test_every_kind_of_line_is_stored_exactly(pg_person: Person) -> None:
    data = csv(
        *["2026-01-01,2026-01-03,0.1,therm,gas,Boiler," + NOTE],
        *["2026-01-01,2026-01-01,9999999999.9999,L,water,,", ",2026-01-02,0,kWh,electricity,,"],
        header="from,to,amount,unit,type,meter,note",
    )
    assert imported(pg_person, data)["counts"] == counts(added=3)
    assert [(row[0], row[3], row[4], row[5], row[6]) for row in records(pg_person)] == [
        ("Boiler", Decimal("0.1"), "therm", NOTE, Decimal("2.930710702")),
        ("Electricity", Decimal(0), "kWh", None, Decimal(0)),
        ("Water", Decimal("9999999999.9999"), "L", None, Decimal("9999999.9999999")),
    ]
    assert imported(pg_person, data)["counts"] == counts(unchanged=3)
    assert is_consistent(pg_person)


def test_days_and_periods_that_overlap_are_projected_as_from_scratch(pg_person: Person) -> None:
    """Days are summed by the database and periods by us, into the same rows."""
    pg_person.record(7, consumption_date="2026-01-31")
    lines = ["2026-01-31,2026-01-31,1.5", "2026-01-31,2026-01-31,1.5", "2026-02-01,2026-02-01,2"]
    more = ["2026-01-30,2026-02-02,10", "2025-12-31,2026-01-31,3.1"]
    body = imported(pg_person, csv(*lines, *more, header="from,to,kwh"), on_conflict="add")
    assert body["counts"] == counts(added=5)
    assert is_consistent(pg_person)
    assert max(row[3] for row in days(pg_person)) == 5


def test_undo_restores_the_very_rows_on_postgresql(pg_person: Person) -> None:
    pg_person.record(7, consumption_date="2026-01-02", period_start="2025-12-30")
    before = records(pg_person), projection(pg_person)
    body = imported(pg_person, long_file(3_000, 500), on_conflict="add")
    assert is_consistent(pg_person)
    assert pg_person.post(f"{PATH}/{body['id']}/undo").status_code == 200
    assert (records(pg_person), projection(pg_person)) == before
    assert is_consistent(pg_person)


@pytest.mark.parametrize("has_meters", [False, True])
def test_eight_imports_of_one_file_at_once_leave_the_rows_of_one(
    pg_person: Person, has_meters: bool
) -> None:
    data = csv(
        *(
            f"{date(2016, 1, 1) + timedelta(days=number)},{number},{meter}"
            for number in range(1_500)
            for meter in ("", "Attic")
        ),
        header="date,kwh,meter",
    )
    if has_meters:
        imported(pg_person, csv("2015-01-01,1,", "2015-01-01,1,Attic", header="date,kwh,meter"))
    start = threading.Barrier(8)

    def once(_: int) -> tuple[int, int]:
        person = Person(
            *(pg_person.app, pg_person.user, pg_person.account, pg_person.access_token, "")
        )
        start.wait()
        response = send(person, data)
        return response.status_code, response.get_json()["counts"]["added"]

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(once, range(8)))
    assert answers == [(201, 0)] * 7 + [(201, 3_000)]
    assert len(records(pg_person)) == 3_000 + 2 * has_meters
    assert [row[2] for row in meters(pg_person)] == [1_500 + has_meters] * 2
    assert is_consistent(pg_person)


def test_undo_counts_right_while_a_record_of_it_is_being_deleted(
    cluster: Cluster, pg_person: Person
) -> None:
    body = imported(pg_person, csv("2026-01-01,1", "2026-01-02,2"))
    answers: list[int] = []
    with of_person(pg_person) as session:
        record_id = session.scalars(select(Consumption.id).order_by(Consumption.id).limit(1)).one()
        consumption.remove(session, record_id, datetime.now(UTC))
        undoing = threading.Thread(
            target=lambda: answers.append(pg_person.post(f"{PATH}/{body['id']}/undo").status_code)
        )
        undoing.start()
        until(lambda: waiting(cluster) > 0)
    undoing.join()
    assert answers == [200]
    assert [row[2:] for row in meters(pg_person)] == [(0, None, None)]
    assert days(pg_person) == []


def test_two_undos_at_once_take_the_import_back_once(pg_person: Person) -> None:
    pg_person.record(1, consumption_date="2026-02-01")
    body = imported(pg_person, csv("2026-01-01,1", "2026-01-02,2"))
    start = threading.Barrier(4)

    def undo(_: int) -> int:
        start.wait()
        client = pg_person.app.test_client()
        path = f"{PATH}/{body['id']}/undo"
        return client.post(path, headers=pg_person.headers).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(undo, range(4))) == [200, 409, 409, 409]
    assert meters(pg_person)[0][2] == 1
    assert is_consistent(pg_person)


def test_an_import_that_is_killed_leaves_nothing_and_can_be_repeated(
    cluster: Cluster, pg_person: Person, tmp_path: Path
) -> None:
    file = tmp_path / "long.csv"
    file.write_bytes(long_file(100_000))
    before = everything(pg_person)
    command = [sys.executable, "-m", "app.cli", "import", str(file)]
    environment = os.environ | {
        "DATABASE_URL": cluster.url("consumo_app"),
        "JWT_SECRET": SECRET,
        "DATA_DIR": str(tmp_path),
    }
    process = subprocess.Popen(
        [*command, "--user", pg_person.user["username"]],
        cwd=BACKEND,
        env=environment,
        stdout=subprocess.PIPE,
    )
    until(lambda: any("INTO consumptions" in text for text in app_statements(cluster)))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    until(lambda: not any("INTO consumptions" in text for text in app_statements(cluster)))
    assert process.returncode == -signal.SIGKILL
    assert everything(pg_person) == before
    assert import_count(pg_person) == 0
    repeated = imported(pg_person, file.read_bytes())
    assert repeated["counts"] == counts(added=100_000)


def test_a_hundred_thousand_lines_are_imported(
    pg_app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    person = new_person(pg_app)
    data = long_file(100_000)
    took: dict[str, float] = {}
    for name, options in (("dry run", {"dry_run": True}), ("import", {}), ("again", {})):
        started = time.perf_counter()
        body = imported(person, data, **options)
        took[name] = time.perf_counter() - started
    assert body["counts"] == counts(unchanged=100_000)
    assert sum(row[2] for row in meters(person)) == 100_000
    listing = person.get(PATH).get_json()["items"]
    started = time.perf_counter()
    assert person.post(f"{PATH}/{listing[1]['id']}/undo").status_code == 200
    took["undo"] = time.perf_counter() - started
    assert days(person) == []
    with capsys.disabled():
        told = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in took.items())
        print(f"\n100,000 lines through POST /api/imports: {told}")
