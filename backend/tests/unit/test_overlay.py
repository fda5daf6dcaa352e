"""Laying blocks over one another: a table computed by hand, and what must always hold."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.overlay import Layer, billionths, day_row, overlay, shares

HOUR, HALF, QUARTER, DAY = 3600, 1800, 900, 86_400
N = None


def hours(*values: float | None, quality: str | None = None, correction: bool = False) -> Layer:
    return Layer(HOUR, values, quality, correction)


def halves(*values: float | None, quality: str | None = None) -> Layer:
    return Layer(HALF, values, quality)


@pytest.mark.parametrize(
    ("layers", "step", "amounts", "quality"),
    [
        ([hours(1, N, 3)], HOUR, [1, N, 3], N),
        ([hours(1, N, 3), hours(N, 2, 4)], HOUR, [1, 2, 4], N),
        ([hours(1, 2, 3), hours(N, N, N)], HOUR, [1, 2, 3], N),
        ([hours(1, 2, 3, quality="AEA"), hours(4, N, N)], HOUR, [4, 2, 3], "AEA"),
        # finer above coarser: its values replace the even share, the rest of the share stays
        (
            [hours(4, 2, 1), halves(3, N, N, N, N, N)],
            HALF, [3, 2, 1, 1, 0.5, 0.5], "ADDDDD",
        ),
        # coarser above finer: whole intervals, split evenly
        ([halves(1, 2, 3, 4, 5, 6), hours(N, 9, N)], HALF, [1, 2, 4.5, 4.5, 5, 6], "AADDAA"),
        # … and where it says the same, nothing changes
        ([halves(1, 2, 3, 4, 5, 6), hours(3, 7, 11)], HALF, [1, 2, 3, 4, 5, 6], N),
        ([halves(1, N, 3, 4, 5, 6), hours(1, N, N)], HALF, [0.5, 0.5, 3, 4, 5, 6], "DDAAAA"),
        # a finer layer without values refines nothing
        ([hours(1, 2, 3), halves(N, N, N, N, N, N)], HOUR, [1, 2, 3], N),
        # a forecast fills gaps only, and gives way
        ([hours(1, N, N), hours(9, 9, 9, quality="PPP")], HOUR, [1, 9, 9], "APP"),
        ([hours(9, 9, 9, quality="PPP"), hours(1, N, N)], HOUR, [1, 9, 9], "APP"),
        ([halves(1, N, N, N, N, N), hours(8, 8, N, quality="PPA")], HALF,
         [1, N, 4, 4, N, N], "ANPPNN"),
        # a correction takes a value away, a file does not
        ([hours(1, 2, 3), hours(N, N, N, quality="NAA", correction=True)], HOUR, [N, 2, 3], N),
        ([hours(1, 2, 3), hours(N, N, N, quality="NAA")], HOUR, [1, 2, 3], N),
    ],
)  # fmt: skip
def test_layers_by_hand(
    layers: list[Layer], step: int, amounts: list[float | None], quality: str | None
) -> None:
    found = overlay(layers, 3 * HOUR)
    assert (found.step_seconds, list(found.amounts), found.quality) == (step, amounts, quality)


def test_steps_that_do_not_divide_each_other_meet_in_their_common_step() -> None:
    below, above = Layer(1200, [6, 6, 6]), Layer(HALF, [N, 15])
    found = overlay([below, above], HOUR)
    assert (found.step_seconds, list(found.amounts)) == (600, [3, 3, 3, 5, 5, 5])


@pytest.mark.parametrize("hours_of_day", [23, 23.5, 24, 24.5, 25])
def test_a_day_is_split_over_its_real_length(hours_of_day: float) -> None:
    seconds = int(hours_of_day * HOUR)
    count = seconds // HALF
    found = overlay([Layer(HALF, [1] * count), Layer(DAY, [10])], seconds)
    assert len(found.amounts) == count
    assert sum(billionths(amount or 0) for amount in found.amounts) == 10 * 10**9


def test_the_short_last_hour_of_lord_howe_has_one_half() -> None:
    seconds = 47 * HALF
    found = overlay([Layer(HALF, [0] * 47), Layer(HOUR, [N] * 23 + [5])], seconds)
    assert list(found.amounts) == [0] * 46 + [5]


def test_a_row_counts_what_is_measured_and_no_forecast() -> None:
    row = day_row(date(2026, 1, 1), hours(1.5, 2, N, 7, quality="AENP"))
    assert row is not None
    assert (row.amount, row.measured_steps, row.expected_steps) == (Decimal("3.5"), 2, 4)
    assert (row.is_estimated, row.quality) == (True, "AENP")
    assert day_row(date(2026, 1, 1), hours(N, N)) is None


amounts = st.floats(-2e6, 2e6, allow_nan=False).map(lambda value: round(value * 1e9) / 1e9)


@given(amounts, st.integers(1, 96))
def test_shares_add_up_exactly(amount: float, parts: int) -> None:
    found = shares(amount, parts)
    assert len(found) == parts
    assert sum(map(billionths, found)) == billionths(amount)


steps = st.sampled_from([600, 900, 1200, HALF, HOUR, 2 * HOUR, DAY])


@st.composite
def a_layer(draw: st.DrawFn, seconds: int, values: st.SearchStrategy[float | None]) -> Layer:
    step = draw(steps)
    count = 1 if step == DAY else -(-seconds // step)
    return Layer(step, draw(st.lists(values, min_size=count, max_size=count)))


@given(st.data(), st.sampled_from([2, 2.5, 3]))
def test_a_complete_layer_on_top_is_the_total(data: st.DataObject, hours_of_day: float) -> None:
    """Whatever lies below, and in whatever steps."""
    seconds = int(hours_of_day * HOUR)
    below = data.draw(st.lists(a_layer(seconds, st.none() | amounts), max_size=2))
    top = data.draw(a_layer(seconds, amounts))
    found = overlay([*below, top], seconds)
    whole = sum(billionths(amount) for amount in top.amounts if amount is not None)
    parts = sum(billionths(amount) for amount in found.amounts if amount is not None)
    assert None not in found.amounts
    # where parts below add up to it, as they do to within one billionth each, they stay
    assert abs(parts - whole) <= (len(found.amounts) if below else 0)
