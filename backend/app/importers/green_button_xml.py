"""Green Button XML as a stream of its objects, read by a parser that cannot be made to swell.

The parser builds no tree, refuses document types (so there are no entities to expand), opens
nothing, and stops at bounds of depth, attributes, text, elements and objects.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from app.importers.series import Source, Unreadable

ATOM: Final = "http://www.w3.org/2005/Atom"
ESPI: Final = "http://naesb.org/espi"

CHUNK = 64 * 1024
MAX_DEPTH = 32
MAX_ATTRIBUTES = 32
MAX_TEXT = 64 * 1024
MAX_FIELD = 200
MAX_HREF = 2_000
MAX_LINKS = 100
FREE_ELEMENTS = 200_000
ELEMENTS_PER_READING = 60
BATCH = 8_192

_OBJECT_NAMES = (
    "UsagePoint MeterReading ReadingType IntervalBlock IntervalReading UsageSummary"
    " ElectricPowerUsageSummary LocalTimeParameters TimeConfiguration"
)
_PART_NAMES = (
    "ServiceCategory kind accumulationBehaviour commodity flowDirection intervalLength"
    " powerOfTenMultiplier uom currency defaultQuality tou consumptionTier cpp phase"
    " interval timePeriod start duration value cost ReadingQuality quality"
    " billingPeriod billLastPeriod costAdditionalLastPeriod overallConsumptionLastPeriod"
    " costAdditionalDetailLastPeriod measurement itemPeriod qualityOfReading"
    " tzOffset dstOffset dstStartRule dstEndRule"
)
_OBJECTS = frozenset(_OBJECT_NAMES.split())
_PARTS = _OBJECTS | frozenset(_PART_NAMES.split())
_KNOWN = {
    **{f"{{{ESPI}}}{name}": name for name in _PARTS},
    **{name: name for name in _PARTS},
    **{f"{{{ATOM}}}{name}": name for name in ("entry", "link", "title")},
}
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{0,12})?", re.ASCII)


@dataclass(slots=True)
class Entry:
    """An Atom entry: its place in the file from 1, and its links, complete when it has ended."""

    number: int
    title: str = ""
    own: list[str] = field(default_factory=list)
    up: list[str] = field(default_factory=list)
    related: list[str] = field(default_factory=list)
    has_ended: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """An ESPI object that is no interval data; `fields` by "parent/name", the first of each."""

    kind: str
    fields: dict[str, str]
    entry: Entry
    line: int

    def whole(self, name: str) -> int | None:
        """Return a whole number among the fields, None when it is absent or none."""
        text = self.fields.get(name, "")
        return int(text) if _WHOLE.fullmatch(text) else None


@dataclass(slots=True)
class Batch:
    """Readings of one interval block in file order; `block` numbers the blocks of the file.

    `starts` and `seconds` are None where the reading has no period of its own; `values` None
    where it has none that is a number; `costs` are as written; `interval_start` is the block's.
    """

    block: int
    entry: Entry
    interval_start: int | None
    is_first: bool = True
    starts: list[int | None] = field(default_factory=list)
    seconds: list[int | None] = field(default_factory=list)
    values: list[float | None] = field(default_factory=list)
    costs: list[float | None] = field(default_factory=list)
    qualities: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class EntryEnd:
    """The entry is complete: all its links are known."""

    entry: Entry


Event = Thing | Batch | EntryEnd


def events(source: Source) -> Iterator[Event]:
    """Yield what the file holds, in its order. Raises Unreadable."""
    # Only what reads a file pays for the library; recognising one does not.
    from lxml import etree

    target = _Target()
    parser = etree.XMLParser(
        target=target,  # type: ignore[arg-type]  # the stubs ask for what lxml does not
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    with source.open() as file:
        try:
            while chunk := file.read(CHUNK):
                parser.feed(chunk)
                yield from target.taken()
            parser.close()
        except etree.XMLSyntaxError as error:
            line = error.lineno or target.line
            raise Unreadable(f"line {line}: the XML is not well-formed or not whole") from None
    yield from target.taken()


class _Target:
    """Receives the parser's events and gathers objects until they are `taken`."""

    def __init__(self) -> None:
        self.line = 1
        self._path: list[str] = []
        self._text: list[str] = []
        self._size = 0
        self._elements = 0
        self._readings = 0
        self._frames: list[tuple[str, dict[str, str]]] = []
        self._entry = Entry(0, has_ended=True)
        self._entries = 0
        self._blocks = 0
        self._batch: Batch | None = None
        self._found: list[Event] = []

    def taken(self) -> list[Event]:
        """Return the events since the last call."""
        found, self._found = self._found, []
        return found

    def doctype(self, *_: object) -> None:
        raise Unreadable("a document type (DTD) is not accepted")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._path) >= MAX_DEPTH:
            raise Unreadable(f"line {self.line}: elements are nested more than {MAX_DEPTH} deep")
        if len(attributes) > MAX_ATTRIBUTES:
            raise Unreadable(
                f"line {self.line}: an element has more than {MAX_ATTRIBUTES} attributes"
            )
        self._elements += 1
        if self._elements > FREE_ELEMENTS + ELEMENTS_PER_READING * self._readings:
            raise Unreadable(f"line {self.line}: too many elements for so few readings")
        name = _KNOWN.get(tag, "")
        self._path.append(name)
        self._text.clear()
        self._size = 0
        if name in _OBJECTS:
            self._open(name)
        elif name == "entry":
            self._entries += 1
            self._entry = Entry(self._entries)
        elif name == "link":
            self._link(attributes)

    def data(self, data: str) -> None:
        self._size += len(data)
        if self._size > MAX_TEXT:
            raise Unreadable(f"line {self.line}: a text has at most {MAX_TEXT:,} characters")
        self.line += data.count("\n")
        self._text.append(data)

    def comment(self, text: str) -> None:
        self.line += text.count("\n")

    def pi(self, _target: str, data: str | None = None) -> None:
        self.line += (data or "").count("\n")

    def end(self, _tag: str) -> None:
        name = self._path.pop()
        if name in _OBJECTS:
            self._close(name)
        elif name == "entry":
            self._entry.has_ended = True
            self._found.append(EntryEnd(self._entry))
            self._entry = Entry(0, has_ended=True)
        elif name == "title" and self._path and self._path[-1] == "entry":
            self._entry.title = "".join(self._text).strip()[:200]
        elif name and self._frames:
            text = "".join(self._text).strip()
            if text:
                self._keep(f"{self._path[-1]}/{name}", text)
        self._text.clear()
        self._size = 0

    def close(self) -> None:
        """Nothing is left to do: the parser has checked that all elements are closed."""

    def _link(self, attributes: dict[str, str]) -> None:
        href = attributes.get("href", "")
        if len(href) > MAX_HREF:
            raise Unreadable(f"line {self.line}: a link has at most {MAX_HREF:,} characters")
        entry = self._entry
        links = {"self": entry.own, "up": entry.up, "related": entry.related}.get(
            attributes.get("rel", "")
        )
        if links is None or not href:
            return
        if len(links) >= MAX_LINKS:
            raise Unreadable(f"line {self.line}: an entry has at most {MAX_LINKS} links of a kind")
        links.append(href)

    def _keep(self, key: str, text: str) -> None:
        fields = self._frames[-1][1]
        if key == "ReadingQuality/quality" and key in fields:
            fields[key] = f"{fields[key]} {text}"[:100]
        else:
            fields.setdefault(key, text[:MAX_FIELD])

    def _open(self, name: str) -> None:
        self._frames.append((name, {}))
        if name == "IntervalBlock":
            self._blocks += 1
            self._batch = Batch(self._blocks, self._entry, None)

    def _close(self, name: str) -> None:
        _, fields = self._frames.pop()
        if name == "IntervalReading":
            self._reading(fields)
        elif name == "IntervalBlock":
            self._flush(fields)
            self._batch = None
        else:
            self._found.append(Thing(name, fields, self._entry, self.line))

    def _reading(self, fields: dict[str, str]) -> None:
        self._readings += 1
        batch = self._batch
        if batch is None or not self._frames:
            raise Unreadable(f"line {self.line}: an IntervalReading stands outside IntervalBlock")
        batch.starts.append(_whole(fields.get("timePeriod/start")))
        batch.seconds.append(_whole(fields.get("timePeriod/duration")))
        batch.values.append(_number(fields.get("IntervalReading/value")))
        batch.costs.append(_number(fields.get("IntervalReading/cost")))
        batch.qualities.append(fields.get("ReadingQuality/quality", ""))
        batch.lines.append(self.line)
        if len(batch.values) >= BATCH:
            self._flush(self._frames[-1][1])

    def _flush(self, block: dict[str, str]) -> None:
        batch = self._batch
        if batch is None or not batch.values:
            return
        batch.interval_start = _whole(block.get("interval/start"))
        self._found.append(batch)
        self._batch = Batch(batch.block, batch.entry, None, is_first=False)


def _whole(text: str | None) -> int | None:
    return int(text) if text and _WHOLE.fullmatch(text) else None


def _number(text: str | None) -> float | None:
    return float(text) if text and _NUMBER.fullmatch(text) else None
