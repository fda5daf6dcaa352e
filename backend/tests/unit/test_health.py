"""Health, metrics and the documentation of the API, in one process."""

import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from app import create_app, metrics
from app.routes.health import DOCS
from tests.conftest import make_settings, sqlite_app, state_of

AWAY = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    made = sqlite_app()
    yield made
    state_of(made).db.engine.dispose()


def get(app: Flask, path: str, **options: Any) -> Any:
    return app.test_client().get(path, **options)


@pytest.fixture
def listening() -> Iterator[int]:
    """A port that accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_health_is_ok_with_a_database(app: Flask) -> None:
    response = get(app, "/api/health")
    body = response.get_json()
    assert response.status_code == 200
    assert (body["status"], body["checks"]["database"]["status"]) == ("ok", "ok")
    assert body["checks"]["database"]["latency_ms"] >= 0
    assert "redis" not in body["checks"]
    assert body["version"]


def test_without_the_database_health_is_503_in_the_same_shape(app: Flask) -> None:
    away = create_app(make_settings(database_url=AWAY))
    for path in ("/api/health", "/api/health/ready"):
        response = get(away, path)
        assert response.status_code == 503
        body = response.get_json()
        assert body == {
            "status": "down",
            "version": get(app, "/api/health").get_json()["version"],
            "checks": {"database": {"status": "down", "latency_ms": None}},
        }
        assert body.keys() == get(app, path).get_json().keys()


def test_the_process_is_live_whatever_the_database_does() -> None:
    response = get(create_app(make_settings(database_url=AWAY)), "/api/health/live")
    assert (response.status_code, response.get_json()) == (200, {"status": "ok"})


def test_readiness_says_that_requests_can_be_served(app: Flask) -> None:
    response = get(app, "/api/health/ready")
    assert (response.status_code, response.get_json()["status"]) == (200, "ok")


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "nonsense://", "redis://host:port"])
def test_without_redis_the_product_is_degraded_but_serves(url: str) -> None:
    response = get(sqlite_app(redis_url=url), "/api/health")
    body = response.get_json()
    assert (response.status_code, body["status"]) == (200, "degraded")
    assert body["checks"]["redis"] == {"status": "down", "latency_ms": None}
    assert body["checks"]["database"]["status"] == "ok"


def test_a_redis_that_says_nothing_is_down(listening: int) -> None:
    response = get(sqlite_app(redis_url=f"redis://127.0.0.1:{listening}"), "/api/health")
    assert response.get_json()["checks"]["redis"]["status"] == "down"


def test_a_redis_that_answers_is_well() -> None:
    import threading

    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                while asked := connection.recv(4096):
                    for _ in range(asked.count(b"*")):
                        is_ping = b"PING" in asked and b"HELLO" not in asked
                        connection.sendall(b"+PONG\r\n" if is_ping else b"+OK\r\n")

        threading.Thread(target=serve, daemon=True).start()
        url = f"redis://127.0.0.1:{server.getsockname()[1]}?protocol=2"
        body = get(sqlite_app(redis_url=url), "/api/health").get_json()
    assert (body["status"], body["checks"]["redis"]["status"]) == ("ok", "ok")


def test_without_the_database_or_redis_the_product_is_down() -> None:
    away = create_app(make_settings(database_url=AWAY, redis_url="redis://127.0.0.1:1"))
    response = get(away, "/api/health")
    assert (response.status_code, response.get_json()["status"]) == (503, "down")
    assert response.get_json()["checks"].keys() == {"database", "redis"}


# Metrics


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1"])
def test_metrics_are_there_on_loopback(app: Flask, address: str) -> None:
    response = get(app, "/api/metrics", environ_base={"REMOTE_ADDR": address})
    assert response.status_code == 200
    assert response.content_type.startswith("text/plain; version=0.0.4")


@pytest.mark.parametrize("address", ["203.0.113.9", "10.0.0.1", "::", "", "unix:", "localhost"])
def test_metrics_are_not_there_from_elsewhere(app: Flask, address: str) -> None:
    response = get(app, "/api/metrics", environ_base={"REMOTE_ADDR": address})
    assert response.status_code == 404


def test_with_a_token_metrics_are_there_from_anywhere_but_not_without_it() -> None:
    app = sqlite_app(metrics_token="a-token")
    away = {"REMOTE_ADDR": "203.0.113.9"}
    right = {"Authorization": "Bearer a-token"}
    assert get(app, "/api/metrics", headers=right, environ_base=away).status_code == 200
    for wrong in ({}, {"Authorization": "Bearer a-toke"}, {"Authorization": "Basic é"}):
        assert get(app, "/api/metrics", headers=wrong).status_code == 404


def test_an_empty_token_opens_nothing() -> None:
    app = sqlite_app(metrics_token="")
    away = {"REMOTE_ADDR": "203.0.113.9"}
    for value in ("Bearer ", "Bearer", ""):
        response = get(app, "/api/metrics", headers={"Authorization": value}, environ_base=away)
        assert response.status_code == 404
    assert get(app, "/api/metrics").status_code == 200


def test_metrics_parse_and_count_requests_by_route(app: Flask) -> None:
    get(app, "/api/nowhere/12345")
    text = metrics.exposition().decode()
    samples = [
        sample for family in text_string_to_metric_families(text) for sample in family.samples
    ]
    found = {
        (sample.labels["method"], sample.labels["route"], sample.labels["status"])
        for sample in samples
        if sample.name == "consumo_http_requests_total"
    }
    assert ("GET", "unmatched", "404") in found
    assert "12345" not in text


# Documentation


def test_the_openapi_document_is_served(app: Flask) -> None:
    response = get(app, "/api/openapi.json")
    assert response.content_type == "application/json"
    document = response.get_json()
    assert document["openapi"].startswith("3.1")
    assert {"/api/imports", "/api/health", "/api/consumption"} <= document["paths"].keys()


def test_the_documentation_is_served_from_our_own_files_under_a_strict_policy(app: Flask) -> None:
    response = get(app, "/api/docs")
    assert response.status_code == 200
    assert response.content_type.startswith("text/html")
    policy = dict(
        part.strip().split(" ", 1)
        for part in response.headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert not any("http" in sources or "*" in sources for sources in policy.values())


def test_every_file_that_the_documentation_fetches_is_ours_and_there(app: Flask) -> None:
    page = get(app, "/api/docs").get_data(as_text=True)
    found = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert found
    for address in found:
        if not address.startswith("data:"):
            assert address.startswith("/api/docs/")
            assert get(app, address).status_code == 200
    assert not re.findall(r"<script(?![^>]*\bsrc=)|\son\w+=|style=", page)
    start = get(app, "/api/docs/start.js").get_data(as_text=True)
    assert not re.findall(r"https?:|\"//", page + start)
    assert re.search(r'url: "/api/openapi\.json"', start)
    assert "validatorUrl: null" in start


def test_the_style_of_the_documentation_fetches_nothing_from_elsewhere() -> None:
    style = (DOCS / "swagger-ui.css").read_text()
    fetched = re.findall(r"url\(\s*['\"]?([^'\")]*)", style) + re.findall(r"@import[^;]*", style)
    assert all(address.startswith("data:") for address in fetched)


@pytest.mark.parametrize(
    "name", ["missing.js", "..%2Fhealth.py", "../../health.py", "%2e%2e%2fx", "a%00b", "."]
)
def test_no_other_file_can_be_had_through_the_documentation(app: Flask, name: str) -> None:
    response = get(app, f"/api/docs/{name}")
    assert response.status_code in (400, 404)
    assert response.content_type == "application/problem+json"
