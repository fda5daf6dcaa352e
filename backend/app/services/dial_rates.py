"""What a meter usually uses: the range to expect of a read, and whether a rollover is plausible.

The rules are ADR 0014. Pure; rates are base units a second.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from app.services.dials import Segment

TIMES_THE_HIGHEST = 3
"""A rollover may imply at most this many times the highest rate seen."""
TIMES_THE_MEDIAN = 10
"""Rates beyond this many times the median are taken for mistakes and teach nothing."""
MARGIN = 1.25
"""By how much a usual read may lie outside nine tenths of what was seen."""
_HOUR, _DAY = 3_600, 86_400


@dataclass(frozen=True, slots=True)
class Pace:
    """Rates seen: the lower and upper end of the usual ones, and the highest."""

    low: float
    high: float
    highest: float


def pace(history: Sequence[Segment]) -> Pace | None:
    """Learn from measured segments of a day or more, or of an hour if there are none.

    None when nothing was used in any: then nothing can be said.
    """
    measured = [s for s in history if not (s.is_estimated or s.is_backward) and s.rate > 0]
    learned = [s for s in measured if s.seconds >= _DAY] or [
        s for s in measured if s.seconds >= _HOUR
    ]
    if not learned:
        return None
    limit = TIMES_THE_MEDIAN * median(s.rate for s in learned)
    usual = sorted((s.rate, s.seconds) for s in learned if s.rate <= limit)
    return Pace(_quantile(usual, 0.1) / MARGIN, _quantile(usual, 0.9) * MARGIN, usual[-1][0])


def is_plausible_rollover(segment: Segment, history: Sequence[Segment]) -> bool:
    """Whether a segment that runs backwards may have passed the end of the dial.

    At most three times the highest rate of the meter's history, over a day or more; less than
    half of the dial when there is no history.
    """
    use, size = segment.billionths, segment.dial.size
    if use is None or size is None:
        return False
    seen = pace(history)
    if seen is None:
        return use * 2 < segment.dial.billionths(size)
    most = TIMES_THE_HIGHEST * seen.highest * max(segment.seconds, _DAY)
    return use / 1e9 <= most


def is_usual(segment: Segment, history: Sequence[Segment]) -> bool | None:
    """Whether a segment's rate is one to expect; None without history."""
    seen = pace(history)
    if seen is None or segment.billionths is None:
        return None
    return segment.rate <= TIMES_THE_HIGHEST * seen.highest


def expected_values(
    last: Decimal, multiplier: Decimal, seconds: int, seen: Pace
) -> tuple[Decimal, Decimal]:
    """Give the lowest and highest value to expect after `seconds`, with 4 decimals."""
    low, high = (last + Decimal(rate * seconds) / multiplier for rate in (seen.low, seen.high))
    return round(low, 4), round(high, 4)


def _quantile(weighted: Sequence[tuple[float, int]], part: float) -> float:
    """Give the rate below which this part of the time lies."""
    wanted = part * sum(seconds for _, seconds in weighted)
    passed = 0.0
    for rate, seconds in weighted:
        passed += seconds
        if passed >= wanted:
            return rate
    return weighted[-1][0]
