"""Blocks in NumPy arrays: checking, converting, and comparing with the days there are.

NumPy is imported only when this module is, which a web worker never does.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from app.errors import invalid_field
from app.importers.blocks import MAX_INTERVAL, DayBlock, MeterBlocks, is_step
from app.services.interval_blocks import StoredRange
from app.services.interval_copy import rounded
from app.utils.periods import steps_in_day
from app.utils.quality import PROJECTED, QUALITIES

_COST = Decimal("0.00001")


def checked(blocks: MeterBlocks, zone: str) -> MeterBlocks:
    """Give blocks with amounts in whole billionths; refuse what no day can be. Raises Invalid."""
    if not is_step(blocks.step_seconds):
        raise invalid_field(
            "/amounts", "intervals last whole minutes that divide 24 hours evenly, at most a day"
        )
    if (np.diff(blocks.days) <= 0).any():
        raise invalid_field("/amounts", "days must ascend, each once")
    lengths = np.diff(blocks.offsets)
    days = [date.fromordinal(day) for day in blocks.days.tolist()]
    expected = np.array([steps_in_day(day, zone, blocks.step_seconds) for day in days])
    if (lengths != expected).any():
        at = int(np.flatnonzero(lengths != expected)[0])
        detail = f"{days[at]} has {expected[at]} intervals in {zone}, not {lengths[at]}"
        raise invalid_field("/amounts", detail)
    if not (np.isnan(blocks.amounts) | (np.abs(blocks.amounts) <= MAX_INTERVAL)).all():
        raise invalid_field("/amounts", f"an amount is not between ±{MAX_INTERVAL:,.0f}")
    for letters, length in zip(blocks.quality or (), lengths, strict=False):
        if letters and (len(letters) != length or not QUALITIES.issuperset(letters)):
            raise invalid_field("/amounts", "each interval needs one known letter of quality")
    return replace(blocks, amounts=rounded(blocks.amounts))


def day_blocks(blocks: MeterBlocks, chosen: NDArray[np.bool_] | None = None) -> Iterator[DayBlock]:
    """Give each day, or those that are chosen, with plain values."""
    for index in range(len(blocks.days)) if chosen is None else np.flatnonzero(chosen).tolist():
        values = blocks.amounts[blocks.offsets[index] : blocks.offsets[index + 1]].tolist()
        cost = None if blocks.costs is None else float(blocks.costs[index])
        yield DayBlock(
            channel=blocks.channel,
            day=date.fromordinal(int(blocks.days[index])),
            step_seconds=blocks.step_seconds,
            amounts=[None if value != value else value for value in values],
            quality=(blocks.quality[index] or None) if blocks.quality else None,
            cost=None if cost is None or cost != cost else Decimal(cost).quantize(_COST),
        )


def stands_as_it_is(blocks: MeterBlocks, others: Mapping[int, bool]) -> NDArray[np.bool_]:
    """Tell of each day whether the projection shows exactly its block.

    `others` has the days that other imports have, True where a block without gaps hides them.
    """
    stands = not_in(blocks, others)
    if stands.all():
        return stands
    hidden = not_in(blocks, [day for day, is_hidden in others.items() if not is_hidden])
    gaps = np.add.reduceat(np.isnan(blocks.amounts), blocks.offsets[:-1])
    letters = blocks.quality or [None] * len(blocks.days)
    forecast = np.array([PROJECTED in (day or "") for day in letters])
    return np.asarray(stands | (hidden & (gaps == 0) & ~forecast), bool)


def not_in(blocks: MeterBlocks, others: Collection[int]) -> NDArray[np.bool_]:
    """Tell of each day whether it is none of `others` (ordinals)."""
    if not others:
        return np.ones(len(blocks.days), bool)
    return ~np.isin(blocks.days, np.fromiter(others, np.int64, len(others)))


def count(blocks: MeterBlocks, chosen: NDArray[np.bool_]) -> int:
    """Count the values of days that are chosen."""
    places = np.repeat(chosen, np.diff(blocks.offsets))
    return int((~np.isnan(blocks.amounts) & places).sum())


def stored_range(series: Sequence[tuple[int, MeterBlocks]]) -> StoredRange:
    """Sum up what was stored."""
    if not series:
        return StoredRange(None, None, 0, 0)
    return StoredRange(
        date.fromordinal(min(int(blocks.days[0]) for _, blocks in series)),
        date.fromordinal(max(int(blocks.days[-1]) for _, blocks in series)),
        sum(len(blocks.days) for _, blocks in series),
        sum(int((~np.isnan(blocks.amounts)).sum()) for _, blocks in series),
    )
