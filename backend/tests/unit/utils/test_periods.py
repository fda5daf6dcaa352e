"""Periods: calendarisation, calendar buckets, months and comparison ranges."""

from datetime import date, timedelta
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.utils.periods import (
    GroupBy,
    add_months,
    bucket_end,
    bucket_start,
    buckets,
    previous_range,
    same_days_last_year,
    spread,
)

ONE_DAY = timedelta(days=1)
days = st.dates()
base_amounts = st.decimals(min_value=0, max_value=10**16, places=9, allow_nan=False)


def day(text: str) -> date:
    return date.fromisoformat(text)


def span(first: str, last: str) -> tuple[date, date]:
    return day(first), day(last)


@st.composite
def ranges(draw: st.DrawFn, longest: int = 800) -> tuple[date, date]:
    first = draw(days)
    length = draw(st.integers(0, longest))
    return first, date.fromordinal(min(first.toordinal() + length, date.max.toordinal()))


def test_ten_over_three_days_gives_the_rest_to_the_last() -> None:
    assert spread(Decimal(10), *span("2025-01-31", "2025-02-02")) == [
        (day("2025-01-31"), Decimal("3.333333333")),
        (day("2025-02-01"), Decimal("3.333333333")),
        (day("2025-02-02"), Decimal("3.333333334")),
    ]


@given(base_amounts, ranges())
def test_the_parts_add_up_exactly_and_are_even_to_a_billionth(
    amount: Decimal, period: tuple[date, date]
) -> None:
    first, last = period
    parts = spread(amount, first, last)
    count = (last - first).days + 1
    assert [d for d, _ in parts] == [first + timedelta(days=i) for i in range(count)]
    billionths = [int(part.scaleb(9, Context(prec=60))) for _, part in parts]
    assert sum(billionths) == Fraction(amount) * 10**9
    assert max(billionths) - min(billionths) <= 1
    assert {part.as_tuple().exponent for _, part in parts} == {-9}


def test_the_decimal_context_does_not_change_a_spread() -> None:
    period = span("2025-01-01", "2025-01-07")
    usual = spread(Decimal("9999999999.9999"), *period)
    with localcontext(Context(prec=3)):
        assert spread(Decimal("9999999999.9999"), *period) == usual


def test_a_spread_reaches_the_last_day_of_the_calendar() -> None:
    assert [d for d, _ in spread(Decimal(1), day("9999-12-30"), date.max)][-1] == date.max


def test_a_spread_backwards_or_finer_than_a_billionth_is_refused() -> None:
    with pytest.raises(ValueError, match="before the first"):
        spread(Decimal(1), *span("2025-01-02", "2025-01-01"))
    with pytest.raises(ValueError, match="more than 9 decimals"):
        spread(Decimal("1e-10"), *span("2025-01-01", "2025-01-01"))


@pytest.mark.parametrize(
    ("group_by", "start", "end"),
    [
        (GroupBy.DAY, "2025-08-20", "2025-08-20"),
        (GroupBy.WEEK, "2025-08-18", "2025-08-24"),
        (GroupBy.MONTH, "2025-08-01", "2025-08-31"),
        (GroupBy.QUARTER, "2025-07-01", "2025-09-30"),
        (GroupBy.YEAR, "2025-01-01", "2025-12-31"),
    ],
)
def test_a_wednesday_in_august_is_in_these_buckets(group_by: GroupBy, start: str, end: str) -> None:
    assert bucket_start(day("2025-08-20"), group_by) == day(start)
    assert bucket_end(day("2025-08-20"), group_by) == day(end)


def test_a_week_may_begin_in_the_year_before() -> None:
    assert buckets(*span("2026-01-01", "2026-01-05"), GroupBy.WEEK) == [
        span("2025-12-29", "2026-01-04"),
        span("2026-01-05", "2026-01-11"),
    ]


def test_february_of_a_leap_year_has_29_days() -> None:
    assert bucket_end(day("2024-02-03"), GroupBy.MONTH) == day("2024-02-29")
    assert bucket_end(day("1900-02-03"), GroupBy.MONTH) == day("1900-02-28")


