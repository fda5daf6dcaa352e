"""Register reads on PostgreSQL: many writers at once, any writes, tenants apart, plans."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import select, text

from app.db import TenantSession
from app.models import Meter, RegisterRead
from app.services.rebuild import rebuild
from tests.conftest import state_of
from tests.factories import Person, new_person
from tests.unit.test_register_projection import Reads, from_scratch, stored
from tests.unit.test_register_reads import days, made, read, sent

START = datetime(2026, 2, 20, tzinfo=UTC)
THREADS = 8


def session_of(person: Person) -> AbstractContextManager[TenantSession]:
    return state_of(person.app).db.tenant(person.account["id"], person.user["id"])


def check(person: Person, meter_id: int) -> None:
    """The projection is what all reads say."""
    with session_of(person) as session:
        meter = session.scalars(select(Meter).where(Meter.id == meter_id)).one()
        reads = list(session.scalars(select(RegisterRead).where(RegisterRead.meter_id == meter_id)))
        zone = person.account["time_zone"]
        assert stored(session, meter_id) == from_scratch(reads, meter, zone)
        assert rebuild(session, write=False) == []


def test_any_writes_on_postgresql_leave_what_the_reads_say(pg_app: Flask) -> None:
    class OnPostgres(Reads):
        app = pg_app

    run_state_machine_as_test(
        OnPostgres,
        settings=settings(
            max_examples=8,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )


def test_twenty_writers_of_one_meter_leave_what_one_would(pg_person: Person) -> None:
    together, alone = made(pg_person), made(pg_person)
    kinds = ["regular", "regular", "estimated", "regular", "regular"] * 4
    instants = [(START + timedelta(hours=31 * n)).isoformat() for n in range(20)]
    found = [(at, n * 3, kinds[n]) for n, at in enumerate(instants)]
    shuffled = found[1::2] + found[::2][::-1]

    def write(one: tuple[str, int, str]) -> int:
        return sent(pg_person, together, one[0], one[1], kind=one[2]).status_code

    with ThreadPoolExecutor(THREADS) as pool:
        assert set(pool.map(write, shuffled)) == {201}
    for at, value, kind in found:
        read(pg_person, alone, at, value, kind=kind)
    check(pg_person, together)
    with session_of(pg_person) as session:
        assert stored(session, together) == stored(session, alone)


def test_of_many_writers_of_one_instant_one_wins(pg_person: Person) -> None:
    meter = made(pg_person)
    read(pg_person, meter, "2026-03-01T00:00:00", 0)
    with ThreadPoolExecutor(THREADS) as pool:
        codes = list(
            pool.map(
                lambda n: sent(pg_person, meter, "2026-03-02T00:00:00", n).status_code, range(20)
            )
        )
    assert sorted(codes) == [201] + [409] * 19
    check(pg_person, meter)


def test_of_many_corrections_with_one_etag_one_wins(pg_person: Person) -> None:
    meter = made(pg_person)
    one = read(pg_person, meter, "2026-03-01T00:00:00", 0)
    path = f"/api/meters/{meter}/reads/{one['id']}"

    def correct(value: int) -> int:
        body = {"read_at": "2026-03-01T00:00:00Z", "value": value}
        return pg_person.put(path, json=body, headers={"If-Match": '"1"'}).status_code

    with ThreadPoolExecutor(THREADS) as pool:
        assert sorted(pool.map(correct, range(20))) == [200] + [412] * 19


def test_a_read_of_another_meter_or_tenant_is_not_found(pg_app: Flask, pg_person: Person) -> None:
    mine, other = made(pg_person), made(pg_person)
    one = read(pg_person, mine, "2026-03-01T00:00:00", 5)
    body = {"read_at": "2026-03-01T00:00:00Z", "value": 6}
    neighbour = new_person(pg_app)
    theirs = made(neighbour)
    for person, meter in ((pg_person, other), (neighbour, mine), (neighbour, theirs)):
        path = f"/api/meters/{meter}/reads/{one['id']}"
        answers = [person.get(path), person.put(path, json=body), person.delete(path)]
        assert {answer.status_code for answer in answers} == {404}
    query = {"at": "2026-03-02T00:00:00Z", "read_id": one["id"]}
    hidden = neighbour.get(f"/api/meters/{theirs}/reads/expected", query_string=query)
    assert hidden.status_code == 404
    assert pg_person.get(f"/api/meters/{mine}/reads").get_json()["items"][0]["value"] == 5


def test_row_level_security_holds_where_our_filters_would_not(
    pg_app: Flask, pg_person: Person
) -> None:
    meter = made(pg_person)
    read(pg_person, meter, "2026-03-01T00:00:00", 5)
    neighbour = new_person(pg_app)
    with session_of(neighbour) as session:
        assert session.execute(text("SELECT count(*) FROM register_reads")).scalar() == 0
        gone = session.execute(text("DELETE FROM register_reads"))
        assert gone.rowcount == 0  # type: ignore[attr-defined]
    account = pg_person.account["id"]
    foreign = (
        "INSERT INTO register_reads (account_id, meter_id, read_at, value, created_by)"
        f" VALUES ({account}, {meter}, now(), 1, {neighbour.user['id']})"
    )
    with pytest.raises(Exception) as refused, session_of(neighbour) as session:  # noqa: PT011
        session.execute(text(foreign))
    cause = refused.value.__cause__ or refused.value
    assert isinstance(getattr(cause, "orig", cause), psycopg.errors.InsufficientPrivilege)


def test_ten_years_of_reads_in_quarters(pg_person: Person) -> None:
    meter = made(pg_person, register_digits=6)
    first = datetime(2016, 1, 1, 9, 30, tzinfo=UTC)
    for n in range(40):
        at = first + timedelta(days=90 * n)
        read(pg_person, meter, at.isoformat(), 300 * n)
    found = days(pg_person, meter)
    assert len(found) == 39 * 90 + 1
    assert sum(found.values()) == Decimal(300 * 39)
    check(pg_person, meter)
