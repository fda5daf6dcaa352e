"""Hostile bytes over raw sockets against the real server, its headers and its log.

CONSUMO_RAW_FUZZ scales how many requests the fuzzer sends.
"""

import contextlib
import gzip
import json
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest

from app.postgres import cluster_at
from tests.attack.product import Product, running_product

REQUESTS = int(os.environ.get("CONSUMO_RAW_FUZZ", "5000"))
SECONDS = max(30.0, REQUESTS / 160)
CLIENTS = 8
MB = 1024 * 1024
ORIGIN = "https://app.example.org"
FORGED = '{"event":"forged"}'
DOCUMENT = json.loads((Path(__file__).parents[3] / "docs" / "openapi.json").read_text())
PATHS: list[str] = list(DOCUMENT["paths"])
OPERATIONS = [
    (method.upper(), path)
    for path in PATHS
    for method in DOCUMENT["paths"][path]
    if "{session_id}" not in path  # would end the session that the requests are sent with
]
OTHER_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO")
WRITES = [operation for operation in OPERATIONS if operation[0] != "GET"]


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    with running_product(CORS_ORIGINS=ORIGIN, LOG_LEVEL="DEBUG", MAX_UPLOAD_MB="50") as found:
        yield found


@pytest.fixture(scope="module")
def token(product: Product) -> str:
    return str(product.sign_up("fuzzer")["access_token"])


