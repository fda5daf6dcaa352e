"""A worker that is killed in the middle of an import leaves nothing of it, or everything."""

import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.attack.product import Product, running_product, until

SILENCE_S = 60
DELAYS_S = (0.05, 0.3, 0.8, 1.6, 2.5)


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    with running_product(IMPORT_AT_ONCE_MB="0") as found:
        yield found


def long_csv(meter: str, readings: int) -> bytes:
    first = datetime(2020, 1, 1, tzinfo=UTC)
    lines = (
        f"{meter},{first + timedelta(minutes=15 * n):%Y-%m-%dT%H:%M:%SZ},{n % 1000 / 1000}"
        for n in range(readings)
    )
    return "\n".join(["meter,start,kwh", *lines, ""]).encode()


def multipart(data: bytes) -> tuple[bytes, dict[str, str]]:
    mark = uuid.uuid4().hex
    head = (
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    )
    body = head.encode() + data + f"\r\n--{mark}--\r\n".encode()
    return body, {"Content_Type": f"multipart/form-data; boundary={mark}"}


def test_kill_9_in_mid_import_leaves_nothing_or_everything(product: Product) -> None:
    user = product.sign_up()
    token = {"Authorization": f"Bearer {user['access_token']}"}
    readings = 60_000
    made: dict[str, int] = {}
    for number, delay in enumerate(DELAYS_S):
        name = f"Meter {number}"
        body, headers = multipart(long_csv(name, readings))
        answer = product.call("POST", "/api/imports", body, **token, **headers)
        assert answer.status == 202, answer.body
        made[name] = answer.json["id"]
        time.sleep(delay)
        for worker in product.workers():
            worker.kill()
        until(product.is_ready, 20)
    killed = time.monotonic()
    ends: dict[str, Any] = {}
    while len(ends) < len(made) and time.monotonic() < killed + SILENCE_S + 30:
        for name, number in made.items():
            found = product.call("GET", f"/api/imports/{number}", **token).json
            if found["status"] not in ("queued", "running"):
                ends[name] = found
        time.sleep(1)
    meters = product.call("GET", "/api/meters", **token).json["items"]
    stored = {meter["name"]: meter["id"] for meter in meters}
    for name, found in ends.items():
        assert found["status"] in ("done", "failed")
        if found["status"] == "failed":
            assert found["failure"] == "interrupted; upload it again"
            assert name not in stored
            continue
        assert found["counts"]["added"] == readings
        path = f"/api/meters/{stored[name]}/series?resolution=month&from=2020-01-01&to=2022-01-01"
        series = product.call("GET", path, **token).json
        total = sum(amount for amount in series["amount"] if amount is not None)
        assert total == pytest.approx(sum(n % 1000 / 1000 for n in range(readings)))
    assert len(ends) == len(made)
    again = multipart(long_csv("Meter 0", readings))
    answer = product.call("POST", "/api/imports", again[0], **token, **again[1])
    assert answer.status == 202
    until(lambda: status(product, answer.json["id"], token) == "done", 30)


def status(product: Product, number: int, token: dict[str, str]) -> str:
    return str(product.call("GET", f"/api/imports/{number}", **token).json["status"])
