"""A real server process: health, metrics summed over its workers, and its log."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.postgres import Cluster
from tests.conftest import SECRET
from tests.factories import registration

BACKEND = Path(__file__).parents[2]
REQUESTS = "consumo_http_requests_total"


class Server:
    """`python -m app.server` with two workers, its output in a file."""

    def __init__(self, cluster: Cluster, folder: Path, **settings: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.log = folder / "log"
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        environment = os.environ | {
            "DATABASE_URL": cluster.url("consumo_app"),
            "DATABASE_OWNER_URL": cluster.url("consumo_owner"),
            "JWT_SECRET": SECRET,
            "COOKIE_SECURE": "false",
            "BCRYPT_COST": "4",
            "TMPDIR": str(self.temporary),
        }
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.server", "--port", str(self.port)],
                cwd=BACKEND,
                env=environment | settings,
                stdout=output,
            )
        until(lambda: self.status("/api/health/ready") == 200)

    def ask(
        self, path: str, method: str = "GET", body: Any = None, **headers: str
    ) -> tuple[int, Any, bytes]:
        """Send one request on a connection of its own: any worker may answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            if body is not None:
                names["Content-Type"] = "application/json"
            connection.request(method, path, json.dumps(body) if body else None, names)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def status(self, path: str) -> int:
        try:
            return self.ask(path)[0]
        except (OSError, http.client.HTTPException):
            return 0

    def count(self, route: str) -> float:
        """What the metrics say of a route: how many of its requests were answered with 200."""
        text = self.ask("/api/metrics")[2].decode()
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == REQUESTS
            and (sample.labels["route"], sample.labels["status"]) == (route, "200")
        )

    def workers(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children()

    def lines(self) -> list[dict[str, Any]]:
        """The log so far; every line of it is JSON."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def line_of(self, request_id: str) -> dict[str, Any]:
        """The one line of a request."""

        def found() -> list[dict[str, Any]]:
            return [
                line
                for line in self.lines()
                if line.get("request_id") == request_id and line["event"] == "request"
            ]

        until(lambda: bool(found()))
        (line,) = found()
        return line


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@contextmanager
def serving(cluster: Cluster, **settings: str) -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(cluster, Path(folder), **settings)
        try:
            yield server
        finally:
            server.process.terminate()
            server.process.wait(30)


@pytest.fixture(scope="module")
def server(cluster: Cluster) -> Iterator[Server]:
    with serving(cluster) as started:
        yield started


def test_health_names_the_database_and_how_fast_it_answers(server: Server) -> None:
    status, _, body = server.ask("/api/health")
    found = json.loads(body)
    assert (status, found["status"]) == (200, "ok")
    assert found["checks"]["database"]["status"] == "ok"
    assert found["checks"]["database"]["latency_ms"] > 0


def test_any_worker_tells_the_requests_of_all(server: Server) -> None:
    before = server.count("/api/health/live")
    answers = []
    barrier = threading.Barrier(8)

    def some(_: int) -> None:
        barrier.wait()
        answers.extend(server.ask("/api/health/live")[0] for _ in range(25))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(some, range(8)))
    assert answers == [200] * 200
    assert {server.count("/api/health/live") for _ in range(12)} == {before + 200}


def test_both_workers_count(server: Server) -> None:
    folder = next(server.temporary.glob("consumo-metrics-*"))
    pids = {worker.pid for worker in server.workers()}

    def counted() -> bool:
        server.ask("/api/health/live")
        return {f"counter_{pid}.db" for pid in pids} <= {file.name for file in folder.iterdir()}

    until(counted)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_what_a_dead_worker_counted_stays(cluster: Cluster) -> None:
    with serving(cluster) as server:
        for _ in range(20):
            server.ask("/api/openapi.json")
        before = {worker.pid for worker in server.workers()}
        for worker in server.workers():
            worker.kill()
        until(
            lambda: (
                len(server.workers()) == 2
                and before.isdisjoint(worker.pid for worker in server.workers())
            )
        )
        until(lambda: all(server.status("/api/health/live") == 200 for _ in range(6)))
        assert server.count("/api/openapi.json") == 20


def test_renewed_workers_go_on_counting(cluster: Cluster) -> None:
    with serving(cluster) as server:
        for _ in range(5):
            server.ask("/api/openapi.json")
        before = {worker.pid for worker in server.workers()}
        server.process.send_signal(signal.SIGHUP)
        until(
            lambda: (
                len(server.workers()) == 2
                and before.isdisjoint(worker.pid for worker in server.workers())
            )
        )
        for _ in range(5):
            server.ask("/api/openapi.json")
        assert {server.count("/api/openapi.json") for _ in range(6)} == {10}


def test_nothing_of_the_metrics_is_left_after_a_stop(cluster: Cluster) -> None:
    with serving(cluster) as server:
        assert len(list(server.temporary.glob("consumo-metrics-*"))) == 1
        server.process.terminate()
        assert server.process.wait(30) == 0
        assert list(server.temporary.iterdir()) == []


def test_metrics_parse_and_their_labels_are_bounded(server: Server) -> None:
    for number in range(30):
        server.ask(f"/api/nowhere/{number}")
        server.ask(f"/api/consumption/{number + 1}")
        server.ask("/api/health/live", method=f"ODD{number}")
    text = server.ask("/api/metrics")[2].decode()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert {"consumo_http_requests", "consumo_http_request_duration_seconds"} <= families.keys()
    samples = families["consumo_http_requests"].samples
    routes = {sample.labels["route"] for sample in samples}
    assert "unmatched" in routes
    assert not any(part.isdigit() for route in routes for part in route.split("/"))
    assert {sample.labels["method"] for sample in samples} <= {
        *("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other")
    }


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-Host", "Via"]
)
def test_metrics_are_not_there_for_who_comes_through_a_proxy(server: Server, header: str) -> None:
    assert server.ask("/api/metrics")[0] == 200
    assert server.ask("/api/metrics", **{header: "203.0.113.9"})[0] == 404


def test_metrics_with_a_token_need_the_token(cluster: Cluster) -> None:
    with serving(cluster, METRICS_TOKEN="a-token-for-metrics") as server:
        assert server.ask("/api/metrics")[0] == 404
        assert server.ask("/api/metrics", Authorization="Bearer another")[0] == 404
        answer = server.ask(
            "/api/metrics", Authorization="Bearer a-token-for-metrics", Forwarded="for=203.0.113.9"
        )
        assert answer[0] == 200


def test_every_request_is_one_line_of_the_log(server: Server) -> None:
    status, _, body = server.ask(
        "/api/auth/register", "POST", registration(username="logged", email="logged@example.org")
    )
    assert status == 201, body
    signed_in = json.loads(body)
    token = f"Bearer {signed_in['access_token']}"
    server.ask("/api/sites/77?secret=1", Authorization=token, X_Request_Id="request-0001")
    line = server.line_of("request-0001")
    assert line.pop("duration_ms") > 0
    assert line.pop("timestamp").endswith("Z")
    assert (
        line.items()
        >= {
            "level": "info",
            "method": "GET",
            "route": "/api/sites/<id:site_id>",
            "path": "/api/sites/77",
            "status": 422,
            "account_id": None,
            "user_id": None,
        }.items()
    )
    server.ask("/api/sites/77", Authorization=token, X_Request_Id="request-0002")
    line = server.line_of("request-0002")
    assert line["status"] == 404
    assert line["account_id"] == signed_in["account"]["id"]
    assert line["user_id"] == signed_in["user"]["id"]


def test_no_secret_is_in_the_log(server: Server) -> None:
    body = registration(username="quiet", email="quiet@example.org")
    answer = json.loads(server.ask("/api/auth/register", "POST", body)[2])
    server.ask("/api/auth/me", Authorization=f"Bearer {answer['access_token']}")
    wrong = {"username": "quiet", "password": "not the right one"}
    server.ask("/api/auth/login", "POST", wrong)
    log = server.log.read_text()
    for secret in (
        *(body["password"], answer["access_token"], answer["refresh_token"], "not the right one"),
        *(SECRET, "quiet@example.org"),
    ):
        assert secret not in log


def test_the_id_of_a_request_is_accepted_when_it_is_harmless(server: Server) -> None:
    _, headers, _ = server.ask("/api/health/live", X_Request_Id="abcDEF-12_34")
    assert headers["X-Request-Id"] == "abcDEF-12_34"


@pytest.mark.parametrize("sent", ["short", "x" * 65, 'a"} {"forged": 1', "spaced out id", "é" * 9])
def test_the_id_of_a_request_is_replaced_when_it_is_not(server: Server, sent: str) -> None:
    _, headers, _ = server.ask("/api/health/live", X_Request_Id=sent)
    assert headers["X-Request-Id"] != sent
    assert server.line_of(headers["X-Request-Id"])["status"] == 200


@pytest.mark.parametrize(("level", "is_logged"), [("WARNING", False), ("DEBUG", True)])
def test_the_level_of_the_log_is_a_setting(cluster: Cluster, level: str, is_logged: bool) -> None:
    with serving(cluster, LOG_LEVEL=level) as server:
        server.ask("/api/health/live", X_Request_Id="levels-0001")
        server.process.terminate()
        server.process.wait(30)
        lines = [line for line in server.lines() if line.get("request_id") == "levels-0001"]
    assert bool(lines) is is_logged
