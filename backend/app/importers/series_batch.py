"""Readings at instants and values of registers, gathered and given as pieces.

What the readers share whose files tell instants, or registers; for amounts at local wall times
there is `wall_readings`. Yield what `add` returns for each value, and at the end what `finish`
returns; a bounded number is held.
"""

from datetime import UTC, datetime

from app.importers.series import Piece, Readings, Registers, Rejected
from app.importers.wall_clock import FIRST_YEAR, LAST_YEAR, WallClock, wall_seconds
from app.utils.quality import ACTUAL

BATCH = 4_000
"""How many values make a piece, of wall times with the rest of their day."""

_MAX_BATCH = 100_000
_DAY = 86_400
_FIRST = wall_seconds(datetime(FIRST_YEAR, 1, 2, tzinfo=UTC).replace(tzinfo=None))
_LAST = wall_seconds(datetime(LAST_YEAR, 12, 31, tzinfo=UTC).replace(tzinfo=None))
_OUTSIDE = f"outside the years {FIRST_YEAR} to {LAST_YEAR}"
_SKIPPED = "the clock skipped this time: clocks went forward"


class InstantReadings:
    """Gathers the readings of one channel, in seconds since 1970-01-01 UTC."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._held: list[tuple[int, int, float, int, str]] = []

    def add(
        self, line: int, start: int, seconds: int, amount: float, quality: str = ACTUAL
    ) -> list[Piece]:
        """Take a reading; outside FIRST_YEAR to LAST_YEAR it is rejected."""
        if not _FIRST <= start <= _LAST:
            return [Rejected(line, None, _OUTSIDE)]
        self._held.append((start, seconds, amount, line, quality))
        return self.finish() if len(self._held) >= BATCH else []

    def finish(self) -> list[Piece]:
        """Give what is gathered."""
        held, self._held = self._held, []
        if not held:
            return []
        starts, seconds, amounts, lines, letters = zip(*held, strict=True)
        quality = None if set(letters) == {ACTUAL} else "".join(letters)
        return [Readings(self._channel, starts, seconds, amounts, quality, lines=lines)]


class RegisterValues:
    """Gathers what one cumulative register showed.

    Times are seconds since 1970-01-01 UTC, or, with a `clock`, wall times, of which those that
    the clock skipped are rejected; `later` seconds are added to each instant.
    """

    def __init__(
        self,
        channel: str,
        clock: WallClock | None = None,
        *,
        max_gap_seconds: int | None = None,
        later: int = 0,
    ) -> None:
        self._channel = channel
        self._clock = clock
        self._max_gap = max_gap_seconds
        self._later = later
        self._held: list[tuple[int, float, int]] = []

    def add(self, line: int, at: int, value: float) -> list[Piece]:
        """Take what the register showed; outside FIRST_YEAR to LAST_YEAR it is rejected."""
        if not _FIRST <= at <= _LAST:
            return [Rejected(line, None, _OUTSIDE)]
        held = self._held
        # Of wall times, whole days, as the clock wants them.
        is_whole = self._clock is None or (bool(held) and held[-1][0] // _DAY != at // _DAY)
        is_full = (len(held) >= BATCH and is_whole) or len(held) >= _MAX_BATCH
        pieces = self.finish() if is_full else []
        self._held.append((at, value, line))
        return pieces

    def finish(self) -> list[Piece]:
        """Give what is gathered."""
        held, self._held = self._held, []
        if not held:
            return []
        times, values, lines = (list(column) for column in zip(*held, strict=True))
        pieces: list[Piece] = []
        if self._clock is not None:
            resolved = self._clock.resolve(times)
            skipped = set(resolved.skipped)
            pieces += [Rejected(lines[at], None, _SKIPPED) for at in resolved.skipped]
            kept = [at for at in range(len(times)) if at not in skipped]
            starts = resolved.starts.tolist()
            times, values, lines = (
                [starts[at] for at in kept],
                [values[at] for at in kept],
                [lines[at] for at in kept],
            )
        if times:
            at = [time + self._later for time in times]
            pieces.append(
                Registers(self._channel, at, values, lines, max_gap_seconds=self._max_gap)
            )
        return pieces
