"""A meter's series as JSON, as this product exports it: the meter, and then its readings."""

from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any, Final

from app.importers import json_lines
from app.importers.csv_text import day, instant
from app.importers.series import (
    Channel,
    Format,
    Options,
    Piece,
    Readings,
    Rejected,
    Source,
    Unreadable,
)
from app.utils.periods import DAY_SECONDS, day_bounds
from app.utils.quality import ACTUAL, MISSING, QUALITIES
from app.utils.units import UNITS, ConsumptionType

_AT_A_TIME: Final = 5_000
_DAY_LENGTH: Final = len("2026-01-01")
_LETTERS: Final = QUALITIES - {MISSING}
_WRONG: Final = "is no reading with start, seconds, amount and one of the letters of quality"


def _recognises(_name: str, head: bytes) -> bool:
    return json_lines.begins_with(head, "meter", "readings")


def _read(source: Source, options: Options) -> Iterator[Piece]:
    head, readings = json_lines.opened(source, "readings")
    channel = _channel(head.get("meter"))
    yield channel
    while part := list(islice(readings, _AT_A_TIME)):
        yield from _pieces(channel.key, part, options.time_zone)


def _channel(found: Any) -> Channel:
    meter = found if isinstance(found, dict) else {}
    kind, unit, name = (str(meter.get(key, "")) for key in ("consumption_type", "unit", "name"))
    direction = str(meter.get("direction", "import"))
    if kind not in list(ConsumptionType) or unit not in UNITS[ConsumptionType(kind)]:
        raise Unreadable("the meter of the file has no consumption_type and unit that fit")
    if direction not in ("import", "export") or not name.strip():
        raise Unreadable("the meter of the file has no name, or a direction that is none")
    return Channel(name, name, ConsumptionType(kind), unit, direction)


def _pieces(key: str, part: list[json_lines.Item], zone: str) -> Iterator[Piece]:
    good = []
    for line, reading in part:
        found = _reading(reading, zone)
        if isinstance(found, str):
            yield Rejected(line, None, found)
        else:
            good.append((line, *found))
    if not good:
        return
    lines, starts, seconds, amounts, letters = zip(*good, strict=True)
    quality = "".join(letters)
    is_measured = quality == ACTUAL * len(quality)
    yield Readings(key, starts, seconds, amounts, None if is_measured else quality, lines=lines)


def _reading(reading: Any, zone: str) -> tuple[int, int, float, str] | str:
    match reading:
        case {"start": str(text), "seconds": int(seconds), "amount": int(amount) | float(amount)}:
            letter = str(reading.get("quality") or ACTUAL)
        case _:
            return _WRONG
    if letter not in _LETTERS or not 0 < seconds <= 2 * DAY_SECONDS:
        return _WRONG
    start = _day_start(text, zone) if len(text) == _DAY_LENGTH else instant(text)
    return start if isinstance(start, str) else (start, seconds, float(amount), letter)


def _day_start(text: str, zone: str) -> int | str:
    found = day(text, "ymd")
    if isinstance(found, str):
        return found
    return int(day_bounds(date.fromisoformat(text), zone)[0].timestamp())


FORMAT = Format(
    name="series_json",
    title="JSON export of a meter",
    recognises=_recognises,
    read=_read,
)
