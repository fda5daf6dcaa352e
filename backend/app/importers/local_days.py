"""Local days of a time zone for many instants at once."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np

from app.utils.periods import day_bounds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]

FIRST_DAY, LAST_DAY = date(1900, 1, 2), date(2199, 12, 30)
"""The days in which readings are kept."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = _EPOCH.date().toordinal()
_DAY = 86_400
FIRST_SECOND = (FIRST_DAY.toordinal() - _EPOCH_ORDINAL) * _DAY
LAST_SECOND = (LAST_DAY.toordinal() - _EPOCH_ORDINAL) * _DAY


class LocalDays:
    """The first instants of the local days of a zone, computed as far as they are asked for.

    Days are proleptic ordinals (`date.toordinal`), instants seconds since 1970-01-01 UTC.
    """

    def __init__(self, time_zone: str) -> None:
        """ValueError when `time_zone` is no IANA zone."""
        self._zone = time_zone
        self._first = 0
        self._starts: Whole = np.zeros(0, dtype=np.int64)

    def of(self, instants: "Whole") -> tuple["Whole", "Whole"]:
        """Give each instant's day and its seconds since the day began.

        All instants are from FIRST_SECOND to LAST_SECOND.
        """
        self._reach(int(instants.min()) // _DAY, int(instants.max()) // _DAY)
        index = np.searchsorted(self._starts, instants, side="right") - 1
        return index + self._first, instants - self._starts[index]

    def starts(self, days: "Whole") -> "Whole":
        """Give the first instant of each day."""
        self._reach(int(days.min()) - _EPOCH_ORDINAL, int(days.max()) - _EPOCH_ORDINAL)
        return self._starts[days - self._first]

    def lengths(self, days: "Whole") -> "Whole":
        """Give the length of each day in seconds."""
        return self.starts(days + 1) - self.starts(days)

    def _start(self, ordinal: int) -> int:
        start, _ = day_bounds(date.fromordinal(ordinal), self._zone)
        return int((start - _EPOCH).total_seconds())

    def _reach(self, first: int, last: int) -> None:
        """Know the days from two before UTC day `first` (since 1970) to three after `last`."""
        low, high = first + _EPOCH_ORDINAL - 2, last + _EPOCH_ORDINAL + 3
        if not len(self._starts):
            self._first = low
        end = self._first + len(self._starts)
        before = [self._start(day) for day in range(low, self._first)]
        after = [self._start(day) for day in range(end, high + 1)]
        if before or after:
            known = (np.array(part, dtype=np.int64) for part in (before, self._starts, after))
            self._starts = np.concatenate(list(known))
            self._first = min(self._first, low)
