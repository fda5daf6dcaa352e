"""The clock that a Green Button file names, compared with the site's; it never moves a reading.

A rule for the change of clocks is 32 bits in hexadecimal (ESPI 4.0, DstRuleType): bits 0-11 the
seconds, 12-16 the hour, 17-19 the weekday (Monday 1), 20-24 the day of the month, 25-27 the
operator, 28-31 the month.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from app.importers.green_button_xml import Thing
from app.importers.wall_clock import Transition, transitions, wall_seconds

_LAST_OF_MONTH = 7


@dataclass(frozen=True, slots=True)
class Rule:
    """When clocks change: in which month, on which day, at what seconds of its wall time.

    `operator` 0: the day of the month; 1: the weekday on or after it; 2 to 6: the first to fifth
    such weekday; 7: the last.
    """

    month: int
    operator: int
    day: int
    weekday: int
    seconds: int

    def wall(self, year: int) -> int:
        """Return the wall time (`wall_clock`) of the change in a year."""
        length = monthrange(year, self.month)[1]
        if self.operator == 0:
            day = self.day
        elif self.operator == _LAST_OF_MONTH:
            day = length - (date(year, self.month, length).isoweekday() - self.weekday) % 7
        else:
            first = self.day if self.operator == 1 else 1 + 7 * (self.operator - 2)
            day = first + (self.weekday - date(year, self.month, first).isoweekday()) % 7
        midnight = datetime.combine(date(year, self.month, min(day, length)), datetime.min.time())
        return wall_seconds(midnight + timedelta(seconds=self.seconds))


def decoded(text: str) -> Rule | None:
    """Return the rule of eight hexadecimal digits; None when there is none or it is no rule.

    FFFFFFFF stands for none. Some utilities (SCE) cut rules to four digits, which mean nothing.
    """
    if len(text) != 8 or text.upper() == "FFFFFFFF":
        return None
    try:
        bits = int(text, 16)
    except ValueError:
        return None
    month, operator, day = bits >> 28, bits >> 25 & 7, bits >> 20 & 31
    weekday, hour, second = bits >> 17 & 7, bits >> 12 & 31, bits & 0xFFF
    needs_day, needs_weekday = operator <= 1, operator > 0
    if not 1 <= month <= 12 or hour > 24 or second > 3600:
        return None
    if (needs_day and not 1 <= day <= monthrange(2023, month)[1]) or (
        needs_weekday and not weekday
    ):
        return None
    return Rule(month, operator, day, weekday, hour * 3600 + second)


def difference(clock: Thing, time_zone: str, at: int) -> str | None:
    """Tell how the clock of a LocalTimeParameters object differs from the site's zone.

    `at` is an instant of the data, whose year is compared. None when it does not differ.
    """
    offset = clock.whole(f"{clock.kind}/tzOffset")
    if offset is None:
        return None
    year = datetime.fromtimestamp(at, ZoneInfo("UTC")).year
    first, changes = transitions(time_zone, year)
    standard = min([first, *(c.after for c in changes)])
    if offset != standard:
        return (
            f"the file's clock is {_shown(offset)} in winter and the site's {_shown(standard)}"
            " (times are kept as the instants that the file gives)"
        )
    rules = [
        decoded(clock.fields.get(f"{clock.kind}/{name}", ""))
        for name in ("dstStartRule", "dstEndRule")
    ]
    said = {rule.wall(year) for rule in rules if rule}
    actual = {change.at + change.before for change in changes}
    if said and said != actual and len(said) == len([r for r in rules if r]):
        return f"the file's clock changes on other days of {year} than the site's"
    return None


def nearest_day(instant: int, time_zone: str) -> date:
    """Return the local day whose midnight is nearest: some bills begin at midnight of UTC."""
    return (datetime.fromtimestamp(instant, ZoneInfo(time_zone)) + timedelta(hours=12)).date()


def repeated_local_hour(starts: Sequence[int], time_zone: str) -> int | None:
    """Return the first start that goes back in an hour which the site's clock shows twice.

    That is what local times give when they are written as if they were UTC. None: there is none.
    """
    for before, start in pairwise(starts):
        if start <= before and before - start < 2 * 3600 and _is_shown_twice(start, time_zone):
            return start
    return None


def _is_shown_twice(wall: int, time_zone: str) -> bool:
    year = datetime.fromtimestamp(wall, ZoneInfo("UTC")).year
    return any(_repeats(change, wall) for change in transitions(time_zone, year)[1])


def _repeats(change: Transition, wall: int) -> bool:
    return change.at + change.after <= wall < change.at + change.before


def _shown(offset: int) -> str:
    sign = "-" if offset < 0 else "+"
    return f"UTC{sign}{abs(offset) // 3600:02d}:{abs(offset) % 3600 // 60:02d}"
