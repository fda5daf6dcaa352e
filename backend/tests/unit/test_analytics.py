"""Analytics from the projection, with cases worked out by hand and a day that is today."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from app.db import TenantSession
from app.errors import Invalid, NotFound
from app.models import Direction, Meter
from app.services import analytics, consumption, meters
from app.services.analytics import Question, UtilityAnswer
from app.services.consumption import Entry
from app.utils.periods import GroupBy
from tests.conftest import sqlite_app, state_of
from tests.factories import Person, new_person

PATH = "/api/consumption/analytics"
ONE_DAY = timedelta(days=1)
WRITTEN = datetime(2027, 1, 1, 12, tzinfo=UTC)
LATER = date(2026, 12, 31)


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    """One application for the module."""
    made = sqlite_app()
    yield made
    state_of(made).db.engine.dispose()


def session_of(person: Person) -> AbstractContextManager[TenantSession]:
    return state_of(person.app).db.tenant(person.account["id"], person.user["id"])


def day(text: str) -> date:
    return date.fromisoformat(text)


def write(person: Person, *found: tuple[str, str, float], **fields: Any) -> None:
    """Store amounts for periods (first day, last day, amount); electricity unless said."""
    kind, unit = fields.get("kind", "electricity"), fields.get("unit", "kWh")
    entries = [
        Entry(kind, Decimal(str(amount)), unit, day(a), day(b), fields.get("meter_id"), None)
        for a, b, amount in found
    ]
    with session_of(person) as session:
        consumption.batch(session, entries, [], [], WRITTEN)


def write_days(person: Person, first: str, last: str, amount: float = 1, **fields: Any) -> None:
    """Store the amount for each day from `first` to `last`."""
    write(person, *[(d, d, amount) for d in each_day(first, last)], **fields)


def each_day(first: str, last: str) -> list[str]:
    count = (day(last) - day(first)).days + 1
    return [(day(first) + n * ONE_DAY).isoformat() for n in range(count)]


def new_meter(person: Person, name: str, kind: str = "electricity", unit: str = "kWh") -> int:
    with session_of(person) as session:
        return meters.create(session, name, kind, unit)


def change_meter(person: Person, meter_id: int, **values: Any) -> None:
    with session_of(person) as session:
        session.execute(update(Meter).where(Meter.id == meter_id).values(**values))


def answers(
    person: Person, first: str, last: str, group_by: str = "month", today: date = LATER,
    compare: str | None = None,
) -> dict[tuple[str, str], UtilityAnswer]:  # fmt: skip
    with session_of(person) as session:
        question = Question(
            day(first), day(last), GroupBy(group_by), compare, "UTC", today,
            tuple(meters.states(session)),
        )  # fmt: skip
        found = analytics.answer(session, question)
    return {(utility.consumption_type, utility.unit): utility for utility in found}


def electricity(*arguments: Any, **options: Any) -> UtilityAnswer:
    return answers(*arguments, **options)["electricity", "kWh"]


def amounts(found: UtilityAnswer) -> list[float | None]:
    return [bucket.amount for bucket in found.series]


def complete(found: UtilityAnswer) -> list[bool]:
    return [bucket.complete for bucket in found.series]


def estimated(found: UtilityAnswer) -> list[bool]:
    return [bucket.estimated for bucket in found.series]


# Gaps, totals, averages


def test_a_day_without_data_is_null_and_a_day_of_zero_is_zero(person: Person) -> None:
    write(person, ("2026-01-02", "2026-01-02", 0), ("2026-01-04", "2026-01-04", 5))
    found = electricity(person, "2026-01-01", "2026-01-05", "day")
    assert amounts(found) == [None, 0, None, 5, None]
    assert [bucket.days_covered for bucket in found.series] == [0, 1, 0, 1, 0]
    assert complete(found) == [False, True, False, True, False]
    assert (found.total, found.record_count, found.days_covered, found.days_in_range) == (
        5,
        2,
        2,
        5,
    )
    assert found.average_per_day == 2.5
    assert found.average_per_month == 76.0922  # 2.5 × 365.2425 / 12
    assert found.min_bucket is not None
    assert found.max_bucket is not None
    assert (found.min_bucket.amount, found.max_bucket.amount) == (0, 5)


def test_without_data_in_the_range_everything_is_null_and_nothing_is_zero(person: Person) -> None:
    write_days(person, "2026-01-01", "2026-01-31")
    found = electricity(person, "2025-01-01", "2025-02-28", compare="previous")
    assert amounts(found) == [None, None]
    assert (found.total, found.average_per_day, found.average_per_month) == (None, None, None)
    assert (found.record_count, found.days_covered, found.days_in_range) == (0, 0, 59)
    assert (found.min_bucket, found.max_bucket) == (None, None)
    assert found.first_day == date(2026, 1, 1)
    assert found.comparison is not None
    assert (found.comparison.total, found.comparison.change_percent) == (None, None)


def test_records_of_one_day_and_meter_are_added(person: Person) -> None:
    write(person, ("2026-01-02", "2026-01-02", 1.25), ("2026-01-02", "2026-01-02", 2.5))
    found = electricity(person, "2026-01-02", "2026-01-02", "day")
    assert (found.total, found.record_count, found.days_covered) == (3.75, 2, 1)


def test_the_smallest_and_largest_bucket_are_complete_ones(person: Person) -> None:
    write_days(person, "2026-01-10", "2026-01-31", 0.1)  # does not fill January
    write_days(person, "2026-02-01", "2026-02-28", 2)
    write_days(person, "2026-03-01", "2026-03-31", 1)
    write_days(person, "2026-04-01", "2026-04-15", 50)  # not over
    found = electricity(person, "2026-01-01", "2026-04-30", today=day("2026-04-15"))
    assert complete(found) == [False, True, True, False]
    assert found.min_bucket is not None
    assert found.max_bucket is not None
    assert (found.min_bucket.start, found.min_bucket.amount) == (day("2026-03-01"), 31)
    assert (found.max_bucket.start, found.max_bucket.end) == (day("2026-02-01"), day("2026-02-28"))


# Complete


def test_a_day_is_complete_when_every_meter_has_it(person: Person) -> None:
    garage = new_meter(person, "Garage")
    write_days(person, "2026-01-01", "2026-01-05")
    write_days(person, "2026-01-02", "2026-01-03", 10, meter_id=garage)
    write_days(person, "2026-01-05", "2026-01-05", 10, meter_id=garage)
    found = electricity(person, "2026-01-01", "2026-01-05", "day")
    assert amounts(found) == [1, 11, 11, 1, 11]
    assert complete(found) == [True, True, True, False, True]  # the garage begins on the 2nd
    assert found.days_covered == 5


def test_a_month_with_one_meter_missing_a_day_is_not_complete(person: Person) -> None:
    garage = new_meter(person, "Garage")
    write_days(person, "2026-02-01", "2026-03-31")
    write_days(person, "2026-01-31", "2026-02-09", meter_id=garage)
    write_days(person, "2026-02-11", "2026-03-31", meter_id=garage)
    found = electricity(person, "2026-02-01", "2026-03-31")
    assert (amounts(found), complete(found)) == ([55, 62], [False, True])
    assert [bucket.days_covered for bucket in found.series] == [28, 31]
    write_days(person, "2026-02-10", "2026-02-10", 0, meter_id=garage)
    assert complete(electricity(person, "2026-02-01", "2026-03-31")) == [True, True]


def test_days_that_two_meters_cover_in_turn_count_once_and_are_not_complete(
    person: Person,
) -> None:
    garage = new_meter(person, "Garage")
    write_days(person, "2026-02-01", "2026-02-14")
    write_days(person, "2026-02-15", "2026-02-28", meter_id=garage)
    found = electricity(person, "2026-02-01", "2026-02-28")
    assert (found.days_covered, complete(found)) == (28, [False])


def test_an_archived_meter_is_expected_up_to_its_last_day(person: Person) -> None:
    old = new_meter(person, "Old")
    write_days(person, "2026-01-01", "2026-03-31")
    write_days(person, "2026-01-01", "2026-02-14", meter_id=old)
    assert complete(electricity(person, "2026-01-01", "2026-03-31")) == [True, False, False]
    change_meter(person, old, archived_at=WRITTEN)
    assert complete(electricity(person, "2026-01-01", "2026-03-31")) == [True, False, True]
    days = complete(electricity(person, "2026-02-13", "2026-02-16", "day"))
    assert days == [True, True, True, True]
    quarters = electricity(person, "2026-01-01", "2026-03-31", "quarter")
    assert complete(quarters) == [False]


@pytest.mark.parametrize(
    ("group_by", "first", "last", "begins", "expected"),
    [
        ("week", "2026-01-05", "2026-01-18", "2026-01-07", [False, True]),
        ("week", "2026-01-05", "2026-01-18", "2026-01-12", [True, True]),
        ("month", "2026-01-01", "2026-02-28", "2026-01-10", [False, True]),
        ("month", "2026-01-01", "2026-02-28", "2026-02-01", [True, True]),
        ("quarter", "2026-01-01", "2026-06-30", "2026-02-01", [False, True]),
        ("quarter", "2026-01-01", "2026-06-30", "2026-04-01", [True, True]),
        ("year", "2026-01-01", "2026-12-31", "2026-02-01", [False]),
        ("day", "2026-01-05", "2026-01-06", "2026-01-06", [True, True]),
    ],
)
def test_a_bucket_in_which_a_second_meter_begins_is_not_complete(
    person: Person, group_by: str, first: str, last: str, begins: str, expected: list[bool]
) -> None:
    garage = new_meter(person, "Garage")
    write_days(person, "2025-12-29", "2026-12-31")
    write_days(person, begins, "2026-12-31", meter_id=garage)
    found = electricity(person, first, last, group_by, today=day("2027-01-01"))
    assert complete(found) == expected


def test_a_bucket_that_is_not_over_is_not_complete(person: Person) -> None:
    write_days(person, "2026-01-01", "2026-02-01")
    for today, expected in (("2026-01-31", False), ("2026-02-01", True)):
        found = electricity(person, "2026-01-01", "2026-01-31", today=day(today))
        assert complete(found) == [expected]


def test_buckets_that_the_range_cuts_are_clipped_and_not_complete(person: Person) -> None:
    write_days(person, "2026-01-01", "2026-03-31")
    found = electricity(person, "2026-01-10", "2026-03-05")
    assert [(b.start.isoformat(), b.end.isoformat(), b.amount) for b in found.series] == [
        ("2026-01-10", "2026-01-31", 22),
        ("2026-02-01", "2026-02-28", 28),
        ("2026-03-01", "2026-03-05", 5),
    ]
    assert complete(found) == [False, True, False]
    within = electricity(person, "2026-02-03", "2026-02-05", "quarter")
    assert (amounts(within), complete(within)) == ([3], [False])


# Periods


def test_a_bill_over_two_months_is_an_even_share_in_each(person: Person) -> None:
    write(person, ("2026-01-15", "2026-02-14", 31))
    found = electricity(person, "2026-01-01", "2026-02-28")
    assert (amounts(found), estimated(found)) == ([17, 14], [True, True])
    assert complete(found) == [False, False]
    assert [bucket.days_covered for bucket in found.series] == [17, 14]
    assert (found.total, found.record_count, found.days_covered) == (31, 1, 31)
    january = electricity(person, "2026-01-01", "2026-01-31")
    assert (january.total, january.record_count, january.days_covered) == (17, 0, 17)
    days = electricity(person, "2026-02-13", "2026-02-15", "day")
    assert (amounts(days), estimated(days)) == ([1, 1, None], [True, True, False])


def test_a_bill_of_a_whole_month_is_no_estimate_by_month_but_by_day(person: Person) -> None:
    write(person, ("2026-01-01", "2026-01-31", 62), ("2026-02-01", "2026-02-28", 28))
    found = electricity(person, "2026-01-01", "2026-02-28")
    assert (amounts(found), estimated(found), complete(found)) == (
        [62, 28], [False, False], [True, True],
    )  # fmt: skip
    assert estimated(electricity(person, "2026-01-01", "2026-01-02", "day")) == [True, True]
    part = electricity(person, "2026-01-01", "2026-01-15")
    assert (amounts(part), estimated(part)) == ([30], [True])


def test_bills_in_a_row_fill_the_months_between_them(person: Person) -> None:
    write(person, ("2026-01-15", "2026-02-14", 31), ("2026-02-15", "2026-03-14", 56))
    found = electricity(person, "2026-01-01", "2026-03-31")
    assert (amounts(found), complete(found)) == ([17, 42, 28], [False, True, False])
    assert estimated(found) == [True, True, True]


def test_a_bill_is_an_estimate_only_where_it_reaches_beyond_the_bucket(person: Person) -> None:
    write(
        person,
        ("2026-01-20", "2026-02-10", 22),  # within the first quarter
        ("2026-03-20", "2026-04-10", 22),  # into the second
        ("2026-07-07", "2026-07-09", 3),  # within a week: Tuesday to Thursday
        ("2026-10-05", "2026-10-05", 1),
    )
    year = (person, "2026-01-01", "2026-12-31")
    assert estimated(electricity(*year, "year")) == [False]
    assert estimated(electricity(*year, "quarter")) == [True, True, False, False]
    assert estimated(electricity(*year, "month")) == [
        True, True, True, True, False, False, False, False, False, False, False, False,
    ]  # fmt: skip
    january = (person, "2026-01-01", "2026-03-15")  # before the second bill
    assert estimated(electricity(*january, "quarter")) == [False]
    assert estimated(electricity(person, "2026-02-01", "2026-03-31", "quarter")) == [True]
    july = (person, "2026-06-29", "2026-07-19")
    assert estimated(electricity(*july, "week")) == [False, False, False]
    assert estimated(electricity(person, "2026-06-29", "2026-07-07", "week")) == [False, True]
    assert estimated(electricity(person, "2026-07-08", "2026-07-19", "week")) == [True, False]
    assert estimated(electricity(person, "2026-07-08", "2026-07-31", "month")) == [True]
    assert estimated(electricity(person, "2026-07-02", "2026-07-31", "month")) == [False]


def test_the_bill_of_one_utility_is_no_estimate_of_another(person: Person) -> None:
    write(person, ("2026-01-20", "2026-02-10", 22))
    write(person, ("2026-01-03", "2026-01-10", 8), kind="water", unit="m³")
    found = answers(person, "2026-01-01", "2026-02-20", "month", compare="previous")
    assert estimated(found["electricity", "kWh"]) == [True, True]
    assert estimated(found["water", "m³"]) == [False, False]


# Groupings


def test_weeks_begin_on_monday_and_belong_to_two_years(person: Person) -> None:
    write_days(person, "2025-12-29", "2026-01-11")
    found = electricity(person, "2025-12-29", "2026-01-11", "week")
    assert [(b.start.isoformat(), b.amount) for b in found.series] == [
        ("2025-12-29", 7), ("2026-01-05", 7),
    ]  # fmt: skip
    assert complete(found) == [True, True]


def test_quarters_and_years_are_sums_of_their_months(person: Person) -> None:
    write_days(person, "2023-10-01", "2025-01-31")
    quarters = electricity(person, "2023-10-01", "2025-01-31", "quarter")
    assert amounts(quarters) == [92, 91, 91, 92, 92, 31]
    assert complete(quarters) == [True] * 5 + [False]
    years = electricity(person, "2023-10-01", "2025-01-31", "year")
    assert (amounts(years), complete(years)) == ([92, 366, 31], [False, True, False])
    assert years.series[1].days_covered == 366
    assert years.total == quarters.total == 489


def test_the_29th_of_february_is_a_day_like_any_other(person: Person) -> None:
    write_days(person, "2024-02-01", "2024-02-29")
    found = electricity(person, "2024-02-01", "2024-02-29")
    assert (amounts(found), complete(found)) == ([29], [True])
    write_days(person, "2025-02-01", "2025-02-27")
    assert complete(electricity(person, "2025-02-01", "2025-02-28")) == [False]


# Comparison


def compared(*arguments: Any, **options: Any) -> tuple[str, str, float | None, int, float | None]:
    found = electricity(*arguments, **options).comparison
    assert found is not None
    return (
        found.date_from.isoformat(), found.date_to.isoformat(), found.total, found.days_covered,
        found.change_percent,
    )  # fmt: skip


def test_a_range_without_comparison_has_none(person: Person) -> None:
    write_days(person, "2026-01-01", "2026-01-02")
    assert electricity(person, "2026-01-01", "2026-01-31").comparison is None


@pytest.mark.parametrize(
    ("first", "last", "compare", "expected"),
    [
        # 56 / 28 = 2 a day against 31 / 31 = 1
        ("2026-02-01", "2026-02-28", "previous", ("2026-01-01", "2026-01-31", 31, 31, 100.0)),
        # 93 / 31 = 3 against 56 / 28 = 2
        ("2026-03-01", "2026-03-31", "previous", ("2026-02-01", "2026-02-28", 56, 28, 50.0)),
        # 7 days of 2 against 5 of 1 and 2 of 2: 14 against 9
        ("2026-02-03", "2026-02-09", "previous", ("2026-01-27", "2026-02-02", 9, 7, 55.6)),
        # always 1 a day
        ("2025-01-01", "2025-03-31", "previous", ("2024-10-01", "2024-12-31", 92, 92, 0.0)),
        ("2025-02-01", "2025-02-28", "last_year", ("2024-02-01", "2024-02-29", 29, 29, 0.0)),
        ("2025-02-28", "2025-02-28", "last_year", ("2024-02-28", "2024-02-28", 1, 1, 0.0)),
        ("2024-02-29", "2024-02-29", "last_year", ("2023-02-28", "2023-02-28", 1, 1, 0.0)),
        ("2026-03-10", "2026-03-12", "last_year", ("2025-03-10", "2025-03-12", 3, 3, 200.0)),
    ],
)
def test_a_finished_range_is_compared_with_the_whole_earlier_one(
    person: Person, first: str, last: str, compare: str, expected: tuple[Any, ...]
) -> None:
    write(person, ("2023-01-01", "2025-12-31", 1096))  # 1 a day
    for month, end, amount in (("01", "31", 31), ("02", "28", 56), ("03", "31", 93)):
        write(person, (f"2026-{month}-01", f"2026-{month}-{end}", amount))
    assert compared(person, first, last, compare=compare) == expected


@pytest.mark.parametrize("group_by", ["day", "week", "month", "quarter", "year"])
@pytest.mark.parametrize(
    ("today", "compare", "expected"),
    [
        ("2026-03-10", "previous", ("2026-02-01", "2026-02-28", 10, 10, 100.0)),
        ("2026-03-01", "previous", ("2026-02-01", "2026-02-28", 1, 1, 100.0)),
        ("2026-03-30", "previous", ("2026-02-01", "2026-02-28", 28, 28, 100.0)),
        ("2026-03-31", "previous", ("2026-02-01", "2026-02-28", 28, 28, 100.0)),
        ("2026-03-10", "last_year", ("2025-03-01", "2025-03-31", 5, 10, 300.0)),
        ("2026-02-28", "previous", ("2026-02-01", "2026-02-28", None, 0, None)),
        ("2026-01-01", "previous", ("2026-02-01", "2026-02-28", None, 0, None)),
    ],
)
def test_an_unfinished_range_is_compared_with_as_many_days_of_the_earlier_one(
    person: Person, group_by: str, today: str, compare: str, expected: tuple[Any, ...]
) -> None:
    write(person, ("2025-03-01", "2025-03-31", 15.5), ("2026-02-01", "2026-02-28", 28))
    until = min(day(today) + ONE_DAY, day("2026-03-31")).isoformat()  # also of tomorrow
    if until >= "2026-03-01":
        write_days(person, "2026-03-01", until, 2)
    arguments = (person, "2026-03-01", "2026-03-31", group_by)
    assert compared(*arguments, today=day(today), compare=compare) == expected


def test_the_earlier_series_is_shown_whole(person: Person) -> None:
    write_days(person, "2026-02-01", "2026-02-28")
    found = electricity(
        person, "2026-03-01", "2026-03-31", today=day("2026-03-10"), compare="previous"
    ).comparison
    assert found is not None
    assert (found.total, [bucket.amount for bucket in found.series]) == (10, [28])


def test_nothing_before_is_no_change_and_not_an_infinite_one(person: Person) -> None:
    write_days(person, "2026-02-01", "2026-02-28", 0)
    write_days(person, "2026-03-01", "2026-03-31")
    assert compared(person, "2026-03-01", "2026-03-31", compare="previous")[2:] == (0, 28, None)
    assert compared(person, "2026-02-01", "2026-02-28", compare="previous")[2:] == (None, 0, None)


def test_where_no_earlier_range_can_be_it_says_so(person: Person) -> None:
    for compare in ("previous", "last_year"):
        with pytest.raises(Invalid) as problem:
            answers(person, "0001-01-01", "0001-01-31", "day", compare=compare)
        assert problem.value.errors[0].pointer == "?compare"


# This month


@pytest.mark.parametrize(
    ("today", "this", "last_month", "last_year", "change"),
    [
        ("2026-03-31", 31, 28, 31, 0.0),  # against all 28 days of February: 1 a day
        ("2026-05-31", 31, 30, 31, 0.0),
        ("2026-05-30", 30, 30, 30, 0.0),
        ("2026-03-01", 1, 1, 1, 0.0),
        ("2024-02-29", 29, 29, 28, 0.0),
        ("2024-03-30", 30, 29, 30, 0.0),
        ("2025-02-28", 28, 28, 28, 0.0),
        ("2026-01-15", 15, 15, 15, 0.0),
    ],
)
def test_this_month_so_far_is_set_against_the_same_days_of_earlier_months(
    person: Person, today: str, this: float, last_month: float, last_year: float, change: float
) -> None:
    write(person, ("2022-01-01", "2027-01-01", 1827))  # 1 a day
    found = electricity(person, "2020-01-01", "2020-01-31", today=day(today)).current_month
    assert found.start == day(today).replace(day=1)
    assert (found.total, found.days_elapsed, found.days_covered) == (this, this, this)
    assert (found.same_days_last_month, found.same_days_last_year) == (last_month, last_year)
    assert (found.days_covered_last_month, found.days_covered_last_year) == (last_month, last_year)
    assert found.change_percent == change
    assert found.change_basis == ("totals" if this == last_month else "daily_average")


def test_days_that_are_not_read_yet_are_no_saving(person: Person) -> None:
    write_days(person, "2026-04-01", "2026-04-10", 3)
    write_days(person, "2026-05-01", "2026-05-08", 3)  # the 9th and 10th are missing
    found = electricity(person, "2026-05-01", "2026-05-31", today=day("2026-05-10")).current_month
    assert (found.total, found.same_days_last_month) == (24, 30)  # 20 % less, it seems
    assert (found.days_covered, found.days_covered_last_month) == (8, 10)
    assert (found.change_percent, found.change_basis) == (0.0, "daily_average")
    assert found.change_unknown is None


def test_too_few_days_say_nothing(person: Person) -> None:
    write_days(person, "2026-04-01", "2026-04-10", 3)
    write_days(person, "2026-05-01", "2026-05-04", 3)
    arguments = (person, "2026-05-01", "2026-05-31")
    found = electricity(*arguments, today=day("2026-05-09"), compare="previous")
    month, earlier = found.current_month, found.comparison
    assert (month.change_percent, month.change_unknown) == (None, "too_few_days")  # 4 of 9
    assert earlier is not None
    assert (earlier.change_percent, earlier.change_unknown) == (None, "too_few_days")
    found = electricity(*arguments, today=day("2026-05-08"), compare="previous")
    month, earlier = found.current_month, found.comparison
    assert (month.change_percent, month.change_basis) == (0.0, "daily_average")  # 4 of 8
    assert earlier is not None
    assert (earlier.days_covered_now, earlier.days_covered) == (4, 8)
    assert (earlier.change_percent, earlier.change_basis) == (0.0, "daily_average")


def test_a_comparison_says_how_many_days_of_each_side_have_data(person: Person) -> None:
    write_days(person, "2026-02-01", "2026-02-28", 2)
    write_days(person, "2026-03-02", "2026-03-31", 1)  # the first is missing
    found = electricity(person, "2026-03-01", "2026-03-31", compare="previous").comparison
    assert found is not None
    assert (found.days_covered_now, found.days_covered) == (30, 28)
    # 30 / 30 = 1 against 56 / 28 = 2; the totals would say 46 % less
    assert (found.change_percent, found.change_basis) == (-50.0, "daily_average")


def test_this_month_leaves_out_tomorrow_and_knows_gaps(person: Person) -> None:
    write_days(person, "2026-05-02", "2026-05-04")
    found = electricity(person, "2026-05-01", "2026-05-31", today=day("2026-05-03")).current_month
    assert (found.total, found.days_elapsed, found.days_covered) == (2, 3, 2)
    assert found.same_days_last_month is None
    assert found.same_days_last_year is None
    assert (found.change_percent, found.change_unknown) == (None, "nothing_before")
    empty = electricity(person, "2026-05-01", "2026-05-31", today=day("2026-07-03")).current_month
    assert (empty.total, empty.days_covered) == (None, 0)
    assert empty.change_unknown == "no_data"


def test_two_meters_cover_a_day_of_this_month_once(person: Person) -> None:
    garage = new_meter(person, "Garage")
    write_days(person, "2026-05-01", "2026-05-03")
    write_days(person, "2026-05-02", "2026-05-03", 10, meter_id=garage)
    found = electricity(person, "2026-05-01", "2026-05-31", today=day("2026-05-03")).current_month
    assert (found.total, found.days_covered) == (23, 3)


# Utilities and meters


def test_utilities_and_units_are_never_added(person: Person) -> None:
    for kind, unit, amount in (
        ("gas", "kWh", 10), ("gas", "m³", 20), ("electricity", "kWh", 30), ("water", "L", 40_000),
    ):  # fmt: skip
        write(person, ("2026-01-01", "2026-01-01", amount), kind=kind, unit=unit)
    found = answers(person, "2026-01-01", "2026-01-31", compare="previous")
    assert {key: utility.total for key, utility in found.items()} == {
        ("electricity", "kWh"): 30,
        ("gas", "kWh"): 10,
        ("gas", "m³"): 20,
        ("water", "m³"): 40,
    }
    assert list(found) == sorted(found)


def test_an_account_without_records_has_no_utilities(person: Person) -> None:
    assert answers(person, "2026-01-01", "2026-01-31", compare="last_year") == {}
    assert person.get(PATH).get_json()["utilities"] == []


def asked(person: Person, **fields: Any) -> Question:
    values: dict[str, Any] = {
        "first": None, "last": None, "group_by": GroupBy.MONTH, "consumption_type": None,
        "meter_id": None, "compare": None, "now": datetime(2026, 3, 31, 23, 30, tzinfo=UTC),
    }  # fmt: skip
    with session_of(person) as session:
        return analytics.ask(session, meters.states(session), **(values | fields))


def test_a_question_without_dates_is_about_this_month_and_the_eleven_before(app: Flask) -> None:
    for zone, first, today in (
        ("UTC", "2025-04-01", "2026-03-31"),
        ("Europe/Madrid", "2025-05-01", "2026-04-01"),
    ):
        question = asked(new_person(app, time_zone=zone))
        found = (question.first, question.last, question.today, question.time_zone)
        assert found == (day(first), day(today), day(today), zone)


def test_a_question_with_one_date_is_completed_from_it(app: Flask) -> None:
    person = new_person(app, time_zone="UTC")
    early = asked(person, last=day("2020-02-29"))
    assert (early.first, early.last) == (day("2019-03-01"), day("2020-02-29"))
    since = asked(person, first=day("2026-03-01"))
    assert (since.first, since.last) == (day("2026-03-01"), day("2026-03-31"))
    ahead = asked(person, first=day("2026-05-01"))
    assert (ahead.first, ahead.last) == (day("2026-05-01"), day("2026-05-01"))


def test_a_question_can_be_about_one_meter_or_one_utility(person: Person) -> None:
    garage = new_meter(person, "Garage")
    write_days(person, "2026-01-01", "2026-01-03")
    write_days(person, "2026-01-01", "2026-01-02", 10, meter_id=garage)
    write(person, ("2026-01-01", "2026-01-01", 5), kind="water", unit="m³")
    cases: Iterable[tuple[dict[str, Any], list[float | None]]] = [
        ({"meter_id": garage}, [20]),
        ({"consumption_type": "electricity"}, [23]),
        ({"consumption_type": "water"}, [5]),
        ({"consumption_type": "gas"}, []),
        ({"consumption_type": "water", "meter_id": garage}, []),
        ({}, [23, 5]),
    ]
    for query, expected in cases:
        dates = {"date_from": "2026-01-01", "date_to": "2026-01-31"}
        body = person.get(PATH, query_string=dates | query).get_json()
        assert [utility["total"] for utility in body["utilities"]] == expected


def test_a_meter_that_is_not_the_account_s_is_not_found(app: Flask, person: Person) -> None:
    theirs = new_meter(new_person(app), "Theirs")
    for meter_id in (theirs, 2**63 - 1):
        with pytest.raises(NotFound):
            asked(person, meter_id=meter_id)
        assert person.get(PATH, query_string={"meter_id": meter_id}).status_code == 404


def test_what_is_delivered_to_the_network_is_not_use(person: Person) -> None:
    solar = new_meter(person, "Solar")
    change_meter(person, solar, direction=Direction.EXPORT)
    write_days(person, "2026-01-01", "2026-01-02", meter_id=solar)
    assert asked(person).meters == ()
    assert asked(person, meter_id=solar).time_zone == "Europe/Madrid"


@pytest.mark.parametrize(
    ("group_by", "last", "is_accepted"),
    [
        ("day", "2010-01-07", True),
        ("day", "2010-01-08", False),
        ("week", "2070-02-21", True),
        ("week", "2070-02-22", False),
        ("month", "2200-12-31", True),
        ("quarter", "2200-12-31", True),
        ("year", "2200-12-31", True),
    ],
)
def test_a_range_has_a_limit_that_its_refusal_names(
    person: Person, group_by: str, last: str, is_accepted: bool
) -> None:
    write(person, ("2000-01-01", "2000-01-01", 1))
    first = "1900-01-01" if last.startswith("22") else "2000-01-01"
    query = {"group_by": group_by, "date_from": first, "date_to": last}
    response = person.get(PATH, query_string=query)
    if is_accepted:
        assert response.status_code == 200
        assert response.get_json()["utilities"][0]["total"] == 1
        return
    body = response.get_json()
    limit = {"day": "3660", "week": "25620"}[group_by]
    assert (response.status_code, body["errors"][0]["pointer"]) == (422, "?date_from")
    assert f"by {group_by} a range has at most {limit} days" in body["detail"]


@pytest.mark.parametrize(
    ("query", "pointer", "words"),
    [
        ({"group_by": "hour"}, "?group_by", "'day', 'week', 'month', 'quarter' or 'year'"),
        ({"compare": "next"}, "?compare", "'previous' or 'last_year'"),
        ({"date_from": "1899-12-31"}, "?date_from", "1900-01-01"),
        ({"date_to": "2201-01-01"}, "?date_to", "2200-12-31"),
        ({"date_from": "2026-01-02", "date_to": "2026-01-01"}, "?date_from", "after date_to"),
        ({"from": "2026-01-02"}, "?from", "unknown"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    anybody: Person, query: dict[str, str], pointer: str, words: str
) -> None:
    response = anybody.get(PATH, query_string=query)
    assert response.status_code == 422
    (error,) = response.get_json()["errors"]
    assert error["pointer"] == pointer
    assert words in error["detail"]


def test_an_answer_says_what_it_is_about(person: Person) -> None:
    query = {"date_from": "2026-01-01", "date_to": "2026-01-31", "group_by": "week"}
    body = person.get(PATH, query_string=query).get_json()
    assert {name: body[name] for name in (*query, "time_zone")} == query | {
        "time_zone": "Europe/Madrid"
    }
