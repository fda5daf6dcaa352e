"""What every request gets, whatever happens: an id, a log line, metrics, headers, and a problem
body for each error."""

import errno
import secrets
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any

import orjson
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from app import errors, metrics, quotas, tracing
from app.config import Settings
from app.logs import (
    REQUEST_ID,
    TRACE_ID,
    accepted_request_id,
    accepted_trace_id,
    log,
    log_request,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

API_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Server": "Consumo",  # without it the web server says which one it is
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
TLS_HEADER = ("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_UNTRACED = ("/api/health", "/api/metrics")
_BY_STATUS: dict[int, type[errors.Problem]] = {
    400: errors.Malformed,
    404: errors.NotFound,
    405: errors.MethodNotAllowed,
    413: errors.TooLarge,
    415: errors.UnsupportedMediaType,
}


def install(app: Flask, settings: Settings) -> None:
    """Attach everything to the application."""
    endpoint = settings.otel_exporter_otlp_endpoint
    traces = tracing.Traces(endpoint) if endpoint else None
    app.before_request(lambda: _begin(traces))
    app.register_error_handler(errors.Problem, render)
    app.register_error_handler(HTTPException, _render_http)
    app.register_error_handler(OSError, _render_os_error)
    app.register_error_handler(Exception, _render_unexpected)

    app.wsgi_app = _with_api_headers(app.wsgi_app)  # type: ignore[assignment, method-assign]

    @app.after_request
    def _finish(response: Response) -> Response:
        if settings.cookie_secure and request.is_secure:
            response.headers.setdefault(*TLS_HEADER)
        response.headers["X-Request-Id"] = REQUEST_ID.get() or ""
        response.headers.extend(quotas.headers())
        if settings.cors_origins:
            _allow_origin(response, settings)
        _observe(response, traces)
        return response


def _with_api_headers(wsgi_app: "WSGIApplication") -> "WSGIApplication":
    """Add what every answer says, unless it says otherwise: to a plain list it costs nothing."""
    headers = [(name, value, name.lower()) for name, value in API_HEADERS.items()]

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        def start(status: str, given: list[tuple[str, str]], *error: Any) -> Any:
            names = {name.lower() for name, _ in given}
            given += [(name, value) for name, value, lower in headers if lower not in names]
            return start_response(status, given, *error)

        return wsgi_app(environ, start)

    return answer


def _begin(traces: tracing.Traces | None) -> None:
    g.started = time.perf_counter()
    g.now = datetime.now(UTC)
    request_id = accepted_request_id(request.headers.get("X-Request-Id"))
    REQUEST_ID.set(request_id or secrets.token_hex(8))
    headers = request.environ
    traceparent, tracestate = headers.get("HTTP_TRACEPARENT"), headers.get("HTTP_TRACESTATE")
    trace_id = accepted_trace_id(traceparent)
    if traces is not None and not request.path.startswith(_UNTRACED):
        trace_id = traces.begin(_method(), request.path[:300], traceparent, tracestate).trace_id
    TRACE_ID.set(trace_id)


def _allow_origin(response: Response, settings: Settings) -> None:
    response.vary.add("Origin")
    origin = request.headers.get("Origin")
    if origin not in settings.cors_origins:
        return
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Allow-Credentials"] = "true"
    response.headers["Access-Control-Expose-Headers"] = (
        "ETag, Location, RateLimit, RateLimit-Policy, Retry-After, Undo-Token, X-Request-Id"
    )
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, PATCH, DELETE"
        response.headers["Access-Control-Allow-Headers"] = (
            "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match,"
            " X-Request-Id, X-Requested-With"
        )
        response.headers["Access-Control-Max-Age"] = "600"


def _method() -> str:
    return request.method if request.method in _METHODS else "other"  # clients invent any


def _observe(response: Response, traces: tracing.Traces | None) -> None:
    route = request.url_rule.rule if request.url_rule else "unmatched"
    duration = time.perf_counter() - g.started
    method = _method()
    metrics.observe_request(method, route, response.status_code, duration)
    identity = g.get("identity")
    account_id = identity.claims.account_id if identity else None
    log_request(
        method=request.method,
        route=route,
        path=request.path[:300],
        status=response.status_code,
        duration_ms=round(duration * 1000, 2),
        account_id=account_id,
        user_id=identity.claims.user_id if identity else None,
    )
    if traces is not None:
        about = {"http.route": route, "consumo.request_id": REQUEST_ID.get()}
        about["consumo.account_id"] = account_id
        traces.end(f"{method} {route}", response.status_code, about)


def render(problem: errors.Problem) -> Response:
    """Render a problem as application/problem+json (RFC 9457)."""
    body: dict[str, Any] = {
        "type": f"/problems/{problem.slug}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": request.path[:300],
        "request_id": REQUEST_ID.get() or "",
        "code": problem.code,
        "params": problem.params,
        "errors": [
            {
                "pointer": item.pointer,
                "detail": item.detail,
                "code": item.code,
                "params": item.params,
            }
            for item in problem.errors
        ],
    }
    if isinstance(problem, errors.RunsBackwards):
        body["explanations"] = problem.explanations
    text = orjson.dumps(body, default=_plain)
    response = Response(text, problem.status, content_type="application/problem+json")
    response.headers.update(problem.headers)
    return response


def _plain(value: object) -> object:
    """Give a param of a problem as JSON has it."""
    return float(value) if isinstance(value, Decimal) else str(value)


def _render_http(error: HTTPException) -> Response:
    status = error.code or 500
    kind = _BY_STATUS.get(status)
    if status < 400:
        return Response(error.get_response().response, status, dict(error.get_headers()))
    if kind is errors.NotFound:
        problem: errors.Problem = errors.NotFound()
    elif kind is None:
        kind = errors.Malformed if status < 500 else errors.Internal
        problem = kind("The request cannot be read." if status < 500 else _UNEXPECTED)
    else:
        problem = kind(_SENTENCES[status])
    response = render(problem)
    if status == 405 and getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))  # type: ignore[attr-defined]
    return response


_UNEXPECTED = "An unexpected error; it has been logged under this request_id."
_NO_ROOM = "The server has no room for the file at the moment; nothing was stored."
_SENTENCES = {
    400: "The request cannot be read.",
    405: "This path exists, but not with this method; Allow lists those that do.",
    413: "The body is larger than this endpoint accepts.",
    415: "This endpoint does not read a body of this type.",
}


def _render_os_error(error: OSError) -> Response:
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return _render_unexpected(error)
    log.error("no room for temporary files", folder=gettempdir())
    return render(errors.Unavailable(_NO_ROOM, retry_after_s=30))


def _render_unexpected(error: Exception) -> Response:
    log.error("unexpected error", exc_info=error)
    return render(errors.Internal(_UNEXPECTED))
