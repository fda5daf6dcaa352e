"""What a channel's days say in short: totals, gaps and a preview."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np

from app.importers.placing import DAY
from app.reader.report import PREVIEW_POINTS

if TYPE_CHECKING:
    from app.importers.grid import ChannelState
    from app.importers.placing import Days

GAP_EXAMPLES = 5
_FINE_DAYS = 2


@dataclass(slots=True)
class Summary:
    """The sums of one channel's days, taken as they come."""

    state: "ChannelState"
    accepted: int = 0
    day_totals: dict[int, float] = field(default_factory=dict)
    odd_days: dict[int, int] = field(default_factory=dict)
    """Days with intervals that are not 24 hours long, with their seconds."""
    _slots: list[tuple[int, float]] = field(default_factory=list)
    _gap_starts: list[int] = field(default_factory=list)
    _edges: list[tuple[int, int, int]] = field(default_factory=list)
    """Of each day: its ordinal, its first measured instant and the end of its last."""
    gaps: int = 0

    def add(self, days: "Days") -> None:
        """Take days."""
        self.accepted += int(days.lines.sum())
        there = ~np.isnan(days.amounts)
        totals = np.where(there, days.amounts, 0.0).sum(axis=1)
        self.day_totals.update(zip(days.days.tolist(), totals.tolist(), strict=True))
        starts, lengths = self.state.table.starts(days.days), self.state.table.lengths(days.days)
        first = there.argmax(axis=1)
        last = there.shape[1] - there[:, ::-1].argmax(axis=1)
        ends = starts + np.minimum(last * days.step_seconds, lengths)
        if days.step_seconds == DAY:
            ends = starts + lengths
        else:
            odd = lengths != DAY
            self.odd_days.update(zip(days.days[odd].tolist(), lengths[odd].tolist(), strict=True))
        self._edges += zip(
            days.days.tolist(), (starts + first * days.step_seconds).tolist(), ends.tolist(),
            strict=True,
        )  # fmt: skip
        self._count_inner_gaps(days, there, starts)
        if len(self.day_totals) <= _FINE_DAYS:
            rows, cells = np.nonzero(there)
            instants = starts[rows] + cells * days.step_seconds
            self._slots += zip(instants.tolist(), days.amounts[rows, cells].tolist(), strict=True)

    def _count_inner_gaps(self, days: "Days", there: np.ndarray, starts: np.ndarray) -> None:
        if there.all():
            return
        begins = there[:, :-1] & ~there[:, 1:]
        any_later = np.logical_or.accumulate(there[:, ::-1], axis=1)[:, ::-1][:, 1:]
        rows, cells = np.nonzero(begins & any_later)
        self.gaps += len(rows)
        found = starts[rows] + (cells + 1) * days.step_seconds
        self._gap_starts += found[: GAP_EXAMPLES * 4].tolist()

    def finish(self) -> None:
        """Count the gaps between days, once all have come."""
        self._edges.sort()
        for (_, _, end), (_, begin, _) in zip(self._edges, self._edges[1:], strict=False):
            if begin > end:
                self.gaps += 1
                if len(self._gap_starts) < GAP_EXAMPLES * 4:
                    self._gap_starts.append(end)

    def gap_examples(self) -> list[str]:
        """Give the instants at which the first gaps begin."""
        return [_instant(at) for at in sorted(self._gap_starts)[:GAP_EXAMPLES]]

    def preview(self) -> list[tuple[str, float]]:
        """Give the use by day, or by interval where there are few days, in few points."""
        if len(self.day_totals) <= _FINE_DAYS:
            points = [(_instant(at), amount) for at, amount in sorted(self._slots)]
        else:
            found = sorted(self.day_totals.items())
            points = [(date.fromordinal(day).isoformat(), amount) for day, amount in found]
        share = -(-len(points) // PREVIEW_POINTS) or 1
        return [
            (points[at][0], round(sum(amount for _, amount in points[at : at + share]), 6))
            for at in range(0, len(points), share)
        ]

    def total(self) -> float:
        """Give the sum of all days."""
        return round(sum(self.day_totals.values()), 9)

    def bounds(self) -> tuple[str | None, str | None]:
        """Give the first and last day, ISO 8601."""
        if not self.day_totals:
            return None, None
        ends = min(self.day_totals), max(self.day_totals)
        return date.fromordinal(ends[0]).isoformat(), date.fromordinal(ends[1]).isoformat()


def _instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
