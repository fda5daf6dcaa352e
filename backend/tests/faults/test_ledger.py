"""What was acknowledged survives kill -9 of every part; a database that is away is a 503.

CONSUMO_LEDGER_SECONDS and CONSUMO_LEDGER_SEED lengthen and vary the main run.
"""

import os
import signal
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from random import Random
from typing import Any

import psutil
import psycopg
import pytest

from app.postgres import Cluster, cluster_at
from tests.attack.product import Answer, Product, running_product, until
from tests.faults.ledger import Books, Client, Findings, compare

SECONDS = float(os.environ.get("CONSUMO_LEDGER_SECONDS", "30"))
SEED = int(os.environ.get("CONSUMO_LEDGER_SEED", "1"))
ACCOUNTS, CLIENTS = 4, 8
BOUNDS_S = {"worker": 3.0, "master": 10.0, "backend": 10.0, "postmaster": 10.0}
LIVE, READY = "/api/health/live", "/api/health/ready"
GAS = {"consumption_type": "gas", "amount": 1, "consumption_date": "2026-03-01"}


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    with running_product() as found:
        yield found


def cluster_of(product: Product) -> Cluster:
    return cluster_at(product.data_dir)


def bearer(user: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {user['access_token']}"}


class Killer:
    """Kills one part after the other and measures how long the next 200 takes."""

    def __init__(self, product: Product, token: dict[str, str], seed: int) -> None:
        self.product, self.token, self.random = product, token, Random(seed)
        self.recoveries: dict[str, list[float]] = defaultdict(list)

    def run(self, until_moment: float) -> None:
        kinds: list[str] = []
        while time.monotonic() < until_moment:
            if not kinds:
                kinds = [*self.random.sample(sorted(BOUNDS_S), 4), "worker"]
            kind = kinds.pop()
            victim = self.victim(kind)
            if victim is None:
                time.sleep(0.05)
                continue
            with suppress(psutil.NoSuchProcess):
                orphans = victim.children() if kind == "master" else []
                victim.kill()
                began = time.monotonic()
                psutil.wait_procs(orphans, 25)  # workers without a master finish what they have
                self.recoveries[kind].append(self.recovery(began))
            time.sleep(self.random.uniform(0.3, 1.2))

    def victim(self, kind: str) -> psutil.Process | None:
        """Choose a process of this kind, among the product's own."""
        with suppress(psutil.NoSuchProcess):
            if kind in ("master", "postmaster"):
                return getattr(self.product, kind)()  # type: ignore[no-any-return]
            found = self.product.workers() if kind == "worker" else self.product.backends()
            return self.random.choice(found) if found else None
        return None

    def recovery(self, began: float) -> float:
        """Measure until a request is answered 200 from the database."""
        path = "/api/consumption?per_page=1"
        while self.product.status(path, 20, **self.token) != 200:
            assert time.monotonic() - began < 60, "it never came back"
            time.sleep(0.02)
        return time.monotonic() - began


def test_no_acknowledged_write_is_lost_doubled_or_changed(product: Product) -> None:
    books = [Books(product.sign_up(f"writer{number}")) for number in range(ACCOUNTS)]
    finish = time.monotonic() + SECONDS
    clients = [
        Client(product, books[number % ACCOUNTS], SEED * 100 + number, finish)
        for number in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    killer = Killer(product, bearer(books[0].user), SEED)
    killer.run(finish - 1)
    for client in clients:
        client.join(90)
        assert not client.is_alive()
    failures = [failure for book in books for failure in book.failures]
    unexpected = [line for line in product.lines() if '"unexpected error"' in line]
    assert not failures, "\n".join([*failures, *unexpected])
    findings = [compare(cluster_of(product), book) for book in books]
    report(killer, books, findings)
    for found in findings:
        assert found.is_clean, found
    kills = {kind: len(times) for kind, times in killer.recoveries.items()}
    assert sum(kills.values()) >= 8
    assert len(kills) >= 3
    assert sum(book.replays for book in books) >= 1
    assert sum(found.acknowledged for found in findings) > 200
    for kind, times in killer.recoveries.items():
        assert max(times) <= BOUNDS_S[kind], (kind, times)


def report(killer: Killer, books: list[Books], findings: list[Findings]) -> None:
    statuses: Counter[int] = Counter()
    for book in books:
        statuses += book.statuses
    acknowledged, replays = sum(f.acknowledged for f in findings), sum(b.replays for b in books)
    print(f"\nledger: {acknowledged} creates acknowledged, {replays} replays")
    print(f"answers (0: connection broken): {dict(sorted(statuses.items()))}")
    for kind, times in sorted(killer.recoveries.items()):
        print(f"  {kind}: {len(times)} kills, next 200 after {[round(t, 2) for t in times]} s")


def short_run(product: Product, name: str, **options: Any) -> Books:
    """Write for a moment, undisturbed."""
    books = Books(product.sign_up(name))
    client = Client(product, books, 7, time.monotonic() + 1.5, **options)
    client.start()
    client.join(60)
    assert not books.failures
    assert sum(entry.id is not None for entry in books.all()) >= 5
    return books


def test_control_without_keys_the_ledger_finds_doubles(product: Product) -> None:
    with_keys = short_run(product, "careful", hangs_up=0.5)
    assert with_keys.hung_up
    assert with_keys.replays
    assert compare(cluster_of(product), with_keys).is_clean
    without = short_run(product, "careless", with_keys=False, hangs_up=0.5)
    assert compare(cluster_of(product), without).doubled


@pytest.mark.parametrize(
    ("what", "statement"),
    [
        ("lost", "DELETE FROM consumptions WHERE account_id = %(account)s AND id = %(id)s"),
        ("wrong", "UPDATE consumptions SET amount = amount + 0.0001"
                  " WHERE account_id = %(account)s AND id = %(id)s"),
        ("ghosts", "UPDATE consumptions SET description = 'nobody sent this'"
                   " WHERE account_id = %(account)s AND id = %(id)s"),
        ("projection", "UPDATE meter_days SET amount = amount + 0.0001"
                       " WHERE account_id = %(account)s"),
    ],
)  # fmt: skip
def test_control_the_ledger_sees_a_tampered_row(
    product: Product, what: str, statement: str
) -> None:
    books = short_run(product, f"tampered-{what}")
    assert compare(cluster_of(product), books).is_clean
    kept = next(entry for entry in books.all() if entry.id and not entry.is_deleted)
    with as_superuser(product) as connection:
        parameters = {"account": books.account_id, "id": kept.id}
        assert connection.execute(statement, parameters).rowcount
    found = compare(cluster_of(product), books)
    assert getattr(found, what)
    assert not found.is_clean


@contextmanager
def as_superuser(product: Product) -> Iterator["psycopg.Connection[Any]"]:
    url = cluster_of(product).url("postgres").replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@contextmanager
def frozen(processes: list[psutil.Process]) -> Iterator[None]:
    """Stop processes without killing them; they go on afterwards, whatever happens."""
    try:
        for process in processes:
            process.suspend()
        yield
    finally:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.resume()


def timed(ask: Callable[[], Answer]) -> tuple[Answer, float]:
    began = time.monotonic()
    answer = ask()
    return answer, time.monotonic() - began


def assert_unavailable(answer: Answer) -> None:
    assert answer.status == 503, answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_frozen_database_is_a_503_while_the_process_lives(product: Product) -> None:
    user = product.sign_up("patient")
    path = "/api/consumption"
    assert product.status(path, **bearer(user)) == 200
    postmaster = product.postmaster()
    assert postmaster is not None
    with frozen([postmaster, *postmaster.children()]), ThreadPoolExecutor(20) as pool:
        asked = [
            pool.submit(timed, lambda: product.call("GET", path, timeout=30, **bearer(user)))
            for _ in range(12)
        ]
        for answer, seconds in (one.result() for one in asked):
            assert_unavailable(answer)
            assert seconds < 12
        for _ in range(5):
            answer, seconds = timed(lambda: product.call("GET", LIVE))
            assert answer.status == 200
            assert seconds <= 0.2
            answer, seconds = timed(lambda: product.call("GET", READY))
            assert answer.status == 503
            assert seconds < 6
            answer, seconds = timed(lambda: product.call("POST", path, GAS, **bearer(user)))
            assert_unavailable(answer)
            assert seconds < 6
    # Each worker notices by itself.
    until(lambda: {product.status(path, **bearer(user)) for _ in range(12)} == {200}, 10, "healing")


def test_an_exhausted_pool_is_a_503_and_heals() -> None:
    with running_product(workers=1, threads=6, DATABASE_POOL_SIZE="2") as product:
        user = product.sign_up()
        product.call("POST", "/api/consumption", GAS, **bearer(user))
        with as_superuser(product) as connection, ThreadPoolExecutor(8) as pool:
            # Two requests wait for the lock and hold the two connections.
            connection.execute("BEGIN; LOCK TABLE consumptions IN ACCESS EXCLUSIVE MODE")
            asked = [
                pool.submit(timed, lambda: product.call("GET", "/api/consumption", **bearer(user)))
                for _ in range(5)
            ]
            time.sleep(0.3)
            answer, seconds = timed(lambda: product.call("GET", LIVE))
            assert answer.status == 200
            assert seconds <= 0.2
            for answer, seconds in (one.result() for one in asked):
                assert_unavailable(answer)
                assert seconds < 4.5
            connection.execute("ROLLBACK")
        until(lambda: product.status("/api/consumption", **bearer(user)) == 200, 3, "healing")
        assert [product.status(READY) for _ in range(10)] == [200] * 10


def test_a_database_without_a_free_connection_is_a_503(product: Product) -> None:
    user = product.sign_up("latecomer")
    url = cluster_of(product).url("consumo_app").replace("+psycopg", "")
    for worker in product.workers():  # new ones have no connection yet
        worker.kill()
    until(lambda: not product.backends() and product.status(LIVE) == 200, 10, "new workers")
    with ExitStack() as held:
        with suppress(psycopg.OperationalError):
            for _ in range(200):
                held.enter_context(psycopg.connect(url))
        answer, seconds = timed(lambda: product.call("GET", "/api/consumption", **bearer(user)))
        assert_unavailable(answer)
        assert seconds < 3
        assert product.status(READY) == 503
    until(lambda: product.status("/api/consumption", **bearer(user)) == 200, 10, "healing")


def test_a_stop_lets_requests_in_flight_finish() -> None:
    with running_product() as product:
        user = product.sign_up()
        product.call("POST", "/api/consumption", GAS, **bearer(user))
        answers: list[int] = []

        def create() -> None:
            answers.append(product.call("POST", "/api/consumption", GAS, **bearer(user)).status)

        with as_superuser(product) as connection:
            connection.execute("BEGIN; LOCK TABLE consumptions IN ACCESS EXCLUSIVE MODE")
            writers = [threading.Thread(target=create) for _ in range(4)]
            for writer in writers:
                writer.start()
            time.sleep(0.5)
            product.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            connection.execute("ROLLBACK")
            for writer in writers:
                writer.join(20)
        assert product.process.wait(30) == 0
        assert answers == [201] * 4
