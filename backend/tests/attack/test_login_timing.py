"""How long the answer takes does not tell whether a name is known.

CONSUMO_TIMING_TRIES makes the comparison finer, and its bounds narrower (`make attack`).
"""

import os
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from math import sqrt
from random import Random

import pytest

from tests.attack.product import Product, running_product

TRIES = int(os.environ.get("CONSUMO_TIMING_TRIES", "250"))
# Five standard errors of an AUC of equals (Hanley and McNeil 1982), at least those of the promise.
MARGIN = max(0.05, 5 * sqrt(1 / (6 * TRIES)))
PASSWORD = "not the right password"


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    with running_product(workers=1, BCRYPT_COST="6") as found:
        for number in range(20):
            found.sign_up(f"known{number}")
        yield found


def auc(first: list[float], second: list[float]) -> float:
    """How often one of `second` is larger than one of `first`; half of the ties."""
    ordered = sorted(first)
    below = sum((bisect_left(ordered, x) + bisect_right(ordered, x)) / 2 for x in second)
    return below / (len(first) * len(second))


def compared(ask: Callable[[bool, int], None]) -> float:
    """Ask for known and unknown in random order, and compare how long the answers took."""
    taken: dict[bool, list[float]] = {True: [], False: []}
    order = [True, False] * TRIES
    Random(7).shuffle(order)
    for number, is_known in enumerate(order):
        began = time.perf_counter()
        ask(is_known, number)
        taken[is_known].append(time.perf_counter() - began)
    return auc(taken[True], taken[False])


@pytest.mark.parametrize("field", ["username", "email"])
def test_signing_in_takes_as_long_for_a_name_that_nobody_has(product: Product, field: str) -> None:
    def ask(is_known: bool, number: int) -> None:
        name = f"known{number % 20}" if is_known else f"other{number % 20}"
        value = name if field == "username" else f"{name}@example.org"
        answer = product.call("POST", "/api/auth/login", {field: value, "password": PASSWORD})
        assert answer.status == 401

    found = compared(ask)
    print(f"\n{field}: AUC {found:.3f} of 0.5 ± {MARGIN:.3f}")
    assert abs(found - 0.5) <= MARGIN


def test_a_difference_would_be_found(product: Product) -> None:
    """As if unknown names were answered without hashing: a refused body costs no hash."""

    def ask(is_known: bool, number: int) -> None:
        body = {"username": f"known{number % 20}", "password": PASSWORD if is_known else 1}
        product.call("POST", "/api/auth/login", body)

    assert abs(compared(ask) - 0.5) > MARGIN
