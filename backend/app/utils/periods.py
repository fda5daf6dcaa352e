"""Days, calendar buckets and local days of a time zone.

Ranges of days include both ends. Instants are UTC and half-open. Weeks begin on Monday (ISO 8601).
Time zones are IANA names; every function that takes one raises ValueError when it is unknown.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from app.utils.units import from_billionths, to_billionths

DAY_SECONDS = 86_400
_ONE_DAY = timedelta(days=1)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


class GroupBy(StrEnum):
    """The length of a calendar bucket."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


def spread(amount: Decimal, first: date, last: date) -> list[tuple[date, Decimal]]:
    """Spread `amount` evenly over the whole days first..last (calendarisation), in day order.

    Each part has 9 decimals and is within 1e-9 of the even share; the parts add up exactly to
    `amount`, because day i of n gets floor(amount*(i+1)/n) - floor(amount*i/n) billionths.
    ValueError when `last` is before `first` or `amount` has more than 9 decimals.
    """
    days = _day_count(first, last)
    whole = to_billionths(amount)
    parts = []
    given = 0
    for i in range(days):
        upto = whole * (i + 1) // days
        parts.append((date.fromordinal(first.toordinal() + i), from_billionths(upto - given)))
        given = upto
    return parts


def bucket_start(day: date, group_by: GroupBy) -> date:
    """Return the first day of the calendar bucket that holds `day`."""
    if group_by is GroupBy.DAY:
        return day
    if group_by is GroupBy.WEEK:
        return day - timedelta(days=day.weekday())
    months = _MONTHS[group_by]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


@lru_cache(maxsize=4096)
def bucket_end(day: date, group_by: GroupBy) -> date:
    """Return the last day of the calendar bucket that holds `day`.

    The week of 9999-12-31 ends on that day, a Friday: there is no later date.
    """
    if group_by is GroupBy.DAY:
        return day
    if group_by is GroupBy.WEEK:
        sunday = bucket_start(day, group_by).toordinal() + 6
        return date.fromordinal(min(sunday, date.max.toordinal()))
    start = bucket_start(day, group_by)
    last_month = start.month + _MONTHS[group_by] - 1
    return date(start.year, last_month, monthrange(start.year, last_month)[1])


def buckets(first: date, last: date, group_by: GroupBy) -> list[tuple[date, date]]:
    """Return the whole calendar buckets that touch first..last, as (first day, last day).

    In order, without gap or overlap, not clipped to the range.
    ValueError when `last` is before `first`.
    """
    _day_count(first, last)
    found = []
    start = bucket_start(first, group_by)
    while True:
        end = bucket_end(start, group_by)
        found.append((start, end))
        if end >= last:
            return found
        start = end + _ONE_DAY


