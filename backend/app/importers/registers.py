"""What registers showed, turned into the use of the slots of local days."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from app.importers.blocks import is_step
from app.importers.placing import DAY, REPEATED, REPLACED, Days, slot_count
from app.importers.tally import Tally
from app.importers.windows import WINDOW_DAYS
from app.utils import quality as letters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from app.importers.local_days import LocalDays
    from app.importers.windows import Records

    Whole = NDArray[np.int64]
    Floats = NDArray[np.float64]

HOUR = 3_600
FIRST = "the first value of a register: use counts from it"
BEGINS_ANEW = "the register fell: use counts anew from here"
GAP = "a gap too long to spread the register's difference over"
_DECIMALS = 9


@dataclass(frozen=True, slots=True)
class RegisterRule:
    """How differences are taken, as `series.Registers` says; values in the base unit."""

    rolls_over_at: float | None = None
    max_gap_seconds: int | None = None


@dataclass(slots=True)
class _Segments:
    """Neighbouring values: `use` between `start` and `end`; not `valid` where it is unknown."""

    start: "Whole"
    end: "Whole"
    use: "Floats"
    valid: "NDArray[np.bool_]"
    line: "NDArray[np.int32]"
    is_gap: "NDArray[np.bool_]"


@dataclass(slots=True)
class RegisterDays:
    """The days of one channel's register, window after window.

    The differences are spread evenly over the elapsed time, onto the register's own step where
    it is read on the grid of the day, else onto hours. A value that one reading at each end
    gives is measured; any other is derived, also the parts of a slot at both ends of the series.
    """

    table: "LocalDays"
    rule: RegisterRule
    tally: Tally
    _step: int = 0
    _carry: "Records | None" = None
    _emit_from: int = 0
    _is_first: bool = field(default=True)

    def days(self, windows: Iterable["Records"]) -> Iterator[Days]:
        """Give the days of all windows, which come in time order."""
        for window in windows:
            yield from self._window(window, is_last=False)
        if self._carry is not None:
            yield from self._window(self._carry[:0], is_last=True)

    def _window(self, window: "Records", *, is_last: bool) -> Iterator[Days]:
        records = window
        if self._is_first and len(records):
            self.tally.ignore(1, FIRST)
            self._step = natural_step(records, self.table)
            self._emit_from = int(records["day"][0])
            self._is_first = False
        if self._carry is not None:
            records = np.concatenate([self._carry, records])
        # The last day may go on in the next window.
        until = int(records["day"][-1]) + (1 if is_last else 0)
        if len(records) > 1 and until > self._emit_from:
            segments = self._segments(records)
            while self._emit_from < until:
                upto = min(self._emit_from + WINDOW_DAYS, until)
                yield from self._emit(segments, upto)
                self._emit_from = upto
        first_kept = int(np.searchsorted(records["day"], self._emit_from)) - 1
        self._carry = records[max(first_kept, 0) :].copy()

    def sorted_once(self, window: "Records") -> "Records":
        """Order values by time and keep one for each time: the last in the file."""
        order = np.argsort(window["at"], kind="stable")
        records = window[order]
        is_last = np.append(records["at"][1:] != records["at"][:-1], True)
        repeats = np.flatnonzero(~is_last)
        if len(repeats):
            same = int((records["value"][repeats] == records["value"][repeats + 1]).sum())
            self.tally.ignore(same, REPEATED)
            self.tally.ignore(len(repeats) - same, REPLACED)
            self.tally.conflicts += len(repeats) - same
        once: Records = records[is_last]
        return once

    def _segments(self, records: "Records") -> _Segments:
        at, value = records["at"], records["value"]
        use: Floats = np.round(np.diff(value.astype(np.float64)), _DECIMALS)
        valid = use >= 0
        roll = self.rule.rolls_over_at
        if roll is not None:
            rolled = np.round(use + roll, _DECIMALS)
            is_rollover = ~valid & (rolled >= 0) & (rolled < roll / 2)
            use, valid = np.where(is_rollover, rolled, use), valid | is_rollover
        is_gap = np.zeros(len(use), dtype=bool)
        if self.rule.max_gap_seconds is not None:
            is_gap = valid & (np.diff(at) > self.rule.max_gap_seconds)
        return _Segments(at[:-1], at[1:], use, valid & ~is_gap, records["line"][1:], is_gap)

    def _emit(self, segments: _Segments, until: int) -> Iterator[Days]:
        first = self._emit_from
        ended_on, _ = self.table.of(segments.end - 1)
        here = (ended_on >= first) & (ended_on < until)
        self._account(segments, here)
        counted = Counter(ended_on[here & segments.valid].tolist())
        numbers = np.arange(first, until, dtype=np.int64)
        lengths = self.table.lengths(numbers)
        numbers, lengths = numbers[lengths > 0], lengths[lengths > 0]
        slots = np.array([slot_count(length, self._step) for length in lengths.tolist()])
        edges = self._edges(numbers, slots)
        amounts, quality = _spread(segments, edges)
        offsets = np.append(0, np.cumsum(slots))
        for count in np.unique(slots).tolist():
            rows = np.flatnonzero(slots == count)
            cells = offsets[rows][:, np.newaxis] + np.arange(count)
            yield from _days(self._step, numbers[rows], amounts[cells], quality[cells], counted)

    def _edges(self, days: "Whole", slots: "Whole") -> "Whole":
        starts = self.table.starts(days)
        within = np.arange(int(slots.sum())) - np.repeat(np.cumsum(slots) - slots, slots)
        edges = np.repeat(starts, slots) + within * self._step
        return np.append(edges, starts[-1] + self.table.lengths(days[-1:])[0])

    def _account(self, segments: _Segments, here: "NDArray[np.bool_]") -> None:
        gaps = segments.is_gap & here
        fell = ~segments.valid & ~segments.is_gap & here
        self.tally.ignore(int(gaps.sum()), GAP)
        self.tally.ignore(int(fell.sum()), BEGINS_ANEW)
        for line in segments.line[fell][:20].tolist():
            self.tally.warn(f"line {line}: the register fell; what it had counted is not use")


def natural_step(records: "Records", table: "LocalDays") -> int:
    """Give the step on whose grid most neighbouring values stand, else an hour."""
    gaps = np.diff(records["at"])
    if not len(gaps):
        return HOUR
    days, offsets = table.of(records["at"])
    lengths = table.lengths(days[:-1])
    is_daily = (offsets[:-1] == 0) & (offsets[1:] == 0) & (gaps % lengths == 0)
    if is_daily.sum() * 2 > len(gaps):
        return DAY
    common, counts = np.unique(gaps, return_counts=True)
    step = int(common[counts.argmax()])
    is_own = is_step(step) and step < HOUR and counts.max() * 2 > len(gaps)
    if is_own and (offsets % step == 0).mean() > 0.5:
        return step
    return HOUR


def _spread(segments: _Segments, edges: "Whole") -> tuple["Floats", "NDArray[np.uint8]"]:
    """Give the use between neighbouring edges, NaN where nothing is known, and the letters."""
    at = np.append(segments.start, segments.end[-1:])
    used = np.append(0.0, np.cumsum(np.where(segments.valid, segments.use, 0.0)))
    known = np.append(0, np.cumsum(np.where(segments.valid, segments.end - segments.start, 0)))
    amounts = np.diff(np.interp(edges, at, used))
    covered = np.diff(np.interp(edges, at, known))
    amounts[covered < 0.5] = np.nan
    quality = np.full(len(amounts), ord(letters.DERIVED), dtype=np.uint8)
    index = np.minimum(np.searchsorted(at, edges[:-1]), len(segments.start) - 1)
    is_own = (
        (segments.start[index] == edges[:-1])
        & (segments.end[index] == edges[1:])
        & segments.valid[index]
    )
    amounts[is_own] = segments.use[index[is_own]]
    is_read = np.isin(edges, at)
    whole = is_read[:-1] & is_read[1:] & (np.abs(covered - np.diff(edges)) < 0.5)
    quality[whole] = ord(letters.ACTUAL)
    quality[np.isnan(amounts)] = ord(letters.MISSING)
    return amounts, quality


def _days(
    step: int,
    days: "Whole",
    amounts: "Floats",
    quality: "NDArray[np.uint8]",
    counted: Counter[int],
) -> Iterator[Days]:
    has_data = ~np.isnan(amounts).all(axis=1)
    days, amounts, quality = days[has_data], amounts[has_data], quality[has_data]
    if not len(days):
        return
    is_plain = ((quality == ord(letters.ACTUAL)) | np.isnan(amounts)).all()
    yield Days(
        step_seconds=step,
        days=days,
        amounts=amounts,
        quality=None if is_plain else quality,
        costs=np.full(len(days), np.nan),
        lines=np.array([counted[day] for day in days.tolist()], dtype=np.int64),
    )
