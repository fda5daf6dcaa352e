"""What the reads of a dial say: which of them count, and how much was used between them. Pure.

The rules are ADR 0014. Amounts are whole billionths of the meter's base unit (kWh or m³).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from itertools import pairwise

from app.models import ReadKind
from app.utils.units import BASE_SCALE

_EXACT = 60


@dataclass(frozen=True, slots=True)
class Dial:
    """What turns a dial's figures into amounts: base units in one of it, digits it has."""

    multiplier: Decimal
    digits: int | None = None

    @property
    def size(self) -> Decimal | None:
        """The value at which it begins again at 0; None when the digits are not known."""
        return None if self.digits is None else Decimal(10) ** self.digits

    def billionths(self, value: Decimal) -> int:
        """Give a value in the base unit, rounded half to even to 9 decimals.

        Uses are differences of these, so that those of a dial add up whatever lies between.
        """
        with localcontext(prec=_EXACT, rounding=ROUND_HALF_EVEN):
            return int((value * self.multiplier).scaleb(BASE_SCALE).to_integral_value())


@dataclass(frozen=True, slots=True)
class Read:
    """A read; `read_at` is UTC to the second. `id` is 0 for one that is not stored.

    The dial's properties are set on `initial` reads only, and null there for the meter's own.
    """

    id: int
    read_at: datetime
    value: Decimal
    kind: str = ReadKind.REGULAR
    event: str | None = None
    serial_number: str | None = None
    register_digits: int | None = None
    multiplier: Decimal | None = None

    @property
    def is_estimated(self) -> bool:
        """Whether nobody saw the dial."""
        return self.kind == ReadKind.ESTIMATED

    @property
    def is_initial(self) -> bool:
        """Whether a dial begins with it."""
        return self.kind == ReadKind.INITIAL

    def dial(self, own: Dial) -> Dial:
        """Give the dial that begins with this read of a meter whose own dial is `own`."""
        return Dial(self.multiplier or own.multiplier, self.register_digits or own.digits)


@dataclass(frozen=True, slots=True)
class Segment:
    """Two neighbours of one dial, of the reads that count."""

    start: Read
    end: Read
    dial: Dial

    @property
    def seconds(self) -> int:
        """The elapsed time."""
        return int((self.end.read_at - self.start.read_at).total_seconds())

    @property
    def is_backward(self) -> bool:
        """Whether the dial shows less at the end: it rolled over, or something is wrong."""
        return self.end.value < self.start.value

    @property
    def is_estimated(self) -> bool:
        """Whether either end is an estimate."""
        return self.start.is_estimated or self.end.is_estimated

    @property
    def billionths(self) -> int | None:
        """The use in 1e-9 base units; None for one that runs backwards on a dial whose digits
        are not known."""
        turned = 0
        if self.is_backward:
            if self.dial.size is None:
                return None
            turned = self.dial.billionths(self.dial.size)
        return (
            turned + self.dial.billionths(self.end.value) - self.dial.billionths(self.start.value)
        )

    @property
    def rate(self) -> float:
        """Base units a second; 0 when the use is not known or no time passed."""
        return (self.billionths or 0) / 1e9 / self.seconds if self.seconds else 0.0


def in_order(reads: Iterable[Read]) -> list[Read]:
    """Sort by time; at one instant a dial ends before the next begins."""
    return sorted(reads, key=lambda read: (read.read_at, read.is_initial))


def segments(reads: Sequence[Read], own: Dial, before: Dial | None = None) -> list[Segment]:
    """Give the segments of reads in order, which begin at an actual read or the meter's first.

    `own` is the meter's dial, `before` the one of the first read unless that begins one.
    """
    found: list[Segment] = []
    dial = before or own
    for run in _runs(reads):
        if run[0].is_initial:
            dial = run[0].dial(own)
        found += [Segment(start, end, dial) for start, end in pairwise(counted(run))]
    return found


def dial_of_each(
    reads: Sequence[Read], own: Dial, before: Dial | None = None
) -> list[tuple[Read, Dial]]:
    """Give each read with the dial that it is of; arguments as for `segments`."""
    found: list[tuple[Read, Dial]] = []
    dial = before or own
    for read in reads:
        dial = read.dial(own) if read.is_initial else dial
        found.append((read, dial))
    return found


def counted(run: Sequence[Read]) -> list[Read]:
    """Give the reads of one dial that count.

    An estimated read counts only until an actual one follows it; a dial's first read always does.
    """
    last_actual = max((n for n, read in enumerate(run) if not read.is_estimated), default=0)
    return [
        read for n, read in enumerate(run) if n == 0 or n >= last_actual or not read.is_estimated
    ]


def ids_that_count(reads: Sequence[Read]) -> set[int]:
    """Give the ids of the reads that count, of reads as `segments` takes them."""
    return {read.id for run in _runs(reads) for read in counted(run)}


def _runs(reads: Sequence[Read]) -> list[list[Read]]:
    """Divide reads by dial: before each initial read and after each final one."""
    runs: list[list[Read]] = []
    for read in reads:
        if not runs or read.is_initial or runs[-1][-1].kind == ReadKind.FINAL:
            runs.append([])
        runs[-1].append(read)
    return runs
