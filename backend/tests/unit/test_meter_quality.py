"""What is missing, estimated or suspicious; and when a meter's use happens."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.factories import Person
from tests.intervals import block, interval_meter, stored

FIRST = date(2026, 3, 23)
"""A Monday; the Sunday of that week has 23 hours."""


def usual(hour: int, day: int) -> float:
    """A household that sleeps at night, never twice the same."""
    return round((0.1 if hour < 7 else 0.5) + (hour * 7 + day * 13) % 11 / 100, 3)


def week(days: int = 14) -> list[list[float | None]]:
    lengths = [23 if FIRST + timedelta(day) == date(2026, 3, 29) else 24 for day in range(days)]
    return [[usual(hour, day) for hour in range(count)] for day, count in enumerate(lengths)]


def quality(person: Person, values: list[list[float | None]], letters: str | None = None) -> Any:
    meter = interval_meter(person)
    stored(person, meter, [
        block(FIRST + timedelta(day), amounts, quality=letters and letters * len(amounts))
        for day, amounts in enumerate(values)
    ])  # fmt: skip
    return meter, person.get(f"/api/meters/{meter}/quality").get_json()


def test_good_data_is_covered_and_suspects_nothing(person: Person) -> None:
    _, found = quality(person, week())
    assert (found["expected"], found["measured"], found["coverage"]) == (335, 335, 1)
    assert (found["gaps"], found["suspicious"], found["estimated_days"]) == ([], [], [])


def test_gaps_go_on_over_days_without_data(person: Person) -> None:
    values = week(6)
    values[1][22:] = [None, None]
    values[2] = [None] * 24
    values[3][0] = None
    values[4][5] = None
    _, found = quality(person, values)
    assert found["gaps"] == [
        {"start": "2026-03-24T21:00:00Z", "end": "2026-03-26T00:00:00Z", "intervals": 27},
        {"start": "2026-03-27T04:00:00Z", "end": "2026-03-27T05:00:00Z", "intervals": 1},
    ]
    assert (found["expected"], found["measured"], found["gap_count"]) == (144, 116, 2)


def test_estimated_days_are_named(person: Person) -> None:
    _, found = quality(person, week(2), "E")
    assert found["estimated_days"] == ["2026-03-23", "2026-03-24"]


@pytest.mark.parametrize(
    ("kind", "first", "count", "value", "fix"),
    [
        ("spike", 50, 1, 40.0, "interpolate"),
        ("stuck", 24, 30, 0.7, "set_missing"),
        ("zeros", 30, 14, 0.0, "set_missing"),
    ],
)
def test_what_looks_wrong_is_named_mended_and_accepted(
    person: Person, kind: str, first: int, count: int, value: float, fix: str
) -> None:
    values = week()
    for place in range(first, first + count):
        values[place // 24][place % 24] = value
    meter, found = quality(person, values)
    (one,) = found["suspicious"]
    assert (one["kind"], one["intervals"], one["amount"], one["fix"]) == (kind, count, value, fix)
    mended = {"from": one["start"], "to": one["end"], "action": one["fix"]}
    path = f"/api/meters/{meter}"
    made = person.post(f"{path}/corrections", json=mended).get_json()
    after = person.get(f"{path}/quality").get_json()
    assert after["suspicious"] == []
    assert after["gap_count"] == (1 if fix == "set_missing" else 0)
    person.post(f"/api/imports/{made['import_id']}/undo")
    assert person.get(f"{path}/quality").get_json()["suspicious"] == [one]
    person.post(f"{path}/corrections", json=mended | {"action": "accept"})
    assert person.get(f"{path}/quality").get_json()["suspicious"] == []


@pytest.mark.parametrize(
    ("count", "value"), [(20, 0.7), (10, 0.0)], ids=["equal for 20 hours", "zero for ten"]
)
def test_what_is_short_is_not_suspected(person: Person, count: int, value: float) -> None:
    values = week()
    for place in range(24, 24 + count):
        values[place // 24][place % 24] = value
    assert quality(person, values)[1]["suspicious"] == []


def test_a_meter_that_is_often_zero_may_be_zero_for_long(person: Person) -> None:
    values = [[0.0 if hour < 14 else value for hour, value in enumerate(day)] for day in week()]
    assert quality(person, values)[1]["suspicious"] == []


def test_records_have_gaps_by_day(person: Person) -> None:
    meter = person.record(1, consumption_date="2026-03-01")["meter_id"]
    person.record(1, consumption_date="2026-03-04")
    found = person.get(f"/api/meters/{meter}/quality").get_json()
    assert (found["expected"], found["measured"], found["suspicious"]) == (4, 2, [])
    assert [gap["intervals"] for gap in found["gaps"]] == [2]


def test_a_profile_has_clock_hours_and_typical_days(person: Person) -> None:
    meter = interval_meter(person)
    stored(person, meter, [
        block(FIRST + timedelta(day), [float(hour) for hour in range(len(amounts))])
        for day, amounts in enumerate(week(7))
    ])  # fmt: skip
    path = f"/api/meters/{meter}/profile"
    found = person.get(path).get_json()
    assert len(found["days"]) == len(found["hours"]) == 7
    assert found["hours"][0] == list(range(24))
    assert found["hours"][6] == [0, 1, None, *range(2, 23)]  # two o'clock was skipped
    assert (found["weekdays"]["days"], found["weekend"]["days"]) == (5, 2)
    assert found["weekdays"]["median"] == list(range(24))
    assert found["weekend"]["median"][2:4] == [2, 2.5]
    assert found["weekend"]["p10"][3] == pytest.approx(2.1)
    etag = person.get(path).headers["ETag"]
    assert person.get(path, headers={"If-None-Match": etag}).status_code == 304
