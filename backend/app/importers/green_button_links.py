"""Which usage point, meter reading and reading type a Green Button block belongs to.

Objects are joined by comparing the links of their entries as opaque strings (ESPI 4.0): a link
leads to an object or to the collection that it is in.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from app.importers.green_button_codes import Refused, unit_of
from app.importers.green_button_xml import Entry, Thing
from app.importers.series import Unreadable
from app.utils.units import ConsumptionType

MAX_OBJECTS = 5_000
_MAX_KEY = 200
MAX_ALIKE = 32
"""How many objects of one address are looked at."""
NO_TYPE = "no ReadingType tells what the readings of this block are: give unit"


@dataclass(frozen=True, slots=True)
class Joined:
    """What a block is joined to; `doubts` when several reading types have the same address."""

    point: Thing | None
    reading: Thing | None
    reading_type: Thing
    doubts: bool = False


@dataclass(slots=True)
class _Kind:
    """The objects of one kind, found by their addresses, their links and their collections."""

    all: list[Thing] = field(default_factory=list)
    by_own: dict[str, list[Thing]] = field(default_factory=dict)
    by_up: dict[str, list[Thing]] = field(default_factory=dict)
    by_related: dict[str, list[Thing]] = field(default_factory=dict)
    known: int = 0

    def at(self, index: str, addresses: Iterable[str]) -> list[Thing]:
        """Return the objects whose links of that kind are any of the addresses."""
        self.take_in()
        found: dict[str, list[Thing]] = getattr(self, index)
        things = (thing for address in addresses for thing in found.get(address, ()))
        return list(dict.fromkeys(islice(things, MAX_ALIKE)))

    def only(self) -> Thing | None:
        return self.all[0] if len(self.all) == 1 else None

    def take_in(self) -> None:
        """Take in the objects whose entries have ended since, for links may stand last."""
        while self.known < len(self.all) and self.all[self.known].entry.has_ended:
            thing = self.all[self.known]
            self.known += 1
            for index, addresses in (
                (self.by_own, thing.entry.own),
                (self.by_up, thing.entry.up),
                (self.by_related, thing.entry.related),
            ):
                for address in addresses:
                    index.setdefault(address, []).append(thing)


@dataclass(slots=True)
class Links:
    """The objects of a file that describe its blocks, found by their links."""

    points: _Kind = field(default_factory=_Kind)
    readings: _Kind = field(default_factory=_Kind)
    types: _Kind = field(default_factory=_Kind)
    _types_found: dict[tuple[int, int | None, bool, int], tuple[Thing | None, bool]] = field(
        default_factory=dict
    )

    def add(self, thing: Thing) -> None:
        """Keep a UsagePoint, MeterReading or ReadingType. Unreadable when there are too many."""
        kind = {
            "UsagePoint": self.points,
            "MeterReading": self.readings,
            "ReadingType": self.types,
        }.get(thing.kind)
        if kind is None:
            return
        kind.all.append(thing)
        if len(kind.all) > MAX_OBJECTS:
            raise Unreadable(f"a file has at most {MAX_OBJECTS:,} objects of a kind")

    def join(self, block: Entry, seconds: int | None, *, whole: bool) -> Joined | Refused | None:
        """Return what a block is joined to, or why it is to nothing.

        `seconds` is the length of its readings. None: not yet, as long as the file has not been
        read to its end (`whole`); then also what is the only one of its kind is joined.
        """
        reading = _owner(block, self.readings) or (self.readings.only() if whole else None)
        self.types.take_in()
        asked = (id(reading), seconds, whole, self.types.known)
        if asked not in self._types_found:
            if len(self._types_found) > MAX_OBJECTS:
                self._types_found.clear()
            self._types_found[asked] = self._type(reading, seconds, whole)
        reading_type, doubts = self._types_found[asked]
        point = self.point_of_reading(reading) if reading else None
        if point is None and whole:
            point = self.points.only()
        if reading_type is None:
            return Refused(NO_TYPE) if whole else None
        if not whole and (reading is None or point is None):
            return None
        return Joined(point, reading, reading_type, doubts)

    def point_of(self, entry: Entry) -> Thing | None:
        """Return the usage point of a summary, when the file is known to its end."""
        return _owner(entry, self.points) or self.points.only()

    def point_of_reading(self, reading: Thing) -> Thing | None:
        """Return the usage point of a meter reading as far as is known."""
        return _owner(reading.entry, self.points)

    def readings_of(self, point: Thing | None) -> Iterator[Thing]:
        """Yield the meter readings of a usage point that are known, at most MAX_ALIKE."""
        if point is None:
            return
        entry = point.entry
        found = self.readings.at("by_up", (*entry.own, *entry.related))
        yield from found or self.readings.at("by_own", entry.related)

    def types_of(self, reading: Thing) -> list[Thing]:
        """Return the reading types that a meter reading leads to."""
        related = reading.entry.related
        return self.types.at("by_own", related) or self.types.at("by_up", related)

    def _type(
        self, reading: Thing | None, seconds: int | None, whole: bool
    ) -> tuple[Thing | None, bool]:
        found = self.types_of(reading) if reading else []
        if not found and whole and _are_alike(self.types.all):
            found = self.types.all[:1]
        if len(found) < 2:
            return (found[0] if found else None), False
        # Some files give several types one address: the one that suits the readings is meant.
        fitting = [t for t in found if t.whole("ReadingType/intervalLength") == seconds] or found
        fitting = [t for t in fitting if unit_of(t.whole("ReadingType/uom"))] or fitting
        return fitting[0], not _are_alike(fitting)


def _are_alike(types: list[Thing]) -> bool:
    return bool(types) and all(t.fields == types[0].fields for t in types[:MAX_ALIKE])


def _owner(member: Entry, owners: _Kind) -> Thing | None:
    """Return what leads to the member, or to the collection that it names as above."""
    for index, addresses in (
        ("by_own", member.up),
        ("by_related", member.up),
        ("by_related", member.own),
    ):
        if found := owners.at(index, addresses):
            return found[0]
    return None


def key_of(point: Thing | None, reading: Thing | None, consumption_type: ConsumptionType) -> str:
    """Return what a channel of a usage point is known by: its address, or the reading's."""
    address = address_of(point, reading)
    if len(address) > _MAX_KEY - 60:
        address = hashlib.sha256(address.encode()).hexdigest()
    return f"{address}#{consumption_type}"


def address_of(point: Thing | None, reading: Thing | None) -> str:
    """Return the address of a usage point, or of its reading."""
    entries = [thing.entry for thing in (point, reading) if thing]
    addresses = (address for entry in entries for address in (*entry.own, *entry.up))
    return next(addresses, "green-button")


def name_of(point: Thing | None, reading: Thing | None, kind: ConsumptionType) -> str:
    """Return what a new meter is called."""
    titles = (thing.entry.title for thing in (point, reading) if thing)
    return next((title[:200] for title in titles if title), f"Green Button {kind}")
