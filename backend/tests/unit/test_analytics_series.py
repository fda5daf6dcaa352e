"""Cells of the projection as calendar buckets: pure, with cases worked out by hand."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.services.analytics_series import (
    Bucket,
    Cell,
    Change,
    Extreme,
    Side,
    Totals,
    change_between,
    extreme,
    series,
    shown,
    total,
)
from app.utils.periods import GroupBy

LATER = date(2030, 1, 1)


def day(text: str, amount: str = "1", *, estimated: bool = False, full: bool = True) -> Cell:
    at = date.fromisoformat(text)
    return Cell(at, at, Decimal(amount), 1, 1, False, estimated, full)


def month(
    first: date, last: date, days: int, *, amount: str = "1", estimated: bool = False,
    full: bool = True,
) -> Cell:  # fmt: skip
    return Cell(first, last, Decimal(amount), 2, days, False, estimated, full)


JANUARY = (date(2026, 1, 1), date(2026, 1, 31))
FEBRUARY = (date(2026, 2, 1), date(2026, 2, 28))
MARCH = (date(2026, 3, 1), date(2026, 3, 31))


def test_no_cells_are_no_data_and_not_zero() -> None:
    assert total([]) == Totals(None, 0, 0)
    found = series([], date(2026, 1, 1), date(2026, 1, 2), GroupBy.DAY, LATER)
    assert [(bucket.amount, bucket.days_covered, bucket.complete) for bucket in found] == [
        (None, 0, False),
        (None, 0, False),
    ]


def test_a_zero_is_data() -> None:
    (found,) = series([day("2026-01-01", "0")], *[date(2026, 1, 1)] * 2, GroupBy.DAY, LATER)
    assert found == Bucket(date(2026, 1, 1), date(2026, 1, 1), 0.0, 1, False, True)
    assert total([day("2026-01-01", "0")]) == Totals(Decimal(0), 1, 1)


def test_every_bucket_is_there_in_order_and_clipped_to_the_range() -> None:
    cells = [day("2026-01-31"), day("2026-03-02", "2"), day("2026-03-01", "3")]
    found = series(cells, date(2026, 1, 30), date(2026, 3, 2), GroupBy.MONTH, LATER)
    assert [(b.start, b.end, b.amount, b.days_covered) for b in found] == [
        (date(2026, 1, 30), date(2026, 1, 31), 1.0, 1),
        (date(2026, 2, 1), date(2026, 2, 28), None, 0),
        (date(2026, 3, 1), date(2026, 3, 2), 5.0, 2),
    ]
    assert [bucket.complete for bucket in found] == [False] * 3


@pytest.mark.parametrize(
    ("group_by", "starts"),
    [
        (GroupBy.WEEK, ["2025-12-30", "2026-01-05", "2026-01-12"]),
        (GroupBy.MONTH, ["2025-12-30", "2026-01-01"]),
        (GroupBy.QUARTER, ["2025-12-30", "2026-01-01"]),
        (GroupBy.YEAR, ["2025-12-30", "2026-01-01"]),
    ],
)
def test_buckets_are_those_of_the_calendar_with_weeks_from_monday(
    group_by: GroupBy, starts: list[str]
) -> None:
    found = series([], date(2025, 12, 30), date(2026, 1, 14), group_by, LATER)
    assert [bucket.start.isoformat() for bucket in found] == starts
    assert found[-1].end == date(2026, 1, 14)


@pytest.mark.parametrize(
    ("cell", "first", "last", "today", "is_complete"),
    [
        (month(*FEBRUARY, 28), *FEBRUARY, date(2026, 3, 1), True),
        (month(*FEBRUARY, 27), *FEBRUARY, date(2026, 3, 1), False),
        (month(*FEBRUARY, 28, full=False), *FEBRUARY, date(2026, 3, 1), False),
        (month(*FEBRUARY, 28), *FEBRUARY, date(2026, 2, 28), False),
        (month(*FEBRUARY, 28), date(2026, 2, 2), date(2026, 2, 28), LATER, False),
        (month(*FEBRUARY, 28), date(2026, 2, 1), date(2026, 2, 27), LATER, False),
        (month(*FEBRUARY, 28, estimated=True), *FEBRUARY, LATER, True),
    ],
)
def test_a_bucket_is_complete_when_it_is_whole_over_and_full(
    cell: Cell, first: date, last: date, today: date, is_complete: bool
) -> None:
    (found,) = series([cell], first, last, GroupBy.MONTH, today)
    assert found.complete is is_complete


def test_a_quarter_is_complete_only_with_all_of_its_months() -> None:
    months = [month(*JANUARY, 31), month(*FEBRUARY, 28), month(*MARCH, 31)]
    for cells, expected in ((months, True), (months[:2], False), (months[1:], False)):
        (found,) = series(cells, JANUARY[0], MARCH[1], GroupBy.QUARTER, LATER)
        assert (found.complete, found.days_covered) == (expected, sum(c.days for c in cells))


def test_one_estimated_cell_makes_its_bucket_estimated_and_no_other() -> None:
    cells = [day("2026-01-01"), day("2026-01-02", estimated=True), day("2026-02-01")]
    found = series(cells, date(2026, 1, 1), date(2026, 2, 28), GroupBy.MONTH, LATER)
    assert [bucket.estimated for bucket in found] == [True, False]


def test_extremes_are_of_complete_buckets_only_and_the_first_among_equals() -> None:
    cells = [day("2026-01-01", "2"), day("2026-01-02", "1", full=False), day("2026-01-03", "9")]
    cells += [day("2026-01-04", "2"), day("2026-01-05", "9"), day("2026-01-06", "99", full=False)]
    found = series(cells, date(2026, 1, 1), date(2026, 1, 9), GroupBy.DAY, LATER)
    assert extreme(found, min) == Extreme(date(2026, 1, 1), date(2026, 1, 1), 2.0)
    assert extreme(found, max) == Extreme(date(2026, 1, 3), date(2026, 1, 3), 9.0)


def test_zero_can_be_the_smallest_and_the_largest_bucket() -> None:
    found = series([day("2026-01-01", "0")], *[date(2026, 1, 1)] * 2, GroupBy.DAY, LATER)
    expected = Extreme(date(2026, 1, 1), date(2026, 1, 1), 0.0)
    assert extreme(found, min) == extreme(found, max) == expected


def test_without_a_complete_bucket_there_is_no_extreme() -> None:
    found = series([day("2026-01-01", full=False)], *[date(2026, 1, 1)] * 2, GroupBy.DAY, LATER)
    assert extreme(found, min) is None
    assert extreme([], max) is None


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (None, None),
        ("0", 0.0),
        ("1.00005", 1.0),
        ("1.00015", 1.0002),
        ("0.000050001", 0.0001),
        ("12345678901234567.123456789", 12345678901234567.1235),
    ],
)
def test_amounts_are_shown_with_four_decimals_half_to_even(
    amount: str | None, expected: float | None
) -> None:
    assert shown(None if amount is None else Decimal(amount)) == expected


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        ("110", "100", (10.0, "totals", None)),
        ("50", "100", (-50.0, "totals", None)),
        ("0", "100", (-100.0, "totals", None)),
        ("100", "300", (-66.7, "totals", None)),
        ("1", "0", (None, None, "nothing_before")),
        ("0", "0", (None, None, "nothing_before")),
        (None, "1", (None, None, "no_data")),
        ("1", None, (None, None, "nothing_before")),
        (None, None, (None, None, "no_data")),
    ],
)
def test_a_change_is_in_percent_of_what_was_before(
    now: str | None, before: str | None, expected: tuple[Any, ...]
) -> None:
    sides = [Side(None if text is None else Decimal(text), 31, 31) for text in (now, before)]
    assert change_between(*sides) == Change(*expected)


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        # 10 a day on both sides; three days are missing now, so that the total is 10 % less
        ((270, 27, 30), (300, 30, 30), (0.0, "daily_average", None)),
        # 300 / 30 = 10 against 280 / 28 = 10
        ((300, 30, 30), (280, 28, 28), (0.0, "daily_average", None)),
        # 31 / 31 = 1 against 56 / 28 = 2
        ((31, 31, 31), (56, 28, 28), (-50.0, "daily_average", None)),
        # 100 / 15 = 6.6667 against 100 / 20 = 5
        ((100, 15, 30), (100, 20, 30), (33.3, "daily_average", None)),
        # as many days are missing on both sides
        ((90, 20, 30), (100, 20, 30), (-10.0, "totals", None)),
        ((90, 14, 30), (100, 20, 30), (None, None, "too_few_days")),
        ((90, 30, 30), (100, 14, 30), (None, None, "too_few_days")),
        ((90, 1, 2), (100, 2, 2), (80.0, "daily_average", None)),
        # 1 / 3 against 1 / 7 is 7 / 3: no average is rounded before
        ((1, 3, 3), (1, 7, 7), (133.3, "daily_average", None)),
    ],
)
def test_a_day_without_data_is_not_taken_for_a_saving(
    now: tuple[int, int, int], before: tuple[int, int, int], expected: tuple[Any, ...]
) -> None:
    sides = [Side(Decimal(amount), covered, days) for amount, covered, days in (now, before)]
    assert change_between(*sides) == Change(*expected)


def test_an_estimate_of_the_source_is_one_in_every_bucket() -> None:
    at = date(2026, 1, 7)
    cell = Cell(at, at, Decimal(1), 0, 1, is_estimated=True, is_spread=False, is_full=True)
    for group_by in GroupBy:
        (found,) = series([cell], at, at, group_by, LATER, set())
        assert found.estimated


@pytest.mark.parametrize(
    ("crossed", "expected"),
    [
        (set(), [False, False, False]),
        ({date(2026, 1, 31)}, [True, True, False]),  # from January into February
        ({date(2025, 12, 31)}, [True, False, False]),  # into January from before the range
        ({date(2026, 3, 20)}, [False, False, True]),  # beyond the end of the range
        ({date(2026, 3, 31)}, [False, False, False]),  # March ends on the 20th here
    ],
)
def test_a_bucket_is_estimated_where_a_record_goes_on_beyond_its_edge(
    crossed: set[date], expected: list[bool]
) -> None:
    cells = [day(f"2026-0{number}-10", estimated=True) for number in (1, 2, 3)]
    span = (date(2026, 1, 1), date(2026, 3, 20))
    found = series(cells, *span, GroupBy.MONTH, LATER, crossed)
    assert [bucket.estimated for bucket in found] == expected
