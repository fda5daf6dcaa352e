"""Clients that write while the product is killed, and the books that are compared afterwards."""

import http.client
import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

import psycopg

from app.db import TenantSession, make_engine
from app.postgres import Cluster
from app.services.rebuild import rebuild
from tests.attack.product import Product
from tests.conftest import make_settings

PATIENCE_S = 40.0
DAYS = [f"2026-0{month}-{day:02d}" for month in (1, 2, 3) for day in range(1, 29)]


@dataclass
class Entry:
    """What a client knows of one record: what it sent, and what it was promised."""

    marker: str
    id: int | None = None
    amount: Decimal = Decimal(0)
    is_deleted: bool = False


@dataclass
class Books:
    """All that the clients of one account sent; one thread writes each list."""

    user: dict[str, Any]
    entries: list[list[Entry]] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    replays: int = 0
    hung_up: int = 0
    failures: list[str] = field(default_factory=list)

    @property
    def account_id(self) -> int:
        """The account that the records are in."""
        return int(self.user["account"]["id"])

    def all(self) -> Iterator[Entry]:
        """All entries, promised or not."""
        for entries in self.entries:
            yield from entries


class Client(threading.Thread):
    """Creates, changes and deletes records, each until it is acknowledged."""

    def __init__(
        self,
        product: Product,
        books: Books,
        seed: int,
        until: float,
        *,
        with_keys: bool = True,
        hangs_up: float = 0.01,
    ) -> None:
        super().__init__(daemon=True)
        self.product, self.books, self.until = product, books, until
        self.with_keys, self.hangs_up = with_keys, hangs_up
        self.random, self.name = Random(seed), f"client {seed}"
        self.entries: list[Entry] = []
        books.entries.append(self.entries)
        self.connection: http.client.HTTPConnection | None = None

    def run(self) -> None:
        """Write until the time is over; what was begun is brought to its end."""
        try:
            while time.monotonic() < self.until:
                kind = self.random.random()
                known = [entry for entry in self.entries[-40:] if entry.id and not entry.is_deleted]
                if kind < 0.6 or not known:
                    self.create()
                elif kind < 0.85:
                    self.change(self.random.choice(known))
                else:
                    self.delete(self.random.choice(known))
        except Exception as error:
            self.books.failures.append(f"{self.name}: {error!r}")
        finally:
            self.hang_up()

    def create(self) -> None:
        entry = Entry(f"{self.name} no {len(self.entries)} {uuid.uuid4().hex}")
        body = self.body(entry)
        self.entries.append(entry)
        headers = {"Idempotency-Key": entry.marker} if self.with_keys else {}
        answer = self.insist("POST", "/api/consumption", body, (201,), headers)
        entry.id, entry.amount = answer["id"], Decimal(body["amount"])

    def change(self, entry: Entry) -> None:
        body = self.body(entry)
        self.insist("PUT", f"/api/consumption/{entry.id}", body, (200,))
        entry.amount = Decimal(body["amount"])

    def delete(self, entry: Entry) -> None:
        # 404: an attempt whose answer never came had deleted it.
        self.insist("DELETE", f"/api/consumption/{entry.id}", None, (204, 404))
        entry.is_deleted = True

    def body(self, entry: Entry) -> dict[str, Any]:
        """Write an amount of four decimals, which JSON and NUMERIC hold exactly."""
        day = self.random.choice(DAYS)
        amount = f"{self.random.randrange(1, 10**6)}.{self.random.randrange(10**4):04d}"
        period = {"period_start": DAYS[0]} if self.random.random() < 0.1 else {}
        return {
            "consumption_type": "electricity",
            "amount": amount,
            "consumption_date": day,
            "description": entry.marker,
        } | (period if day > DAYS[0] else {})

    def insist(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        wanted: tuple[int, ...],
        headers: dict[str, str] | None = None,
    ) -> Any:
        """Send the same request until it is acknowledged."""
        deadline = time.monotonic() + PATIENCE_S
        hangs_up = self.random.random() < self.hangs_up
        while time.monotonic() < deadline:
            status, answer, wait = self.attempt(method, path, body, headers or {}, hangs_up)
            hangs_up = False
            self.books.statuses[status] += 1
            if status in wanted:
                return answer
            if status not in (0, 409, 502, 503):
                raise AssertionError(f"{method} {path}: {status} {answer}")
            time.sleep(min(wait, 0.3) * self.random.random())
        raise AssertionError(f"{method} {path} was not acknowledged in {PATIENCE_S} s")

    def attempt(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        headers: dict[str, str],
        hangs_up: bool,
    ) -> tuple[int, Any, float]:
        """Send once: the status (0 for a broken connection), the body, how long to wait."""
        sent = {"Authorization": f"Bearer {self.books.user['access_token']}"} | headers
        # The amount stands in the JSON as it was typed, not as a float.
        text = None
        if body is not None:
            amount = body["amount"]
            text = json.dumps(body | {"amount": 0}).replace('"amount": 0', f'"amount": {amount}')
            sent["Content-Type"] = "application/json"
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection(
                    "127.0.0.1", self.product.port, timeout=20
                )
            self.connection.request(method, path, text, sent)
            if hangs_up:  # without having heard the answer
                time.sleep(0.02)
                self.hang_up()
                self.books.hung_up += 1
                return 0, None, 0.05
            response = self.connection.getresponse()
            raw = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.hang_up()
            return 0, repr(error), 0.05
        if response.status in (409, 503):
            assert response.headers["Retry-After"], f"{response.status} without Retry-After"
        if response.headers.get("Idempotency-Replayed") == "true":
            self.books.replays += 1
        return response.status, json.loads(raw) if raw else None, 0.3

    def hang_up(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


@dataclass(frozen=True)
class Findings:
    """How the database differs from what was acknowledged; all empty is what is promised."""

    lost: list[str]
    doubled: list[str]
    wrong: list[str]
    ghosts: list[str]
    projection: list[str]
    acknowledged: int

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, doubled, changed or invented."""
        return not (self.lost or self.doubled or self.wrong or self.ghosts or self.projection)


def compare(cluster: Cluster, books: Books) -> Findings:
    """Compare what the clients of an account were promised with what the database holds."""
    with psycopg.connect(cluster.url("consumo_backup").replace("+psycopg", "")) as backup:
        rows = backup.execute(
            "SELECT id, description, amount FROM consumptions WHERE account_id = %s",
            (books.account_id,),
        ).fetchall()
        projection = differing_days(backup, books.account_id)
    stored: dict[str, list[tuple[int, Decimal]]] = {}
    for number, marker, amount in rows:
        stored.setdefault(marker, []).append((number, amount))
    lost, doubled, wrong, known = [], [], [], set()
    for entry in books.all():
        known.add(entry.marker)
        found = stored.get(entry.marker, [])
        if len(found) > 1:
            doubled.append(entry.marker)
        elif entry.id is None:
            continue  # never acknowledged: it may be there or not
        elif entry.is_deleted and found:
            wrong.append(f"{entry.marker} was deleted and is there")
        elif not entry.is_deleted and not found:
            lost.append(entry.marker)
        elif found and found[0] != (entry.id, entry.amount):
            wrong.append(f"{entry.marker}: {found[0]} instead of {(entry.id, entry.amount)}")
    ghosts = [marker for marker in stored if marker not in known]
    projection += rebuilt_differently(cluster, books)
    acknowledged = sum(entry.id is not None for entry in books.all())
    return Findings(lost, doubled, wrong, ghosts, projection, acknowledged)


def differing_days(connection: "psycopg.Connection[Any]", account_id: int) -> list[str]:
    """Sum the records of one day by day, in SQL, where no period touches the day."""
    rows = connection.execute(
        """
        WITH typed AS (
            SELECT consumption_date AS day, sum(base_amount) AS amount FROM consumptions
            WHERE account_id = %(account)s GROUP BY 1
        ), projected AS (
            SELECT day, sum(amount) AS amount, sum(estimated_count) AS estimated FROM meter_days
            WHERE account_id = %(account)s GROUP BY 1
        )
        SELECT coalesce(typed.day, projected.day), typed.amount, projected.amount
        FROM typed FULL JOIN projected USING (day)
        WHERE coalesce(estimated, 0) = 0 AND typed.amount IS DISTINCT FROM projected.amount
        UNION ALL
        SELECT NULL, total.records, total.days FROM (
            SELECT (SELECT sum(amount) FROM typed) AS records,
                   (SELECT sum(amount) FROM projected) AS days
        ) AS total WHERE total.records IS DISTINCT FROM total.days
        """,
        {"account": account_id},
    ).fetchall()
    return [f"{day or 'all days'}: records {typed}, days {days}" for day, typed, days in rows]


def rebuilt_differently(cluster: Cluster, books: Books) -> list[str]:
    """Compute the projection anew by the product's own command."""
    engine = make_engine(make_settings(database_url=cluster.url("consumo_app")))
    user_id = int(books.user["user"]["id"])
    with TenantSession(engine, account_id=books.account_id, user_id=user_id) as session:
        found = [str(difference) for difference in rebuild(session, write=False)]
    engine.dispose()
    return found
