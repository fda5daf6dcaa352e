"""What an import of a series file would do."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from app.importers.records_csv import LineProblem, RecordRow
from app.importers.tally import KEPT_PROBLEMS
from app.models import Source
from app.reader.report import Report
from app.services import import_meters
from app.services.interval_compare import Comparison
from app.services.interval_staged import Staged
from app.services.series_targets import Chosen, Target


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file and how it is to be treated; `mode` is all or valid."""

    file_name: str
    mode: str
    chosen: Chosen


@dataclass(frozen=True, slots=True)
class Setting:
    """What the account says for the reading of a file."""

    time_zone: str
    currency: str
    zones: Mapping[str, str]
    latest: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do; counts are of the file's values."""

    report: Report
    targets: Sequence[Target]
    staged: Staged | None
    by_channel: Mapping[int, Comparison]
    rows: Sequence[tuple[RecordRow, import_meters.Target]]
    row_targets: Mapping[import_meters.Target, Target]
    unchanged_rows: int
    problems: Sequence[LineProblem]
    currency: str
    warnings: Sequence[str]

    @property
    def counts(self) -> dict[str, int]:
        """Values by what happens to them."""
        intervals = sum(self.by_channel.values(), start=Comparison())
        return {
            "added": intervals.added + len(self.rows),
            "changed": intervals.changed,
            "unchanged": intervals.unchanged + self.unchanged_rows,
            "rejected": self.report.rejected + len(self.problems),
            "ignored": self.report.ignored,
        }

    @property
    def conflicts(self) -> int:
        """How many values contradict a later line of the file or a manual correction."""
        return self.report.conflicts + sum(found.conflicts for found in self.by_channel.values())

    @property
    def problems_total(self) -> int:
        """How many values are rejected."""
        return self.report.rejected + len(self.problems)

    def described_problems(self) -> list[dict[str, Any]]:
        """List what is wrong with which line, as far as it is kept."""
        mine = [problem._asdict() for problem in self.problems]
        found = [*self.report.problems, *mine][:KEPT_PROBLEMS]
        return [problem | {"column": _printable(problem["column"])} for problem in found]

    def bounds(self) -> tuple[date | None, date | None]:
        """Give the first and last day of the file's data."""
        firsts = [date.fromisoformat(c.first) for c in self.report.channels if c.first]
        lasts = [date.fromisoformat(c.last) for c in self.report.channels if c.last]
        firsts += [date.fromisoformat(period.first) for period in self.report.periods]
        lasts += [date.fromisoformat(period.last) for period in self.report.periods]
        return min(firsts, default=None), max(lasts, default=None)

    def meters(self, ids: Mapping[tuple[int, Source], int] | None = None) -> list[dict[str, Any]]:
        """Describe the meters with what happens to each."""
        rows = Counter(self.row_targets[target] for _, target in self.rows)
        return [self._meter(target, rows, ids or {}) for target in self.targets]

    def _meter(
        self,
        target: Target,
        rows: Mapping[Target, int],
        ids: Mapping[tuple[int, Source], int],
    ) -> dict[str, Any]:
        is_series = target.source == Source.INTERVALS
        counts = self.by_channel.get(target.number, Comparison()) if is_series else Comparison()
        channel = target.channel
        return target.described(ids.get((target.number, target.source))) | {
            "added": counts.added + rows.get(target, 0),
            "changed": counts.changed,
            "unchanged": counts.unchanged,
            "total": channel.total if is_series else None,
            "cost": channel.cost if is_series else self._cost_of_periods(target.number),
            "gaps": channel.gaps if is_series else None,
            "range": {"start": channel.first, "end": channel.last}
            if is_series and channel.first
            else None,
        }

    def _cost_of_periods(self, channel: int) -> float | None:
        mine = (period for period in self.report.periods if period.channel == channel)
        costs = [Decimal(period.cost) for period in mine if period.cost is not None]
        return float(sum(costs)) if costs else None


def _printable(column: str | None) -> str | None:
    return None if column is None else column.replace("\0", "\ufffd")
