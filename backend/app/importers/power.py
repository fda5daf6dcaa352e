"""Energy from power: each value is held until the next one.

A device that sends watts sends them when they change, or every so often: until the next value,
the last one is the best knowledge. That makes a register of energy, which what reads registers
spreads over time. Over a longer silence than `max_gap` seconds nothing is known, and nothing is
made up: there is a gap. The last value of a file has no end, and gives nothing.
"""

from typing import Final

from app.importers.series import Piece, Rejected
from app.importers.series_batch import RegisterValues

DEFAULT_MAX_GAP: Final = 900
"""Seconds that a value is held at most when the mapping's `max_gap` says nothing."""
UNIT: Final = "kWh"
"""The unit of the registers."""

_WATT_SECONDS_IN_A_KWH: Final = 3_600_000


class PowerHold:
    """Turns the watts of one channel, in the order of time, into a register in UNIT."""

    def __init__(self, channel: str, max_gap: int) -> None:
        self._registers = RegisterValues(channel, max_gap_seconds=max_gap)
        self._max_gap = max_gap
        self._held: tuple[int, float] | None = None
        self._total = 0.0

    def add(self, line: int, at: int, watts: float) -> list[Piece]:
        """Take the power from `at`, in seconds since 1970-01-01 UTC."""
        if watts < 0:
            return [Rejected(line, None, "power below 0: give the feed of each direction")]
        if self._held:
            since, before = self._held
            if at <= since:
                return [Rejected(line, None, "not after the value before it")]
            if at - since <= self._max_gap:
                self._total += before * (at - since) / _WATT_SECONDS_IN_A_KWH
        self._held = at, watts
        return self._registers.add(line, at, self._total)

    def finish(self) -> list[Piece]:
        """Give what is gathered."""
        return self._registers.finish()
