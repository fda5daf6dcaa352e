"""Green Button XML (NAESB ESPI 3.3 and 4.0): interval readings, registers and bills.

The file is read as a stream. Blocks whose description stands before them, as it usually does, are
given at once; only if there are others is it read a second time.

Instants are taken as the file gives them: its LocalTimeParameters never move a reading. Values are
`value` times ten to the power of `powerOfTenMultiplier`; money is in 1/100,000 always.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.importers.csv_text import text_of
from app.importers.green_button_bills import Bills
from app.importers.green_button_channels import Catalogue, Series
from app.importers.green_button_clock import difference
from app.importers.green_button_codes import UNTOLD, Refused, assumed_type
from app.importers.green_button_links import MAX_OBJECTS, NO_TYPE, Joined, Links
from app.importers.green_button_xml import Batch, Entry, EntryEnd, Thing, events
from app.importers.series import (
    Currency,
    Format,
    Ignored,
    Options,
    Piece,
    Rejected,
    Source,
    Unreadable,
    Warned,
)
from app.utils.units import ConsumptionType

_SUMMARIES = ("UsageSummary", "ElectricPowerUsageSummary")
_CLOCKS = ("LocalTimeParameters", "TimeConfiguration")
_MAX_WARNINGS = 100
MAX_DEFERRED = 200_000
MAX_LINK_TEXT = 16_000_000


def _recognises(_: str, head: bytes) -> bool:
    text = text_of(head)
    return text.lstrip()[:1] == "<" and "naesb.org/espi" in text


def read(source: Source, options: Options) -> Iterator[Piece]:
    """Yield the pieces of a Green Button file.

    Mapping: `consumption_type` for files that do not tell it; `unit` of the values of blocks that
    have no reading type (the API's answers, one by one); `interval_seconds` which of several
    lengths of the same readings is read (otherwise the shortest); `bills` true to read billing
    summaries although the usage point has readings. Raises Unreadable also when nothing in the
    file could be joined to a reading type.
    """
    file = _File(options)
    for event in events(source):
        yield from file.first(event)
    if file.deferred:
        for event in events(source):
            yield from file.second(event)
    yield from file.rest()


FORMAT = Format(
    "green_button",
    "Green Button XML",
    _recognises,
    read,
    frozenset({"consumption_type", "unit", "interval_seconds", "bills"}),
)


@dataclass(slots=True)
class _File:
    """What is known of a file while it is read."""

    options: Options
    links: Links = field(default_factory=Links)
    deferred: set[int] = field(default_factory=set)
    _late_links: dict[int, Entry] = field(default_factory=dict)
    _deferred_entries: set[int] = field(default_factory=set)
    _clocks: list[Thing] = field(default_factory=list)
    _summaries: list[Thing] = field(default_factory=list)
    _catalogue: Catalogue = field(init=False)
    _assumed: Thing | None = field(init=False)
    _of_block: tuple[int, Series | Refused] | None = None
    _ignored: Counter[str] = field(default_factory=Counter)
    _refused: dict[str, list[int]] = field(default_factory=dict)
    _warned: dict[str, None] = field(default_factory=dict)
    _currency: str | None = None
    _first_start: int | None = None
    _points_with_readings: set[int] = field(default_factory=set)
    _given: int = 0
    _keeps: int = 0
    _kept: int = 0

    def __post_init__(self) -> None:
        _check(self.options)
        self._catalogue = Catalogue(self.links, self.options)
        self._assumed = assumed_type(str(self.options.mapping.get("unit", "")))

    def first(self, event: object) -> Iterator[Piece]:
        """Take an event of the first pass."""
        if isinstance(event, Batch):
            found = self._joined(event, event.entry, whole=False)
            if found is None:
                self._defer(event)
            else:
                yield from self._pieces(event, found)
        elif isinstance(event, EntryEnd):
            self._end(event.entry)
        elif isinstance(event, Thing):
            self._thing(event)

    def second(self, event: object) -> Iterator[Piece]:
        """Take an event of the second pass, when all descriptions are known."""
        if isinstance(event, Batch) and event.block in self.deferred:
            entry = self._late_links.get(event.entry.number, event.entry)
            found = self._joined(event, entry, whole=True)
            yield from self._pieces(event, found or Refused(NO_TYPE))

    def rest(self) -> Iterator[Piece]:
        """Yield what can be told when all is read: bills, what was left out, warnings."""
        yield from self._bills()
        for reason, (count, line) in self._refused.items():
            yield Rejected(line, None, f"{reason} ({count:,} readings)")
        for reason, count in self._ignored.items():
            yield Ignored(count, reason)
        if self._first_start is not None:
            for clock in self._clocks:
                self._warn(difference(clock, self.options.time_zone, self._first_start))
        for detail in list(self._warned)[:_MAX_WARNINGS]:
            yield Warned(detail)
        if not self._given and self._refused:
            raise Unreadable(*_asked(next(iter(self._refused))))
        if not self._given and not self._ignored:
            raise Unreadable("the file has no readings and no bills")

    def _thing(self, thing: Thing) -> None:
        self.links.add(thing)
        self._keeps = thing.entry.number
        kept = self._summaries if thing.kind in _SUMMARIES else self._clocks
        if thing.kind not in _SUMMARIES + _CLOCKS:
            return
        kept.append(thing)
        if len(kept) > MAX_OBJECTS:
            raise Unreadable(f"a file has at most {MAX_OBJECTS:,} objects of a kind")

    def _end(self, entry: Entry) -> None:
        """Take what is known of an entry when it ends, within a limit for all of them."""
        if entry.number in self._deferred_entries:
            self._late_links[entry.number] = entry
        if entry.number != self._keeps:
            return
        self._kept += sum(map(len, (*entry.own, *entry.up, *entry.related)))
        if self._kept > MAX_LINK_TEXT:
            raise Unreadable(f"the links of a file have at most {MAX_LINK_TEXT:,} characters")

    def _defer(self, batch: Batch) -> None:
        self.deferred.add(batch.block)
        if batch.entry.number:
            self._deferred_entries.add(batch.entry.number)
            self._keeps = batch.entry.number
        if len(self.deferred) > MAX_DEFERRED:
            raise Unreadable(f"a file has at most {MAX_DEFERRED:,} blocks before their types")

    def _joined(self, batch: Batch, entry: Entry, *, whole: bool) -> Series | Refused | None:
        """Return the series of a block, or why there is none; None: not yet known."""
        if self._of_block and self._of_block[0] == batch.block:
            return self._of_block[1]
        if batch.block in self.deferred and not whole:
            return None
        seconds = next((s for s in batch.seconds if s), None)
        joined = self.links.join(entry, seconds, whole=whole)
        if isinstance(joined, Refused) and self._assumed:
            joined = Joined(None, None, self._assumed)
        if joined is None:
            return None
        if isinstance(joined, Refused):
            found: Series | Refused = joined
        else:
            found = self._catalogue.series(joined, seconds)
            if joined.doubts:
                self._warn("several reading types have one address: the first that fits is taken")
        self._of_block = (batch.block, found)
        return found

    def _pieces(self, batch: Batch, found: Series | Refused) -> Iterator[Piece]:
        if isinstance(found, Refused):
            self._refuse(found, batch)
            return
        if found.ignored:
            self._ignored[found.ignored] += len(batch.values)
            return
        yield from self._money(found)
        if found.meaning.is_total_flow:
            self._warn("a total of delivered and received energy was read as delivered")
        if self._first_start is None:
            self._first_start = next((s for s in batch.starts if s is not None), None)
        for piece in found.pieces(batch):
            if isinstance(piece, Warned):
                self._warn(piece.detail)
                continue
            yield piece
        self._points_with_readings.add(found.point)
        self._given += 1

    def _money(self, found: Series) -> Iterator[Piece]:
        code = found.currency
        if code and self._currency is None:
            self._currency = code
            yield Currency(code)
        elif code and code != self._currency:
            found.has_costs = False
            self._warn(f"costs in {code} are left out: the file's other costs are {self._currency}")

    def _bills(self) -> Iterator[Piece]:
        wanted = bool(self.options.mapping.get("bills"))
        bills = Bills(self.options, self._currency)
        for summary in self._summaries:
            point = self.links.point_of(summary.entry)
            if not wanted and (id(point) if point else 0) in self._points_with_readings:
                self._ignored["bills of what has readings: give bills to read them too"] += 1
                continue
            found = bills.pieces(summary, point)
            if isinstance(found, str):
                self._ignored[found] += 1
                continue
            self._given += 1
            yield from found

    def _refuse(self, why: Refused, batch: Batch) -> None:
        if not why.is_fault:
            self._ignored[why.reason] += len(batch.values)
            return
        so_far = self._refused.setdefault(why.reason, [0, batch.lines[0]])
        so_far[0] += len(batch.values)

    def _warn(self, detail: str | None) -> None:
        if detail:
            self._warned[detail] = None


def _check(options: Options) -> None:
    """Refuse mapping entries that are none."""
    mapping = options.mapping
    given = mapping.get("consumption_type")
    if given is not None and given not in list(ConsumptionType):
        raise Unreadable("consumption_type is electricity, water or gas", "consumption_type")
    seconds = mapping.get("interval_seconds")
    if seconds is not None and (type(seconds) is not int or seconds < 1):
        raise Unreadable("interval_seconds is a whole number of seconds", "interval_seconds")
    unit = mapping.get("unit")
    if unit is not None and assumed_type(str(unit)) is None:
        raise Unreadable(f"{unit!r} is no unit of Green Button: give kWh, therm or m³", "unit")
    if type(mapping.get("bills", False)) is not bool:
        raise Unreadable("bills is true or false", "bills")


def _asked(reason: str) -> tuple[str, str | None]:
    """Return a reason and the entry of the mapping that would settle it."""
    return reason, {UNTOLD: "consumption_type", NO_TYPE: "unit"}.get(reason)
