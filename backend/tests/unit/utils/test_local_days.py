"""Local days: which names are zones, when a day begins, and how long it really is."""

from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.utils.periods import day_bounds, day_seconds, is_time_zone, local_today, steps_in_day

ZONES = sorted(set(files("tzdata").joinpath("zones").read_text().split()) - {"Factory"})
zones = st.sampled_from(ZONES)


@pytest.mark.parametrize("name", ["Europe/Madrid", "UTC", "Asia/Kathmandu", "US/Eastern", "GB"])
def test_iana_names_and_links_are_time_zones(name: str) -> None:
    assert is_time_zone(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", "localtime", "Factory", "posixrules", "posix/UTC", "right/UTC", "europe/madrid"),
        *("../../etc/passwd", "/etc/localtime", "Europe/../Europe/Madrid", "Europe", "Europe/"),
        *("Europe/Madrid\0", " UTC", "UTC\n", "Mars/Olympus", "+01:00", "tzdata.zi", "A" * 100_000),
    ],
)
def test_other_names_are_no_time_zones(name: str) -> None:
    assert not is_time_zone(name)
    with pytest.raises(ValueError, match="IANA"):
        local_today(name, datetime(2025, 1, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="IANA"):
        day_bounds(date(2025, 1, 1), name)


def test_today_depends_on_the_zone() -> None:
    now = datetime(2025, 6, 1, 11, 30, tzinfo=UTC)
    assert local_today("Pacific/Kiritimati", now) == date(2025, 6, 2)
    assert local_today("Pacific/Pago_Pago", now) == date(2025, 6, 1)
    assert local_today("Pacific/Pago_Pago", now - timedelta(hours=1)) == date(2025, 5, 31)


def test_now_must_be_an_instant_of_the_calendar() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        local_today("UTC", datetime(2025, 1, 1))  # noqa: DTZ001 - the error under test
    with pytest.raises(ValueError, match="years 1 to 9999"):
        local_today("Asia/Tokyo", datetime.max.replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("time_zone", "local_day", "hours"),
    [
        ("Europe/Madrid", "2025-06-01", 24),
        ("Europe/Madrid", "2025-03-30", 23),
        ("Europe/Madrid", "2025-10-26", 25),
        ("Australia/Lord_Howe", "2025-10-05", 23.5),
        ("Australia/Lord_Howe", "2025-04-06", 24.5),
        ("Pacific/Apia", "2011-12-29", 24),
        ("Pacific/Apia", "2011-12-30", 0),
        ("Pacific/Apia", "2011-12-31", 24),
        ("Pacific/Kwajalein", "1993-08-21", 0),
        ("America/Sao_Paulo", "2018-11-04", 23),
        ("America/Sao_Paulo", "2018-02-17", 25),
        ("America/Havana", "2025-11-02", 25),
        ("America/Toronto", "1919-03-30", 23.5),
        ("America/Toronto", "1919-03-31", 23.5),
        ("America/Goose_Bay", "2010-11-06", 25),
        ("America/Goose_Bay", "2010-11-07", 24),
        ("Asia/Kathmandu", "1986-01-01", 23.75),
    ],
)
def test_a_local_day_has_its_real_length(time_zone: str, local_day: str, hours: float) -> None:
    assert day_seconds(date.fromisoformat(local_day), time_zone) == hours * 3600


def test_bounds_of_a_day_are_utc_instants() -> None:
    assert day_bounds(date(2025, 3, 30), "Europe/Madrid") == (
        datetime(2025, 3, 29, 23, tzinfo=UTC),
        datetime(2025, 3, 30, 22, tzinfo=UTC),
    )


@settings(max_examples=30, deadline=None)
@given(zones, st.integers(1850, 2100))
def test_the_days_of_any_year_in_any_zone_add_up_to_its_utc_span(zone: str, year: int) -> None:
    first = date(year, 1, 1)
    year_days = [first + timedelta(days=i) for i in range((date(year + 1, 1, 1) - first).days)]
    lengths = [day_seconds(d, zone) for d in year_days]
    span_seconds = (day_bounds(year_days[-1], zone)[1] - day_bounds(first, zone)[0]).total_seconds()
    assert sum(lengths) == span_seconds
    assert all(0 <= length <= 172_800 for length in lengths)


@settings(max_examples=200, deadline=None)
@given(zones, st.integers(-3_600_000_000, 4_100_000_000))
def test_an_instant_lies_in_its_local_day(zone: str, seconds: int) -> None:
    instant = datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)
    local = instant.astimezone(ZoneInfo(zone))
    start, end = day_bounds(local.date(), zone)
    # When clocks go back over midnight, the minutes before it belong to the day they return to.
    went_back = start - timedelta(hours=2) < instant < start
    assert start <= instant < end or went_back


@pytest.mark.parametrize(
    ("time_zone", "local_day", "step", "steps"),
    [
        ("Europe/Madrid", "2025-06-01", 900, 96),
        ("Europe/Madrid", "2025-03-30", 900, 92),
        ("Europe/Madrid", "2025-10-26", 900, 100),
        ("Australia/Lord_Howe", "2025-10-05", 1800, 47),
        ("Australia/Lord_Howe", "2025-10-05", 3600, 24),
        ("Pacific/Apia", "2011-12-30", 900, 0),
        ("UTC", "2025-01-01", 86_400, 1),
        ("UTC", "2025-01-01", 100_000, 1),
    ],
)
def test_steps_in_a_day(time_zone: str, local_day: str, step: int, steps: int) -> None:
    assert steps_in_day(date.fromisoformat(local_day), time_zone, step) == steps


@pytest.mark.parametrize("step", [0, -900])
def test_a_step_is_positive(step: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        steps_in_day(date(2025, 1, 1), "UTC", step)


@pytest.mark.parametrize(
    ("local_day", "time_zone"),
    [(date.min, "Asia/Tokyo"), (date.max, "UTC"), (date.max, "America/New_York")],
)
def test_a_day_without_utc_bounds_is_refused(local_day: date, time_zone: str) -> None:
    with pytest.raises(ValueError, match="years 1 to 9999"):
        day_bounds(local_day, time_zone)
