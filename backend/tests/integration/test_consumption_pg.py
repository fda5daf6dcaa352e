"""Consumption on PostgreSQL: many writers at once, rollback, statements counted, plans read."""

import json
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import func, select, text
from werkzeug.test import TestResponse

from app.db import TenantSession
from app.db.driver import Call
from app.db.link import Link
from app.errors import NotFound
from app.models import Consumption, IdempotencyKey, Meter, MeterDay, MeterMonth
from app.postgres import Cluster
from app.services import consumption, deletions, idempotency, meters
from app.services.consumption import Change, Entry
from app.services.rebuild import rebuild
from tests.conftest import state_of
from tests.factories import Person, new_person
from tests.unit.test_projection import Writes, check, stored

PATH = "/api/consumption"
ANALYTICS = "/api/consumption/analytics"
THREADS = 8
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def entry(**fields: Any) -> dict[str, Any]:
    """A body that is accepted."""
    return {
        "consumption_type": "electricity",
        "amount": 12.5,
        "consumption_date": "2026-03-01",
    } | fields


def session_of(person: Person) -> AbstractContextManager[TenantSession]:
    return state_of(person.app).db.tenant(person.account["id"], person.user["id"])


def check_projection(person: Person) -> None:
    with session_of(person) as session:
        check(session)
        assert rebuild(session, write=False) == []


def new_meter(person: Person, name: str, kind: str = "electricity", unit: str = "kWh") -> int:
    with session_of(person) as session:
        return meters.create(session, name, kind, unit)


def at_once(
    count: int, send: Callable[[Person, int], TestResponse], person: Person
) -> list[TestResponse]:
    """Send `count` requests from several threads that begin together; each its own client."""
    barrier = threading.Barrier(THREADS)

    def work(thread: int) -> list[TestResponse]:
        mine = Person(
            person.app, person.user, person.account, person.access_token, person.refresh_token
        )
        barrier.wait(10)
        return [send(mine, number) for number in range(thread, count, THREADS)]

    with ThreadPoolExecutor(THREADS) as pool:
        return [answer for part in pool.map(work, range(THREADS)) for answer in part]


def statuses(answers: list[TestResponse]) -> dict[int, int]:
    return dict(Counter(answer.status_code for answer in answers))


# Many at once


def test_of_a_hundred_updates_with_one_etag_one_is_done(pg_person: Person) -> None:
    path = f"{PATH}/{pg_person.record()['id']}"
    answers = at_once(
        100,
        lambda person, n: person.put(path, json=entry(amount=n), headers={"If-Match": '"1"'}),
        pg_person,
    )
    assert statuses(answers) == {200: 1, 412: 99}
    (winner,) = [answer.get_json() for answer in answers if answer.status_code == 200]
    assert pg_person.get(path).get_json() == winner
    assert winner["version"] == 2
    check_projection(pg_person)


def test_updates_without_an_etag_are_done_one_after_the_other(pg_person: Person) -> None:
    path = f"{PATH}/{pg_person.record()['id']}"
    answers = at_once(40, lambda person, n: person.put(path, json=entry(amount=n)), pg_person)
    assert statuses(answers) == {200: 40}
    assert sorted(answer.get_json()["version"] for answer in answers) == list(range(2, 42))
    check_projection(pg_person)


def test_records_created_at_once_on_one_day_are_all_in_the_sums(pg_person: Person) -> None:
    def send(person: Person, n: int) -> TestResponse:
        extra = {"period_start": "2026-02-20"} if n % 3 == 0 else {}
        return person.post(PATH, json=entry(amount=round(0.0001 * (n + 1), 4), **extra))

    assert statuses(at_once(120, send, pg_person)) == {201: 120}
    check_projection(pg_person)
    query = {"date_from": "2026-02-01", "date_to": "2026-03-31"}
    (found,) = pg_person.get(ANALYTICS, query_string=query).get_json()["utilities"]
    assert (found["total"], found["record_count"]) == (0.726, 120)  # 0.0001 × 120 × 121 / 2


def test_a_record_is_deleted_once(pg_person: Person) -> None:
    path = f"{PATH}/{pg_person.record()['id']}"
    kept = pg_person.record(1)
    assert statuses(at_once(24, lambda person, _: person.delete(path), pg_person)) == {
        204: 1,
        404: 23,
    }
    check_projection(pg_person)
    items = pg_person.get(PATH).get_json()["items"]
    assert [item["id"] for item in items] == [kept["id"]]