def add_months(day: date, n: int) -> date:
    """Return the same day of the month `n` months later, or the month's last day when shorter.

    ValueError when the result is outside the years 1 to 9999.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    if not date.min.year <= year <= date.max.year:
        raise ValueError("outside the years 1 to 9999")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def same_days_last_year(first: date, last: date) -> tuple[date, date]:
    """Return the range with the same months and days one year before.

    Whole calendar months stay whole: February 2025 answers 1 to 29 February 2024. Otherwise
    29 February becomes the 28th, and a 28th stays a 28th.
    ValueError when `last` is before `first` or the result begins before year 1.
    """
    _day_count(first, last)
    if _is_whole_months(first, last):
        return add_months(first, -12), bucket_end(add_months(last, -12), GroupBy.MONTH)
    return add_months(first, -12), add_months(last, -12)


def previous_range(first: date, last: date) -> tuple[date, date]:
    """Return the range of the same length that ends on the day before `first`.

    Whole calendar months (so also quarters and years) are preceded by as many whole months;
    any other range by as many days.
    ValueError when `last` is before `first` or the result begins before year 1.
    """
    days = _day_count(first, last)
    if first.toordinal() - 1 < 1:
        raise ValueError("nothing comes before year 1")
    if _is_whole_months(first, last):
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        return add_months(first, -months), first - _ONE_DAY
    if first.toordinal() - days < 1:
        raise ValueError("the previous range begins before year 1")
    return first - timedelta(days=days), first - _ONE_DAY


def is_time_zone(name: str) -> bool:
    """Tell whether `name` is an IANA time zone or a link to one, spelled exactly.

    System files that zoneinfo also opens (localtime, posixrules, posix/…, right/…) and "Factory",
    which stands for no zone, are none.
    """
    return name in _zone_names()


def local_today(time_zone: str, now: datetime) -> date:
    """Return the local date at the instant `now`.

    ValueError when `now` has no time zone, or its local date is outside the years 1 to 9999.
    """
    if now.tzinfo is None:
        raise ValueError("now has no time zone")
    try:
        return now.astimezone(_zone(time_zone)).date()
    except OverflowError:
        raise ValueError("outside the years 1 to 9999") from None


def day_bounds(day: date, time_zone: str) -> tuple[datetime, datetime]:
    """Return the UTC instants at which the local day begins and the next one begins.

    Days tile time: a day that a zone skipped (2011-12-30 in Pacific/Apia) has equal bounds. When
    clocks go back over midnight, the day begins at the last midnight.
    ValueError for days whose bounds are outside the years 1 to 9999.
    """
    try:
        return _day_start(day, time_zone), _day_start(day + _ONE_DAY, time_zone)
    except OverflowError:
        raise ValueError("outside the years 1 to 9999") from None


def day_seconds(day: date, time_zone: str) -> int:
    """Return the real length of a local day in seconds: 86,400, or less or more on a clock change.

    ValueError as for `day_bounds`.
    """
    start, end = day_bounds(day, time_zone)
    return int((end - start).total_seconds())


def steps_in_day(day: date, time_zone: str, step_seconds: int) -> int:
    """Return how many intervals of `step_seconds` begin in a local day, the first at its start.

    The last one is shorter where the day is no multiple of it (an hour on Lord Howe's 23.5 h day).
    A step of 86,400 seconds or more is the local day itself, also when that has 25 hours.
    ValueError when `step_seconds` is not positive, and as for `day_bounds`.
    """
    if step_seconds < 1:
        raise ValueError("step_seconds must be positive")
    seconds = day_seconds(day, time_zone)
    return -(-seconds // step_seconds) if step_seconds < DAY_SECONDS else int(seconds > 0)


def _day_count(first: date, last: date) -> int:
    if last < first:
        raise ValueError("the last day is before the first")
    return last.toordinal() - first.toordinal() + 1


def _is_whole_months(first: date, last: date) -> bool:
    return first.day == 1 and last == bucket_end(last, GroupBy.MONTH)


@cache
def _zone_names() -> frozenset[str]:
    # The tzdata package, not the system's folder: the same answer on every machine.
    names = files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    return frozenset(names) - {"Factory", "localtime", "posixrules"}


def _zone(name: str) -> ZoneInfo:
    if not is_time_zone(name):
        raise ValueError("not an IANA time zone")
    return ZoneInfo(name)


@lru_cache(maxsize=65_536)
def _day_start(day: date, time_zone: str) -> datetime:
    """Return the last instant at which the local date turns from before `day` to it or later."""
    zone = _zone(time_zone)
    midnight = datetime.combine(day, time.min, zone)
    earlier = midnight.astimezone(UTC)
    later = midnight.replace(fold=1).astimezone(UTC)
    if earlier == later:
        return earlier
    if later < earlier:
        return _clock_change(later, earlier, zone)
    just_before = (later - timedelta(microseconds=1)).astimezone(zone)
    return later if just_before.date() < day else earlier


def _clock_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Find, to the second, the instant in (before, after] from which the later offset holds."""
    low, high = 0, int((after - before).total_seconds())
    offset = after.astimezone(zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return before + timedelta(seconds=high)
