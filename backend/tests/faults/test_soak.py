"""The product under half of the load that it can bear: it does not grow.

CONSUMO_SOAK_SECONDS lengthens it (`make soak`); from ten minutes on, the slope of the memory and
the slow answers of the end against those of the beginning count as well.
"""

import http.client
import itertools
import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import linear_regression, mean, quantiles
from typing import Any

import pytest

from tests.attack.product import Product, running_product

SECONDS = float(os.environ.get("CONSUMO_SOAK_SECONDS", "20"))
IS_LONG = SECONDS >= 600
CLIENTS = 4
MB = 1024 * 1024
GROWTH_MB_PER_10_MIN = 1.0
SHORT_GROWTH_MB = 24.0
"""In seconds a worker still fills its caches; a leak of a kilobyte a request would show."""
READS = (
    "/api/consumption",
    "/api/consumption?sort=-amount&per_page=100",
    "/api/consumption/analytics?group_by=month&compare=last_year",
    "/api/meters",
    "/api/auth/me",
    "/api/exports/consumption.csv",
)


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    with running_product() as found:
        yield found


@dataclass
class Sample:
    """What the product holds at a moment: for all its workers together, but for the memory."""

    at_s: float
    rss_mb: dict[int, float]
    files: int
    connections: int


@dataclass
class Soak:
    """Clients that ask at a given pace, each on its own connection and with its own account."""

    product: Product
    answers: list[tuple[float, float]] = field(default_factory=list)
    """When each answer came, and how long it took, in seconds."""
    failures: list[str] = field(default_factory=list)

    def run(self, seconds: float, per_second: float | None = None) -> float:
        """Ask for so long, as fast as can be without a pace; gives the answers a second."""
        self.answers.clear()
        began = time.monotonic()
        until = began + seconds
        every_s = CLIENTS / per_second if per_second else 0.0
        clients = [
            threading.Thread(target=self._ask, args=(user, until, every_s)) for user in self._users
        ]
        for client in clients:
            client.start()
        for client in clients:
            client.join(seconds + 60)
        return len(self.answers) / (time.monotonic() - began)

    def __post_init__(self) -> None:
        self._users = [self.product.sign_up(f"soaked{number}") for number in range(CLIENTS)]

    def _ask(self, user: dict[str, Any], until: float, every_s: float) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.product.port, timeout=30)
        token = Renewed(self.product, user)
        due = time.monotonic()
        for number in itertools.count():
            if time.monotonic() >= until:
                break
            due = max(due + every_s, time.monotonic() - every_s)
            time.sleep(max(0.0, due - time.monotonic()))
            began = time.monotonic()
            status = self._one(connection, number, token.header())
            self.answers.append((began, time.monotonic() - began))
            if status not in (200, 201, 204):
                self.failures.append(f"request {number}: {status}")
        connection.close()

    def _one(self, connection: http.client.HTTPConnection, number: int, token: str) -> int:
        headers = {"Authorization": token, "Content-Type": "application/json"}
        if number % 3:
            connection.request("GET", READS[number % len(READS)], headers=headers)
        else:
            body = {
                "consumption_type": "water",
                "amount": number % 1000,
                "consumption_date": f"2025-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
            }
            connection.request("POST", "/api/consumption", json.dumps(body), headers)
        response = connection.getresponse()
        created = response.read()
        if number % 3 or response.status != 201:
            return response.status
        # The account stays as large as it is, so that the last answers are worth comparing.
        path = f"/api/consumption/{json.loads(created)['id']}"
        connection.request("DELETE", path, headers=headers)
        response = connection.getresponse()
        response.read()
        return response.status


@dataclass
class Renewed:
    """An access token that is exchanged before it expires."""

    product: Product
    user: dict[str, Any]
    since: float = field(default_factory=time.monotonic)

    def header(self) -> str:
        if time.monotonic() - self.since > self.user["expires_in"] / 2:
            body = {"refresh_token": self.user["refresh_token"]}
            self.user = self.product.call("POST", "/api/auth/refresh", body).json
            self.since = time.monotonic()
        return f"Bearer {self.user['access_token']}"


def sample(product: Product) -> Sample:
    workers = product.workers()
    return Sample(
        at_s=time.monotonic(),
        rss_mb={worker.pid: worker.memory_info().rss / MB for worker in workers},
        files=sum(worker.num_fds() for worker in workers),
        connections=len(product.backends()),
    )


def watched(product: Product, soak: Soak, per_second: float) -> list[Sample]:
    """Look at the product while it is soaked, about a hundred times."""
    samples: list[Sample] = []
    running = threading.Thread(target=soak.run, args=(SECONDS, per_second))
    running.start()
    while running.is_alive():
        samples.append(sample(product))
        running.join(max(0.5, SECONDS / 100))
    return samples


def p99(answers: list[tuple[float, float]]) -> float:
    return quantiles([taken for _, taken in answers], n=100)[-1] * 1000


def test_it_does_not_grow(product: Product) -> None:
    soak = Soak(product)
    rate = soak.run(3 if not IS_LONG else 30) / 2
    samples = watched(product, soak, rate)
    samples = samples[len(samples) // 4 :]  # the first quarter warms up
    assert not soak.failures, soak.failures[:5]
    assert len({tuple(sorted(found.rss_mb)) for found in samples}) == 1, "a worker was replaced"
    quarter = max(1, len(samples) // 4)
    for what in ("files", "connections"):
        first, last = (
            mean(getattr(found, what) for found in part)
            for part in (samples[:quarter], samples[-quarter:])
        )
        print(f"\n{what}: {first:.1f}, at the end {last:.1f}", end="")
        assert last <= first + 2, what
    assert max(found.connections for found in samples) <= 2 * 4 + 2 * 2  # pools of two workers
    for pid in samples[0].rss_mb:
        memory = [found.rss_mb[pid] for found in samples]
        times = [found.at_s / 600 for found in samples]
        slope = linear_regression(times, memory).slope
        print(f"\nworker: {memory[0]:.1f} MB, at the end {memory[-1]:.1f}; {slope:+.2f} a 10 min")
        assert memory[-1] - memory[0] <= SHORT_GROWTH_MB
        assert not IS_LONG or slope <= GROWTH_MB_PER_10_MIN
    if IS_LONG:
        slow_answers_stay(soak.answers)


def slow_answers_stay(answers: list[tuple[float, float]]) -> None:
    began, ended = answers[0][0], answers[-1][0]
    first = p99([one for one in answers if one[0] < began + 300])
    last = p99([one for one in answers if one[0] > ended - 300])
    print(f"{len(answers):,} answers, p99 {first:.1f} ms, in the last five minutes {last:.1f} ms")
    assert last <= 1.2 * first