@dataclass
class RawAnswer:
    """What came back: status 0 when the server closed without an answer."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_closed: bool = False


class Wire:
    """A connection to the server that sends bytes as they are."""

    def __init__(self, product: Product, timeout: float = 10) -> None:
        self.socket = socket.create_connection(("127.0.0.1", product.port), timeout=timeout)
        self.buffer = b""

    def close(self) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send; a server that has answered and closed already is no error."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.socket.sendall(data)

    def _more(self) -> bool:
        try:
            block = self.socket.recv(65536)
        except ConnectionResetError:
            return False
        self.buffer += block
        return bool(block)

    def answer(self, method: str = "GET") -> RawAnswer:
        """Read one answer; 100 Continue is skipped."""
        while b"\r\n\r\n" not in self.buffer:
            if not self._more():
                return RawAnswer(is_closed=True)
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        status_line, *lines = head.decode("latin-1").split("\r\n")
        status = int(status_line.split(" ")[1])
        if status == 100:
            return self.answer(method)
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        length = 0 if method == "HEAD" else int(headers.get("content-length", "0"))
        while len(self.buffer) < length and self._more():
            pass
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return RawAnswer(status, headers, body, headers.get("connection") == "close")

    def is_closed_by_server(self) -> bool:
        """Wait for the end of the connection."""
        try:
            while self._more():
                pass
        except TimeoutError:
            return False
        return True


def ask(product: Product, data: bytes, timeout: float = 10) -> RawAnswer:
    """Send bytes on a connection of their own; tells whether the server closed it."""
    wire = Wire(product, timeout)
    try:
        wire.send(data)
        answer = wire.answer()
        wire.socket.settimeout(0.7)
        answer.is_closed = wire.is_closed_by_server()
        assert b"HTTP/1." not in wire.buffer, "one request was answered twice"
        return answer
    finally:
        wire.close()


def request(
    method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> bytes:
    """Write a request that is valid HTTP as long as its parts are."""
    given = {"Host": "localhost"} | (headers or {})
    if body or method in ("POST", "PUT", "PATCH"):
        given.setdefault("Content-Type", "application/json")
        given.setdefault("Content-Length", str(len(body)))
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


HOST = b"Host: localhost\r\n"
LOGIN = b"POST /api/auth/login HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
LIVE = b"GET /api/health/live HTTP/1.1\r\n" + HOST
SMUGGLED = LIVE + b"\r\n"
BROKEN = {
    "length and chunks": LOGIN
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    + SMUGGLED,
    "chunks and length": LOGIN
    + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"
    + SMUGGLED,
    "two lengths": LOGIN + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "two lengths in one": LOGIN + b"Content-Length: 5, 6\r\n\r\nabcdef",
    "negative length": LOGIN + b"Content-Length: -1\r\n\r\n",
    "signed length": LOGIN + b"Content-Length: +5\r\n\r\nabcde",
    "hex length": LOGIN + b"Content-Length: 0x5\r\n\r\nabcde",
    "length of 30 digits": LOGIN + b"Content-Length: " + b"9" * 30 + b"\r\n\r\nabcde",
    "space before colon": LOGIN + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "unknown coding": LOGIN + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunks in 1.0": LOGIN.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "no chunk size": LOGIN + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nabc\r\n0\r\n\r\n",
    "negative chunk": LOGIN + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n0\r\n\r\n",
    "giant chunk": LOGIN + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff0\r\nabc",
    "endless chunk extension": LOGIN + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"a" * 200_000,
    "chunk without end": LOGIN + b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
    "1 MB header": LIVE + b"X: " + b"a" * MB + b"\r\n\r\n",
    "5,000 headers": LIVE + b"".join(b"X%d: a\r\n" % n for n in range(5_000)) + b"\r\n",
    "70 KB path": b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "folded header": LIVE + b"X: a\r\n b\r\n\r\n",
    "NUL in a header": LIVE + b"X: a\x00b\r\n\r\n",
    "control in a header": LIVE + b"User-Agent: \x1b[31m\r\n\r\n",
    "bare CR in a header": LIVE + b"X: a\rX-Y: b\r\n\r\n",
    "header without colon": LIVE + b"nonsense\r\n\r\n",
    "LF in the path": b"GET /api/x\nX-Y: z HTTP/1.1\r\n" + HOST + b"\r\n",
    "space in the path": b"GET /api/x y HTTP/1.1\r\n" + HOST + b"\r\n",
    "raw bytes in the path": b"GET /api/\xff\xfe HTTP/1.1\r\n" + HOST + b"\r\n",
    "no version": b"GET /api/health/live\r\n\r\n",
    "version 9": b"GET / HTTP/9.9\r\n" + HOST + b"\r\n",
    "no method": b" / HTTP/1.1\r\n" + HOST + b"\r\n",
    "odd method": b"FO{}O / HTTP/1.1\r\n" + HOST + b"\r\n",
    "TLS": b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + b"\x00" * 32 + b"\r\n\r\n",
    "HTTP/2 by prior knowledge": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "10 GB announced": LOGIN + b"Content-Length: 10737418240\r\n\r\nabc",
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_framing_is_refused_and_the_connection_closed(product: Product, name: str) -> None:
    answer = ask(product, BROKEN[name])
    assert answer.status == 0 or 400 <= answer.status < 500, answer
    assert answer.is_closed, f"the connection stayed open after {answer.status}"
    assert product.status("/api/health/live") == 200


def test_a_body_shorter_than_announced_is_no_answer_of_ours(product: Product) -> None:
    wire = Wire(product)
    wire.send(LOGIN + b'Content-Length: 400\r\n\r\n{"email":')
    wire.socket.shutdown(socket.SHUT_WR)
    answer = wire.answer()
    wire.close()
    assert answer.status == 0 or 400 <= answer.status < 500, answer


def test_what_follows_a_body_is_a_request_of_its_own(product: Product) -> None:
    wire = Wire(product)
    wire.send(request("POST", "/api/auth/login", b"{}") + SMUGGLED)
    statuses = [wire.answer().status, wire.answer().status]
    wire.close()
    assert statuses == [422, 200]


def test_an_endless_chunked_body_ends_at_the_limit(product: Product, token: str) -> None:
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    for path, limit_mb in (("/api/consumption", 1), ("/api/consumption/batch", 3)):
        wire = Wire(product)
        head = request("POST", path, headers=bearer(token)).split(b"Content-Length")[0]
        wire.send(head + b"Transfer-Encoding: chunked\r\n\r\n")
        began, sent = time.monotonic(), 0
        with contextlib.suppress(BrokenPipeError, ConnectionResetError, TimeoutError):
            while time.monotonic() - began < 10 and sent < 200 * MB:
                wire.socket.sendall(chunk)
                sent += len(chunk)
        assert sent < (limit_mb + 12) * MB, "the server went on reading"
        wire.close()
    assert product.status("/api/health/live") == 200


def test_a_chunked_body_is_read_like_any_other(product: Product) -> None:
    body = b'{"email": "nobody@example.org", "password": "wrong"}'
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:9], body[9:]))
    answer = ask(product, LOGIN + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")
    assert answer.status == 401, answer


def test_slow_bytes_hold_nobody_up(product: Product) -> None:
    slow = [Wire(product, timeout=30) for _ in range(43)]
    for number, wire in enumerate(slow):  # three dribble a body, forty dribble headers
        wire.send(LOGIN + b"Content-Length: 900\r\n\r\n{" if number < 3 else LIVE[:20])
    began = time.monotonic()
    try:
        for _ in range(10):
            for wire in slow:
                wire.send(b" ")
            began_one = time.monotonic()
            assert product.status("/api/health/live") == 200
            assert time.monotonic() - began_one < 2
            time.sleep(0.1)
        assert slow[10].is_closed_by_server(), "slow headers were waited for without end"
        assert time.monotonic() - began < 25
    finally:
        for wire in slow:
            wire.close()


def test_a_body_of_60_mb_is_refused_without_being_kept(product: Product, token: str) -> None:
    before = memory(product)
    for path, kind in (
        ("/api/consumption", "application/json"),
        ("/api/imports", "multipart/form-data; boundary=x"),
        ("/api/auth/login", "application/json"),
    ):
        length = 60 * MB
        headers = bearer(token) | {"Content-Type": kind, "Content-Length": str(length)}
        wire = Wire(product, 30)
        with contextlib.suppress(OSError):
            wire.socket.sendall(request("POST", path, headers=headers) + b" " * length)
        answer = wire.answer()
        wire.close()
        # The rest of the body may meet a closed connection before the answer is read.
        assert answer.status in (0, 413), answer
        patient = ask(product, request("POST", path, headers=headers) + b" " * 10)
        assert patient.status == 413
        assert_problem(patient)
    assert memory(product) - before < 50


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def memory(product: Product) -> float:
    """Give what the largest worker holds, in MB; what is shared counts too."""
    return max(process.memory_info().rss for process in product.workers()) / MB


def assert_problem(answer: RawAnswer) -> None:
    assert answer.headers["content-type"] == "application/problem+json", answer
    body = json.loads(answer.body)
    assert body["status"] == answer.status
    assert set(body) == {
        *("type", "title", "status", "detail", "instance"),
        *("request_id", "code", "params", "errors"),
    }  # fmt: skip


NASTY_TEXTS = [
    f"\r\n{FORGED}\r\n", "\x1b[31mred\x1b[0m", "\0", "\u2028\u2029", "%0d%0aX-Injected: yes",
    "a" * 5_000, "' OR 1=1 --", "$(id)", "../../etc/passwd", "{{7*7}}", "🜚" * 20, "\ud800",
    "=cmd|' /C calc'!A0", "<img src=x onerror=alert(1)>", "\ufeff", "٣", "1e400", "NaN",
]  # fmt: skip
NASTY_VALUES: list[Any] = [
    *NASTY_TEXTS, None, True, [], {}, [[]], -1, 0, 1e308, 2**63, 2**64, 10**30, -0.0, 0.00001,
    "0001-01-01", "9999-12-31", "2026-02-30", "2026-02-28T00:00:00Z", "10000-01-01",
]  # fmt: skip
FIELDS = (
    "username", "email", "password", "login", "refresh_token", "token_delivery", "consumption_type",
    "amount", "unit", "consumption_date", "period_start", "meter_id", "description", "name",
    "time_zone", "currency", "locale", "create", "update", "delete", "id", "account_id", "role",
    "first_name", "occupants", "site_id", "archived", "current_password", "new_password",
)  # fmt: skip
PARAMETERS = (
    "page", "per_page", "cursor", "sort", "q", "meter_id", "import_id", "date_from", "date_to",
    "group_by", "compare", "consumption_type", "before", "everywhere", "x",
)  # fmt: skip
HEADERS = (
    "X-Request-Id", "User-Agent", "Idempotency-Key", "If-Match", "If-None-Match", "Accept",
    "Origin", "X-Forwarded-For", "Forwarded", "Cookie", "Accept-Encoding", "Range", "Host",
    "X-HTTP-Method-Override", "Sec-Fetch-Site", "X-Requested-With",
)  # fmt: skip
RAW_BODIES = [
    b"", b"\xff\xfe\x00", b"{", b"[" * 200_000, b'{"a":' * 200_000, b"null", b"1e400", b'"\\ud800"',
    b'{"amount":NaN}', b'{"amount":1,"amount":2}', b'{"amount":' + b"9" * 5_000 + b"}",
    b"\xef\xbb\xbf{}",
    gzip.compress(b'{"email":"a@b.example"}'), b"<xml/>", b"a=b&c=d", b" " * 300_000, b"{}" * 1_000,
    b'{"' + b"k" * 100_000 + b'":1}', b'{"email":"' + b"\\u0000" * 50 + b'"}',
    "{}".encode("utf-16"),
]  # fmt: skip
MEDIA_TYPES = (
    "application/json", "application/json; charset=latin-1", "text/plain", "application/xml", "",
    "multipart/form-data", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded",
    "application/json\t", "multipart/form-data; boundary=" + "b" * 300,
)  # fmt: skip


class Fuzzer:
    """Makes requests that are valid HTTP and wrong in everything else."""

    def __init__(self, seed: int, token: str) -> None:
        self.random = Random(seed)
        self.token = token

    def request(self) -> tuple[str, bytes]:
        """Make the next one: its method and its bytes."""
        choose = self.random.choice
        method, path = choose(choose([OPERATIONS, WRITES]))
        if self.random.random() < 0.1:
            method = choose(OTHER_METHODS)
        headers = bearer(choose([self.token] * 6 + ["", "x", "a.b.c", "e30.e30.", self.token[:-2]]))
        for _ in range(choose([0, 0, 0, 1, 2])):
            headers[choose(HEADERS)] = self.header_value()
        headers.pop("Host", None)
        body = self.body(headers) if method in ("POST", "PUT", "PATCH") else b""
        return method, request(method, self.path(path), body, headers)

    def path(self, path: str) -> str:
        while "{" in path:
            before, _, rest = path.partition("{")
            number = self.random.choice(
                ["1", "2", "9" * 18, "9" * 40, "0", "-1", "1.5", "x", "%00"]
            )
            path = before + number + rest.partition("}")[2]
        if self.random.random() < 0.1:
            path += "/" + escaped(self.random.choice(NASTY_TEXTS))[:2_000]
        if self.random.random() < 0.4:
            found = self.random.choices(PARAMETERS, k=self.random.randrange(1, 4))
            path += "?" + "&".join(f"{name}={self.parameter()}" for name in found)
        return path

    def parameter(self) -> str:
        value = self.random.choice([*NASTY_VALUES, "1", "5", "2026-01-01", "month", "%ff", "gas"])
        return value if value == "%ff" else escaped(str(value))[:3_000]

    def header_value(self) -> str:
        text = str(self.random.choice(NASTY_VALUES)).encode("utf-8", "replace").decode("latin-1")
        return "".join(c for c in text if c.isprintable() or c == "\t")[:3_000].strip()

    def body(self, headers: dict[str, str]) -> bytes:
        if self.random.random() < 0.1:
            headers["Content-Encoding"] = self.random.choice(["gzip", "br", "x"])
        if self.random.random() < 0.15:
            headers["Content-Type"] = self.random.choice(MEDIA_TYPES)
        if self.random.random() < 0.15:
            return self.form(headers)
        if self.random.random() < 0.25:
            return self.random.choice(RAW_BODIES)
        return json.dumps(self.document(2)).encode()

    def document(self, depth: int) -> Any:
        names = self.random.choices(FIELDS, k=self.random.randrange(0, 6))
        good = {"consumption_type": "gas", "amount": 1, "consumption_date": "2026-03-01"}
        found: dict[str, Any] = dict(good) if self.random.random() < 0.4 else {}
        for name in names:
            is_list = name in ("create", "update") and depth
            found[name] = (
                [self.document(depth - 1) for _ in range(2)]
                if is_list
                else self.random.choice(NASTY_VALUES)
            )
        return found if self.random.random() < 0.95 else [found]

    def form(self, headers: dict[str, str]) -> bytes:
        headers["Content-Type"] = "multipart/form-data; boundary=frontier"
        name = self.random.choice(NASTY_TEXTS).encode("utf-8", "replace")[:300]
        name = name.replace(b"\r", b"%0D").replace(b"\n", b"%0A").replace(b'"', b"%22")
        text = self.random.choice(
            [b"date,kWh\n2026-03-01,1\n", b"", b"\0" * 99, b"a;b\n" * 999, b'"' * 5_000, name * 20]
        )
        parts = [b'name="file"; filename="' + name + b'"\r\n\r\n' + text]
        if self.random.random() < 0.5:
            parts.append(b'name="dry_run"\r\n\r\ntrue')
        if self.random.random() < 0.3:
            parts.append(b'name="mapping"\r\n\r\n' + self.random.choice(RAW_BODIES)[:9_000])
        start = b"--frontier\r\nContent-Disposition: form-data; "
        return b"".join(start + part + b"\r\n" for part in parts) + b"--frontier--\r\n"


def escaped(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))


def fuzz(product: Product, fuzzer: Fuzzer, count: int, until: float, found: "Findings") -> None:
    wire, is_fresh = Wire(product, 30), True
    for _ in range(count):
        if time.monotonic() > until:
            break
        method, data = fuzzer.request()
        wire.send(data)
        answer = wire.answer(method)
        if answer.status == 0 and not is_fresh:  # closed with a part of the last body unread
            wire.close()
            wire = Wire(product, 30)
            wire.send(data)
            answer = wire.answer(method)
        found.note(method, data, answer)
        is_fresh = False
        if answer.status == 0 or answer.is_closed or answer.status in (400, 413):
            wire.close()
            wire, is_fresh = Wire(product, 30), True
    wire.close()


class Findings:
    """What came back, counted, and what must not have come back."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.bad: list[str] = []

    def note(self, method: str, data: bytes, answer: RawAnswer) -> None:
        self.statuses[answer.status] += 1
        # Answered before the body was read, a connection may be reset before the answer arrives.
        if answer.status == 0 and len(data) < 60_000:
            self.bad.append(f"no answer to {data[:600]!r}")
        is_problem = answer.headers.get("content-type") == "application/problem+json"
        is_error = answer.status >= 400 and method != "HEAD"
        # 431 and the like are HTTP's own errors, answered by the server before us.
        if (answer.status >= 500 and answer.status != 503) or (is_error and not is_problem):
            self.bad.append(f"{answer.status} {answer.body[:300]!r} for {data[:600]!r}")
        missing = [name for name in REQUIRED if name not in answer.headers]
        if answer.status and missing:
            self.bad.append(f"{answer.status} without {missing} for {data[:300]!r}")
        if "x-injected" in answer.headers or FORGED in str(answer.headers):
            self.bad.append(f"a header was injected by {data[:600]!r}")


