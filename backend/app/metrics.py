"""Prometheus metrics of one worker process."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "consumo_http_requests_total",
    "Requests answered",
    ("method", "route", "status"),
    registry=REGISTRY,
)
DURATION = Histogram(
    "consumo_http_request_duration_seconds",
    "Time from the first byte of the request to the finished answer",
    ("method", "route"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
LOGINS = Counter("consumo_logins_total", "Attempts to sign in", ("outcome",), registry=REGISTRY)
IMPORTED_ROWS = Counter(
    "consumo_imported_rows_total", "Lines of imported files", ("outcome",), registry=REGISTRY
)


def exposition() -> bytes:
    """Give all metrics in Prometheus' text format."""
    return generate_latest(REGISTRY)
