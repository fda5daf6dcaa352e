"""Limits on how often, counted in a real Redis: two instances share them, and everything goes on
while it is away."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import counters, create_app
from app.counters import Counters
from app.postgres import Cluster
from tests.attack.product import until
from tests.conftest import make_settings, state_of
from tests.factories import Person, new_person
from tests.importing import csv, send
from tests.programs import debian_program, free_port

READS = 6
PATH = "/api/consumption"


class Redis:
    """A redis-server that keeps nothing on disk."""

    def __init__(self, program: str, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._folder = folder
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.process = subprocess.Popen(
            [*self._command, "--dir", self._folder], stdout=subprocess.DEVNULL
        )
        until(self._answers, 15)

    def _answers(self) -> bool:
        with socket.socket() as asked:
            return asked.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    started = Redis(debian_program("redis-server"), tmp_path)
    yield started
    started.kill()


@pytest.fixture
def instances(cluster: Cluster, redis: Redis) -> Iterator[list[Flask]]:
    """Two instances of the product beside one Redis."""
    settings = make_settings(
        database_url=cluster.url("consumo_app"), redis_url=redis.url, read_limit_per_minute=READS
    )
    apps = [create_app(settings) for _ in range(2)]
    yield apps
    for app in apps:
        state_of(app).db.engine.dispose()


def at(app: Flask, person: Person) -> Person:
    return Person(app, person.user, person.account, person.access_token, "")


def test_two_instances_share_what_is_left(instances: list[Flask]) -> None:
    here = new_person(instances[0])
    there = at(instances[1], here)
    answers = [(here, there)[turn % 2].get(PATH) for turn in range(READS + 2)]
    assert [answer.status_code for answer in answers] == [200] * READS + [429] * 2
    assert answers[READS - 1].headers["RateLimit"].startswith('"reads";r=0;t=')
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60


def test_a_killed_redis_stops_nothing_and_counts_again_when_it_is_back(
    instances: list[Flask], redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counters, "PAUSE_S", 0.5)
    here = new_person(instances[0])
    there = at(instances[1], here)
    assert here.get(PATH).headers["RateLimit"].startswith(f'"reads";r={READS - 1}')
    redis.kill()
    away = [here.get(PATH) for _ in range(READS + 1)]
    assert [answer.status_code for answer in away] == [200] * READS + [429]  # by this instance
    assert there.get(PATH).status_code == 200
    assert here.get("/api/health").get_json()["status"] == "degraded"
    redis.start()
    until(lambda: here.get(PATH).status_code == 200, 15)  # the count of the empty Redis
    until(lambda: there.get(PATH).headers["RateLimit"].startswith('"reads";r=0'), 15)
    assert here.get(PATH).status_code == 429


def test_a_redis_that_says_nothing_is_asked_once_and_then_left_alone(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        asked = Counters(f"redis://127.0.0.1:{silent.getsockname()[1]}")
        assert [asked.count("a", 60)[0] for _ in range(50)] == list(range(1, 51))
        connections = 0
        silent.settimeout(0.2)
        try:
            while silent.accept():
                connections += 1
        except TimeoutError:
            pass
    assert connections == 1


def test_turns_are_shared_and_those_of_the_dead_end(redis: Redis) -> None:
    here, there = Counters(redis.url), Counters(redis.url)
    dead = here.turn("files", 2, 1)
    assert dead.__enter__()  # and never left
    with there.turn("files", 2, 60) as second, here.turn("files", 2, 60) as third:
        assert (second, third) == (True, False)
    with here.turn("files", 2, 60) as again:
        assert again  # the second was given back
    until(lambda: _is_free(there), 15)


def _is_free(found: Counters) -> bool:
    with found.turn("files", 1, 1) as is_mine:
        return is_mine


def test_a_file_is_imported_while_redis_is_away(cluster: Cluster, redis: Redis) -> None:
    app = create_app(
        make_settings(
            database_url=cluster.url("consumo_app"),
            redis_url=redis.url,
            import_limit_parallel=1,
            import_limit_per_hour=10,
        )
    )
    person = new_person(app)
    assert send(person, csv("2026-01-01,1")).status_code == 201
    redis.kill()
    assert send(person, csv("2026-01-02,1")).status_code == 201
    assert send(person, csv("2026-01-03,1")).status_code == 201
    state_of(app).db.engine.dispose()
