"""Readings of channels, collected until there are enough for a piece.

`Batch` is for times that are instants; `WallBatch` for local wall times without offset, which
the zone's clock resolves in file order, and which reports the times that the clock never showed.
"""

from collections.abc import Iterator

from app.importers.series import Piece, Readings, Registers, Rejected
from app.importers.wall_clock import WallClock
from app.utils.quality import ACTUAL

BATCH = 4096
_DAY = 86_400
NEVER_SHOWN = "the clock skipped this time: it went forward"


class Batch:
    """Readings of one channel at instants, in seconds since 1970-01-01 UTC."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._rows: list[tuple[int, int, float, int, str]] = []

    def add(
        self, start: int, seconds: int, amount: float, line: int, quality: str = ACTUAL
    ) -> Iterator[Piece]:
        """Take a reading; yield a piece when there are enough."""
        self._rows.append((start, seconds, amount, line, quality))
        if len(self._rows) >= BATCH:
            yield from self.flush()

    def flush(self) -> Iterator[Piece]:
        """Yield what was taken since the last piece."""
        taken, self._rows = self._rows, []
        if taken:
            starts, seconds, amounts, lines, letters = zip(*taken, strict=True)
            quality = None if set(letters) == {ACTUAL} else "".join(letters)
            yield Readings(self._channel, starts, seconds, amounts, quality, lines=lines)


class RegisterBatch:
    """Values of one cumulative register at instants."""

    def __init__(self, channel: str, max_gap_seconds: int | None = None) -> None:
        self._channel = channel
        self._max_gap = max_gap_seconds
        self._rows: list[tuple[int, float, int]] = []

    def add(self, at: int, value: float, line: int) -> Iterator[Piece]:
        """Take a value; yield a piece when there are enough."""
        self._rows.append((at, value, line))
        if len(self._rows) >= BATCH:
            yield from self.flush()

    def flush(self) -> Iterator[Piece]:
        """Yield what was taken since the last piece."""
        taken, self._rows = self._rows, []
        if taken:
            at, values, lines = zip(*taken, strict=True)
            yield Registers(self._channel, at, values, lines, max_gap_seconds=self._max_gap)


class WallBatch:
    """Readings, or with `registers` values of a register, of one channel at local wall times.

    A wall time is what `wall_clock.wall_seconds` gives. A piece ends with a day where it can, as
    the clock wants it. `seconds` is the real length of each reading.
    """

    def __init__(
        self, channel: str, time_zone: str, *, registers: bool = False, newest_first: bool = False
    ) -> None:
        self._channel = channel
        self._registers = registers
        self._clock = WallClock(time_zone, newest_first=newest_first)
        self._rows: list[tuple[int, int, float, int, str]] = []

    def add(
        self, wall: int, seconds: int, amount: float, line: int, quality: str = ACTUAL
    ) -> Iterator[Piece]:
        """Take a reading; yield pieces when there are enough and a new day begins."""
        held = self._rows
        is_new_day = bool(held) and held[-1][0] // _DAY != wall // _DAY
        if len(held) >= 2 * BATCH or (len(held) >= BATCH // 2 and is_new_day):
            yield from self.flush()
        self._rows.append((wall, seconds, amount, line, quality))

    def flush(self) -> Iterator[Piece]:
        """Yield what was taken since the last piece, and a Rejected for each skipped time."""
        taken, self._rows = self._rows, []
        if not taken:
            return
        resolved = self._clock.resolve([row[0] for row in taken])
        skipped = set(resolved.skipped)
        for at in resolved.skipped:
            yield Rejected(taken[at][3], None, NEVER_SHOWN)
        starts = resolved.starts.tolist()
        kept = [at for at in range(len(taken)) if at not in skipped]
        if not kept:
            return
        instants = [starts[at] for at in kept]
        amounts = [taken[at][2] for at in kept]
        lines = [taken[at][3] for at in kept]
        if self._registers:
            yield Registers(self._channel, instants, amounts, lines)
            return
        letters = "".join(taken[at][4] for at in kept)
        quality = None if letters == ACTUAL * len(letters) else letters
        seconds = [taken[at][1] for at in kept]
        yield Readings(self._channel, instants, seconds, amounts, quality, lines=lines)
