"""NEM12 and NEM13: meter data of the Australian electricity market.

Source: AEMO, Meter Data File Format Specification NEM12 & NEM13 (version 1.06 and later). Times
are market time: Eastern Standard Time, UTC+10, all year without daylight saving (National
Electricity Rules, clause 2.2.6). A network that keeps another clock (Western Power, UTC+8) is
read with the mapping's `time_zone`, an IANA zone without clock changes on the days of the file.

A 200 record names a data stream, NMI and suffix: E is energy taken from the network, B energy fed
in; reactive energy (Q, K), volts and the like are ignored with the reason. A 300 record is one
day; 400 records give its ranges of quality. NEM13 (`nem13`) gives accumulated quantities.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

from app.importers import nem13
from app.importers.nem_records import (
    QUALITIES,
    Record,
    day_of,
    is_nem,
    number_of,
    range_of,
    records,
    refused,
    unit_of,
    values_before_quality,
    whole_number_of,
)
from app.importers.series import (
    Channel,
    Format,
    Ignored,
    Options,
    Piece,
    Readings,
    Rejected,
    Source,
    Unreadable,
    Warned,
)
from app.utils.periods import day_bounds, is_time_zone
from app.utils.quality import ACTUAL, MISSING
from app.utils.units import FACTORS, ConsumptionType

MARKET_ZONE: Final = "Etc/GMT-10"
"""UTC+10 without daylight saving; the sign of these names is reversed."""

_DAY: Final = 86_400
_VARIABLE: Final = "V"
_DIRECTIONS: Final = {"E": "import", "B": "export"}
_STRUCTURE: Final = "100, 200, 400 and 900 records: they say what the values are"
_NOTES: Final = "500 and 550 records (transactions, meter reads for information)"


def read(source: Source, options: Options) -> Iterator[Piece]:
    """Yield a channel for each data stream, and a Readings for each day of it."""
    zone = str(options.mapping.get("time_zone") or MARKET_ZONE)
    if not is_time_zone(zone):
        raise Unreadable(f"{zone!r} is not an IANA time zone", "time_zone")
    state = _State(zone)
    begun = False
    for record in records(source):
        if not begun and record.kind != "100":
            yield _without_header(record)
        begun = True
        yield from state.take(record)
    yield from state.end()
    if not begun:
        raise Unreadable("the file is empty")
    if not state.has_streams:
        raise Unreadable("the file has no 200 or 250 record: it holds no meter data")


def _without_header(record: Record) -> Piece:
    if record.kind not in ("200", "250"):
        raise Unreadable(f"line {record.line}: a NEM12 file begins with a 100 record")
    return Warned(f"line {record.line}: there is no 100 record before this one")


@dataclass(frozen=True, slots=True)
class _Stream:
    """A 200 record: what its 300 records are read as. `ignored` says why they are not."""

    line: int
    key: str = ""
    minutes: int = 0
    numerator: int = 1
    denominator: int = 1
    ignored: str | None = None


@dataclass(slots=True)
class _Day:
    """A 300 record and the 400 records that followed it so far."""

    line: int
    start: int
    amounts: list[float]
    quality: str
    ranges: list[str | None] = field(default_factory=list)


class _State:
    """What of the records before decides what the next one means."""

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self._units: dict[str, str] = {}
        self._stream: _Stream | None = None
        self._day: _Day | None = None
        self._refused_day: int | None = None
        self._nem13 = nem13.State()
        self._structure = 0
        self.has_streams = False

    def take(self, record: Record) -> Iterator[Piece]:
        """Yield what the record completes."""
        if record.kind == "400":
            yield from self._ranges(record)
            return
        yield from self._finished_day()
        if record.kind == "200":
            self.has_streams = True
            yield from self._new_stream(record)
        elif record.kind == "250":
            self.has_streams = True
            yield from self._nem13.take(record)
        elif record.kind == "300":
            yield from self._new_day(record)
        elif record.kind in ("500", "550"):
            yield Ignored(1, _NOTES, record.line)
        elif record.kind in ("100", "900"):
            self._stream = None
            self._structure += 1
        else:
            yield refused(record, "RecordIndicator", f"{record.kind!r} is no record of NEM12")

    def end(self) -> Iterator[Piece]:
        """Yield what the end of the file completes."""
        yield from self._finished_day()
        yield Ignored(self._structure, _STRUCTURE)

    def _new_stream(self, record: Record) -> Iterator[Piece]:
        self._refused_day = None
        self._stream = _Stream(record.line, ignored=f"days of the 200 record of line {record.line}")
        nmi, suffix, serial = record.cell(1), record.cell(4).upper(), record.cell(6)
        minutes = whole_number_of(record.cell(8))
        if not nmi or not suffix:
            yield refused(record, "NMISuffix", "a 200 record needs an NMI and its suffix")
            return
        reason = _reason_to_ignore(suffix, record.cell(7))
        if reason:
            self._stream = _Stream(record.line, ignored=reason)
            yield Ignored(1, reason, record.line)
            return
        unit = unit_of(record.cell(7))
        if unit is None:
            yield refused(record, "UOM", f"{record.cell(7)!r} is not Wh, kWh or MWh")
            return
        if not minutes or not 1 <= minutes <= 60 or 1440 % minutes:
            yield refused(record, "IntervalLength", f"{record.cell(8)!r} is not 5, 15 or 30")
            return
        key = f"{nmi}:{suffix}"
        if key not in self._units:
            self._units[key] = unit
            direction = _DIRECTIONS[suffix[0]]
            name = f"NMI {nmi} {suffix}"
            electricity = ConsumptionType.ELECTRICITY
            yield Channel(key, name, electricity, unit, direction, serial or None)
        self._structure += 1
        factor = FACTORS[unit] / FACTORS[self._units[key]]
        self._stream = _Stream(record.line, key, minutes, factor.numerator, factor.denominator)

    def _new_day(self, record: Record) -> Iterator[Piece]:
        stream = self._stream
        self._refused_day = record.line
        if stream is None:
            yield refused(record, "RecordIndicator", "a 300 record needs a 200 record before it")
        elif stream.ignored:
            yield Ignored(1, stream.ignored, record.line)
        else:
            found = _day(record, stream, self._zone)
            if isinstance(found, Rejected):
                yield found
                return
            self._day, self._refused_day = found, None

    def _ranges(self, record: Record) -> Iterator[Piece]:
        day = self._day
        if day is None:
            if self._refused_day is None:
                yield refused(record, "RecordIndicator", "a 400 record needs a 300 before it")
                return
            reason = f"400 records of the 300 record of line {self._refused_day}"
            if self._stream and self._stream.ignored:
                reason = self._stream.ignored
            yield Ignored(1, reason, record.line)
            return
        found = range_of(record, len(day.amounts))
        if isinstance(found, Rejected):
            # Whose quality is not known, that day is not read.
            self._day, self._refused_day = None, day.line
            yield found
            yield Rejected(day.line, "QualityMethod", f"its 400 record of line {record.line} fails")
            return
        first, last, quality = found
        self._structure += 1
        day.ranges = day.ranges or [None] * len(day.amounts)
        day.ranges[first - 1 : last] = [quality] * (last - first + 1)

    def _finished_day(self) -> Iterator[Piece]:
        day, self._day = self._day, None
        stream = self._stream
        if day is None or stream is None:
            return
        letters = _letters(day)
        if letters is None:
            detail = "the quality is V (variable), and its 400 records do not cover every interval"
            self._refused_day = day.line
            yield Rejected(day.line, "QualityMethod", detail)
            return
        amounts = [
            math.nan if letter == MISSING else amount * stream.numerator / stream.denominator
            for amount, letter in zip(day.amounts, letters, strict=True)
        ]
        step = stream.minutes * 60
        starts = range(day.start, day.start + _DAY, step)
        quality = None if letters == ACTUAL * len(letters) else letters
        yield Readings(stream.key, starts, step, amounts, quality, lines=day.line)


def _reason_to_ignore(suffix: str, unit: str) -> str | None:
    """Say why a data stream is no consumption, or None when it is."""
    if suffix[0] in "QK" or "var" in unit.casefold():
        return f"{suffix}: reactive energy ({unit})"
    if suffix[0] not in _DIRECTIONS:
        return f"{suffix}: neither energy taken (E) nor fed in (B)"
    return None


def _day(record: Record, stream: _Stream, zone: str) -> _Day | Rejected:
    day = day_of(record.cell(1))
    if day is None:
        return refused(record, "IntervalDate", f"{record.cell(1)!r} is not a date as 20250331")
    start = _start(day, zone)
    if start is None:
        return refused(record, "IntervalDate", f"{day} has not 24 hours in {zone}")
    count = 1440 // stream.minutes
    cells = record.cells[2:]
    given = values_before_quality(cells)
    if given != count:
        detail = f"{given} values where {stream.minutes}-minute intervals need {count}"
        return refused(record, f"IntervalValue{min(given, count) + 1}", detail)
    quality = cells[count].strip().upper() if len(cells) > count else ""
    letter = _VARIABLE if quality[:1] == _VARIABLE else QUALITIES.get(quality[:1])
    if letter is None:
        return refused(record, "QualityMethod", f"{quality!r} is not A, S, E, F, N or V")
    amounts = []
    for at, cell in enumerate(cells[:count]):
        # Without a reading the value is of no meaning, and may be left out.
        amount = number_of(cell or "0" if letter in (MISSING, _VARIABLE) else cell)
        if amount is None or amount < 0:
            return refused(record, f"IntervalValue{at + 1}", f"{cell!r} is no amount of 0 or more")
        amounts.append(amount)
    return _Day(record.line, start, amounts, letter)


def _start(day: date, zone: str) -> int | None:
    if zone == MARKET_ZONE:
        return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) - 36_000
    try:
        begin, end = day_bounds(day, zone)
    except ValueError:
        return None
    return int(begin.timestamp()) if end - begin == timedelta(days=1) else None


def _letters(day: _Day) -> str | None:
    base = None if day.quality == _VARIABLE else day.quality
    letters = [letter or base for letter in day.ranges] or [base] * len(day.amounts)
    return None if None in letters else "".join(str(letter) for letter in letters)


FORMAT: Final = Format(
    "nem12",
    "NEM12 and NEM13 (Australia)",
    lambda _name, head: is_nem(head),
    read,
    frozenset({"time_zone"}),
)