@pytest.mark.parametrize("path", [PATH, f"{PATH}/batch"])
def test_one_key_in_parallel_stores_one_record_with_one_answer(
    pg_person: Person, path: str
) -> None:
    body = {"create": [entry()]} if path.endswith("batch") else entry()
    answers = at_once(
        20,
        lambda person, _: person.post(path, json=body, headers={"Idempotency-Key": "one"}),
        pg_person,
    )
    done = [answer for answer in answers if answer.status_code in (200, 201)]
    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    assert len({(a.status_code, a.get_data(), a.headers.get("ETag")) for a in done}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in done) == 1
    assert pg_person.get(PATH).get_json()["pagination"]["total_items"] == 1
    check_projection(pg_person)


def test_a_request_whose_key_is_under_way_too_long_is_told_to_come_back(
    pg_person: Person,
) -> None:
    headers = {"Idempotency-Key": "slow"}
    response = None
    with suppress(NotFound), session_of(pg_person) as session:
        session.add(
            IdempotencyKey(
                user_id=session.user_id, key="slow", request_hash=b"x" * 32, created_at=NOW
            )
        )
        session.flush()
        response = pg_person.post(PATH, json=entry(), headers=headers)
        raise NotFound  # the one that holds the key fails in the end
    assert response is not None
    assert (response.status_code, response.headers["Retry-After"]) == (409, "2")
    assert "under way" in response.get_json()["detail"]
    assert pg_person.post(PATH, json=entry(), headers=headers).status_code == 201


