"""Turning cells of the projection into calendar buckets; pure."""

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from app.utils.periods import GroupBy, bucket_start, buckets

ONE_DAY = timedelta(days=1)
SHOWN_SCALE = Decimal("0.0001")


@dataclass(slots=True)  # not frozen: an answer makes hundreds, in half the time
class Cell:
    """What a utility used on one day or in one whole month.

    `days` have data from some meter; `is_full` when every meter that was there has them all.
    `is_estimated`: the source estimated some of it; `is_spread`: some of it is the share of a
    record that reaches beyond the cell.
    """

    first: date
    last: date
    amount: Decimal
    records: int
    days: int
    is_estimated: bool
    is_spread: bool
    is_full: bool


@dataclass(slots=True)  # not frozen: an answer makes hundreds, in half the time
class Bucket:
    """One bar of a series; see BucketOut."""

    start: date
    end: date
    amount: float | None
    days_covered: int
    estimated: bool
    complete: bool


@dataclass(frozen=True, slots=True)
class Extreme:
    """The smallest or largest complete bucket."""

    start: date
    end: date
    amount: float


@dataclass(frozen=True, slots=True)
class Totals:
    """The sum of cells; `amount` is None when there is no data."""

    amount: Decimal | None
    records: int
    days: int


def shown(amount: Decimal | None) -> float | None:
    """Round for the wire: 4 decimals, half to even."""
    if amount is None:
        return None
    return float(amount.quantize(SHOWN_SCALE, ROUND_HALF_EVEN))


def total(cells: Iterable[Cell]) -> Totals:
    """Add cells up."""
    found = list(cells)
    amount = sum((cell.amount for cell in found), Decimal(0)) if found else None
    return Totals(amount, sum(cell.records for cell in found), sum(cell.days for cell in found))


def series(
    cells: Sequence[Cell],
    first: date,
    last: date,
    group_by: GroupBy,
    today: date,
    crossed: Set[date] | None = None,
) -> list[Bucket]:
    """Put cells into the calendar buckets of `first` to `last`, clipped to that range.

    Every bucket is there, in order; one without data has the amount None, not 0. A bucket is
    estimated when a record reaches beyond it: `crossed` are the days after which one goes on;
    None says that each bucket has one cell, which knows it.
    """
    by_start: dict[date, list[Cell]] = {}
    for cell in cells:
        by_start.setdefault(bucket_start(cell.first, group_by), []).append(cell)
    found = []
    for start, end in _calendar(first, last, group_by):
        here = by_start.get(start, [])
        bucket = _bucket(here, start, end, first, last, today)
        if not bucket.estimated and crossed is not None:
            bucket.estimated = not crossed.isdisjoint((bucket.start - ONE_DAY, bucket.end))
        elif not bucket.estimated:
            bucket.estimated = any(cell.is_spread for cell in here)
        found.append(bucket)
    return found


@lru_cache(maxsize=16)
def _calendar(first: date, last: date, group_by: GroupBy) -> tuple[tuple[date, date], ...]:
    """Keep the latest calendars: all utilities of an answer share one."""
    return tuple(buckets(first, last, group_by))


def _bucket(
    cells: Sequence[Cell], start: date, end: date, first: date, last: date, today: date
) -> Bucket:
    amount, days, is_estimated, is_full = Decimal(0), 0, False, True
    for cell in cells:
        amount += cell.amount
        days += cell.days
        is_estimated = is_estimated or cell.is_estimated
        is_full = is_full and cell.is_full
    is_whole = first <= start and end <= last and end < today
    return Bucket(
        start=max(start, first),
        end=min(end, last),
        amount=shown(amount) if cells else None,
        days_covered=days,
        estimated=is_estimated,
        complete=is_whole and is_full and days == (end - start).days + 1,
    )


def extreme(found: Iterable[Bucket], choose: Callable[..., Bucket | None]) -> Extreme | None:
    """Give the smallest or largest complete bucket (`choose` is min or max), or None."""
    complete = [bucket for bucket in found if bucket.complete and bucket.amount is not None]
    best = choose(complete, key=lambda bucket: bucket.amount or 0.0, default=None)
    if best is None or best.amount is None:
        return None
    return Extreme(best.start, best.end, best.amount)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: what was used on `covered` of its `days`."""

    amount: Decimal | None
    covered: int
    days: int


@dataclass(frozen=True, slots=True)
class Change:
    """How one range differs from another, in percent with one decimal.

    `basis` is what was compared, "totals" or "daily_average"; `unknown` says why there is no
    percentage: "no_data", "too_few_days" or "nothing_before".
    """

    percent: float | None
    basis: str | None
    unknown: str | None


def change_between(now: Side, before: Side) -> Change:
    """Compare totals of as many days with data, else the averages of those days.

    A day without data is no day without use: totals of unlike numbers of days are never
    compared, and nothing is said where a side has data on less than half of its days.
    """
    if now.amount is None or before.amount is None:
        return Change(None, None, "no_data" if now.amount is None else "nothing_before")
    if not before.amount:
        return Change(None, None, "nothing_before")
    if any(side.covered * 2 < side.days for side in (now, before)):
        return Change(None, None, "too_few_days")
    is_like = now.covered == before.covered
    # As fractions of whole amounts, so that nothing is rounded before the percentage is.
    ratio = (now.amount * before.covered) / (before.amount * now.covered)
    percent = float(round((ratio - 1) * 100, 1))
    return Change(percent, "totals" if is_like else "daily_average", None)
