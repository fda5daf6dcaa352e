"""Pieces of files put into local days: nothing is lost, nothing is counted twice."""

import io
import math
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.importers import staging
from app.importers.grid import Grid
from app.importers.series import (
    Channel,
    Ignored,
    Period,
    Piece,
    Readings,
    Registers,
    Rejected,
    Unreadable,
)
from app.importers.staging import StagedDay
from app.importers.windows import Windows
from app.utils.periods import day_bounds, steps_in_day
from app.utils.units import ConsumptionType

AMSTERDAM = "Europe/Amsterdam"
KWH = Channel("a", "House", ConsumptionType.ELECTRICITY, "kWh")
HOUR, DAY = 3_600, 86_400
OFF_GRID = "does not stand on the grid that its length makes of the local day"


def at(text: str, zone: str = AMSTERDAM) -> int:
    """The instant of a wall time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def gridded(
    pieces: Iterable[Piece], zone: str = AMSTERDAM, **options: Any
) -> tuple[Grid, list[StagedDay]]:
    """Put pieces of one channel into days, through the staging file."""
    with tempfile.TemporaryFile() as first, tempfile.TemporaryFile() as second:
        grid = Grid(zone, (first, second), **options)
        grid.take(KWH)
        for piece in pieces:
            grid.take(piece)
        out = io.BytesIO()
        file = staging.StagingFile(out)
        for state, days in grid.days():
            file.add(state.index, days)
        file.finish()
    out.seek(0)
    rows = sorted(staging.read(out), key=lambda row: (row.channel, row.day))
    assert len({(row.channel, row.day) for row in rows}) == len(rows)
    accepted = sum(row.lines for row in rows) + len(grid.periods)
    assert grid.taken == accepted + grid.tally.rejected + grid.tally.ignored
    for row in rows:
        assert len(row.amounts) == steps_in_day(row.day, zone, row.step_seconds)
    return grid, rows


def readings(start: int, step: int, amounts: list[float], **more: Any) -> Readings:
    """Consecutive readings."""
    starts = [start + index * step for index in range(len(amounts))]
    return Readings("a", starts, step, amounts, lines=list(range(2, len(amounts) + 2)), **more)


def test_a_plain_day_is_one_row_of_measured_values() -> None:
    amounts = [index / 8 for index in range(96)]
    grid, [row] = gridded([readings(at("2026-01-15"), 900, amounts)])
    assert row == StagedDay(0, date(2026, 1, 15), 900, 96, amounts, None, None)
    assert grid.tally.problems == []


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_days_on_which_the_clocks_change_have_their_real_length(day: str, hours: int) -> None:
    _, [row] = gridded([readings(at(day), HOUR, [1.0] * hours)])
    assert row.amounts == [1.0] * hours


@pytest.mark.parametrize(
    ("day", "seconds"),
    [("2026-03-29", 82_800), ("2026-03-29", DAY), ("2026-10-25", 90_000), ("2026-10-25", DAY)],
)
def test_a_daily_value_is_one_step_of_a_day_however_long_the_day_is(day: str, seconds: int) -> None:
    _, [row] = gridded([Readings("a", [at(day)], seconds, [7.5])])
    assert (row.step_seconds, row.amounts) == (DAY, [7.5])


def test_missing_is_never_zero() -> None:
    grid, [row] = gridded([readings(at("2026-01-15"), HOUR, [1.0, math.nan, 0.0])])
    assert row.amounts == [1.0, None, 0.0] + [None] * 21
    assert dict(grid.tally.reasons) == {"the source gives no value": 1}


def test_units_are_converted_to_the_base_unit() -> None:
    channel = Channel("b", "In Wh", ConsumptionType.ELECTRICITY, "Wh")
    start = at("2026-01-15")
    grid, rows = gridded([channel, Readings("b", [start], HOUR, [333.0])])
    assert rows[0].amounts[0] == 0.333  # exactly the short decimal
    assert grid.channels["b"].index == 1


def test_of_two_values_for_the_same_time_the_later_line_wins() -> None:
    start = at("2026-01-15")
    grid, [row] = gridded([readings(start, HOUR, [1.0, 2.0]), readings(start, HOUR, [1.0, 3.0])])
    assert row.amounts[:2] == [1.0, 3.0]
    assert (row.lines, grid.tally.ignored, grid.tally.conflicts) == (2, 2, 1)


@pytest.mark.parametrize(
    ("start", "seconds", "detail"),
    [
        ("2026-01-15T00:07", 900, OFF_GRID),
        ("2026-01-15T23:30", HOUR, OFF_GRID),
        ("2026-01-15", 420, "has a length that is not whole minutes which divide the day evenly"),
        ("2026-01-15", 10, "has a length that is not whole minutes which divide the day evenly"),
        ("2026-01-15", 0, "has no length"),
        ("2026-01-15T12:00", 3 * DAY, "covers more than a day, and not from midnight to midnight"),
        ("1890-01-15", HOUR, "is before 1900-01-02"),
        ("2300-01-15", HOUR, "is in the future"),
    ],
)  # fmt: skip
def test_what_fits_no_day_is_rejected_with_its_line(start: str, seconds: int, detail: str) -> None:
    grid, rows = gridded([Readings("a", [at(start)], seconds, [1.0], lines=[17])])
    assert rows == []
    assert [(problem.line, problem.detail) for problem in grid.tally.problems] == [(17, detail)]


@pytest.mark.parametrize("amount", [math.inf, -math.inf, 1e7])
def test_amounts_beyond_the_limit_are_rejected(amount: float) -> None:
    grid, rows = gridded([Readings("a", [at("2026-01-15")], HOUR, [amount])])
    assert (rows, grid.tally.rejected) == ([], 1)
    assert grid.tally.problems[0].detail == "is beyond 2,000,000"


def test_a_value_over_whole_days_becomes_a_record_of_them() -> None:
    month = at("2026-04-01") - at("2026-03-01")
    grid, rows = gridded([Readings("a", [at("2026-03-01")], month, [310.5], costs=[62.1])])
    assert rows == []
    [period] = grid.periods
    assert (period.first, period.last) == (date(2026, 3, 1), date(2026, 3, 31))
    assert (period.amount, period.cost) == (Decimal("310.5"), Decimal("62.1"))


def test_longer_intervals_fill_what_shorter_ones_leave_open() -> None:
    start = at("2026-01-15")
    grid, [row] = gridded([
        readings(start, 900, [1.0, 2.0, 3.0, 4.0, 5.0]),
        Readings("a", [start, start + HOUR, start + 2 * HOUR], HOUR, [10.0, 11.0, 8.0]),
    ])  # fmt: skip
    assert row.step_seconds == 900
    assert row.amounts[:13] == [1, 2, 3, 4, 5, 2, 2, 2, 2, 2, 2, 2, None]
    assert row.quality is not None
    assert row.quality[:13] == "AAAAADDDDDDDN"
    assert grid.tally.ignored == 1  # the first hour says the same as its quarters


def test_letters_and_costs_follow_their_values() -> None:
    start = at("2026-01-15")
    piece = readings(start, HOUR, [1.0, 2.0, 3.0], quality="AEA", costs=[0.1, math.nan, 0.2])
    _, [row] = gridded([piece])
    assert row.quality == "AEA" + "N" * 21
    assert row.cost == Decimal("0.30000")


def test_a_zone_of_its_own_for_a_channel() -> None:
    start = at("2026-01-15", "Asia/Kathmandu")
    with tempfile.TemporaryFile() as first, tempfile.TemporaryFile() as second:
        grid = Grid("UTC", (first, second), zones={"a": "Asia/Kathmandu"})
        grid.take(KWH)
        grid.take(Readings("a", [start], HOUR, [1.0]))
        [(_, days)] = list(grid.days())
    assert days.days.tolist() == [date(2026, 1, 15).toordinal()]


def test_too_many_channels_are_refused() -> None:
    pieces = [Channel(str(n), "x", ConsumptionType.WATER, "L") for n in range(2_000)]
    with pytest.raises(Unreadable, match="2,000 channels"):
        gridded(pieces)


def register(instants: list[str], values: list[float], **more: Any) -> Registers:
    """Register values at wall times."""
    moments = [at(text) for text in instants]
    return Registers("a", moments, values, lines=list(range(2, len(values) + 2)), **more)


def test_register_values_on_the_grid_are_measured_use() -> None:
    hours = [f"2026-01-15T{hour:02}:00" for hour in range(24)] + ["2026-01-16T00:00"]
    _, [row] = gridded([register(hours, [100 + n / 10 for n in range(25)])])
    assert row.amounts == [0.1] * 24
    assert (row.quality, row.lines) == (None, 24)


def test_register_values_off_the_grid_are_spread_and_lettered_so() -> None:
    piece = register(["2026-01-15T10:30", "2026-01-15T12:30"], [10.0, 14.0])
    _, [row] = gridded([piece])
    assert row.step_seconds == HOUR
    assert row.amounts[10:13] == [1.0, 2.0, 1.0]
    assert row.quality == "N" * 10 + "DDD" + "N" * 11


def test_daily_register_values_give_days_also_over_the_change_of_clocks() -> None:
    days = ["2026-03-28", "2026-03-29", "2026-03-30"]
    _, rows = gridded([register(days, [5.0, 8.0, 12.5])])
    assert [(row.step_seconds, row.amounts, row.quality) for row in rows] == [
        (DAY, [3.0], None),
        (DAY, [4.5], None),
    ]


def test_a_register_that_falls_begins_anew_unless_it_rolls_over() -> None:
    hours = [f"2026-01-15T0{hour}:00" for hour in range(4)]
    grid, [row] = gridded([register(hours, [98.0, 99.0, 0.5, 1.5])])
    assert row.amounts[:3] == [1.0, None, 1.0]
    assert grid.tally.all_warnings()[0].startswith("line 4: the register fell")
    _, [row] = gridded([register(hours, [98.0, 99.0, 0.5, 1.5], rolls_over_at=100.0)])
    assert row.amounts[:3] == [1.0, 1.5, 1.0]


def test_over_a_longer_gap_than_allowed_nothing_is_spread() -> None:
    hours = ["2026-01-15T00:00", "2026-01-15T01:00", "2026-01-15T06:00", "2026-01-15T07:00"]
    grid, [row] = gridded([register(hours, [0.0, 1.0, 9.0, 10.0], max_gap_seconds=2 * HOUR)])
    assert row.amounts[:8] == [1.0, None, None, None, None, None, 1.0, None]
    assert "a gap too long to spread the register's difference over" in grid.tally.reasons


ZONES = st.sampled_from(
    ["UTC", AMSTERDAM, "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia",
     "America/St_Johns", "Africa/Cairo", "America/Asuncion"]
)  # fmt: skip
STARTS = st.integers(at("2011-12-20", "UTC") // 60, at("2012-04-20", "UTC") // 60)
VALUES = st.one_of(
    st.just(math.nan), st.just(math.inf), st.integers(-20, 4_000).map(lambda n: n / 8)
)


@settings(max_examples=150, deadline=None)
@given(
    zone=ZONES,
    rows=st.lists(
        st.tuples(STARTS, st.sampled_from([60, 900, 1800, HOUR, DAY, 90_000, 82_800, 7]), VALUES),
        max_size=60,
    ),
    others=st.lists(st.sampled_from(["rejected", "ignored", "period"]), max_size=5),
)
def test_every_value_is_counted_once(
    zone: str, rows: list[tuple[int, int, float]], others: list[str]
) -> None:
    pieces: list[Piece] = [
        Readings("a", [minute * 60 for minute, _, _ in rows], [s for _, s, _ in rows],
                 [value for _, _, value in rows], lines=list(range(len(rows))))
    ]  # fmt: skip
    kinds: dict[str, Piece] = {
        "rejected": Rejected(1, None, "odd"),
        "ignored": Ignored(3, "derived"),
        "period": Period("a", date(2026, 1, 1), date(2026, 1, 31), Decimal(5)),
    }
    gridded([*pieces, *(kinds[kind] for kind in others)], zone)  # it adds up the counts


@settings(max_examples=100, deadline=None)
@given(
    zone=ZONES,
    start=st.dates(date(2011, 12, 20), date(2012, 4, 10)),
    days=st.integers(1, 12),
    step=st.sampled_from([300, 900, 1800]),
    seed=st.integers(0, 2**16),
)
def test_the_days_of_a_full_series_hold_its_sum(
    zone: str, start: date, days: int, step: int, seed: int
) -> None:
    first = int(day_bounds(start, zone)[0].timestamp())
    last = int(day_bounds(date.fromordinal(start.toordinal() + days), zone)[1].timestamp())
    amounts = [(index * 7919 + seed) % 1000 / 1000 for index in range((last - first) // step)]
    # In pieces and backwards, as some files are.
    chunks = [
        readings(first + at_ * step, step, amounts[at_ : at_ + 50])
        for at_ in range(0, len(amounts), 50)
    ]
    _, rows = gridded(reversed(chunks), zone)
    values = [value for row in rows for value in row.amounts if value is not None]
    assert values == amounts


@settings(max_examples=150, deadline=None)
@given(
    zone=ZONES,
    start=st.integers(at("2011-12-20", "UTC"), at("2012-04-10", "UTC")),
    gaps=st.lists(st.integers(1, 200_000), min_size=1, max_size=40),
    uses=st.lists(st.integers(0, 50_000), min_size=40, max_size=40),
    windows=st.sampled_from([None, 64]),
)
def test_the_days_of_a_register_hold_its_difference(
    zone: str, start: int, gaps: list[int], uses: list[int], windows: int | None
) -> None:
    moments, values = [start], [1000.0]
    for gap, use in zip(gaps, uses, strict=False):
        moments.append(moments[-1] + gap)
        values.append(round(values[-1] + use / 1000, 3))
    with pytest.MonkeyPatch.context() as patch:
        if windows:  # days that windows cut through
            patch.setattr("app.importers.windows.WINDOW_DAYS", 2)
        _, rows = gridded([Registers("a", moments, values)], zone)
    total = sum(value for row in rows for value in row.amounts if value is not None)
    assert total == pytest.approx(values[-1] - values[0], abs=1e-6)


def test_what_does_not_fit_in_memory_comes_back_from_the_file() -> None:
    import numpy as np

    from app.importers.windows import READING

    with tempfile.TemporaryFile() as file:
        windows = Windows(READING, file, max_bytes=2_000)
        wanted: dict[int, list[float]] = defaultdict(list)
        for number in range(60):
            records = np.zeros(7, dtype=READING)
            records["day"] = 730_000 + (np.arange(7) * 37 + number) % 400
            records["amount"] = number
            windows.append(number % 3, records)
            wanted[number % 3] += [number] * 7
        for channel in range(3):
            parts = list(windows.of(channel, lambda records: records))
            assert sorted(np.concatenate(parts)["amount"].tolist()) == wanted[channel]
            order = [part["day"] // 128 for part in parts]
            assert all((part == part[0]).all() for part in order)
            assert [int(part[0]) for part in order] == sorted(int(part[0]) for part in order)
