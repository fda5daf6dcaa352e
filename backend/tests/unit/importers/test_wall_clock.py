"""Wall times in file order: repeated and skipped hours of real zones."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.importers.wall_clock import WallClock, wall_seconds

ZONES = (
    "Europe/Amsterdam",
    "America/Los_Angeles",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/St_Johns",
)


def walls(*texts: str) -> list[int]:
    return [wall_seconds(datetime.fromisoformat(text)) for text in texts]


def resolved(zone: str, *texts: str, **options: bool) -> list[str]:
    found = WallClock(zone, **options).resolve(walls(*texts))
    assert found.skipped == ()
    return [f"{datetime.fromtimestamp(s, UTC):%d %H:%M}" for s in found.starts.tolist()]


def test_the_repeat_of_an_hour_is_the_later_one():
    hour = ("2024-10-27T02:00", "2024-10-27T02:30")
    assert resolved("Europe/Amsterdam", "2024-10-27T01:30", *hour, *hour, "2024-10-27T03:00") == [
        *("26 23:30", "27 00:00", "27 00:30", "27 01:00", "27 01:30", "27 02:00")
    ]
    assert resolved("America/Los_Angeles", "2024-11-03T01:00", "2024-11-03T01:00") == [
        *("03 08:00", "03 09:00")
    ]


def test_repeats_side_by_side_and_after_a_gap_are_told_apart():
    paired = ["2024-10-27T02:00"] * 2 + ["2024-10-27T02:30"] * 2
    assert resolved("Europe/Amsterdam", *paired) == ["27 00:00", "27 01:00", "27 00:30", "27 01:30"]
    gap = ["2024-10-27T02:15", "2024-10-27T02:45", "2024-10-27T02:00", "2024-10-27T02:30"]
    assert resolved("Europe/Amsterdam", *gap) == ["27 00:15", "27 00:45", "27 01:00", "27 01:30"]


def test_repeats_are_remembered_from_batch_to_batch():
    clock = WallClock("Europe/Amsterdam")
    first = clock.resolve(walls("2024-10-27T02:00", "2024-10-27T02:30")).starts.tolist()
    again = clock.resolve(walls("2024-10-27T02:00", "2024-10-27T02:30")).starts.tolist()
    assert [b - a for a, b in zip(first, again, strict=True)] == [3600, 3600]


def test_the_newest_first():
    hour = ("2024-10-27T02:30", "2024-10-27T02:00")
    assert resolved("Europe/Amsterdam", *hour, *hour, newest_first=True) == [
        *("27 01:30", "27 01:00", "27 00:30", "27 00:00")
    ]


def test_skipped_times_are_named():
    clock = WallClock("America/Los_Angeles")
    found = clock.resolve(walls("2024-03-10T01:59", "2024-03-10T02:00", "2024-03-10T03:00"))
    assert found.skipped == (1,)
    assert found.starts[1] == found.starts[2]


def test_lord_howe_goes_back_half_an_hour():
    quarter = ("2024-04-07T01:30", "2024-04-07T01:45")
    assert resolved("Australia/Lord_Howe", "2024-04-07T01:15", *quarter, *quarter) == [
        *("06 14:15", "06 14:30", "06 14:45", "06 15:00", "06 15:15")
    ]
    spring = WallClock("Australia/Lord_Howe").resolve(
        walls("2024-10-06T01:45", "2024-10-06T02:15", "2024-10-06T02:30")
    )
    assert spring.skipped == (1,)


def test_kathmandu_is_five_hours_and_three_quarters_ahead():
    assert resolved("Asia/Kathmandu", "2024-06-01T05:45") == ["01 00:00"]


def test_apia_had_no_30_december_2011():
    times = walls("2011-12-29T23:00", "2011-12-30T00:00", "2011-12-30T23:59", "2011-12-31T00:00")
    found = WallClock("Pacific/Apia").resolve(times)
    assert found.skipped == (1, 2)
    assert found.starts[3] - found.starts[0] == 3600


def sce_day(turn: int) -> list[int]:
    """Return an autumn day of hours that are stamped 0 to `turn`, then `turn` again to 23."""
    day = walls("2021-11-07T00:00")[0]
    return [day + hour * 3600 for hour in (*range(turn + 1), *range(turn, 24))]


@pytest.mark.parametrize("turn", [1, 2, 4, 10, 22])
def test_a_day_that_goes_back_at_another_hour_is_read_in_order(turn):
    found = WallClock("America/Los_Angeles").resolve(sce_day(turn)).starts.tolist()
    first = int(datetime(2021, 11, 7, 7, tzinfo=UTC).timestamp())
    assert found == [first + 3600 * n for n in range(25)]


def test_a_duplicate_that_is_no_step_back_of_the_clock_moves_nothing():
    day = walls("2021-11-07T00:00")[0]
    hours = [day + hour * 3600 for hour in (*range(8), 5, *range(8, 24))]
    found = WallClock("America/Los_Angeles").resolve(hours).starts
    assert found[5] == found[8]
    assert found[6] - found[5] == 3600


def test_lengths_by_the_clock_and_across_its_changes():
    zone = "America/Los_Angeles"
    begun = walls("2024-11-03T00:00", "2024-11-03T01:45", "2024-11-03T01:45", "2024-03-10T01:45")
    ended = walls("2024-11-04T00:00", "2024-11-03T01:00", "2024-11-03T02:00", "2024-03-10T03:00")
    clock = WallClock(zone)
    starts = clock.resolve(begun).starts
    assert clock.lengths(starts, begun, ended).tolist() == [90_000, 900, 900, 900]
    spring = walls("2024-03-10T00:00", "2024-03-10T01:00")
    ends = walls("2024-03-11T00:00", "2024-03-10T02:00")
    assert clock.lengths(clock.resolve(spring).starts, spring, ends).tolist() == [82_800, 3_600]
    backwards = walls("2024-06-02T00:00"), walls("2024-06-01T00:00")
    at = clock.resolve(backwards[0]).starts
    assert clock.lengths(at, *backwards).tolist() == [-86_400]


def test_a_zone_and_a_year_that_are_not():
    with pytest.raises(ValueError, match="not an IANA"):
        WallClock("Europe/Atlantis")
    with pytest.raises(ValueError, match="outside the years"):
        WallClock("UTC").resolve([10**12])
    assert WallClock("UTC").resolve([]).starts.tolist() == []


@given(
    st.sampled_from(ZONES),
    st.integers(10 * 8766, 67 * 8766),
    st.sampled_from([5, 15, 30, 60]),
)
def test_walls_of_instants_in_order_give_the_instants_again(zone, hours, minutes):
    first = datetime.fromtimestamp(hours * 3600, UTC)
    instants = [first + timedelta(minutes=minutes * n) for n in range(30 * 60 // minutes)]
    clock = ZoneInfo(zone)
    shown = [wall_seconds(i.astimezone(clock).replace(tzinfo=None)) for i in instants]
    # A series that begins between the two showings of an hour cannot tell which it is.
    if instants[0].astimezone(clock).fold:
        return
    found = WallClock(zone).resolve(shown)
    assert found.starts.tolist() == [int(i.timestamp()) for i in instants]
    assert found.skipped == ()
