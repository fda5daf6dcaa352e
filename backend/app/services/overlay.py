"""Laying the blocks of a local day over one another; pure (ADR 0012).

Amounts are float8 but counted in billionths, as whole numbers, so that sums are exact and do not
depend on the order in which they are added.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from itertools import pairwise
from math import gcd

from app.services.day_rows import DayRow
from app.utils.periods import DAY_SECONDS
from app.utils.quality import ACTUAL, DERIVED, ESTIMATES, MISSING, PROJECTED
from app.utils.units import from_billionths

BILLION = 1e9
Amounts = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Layer:
    """What one import says of a day, or several laid over one another.

    `quality` None stands for measured values only. A correction's letter MISSING takes the value
    away that lies below; in other layers it says nothing.
    """

    step_seconds: int
    amounts: Amounts
    quality: str | None = None
    is_correction: bool = False


def billionths(amount: float) -> int:
    """Count an amount in billionths, half to even."""
    return round(amount * BILLION)


def shares(amount: float, parts: int) -> list[float]:
    """Split an amount evenly into parts of whole billionths that add up to it exactly."""
    whole = billionths(amount)
    cuts = [whole * index // parts for index in range(parts + 1)]
    return [(after - before) / BILLION for before, after in pairwise(cuts)]


def length(seconds: int, step_seconds: int) -> int:
    """Give the number of intervals in a local day of `seconds`."""
    return 1 if step_seconds >= DAY_SECONDS else -(-seconds // step_seconds)


def common_step(layers: Sequence[Layer]) -> int:
    """Give the longest step that all layers can be shown in."""
    return reduce(gcd, (layer.step_seconds for layer in layers))


def letters_of(layer: Layer) -> str:
    """Give a letter for each interval."""
    given = layer.quality or ACTUAL * len(layer.amounts)
    return "".join(
        MISSING if amount is None else letter
        for amount, letter in zip(layer.amounts, given, strict=True)
    )


def overlay(layers: Sequence[Layer], seconds: int) -> Layer:
    """Lay layers over one another, lowest first, on a local day of `seconds`.

    A value wins over those below; a forecast only where nothing is measured. With different
    steps the day is shown in the common one: coarser intervals are split evenly (DERIVED), and
    what lies above replaces the parts it covers. An interval whose finer parts are all there and
    add up to it leaves them as they are.
    """
    useful = [layer for layer in layers if _says_something(layer)] or list(layers[:1])
    step = common_step(useful)
    amounts, letters = refined(useful, step, seconds)
    quality = "".join(letters)
    return Layer(step, amounts, None if _is_measured(quality) else quality)


def refined(
    layers: Sequence[Layer], step: int, seconds: int
) -> tuple[list[float | None], list[str]]:
    """Lay layers on an empty day in intervals of `step`, which divides theirs."""
    count = length(seconds, step)
    amounts: list[float | None] = [None] * count
    letters = [MISSING] * count
    for layer in layers:
        _lay(amounts, letters, layer, step)
    return amounts, letters


def _says_something(layer: Layer) -> bool:
    return layer.is_correction or any(amount is not None for amount in layer.amounts)


def _is_measured(quality: str) -> bool:
    return quality.count(ACTUAL) + quality.count(MISSING) == len(quality)


def _lay(amounts: list[float | None], letters: list[str], layer: Layer, step: int) -> None:
    if layer.step_seconds == step and layer.quality is None and len(layer.amounts) == len(amounts):
        _lay_measured(amounts, letters, layer.amounts)
        return
    given = layer.quality or ACTUAL * len(layer.amounts)
    for index, (amount, letter) in enumerate(zip(layer.amounts, given, strict=True)):
        first, last = reach(layer.step_seconds, index, step, len(amounts))
        if first >= last:
            continue
        if amount is None:
            if layer.is_correction and letter == MISSING:
                amounts[first:last] = [None] * (last - first)
                letters[first:last] = MISSING * (last - first)
        elif last - first == 1:
            if letter != PROJECTED or letters[first] in (MISSING, PROJECTED):
                amounts[first], letters[first] = amount, letter
        elif layer.is_correction or not _adds_up(amounts[first:last], letters[first:last], amount):
            _split(amounts, letters, (first, last), amount, letter)


def _lay_measured(amounts: list[float | None], letters: list[str], above: Amounts) -> None:
    """Lay measured values of the same step, nearly always the case, in a tenth of the time."""
    for index, amount in enumerate(above):
        if amount is not None:
            amounts[index], letters[index] = amount, ACTUAL


def reach(layer_step: int, index: int, step: int, count: int) -> tuple[int, int]:
    """Give the intervals of `step` that interval `index` of a coarser step covers."""
    if layer_step >= DAY_SECONDS:
        return 0, count
    size = layer_step // step
    return index * size, min((index + 1) * size, count)


def _adds_up(amounts: Amounts, letters: Sequence[str], whole: float) -> bool:
    if PROJECTED in letters or None in amounts:
        return False
    parts = sum(billionths(amount) for amount in amounts if amount is not None)
    return abs(parts - billionths(whole)) <= len(amounts)


def _split(
    amounts: list[float | None],
    letters: list[str],
    place: tuple[int, int],
    amount: float,
    letter: str,
) -> None:
    first, last = place
    is_forecast = letter == PROJECTED
    if is_forecast and any(found not in (MISSING, PROJECTED) for found in letters[first:last]):
        return
    amounts[first:last] = shares(amount, last - first)
    letters[first:last] = (PROJECTED if is_forecast else DERIVED) * (last - first)


def day_row(day: date, layer: Layer) -> DayRow | None:
    """Make the projection's row of a day, or None when there is no value at all."""
    letters = layer.quality or ACTUAL * len(layer.amounts)
    values = [
        (amount, letter)
        for amount, letter in zip(layer.amounts, letters, strict=True)
        if amount is not None
    ]
    if not values:
        return None
    measured = [amount for amount, letter in values if letter != PROJECTED]
    return DayRow(
        day=day,
        amount=total(measured),
        is_estimated=any(letter in ESTIMATES for _, letter in values),
        step_seconds=layer.step_seconds,
        profile=layer.amounts,
        measured_steps=len(measured),
        expected_steps=len(layer.amounts),
        quality=None if layer.quality is None else letters_of(layer),
    )


def total(amounts: Sequence[float]) -> Decimal:
    """Add amounts up exactly, with 9 decimals."""
    return from_billionths(sum(map(billionths, amounts)))