REQUIRED = {
    "cache-control", "content-security-policy", "referrer-policy", "x-content-type-options",
    "cross-origin-resource-policy", "x-frame-options", "x-request-id",
}  # fmt: skip


def test_no_request_makes_the_server_fail(product: Product, token: str) -> None:
    warm = Findings()
    fuzz(product, Fuzzer(0, token), 300, time.monotonic() + 20, warm)
    before, found, threads = memory(product), Findings(), []
    began = time.monotonic()
    for seed in range(1, CLIENTS + 1):
        arguments = (product, Fuzzer(seed, token), REQUESTS // CLIENTS + 1, began + SECONDS, found)
        threads.append(threading.Thread(target=fuzz, args=arguments))
        threads[-1].start()
    for thread in threads:
        thread.join()
    count, seconds = found.statuses.total(), time.monotonic() - began
    grown = memory(product) - before
    print(f"\nraw fuzzer: {count} requests in {seconds:.1f} s, RSS {grown:+.0f} MB")
    print(dict(sorted(found.statuses.items())))
    assert not found.bad, "\n".join(found.bad[:20])
    assert count >= REQUESTS
    assert found.statuses[0] < count / 20
    assert grown <= 50
    assert product.status("/api/health/ready") == 200


def is_json_line(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def test_every_line_of_the_log_is_one_event(product: Product, token: str) -> None:
    quoted = escaped(f"\r\n{FORGED}\r\n\x1b[31m")
    ask(product, request("GET", f"/api/{quoted}?q={quoted}", headers=bearer(token)))
    ask(product, request("GET", "/api/meters", headers={"X-Request-Id": FORGED}))
    ask(product, request("GET", "/api/meters", headers={"User-Agent": f"a\t{FORGED}"}))
    body = {"email": f"\r\n{FORGED}\r\n@example.org", "password": "x"}
    ask(product, request("POST", "/api/auth/login", json.dumps(body).encode()))
    lines = product.lines()
    others = [line for line in lines if not is_json_line(line)]
    assert len(others) == 1
    assert others[0].startswith("Consumo is ready at ")
    events = [json.loads(line) for line in lines if is_json_line(line)]
    assert sum(event["event"] == "request" for event in events) > 50
    assert not [event for event in events if event["event"] == "forged"]
    assert not [line for line in lines if "\x1b" in line]
    ids = {event["request_id"] for event in events if event["event"] == "request"}
    assert FORGED not in ids
    assert all(REQUEST_ID_LENGTH.start <= len(one) < REQUEST_ID_LENGTH.stop for one in ids)


REQUEST_ID_LENGTH = range(8, 65)


def routes(product: Product, token: str) -> Iterator[tuple[str, str, dict[str, str], bytes]]:
    """Give a request for every route, signed in and not, and for every kind of error."""
    for path in [*PATHS, "/api/openapi.json", "/api/docs", "/api/docs/none", "/api/metrics"]:
        url = path
        while "{" in url:
            url = url.partition("{")[0] + "1" + url.partition("}")[2]
        for method in OTHER_METHODS:
            yield method, url, {}, b""
            yield method, url, bearer(token), b"{}"
    yield "GET", "/", {}, b""
    yield "GET", "/none.js", {}, b""
    yield "GET", "/api/none", {}, b""
    yield "POST", "/api/auth/login", {"Content-Length": str(60 * MB)}, b""
    yield "POST", "/api/auth/login", {"Content-Type": "text/plain"}, b"{}"
    yield "POST", "/api/auth/login", {"Upgrade": "websocket", "Connection": "upgrade"}, b"{}"


def test_every_answer_has_the_security_headers(product: Product, token: str) -> None:
    seen: Counter[int] = Counter()
    for method, path, headers, body in routes(product, token):
        if path.startswith("/api/auth/sessions") and method == "DELETE":
            continue  # would end the session of the other tests
        wire = Wire(product)
        wire.send(request(method, path, body, headers))
        answer = wire.answer(method)
        wire.close()
        seen[answer.status] += 1
        assert answer.headers.keys() >= REQUIRED, (method, path, answer)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "unsafe-eval" not in answer.headers["content-security-policy"]
        assert answer.headers["server"] == "Consumo", "what serves it is told"
        assert "x-powered-by" not in answer.headers
        if answer.status >= 400 and method != "HEAD":
            assert_problem(answer)
        if answer.status == 405:
            assert answer.headers["allow"]
    assert seen.keys() >= {200, 401, 404, 405, 413, 415, 422}, seen
    assert not [status for status in seen if status >= 500], seen


ALLOWED_ORIGIN = "access-control-allow-origin"


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example", "null", "https://app.example.org.evil.example", "*",
        "http://app.example.org", "https://app.example.org:8443", "HTTPS://APP.EXAMPLE.ORG",
        "https://evilapp.example.org", f"{ORIGIN}, https://evil.example", "",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_no_other_origin_is_let_in(product: Product, origin: str, method: str) -> None:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    for path in ("/api/meters", "/api/health/live", "/api/none"):
        answer = ask_quickly(product, request(method, path, headers=headers))
        assert not [name for name in answer.headers if name.startswith("access-control-")], answer
        assert "Origin" in answer.headers["vary"]


def test_the_allowed_origin_is_let_in(product: Product) -> None:
    for path in ("/api/health/live", "/api/meters", "/api/none"):  # errors can be read as well
        answer = ask_quickly(product, request("GET", path, headers={"Origin": ORIGIN}))
        assert answer.headers[ALLOWED_ORIGIN] == ORIGIN
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert "Origin" in answer.headers["vary"]
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "PUT"}
    answer = ask_quickly(product, request("OPTIONS", "/api/consumption/1", headers=asked))
    assert answer.status == 200
    assert answer.headers[ALLOWED_ORIGIN] == ORIGIN
    assert "PUT" in answer.headers["access-control-allow-methods"]
    assert "Authorization" in answer.headers["access-control-allow-headers"]


def ask_quickly(product: Product, data: bytes) -> RawAnswer:
    wire = Wire(product)
    wire.send(data)
    answer = wire.answer()
    wire.close()
    return answer


CANARY = "Kanarienvogel-9c1f"


def test_secrets_never_reach_the_log(product: Product) -> None:
    password = f"{CANARY} three unrelated words"
    signed_in = product.sign_up("canary", password)
    secrets = [CANARY, signed_in["access_token"], signed_in["refresh_token"]]
    login = {"username": "canary", "password": password}
    by_cookie = product.call("POST", "/api/auth/login", login)
    cookie = by_cookie.headers["Set-Cookie"].split(";")[0]
    secrets += [by_cookie.json["access_token"], cookie.partition("=")[2]]
    product.call("POST", "/api/auth/login", login | {"password": f"wrong {CANARY}"})
    token = {"refresh_token": signed_in["refresh_token"]}
    for _ in range(2):
        secrets.append(product.call("POST", "/api/auth/refresh", token).json["refresh_token"])
    product.call("POST", "/api/auth/refresh", {}, Cookie=cookie)
    product.call("POST", "/api/auth/refresh", {"refresh_token": f"{CANARY}-forged"})
    access = {"Authorization": f"Bearer {by_cookie.json['access_token']}"}
    product.call("GET", f"/api/consumption?q={CANARY}", **access)
    product.call("GET", "/api/meters", Authorization=f"Bearer {CANARY}")
    product.call("GET", "/api/meters", Cookie=f"session={CANARY}", **access)
    change = {"current_password": password, "new_password": f"{CANARY} four unrelated words"}
    product.call("POST", "/api/auth/password", change, **access)
    bodies = [
        {"consumption_type": "gas", "amount": 1, "consumption_date": "2026-03-01",
         "description": CANARY},
        {"consumption_type": CANARY},
    ]  # fmt: skip
    for body in bodies:
        product.call("POST", "/api/consumption", body, **access)
    file = f"date,kWh,note\n2026-03-01,1,{CANARY}\nnonsense,{CANARY},\n"
    form = (
        f'--f\r\nContent-Disposition: form-data; name="file"; filename="{CANARY}.csv"\r\n\r\n'
        f"{file}\r\n--f--\r\n"
    )
    kind = {"Content-Type": "multipart/form-data; boundary=f"}
    product.call("POST", "/api/imports", form.encode(), **access, **kind)
    product.call("POST", "/api/auth/logout", {}, Cookie=cookie)
    written = product.log.read_text() + (product.data_dir / "postgres.log").read_text()
    assert len(written) > 1_000
    for secret in secrets:
        assert secret not in written, secret


def test_an_unexpected_error_says_nothing_and_is_logged_as_one_line() -> None:
    with running_product(workers=1) as product:
        token = product.sign_up()["access_token"]
        url = cluster_at(product.data_dir).url("consumo_owner").replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute("ALTER TABLE imports RENAME TO elsewhere")
        answer = ask_quickly(product, request("GET", "/api/imports", headers=bearer(token)))
        assert answer.status == 500
        assert_problem(answer)
        assert answer.headers.keys() >= REQUIRED
        assert b"imports" not in answer.body.replace(b'"/api/imports"', b"")
        number = json.loads(answer.body)["request_id"]
        [line] = [line for line in product.lines() if number in line and "unexpected" in line]
        assert "UndefinedTable" in json.loads(line)["exception"]
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute("ALTER TABLE elsewhere RENAME TO imports")
        answer = ask_quickly(product, request("GET", "/api/imports", headers=bearer(token)))
        assert answer.status == 200
