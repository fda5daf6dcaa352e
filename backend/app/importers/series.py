"""What the readers of series files give: channels, and then pieces of data in file order.

A reader is a pure generator: it takes a `Source` and `Options` and yields `Piece`s; it knows no
database and no web, holds a bounded part of the file, and accounts for every line: readings that
it yields, `Rejected` with the reason, or `Ignored` with the reason. What it cannot read at all it
refuses with `Unreadable`. Local days, grids, overlaps and meters are not its business.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO, Protocol

from app.utils.units import ConsumptionType


class Unreadable(Exception):
    """The file as a whole cannot be read.

    `field` names the entry of the mapping that would settle it (e.g. "time_zone"), or is None.
    """

    def __init__(self, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field


@dataclass(frozen=True, slots=True)
class Channel:
    """One series of a file: what it calls it, and what it measures.

    `key` is stable from download to download (an NMI with suffix, an entity id, an EAN): the
    meter is found by it again. `name` is what a new meter is called. `unit` is the canonical
    unit of the values (`utils.units`), which need not be the base unit. `direction` is "import"
    for what is taken from the network and "export" for what is fed in.
    """

    key: str
    name: str
    consumption_type: ConsumptionType
    unit: str
    direction: str = "import"
    serial_number: str | None = None


@dataclass(frozen=True, slots=True)
class Readings:
    """Amounts of consecutive or scattered intervals of one channel, in file order.

    Parallel sequences: `starts` in whole seconds since 1970-01-01 UTC, `seconds` the lengths (one
    number when all are equal), `amounts` in the channel's unit (NaN: the source says "missing"),
    `lines` where each was (for messages; one number when unknown or all alike). `quality` has a
    letter for each (`utils.quality`), None when all are measured. `costs` are in the currency
    of the `Currency` piece. Sequences may be lists or NumPy arrays. `is_step`: the source names
    the step of the day's grid, whose last interval the end of an odd day may cut short.
    """

    channel: str
    starts: Sequence[int]
    seconds: int | Sequence[int]
    amounts: Sequence[float]
    quality: str | None = None
    costs: Sequence[float] | None = None
    lines: int | Sequence[int] = 0
    is_step: bool = False


@dataclass(frozen=True, slots=True)
class Registers:
    """What a cumulative register showed at instants, in file order; the use is the differences.

    `at` in seconds since 1970-01-01 UTC. A fall of the value begins anew (its difference is not
    use) unless it is a rollover over `rolls_over_at`. `max_gap_seconds`: over a longer gap the
    difference is not spread but left as a gap and reported.
    """

    channel: str
    at: Sequence[int]
    values: Sequence[float]
    lines: int | Sequence[int] = 0
    rolls_over_at: float | None = None
    max_gap_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """An amount over whole local days (a bill); both days are included. Becomes a record."""

    channel: str
    first: date
    last: date
    amount: Decimal
    cost: Decimal | None = None
    is_estimated: bool = False
    description: str | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Currency:
    """The currency of all costs of the file, ISO 4217."""

    code: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that should have held a value and does not; `column` is its name in the file."""

    line: int
    column: str | None
    detail: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """Lines that rightly are no values here (another resolution, a derived row), and why."""

    count: int
    reason: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that a person should know about the file as a whole."""

    detail: str


Piece = Channel | Readings | Registers | Period | Currency | Rejected | Ignored | Warned


@dataclass(frozen=True, slots=True)
class Options:
    """What the person or the account says beside the file.

    `time_zone` (IANA) is the site's: local wall times are read in it. `mapping` is the request's,
    validated by the format's own rules (`Format.mapping_keys`).
    """

    time_zone: str
    currency: str = "EUR"
    mapping: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """A file, unpacked: its name, and its bytes as often as they are asked for."""

    name: str
    open: Callable[[], BinaryIO]
    size: int


class Reader(Protocol):
    """Reads one format."""

    def __call__(self, source: Source, options: Options) -> Iterator[Piece]:
        """Yield each Channel before its first data. Raises Unreadable."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name on the wire, its title for people, and how it is known and read.

    `recognises` gets the file's name and its first 64 KB and says whether it is one; formats are
    asked in the order of the registry. `mapping_keys` are the entries of the mapping it takes.
    """

    name: str
    title: str
    recognises: Callable[[str, bytes], bool]
    read: Reader
    mapping_keys: frozenset[str] = frozenset()
