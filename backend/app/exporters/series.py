"""A meter's series as rows: one for each interval that has a value, or one for each day."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.exporters.tables import Cell


@dataclass(frozen=True, slots=True)
class Described:
    """The meter of a series; `unit` is its base unit, `time_zone` its site's (IANA)."""

    id: int
    name: str
    consumption_type: str
    unit: str
    direction: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Day:
    """A local day: its bounds in seconds since 1970-01-01 UTC, its use in the base unit, and its
    intervals of `step` seconds (None: it has none), None where there is no value.

    `quality` has a letter for each interval (`utils.quality`), None when all are measured.
    """

    day: date
    start: int
    end: int
    amount: Decimal
    step: int | None
    amounts: Sequence[float | None]
    quality: str | None


Days = Iterable[Day]


@dataclass(frozen=True, slots=True)
class Value:
    """One interval that has a value."""

    start: int
    seconds: int
    amount: float
    quality: str


def values(day: Day) -> Iterator[Value]:
    """Give the intervals of a day that have a value; the last may be shorter than the others."""
    if day.step is None:
        return
    for place, amount in enumerate(day.amounts):
        if amount is not None:
            start = day.start + place * day.step
            letter = day.quality[place] if day.quality else "A"
            yield Value(start, min(day.step, day.end - start), amount, letter)


def interval_rows(meter: Described, days: Days, *, has_quality: bool) -> Iterator[Sequence[Cell]]:
    """Give meter, start (local, with its offset), amount, and with `has_quality` the letter."""
    for day in days:
        for value in values(day):
            row = (meter.name, local_text(value.start, meter.time_zone), value.amount)
            yield (*row, value.quality) if has_quality else row


def day_rows(meter: Described, days: Days) -> Iterator[Sequence[Cell]]:
    """Give meter, day and amount."""
    for day in days:
        yield meter.name, day.day, day.amount


def local_text(instant: int, time_zone: str) -> str:
    """Write an instant as ISO 8601 local time with its offset, to the second."""
    return datetime.fromtimestamp(instant, ZoneInfo(time_zone)).isoformat()
