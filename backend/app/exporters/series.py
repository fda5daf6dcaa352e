"""A meter's series as a table: a row for each interval that has a value, or for each day."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.exporters.tables import Cell
from app.utils.periods import DAY_SECONDS
from app.utils.units import FIRST_TYPE


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


@dataclass(frozen=True, slots=True)
class Table:
    """A series as a table that our own import reads without a mapping (docs/formats.md).

    `meter`, `start` and the amount, in a column named by its unit; `seconds` is the step of the
    day. `quality` follows where not all is measured, `type` and `direction` where the unit does
    not stand for them.
    """

    meter: Described
    has_quality: bool

    @property
    def header(self) -> tuple[str, ...]:
        """Give the names of the columns."""
        optional = ["quality"] if self.has_quality else []
        return ("meter", "start", self.meter.unit, "seconds", *optional, *self._kind)

    def intervals(self, days: Days) -> Iterator[Sequence[Cell]]:
        """Give a row for each interval that has a value; starts are local, with their offset."""
        zone, kind = self.meter.time_zone, tuple(self._kind.values())
        for day in days:
            for value in values(day):
                start, letter = local_text(value.start, zone), [value.quality][: self.has_quality]
                yield (self.meter.name, start, value.amount, day.step, *letter, *kind)

    def days(self, days: Days) -> Iterator[Sequence[Cell]]:
        """Give a row for each day; `start` is the day."""
        for day in days:
            yield (self.meter.name, day.day, day.amount, DAY_SECONDS, *self._kind.values())

    @property
    def _kind(self) -> dict[str, str]:
        found = {}
        if FIRST_TYPE[self.meter.unit] != self.meter.consumption_type:
            found["type"] = self.meter.consumption_type
        if self.meter.direction != "import":
            found["direction"] = self.meter.direction
        return found


def local_text(instant: int, time_zone: str) -> str:
    """Write an instant as ISO 8601 local time with its offset, to the second."""
    return datetime.fromtimestamp(instant, ZoneInfo(time_zone)).isoformat()
