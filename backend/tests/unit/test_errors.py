"""Problems (RFC 9457): every error of the API is one, and says nothing that it should not."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from flask import Flask, Response
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import ImATeapot, InternalServerError

from app import errors
from app.api import endpoint
from app.db import problem_of, sqlstate
from app.errors import Problem
from app.metrics import exposition
from app.rendering import API_HEADERS
from app.utils.codes import Code
from tests.conftest import sqlite_app, state_of

MEMBERS = {
    "type", "title", "status", "detail", "instance", "request_id", "code", "params", "errors",
}  # fmt: skip


def kinds(base: type[Problem] = Problem) -> list[type[Problem]]:
    return [base, *(kind for child in base.__subclasses__() for kind in kinds(child))]


@pytest.fixture
def broken_app() -> Iterator[Flask]:
    """An application with views that fail in every way."""
    app = sqlite_app()
    raised: dict[str, Exception] = {
        "bug": KeyError("password=hunter2"),
        "teapot": ImATeapot("hunter2"),
        "internal": InternalServerError("hunter2"),
        "refused": errors.Unavailable("The database is away.", 7),
        "counted": errors.TooManyRequests("Slowly.", 0),
        "fields": errors.invalid_field(
            "/amount", "must be 0 or more", Code.BELOW_MINIMUM, min=Decimal(0)
        ),
    }

    def fail(name: str) -> None:
        raise raised[name]

    app.add_url_rule("/fail/<name>", view_func=fail)
    app.add_url_rule("/here/", view_func=lambda: "x", endpoint="here")
    yield app
    state_of(app).db.engine.dispose()


@pytest.mark.parametrize("kind", kinds())
def test_each_problem_has_a_slug_and_a_sentence(kind: type[Problem]) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.slug)
    assert kind.title[0].isupper()
    assert not kind.title.endswith(".")
    assert 400 <= kind.status < 600


def test_slugs_and_statuses_are_unique() -> None:
    own = [kind for kind in kinds() if "slug" in vars(kind)]
    concrete = [kind for kind in own if kind is not errors.Internal]
    assert len({kind.slug for kind in concrete}) == len(concrete)
    assert len({kind.status for kind in concrete}) == len(concrete)


@pytest.mark.parametrize(
    ("path", "status", "slug"),
    [
        ("/fail/bug", 500, "internal"),
        ("/fail/internal", 500, "internal"),
        ("/fail/teapot", 400, "malformed"),
        ("/fail/refused", 503, "unavailable"),
        ("/fail/counted", 429, "too-many-requests"),
        ("/fail/fields", 422, "invalid"),
        ("/nothing", 404, "not-found"),
        ("/api/consumption/0", 404, "not-found"),
        ("/api/consumption/99999999999999999999", 404, "not-found"),
        ("/api/consumption/x", 404, "not-found"),
        ("/api/auth/login", 405, "method-not-allowed"),
    ],
)
def test_every_error_is_a_problem(broken_app: Flask, path: str, status: int, slug: str) -> None:
    response = broken_app.test_client().get(path, headers={"Authorization": "Bearer x"})
    body = response.get_json()
    assert response.mimetype == "application/problem+json"
    assert set(body) == MEMBERS
    assert (response.status_code, body["status"]) == (status, status)
    assert body["type"] == f"/problems/{slug}"
    assert body["instance"] == path
    assert body["request_id"] == response.headers["X-Request-Id"] != ""
    assert "hunter2" not in response.get_data(as_text=True)


def test_a_problem_carries_its_headers(broken_app: Flask) -> None:
    client = broken_app.test_client()
    assert client.get("/fail/refused").headers["Retry-After"] == "7"
    assert client.get("/fail/counted").headers["Retry-After"] == "1"
    assert client.put("/api/auth/login").headers["Allow"] == "OPTIONS, POST"
    challenge = client.get("/api/auth/me").headers["WWW-Authenticate"]
    assert challenge == 'Bearer realm="consumo"'


def test_a_field_is_named(broken_app: Flask) -> None:
    body = broken_app.test_client().get("/fail/fields").get_json()
    field = {"detail": "must be 0 or more", "code": "below-minimum", "params": {"min": 0}}
    assert body["errors"] == [{"pointer": "/amount", **field}]
    assert {name: body[name] for name in field} == field


def test_a_redirect_stays_one(broken_app: Flask) -> None:
    response = broken_app.test_client().get("/here//", headers={"Host": "x"})
    assert response.status_code in (200, 308)


@pytest.mark.parametrize("path", ["/fail/bug", "/nothing", "/api/auth/me", "/here/"])
def test_every_answer_has_the_headers(broken_app: Flask, path: str) -> None:
    response = broken_app.test_client().get(path)
    for name, value in API_HEADERS.items():
        assert response.headers[name] == value
    assert "Strict-Transport-Security" not in response.headers


def test_strict_transport_is_asked_for_on_tls_only() -> None:
    app = sqlite_app(cookie_secure=True)
    client = app.test_client()
    secure = client.get("/nothing", base_url="https://localhost")
    assert secure.headers["Strict-Transport-Security"].startswith("max-age=63072000")
    assert "Strict-Transport-Security" not in client.get("/nothing").headers


@pytest.mark.parametrize(
    ("sent", "is_kept"),
    [
        ("abcd-1234_EFGH", True),
        ("short", False),
        ("x" * 65, False),
        ("has space in it", False),
        ("élégant-request", False),
        ('{"forged":"line"}', False),
        ("", False),
    ],
)
def test_a_request_id_is_kept_only_when_it_is_harmless(
    app: Flask, sent: str, is_kept: bool
) -> None:
    response = app.test_client().get("/nothing", headers={"X-Request-Id": sent})
    assert (response.headers["X-Request-Id"] == sent) == is_kept
    assert response.get_json()["request_id"] == response.headers["X-Request-Id"]


def test_origins_that_are_not_listed_get_no_access() -> None:
    app = sqlite_app(cors_origins=("https://a.example",))
    client = app.test_client()
    for origin in ("https://evil.example", "null", "https://a.example.evil", ""):
        response = client.get("/nothing", headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in response.headers
        assert response.headers["Vary"] == "Origin"
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_listed_origin_gets_access_and_an_answer_before_it_asks() -> None:
    app = sqlite_app(cors_origins=("https://a.example",))
    headers = {"Origin": "https://a.example", "Access-Control-Request-Method": "PUT"}
    before = app.test_client().options("/api/consumption", headers=headers)
    assert before.status_code == 200
    assert before.headers["Access-Control-Allow-Origin"] == "https://a.example"
    assert before.headers["Access-Control-Allow-Credentials"] == "true"
    assert "PUT" in before.headers["Access-Control-Allow-Methods"]
    assert "If-Match" in before.headers["Access-Control-Allow-Headers"]
    answer = app.test_client().get("/nothing", headers=headers)
    assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Methods" not in answer.headers


def test_without_a_list_nothing_is_said_of_origins(app: Flask) -> None:
    response = app.test_client().get("/nothing", headers={"Origin": "https://a.example"})
    names = [name for name, _ in response.headers]
    assert not [name for name in names if name.startswith("Access-Control")]


def test_invented_methods_do_not_grow_the_metrics(app: Flask) -> None:
    before = exposition().count(b"\n")
    for number in range(50):
        app.test_client().open("/api/auth/me", method=f"INVENTED{number}")
    assert b"INVENTED" not in exposition()
    assert exposition().count(b"\n") < before + 60


def test_paths_do_not_grow_the_metrics(app: Flask) -> None:
    for number in range(20):
        app.test_client().get(f"/no/such/{number}")
    assert b"/no/such" not in exposition()


# Errors of the database


def failure(code: str) -> psycopg.Error:
    """Make the driver's own error of a code."""
    return psycopg.errors.lookup(code)("a message that names hunter2")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("22003", 422),
        ("22P05", 422),
        ("23503", 404),
        ("23505", 409),
        ("40001", 503),
        ("40P01", 503),
        ("53100", 503),
        ("53200", 503),
        ("53300", 503),
        ("55P03", 503),
        ("57014", 503),
    ],
)
def test_a_known_error_of_the_database_is_a_problem(code: str, status: int) -> None:
    problem = problem_of(IntegrityError("INSERT", {}, failure(code)))
    assert problem is not None
    assert problem.status == status
    assert "hunter2" not in problem.detail


def test_a_lost_connection_is_a_503() -> None:
    lost = OperationalError("SELECT", {}, psycopg.OperationalError("gone"))
    cut = IntegrityError("SELECT", {}, psycopg.Error("cut"), connection_invalidated=True)
    for error in (lost, cut, PoolTimeout("busy")):
        problem = problem_of(error)
        assert problem is not None
        assert (problem.status, problem.headers["Retry-After"]) == (503, "2")


def test_a_mistake_of_ours_is_no_problem_of_the_client() -> None:
    assert problem_of(IntegrityError("INSERT", {}, failure("42601"))) is None
    assert problem_of(KeyError("x")) is None
    assert sqlstate(None) is None
    assert sqlstate(KeyError("x")) is None


def test_a_view_that_returns_a_response_is_passed_through() -> None:
    app = sqlite_app()
    view: Any = endpoint(needs=None)(lambda db: Response("raw", 203))
    app.add_url_rule("/raw", view_func=view, endpoint="raw")
    assert app.test_client().get("/raw").status_code == 203
