"""W2: 1,000,000 quarter-hour readings of 10 meters from a CSV over HTTP, until they are durable
and a query finds them; beside COPY of the same rows in the same rounds.

Each round imports into an account of its own. COPY goes as fast as it can: as the superuser,
without row level security, validation or undo, into a table with a primary key and into a bare
heap, the rows as (integer, instant, value).
"""

import http.client
import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil

from harness import seed
from harness.report import Work, main, median, say
from harness.service import Service, Usage, running

METERS = 10
_MARK = "0123456789abcdef0123456789abcdef"
_FIRST = datetime(2022, 1, 1, tzinfo=UTC)
_TABLES = {
    "keyed": "CREATE TABLE raw_keyed (meter int, start timestamptz, value float8,"
    " PRIMARY KEY (meter, start))",
    "heap": "CREATE TABLE raw_heap (meter int, start timestamptz, value float8)",
}


@dataclass
class Found:
    """Seconds of each round."""

    ours: list[float] = field(default_factory=list)
    used: list[Usage] = field(default_factory=list)
    raw: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in _TABLES})
    reader_mib: float = 0.0


def measure(quick: bool = False) -> Work:
    """Run the work."""
    rounds, readings = (2, 20_000) if quick else (5, 100_000)
    count = METERS * readings
    work = Work("W2", f"{count:,} readings of {METERS} meters from CSV over HTTP, until queryable")
    named = _csv(readings, "m{}", header="meter,start,kwh\n")
    numbered = _csv(readings, "{}")
    body = _multipart(named)
    total = sum(_value(number, 0) for number in range(readings))
    found = Found()
    with running() as service:
        with service.connect() as connection:
            seed.tenants(connection, range(1, rounds + 2))
            seed.settle(connection)
        _import(service, 1, body, count, total)  # warm up: the reader starts with the first file
        for number in range(rounds):
            for name in _TABLES:
                found.raw[name].append(_copy(service, name, numbered))
            before = service.usage()
            found.ours.append(_import(service, number + 2, body, count, total))
            found.used.append(service.usage() - before)
            say(f"W2 round {number + 1}: {count / found.ours[-1]:,.0f}/s")
        found.reader_mib = _reader_peak()
        durable = ", ".join(f"{name} {value}" for name, value in service.durability().items())
        work.notes.append(f"Durable: {durable}. The file has {len(named) / 1e6:.0f} MB.")
    _report(work, found, count)
    return work


def _value(number: int, meter: int) -> float:
    return (number * 7 + meter * 13) % 997 / 1000


def _csv(readings: int, name: str, header: str = "") -> bytes:
    starts = [
        f"{_FIRST + timedelta(minutes=15 * number):%Y-%m-%dT%H:%M:%SZ}"
        for number in range(readings)
    ]
    lines = (
        f"{name.format(meter)},{start},{_value(number, meter)}\n"
        for meter in range(METERS)
        for number, start in enumerate(starts)
    )
    return (header + "".join(lines)).encode()


def _multipart(data: bytes) -> bytes:
    head = (
        f'--{_MARK}\r\nContent-Disposition: form-data; name="file"; filename="w2.csv"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    )
    return head.encode() + data + f"\r\n--{_MARK}--\r\n".encode()


def _import(service: Service, tenant: int, body: bytes, count: int, total: float) -> float:
    """Import, ask for the total of a meter, and return the seconds of both."""
    token = {"Authorization": f"Bearer {service.token(tenant)}"}
    kind = {"Content-Type": f"multipart/form-data; boundary={_MARK}"}
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=120)
    began = time.perf_counter()
    answer = _call(connection, "POST", "/api/imports", token | kind, body)
    meter = next(meter for meter in answer["meters"] if meter["name"] == "m0")
    path = f"/api/meters/{meter['id']}/series?resolution=month&from=2022-01-01&to=2024-12-31"
    series = _call(connection, "GET", path, token, None)
    lasted = time.perf_counter() - began
    if answer["counts"]["added"] != count or answer["status"] != "done":
        raise SystemExit(f"not all was imported: {answer['counts']}")
    shown = sum(amount for amount in series["amount"] if amount is not None)
    if not math.isclose(shown, total, abs_tol=1e-6):
        raise SystemExit(f"a query finds {shown} instead of {total}")
    return lasted


def _call(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes | None,
) -> Any:
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    text = response.read()
    if response.status not in (200, 201):
        raise SystemExit(f"{method} {path}: {response.status} {text[:500]!r}")
    return json.loads(text)


def _copy(service: Service, name: str, data: bytes) -> float:
    """Copy the rows into a new table and return the seconds until they are durable."""
    with service.connect() as connection:
        connection.execute(f"DROP TABLE IF EXISTS raw_{name}")
        connection.execute(_TABLES[name])
        began = time.perf_counter()
        statement = f"COPY raw_{name} FROM STDIN (FORMAT CSV)"
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for part in _parts(data):
                copy.write(part)
        lasted = time.perf_counter() - began
        connection.execute(f"DROP TABLE raw_{name}")
    return lasted


def _parts(data: bytes, size: int = 1 << 20) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def _reader_peak() -> float:
    """Return the most memory that a warm reader holds, in MiB."""
    found = [
        process.memory_info().rss
        for process in psutil.process_iter(["cmdline"])
        if "app.reader.warm" in (process.info["cmdline"] or [])
    ]
    return max(found, default=0) / 2**20


def _report(work: Work, found: Found, count: int) -> None:
    rate = median(count / seconds for seconds in found.ours)
    rates = {
        name: median(count / seconds for seconds in rounds) for name, rounds in found.raw.items()
    }
    ratios = {
        name: median(raw / ours for raw, ours in zip(rounds, found.ours, strict=True))
        for name, rounds in found.raw.items()
    }
    work.at_least("readings a second, until queryable", rate, 1_200_000, "/s")
    work.at_least("against COPY into a keyed table", ratios["keyed"], 2.5, "x")
    work.at_least("against COPY into a bare heap", ratios["heap"], 1.0, "x")
    work.show("COPY into a keyed table", f"{rates['keyed']:,.0f}/s")
    work.show("COPY into a bare heap", f"{rates['heap']:,.0f}/s")
    work.show("one import", f"{median(found.ours) * 1000:.0f} ms")
    web = median(used.web for used in found.used)
    postgres = median(used.postgres for used in found.used)
    work.show("CPU of web server and reader / PostgreSQL", f"{web:.2f} / {postgres:.2f} s")
    work.show("the warm reader at rest", f"{found.reader_mib:.0f} MiB")


if __name__ == "__main__":
    main(measure, __doc__)
