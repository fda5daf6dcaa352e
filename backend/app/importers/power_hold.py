"""Energy from power: each value is held until the next one.

A device that sends watts sends them when they change, or every so often: until the next value,
the last one is the best knowledge. Over a longer silence than `max_gap` seconds nothing is known,
and nothing is made up: there is a gap. The last value of a file has no end, and gives nothing.
"""

from typing import Final

from app.importers.series import Ignored, Piece, Rejected
from app.importers.series_batch import InstantReadings

DEFAULT_MAX_GAP: Final = 900
"""Seconds that a value is held at most when the mapping's `max_gap` says nothing."""
UNIT: Final = "Wh"
"""The unit of the readings."""

_SECONDS_IN_AN_HOUR: Final = 3600


class PowerHold:
    """Turns the watts of one channel, in the order of time, into readings in UNIT."""

    def __init__(self, channel: str, max_gap: int) -> None:
        self._readings = InstantReadings(channel)
        self._max_gap = max_gap
        self._held: tuple[int, int, float | None] | None = None

    def add(self, line: int, at: int, watts: float | None) -> list[Piece]:
        """Take the power from `at`, in seconds since 1970-01-01 UTC; None ends the one before."""
        held = self._held
        if held and at <= held[1]:
            return [Rejected(line, None, "not after the value before it: power is read in order")]
        self._held = (line, at, watts)
        if held is None or held[2] is None:
            return []
        seconds = at - held[1]
        if seconds > self._max_gap:
            reason = f"power without a next value within {self._max_gap:,} s: a gap"
            return [Ignored(1, reason, held[0])]
        amount = held[2] * seconds / _SECONDS_IN_AN_HOUR
        return self._readings.add(held[0], held[1], seconds, amount)

    def finish(self) -> list[Piece]:
        """Give what is gathered."""
        held, self._held = self._held, None
        pieces = self._readings.finish()
        if held and held[2] is not None:
            pieces.append(Ignored(1, "the last power: nothing tells how long it lasted", held[0]))
        return pieces
