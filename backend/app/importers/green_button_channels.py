"""The channels of a Green Button file, and the readings of its blocks as pieces."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.importers import green_button_codes as codes
from app.importers.green_button_clock import nearest_day, repeated_local_hour
from app.importers.green_button_links import Joined, Links, address_of, key_of, name_of
from app.importers.green_button_xml import Batch, Thing
from app.importers.series import (
    Channel,
    Options,
    Period,
    Piece,
    Readings,
    Registers,
    Rejected,
    Warned,
)
from app.utils.own_feed import OWN_ADDRESS, OWN_SUBSTITUTE
from app.utils.quality import ACTUAL, ESTIMATES, SUBSTITUTED
from app.utils.units import ConsumptionType

LONGEST_INTERVAL = 90_000
"""A reading over more seconds (the longest local day has 25 hours) is a bill."""
_REPEATED = "an hour occurs twice at the local change of clocks: times may be local, not UTC"


@dataclass(frozen=True, slots=True)
class _Reading:
    start: int
    seconds: int
    value: float
    cost: float | None
    quality: str
    line: int


@dataclass(slots=True)
class Series:
    """The readings of one meter reading: one channel, or two when they are net.

    `ignored` tells why they are not read; `point` identifies their usage point. `is_own`: this
    product wrote them, so that the title is the meter's name and code 9 a substitute.
    """

    meaning: codes.Meaning
    key: str
    name: str
    time_zone: str
    point: int
    currency: str | None
    ignored: str | None = None
    is_own: bool = False
    has_costs: bool = True
    _announced: set[str] = field(default_factory=set)
    _next_start: int | None = None
    _last_start: int | None = None
    _last_value: float | None = None
    _highest: float | None = None
    _is_repeated: bool = False

    def pieces(self, batch: Batch) -> Iterator[Piece]:
        """Yield the readings of a part of a block."""
        good: list[_Reading] = []
        for i in range(len(batch.values)):
            found = self._reading(batch, i)
            if isinstance(found, Rejected):
                yield found
            else:
                good.append(found)
        if not good:
            return
        if self.meaning.is_register:
            yield from self._registers(good)
            return
        yield from self._repeats(good)
        yield from self._bills([r for r in good if r.seconds > LONGEST_INTERVAL])
        yield from self._readings([r for r in good if r.seconds <= LONGEST_INTERVAL])

    def _reading(self, batch: Batch, i: int) -> _Reading | Rejected:
        if batch.is_first and i == 0:
            self._next_start = batch.interval_start
        start, seconds = batch.starts[i], batch.seconds[i]
        start = self._next_start if start is None else start
        seconds = self.meaning.interval_seconds if seconds is None else seconds
        value, line = batch.values[i], batch.lines[i]
        if start is None or not 0 <= start < 7_258_118_400:
            return Rejected(line, "start", "the reading has no start, or not one of 1970 to 2199")
        if seconds <= 0 and not self.meaning.is_register:
            return Rejected(line, "duration", "nothing tells how long this reading lasts")
        self._next_start = start + seconds
        if value is None:
            return Rejected(line, "value", "the reading has no value that is a number")
        letter = codes.letter(batch.qualities[i], self.meaning.default_quality)
        if self.is_own and batch.qualities[i] == str(OWN_SUBSTITUTE):
            letter = SUBSTITUTED
        return _Reading(start, seconds, value, batch.costs[i], letter, line)

    def _readings(self, good: list[_Reading]) -> Iterator[Piece]:
        if not good:
            return
        scaled = _scale(self.meaning.exponent)
        amounts = [scaled(r.value) for r in good]
        if self.meaning.direction != "net":
            yield from self._amounts(self.meaning.direction, good, amounts, self.has_costs)
            return
        yield from self._amounts("import", good, [max(a, 0.0) for a in amounts], self.has_costs)
        yield from self._amounts("export", good, [max(-a, 0.0) for a in amounts], False)

    def _amounts(
        self, direction: str, good: list[_Reading], amounts: list[float], with_costs: bool
    ) -> Iterator[Piece]:
        yield from self._announce(direction)
        quality = "".join(r.quality for r in good)
        has_costs = with_costs and any(r.cost is not None for r in good)
        costs = [math.nan if r.cost is None else r.cost / 100_000 for r in good]
        lengths = {r.seconds for r in good}
        yield Readings(
            self._channel_key(direction),
            [r.start for r in good],
            good[0].seconds if len(lengths) == 1 else [r.seconds for r in good],
            amounts,
            quality=None if quality == ACTUAL * len(good) else quality,
            costs=costs if has_costs else None,
            lines=[r.line for r in good],
        )

    def _registers(self, good: list[_Reading]) -> Iterator[Piece]:
        """Yield what the register showed, each at the end of its reading."""
        direction = "export" if self.meaning.direction == "export" else "import"
        yield from self._announce(direction)
        scaled = _scale(self.meaning.exponent)
        rolls_over = self._rollover([r.value for r in good])
        yield Registers(
            self._channel_key(direction),
            [r.start + r.seconds for r in good],
            [scaled(r.value) for r in good],
            lines=[r.line for r in good],
            rolls_over_at=scaled(rolls_over) if rolls_over else None,
        )

    def _rollover(self, values: list[float]) -> float | None:
        """Return the power of ten over which the register went: from its last tenth to its first.

        The file does not tell the number of digits, so any other fall is no roll-over.
        """
        for value in values:
            last, self._last_value = self._last_value, value
            if not self.meaning.rolls_over or last is None or value >= last or last < 1:
                continue
            highest = 10.0 ** math.ceil(math.log10(last + 1))
            if last >= 0.9 * highest and value <= 0.1 * highest:
                self._highest = highest
        return self._highest

    def _bills(self, good: list[_Reading]) -> Iterator[Piece]:
        if not good:
            return
        direction = "export" if self.meaning.direction == "export" else "import"
        yield from self._announce(direction)
        for reading in good:
            first = nearest_day(reading.start, self.time_zone)
            last = nearest_day(reading.start + reading.seconds, self.time_zone) - timedelta(days=1)
            cost = reading.cost if self.has_costs else None
            yield Period(
                self._channel_key(direction),
                first,
                last,
                Decimal(str(reading.value)).scaleb(self.meaning.exponent),
                None if cost is None else codes.money(cost),
                is_estimated=reading.quality in ESTIMATES,
                line=reading.line,
            )

    def _announce(self, direction: str) -> Iterator[Piece]:
        if direction in self._announced:
            return
        self._announced.add(direction)
        said = [self.meaning.parts.strip(".")] if self.meaning.parts else []
        said += ["export"] if direction == "export" else []
        name = f"{self.name} ({', '.join(said)})" if said and not self.is_own else self.name
        yield Channel(
            self._channel_key(direction),
            name,
            self.meaning.consumption_type,
            self.meaning.unit,
            direction,
        )

    def _channel_key(self, direction: str) -> str:
        return self.name if self.is_own else f"{self.key}.{direction}{self.meaning.parts}"

    def _repeats(self, good: list[_Reading]) -> Iterator[Piece]:
        before = [] if self._last_start is None else [self._last_start]
        self._last_start = good[-1].start
        if self._is_repeated:
            return
        found = repeated_local_hour([*before, *(r.start for r in good)], self.time_zone)
        if found is not None:
            self._is_repeated = True
            yield Warned(f"{datetime.fromtimestamp(found, UTC):%Y-%m-%d}: {_REPEATED}")


@dataclass(slots=True)
class Catalogue:
    """The series of a file; of the same readings at several lengths one is read."""

    links: Links
    options: Options
    _series: dict[tuple[int, int], Series | codes.Refused] = field(default_factory=dict)
    _chosen: dict[tuple[str, str, str], tuple[bool, int]] = field(default_factory=dict)

    def series(self, joined: Joined, seconds: int | None) -> Series | codes.Refused:
        """Return the series that a block belongs to, the same for all its blocks, or why none.

        `seconds` is the length of its first reading.
        """
        identity = (id(joined.reading), id(joined.reading_type))
        if identity not in self._series:
            self._series[identity] = self._new(joined, seconds)
        return self._series[identity]

    def meaning(self, reading_type: Thing, point: Thing | None) -> codes.Meaning | codes.Refused:
        """Return what a type's values are at a usage point, or why they are no consumption."""
        service = point.whole("ServiceCategory/kind") if point else None
        given = self.options.mapping.get("consumption_type")
        return codes.meaning(reading_type, service, ConsumptionType(given) if given else None)

    def _new(self, joined: Joined, seconds: int | None) -> Series | codes.Refused:
        meaning = self.meaning(joined.reading_type, joined.point)
        if isinstance(meaning, codes.Refused):
            return meaning
        kind = meaning.consumption_type
        return Series(
            meaning,
            key_of(joined.point, joined.reading, kind),
            name_of(joined.point, joined.reading, kind),
            self.options.time_zone,
            id(joined.point) if joined.point else 0,
            codes.currency(meaning.currency),
            self._instead(joined, meaning, seconds),
            is_own=address_of(joined.point, joined.reading).startswith(OWN_ADDRESS),
        )

    def _instead(self, joined: Joined, meaning: codes.Meaning, seconds: int | None) -> str | None:
        """Return what is read instead of the same readings at another length."""
        key = key_of(joined.point, joined.reading, meaning.consumption_type)
        group = (key, meaning.direction, meaning.parts)
        own = (meaning.is_register, meaning.interval_seconds or seconds or 0)
        if group not in self._chosen:
            wanted = self.options.mapping.get("interval_seconds")
            self._chosen[group] = (
                (meaning.is_register, wanted)
                if wanted
                else min([own, *self._rivals(joined, group)])
            )
        chosen = self._chosen[group]
        if own == chosen or own[1] == chosen[1] == 0:
            return None
        return f"the same readings are read at {chosen[1]:,} s, not at {own[1]:,} s"

    def _rivals(self, joined: Joined, group: tuple[str, str, str]) -> Iterator[tuple[bool, int]]:
        for reading in self.links.readings_of(joined.point):
            types = self.links.types_of(reading)
            if reading is joined.reading or len(types) != 1:
                continue
            found = self.meaning(types[0], joined.point)
            if isinstance(found, codes.Refused) or not found.interval_seconds:
                continue
            if (group[0], found.direction, found.parts) == group:
                yield found.is_register, found.interval_seconds


def _scale(exponent: int) -> Callable[[float], float]:
    """Return the exact product with a power of ten, rounded once."""
    factor = 10.0 ** abs(exponent)
    return (lambda v: v * factor) if exponent >= 0 else (lambda v: v / factor)
