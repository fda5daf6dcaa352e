"""What is missing in a meter's data, what is estimated, and what looks wrong."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from app.db import TenantSession
from app.models import Source
from app.services import interval_compare, series
from app.services.meter_profile import quantile
from app.services.meter_views import MeterView
from app.services.runs import HOUR, Run, joined, starts
from app.utils.quality import ACTUAL, ESTIMATES, MISSING, PROJECTED

SHOWN = 500
"""How many gaps and suspicious ranges are listed; the totals count all."""
SPIKE_FACTOR = 5
"""A spike is above this many times the value that 99.5 % of all lie below …"""
SPIKE_SPREAD = 15
"""… and above the upper quartile of its hour by as many times that hour's interquartile range."""
STUCK_SECONDS, STUCK_COUNT = 24 * HOUR, 12
ZERO_SECONDS = 12 * HOUR
RARELY = 0.01
"""A meter is otherwise never zero when less than this part of its other values is."""
Value = tuple[int, int, float, str]
"""Start, length, amount, letter."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Missing values from `start` to `end` (seconds since 1970-01-01 UTC, the end not included)."""

    start: int
    end: int
    intervals: int


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A range that looks wrong; `fix` is the action of a correction that would mend it."""

    id: str
    kind: str
    start: int
    end: int
    intervals: int
    amount: float
    fix: str


@dataclass(frozen=True, slots=True)
class Quality:
    """What was found between the first and the last day with data within the range."""

    first: date | None
    last: date | None
    expected: int
    measured: int
    gaps: list[Gap]
    gap_count: int
    estimated_days: list[date]
    suspicious: list[Suspicion]
    suspicious_count: int


def read(session: TenantSession, meter: MeterView, days: tuple[date, date]) -> Quality:
    """Look through a meter's intervals over local days, or its days when it has no intervals."""
    span = _with_data(meter, days)
    if span is None:
        return Quality(None, None, 0, 0, [], 0, [], [], 0)
    if meter.source == Source.INTERVALS:
        by_day = series.interval_runs(session, meter, *span)
        runs = joined(by_day)
        corrected = _corrected(session, meter, span)
        suspicious = sorted(_suspicions(runs, corrected, meter.time_zone), key=_by_start)
    else:
        by_day = runs = series.day_runs(session, meter, *span)
        suspicious = []
    gaps = list(_gaps(runs))
    expected = sum(len(run.amounts) for run in runs)
    missing = sum(gap.intervals for gap in gaps)
    forecast = sum((run.letters or "").count(PROJECTED) for run in runs)
    return Quality(
        *span,
        expected=expected,
        measured=expected - missing - forecast,
        gaps=gaps[:SHOWN],
        gap_count=len(gaps),
        estimated_days=[_day(run.start, meter.time_zone) for run in by_day if _is_estimated(run)],
        suspicious=suspicious[:SHOWN],
        suspicious_count=len(suspicious),
    )


def _with_data(meter: MeterView, days: tuple[date, date]) -> tuple[date, date] | None:
    if meter.first_day is None or meter.last_day is None:
        return None
    first, last = max(days[0], meter.first_day), min(days[1], meter.last_day)
    return (first, last) if first <= last else None


def _day(seconds: int, time_zone: str) -> date:
    return datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(time_zone)).date()


def _is_estimated(run: Run) -> bool:
    return run.letters is not None and any(letter in ESTIMATES for letter in run.letters)


def _by_start(found: Suspicion) -> tuple[int, str]:
    return found.start, found.kind


def _gaps(runs: Sequence[Run]) -> Iterator[Gap]:
    """Find missing values; a gap goes on from one run to the next."""
    pending: Gap | None = None
    for run in runs:
        for is_missing, group in groupby(
            zip(starts(run), run.amounts, strict=True), key=lambda pair: pair[1] is None
        ):
            places = [start for start, _ in group]
            if not is_missing:
                continue
            gap = Gap(places[0], places[-1] + run.step_seconds, len(places))
            if pending is not None and gap.start <= pending.end:
                pending = Gap(pending.start, gap.end, pending.intervals + gap.intervals)
                continue
            if pending is not None:
                yield pending
            pending = gap
    if pending is not None:
        yield pending


def _corrected(
    session: TenantSession, meter: MeterView, span: tuple[date, date]
) -> list[tuple[int, int]]:
    """Give the ranges that somebody has looked at: what was corrected is not suspected again."""
    days = [date.fromordinal(n) for n in range(span[0].toordinal(), span[1].toordinal() + 1)]
    found = []
    for day, layers in interval_compare.corrections(session, meter.id, days).items():
        begins = series.start_of(day, meter.time_zone)
        for layer in layers:
            letters = layer.quality or ACTUAL * len(layer.amounts)
            for index, amount in enumerate(layer.amounts):
                if amount is not None or letters[index] == MISSING:
                    start = begins + index * layer.step_seconds
                    found.append((start, start + layer.step_seconds))
    return found


def _suspicions(
    runs: Sequence[Run], corrected: Sequence[tuple[int, int]], time_zone: str
) -> Iterator[Suspicion]:
    values = [
        (start, run.step_seconds, amount, letter)
        for run in runs
        for start, amount, letter in zip(
            starts(run), run.amounts, run.letters or ACTUAL * len(run.amounts), strict=True
        )
        if amount is not None and letter != PROJECTED
    ]
    seen = {second for start, end in corrected for second in range(start, end, 60)}
    for found in (*_spikes(values, time_zone), *_level(values)):
        if found.start not in seen:
            yield found


def _spikes(values: Sequence[Value], time_zone: str) -> Iterator[Suspicion]:
    """Find values far above the others, and above what is usual at their hour of the day."""
    usual = quantile(sorted(value[2] for value in values), 0.995)
    if not usual:
        return
    candidates = [value for value in values if value[2] > SPIKE_FACTOR * usual]
    zone = ZoneInfo(time_zone)
    by_hour: dict[int, list[float]] = {}
    for start, _, amount, _ in values if candidates else ():
        by_hour.setdefault(datetime.fromtimestamp(start, zone).hour, []).append(amount)
    for start, length, amount, _ in candidates:
        ordered = sorted(by_hour[datetime.fromtimestamp(start, zone).hour])
        low, high = quantile(ordered, 0.25) or 0.0, quantile(ordered, 0.75) or 0.0
        if amount > high + SPIKE_SPREAD * (high - low):
            yield _suspicion("spike", start, start + length, 1, amount, "interpolate")


def _level(values: Sequence[Value]) -> Iterator[Suspicion]:
    """Find long runs of one value: of a meter that is stuck, or has failed and shows zero."""
    zeros = sum(value[2] == 0 for value in values)
    for amount, group in groupby(values, key=lambda value: value[2]):
        same = list(group)
        start, end = same[0][0], same[-1][0] + same[-1][1]
        if any(value[3] in ESTIMATES for value in same) or len(same) < STUCK_COUNT:
            continue
        if amount != 0 and end - start >= STUCK_SECONDS:
            yield _suspicion("stuck", start, end, len(same), amount, "set_missing")
        others = len(values) - len(same)
        is_odd = others > 0 and (zeros - len(same)) / others < RARELY
        if amount == 0 and is_odd and end - start >= ZERO_SECONDS:
            yield _suspicion("zeros", start, end, len(same), 0.0, "set_missing")


def _suspicion(
    kind: str, start: int, end: int, intervals: int, amount: float, fix: str
) -> Suspicion:
    return Suspicion(f"{kind}-{start}-{end}", kind, start, end, intervals, amount, fix)
