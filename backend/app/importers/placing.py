"""Readings of a window of days put into the slots of their days."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.importers.tally import Tally
from app.utils import quality as letters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from app.importers.windows import Records

DAY = 86_400
_BITS = 17
"""Bits that hold the seconds of any day, of 25 hours too."""
_ACTUAL, _DERIVED, _MISSING = (
    ord(letter) for letter in (letters.ACTUAL, letters.DERIVED, letters.MISSING)
)
REPEATED = "the same value for the same time again"
REPLACED = "another value for the same time follows; the later one counts"
COVERED = "shorter intervals of the same time are in the file"


@dataclass(frozen=True, slots=True)
class Days:
    """Whole local days of one channel that have the same step and as many slots.

    `days` are ordinals, ascending; `amounts` (day x slot) are in the base unit, NaN missing;
    `quality` has letters as bytes, None when all values are measured; `costs` are a day's, NaN
    without one; `lines` is how many readings of the file each day holds.
    """

    step_seconds: int
    days: "NDArray[np.int64]"
    amounts: "NDArray[np.float64]"
    quality: "NDArray[np.uint8] | None"
    costs: "NDArray[np.float64]"
    lines: "NDArray[np.int64]"


def slot_count(length: int, step: int) -> int:
    """Give how many slots a day of `length` seconds has; a step of a day is one, always."""
    return 1 if step == DAY else -(-length // step)


def sorted_once(records: "Records", tally: Tally) -> "Records":
    """Order readings by time and keep one for each time and length: the last in the file."""
    keys = records["day"].astype(np.int64) << _BITS | records["offset"]
    keys = keys << _BITS | records["seconds"]
    if (keys[1:] > keys[:-1]).all():
        return records
    order = np.argsort(keys, kind="stable")
    records, keys = records[order], keys[order]
    is_last = np.append(keys[1:] != keys[:-1], True)
    if is_last.all():
        return records
    survivor = np.flatnonzero(is_last)[np.cumsum(is_last) - is_last]
    earlier = np.flatnonzero(~is_last)
    same = records["amount"][earlier] == records["amount"][survivor[earlier]]
    replaced = int(len(earlier) - same.sum())
    tally.ignore(int(same.sum()), REPEATED)
    tally.ignore(replaced, REPLACED)
    tally.conflicts += replaced
    once: Records = records[is_last]
    return once


def placed(records: "Records", lengths: "NDArray[np.int64]", tally: Tally) -> Iterator[Days]:
    """Place readings, as `sorted_once` gives them; `lengths` has the length of each one's day.

    A day has one step: where shorter and longer intervals meet, the shortest, and the rest of a
    longer one is spread over the slots that no shorter one fills.
    """
    seconds = records["seconds"]
    if (seconds == seconds[0]).all():
        yield from _uniform(records, lengths)
        return
    cuts = np.flatnonzero(np.append(True, records["day"][1:] != records["day"][:-1]))
    shortest = np.minimum.reduceat(seconds, cuts)
    is_mixed = shortest != np.maximum.reduceat(seconds, cuts)
    sizes = np.diff(np.append(cuts, len(records)))
    of_mixed_day = np.repeat(is_mixed, sizes)
    for step in np.unique(shortest[~is_mixed]).tolist():
        chosen = ~of_mixed_day & (seconds == step)
        yield from _uniform(records[chosen], lengths[chosen])
    for start, size in zip(cuts[is_mixed].tolist(), sizes[is_mixed].tolist(), strict=True):
        part = _mixed_day(records[start : start + size], int(lengths[start]), tally)
        if part is not None:
            yield part


def _uniform(records: "Records", lengths: "NDArray[np.int64]") -> Iterator[Days]:
    step = int(records["seconds"][0])
    slots = np.ones_like(lengths) if step == DAY else -(-lengths // step)
    if (slots == slots[0]).all():
        yield _grid(records, step, int(slots[0]))
        return
    for count in np.unique(slots).tolist():
        yield _grid(records[slots == count], step, count)


def _grid(records: "Records", step: int, count: int) -> Days:
    # They are in order of time, so a change of day is a new one.
    is_new = np.append(True, records["day"][1:] != records["day"][:-1])
    first, row = np.flatnonzero(is_new), np.cumsum(is_new) - 1
    days = records["day"][first]
    slot = records["offset"] // step
    amounts = np.full((len(days), count), np.nan)
    amounts[row, slot] = records["amount"]
    quality = None
    if (records["quality"] != _ACTUAL).any():
        quality = np.full((len(days), count), _MISSING, dtype=np.uint8)
        quality[row, slot] = records["quality"]
    return Days(
        step_seconds=step,
        days=days.astype(np.int64),
        amounts=amounts,
        quality=quality,
        costs=_summed_costs(records["cost"], first),
        lines=np.diff(np.append(first, len(records))),
    )


def _summed_costs(costs: "NDArray[np.float64]", first: "NDArray[np.intp]") -> "NDArray[np.float64]":
    known = ~np.isnan(costs)
    sums = np.add.reduceat(np.where(known, costs, 0.0), first)
    return np.where(np.add.reduceat(known.astype(np.int64), first) > 0, sums, np.nan)


def _mixed_day(records: "Records", length: int, tally: Tally) -> Days | None:
    """Place a day whose readings have different lengths, the shortest first."""
    step = _step_of_mixed(records, length)
    count = slot_count(length, step)
    amounts = np.full(count, np.nan)
    quality = np.full(count, _MISSING, dtype=np.uint8)
    kept = np.zeros(len(records), dtype=bool)
    for index in np.argsort(records["seconds"], kind="stable").tolist():
        kept[index] = _put(records[index], step, amounts, quality, tally)
    if not kept.any():
        return None
    cost = _summed_costs(records["cost"][kept], np.zeros(1, dtype=np.intp))
    is_plain = bool((quality[~np.isnan(amounts)] == _ACTUAL).all())
    return Days(
        step_seconds=step,
        days=records["day"][:1].astype(np.int64),
        amounts=amounts[np.newaxis],
        quality=None if is_plain else quality[np.newaxis],
        costs=cost,
        lines=np.array([kept.sum()], dtype=np.int64),
    )


def _step_of_mixed(records: "Records", length: int) -> int:
    """Give the shortest length, save for a last interval that the day's end has cut short."""
    is_last = records["offset"] + records["seconds"] == length
    whole = records["seconds"][~is_last]
    if len(whole):
        step = int(whole.min())
        is_cut = records["seconds"][is_last] == length % step
        if (is_cut & (records["offset"][is_last] % step == 0)).all():
            return step
    return int(records["seconds"].min())


def _put(
    record: np.void,
    step: int,
    amounts: "NDArray[np.float64]",
    quality: "NDArray[np.uint8]",
    tally: Tally,
) -> bool:
    first, seconds = int(record["offset"]) // step, int(record["seconds"])
    width = len(amounts) if seconds == DAY else max(seconds // step, 1)
    if seconds not in (DAY, min(seconds, step)) and seconds % step:
        tally.reject(int(record["line"]), None, "overlaps intervals of another length")
        return False
    slots = slice(first, first + width)
    free = np.isnan(amounts[slots])
    if not free.any():
        tally.ignore(1, COVERED)
        return False
    rest = float(record["amount"]) - float(np.nansum(amounts[slots]))
    if not free.all() and rest < 0:
        tally.reject(int(record["line"]), None, "is less than its shorter intervals together")
        return False
    amounts[slots][free] = rest / free.sum()
    quality[slots][free] = record["quality"] if width == 1 else _DERIVED
    return True
