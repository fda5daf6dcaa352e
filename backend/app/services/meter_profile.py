"""When a meter's use happens: by hour and day, and a typical day of the week and of the weekend."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from app.db import TenantSession
from app.services import series
from app.services.meter_views import MeterView
from app.services.runs import HOUR, Run, hours
from app.utils.periods import DAY_SECONDS

HOURS = 24
WEEKEND = 5
Row = list[float | None]


@dataclass(frozen=True, slots=True)
class Load:
    """A typical day by local clock hour, from `days` days; None for an hour without data."""

    days: int
    median: Row
    p10: Row
    p90: Row


@dataclass(frozen=True, slots=True)
class Profile:
    """Rows of 24 local clock hours for each day with data, and typical days."""

    days: list[date]
    hours: list[Row]
    weekdays: Load
    weekend: Load


def read(session: TenantSession, meter: MeterView, days: tuple[date, date]) -> Profile:
    """Read the profile of a meter over local days.

    An hour that a clock change skips has no value; one that it repeats has the mean of both.
    """
    by_day: dict[date, Row] = {}
    for run in series.interval_runs(session, meter, *days):
        day = datetime.fromtimestamp(run.start, UTC).astimezone(ZoneInfo(meter.time_zone)).date()
        row = _clock_hours(hours(run), meter.time_zone)
        if any(value is not None for value in row):
            by_day[day] = row
    found = sorted(by_day.items())
    return Profile(
        days=[day for day, _ in found],
        hours=[row for _, row in found],
        weekdays=_load([row for day, row in found if day.weekday() < WEEKEND]),
        weekend=_load([row for day, row in found if day.weekday() >= WEEKEND]),
    )


def _clock_hours(run: Run, time_zone: str) -> Row:
    """Put the hours of a local day in the places of its clock; longer intervals have none."""
    if run.step_seconds != HOUR:
        return [None] * HOURS
    if len(run.amounts) * HOUR == DAY_SECONDS:
        return list(run.amounts)
    zone = ZoneInfo(time_zone)
    places: dict[int, list[float]] = defaultdict(list)
    for index, amount in enumerate(run.amounts):
        if amount is not None:
            at = datetime.fromtimestamp(run.start + index * HOUR, UTC).astimezone(zone)
            places[at.hour].append(amount)
    return [sum(places[hour]) / len(places[hour]) if hour in places else None for hour in range(24)]


def _load(rows: Sequence[Row]) -> Load:
    columns = [
        sorted(value for row in rows if (value := row[hour]) is not None) for hour in range(HOURS)
    ]
    return Load(
        days=len(rows),
        median=[quantile(column, 0.5) for column in columns],
        p10=[quantile(column, 0.1) for column in columns],
        p90=[quantile(column, 0.9) for column in columns],
    )


def quantile(ordered: Sequence[float], part: float) -> float | None:
    """Give a quantile of ascending values, between two of them by a straight line."""
    if not ordered:
        return None
    place = (len(ordered) - 1) * part
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return round(ordered[low] + (ordered[high] - ordered[low]) * (place - low), 9)
