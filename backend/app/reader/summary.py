"""What a channel's days say in short: totals, gaps and a preview."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np

from app.importers.placing import DAY
from app.importers.staging import COST_SCALE
from app.reader.report import PREVIEW_POINTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from app.importers.grid import ChannelState
    from app.importers.placing import Days

    Columns = NDArray[np.float64]

GAP_EXAMPLES = 5
_FINE_DAYS = 2


@dataclass(slots=True)
class Summary:
    """The sums of one channel's days, taken as they come."""

    state: "ChannelState"
    accepted: int = 0
    day_count: int = 0
    odd_days: dict[int, int] = field(default_factory=dict)
    """Days with intervals that are not 24 hours long, with their seconds."""
    _all: "Columns" = field(default_factory=lambda: np.empty((0, 4)))
    _slots: list[tuple[int, float]] = field(default_factory=list)
    _gap_starts: list[int] = field(default_factory=list)
    _days: list["Columns"] = field(default_factory=list)
    """Of each day: its ordinal, its total, its first measured instant and the end of its last."""
    gaps: int = 0
    _cost: int | None = None
    """In 1/100,000 of the currency."""

    def add(self, days: "Days") -> None:
        """Take days."""
        self.accepted += int(days.lines.sum())
        known = days.costs[~np.isnan(days.costs)]
        if len(known):
            self._cost = (self._cost or 0) + int(np.rint(known * COST_SCALE).sum())
        there = ~np.isnan(days.amounts)
        totals = np.where(there, days.amounts, 0.0).sum(axis=1)
        self.day_count += len(totals)
        starts, lengths = self.state.table.starts(days.days), self.state.table.lengths(days.days)
        first = there.argmax(axis=1)
        last = there.shape[1] - there[:, ::-1].argmax(axis=1)
        ends = starts + np.minimum(last * days.step_seconds, lengths)
        if days.step_seconds == DAY:
            ends = starts + lengths
        else:
            odd = lengths != DAY
            self.odd_days.update(zip(days.days[odd].tolist(), lengths[odd].tolist(), strict=True))
        begins = starts + first * days.step_seconds
        self._days.append(np.stack([days.days, totals, begins, ends], axis=1))
        self._count_inner_gaps(days, there, starts)
        if self.day_count <= _FINE_DAYS:
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
        self._all = np.concatenate(self._days)
        self._all = self._all[np.argsort(self._all[:, 0], kind="stable")]
        self._days.clear()
        ends, begins = self._all[:-1, 3], self._all[1:, 2]
        gaps = ends[begins > ends]
        self.gaps += len(gaps)
        self._gap_starts += gaps[: GAP_EXAMPLES * 4].astype(np.int64).tolist()

    def gap_examples(self) -> list[str]:
        """Give the instants at which the first gaps begin."""
        return [_instant(at) for at in sorted(self._gap_starts)[:GAP_EXAMPLES]]

    def preview(self) -> list[tuple[str, float]]:
        """Give the use by day, or by interval where there are few days, in few points."""
        is_fine = self.day_count <= _FINE_DAYS
        points = sorted(self._slots) if is_fine else self._all[:, :2].tolist()
        told = _instant if is_fine else _day
        share = -(-len(points) // PREVIEW_POINTS) or 1
        return [
            (told(points[at][0]), round(sum(amount for _, amount in points[at : at + share]), 6))
            for at in range(0, len(points), share)
        ]

    def total(self) -> float:
        """Give the sum of all days."""
        return round(float(self._all[:, 1].sum()), 9)

    def cost(self) -> float | None:
        """Give the sum of the costs that the file gives, as its blocks hold them."""
        return None if self._cost is None else self._cost / COST_SCALE

    def bounds(self) -> tuple[str | None, str | None]:
        """Give the first and last day, ISO 8601."""
        if not len(self._all):
            return None, None
        return _day(self._all[0, 0]), _day(self._all[-1, 0])


def _day(ordinal: float) -> str:
    return date.fromordinal(int(ordinal)).isoformat()


def _instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
