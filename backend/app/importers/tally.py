"""What became of the lines of a file that brought no data: counts, and the first reasons."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

KEPT_PROBLEMS = 10_000
MAX_REASONS = 200
MAX_WARNINGS = 200
_OTHERS = "other reasons"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line was not taken; `line` is 0 when it is not known."""

    line: int
    column: str | None
    detail: str


@dataclass(slots=True)
class Tally:
    """Counts of what was not taken.

    `rejected` values should have been data and were not; `ignored` ones rightly are none.
    `conflicts` of the ignored ones contradicted a later line of the file, which won. Problems
    are kept up to KEPT_PROBLEMS; all are counted.
    """

    rejected: int = 0
    conflicts: int = 0
    problems: list[Problem] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    warnings: dict[str, None] = field(default_factory=dict)

    @property
    def ignored(self) -> int:
        """How many values rightly are no data."""
        return self.reasons.total()

    def reject(self, line: int, column: str | None, detail: str) -> None:
        """Count a line that is wrong."""
        self.rejected += 1
        if len(self.problems) < KEPT_PROBLEMS:
            self.problems.append(Problem(line, column, detail))

    def reject_all(self, lines: Iterable[int], detail: str) -> None:
        """Count lines that are wrong in the same way."""
        for line in lines:
            self.reject(int(line), None, detail)

    def ignore(self, count: int, reason: str) -> None:
        """Count values that rightly are no data."""
        if count > 0:
            known = reason in self.reasons or len(self.reasons) < MAX_REASONS
            self.reasons[reason if known else _OTHERS] += count

    def warn(self, detail: str) -> None:
        """Say something of the file as a whole, once."""
        if len(self.warnings) < MAX_WARNINGS:
            self.warnings[detail] = None

    def all_warnings(self) -> list[str]:
        """Give the warnings, and what was ignored with its reason."""
        counts = [f"{count:,} ignored: {reason}" for reason, count in self.reasons.most_common(50)]
        return [*self.warnings, *counts]
