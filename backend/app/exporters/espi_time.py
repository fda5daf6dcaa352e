"""ESPI's LocalTimeParameters of an IANA zone: offsets, and the rules of its summer time.

A rule is 32 bits (ESPI 4.0, DstRuleType): 0-11 seconds, 12-16 hour, 17-19 day of the week
(Monday is 1), 20-24 day of the month, 25-27 operator (2 to 6: first to fifth such weekday of the
month, 7: the last), 28-31 month; all bits set means none. What a zone's own rule says (POSIX TZ,
the last line of its file, RFC 8536 §3.3) is translated where both can say it.
"""

import re
from dataclasses import dataclass
from importlib.resources import files

NO_RULE = "FFFFFFFF"
_NAME = r"(?:<[^>]+>|[A-Za-z]+)"
_OFFSET = r"([+-]?[0-9:]+)"
_RULE = r"M(\d+)\.(\d)\.(\d)(?:/([+-]?\d+)(?::00)*)?"
_POSIX = re.compile(rf"{_NAME}{_OFFSET}(?:{_NAME}{_OFFSET}?(?:,{_RULE},{_RULE})?)?.*\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class LocalTime:
    """Standard offset and the shift of summer time in seconds, and the rules in hexadecimal."""

    tz_offset: int
    dst_offset: int
    dst_start_rule: str
    dst_end_rule: str


def local_time(time_zone: str) -> LocalTime:
    """Give the parameters that hold in a zone from now on.

    Without rules, and with a shift of 0, where it has no summer time, or one that begins at an
    hour that ESPI cannot say (24:00, or before midnight of the day before).
    """
    found = _POSIX.match(_posix(time_zone))
    if found is None:
        return LocalTime(0, 0, NO_RULE, NO_RULE)
    standard = -_seconds(found[1])
    summer = -_seconds(found[2]) if found[2] else standard + 3600
    start = _rule(*found.group(3, 4, 5, 6)) if found[3] else None
    end = _rule(*found.group(7, 8, 9, 10)) if found[7] else None
    if start is None or end is None:
        return LocalTime(standard, 0, NO_RULE, NO_RULE)
    if summer < standard:  # Ireland's law: winter is what differs
        return LocalTime(summer, standard - summer, end, start)
    return LocalTime(standard, summer - standard, start, end)


def _posix(time_zone: str) -> str:
    data = files("tzdata").joinpath("zoneinfo", *time_zone.split("/")).read_bytes()
    return data.rstrip(b"\n").rsplit(b"\n", 1)[-1].decode("ascii", "replace")


def _seconds(offset: str) -> int:
    sign = -1 if offset.startswith("-") else 1
    parts = [int(part) for part in offset.lstrip("+-").split(":")]
    return sign * sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=False))


def _rule(month: str, week: str, weekday: str, hour: str | None) -> str | None:
    at = 2 if hour is None else int(hour)
    if not 0 <= at < 24:
        return None
    operator = 7 if week == "5" else int(week) + 1
    day = int(weekday) or 7
    return f"{int(month) << 28 | operator << 25 | day << 17 | at << 12:08X}"