def test_an_old_key_can_be_used_again_and_is_purged(pg_person: Person) -> None:
    headers = {"Idempotency-Key": "old"}
    first = pg_person.post(PATH, json=entry(), headers=headers)
    with session_of(pg_person) as session:
        ago = datetime.now(UTC) - timedelta(hours=25)
        session.execute(text("UPDATE idempotency_keys SET created_at = :ago"), {"ago": ago})
    again = pg_person.post(PATH, json=entry(amount=1), headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    with session_of(pg_person) as session:
        session.execute(text("UPDATE idempotency_keys SET created_at = :ago"), {"ago": ago})
    random.seed(next(n for n in range(10_000) if random.Random(n).randrange(200) == 0))
    pg_person.post(PATH, json=entry(), headers={"Idempotency-Key": "new"})
    with session_of(pg_person) as session:
        assert session.scalars(select(IdempotencyKey.key)).all() == ["new"]
    check_projection(pg_person)


def test_the_first_records_at_once_make_one_meter_each_kind(pg_person: Person) -> None:
    kinds = [("electricity", "kWh"), ("gas", "m³"), ("gas", "kWh"), ("water", "L")]

    def send(person: Person, n: int) -> TestResponse:
        kind, unit = kinds[n % 4]
        body = entry(consumption_type=kind, unit=unit)
        if n % 2:
            return person.post(f"{PATH}/batch", json={"create": [body]})
        return person.post(PATH, json=body)

    assert set(statuses(at_once(64, send, pg_person))) == {200, 201}
    with session_of(pg_person) as session:
        found = [(m.consumption_type, m.unit, m.record_count) for m in meters.states(session)]
    assert sorted(found) == [
        ("electricity", "kWh", 16), ("gas", "kWh", 16), ("gas", "m³", 16), ("water", "m³", 16),
    ]  # fmt: skip
    check_projection(pg_person)


def test_mixed_batches_over_the_same_meters_never_fail(pg_person: Person) -> None:
    places = [new_meter(pg_person, f"Meter {n}") for n in range(4)]
    made = [pg_person.record(n, meter_id=places[n % 4])["id"] for n in range(32)]

    def send(person: Person, n: int) -> TestResponse:
        order = places[n % 4 :] + places[: n % 4]
        if n % 2:
            order.reverse()
        body: dict[str, Any] = {
            "create": [entry(meter_id=meter_id, amount=n) for meter_id in order],
            "update": [
                entry(id=made[(n * 7 + k) % 24], meter_id=order[k], period_start="2026-02-01")
                for k in range(3)
            ],
        }
        if n % 8 == 0:
            body["delete"] = [made[24 + n // 8]]
            body["create"].append(entry(consumption_type="water"))
        return person.post(f"{PATH}/batch", json=body)

    answers = at_once(64, send, pg_person)
    assert statuses(answers) == {200: 64}, [a.get_json() for a in answers if a.status_code != 200]
    check_projection(pg_person)
    assert pg_person.get(PATH).get_json()["pagination"]["total_items"] == 32 + 4 * 64


def wait_for_a_lock(cluster: Cluster, deadline_s: float = 10) -> None:
    """Wait until some statement waits for a lock."""
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    url = cluster.url("consumo_owner").replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        end = time.monotonic() + deadline_s
        while time.monotonic() < end:
            (count,) = connection.execute(waiting).fetchone() or (0,)
            if count:
                return
            time.sleep(0.01)
    raise AssertionError("nothing waits for a lock")


@pytest.mark.parametrize("method", ["DELETE", "PUT", "batch"])
def test_a_record_that_moves_while_we_wait_is_taken_from_its_new_meter(
    cluster: Cluster, pg_person: Person, method: str
) -> None:
    other = new_meter(pg_person, "Other")
    made = pg_person.record(5)
    path = f"{PATH}/{made['id']}"
    moved = Entry("electricity", Decimal(7), "kWh", date(2026, 3, 1), date(2026, 3, 1), other, None)
    with ThreadPoolExecutor(1) as pool:
        with session_of(pg_person) as session:
            consumption.replace(session, Change(made["id"], None, moved), NOW)
            if method == "batch":
                pending = pool.submit(
                    pg_person.post, f"{PATH}/batch", json={"delete": [made["id"]]}
                )
            elif method == "PUT":
                pending = pool.submit(pg_person.put, path, json=entry(amount=9))
            else:
                pending = pool.submit(pg_person.delete, path)
            wait_for_a_lock(cluster)
        answer = pending.result(10)
    assert answer.status_code in (200, 204)
    check_projection(pg_person)
    with session_of(pg_person) as session:
        counts = {meter.id: meter.record_count for meter in meters.states(session)}
    assert counts == {made["meter_id"]: 0, other: 1 if method == "PUT" else 0}


# All or nothing


def test_a_batch_that_fails_in_the_middle_leaves_nothing(pg_person: Person) -> None:
    made = pg_person.record()
    with session_of(pg_person) as session:
        before = stored(session)
        tables = (Consumption, Meter, MeterDay, MeterMonth)
        counts = [session.scalar(select(func.count()).select_from(table)) for table in tables]
    creates = [entry(amount=n, period_start="2026-01-05") for n in range(50)]
    for body, status in (
        ({"create": [*creates, entry(consumption_type="water", meter_id=2**62)]}, 404),
        ({"create": [*creates, entry(consumption_date="2199-01-01")]}, 422),
        ({"create": creates, "update": [entry(id=made["id"], version=9)]}, 412),
        ({"create": creates, "delete": [2**62]}, 404),
        ({"create": [entry(consumption_type="gas"), *creates], "delete": [made["id"], 9]}, 404),
    ):
        assert pg_person.post(f"{PATH}/batch", json=body).status_code == status
    with session_of(pg_person) as session:
        assert stored(session) == before
        after = [session.scalar(select(func.count()).select_from(table)) for table in tables]
    assert after == counts
    assert pg_person.get(PATH).get_json()["items"] == [made]


def test_an_error_of_the_database_in_the_middle_of_a_write_leaves_nothing(
    pg_person: Person,
) -> None:
    """The sums of a day reach their 21 digits: the record before it is taken back too."""
    pg_person.record(1)
    full = Decimal(10) ** 21 - 1
    for table in ("meter_days", "meter_months"):
        with session_of(pg_person) as session:
            session.execute(text(f"UPDATE {table} SET amount = :full"), {"full": full})
        before = pg_person.get(PATH)
        for extra in ({}, {"period_start": "2026-02-01"}):
            body = entry(amount=999_999_999, unit="GWh", **extra)
            response = pg_person.post(PATH, json=body)
            assert response.status_code == 422, response.get_json()
            response = pg_person.post(f"{PATH}/batch", json={"create": [entry(), body]})
            assert response.status_code == 422
        after = pg_person.get(PATH)
        assert (after.get_data(), after.headers["ETag"]) == (
            before.get_data(),
            before.headers["ETag"],
        )
        with session_of(pg_person) as session:
            rebuild(session, write=True)
    check_projection(pg_person)


# Extremes that are accepted


def test_extreme_records_that_are_accepted_can_be_read_and_deleted(pg_person: Person) -> None:
    most = 9_999_999_999.9999
    cases = [
        {"amount": most, "unit": "MWh"},
        {"amount": most, "unit": "MWh"},
        {"amount": 999_999_999.9999, "unit": "GWh", "consumption_date": "1900-01-01"},
        {"amount": 999_999_999.9999, "unit": "GWh", "period_start": "2016-02-23"},
        {"amount": 0.0001, "unit": "Wh", "period_start": "2016-02-23"},
        {"amount": most, "unit": "ML", "consumption_type": "water"},
        {"amount": most, "unit": "MMBtu", "consumption_type": "gas", "period_start": "2016-02-23"},
        {"amount": 0, "consumption_date": "1910-01-08", "period_start": "1900-01-02"},
    ]
    made = [pg_person.record(**case) for case in cases]
    batch = {"create": [entry(amount=999_999_999, unit="GWh") for _ in range(1000)]}
    response = pg_person.post(f"{PATH}/batch", json=batch)
    assert response.status_code == 200
    made += response.get_json()["created"]
    check_projection(pg_person)
    queries = [
        {"group_by": group, "date_from": first, "date_to": last, "compare": compare}
        for group, first, last in (
            ("day", "2016-02-23", "2026-03-01"), ("week", "1956-01-01", "2026-02-18"),
            ("month", "1900-01-01", "2200-12-31"), ("quarter", "1900-01-01", "2200-12-31"),
            ("year", "1900-01-01", "2200-12-31"),
        )
        for compare in ("previous", "last_year")
    ]  # fmt: skip
    for query in queries:
        response = pg_person.get(ANALYTICS, query_string=query)
        assert response.status_code == 200, query
        json.loads(response.get_data(), parse_constant=pytest.fail)
    for query in ({}, {"sort": "-amount"}, {"q": "x"}, {"date_to": "1900-01-01"}):
        assert pg_person.get(PATH, query_string=query).status_code == 200
    cursor, seen = None, []
    while True:
        query = {"sort": "-amount", "per_page": 100} | ({"cursor": cursor} if cursor else {})
        page = pg_person.get(PATH, query_string=query).get_json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["pagination"]["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == len(made)
    ids = [record["id"] for record in made]
    assert pg_person.post(f"{PATH}/batch", json={"delete": ids[8:]}).status_code == 200
    assert pg_person.post(f"{PATH}/batch", json={"delete": ids[:8]}).status_code == 200
    check_projection(pg_person)
    with session_of(pg_person) as session:
        assert stored(session) == ({}, {}, {})


@pytest.mark.parametrize(
    ("description", "text_"),
    [
        ("Ñandú ÉTÉ", "ñandú été"), ("ñandú été", "ÑANDÚ ÉTÉ"), ("Straße", "straße"),
        ("İstanbul", "İstanbul"), ("ΣΊΣΥΦΟΣ", "ΣΊΣΥΦΟΣ"), ("100 % \\_o/", "% \\_O/"),
        ("\U0001f4a7", "\U0001f4a7"),
    ],
)  # fmt: skip
def test_search_knows_letters_beyond_ascii(pg_person: Person, description: str, text_: str) -> None:
    made = pg_person.record(description=description)
    pg_person.record(description="100 x yo/")
    found = pg_person.get(PATH, query_string={"q": text_}).get_json()
    assert [item["id"] for item in found["items"]] == [made["id"]]


def test_any_writes_on_postgresql_leave_what_the_records_say(pg_app: Flask) -> None:
    class OnPostgres(Writes):
        app = pg_app

    run_state_machine_as_test(
        OnPostgres,
        settings=settings(
            max_examples=5,
            stateful_step_count=10,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )


# Statements and plans


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """The statements that the driver sends, with their parameters, but BEGIN and COMMIT."""
    found: list[tuple[str, Any]] = []
    for name in ("execute", "executemany"):
        original = getattr(psycopg.Cursor, name)

        def spy(
            cursor: Any, query: Any, params: Any = None, *, _original: Any = original, **kw: Any
        ) -> Any:
            found.append((str(query), params))
            return _original(cursor, query, params, **kw)

        monkeypatch.setattr(psycopg.Cursor, name, spy)
    later = Link.later

    def spy_on_link(link: Link, call: Call, *answered: Any) -> None:
        if call.values is not None:
            query = re.sub(r"\$(\d+)", r"%(p\1)s", call.sql.decode().replace("%", "%%"))
            texts = [None if value is None else bytes(value).decode() for value in call.values]
            found.append((query, {f"p{n}": text for n, text in enumerate(texts, 1)}))
        later(link, call, *answered)

    monkeypatch.setattr(Link, "later", spy_on_link)
    return found


def test_each_endpoint_keeps_to_its_number_of_statements(
    pg_person: Person, sent: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for kept in (deletions, idempotency):  # what is too old is forgotten now and then
        monkeypatch.setattr(kept, "_PURGE_ONE_IN", 10**9)
    made = [pg_person.record() for _ in range(3)]
    pg_person.record(consumption_type="water", period_start="2026-01-15")
    path = f"{PATH}/{made[0]['id']}"
    other = new_meter(pg_person, "Other")
    days = [entry(consumption_date=f"2026-01-{n % 28 + 1:02d}", amount=n) for n in range(500)]

    def budget(most: int, send: Callable[[], TestResponse], status: int = 200) -> None:
        sent.clear()
        response = send()
        assert response.status_code == status, response.get_json()
        assert len(sent) <= most, [query for query, _ in sent]

    budget(2, lambda: pg_person.post(PATH, json=entry()), 201)
    budget(5, lambda: pg_person.post(PATH, json=entry(period_start="2026-02-01")), 201)
    budget(4, lambda: pg_person.post(PATH, json=entry(), headers={"Idempotency-Key": "k"}), 201)
    budget(3, lambda: pg_person.post(PATH, json=entry(), headers={"Idempotency-Key": "k"}), 201)
    budget(2, lambda: pg_person.get(path))
    budget(3, lambda: pg_person.get(PATH))
    budget(3, lambda: pg_person.get(f"{PATH}?page=2&per_page=1&consumption_type=electricity"))
    budget(4, lambda: pg_person.get(f"{PATH}?q=x"))
    budget(2, lambda: pg_person.get(PATH, headers={"If-None-Match": "*"}), 304)
    budget(8, lambda: pg_person.put(path, json=entry(amount=1)))
    budget(14, lambda: pg_person.put(path, json=entry(amount=1, meter_id=other)))
    budget(13, lambda: pg_person.delete(path), 204)
    undo = pg_person.delete(f"{PATH}/{made[1]['id']}").headers["Undo-Token"]
    budget(8, lambda: pg_person.post(f"{PATH}/restore", json={"undo_token": undo}))
    for group in ("day", "week", "month", "quarter", "year"):
        query = {"group_by": group, "date_from": "2025-01-15", "date_to": "2026-03-10"}
        budget(6, lambda q=query: pg_person.get(ANALYTICS, query_string=q))
        query = query | {"compare": "previous", "date_to": "2199-03-10"}
        if group in ("month", "quarter", "year"):
            budget(15, lambda q=query: pg_person.get(ANALYTICS, query_string=q))
    budget(8, lambda: pg_person.post(f"{PATH}/batch", json={"create": days}))
    created = pg_person.post(f"{PATH}/batch", json={"create": days}).get_json()["created"]
    assert [record["amount"] for record in created] == list(range(500))
    gone = [record["id"] for record in created]
    budget(14, lambda: pg_person.post(f"{PATH}/batch", json={"delete": gone}))


TENANTS, A_TENANT = 5, 4_200


@pytest.fixture(scope="module")
def seeded(pg_app: Flask, cluster: Cluster) -> Person:
    """The third of five people with 4,200 records each: five years of two utilities."""
    people = [new_person(pg_app) for _ in range(TENANTS)]
    for person in people:
        second = new_meter(person, "Second")
        for start in range(0, A_TENANT, 700):
            entries = [
                entry(
                    amount=n % 50,
                    consumption_type="water" if n % 3 == 0 else "electricity",
                    consumption_date=(date(2021, 1, 1) + timedelta(days=n % 1826)).isoformat(),
                    **({"meter_id": second} if n % 3 == 1 else {}),
                )
                for n in range(start, start + 700)
            ]
            response = person.post(f"{PATH}/batch", json={"create": entries})
            assert response.status_code == 200, response.get_json()
    with psycopg.connect(
        cluster.url("consumo_owner").replace("+psycopg", ""), autocommit=True
    ) as connection:
        connection.execute("ANALYZE")
    return people[2]


def plans(person: Person, sent: list[tuple[str, Any]], table: str) -> list[str]:
    """Explain the last statement on a table as the application: with its values, and generic."""
    query, params = [item for item in sent if f"FROM {table}" in item[0]][-1]
    names: list[str] = []

    def number(match: re.Match[str]) -> str:
        if match.group(1) not in names:
            names.append(match.group(1))
        return f"${names.index(match.group(1)) + 1}"

    generic = re.sub(r"%\((\w+)\)s", number, query).replace("%%", "%")
    with session_of(person) as session, session.driver() as connection:
        session.execute(text("SELECT 1"))
        return [
            "\n".join(row[0] for row in cursor)
            for cursor in (
                connection.execute("EXPLAIN " + query, params),
                psycopg.ClientCursor(connection).execute("EXPLAIN (GENERIC_PLAN) " + generic),
            )
        ]


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", "Backward using ix_consumptions_newest"),
        ("sort=consumption_date", "using ix_consumptions_newest"),
        ("page=40", "Backward using ix_consumptions_newest"),
        ("consumption_type=water", "Backward using ix_consumptions_type"),
        ("meter_id={meter}", "Backward using ix_consumptions_meter"),
        ("cursor={cursor}", "Backward using ix_consumptions_newest"),
        ("cursor={cursor}&consumption_type=water", "Backward using ix_consumptions_type"),
        ("cursor={cursor}&meter_id={meter}", "Backward using ix_consumptions_meter"),
        ("date_from=2023-01-01&date_to=2023-01-31", "Backward using ix_consumptions_newest"),
    ],
)
def test_a_page_is_read_from_an_index_in_order_without_a_sort(
    seeded: Person, sent: list[tuple[str, Any]], query: str, index: str
) -> None:
    page = seeded.get(f"{PATH}?page=40").get_json()
    meter = next(i["meter_id"] for i in page["items"] if i["consumption_type"] == "electricity")
    query = query.format(cursor=page["pagination"]["next_cursor"], meter=meter)
    assert len(seeded.get(f"{PATH}?{query}").get_json()["items"]) == 20
    if "date_to" in query:  # its last statement counts
        sent[:] = [item for item in sent if "count(" not in item[0]]
    for plan in plans(seeded, sent, "consumptions"):
        assert f"Index Scan {index}" in plan, plan
        assert "Sort" not in plan, plan
        assert "Seq Scan" not in plan, plan


def test_months_are_read_from_their_key_and_days_from_theirs(
    seeded: Person, sent: list[tuple[str, Any]]
) -> None:
    dates = {"date_from": "2024-01-01", "date_to": "2024-12-31"}
    for group, table in (("month", "meter_months"), ("day", "meter_days")):
        assert seeded.get(ANALYTICS, query_string=dates | {"group_by": group}).status_code == 200
        statements = [item for item in sent if f"FROM {table}" in item[0]]
        if group == "day":  # the days of the current month are asked for in a union
            statements = [item for item in statements if "UNION" not in item[0]]
        for plan in plans(seeded, statements, table):
            assert f"pk_{table}" in plan, plan
            assert f"Seq Scan on {table}" not in plan, plan
            assert "consumptions" not in plan
        sent.clear()


def test_one_record_is_read_by_its_key(seeded: Person, sent: list[tuple[str, Any]]) -> None:
    made = seeded.get(PATH).get_json()["items"][0]
    seeded.get(f"{PATH}/{made['id']}")
    for plan in plans(seeded, sent, "consumptions"):
        assert "pk_consumptions" in plan
        assert "Seq Scan" not in plan
