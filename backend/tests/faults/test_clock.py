"""A clock that is a day ahead, or set back by two: tokens end, sessions go on, nothing is lost, and
nobody stays locked out."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.attack.product import Answer, Product, until

INSTALL = Path(__file__).parents[3] / "scripts" / "install-debian"
PATH = "/api/consumption"
PASSWORD = "correct horse battery staple"
WINDOW_S = 15 * 60


@pytest.fixture
def library() -> str:
    command = [INSTALL, "faketime"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if found.returncode == 69:
        pytest.skip("there is no faketime, and no apt to install it")
    asked = [found.stdout.strip(), "-f", "+0d", "sh", "-c", "echo $LD_PRELOAD"]
    preloaded = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    return preloaded.strip().split(":")[-1]


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="consumo-test-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


@contextmanager
def at(days: int, folder: Path, library: str) -> Iterator[Product]:
    """Run the product with every clock so many days ahead; durations stay what they are."""
    product = Product(
        folder,
        LD_PRELOAD=library,
        FAKETIME=f"{days:+d}d",
        LOGIN_LIMIT_PER_ACCOUNT_IP="2",
    )
    try:
        until(product.is_ready, 60, "the start")
        yield product
    finally:
        product.stop()


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def renewed(product: Product, tokens: dict[str, Any]) -> dict[str, Any]:
    body = {"refresh_token": tokens["refresh_token"]}
    answer = product.call("POST", "/api/auth/refresh", body)
    assert answer.status == 200, answer.body
    return dict(answer.json)


def record(product: Product, tokens: dict[str, Any], days: int) -> int:
    """Store a record of so many days from the real today."""
    day = (datetime.now(UTC) + timedelta(days=days)).date().isoformat()
    body = {"consumption_type": "water", "amount": 1, "consumption_date": day}
    return product.call("POST", PATH, body, **bearer(tokens)).status


def login(product: Product, password: str) -> Answer:
    body = {"username": "ana", "password": password, "token_delivery": "body"}
    return product.call("POST", "/api/auth/login", body)


def test_a_clock_that_moves_ends_tokens_and_loses_nothing(folder: Path, library: str) -> None:
    with at(0, folder, library) as product:
        first = product.sign_up("ana", PASSWORD)
        assert [record(product, first, days) for days in (0, 3)] == [201, 422]
    with at(1, folder, library) as product:
        assert product.status(PATH, **bearer(first)) == 401  # ten minutes are over
        second = renewed(product, first)
        assert [record(product, second, days) for days in (1, 4)] == [201, 422]
        assert [login(product, "a wrong one").status for _ in range(3)] == [401, 401, 429]
        assert int(login(product, PASSWORD).headers["Retry-After"]) <= WINDOW_S
    with at(-1, folder, library) as product:
        assert product.status(PATH, **bearer(second)) == 401  # not valid yet
        third = renewed(product, second)
        answer = product.call("GET", PATH, **bearer(third))
        assert answer.json["pagination"]["total_items"] == 2  # days to come are shown as well
        assert login(product, PASSWORD).status == 200  # what was counted was in another time
