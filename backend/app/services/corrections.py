"""Corrections by hand: an import of rank 1, which lies above all files and can be undone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.db import TenantSession
from app.errors import Conflict, invalid_field
from app.importers.blocks import MAX_INTERVAL, DayBlock
from app.models import Import
from app.services import device_intervals, interval_blocks, interval_days, meters
from app.services.overlay import Layer, length, shares
from app.services.series import start_of
from app.utils.codes import Code
from app.utils.periods import day_seconds, local_today
from app.utils.quality import ACTUAL, ESTIMATED, MANUAL, MISSING

FORMAT = "correction"
MAX_DAYS = 366
LOOKS_AROUND = 31
"""Days before and after in which a neighbour is looked for."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What to do with the intervals from `start` to `end` (not included).

    `action`: set_missing takes values away, set_value spreads `amount` (the total, in the
    meter's unit) evenly over them, interpolate draws a line between the values on both sides,
    accept confirms the values as they are.
    """

    start: datetime
    end: datetime
    action: str
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class _Day:
    """A local day in the steps it is shown in; intervals `first` to `last` are corrected."""

    day: date
    layer: Layer
    first: int
    last: int


def correct(session: TenantSession, meter_id: int, wanted: Correction, now: datetime) -> Import:
    """Correct intervals of a meter; gives the import that says so.

    Raises NotFound, Conflict for a meter that is not fed by intervals and where there is nothing
    to accept or to draw a line between, Invalid for times that cut an interval in two or reach
    over more than 366 days or beyond tomorrow.
    """
    meter = meters.take(session, meter_id)
    device_intervals.refuse_unfit(meter)
    first, last = _local_days(wanted, meter.time_zone, now)
    around = timedelta(days=LOOKS_AROUND)
    days = [date.fromordinal(n) for n in range((first - around).toordinal(),
                                               (last + around).toordinal() + 1)]  # fmt: skip
    shown = interval_days.shown(session, meter_id, days)
    touched = list(_touched(shown, (first, last), wanted, meter.time_zone))
    values = _values(wanted, touched, shown)
    name = f"{wanted.action} {wanted.start.isoformat()} {wanted.end.isoformat()}"
    record = device_intervals.made_import(session, meter, FORMAT, name, now, rank=1)
    blocks = list(_blocks(touched, values, wanted.action))
    interval_blocks.store(session, record.id, meter_id, blocks)
    record.counts = record.counts | {"changed": len(values)}
    record.range_start, record.range_end = first, last
    session.flush()
    return record


def _local_days(wanted: Correction, time_zone: str, now: datetime) -> tuple[date, date]:
    zone = ZoneInfo(time_zone)
    first = wanted.start.astimezone(zone).date()
    last = (wanted.end - timedelta(microseconds=1)).astimezone(zone).date()
    latest = local_today(time_zone, now) + timedelta(days=1)
    if last > latest:
        detail = f"must not be after {latest}, which is tomorrow in {time_zone}"
        raise invalid_field("/to", detail, Code.AFTER_TOMORROW, latest=str(latest))
    if (last - first).days >= MAX_DAYS:
        detail = f"a correction covers at most {MAX_DAYS} days"
        raise invalid_field("/from", detail, Code.RANGE_TOO_LONG, max=MAX_DAYS)
    return first, last


def _touched(
    shown: dict[date, Layer], span: tuple[date, date], wanted: Correction, time_zone: str
) -> Iterator[_Day]:
    """Give the days of a correction; one without data is in the step of the nearest before."""
    if not shown:
        detail = f"There is no interval data within {LOOKS_AROUND} days of this."
        raise Conflict(detail, code=Code.NO_INTERVALS)
    start, end = int(wanted.start.timestamp()), int(wanted.end.timestamp())
    for ordinal in range(span[0].toordinal(), span[1].toordinal() + 1):
        day = date.fromordinal(ordinal)
        seconds, begins = day_seconds(day, time_zone), start_of(day, time_zone)
        layer = shown.get(day)
        if layer is None:
            before = [known for known in shown if known < day] or [min(shown)]
            step = shown[max(before)].step_seconds
            layer = Layer(step, [None] * length(seconds, step))
        step = layer.step_seconds
        first = _edge(max(start - begins, 0), step, "/from")
        last = _edge(min(end - begins, seconds), step, "/to", whole=seconds)
        if last > first:
            yield _Day(day, layer, first, min(last, len(layer.amounts)))


def _edge(offset: int, step: int, pointer: str, whole: int | None = None) -> int:
    if offset % step and offset != whole:
        detail = f"cuts an interval of {step:,} seconds in two"
        raise invalid_field(pointer, detail, Code.NOT_ON_STEP, step_seconds=step)
    return -(-offset // step)


def _values(
    wanted: Correction, touched: Sequence[_Day], shown: dict[date, Layer]
) -> list[float | None]:
    count = sum(day.last - day.first for day in touched)
    if wanted.action == "set_missing":
        return [None] * count
    if wanted.action == "set_value":
        total = float(wanted.amount or 0)
        if total > MAX_INTERVAL:
            detail = f"must be at most {MAX_INTERVAL:,.0f}"
            raise invalid_field("/amount", detail, Code.ABOVE_MAXIMUM, max=MAX_INTERVAL)
        return list(shares(total, count)) if count else []
    if wanted.action == "interpolate":
        return _line(touched, shown, count)
    values = [amount for day in touched for amount in day.layer.amounts[day.first : day.last]]
    if all(value is None for value in values):
        raise Conflict("There is no value here that could be accepted.", code=Code.NO_INTERVALS)
    return values


def _line(touched: Sequence[_Day], shown: dict[date, Layer], count: int) -> list[float | None]:
    """Draw a line between the nearest values on both sides; with one alone it is level."""
    if not touched:
        return []
    step = touched[0].layer.step_seconds
    if any(day.layer.step_seconds != step for day in touched):
        detail = "The intervals here have different lengths; correct each day by itself."
        raise Conflict(detail, code=Code.NO_INTERVALS)
    known = {day: layer for day, layer in shown.items() if layer.step_seconds == step}
    first, last = touched[0], touched[-1]
    before = [value for day in sorted(known) if day < first.day for value in known[day].amounts]
    before += first.layer.amounts[: first.first]
    after = list(last.layer.amounts[last.last :])
    after += [value for day in sorted(known) if day > last.day for value in known[day].amounts]
    left = next((value for value in reversed(before) if value is not None), None)
    right = next((value for value in after if value is not None), None)
    if left is None and right is None:
        raise Conflict("There is no value on either side of this.", code=Code.NO_INTERVALS)
    low: float = left if left is not None else right or 0.0
    high = low if right is None else right
    return [low + (high - low) * (index + 1) / (count + 1) for index in range(count)]


_LETTERS = {
    "set_missing": MISSING,
    "set_value": MANUAL,
    "interpolate": ESTIMATED,
    "accept": ACTUAL,
}


def _blocks(
    touched: Sequence[_Day], values: Sequence[float | None], action: str
) -> Iterator[DayBlock]:
    at = 0
    for day in touched:
        count, size = day.last - day.first, len(day.layer.amounts)
        amounts = [None] * day.first + list(values[at : at + count]) + [None] * (size - day.last)
        letters = ACTUAL * day.first + _LETTERS[action] * count + ACTUAL * (size - day.last)
        yield DayBlock("", day.day, day.layer.step_seconds, amounts, letters)
        at += count
