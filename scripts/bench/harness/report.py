"""What a work found, as a table for people."""

import argparse
import os
import statistics
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """One measured figure; `reached` is None where there is no mark to reach."""

    name: str
    measured: str
    reach: str = ""
    reached: bool | None = None

    @property
    def verdict(self) -> str:
        """Say whether it was reached."""
        return {None: "", True: "reached", False: "**short**"}[self.reached]


@dataclass
class Work:
    """One work of the table in docs/benchmarks.md."""

    name: str
    title: str
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def at_least(self, name: str, value: float, mark: float, unit: str) -> None:
        """Add a figure that should be `mark` or more."""
        self._add(name, value, mark, unit, "≥", value >= mark)

    def at_most(self, name: str, value: float, mark: float, unit: str) -> None:
        """Add a figure that should be `mark` or less."""
        self._add(name, value, mark, unit, "≤", value <= mark)

    def _add(
        self, name: str, value: float, mark: float, unit: str, sign: str, reached: bool
    ) -> None:
        shown = f"{sign} {plain(mark)}{unit}"
        self.figures.append(Figure(name, f"{plain(value)}{unit}", shown, reached))

    def show(self, name: str, measured: str) -> None:
        """Add a figure without a mark."""
        self.figures.append(Figure(name, measured))

    def markdown(self) -> str:
        """Render the work."""
        lines = [f"### {self.name} {self.title}", ""]
        lines += ["| figure | measured | reach | |", "|---|---|---|---|"]
        lines += [f"| {f.name} | {f.measured} | {f.reach} | {f.verdict} |" for f in self.figures]
        lines += ["", *(f"- {note}" for note in self.notes)]
        return "\n".join(lines).rstrip() + "\n"


def plain(value: float) -> str:
    """Render a number with three significant digits, thousands apart; counts as they are."""
    if isinstance(value, int):
        return f"{value:,}"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def median(values: Iterable[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def load() -> str:
    """Return the machine's load, by which noisy runs are told."""
    return "load " + " ".join(f"{part:.1f}" for part in os.getloadavg())


def say(text: str) -> None:
    """Tell the person who waits what is happening."""
    print(text, file=sys.stderr, flush=True)


def main(measure: Callable[[bool], Work], about: str | None) -> None:
    """Parse the command line of one work, measure and print."""
    parser = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="smaller data, shorter rounds")
    chosen = parser.parse_args()
    print(measure(chosen.quick).markdown())
    print(load())
