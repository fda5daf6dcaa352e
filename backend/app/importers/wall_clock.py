"""Local wall times without offset, read in file order: which instant each one is.

A wall time is a count of seconds since 1970-01-01 00:00 of the local clock (`wall_seconds`), as
if the clock were UTC. When clocks go back, the order of the file tells the two hours apart; when
they go forward, the skipped times do not exist. Zones are IANA names; the rules are tzdata's.

    clock = WallClock("Europe/Amsterdam")          # one for each series of a file
    resolved = clock.resolve(walls)                # as often as there are batches
    seconds = clock.lengths(resolved.starts, walls, end_walls)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from app.utils.periods import is_time_zone

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Seconds = NDArray[np.int64]

FIRST_YEAR, LAST_YEAR = 1900, 2199
"""The years in which wall times are read."""

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall time has no zone
_DAY = 86_400
_HOUR = 3_600


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of a zone's offset: the instant, and the seconds east of UTC before and after."""

    at: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Resolved:
    """The instants of a batch in seconds since 1970-01-01 UTC, int64.

    `skipped` are the indices of the times that the clock never showed; their instant is what the
    clock would have been without its change.
    """

    starts: "Seconds"
    skipped: tuple[int, ...]


def wall_seconds(wall: datetime) -> int:
    """Return a naive datetime as a wall time."""
    difference = wall - _EPOCH
    return difference.days * _DAY + difference.seconds


def transitions(time_zone: str, year: int) -> tuple[int, tuple[Transition, ...]]:
    """Return the offset at which a UTC year begins in an IANA zone, and its changes."""
    found = _year_of_changes(time_zone, year)
    return found.offset, found.transitions


class WallClock:
    """Reads the wall times of one series in file order.

    Of times that the clock shows twice the first in the file is the earlier one, and the repeat,
    or whatever follows a step back within that hour, the later. Some sources (SCE) go back at
    another hour of that day, but by the same step: their clock is taken to change where they go
    back, if the day is in one batch. With `newest_first`, the file's order is time reversed.
    """

    def __init__(self, time_zone: str, *, newest_first: bool = False) -> None:
        """ValueError when `time_zone` is no IANA zone."""
        if not is_time_zone(time_zone):
            raise ValueError("not an IANA time zone")
        self._zone = time_zone
        self._newest_first = newest_first
        self._repeats: dict[int, _Repeat] = {}

    def resolve(self, walls: "Sequence[int] | Seconds") -> Resolved:
        """Return the instants of the next times of the file.

        A batch best ends with a day. ValueError for times outside FIRST_YEAR to LAST_YEAR.
        """
        import numpy as np

        times = np.asarray(walls, dtype=np.int64)
        if not len(times):
            return Resolved(times, ())
        changes = _changes(self._zone, int(times.min()), int(times.max()))
        starts = times - _first_offsets(changes, times)
        skipped: list[int] = []
        for change in changes.transitions:
            low, high = sorted((change.at + change.before, change.at + change.after))
            inside = np.flatnonzero((times >= low) & (times < high))
            if change.after > change.before:
                starts[inside] = times[inside] - change.before
                skipped.extend(inside.tolist())
                continue
            self._repeated(change, times, inside, starts)
        return Resolved(starts, tuple(sorted(skipped)))

    def lengths(
        self, starts: "Seconds", walls: "Sequence[int] | Seconds", ends: "Sequence[int] | Seconds"
    ) -> "Seconds":
        """Return the real seconds from each start to the wall time at which it ends.

        Up to an hour by the clock is as long as it says; a longer one ends at the first such
        instant after its start. What ends before it starts is 0 or less.
        """
        import numpy as np

        begun = np.asarray(walls, dtype=np.int64)
        ended = np.asarray(ends, dtype=np.int64)
        if not len(begun):
            return begun
        shown = ended - begun
        changes = _changes(self._zone, int(ended.min()), int(ended.max()))
        seconds = ended - _first_offsets(changes, ended) - starts
        for change in changes.transitions:
            low, high = sorted((change.at + change.before, change.at + change.after))
            inside = (ended >= low) & (ended < high)
            if change.after > change.before:
                seconds[inside] = ended[inside] - change.before - starts[inside]
            else:
                again = inside & (seconds <= 0)
                seconds[again] = ended[again] - change.after - starts[again]
        return np.where((shown > 0) & (shown <= _HOUR), shown, seconds)

    def _repeated(self, change: Transition, times: Any, inside: Any, starts: Any) -> None:
        """Give the times that the clock showed twice their instants."""
        if not len(inside):
            return
        repeat = self._repeats.setdefault(change.at, _Repeat(self._newest_first))
        later = [repeat.is_later(wall) for wall in times[inside].tolist()]
        starts[inside] = times[inside] - [change.after if is_ else change.before for is_ in later]
        if not self._newest_first and not any(later):
            late = _goes_back_elsewhere(change, times, int(inside[-1]))
            starts[late] = times[late] - change.before


