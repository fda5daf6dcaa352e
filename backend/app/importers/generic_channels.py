"""The channels of a table, which gather their values and give them as pieces."""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from app.importers.generic_cells import Moment
from app.importers.generic_mapping import Layout
from app.importers.series import Channel, Piece, Readings, Rejected
from app.importers.series_batch import RegisterValues
from app.importers.wall_clock import FIRST_YEAR, LAST_YEAR, WallClock, wall_seconds
from app.importers.wall_readings import BATCH, WallReadings

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAY = 86_400
_FIRST = wall_seconds(datetime(FIRST_YEAR, 1, 3, tzinfo=UTC).replace(tzinfo=None))
_LAST = wall_seconds(datetime(LAST_YEAR, 12, 30, tzinfo=UTC).replace(tzinfo=None))
_OUTSIDE = f"outside the years {FIRST_YEAR} to {LAST_YEAR}"
_SKIPPED = "the clock skipped this time: clocks went forward"
_NO_LENGTH = "nothing tells how long this interval lasts: give step_minutes"
_MIXED = "some times of the channel have an offset from UTC, and some have none"


@dataclass(slots=True)
class Gathering:
    """One channel's values; its first time says whether all are instants."""

    channel: Channel
    layout: Layout
    column: str
    _is_instant: bool | None = None
    _sink: "WallReadings | RegisterValues | EndStamped | None" = None

    def add(
        self, line: int, at: Moment, end: Moment | None, amount: float, cost: float = math.nan
    ) -> list[Piece]:
        """Take a value; gives pieces when enough have come."""
        times = [at.seconds] if end is None else [at.seconds, end.seconds]
        if not all(_FIRST <= time <= _LAST for time in times):
            return [Rejected(line, self.column, _OUTSIDE)]
        if self._is_instant is None:
            self._is_instant = at.is_instant
        if at.is_instant is not self._is_instant or (end and end.is_instant is not at.is_instant):
            return [Rejected(line, self.column, _MIXED)]
        if self._sink is None:
            self._sink = self._made()
        sink = self._sink
        if isinstance(sink, RegisterValues):
            return sink.add(line, at.seconds, amount)
        if isinstance(sink, EndStamped):
            return sink.add(line, at.seconds, amount, cost)
        return sink.add(line, *self._reach(at, end), amount, cost=cost)

    def finish(self) -> list[Piece]:
        """Give what is gathered."""
        return [] if self._sink is None else self._sink.finish()

    def _made(self) -> "WallReadings | RegisterValues | EndStamped":
        clock = WallClock("UTC" if self._is_instant else self.layout.zone)
        if self.layout.is_cumulative:
            return RegisterValues(self.channel.key, clock)
        if self.layout.is_end_stamped and (self.layout.step or 0) < DAY:
            return EndStamped(self.channel.key, clock, self.column, self.layout.step)
        return WallReadings(self.channel.key, clock, self.column)

    def _reach(self, at: Moment, end: Moment | None) -> tuple[int, int | None]:
        """Give the wall times at which an interval begins and ends, None where nothing tells."""
        if self.layout.is_end_stamped and self.layout.step:
            return at.seconds - self.layout.step, at.seconds
        if end is not None:
            return at.seconds, end.seconds
        step = self.layout.step
        return at.seconds, None if step is None else at.seconds + step


@dataclass(slots=True)
class EndStamped:
    """Gathers intervals that are known by their ends; `step` None: the commonest distance."""

    channel: str
    clock: WallClock
    column: str
    step: int | None
    _held: list[tuple[int, int, float, float]] = field(default_factory=list)

    def add(self, line: int, wall: int, amount: float, cost: float) -> list[Piece]:
        """Take an interval that ends at a wall time."""
        is_full = len(self._held) >= BATCH and self._held[-1][1] // DAY != wall // DAY
        pieces = self.finish() if is_full or len(self._held) >= BATCH * 25 else []
        self._held.append((line, wall, amount, cost))
        return pieces

    def finish(self) -> list[Piece]:
        """Give what is gathered."""
        held, self._held = self._held, []
        if not held:
            return []
        resolved = self.clock.resolve([wall for _, wall, _, _ in held])
        step = self.step or _commonest(resolved.starts)
        if step is None:
            return [Rejected(line, self.column, _NO_LENGTH) for line, *_ in held]
        self.step = step
        skipped = set(resolved.skipped)
        pieces: list[Piece] = [Rejected(held[at][0], self.column, _SKIPPED) for at in skipped]
        kept = [at for at in range(len(held)) if at not in skipped]
        if kept:
            costs = [held[at][3] for at in kept]
            pieces.append(
                Readings(
                    self.channel,
                    (resolved.starts[kept] - step).tolist(),
                    step,
                    [held[at][2] for at in kept],
                    costs=None if all(map(math.isnan, costs)) else costs,
                    lines=[held[at][0] for at in kept],
                )
            )
        return pieces


def _commonest(instants: "NDArray[np.int64]") -> int | None:
    steps = np.diff(np.unique(instants))
    if not len(steps):
        return None
    found, counts = np.unique(steps, return_counts=True)
    return int(found[counts.argmax()])
