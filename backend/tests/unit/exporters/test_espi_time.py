"""ESPI's rules of summer time: known ones, and against the zones themselves."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.exporters.espi_time import NO_RULE, LocalTime, local_time


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        # As in the Alliance's reference files.
        ("America/New_York", LocalTime(-18_000, 3_600, "360E2000", "B40E2000")),
        ("Europe/Madrid", LocalTime(3_600, 3_600, "3E0E2000", "AE0E3000")),
        ("Australia/Lord_Howe", LocalTime(37_800, 1_800, "A40E2000", "440E2000")),
        ("Asia/Kolkata", LocalTime(19_800, 0, NO_RULE, NO_RULE)),
        ("UTC", LocalTime(0, 0, NO_RULE, NO_RULE)),
        ("Asia/Kathmandu", LocalTime(20_700, 0, NO_RULE, NO_RULE)),
        ("Europe/Dublin", LocalTime(0, 3_600, "3E0E1000", "AE0E2000")),
        ("America/Santiago", LocalTime(-14_400, 0, NO_RULE, NO_RULE)),  # a change at 24:00
        ("America/Nuuk", LocalTime(-7_200, 0, NO_RULE, NO_RULE)),  # a change before midnight
    ],
)
def test_known_zones(zone: str, expected: LocalTime) -> None:
    assert local_time(zone) == expected


def _change(rule: str, year: int) -> datetime:
    """Read a rule back, by the table of ESPI: the local time at which clocks change."""
    bits = int(rule, 16)
    month, operator = bits >> 28, bits >> 25 & 7
    weekday, hour = bits >> 17 & 7, bits >> 12 & 31
    days = [datetime(year, month, 1, tzinfo=UTC) + timedelta(days=n) for n in range(31)]
    fitting = [d for d in days if d.month == month and d.isoweekday() == weekday]
    return fitting[-1 if operator == 7 else operator - 2].replace(hour=hour)


@pytest.mark.parametrize(
    "zone", ["America/Los_Angeles", "Europe/London", "Australia/Sydney", "Europe/Dublin"]
)
@pytest.mark.parametrize("year", [2026, 2027, 2031])
def test_rules_are_when_the_zone_changes(zone: str, year: int) -> None:
    found = local_time(zone)
    standard, summer = found.tz_offset, found.tz_offset + found.dst_offset
    for rule, before, after in (
        (found.dst_start_rule, standard, summer),
        (found.dst_end_rule, summer, standard),
    ):
        moment = _change(rule, year) - timedelta(seconds=before)
        just_before = moment - timedelta(seconds=1)
        offsets = [m.astimezone(ZoneInfo(zone)).utcoffset() for m in (just_before, moment)]
        assert offsets == [timedelta(seconds=before), timedelta(seconds=after)]
