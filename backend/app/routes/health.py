"""Health, metrics, and the documentation of the API."""

import hmac
import ipaddress
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, request, send_from_directory

from app import metrics
from app.api import Reply, endpoint, state
from app.db import Database
from app.errors import NotFound
from app.openapi import document
from app.schemas.health import CheckOut, HealthOut, LiveOut
from app.services import health
from app.version import VERSION

blueprint = Blueprint("health", __name__, url_prefix="/api")
DOCS = Path(__file__).resolve().parent.parent / "static" / "docs"
PROXY_HEADERS = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")
DOCS_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)


@blueprint.get("/health")
@endpoint(needs=None, returns=HealthOut, also=(503,))
def get_health(db: Database) -> Reply:
    """Say how the product and the parts that it stands on are; 503 when a needed one is down."""
    status, checks = health.check_all(db, state().settings)
    body = HealthOut(
        status=status,
        version=VERSION,
        checks={
            name: CheckOut(status=check.status, latency_ms=check.latency_ms)
            for name, check in checks.items()
        },
    )
    return Reply(make=lambda: body, status=503 if status == "down" else 200)


@blueprint.get("/health/live")
@endpoint(needs=None, returns=LiveOut)
def get_live(_db: Database) -> LiveOut:
    """Say that the process answers, whatever the database does."""
    return LiveOut(status="ok")


@blueprint.get("/health/ready")
@endpoint(needs=None, returns=HealthOut, also=(503,))
def get_ready(db: Database) -> Reply:
    """Say whether requests can be served now; 503 when not."""
    check = health.check_database(db)
    is_ready = check.status == "ok"
    body = HealthOut(
        status="ok" if is_ready else "down",
        version=VERSION,
        checks={"database": CheckOut(status=check.status, latency_ms=check.latency_ms)},
    )
    return Reply(make=lambda: body, status=200 if is_ready else 503)


@blueprint.get("/metrics")
def get_metrics() -> Response:
    """Give Prometheus metrics, on loopback or with METRICS_TOKEN only."""
    if not _may_see_metrics():
        raise NotFound
    health.measure_database(state().db)
    return Response(metrics.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _may_see_metrics() -> bool:
    token = state().settings.metrics_token
    if token is not None and token.get_secret_value():
        expected = f"Bearer {token.get_secret_value()}".encode()
        return hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected)
    if any(name in request.headers for name in PROXY_HEADERS):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


@blueprint.get("/openapi.json")
def get_openapi() -> Response:
    """Give the OpenAPI 3.1 document."""
    return Response(_document(), content_type="application/json")


@lru_cache(maxsize=1)
def _document() -> bytes:
    app: Any = current_app
    return orjson.dumps(document(app, VERSION))


@blueprint.get("/docs")
def get_docs() -> Response:
    """Show the documentation to try out, from our own files."""
    return _doc_file("index.html")


@blueprint.get("/docs/<name>")
def get_doc_file(name: str) -> Response:
    """Give a file of the documentation."""
    return _doc_file(name)


def _doc_file(name: str) -> Response:
    response = send_from_directory(DOCS, name, max_age=3600)
    response.headers["Content-Security-Policy"] = DOCS_CSP
    return response
