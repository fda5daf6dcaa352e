"""Traces: from the proxy's header through the request to its SQL, read by an OTLP/HTTP receiver."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.attack.product import Product, running_product, until
from tests.conftest import make_settings
from tests.faults.test_imports_killed import long_csv, multipart
from tests.programs import free_port

BACKEND = Path(__file__).parents[2]
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"
SECRET_AMOUNT = 4711.25


class Receiver:
    """What a collector was sent."""

    def __init__(self) -> None:
        self.port = 0
        self.spans: list[Span] = []
        self.services: set[str] = set()

    def take(self, body: bytes) -> None:
        """Read one request of the exporter."""
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            named = {item.key: item.value.string_value for item in resource.resource.attributes}
            self.services.add(named["service.name"])
            for scope in resource.scope_spans:
                self.spans.extend(scope.spans)

    def of(self, trace: str) -> list[Span]:
        """The spans of one trace."""
        return [span for span in list(self.spans) if span.trace_id.hex() == trace]

    def request_in(self, trace: str) -> Span | None:
        """The span of the request in a trace, which is sent when it has ended: the last."""
        kind = Span.SPAN_KIND_SERVER
        return next((span for span in self.of(trace) if span.kind == kind), None)


@contextmanager
def receiver() -> Iterator[Receiver]:
    received = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            is_ours = self.path == "/v1/traces"
            if is_ours:
                received.take(body)
            self.send_response(200 if is_ours else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield received
    finally:
        server.shutdown()
        server.server_close()


def tracing(port: int, delay_ms: int = 100) -> dict[str, str]:
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}",
        "OTEL_BSP_SCHEDULE_DELAY": str(delay_ms),
    }


def write(product: Product, token: str, **headers: str) -> Any:
    body = {
        "consumption_type": "water", "amount": SECRET_AMOUNT, "consumption_date": "2026-01-05",
    }  # fmt: skip
    headers["Authorization"] = f"Bearer {token}"
    answer = product.call("POST", "/api/consumption", body, **headers)
    assert answer.status == 201, answer.body
    return answer.headers["X-Request-Id"]


def lines_of(product: Product, request_id: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in product.lines() if line.startswith("{")]
    return [line for line in lines if line.get("request_id") == request_id]


def attributes(span: Span) -> dict[str, Any]:
    return {
        item.key: item.value.string_value or item.value.int_value for item in span.attributes
    }  # fmt: skip


@pytest.fixture(scope="module")
def traced() -> Iterator[tuple[Product, Receiver]]:
    """A product whose spans are received."""
    with receiver() as received, running_product(**tracing(received.port)) as product:
        yield product, received


def test_a_trace_goes_from_the_proxy_through_the_request_to_its_sql(
    traced: tuple[Product, Receiver],
) -> None:
    product, received = traced
    token = product.sign_up("traced")["access_token"]
    request_id = write(product, token, traceparent=TRACEPARENT)
    request = until(lambda: received.request_in(TRACE), 20, "the span of the request")
    assert request.parent_span_id.hex() == PARENT
    assert request.name == "POST /api/consumption"
    assert attributes(request)["http.response.status_code"] == 201
    assert attributes(request)["consumo.request_id"] == request_id
    statements = [span for span in received.of(TRACE) if span.span_id != request.span_id]
    assert {span.parent_span_id for span in statements} == {request.span_id}
    assert {"BEGIN", "SELECT", "COMMIT"} <= {span.name for span in statements}
    texts = " ".join(str(attributes(span)["db.query.text"]) for span in statements)
    assert "consumptions" in texts
    assert str(SECRET_AMOUNT) not in texts
    assert received.services == {"consumo"}
    logged = lines_of(product, request_id)
    assert [line["event"] for line in logged] == ["request"]
    assert logged[0]["trace_id"] == TRACE


def test_a_request_without_a_trace_begins_one_and_its_lines_name_it(
    traced: tuple[Product, Receiver],
) -> None:
    product, received = traced
    body = {"username": "nobody", "password": "not the right one at all"}
    answer = product.call("POST", "/api/auth/login", body, traceparent="00-forged")
    assert answer.status == 401
    logged = lines_of(product, answer.headers["X-Request-Id"])
    (trace,) = {line["trace_id"] for line in logged}
    request = until(lambda: received.request_in(trace), 20, "the span")
    assert request.parent_span_id == b""


def test_copied_rows_are_a_span_of_their_request(traced: tuple[Product, Receiver]) -> None:
    product, received = traced
    trace = "22" * 16
    token = product.sign_up("copied")["access_token"]
    body, headers = multipart(long_csv("Loft", 5_000))
    headers |= {"Authorization": f"Bearer {token}", "traceparent": f"00-{trace}-{PARENT}-01"}
    answer = product.call("POST", "/api/imports", body, **headers)
    assert answer.status == 201, answer.body
    until(lambda: received.request_in(trace), 20, "the span")
    assert "COPY" in {span.name for span in received.of(trace)}


def test_a_failed_statement_is_marked_with_its_code(traced: tuple[Product, Receiver]) -> None:
    product, received = traced
    name, trace = "taken", "11" * 16
    product.sign_up(name)
    body = {"username": name, "email": f"{name}@example.org", "password": "another long phrase"}
    answer = product.call(
        "POST", "/api/auth/register", body, traceparent=f"00-{trace}-{PARENT}-01"
    )  # fmt: skip
    assert answer.status == 409
    until(lambda: received.request_in(trace), 20, "the span")
    codes = {attributes(span).get("error.type") for span in received.of(trace)}
    assert "23505" in codes


def test_what_was_not_sent_yet_is_sent_at_the_end() -> None:
    with receiver() as received:
        with running_product(**tracing(received.port, delay_ms=60_000)) as product:
            token = product.sign_up("last")["access_token"]
            write(product, token, traceparent=TRACEPARENT)
            assert received.of(TRACE) == []
        assert received.request_in(TRACE) is not None


def test_a_collector_that_is_away_costs_no_request() -> None:
    with running_product(**tracing(free_port())) as product:
        token = product.sign_up("away")["access_token"]
        for number in range(20):
            write(product, token, Idempotency_Key=f"away-{number}")


def test_without_the_setting_the_proxys_trace_is_in_the_log_and_nothing_is_imported() -> None:
    code = (
        "import sys; from tests.conftest import sqlite_app\n"
        "client = sqlite_app(log_level='INFO').test_client()\n"
        f"client.get('/api/health/live', headers={{'traceparent': '{TRACEPARENT}'}})\n"
        "client.get('/api/health/live')\n"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry')]\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=BACKEND, capture_output=True, text=True, check=True
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line.get("trace_id") for line in lines] == [TRACE, None]


def test_a_setting_that_names_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match="otel_exporter_otlp_endpoint"):
        make_settings(otel_exporter_otlp_endpoint="collector:4318")
