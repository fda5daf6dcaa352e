"""Runs of values over time: adding up to hours, joining, and one value for many; pure."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from app.services.overlay import BILLION, billionths
from app.utils.quality import ACTUAL, MISSING, PROJECTED

HOUR = 3_600
_WEAKEST_FIRST = "NPQDESM"


@dataclass(frozen=True, slots=True)
class Run:
    """Values that follow each other evenly from `start` (seconds since 1970-01-01 UTC).

    `letters` None: all measured, or missing where the amount is None.
    """

    start: int
    step_seconds: int
    amounts: Sequence[float | None]
    letters: str | None


@dataclass(frozen=True, slots=True)
class Series:
    """Values in order of time; `minima` and `maxima` when each stands for several."""

    starts: list[int] | None
    runs: list[tuple[int, int, int]]
    amounts: list[float | None]
    minima: list[float | None] | None
    maxima: list[float | None] | None
    quality: str | None
    intervals: int


def hours(run: Run) -> Run:
    """Add the intervals of each hour up; longer ones, and those that divide no hour, stay."""
    if run.step_seconds >= HOUR or HOUR % run.step_seconds:
        return run
    size = HOUR // run.step_seconds
    starts = range(0, len(run.amounts), size)
    if run.letters is None and None not in run.amounts:
        whole = list(map(billionths, run.amounts))  # type: ignore[arg-type]
        return Run(run.start, HOUR, [sum(whole[at : at + size]) / BILLION for at in starts], None)
    letters = run.letters or _plain_letters(run.amounts)
    parts = [(run.amounts[at : at + size], letters[at : at + size]) for at in starts]
    found = "".join(weakest(part) for _, part in parts)
    return Run(run.start, HOUR, [_total(*part) for part in parts], found)


def _total(amounts: Sequence[float | None], letters: str) -> float | None:
    counted = [
        billionths(amount)
        for amount, letter in zip(amounts, letters, strict=True)
        if amount is not None and letter != PROJECTED
    ]
    return sum(counted) / BILLION if counted else None


def _plain_letters(amounts: Sequence[float | None]) -> str:
    return "".join(MISSING if amount is None else ACTUAL for amount in amounts)


def weakest(letters: str) -> str:
    """Give the letter that says most against a value made of parts with these."""
    return next((letter for letter in _WEAKEST_FIRST if letter in letters), ACTUAL)


def single(start: int, end: int, amount: float | None, letter: str) -> Run:
    """Give one value from `start` until `end`."""
    return Run(start, end - start, [amount], letter)


def joined(runs: Sequence[Run]) -> list[Run]:
    """Join runs that follow each other without a break in the same step."""
    found: list[Run] = []
    pending: list[Run] = []
    end = step = None
    for run in runs:
        if not run.amounts:
            continue
        if pending and (run.start != end or run.step_seconds != step):
            found.append(_merged(pending))
            pending = []
        pending.append(run)
        step, end = run.step_seconds, run.start + run.step_seconds * len(run.amounts)
    return [*found, _merged(pending)] if pending else found


def _merged(runs: Sequence[Run]) -> Run:
    amounts = [amount for run in runs for amount in run.amounts]
    return replace(runs[0], amounts=amounts, letters=quality_of(runs))


def quality_of(runs: Sequence[Run]) -> str | None:
    """Give a letter for each value, or None when all are measured."""
    if all(run.letters is None for run in runs):
        return None
    found = "".join(run.letters or _plain_letters(run.amounts) for run in runs)
    return found if found.strip(ACTUAL) else None


def starts(run: Run) -> range:
    """Give the second at which each value begins."""
    return range(run.start, run.start + run.step_seconds * len(run.amounts), run.step_seconds)


def reduced(runs: Sequence[Run], count: int, size: int) -> Series:
    """Let each value stand for `size` consecutive ones: their mean, smallest and largest."""
    amounts = [amount for run in runs for amount in run.amounts]
    letters = quality_of(runs)
    found = [_summary(part) for part in _parts(amounts, size)]
    starts = list(_starts_at(runs, range(0, count, size)))
    return Series(
        starts=starts,
        runs=[],
        amounts=[mean for mean, _, _ in found],
        minima=[least for _, least, _ in found],
        maxima=[most for _, _, most in found],
        quality=letters
        and "".join(weakest(letters[at : at + size]) for at in range(0, count, size)),
        intervals=count,
    )


def _summary(part: list[float | None]) -> tuple[float | None, float | None, float | None]:
    """Give mean, smallest and largest; a gap is noticed by adding up, which costs nothing more."""
    try:
        mean = sum(part) / len(part)  # type: ignore[arg-type]
    except TypeError:
        known = [value for value in part if value is not None]
        return _summary(known) if known else (None, None, None)  # type: ignore[arg-type]
    return round(mean, 9), min(part), max(part)  # type: ignore[type-var]


def _parts(amounts: list[float | None], size: int) -> Iterator[list[float | None]]:
    return (amounts[at : at + size] for at in range(0, len(amounts), size))


def _starts_at(runs: Sequence[Run], places: range) -> Iterator[int]:
    if len(runs) == 1:
        yield from starts(runs[0])[:: places.step]
        return
    ends = list(accumulate(len(run.amounts) for run in runs))
    for place in places:
        index = bisect_right(ends, place)
        before = ends[index - 1] if index else 0
        yield runs[index].start + (place - before) * runs[index].step_seconds
