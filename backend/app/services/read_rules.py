"""What the reads of a meter may be, and why one is refused. Pure; the rules are ADR 0014."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from app.errors import Conflict, Explanation, FieldError, Invalid, RunsBackwards, invalid_field
from app.models import ReadKind
from app.services import dial_rates
from app.services.dials import Dial, Read, Segment, dial_of_each, segments
from app.utils.codes import Code

MAX_DAYS = 3_660
"""Between two neighbours of one dial, as for a period of a record."""
_DAY = 86_400
History = Callable[[], Sequence[Segment]]


@dataclass(frozen=True, slots=True)
class Scene:
    """A meter's reads around a change: as they were and as they would be, in order.

    `dial` is that of the first read, `own` the meter's; `added` are reads of `after` which are
    new or changed. `is_rollover` says that a person knows of one.
    """

    before: Sequence[Read]
    after: Sequence[Read]
    dial: Dial
    own: Dial
    unit: str
    time_zone: str
    added: Sequence[Read] = ()
    is_rollover: bool = False
    pointers: dict[str, str] = field(default_factory=dict)

    def pointer(self, read: Read) -> str:
        """Where a read's value stands in the request."""
        return self.pointers.get(read.kind, "/value")


def new_segments(scene: Scene) -> list[Segment]:
    """Give the segments that the change makes."""
    known = set(map(_key, segments(scene.before, scene.own, scene.dial)))
    return [s for s in segments(scene.after, scene.own, scene.dial) if _key(s) not in known]


def refuse(scene: Scene, history: History) -> None:
    """Check that reads may be as they would be.

    Raises Conflict for two reads of one instant or a read after the end of a dial, Invalid for
    a value that the dial cannot show or more than 3,660 days between neighbours, RunsBackwards.
    """
    _refuse_same_instant(scene)
    _refuse_after_end(scene)
    _refuse_digits(scene)
    for segment in new_segments(scene):
        _refuse_distance(scene, segment)
        if segment.is_backward and not _is_known_rollover(scene, segment):
            _refuse_backward(scene, segment, history)


def _key(segment: Segment) -> tuple[object, ...]:
    start, end = segment.start, segment.end
    return (start.read_at, start.value, start.kind, end.read_at, end.value, end.kind, segment.dial)


def _refuse_same_instant(scene: Scene) -> None:
    for one, other in pairwise(scene.after):
        if one.read_at != other.read_at or (other.is_initial and not one.is_initial):
            continue
        detail = f"There is a read of {_when(scene, other.read_at)} already; change that one."
        raise Conflict(detail, errors=[FieldError("/read_at", detail, Code.READ_EXISTS)])


def _refuse_after_end(scene: Scene) -> None:
    for one, other in pairwise(scene.after):
        if one.kind == ReadKind.FINAL and not other.is_initial:
            raise Conflict(
                f"The dial ended on {_when(scene, one.read_at)} and none has begun before"
                f" {_when(scene, other.read_at)}: record the new dial's first read.",
                code=Code.DIAL_ENDED,
            )


def _refuse_digits(scene: Scene) -> None:
    for read, dial in dial_of_each(scene.after, scene.own, scene.dial):
        if dial.size is None or read.value < dial.size:
            continue
        known = {"digits": dial.digits}
        if read in scene.added:
            detail = f"the dial has {dial.digits} digits: at most {plain(dial.size - 1)}.9999"
            error = FieldError(scene.pointer(read), detail, Code.MORE_DIGITS, known)
            raise Invalid(detail, errors=[error])
        raise Conflict(
            f"The read of {_when(scene, read.read_at)}, {plain(read.value)}, has more than"
            f" {dial.digits} digits.",
            code=Code.MORE_DIGITS,
            params=known,
        )


def _refuse_distance(scene: Scene, segment: Segment) -> None:
    if segment.seconds > MAX_DAYS * _DAY:
        detail = (
            f"{_when(scene, segment.start.read_at)} and {_when(scene, segment.end.read_at)} would"
            f" be neighbours: at most {MAX_DAYS} days may lie between two reads"
        )
        limit = {"max": MAX_DAYS}
        if scene.added:
            raise invalid_field("/read_at", detail, Code.READS_TOO_FAR, **limit)
        raise Conflict(detail, code=Code.READS_TOO_FAR, params=limit)


def _is_known_rollover(scene: Scene, segment: Segment) -> bool:
    """Whether it was accepted before: as a longer one that held it, or a part of it that is
    left when reads between go."""
    for old in segments(scene.before, scene.own, scene.dial):
        if not old.is_backward or old.billionths is None or segment.billionths is None:
            continue
        if _holds(old, segment) and segment.billionths <= old.billionths:
            return True
        if not scene.added and _holds(segment, old):
            return True
    return False


def _holds(outer: Segment, inner: Segment) -> bool:
    begins = outer.start.read_at <= inner.start.read_at
    return begins and inner.end.read_at <= outer.end.read_at


def _refuse_backward(scene: Scene, segment: Segment, history: History) -> None:
    can_roll = segment.dial.size is not None
    if can_roll and (scene.is_rollover or dial_rates.is_plausible_rollover(segment, history())):
        return
    start, end = segment.start, segment.end
    detail = (
        f"{plain(end.value)} on {_when(scene, end.read_at)} is less than the"
        f" {plain(start.value)} of {_when(scene, start.read_at)}: the dial would run backwards."
    )
    blamed = [
        FieldError(scene.pointer(read), detail) for read in (end, start) if read in scene.added
    ]
    raise RunsBackwards(detail, explanations(scene, segment), blamed[:1])


def explanations(scene: Scene, segment: Segment) -> list[Explanation]:
    """Say what may have happened: a rollover, a replaced meter, a mistyped value or date."""
    return [
        _rollover(scene, segment),
        Explanation(
            "replacement",
            True,
            "The meter was replaced: record the old one's last read and the new one's first.",
        ),
        Explanation("mistyped", True, "The value or the date was mistyped: correct it."),
    ]


def _rollover(scene: Scene, segment: Segment) -> Explanation:
    size, use = segment.dial.size, segment.billionths
    if size is None or use is None:
        detail = "The dial rolled over: possible only once its number of digits is known."
        return Explanation("rollover", False, detail)
    amount, days = round(use / 1e9, 1), round(segment.seconds / _DAY, 1)
    detail = (
        f"The dial passed {plain(size - 1)} and began at 0 again: {amount:,} {scene.unit} in"
        f" {days:,} days, which is not what this meter usually counts."
    )
    return Explanation("rollover", True, detail)


def plain(value: Decimal) -> str:
    """Write a value without exponent and without zeros at its end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _when(scene: Scene, instant: datetime) -> str:
    return instant.astimezone(ZoneInfo(scene.time_zone)).strftime("%Y-%m-%d %H:%M")
