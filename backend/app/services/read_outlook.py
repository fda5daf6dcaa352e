"""What a read may be expected to show, and what one that is being typed would mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.db import TenantSession
from app.errors import Problem
from app.services import dial_rates, read_rules, register_projection, register_reads
from app.services.dials import Dial, Read, Segment, dial_of_each, segments
from app.services.read_rules import Scene
from app.services.register_projection import RegisterMeter
from app.utils.units import from_billionths


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a value would mean. `use` is None for a first read of a dial; `is_usual` without
    history. `refusal` is why it would not be recorded."""

    use: Decimal | None
    seconds: int | None
    is_rollover: bool
    is_usual: bool | None
    refusal: Problem | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """The neighbours of an instant, and the range of values to expect (None without history)."""

    at: datetime
    meter: RegisterMeter
    dial: Dial
    previous: Read | None
    next: Read | None
    low: Decimal | None
    high: Decimal | None
    outcome: Outcome | None


def outlook(
    session: TenantSession,
    meter_id: int,
    at: datetime,
    value: Decimal | None,
    *,
    read_id: int | None = None,
    is_rollover: bool = False,
) -> Outlook:
    """Say what to expect at an instant, and what `value` would mean. Writes nothing.

    `read_id` is the read that is being corrected, if any. Raises NotFound.
    """
    meter = register_projection.register_meter(session, meter_id)
    gone = [register_reads.stored(session, meter_id, read_id)] if read_id else []
    coming = _typed(gone, at, value)
    scene = register_reads.scene_of(session, meter, gone, [coming], is_rollover=is_rollover)
    history = [
        segment
        for segment in register_reads.history_of(session, meter, at)()
        if not any(read in (segment.start, segment.end) for read in gone)
    ]
    made = segments(scene.after, meter.dial, scene.dial)
    previous = next((s.start for s in made if s.end is coming), None)
    following = next((s.end for s in made if s.start is coming), None)
    each = dial_of_each(scene.after, meter.dial, scene.dial)
    dial = next(its for read, its in each if read is coming)
    low, high = _range(previous, following, dial, at, history)
    outcome = None if value is None else _outcome(scene, coming, history)
    return Outlook(at, meter, dial, previous, following, low, high, outcome)


def _typed(gone: Sequence[Read], at: datetime, value: Decimal | None) -> Read:
    """Give the read that is being typed: a new one, or the corrected one."""
    if not gone:
        return Read(0, at, value or Decimal(0))
    old = gone[0]
    return Read(
        old.id, at, value or Decimal(0), old.kind, old.event,
        old.serial_number, old.register_digits, old.multiplier,
    )  # fmt: skip


def _range(
    previous: Read | None,
    following: Read | None,
    dial: Dial,
    at: datetime,
    history: Sequence[Segment],
) -> tuple[Decimal | None, Decimal | None]:
    if previous is None:
        return None, None
    if following is not None and following.value >= previous.value:
        return previous.value, following.value
    seen = dial_rates.pace(history)
    if seen is None:
        return None, None
    seconds = int((at - previous.read_at).total_seconds())
    low, high = dial_rates.expected_values(previous.value, dial.multiplier, seconds, seen)
    if dial.size is None:
        return low, high
    return low % dial.size, high % dial.size


def _outcome(scene: Scene, coming: Read, history: Sequence[Segment]) -> Outcome:
    refusal: Problem | None = None
    try:
        read_rules.refuse(scene, lambda: history)
    except Problem as problem:
        refusal = problem
    made = segments(scene.after, scene.own, scene.dial)
    segment = next((s for s in made if s.end is coming), None)
    if segment is None or segment.billionths is None:
        return Outcome(None, None, False, None, refusal)
    use = from_billionths(segment.billionths)
    usual = dial_rates.is_usual(segment, history)
    return Outcome(use, segment.seconds, segment.is_backward, usual, refusal)