@pytest.mark.parametrize("group_by", GroupBy)
def test_buckets_do_not_overflow_at_the_ends_of_the_calendar(group_by: GroupBy) -> None:
    assert buckets(date.min, date.min, group_by)[0][0] == date.min
    assert buckets(date.max, date.max, group_by)[-1][1] == date.max


@given(ranges(), st.sampled_from(GroupBy))
def test_buckets_tile_the_range_without_gap_or_overlap(
    period: tuple[date, date], group_by: GroupBy
) -> None:
    first, last = period
    tiles = buckets(first, last, group_by)
    assert tiles[0][0] <= first <= tiles[0][1]
    assert tiles[-1][0] <= last <= tiles[-1][1]
    for (_, end), (following, _) in pairwise(tiles):
        assert end + ONE_DAY == following
    for start, end in tiles:
        assert bucket_start(end, group_by) == start
        assert bucket_end(start, group_by) == end


def test_buckets_of_a_backward_range_are_refused() -> None:
    with pytest.raises(ValueError, match="before the first"):
        buckets(*span("2025-01-02", "2025-01-01"), GroupBy.DAY)


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        ("2025-01-31", 1, "2025-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2025-03-31", -1, "2025-02-28"),
        ("2025-12-15", 1, "2026-01-15"),
        ("2025-01-15", -1, "2024-12-15"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2025-06-30", 0, "2025-06-30"),
        ("0001-12-31", -11, "0001-01-31"),
        ("9999-01-31", 11, "9999-12-31"),
    ],
)
def test_months_are_added_by_calendar(start: str, months: int, expected: str) -> None:
    assert add_months(day(start), months) == day(expected)


@pytest.mark.parametrize(("start", "months"), [("0001-01-01", -1), ("9999-12-01", 1)])
def test_months_outside_the_calendar_are_refused(start: str, months: int) -> None:
    with pytest.raises(ValueError, match="years 1 to 9999"):
        add_months(day(start), months)


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (("2025-02-01", "2025-02-28"), ("2024-02-01", "2024-02-29")),
        (("2024-02-01", "2024-02-29"), ("2023-02-01", "2023-02-28")),
        (("2025-02-15", "2025-02-28"), ("2024-02-15", "2024-02-28")),
        (("2024-02-29", "2024-02-29"), ("2023-02-28", "2023-02-28")),
        (("2024-02-28", "2024-03-01"), ("2023-02-28", "2023-03-01")),
        (("2025-01-01", "2025-12-31"), ("2024-01-01", "2024-12-31")),
        (("2025-11-20", "2026-01-10"), ("2024-11-20", "2025-01-10")),
    ],
)
def test_the_same_days_of_last_year(period: tuple[str, str], expected: tuple[str, str]) -> None:
    assert same_days_last_year(*span(*period)) == span(*expected)


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (("2025-03-01", "2025-03-31"), ("2025-02-01", "2025-02-28")),
        (("2025-04-01", "2025-06-30"), ("2025-01-01", "2025-03-31")),
        (("2025-01-01", "2025-12-31"), ("2024-01-01", "2024-12-31")),
        (("2025-01-01", "2026-02-28"), ("2023-11-01", "2024-12-31")),
        (("2025-03-01", "2025-03-30"), ("2025-01-30", "2025-02-28")),
        (("2025-03-10", "2025-03-10"), ("2025-03-09", "2025-03-09")),
        (("9999-12-01", "9999-12-31"), ("9999-11-01", "9999-11-30")),
    ],
)
def test_the_previous_range(period: tuple[str, str], expected: tuple[str, str]) -> None:
    assert previous_range(*span(*period)) == span(*expected)


@given(ranges())
def test_the_previous_range_ends_on_the_day_before(period: tuple[date, date]) -> None:
    first, last = period
    try:
        start, end = previous_range(first, last)
    except ValueError:
        assert first.toordinal() <= (last - first).days + 4
        return
    assert end + ONE_DAY == first
    assert start <= end


@pytest.mark.parametrize(
    "period",
    [("0001-01-01", "0001-01-01"), ("0001-01-01", "0001-01-31"), ("0001-01-02", "0001-01-05")],
)
def test_nothing_comes_before_year_1(period: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="year"):
        previous_range(*span(*period))
    with pytest.raises(ValueError, match="year"):
        same_days_last_year(*span(*period))