class _Repeat:
    """Tells the two showings of one repeated stretch of a clock apart, in file order."""

    def __init__(self, newest_first: bool) -> None:
        self._newest_first = newest_first
        self._seen: set[int] = set()
        self._turned = False
        self._previous: int | None = None

    def is_later(self, wall: int) -> bool:
        """Tell whether the next time of the stretch belongs to its second showing."""
        if self._previous is not None and wall != self._previous:
            self._turned |= (wall > self._previous) is self._newest_first
        repeated = self._turned or wall in self._seen
        self._seen.add(wall)
        self._previous = wall
        return repeated is not self._newest_first


def _goes_back_elsewhere(change: Transition, times: Any, last_inside: int) -> Any:
    """Return the indices after the hour in question whose clock has not gone back yet.

    Empty when the times do not step back by exactly the clock's change within the same day.
    """
    import numpy as np

    end_of_day = (change.at + change.before - 1) // _DAY * _DAY + _DAY
    day = times[last_inside:]
    steps = np.diff(day)
    turns = np.flatnonzero(steps != steps[:1])
    if not len(turns) or day[turns[0]] >= end_of_day:
        return turns[:0]
    turn = int(turns[0])
    if steps[turn] != steps[0] + change.after - change.before:
        return turns[:0]
    return np.arange(last_inside + 1, last_inside + turn + 1)


@dataclass(frozen=True, slots=True)
class _Changes:
    offset: int
    transitions: tuple[Transition, ...]


def _changes(zone: str, first: int, last: int) -> _Changes:
    """Return the zone's offset at the start and its transitions around the two wall times."""
    years = (_year(first - 2 * _DAY), _year(last + 2 * _DAY))
    found = [_year_of_changes(zone, year) for year in range(years[0], years[1] + 1)]
    return _Changes(found[0].offset, tuple(t for year in found for t in year.transitions))


def _year(wall: int) -> int:
    first = wall_seconds(datetime(FIRST_YEAR, 1, 1))  # noqa: DTZ001
    last = wall_seconds(datetime(LAST_YEAR + 1, 1, 1))  # noqa: DTZ001
    if not first - 2 * _DAY <= wall <= last + 2 * _DAY:
        raise ValueError(f"outside the years {FIRST_YEAR} to {LAST_YEAR}")
    return (_EPOCH + timedelta(seconds=wall)).year


def _first_offsets(changes: _Changes, times: Any) -> Any:
    """Return the offset of each wall time, the earlier one where there are two."""
    import numpy as np

    bounds = np.array([t.at + t.before for t in changes.transitions], dtype=np.int64)
    offsets = np.array([changes.offset, *(t.after for t in changes.transitions)], dtype=np.int64)
    return offsets[np.searchsorted(bounds, times, side="right")]


@lru_cache(maxsize=1024)
def _year_of_changes(zone: str, year: int) -> _Changes:
    """Return the offset at the beginning of a UTC year, and the transitions within it."""
    clock = ZoneInfo(zone)
    start = int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
    end = int(datetime(year + 1, 1, 1, tzinfo=UTC).timestamp())
    before = initial = _offset(clock, start)
    found = []
    # Half days: no zone has changed its clock twice within one.
    for instant in range(start, end, _DAY // 2):
        after = _offset(clock, instant + _DAY // 2)
        if after != before:
            found.append(Transition(_change(clock, instant, before), before, after))
            before = after
    return _Changes(initial, tuple(found))


def _change(clock: ZoneInfo, low: int, before: int) -> int:
    """Return the first second after `low`, within half a day, without the offset `before`."""
    high = low + _DAY // 2
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(clock, middle) == before:
            low = middle
        else:
            high = middle
    return high


def _offset(clock: ZoneInfo, instant: int) -> int:
    moment = datetime.fromtimestamp(instant, UTC).astimezone(clock)
    offset = moment.utcoffset() or timedelta()
    return offset.days * _DAY + offset.seconds
