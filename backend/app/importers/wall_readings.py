"""Readings of one channel at local wall times, gathered and given as pieces, whole days at a time.

What the readers of local CSVs share: clock changes by file order, skipped times rejected with
their line, lengths from end times or from the commonest step.
"""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.importers.series import Piece, Readings, Rejected
from app.importers.wall_clock import FIRST_YEAR, LAST_YEAR, WallClock, wall_seconds
from app.utils.quality import ACTUAL

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

BATCH = 4_000
"""How many readings make a batch, which then ends with its day."""
MAX_BATCH = 100_000

_DAY = 86_400
_FIRST = wall_seconds(datetime(FIRST_YEAR, 1, 2, tzinfo=UTC).replace(tzinfo=None))
_LAST = wall_seconds(datetime(LAST_YEAR, 12, 31, tzinfo=UTC).replace(tzinfo=None))
_SKIPPED = "the clock skipped this time: clocks went forward"


@dataclass(frozen=True, slots=True)
class _Reading:
    line: int
    wall: int
    end: int | None
    amount: float
    cost: float
    quality: str


@dataclass(slots=True)
class WallReadings:
    """Gathers the readings of `channel`; `column` is what the file calls their start.

    Yield what `add` returns for each reading in file order, and at the end what `finish` returns.
    """

    channel: str
    clock: WallClock
    column: str
    _held: list[_Reading] = field(default_factory=list)
    _step: int | None = None

    def add(
        self,
        line: int,
        wall: int,
        end: int | None,
        amount: float,
        *,
        cost: float = math.nan,
        quality: str = ACTUAL,
    ) -> list[Piece]:
        """Take a reading from `wall` to the wall time `end` (None: as long as most others are).

        `amount` and `cost` are NaN where there is none.
        """
        if not _FIRST <= wall <= _LAST or not (end is None or _FIRST <= end <= _LAST):
            detail = f"outside the years {FIRST_YEAR} to {LAST_YEAR}"
            return [Rejected(line, self.column, detail)]
        count = len(self._held)
        ends_day = count >= BATCH and wall // _DAY != self._held[-1].wall // _DAY
        pieces = self.finish() if ends_day or count >= MAX_BATCH else []
        self._held.append(_Reading(line, wall, end, amount, cost, quality))
        return pieces

    def finish(self) -> list[Piece]:
        """Give what is gathered."""
        import numpy as np

        held, self._held = self._held, []
        if not held:
            return []
        walls = np.array([r.wall for r in held], dtype=np.int64)
        resolved = self.clock.resolve(walls)
        seconds = self._seconds(held, walls, resolved.starts)
        pieces: list[Piece] = [
            Rejected(held[i].line, self.column, _SKIPPED) for i in resolved.skipped
        ]
        good = np.ones(len(held), dtype=bool)
        good[list(resolved.skipped)] = False
        pieces += [
            Rejected(held[i].line, self.column, _no_length(held[i]))
            for i in np.flatnonzero(good & (seconds <= 0)).tolist()
        ]
        good &= seconds > 0
        kept = [r for r, is_good in zip(held, good.tolist(), strict=True) if is_good]
        if kept:
            pieces.append(self._readings(kept, resolved.starts[good], seconds[good]))
        return pieces

    def _readings(self, kept: list[_Reading], starts: "Numbers", seconds: "Numbers") -> Readings:
        quality = "".join(r.quality for r in kept)
        has_costs = not all(math.isnan(r.cost) for r in kept)
        return Readings(
            self.channel,
            starts.tolist(),
            seconds.tolist(),
            [r.amount for r in kept],
            quality=None if quality == ACTUAL * len(kept) else quality,
            costs=[r.cost for r in kept] if has_costs else None,
            lines=[r.line for r in kept],
        )

    def _seconds(self, held: list[_Reading], walls: "Numbers", starts: "Numbers") -> "Numbers":
        """Return the length of each reading; 0 where nothing tells it."""
        import numpy as np

        if all(r.end is None for r in held):
            steps = np.diff(np.sort(starts))
            steps = steps[steps > 0]
            if len(steps):
                values, counts = np.unique(steps, return_counts=True)
                self._step = int(values[np.argmax(counts)])
            return np.full(len(held), self._step or 0)
        ends = np.array([r.wall if r.end is None else r.end for r in held], dtype=np.int64)
        return self.clock.lengths(starts, walls, ends)


def _no_length(reading: _Reading) -> str:
    if reading.end is None:
        return "nothing tells how long this reading lasts"
    return "it ends before it begins"
