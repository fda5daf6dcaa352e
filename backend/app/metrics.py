"""Prometheus metrics: of this process, or of all workers where PROMETHEUS_MULTIPROC_DIR is set.

The variable must be set before this module is imported, by what starts the workers.
"""

import os
from functools import lru_cache
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

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

IMPORTS_RUNNING = Gauge(
    "consumo_imports_running",
    "Imports under way",
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
IMPORTS_WAITING = Gauge(
    "consumo_imports_waiting",
    "Imports of large files that wait for their turn",
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
CONNECTIONS = Gauge(
    "consumo_database_connections_in_use",
    "Connections to the database that a request holds",
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
CONNECTIONS_LIMIT = Gauge(
    "consumo_database_connections_limit",
    "Connections to the database that there may be",
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
DATABASE_SIZE = Gauge(
    "consumo_database_size_bytes",
    "Size of the database on disk",
    registry=REGISTRY,
    multiprocess_mode="livemostrecent",
)


def observe_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count an answer and how long it took."""
    requests, duration = _of_request(method, route, status)
    requests.inc()
    duration.observe(seconds)


@lru_cache(maxsize=2_000)
def _of_request(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(method, route, str(status)), DURATION.labels(method, route)


def exposition() -> bytes:
    """Give all metrics in Prometheus' text format, summed over the workers."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    of_all = CollectorRegistry()
    MultiProcessCollector(of_all)  # type: ignore[no-untyped-call]
    return generate_latest(of_all)


def forget_dead_workers() -> None:
    """Drop what dead workers said of themselves; what they counted stays in the sums."""
    files = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).glob("*_*.db")
    for pid in {int(file.stem.rpartition("_")[2]) for file in files}:
        if not _is_alive(pid):
            mark_process_dead(pid)  # type: ignore[no-untyped-call]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
