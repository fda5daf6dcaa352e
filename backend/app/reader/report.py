"""What the reading of a file found, as JSON between the reader's process and the worker's."""

from dataclasses import dataclass, field
from typing import Any, Self

import orjson

PREVIEW_POINTS = 200


@dataclass(frozen=True, slots=True)
class ChannelReport:
    """One channel of the file; its number is its place in the report.

    `kind` is "readings", "registers" or None when it has none. `first` and `last` are local days
    (ISO 8601), `gaps` how many times values are missing between the first and the last.
    `cost` is what the file says that all of it cost, None when it says nothing.
    `preview` has (day, amount in the base unit) at most PREVIEW_POINTS times, or (instant,
    amount) where all is on two days or less.
    """

    key: str
    name: str
    consumption_type: str
    unit: str
    direction: str
    serial_number: str | None
    kind: str | None
    accepted: int
    days: int
    first: str | None
    last: str | None
    total: float
    cost: float | None
    gaps: int
    gap_examples: list[str]
    preview: list[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class PeriodReport:
    """An amount over whole days, of the channel with this number; Decimals as text."""

    channel: int
    first: str
    last: str
    amount: str
    cost: str | None
    is_estimated: bool
    description: str | None
    line: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a file holds.

    `format` None: no format recognised it, and `data_path` is the (unpacked) file, in which the
    records may be. `failure` with its `field` says why the file cannot be read at all. `taken`
    values came from the file: those of the channels, the periods, `rejected` and `ignored`.
    """

    format: str | None
    sha256: str
    size_bytes: int
    data_path: str
    name: str
    failure: str | None = None
    failure_field: str | None = None
    currency: str | None = None
    taken: int = 0
    rejected: int = 0
    ignored: int = 0
    conflicts: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    channels: list[ChannelReport] = field(default_factory=list)
    periods: list[PeriodReport] = field(default_factory=list)
    peak_kb: int = 0
    cpu_s: float = 0.0

    @property
    def is_unknown(self) -> bool:
        """Whether no format has recognised the file."""
        return self.format is None and self.failure is None

    def encoded(self) -> bytes:
        """Give it as JSON."""
        return orjson.dumps(self)

    @classmethod
    def decoded(cls, data: bytes) -> Self:
        """Read what `encoded` gave."""
        found = orjson.loads(data)
        found["channels"] = [ChannelReport(**item) for item in found["channels"]]
        found["periods"] = [PeriodReport(**item) for item in found["periods"]]
        return cls(**found)
