"""The built front end as it is served: pages with their policy, assets for ever, nothing else."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import sqlite_app, state_of

PAGE = "<!doctype html><title>Start</title>"
POLICY = "default-src 'none'; script-src 'self' 'sha256-abc'"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    files = {
        "index.html": PAGE,
        "404.html": "<!doctype html><title>Nothing here</title>",
        "dashboard/index.html": "<!doctype html><title>Overview</title>",
        "_next/static/chunks/app-1f.js": "console.log(1);" * 50,
        "icon.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
        "csp.json": json.dumps({"/": POLICY, "/dashboard/": POLICY, "/404.html": POLICY}),
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    script = folder / "_next/static/chunks/app-1f.js"
    (folder / "_next/static/chunks/app-1f.js.gz").write_bytes(gzip.compress(script.read_bytes()))
    (tmp_path / "secret.txt").write_text("not yours")
    return folder


@pytest.fixture
def web(site: Path) -> Iterator[FlaskClient]:
    made: Flask = sqlite_app(web_dir=site)
    yield made.test_client()
    state_of(made).db.engine.dispose()


@pytest.mark.parametrize("path", ["/", "/index.html", "/dashboard", "/dashboard/"])
def test_a_page_carries_the_policy_of_its_build(web: FlaskClient, path: str) -> None:
    response = web.get(path)
    assert response.status_code == 200
    assert response.content_type == "text/html; charset=utf-8"
    assert response.headers["Content-Security-Policy"] == POLICY
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_a_hashed_asset_may_be_kept_for_ever_and_is_sent_compressed(web: FlaskClient) -> None:
    path = "/_next/static/chunks/app-1f.js"
    plain, packed = web.get(path), web.get(path, headers={"Accept-Encoding": "gzip, deflate"})
    assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(packed.data) == plain.data
    assert plain.headers["ETag"] != packed.headers["ETag"]


def test_an_unchanged_page_is_304(web: FlaskClient) -> None:
    etag = web.get("/").headers["ETag"]
    assert web.get("/", headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize("path", ["/dashboard/", "/_next/static/chunks/app-1f.js", "/no/such"])
def test_head_says_what_get_would_and_sends_nothing(web: FlaskClient, path: str) -> None:
    packed = {"Accept-Encoding": "gzip"}
    asked, given = web.head(path, headers=packed), web.get(path, headers=packed)
    assert asked.data == b""
    assert asked.status_code == given.status_code
    changing = {"X-Request-Id", "Date", "Server-Timing"}
    same = {name: value for name, value in given.headers if name not in changing}
    assert {name: value for name, value in asked.headers if name not in changing} == same


def test_a_304_keeps_the_policy_and_how_long_it_may_be_kept(web: FlaskClient) -> None:
    path = "/_next/static/chunks/app-1f.js"
    first = web.get(path)
    again = web.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""
    for name in ("ETag", "Cache-Control", "Vary", "Content-Security-Policy"):
        assert again.headers[name] == first.headers[name]


def test_an_unknown_page_is_the_front_ends_own_404(web: FlaskClient) -> None:
    response = web.get("/no/such/page")
    assert response.status_code == 404
    assert "Nothing here" in response.get_data(as_text=True)
    assert response.headers["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize(
    "path",
    ["/missing.js", "/csp.json", "/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt",
     "/api/unknown", "/api", "/_next/static/chunks/app-1f.js.gz"],
)  # fmt: skip
def test_what_is_no_file_of_the_site_is_a_problem(web: FlaskClient, path: str) -> None:
    response = web.get(path)
    assert response.status_code == 404
    assert "not yours" not in response.get_data(as_text=True)


def test_the_api_answers_problems_beside_the_pages(web: FlaskClient) -> None:
    assert web.get("/api/unknown").content_type == "application/problem+json"
    assert web.get("/api/health/live").status_code == 200
    assert web.post("/").status_code == 405


def test_without_a_built_front_end_there_is_nothing_but_the_api(tmp_path: Path) -> None:
    made = sqlite_app(web_dir=tmp_path)
    assert made.test_client().get("/").content_type == "application/problem+json"
    state_of(made).db.engine.dispose()
