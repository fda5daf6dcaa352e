"""Which usage point, meter reading and reading type a Green Button block belongs to.

Objects are joined by comparing the links of their entries as opaque strings (ESPI 4.0): a link
leads to an object or to the collection that it is in.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.importers.green_button_codes import Refused, unit_of
from app.importers.green_button_xml import Entry, Thing
from app.importers.series import Unreadable

MAX_OBJECTS = 20_000
NO_TYPE = "no ReadingType tells what the readings of this block are: give unit"


@dataclass(frozen=True, slots=True)
class Joined:
    """What a block is joined to; `doubts` when several reading types have the same address."""

    point: Thing | None
    reading: Thing | None
    reading_type: Thing
    doubts: bool = False


@dataclass(slots=True)
class Links:
    """The objects of a file that describe its blocks, found by their links."""

    points: list[Thing] = field(default_factory=list)
    readings: list[Thing] = field(default_factory=list)
    types: list[Thing] = field(default_factory=list)

    def add(self, thing: Thing) -> None:
        """Keep a UsagePoint, MeterReading or ReadingType. Unreadable when there are too many."""
        kept = {
            "UsagePoint": self.points,
            "MeterReading": self.readings,
            "ReadingType": self.types,
        }.get(thing.kind)
        if kept is None:
            return
        kept.append(thing)
        if len(kept) > MAX_OBJECTS:
            raise Unreadable(f"a file has at most {MAX_OBJECTS:,} objects of a kind")

    def join(self, block: Entry, seconds: int | None, *, whole: bool) -> Joined | Refused | None:
        """Return what a block is joined to, or why it is to nothing.

        `seconds` is the length of its readings. None: not yet, as long as the file has not been
        read to its end (`whole`); then also what is the only one of its kind is joined.
        """
        reading = self._only(_of(block, self.readings), self.readings, whole)
        reading_type, doubts = self._type(reading, seconds, whole)
        point = self._point(reading, whole)
        if reading_type is None:
            return Refused(NO_TYPE) if whole else None
        if not whole and (reading is None or point is None):
            return None
        return Joined(point, reading, reading_type, doubts)

    def point_of(self, entry: Entry) -> Thing | None:
        """Return the usage point of a summary, when the file is known to its end."""
        return self._only(_of(entry, self.points), self.points, True)

    def point_of_reading(self, reading: Thing) -> Thing | None:
        """Return the usage point of a meter reading as far as is known."""
        return self._point(reading, False)

    def types_of(self, reading: Thing) -> list[Thing]:
        """Return the reading types that a meter reading leads to."""
        wanted = set(reading.entry.related)
        found = [t for t in self.types if wanted.intersection(t.entry.own)]
        return found or [t for t in self.types if wanted.intersection(t.entry.up)]

    def _point(self, reading: Thing | None, whole: bool) -> Thing | None:
        found = _of(reading.entry, self.points) if reading else []
        return self._only(found, self.points, whole)

    def _type(
        self, reading: Thing | None, seconds: int | None, whole: bool
    ) -> tuple[Thing | None, bool]:
        found = self.types_of(reading) if reading else []
        if not found and whole and self._are_alike(self.types):
            found = self.types[:1]
        if len(found) < 2:
            return (found[0] if found else None), False
        # Some files give several types one address: the one that suits the readings is meant.
        fitting = [t for t in found if t.whole("ReadingType/intervalLength") == seconds] or found
        fitting = [t for t in fitting if unit_of(t.whole("ReadingType/uom"))] or fitting
        return fitting[0], not self._are_alike(fitting)

    def _are_alike(self, types: list[Thing]) -> bool:
        return bool(types) and all(t.fields == types[0].fields for t in types)

    def _only(self, found: list[Thing], all_: list[Thing], whole: bool) -> Thing | None:
        if found:
            return found[0]
        return all_[0] if whole and len(all_) == 1 else None


def _of(member: Entry, owners: Iterable[Thing]) -> list[Thing]:
    """Return the owners that lead to the member, or to the collection that it names as above."""
    up, own = set(member.up), set(member.own)
    return [
        owner
        for owner in owners
        if up.intersection(owner.entry.own)
        or up.intersection(owner.entry.related)
        or own.intersection(owner.entry.related)
    ]
