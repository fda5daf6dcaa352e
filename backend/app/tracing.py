"""Traces by OpenTelemetry, where OTEL_EXPORTER_OTLP_ENDPOINT names who collects them.

A request's span continues the trace of its `traceparent` header (W3C Trace Context), and what it
asks the database are spans within it. A thread of each worker sends them in batches: a collector
that is away costs spans, never a request. Attributes are named by OpenTelemetry's semantic
conventions for HTTP servers and database clients.

The libraries are the extra `tracing` of the package, imported only where the setting is.
"""

import multiprocessing.util
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.version import VERSION

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span, Tracer

_LONGEST_STATEMENT = 4_000
_NOTHING = nullcontext()


@dataclass(frozen=True, slots=True)
class RequestSpan:
    """The span of a request under way."""

    tracer: "Tracer"
    span: "Span"
    context: "Context"

    @property
    def trace_id(self) -> str:
        """Give the id of its trace, 32 hexadecimal digits."""
        return f"{self.span.get_span_context().trace_id:032x}"

    @contextmanager
    def statement(self, sql: str) -> Iterator[None]:
        """Have what the block asks the database be a span within it."""
        from opentelemetry.trace import SpanKind, StatusCode

        operation = sql.split(None, 1)[0].rstrip(";").upper() if sql.strip() else "SQL"
        described = {
            "db.system.name": "postgresql",
            "db.operation.name": operation,
            "db.query.text": sql[:_LONGEST_STATEMENT],
        }
        span = self.tracer.start_span(operation, self.context, SpanKind.CLIENT, described)
        try:
            yield
        except Exception as error:
            span.set_attribute("error.type", getattr(error, "sqlstate", "") or type(error).__name__)
            span.set_status(StatusCode.ERROR)
            raise
        finally:
            span.end()


_CURRENT: ContextVar[RequestSpan | None] = ContextVar("request_span", default=None)


def statement(sql: str) -> AbstractContextManager[None]:
    """Have what the block asks the database be a span of the request, where it has one."""
    request = _CURRENT.get()
    return _NOTHING if request is None else request.statement(sql)


def round_trip(statements: Iterable[bytes]) -> AbstractContextManager[Any]:
    """Have each of the statements that travel together be a span of the request."""
    request = _CURRENT.get()
    if request is None:
        return _NOTHING
    together = ExitStack()
    for sql in statements:
        together.enter_context(request.statement(sql.decode()))
    return together


class Traces:
    """Makes the spans of one application and sends them to an OTLP/HTTP endpoint."""

    def __init__(self, endpoint: str) -> None:
        """Import what it takes. Raises ValueError where that is not installed."""
        try:
            import opentelemetry.exporter.otlp.proto.http.trace_exporter
            import opentelemetry.sdk.trace.export  # noqa: F401
        except ImportError as error:
            raise ValueError(
                "OTEL_EXPORTER_OTLP_ENDPOINT needs packages that are not installed:"
                " install consumo[tracing]"
            ) from error
        self._endpoint = f"{endpoint.rstrip('/')}/v1/traces"
        self._made: Tracer | None = None
        self._making = threading.Lock()

    def begin(
        self, method: str, path: str, traceparent: str | None, tracestate: str | None
    ) -> RequestSpan:
        """Start the span of a request, in the trace that its headers name or in a new one."""
        from opentelemetry.trace import SpanKind, set_span_in_context
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        carrier = {"traceparent": traceparent or "", "tracestate": tracestate or ""}
        parent = TraceContextTextMapPropagator().extract(carrier)
        tracer = self._tracer()
        described = {"http.request.method": method, "url.path": path}
        span = tracer.start_span(method, parent, SpanKind.SERVER, described)
        request = RequestSpan(tracer, span, set_span_in_context(span, parent))
        _CURRENT.set(request)
        return request

    def end(self, name: str, status: int, described: Mapping[str, Any]) -> None:
        """End the span of the request under way; what is None is left out."""
        from opentelemetry.trace import StatusCode

        request = _CURRENT.get()
        if request is None:
            return
        _CURRENT.set(None)
        request.span.update_name(name)
        request.span.set_attributes({k: v for k, v in described.items() if v is not None})
        request.span.set_attribute("http.response.status_code", status)
        if status >= 500:
            request.span.set_attribute("error.type", str(status))
            request.span.set_status(StatusCode.ERROR)
        request.span.end()

    def _tracer(self) -> "Tracer":
        with self._making:
            if self._made is None:  # at the first request: threads do not outlive a fork
                self._made = self._make()
            return self._made

    def _make(self) -> "Tracer":
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        name = os.environ.get("OTEL_SERVICE_NAME", "consumo")
        about = Resource.create({"service.name": name, "service.version": VERSION})
        provider = TracerProvider(resource=about)
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(self._endpoint)))
        # Workers are multiprocessing's children, where atexit is not reached on every version.
        multiprocessing.util.Finalize(None, provider.shutdown, exitpriority=0)
        return provider.get_tracer("consumo", VERSION)
