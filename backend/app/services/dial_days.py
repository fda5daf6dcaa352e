"""Spreading what a dial counted over local days, to the second. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.services.day_rows import DayRow
from app.services.dials import Segment
from app.utils.periods import GroupBy, bucket_end, bucket_start, day_bounds, local_today
from app.utils.units import from_billionths

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Spread:
    """Days of a meter in order, and for each month how many segments only partly lie in it."""

    days: list[DayRow]
    month_estimates: dict[date, int]


@dataclass(slots=True)
class _Sum:
    billionths: int = 0
    is_estimated: bool = False


def day_of(instant: datetime, time_zone: str) -> date:
    """Give the local day whose bounds hold the instant (days tile time; see `day_bounds`)."""
    day = local_today(time_zone, instant)
    while day_bounds(day, time_zone)[0] > instant:
        day -= _DAY
    while day_bounds(day, time_zone)[1] <= instant:
        day += _DAY
    return day


def spread(segments: Iterable[Segment], time_zone: str, first: date, last: date) -> Spread:
    """Give the days from `first` to `last` and the months that they touch.

    A segment's use is spread evenly over its seconds: each day gets the whole billionths that
    are complete at its end less those at its beginning, so that parts add up to the use. A day
    is estimated when its amount is a share of a longer segment or an end of one is an estimate.
    """
    days: dict[date, _Sum] = defaultdict(_Sum)
    months: dict[date, int] = defaultdict(int)
    month_first, month_last = bucket_start(first, GroupBy.MONTH), bucket_end(last, GroupBy.MONTH)
    for segment in segments:
        for day, part, is_share in _parts(segment, time_zone, first, last):
            days[day].billionths += part
            days[day].is_estimated |= is_share
        for month in _months(segment, time_zone, month_first, month_last):
            months[month] += _is_part_of_longer(
                segment, day_bounds(month, time_zone)[0], _month_end(month, time_zone)
            )
    rows = [
        DayRow(day, from_billionths(found.billionths), found.is_estimated)
        for day, found in sorted(days.items())
    ]
    return Spread(rows, dict(months))


def _parts(
    segment: Segment, time_zone: str, first: date, last: date
) -> Iterator[tuple[date, int, bool]]:
    use, total = segment.billionths, segment.seconds
    if use is None or not total:
        return
    start, end = segment.start.read_at, segment.end.read_at
    day = max(day_of(start, time_zone), first)
    while day <= last:
        begin, finish = day_bounds(day, time_zone)
        if begin >= end:
            return
        if begin < finish:
            given = use * _elapsed(start, max(begin, start)) // total
            upto = use * _elapsed(start, min(finish, end)) // total
            yield day, upto - given, _is_part_of_longer(segment, begin, finish)
        day += _DAY


def _months(segment: Segment, time_zone: str, first: date, last: date) -> Iterator[date]:
    if segment.billionths is None or not segment.seconds:
        return
    start = day_of(segment.start.read_at, time_zone)
    end = day_of(segment.end.read_at - timedelta(seconds=1), time_zone)
    month = bucket_start(max(start, first), GroupBy.MONTH)
    while month <= min(end, last):
        yield month
        month = bucket_end(month, GroupBy.MONTH) + _DAY


def _month_end(month: date, time_zone: str) -> datetime:
    return day_bounds(bucket_end(month, GroupBy.MONTH), time_zone)[1]


def _is_part_of_longer(segment: Segment, begin: datetime, finish: datetime) -> bool:
    reaches_beyond = segment.start.read_at < begin or segment.end.read_at > finish
    return segment.is_estimated or reaches_beyond


def _elapsed(start: datetime, instant: datetime) -> int:
    return int((instant - start).total_seconds())
