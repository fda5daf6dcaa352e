"""Feeds of emoncms, as it exports them and as they are pasted into it: no header, a time and
values.

Times are Unix seconds or milliseconds, ISO 8601 with offset, or `d/m/Y H:i:s` of the server;
cells may be `null`. Neither unit nor meaning is in the file, so the mapping says `kind`: "power"
(W; each value holds until the next, `power`), "cumulative" (a register of kWh) or "daily"
(kWh of the local day that begins at the time). Of an export of several feeds each column is a
channel; `names` names them, and `kind` may be a list.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.importers import csv_text, power
from app.importers.power import PowerHold
from app.importers.series import (
    Channel,
    Format,
    Ignored,
    Options,
    Piece,
    Rejected,
    Source,
    Unreadable,
)
from app.importers.series_batch import InstantReadings, RegisterValues
from app.importers.series_mapping import choice, direction_of, type_of, whole_number, zone_of
from app.importers.series_table import separator_of
from app.importers.wall_clock import WallClock
from app.utils.periods import day_bounds
from app.utils.units import canonical_unit

KINDS: Final = ("power", "cumulative", "daily")

_UNIX: Final = re.compile(r"\d{10}(?:\.\d+)?\Z|\d{13}\Z", re.ASCII)
_EXCEL: Final = re.compile(r"\d{2}/\d{2}/\d{4} \d{2}:\d{2}:\d{2}\Z", re.ASCII)
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)\Z", re.ASCII)
_NULL: Final = "null"


def _recognises(_name: str, head: bytes) -> bool:
    text = csv_text.text_of(head).lstrip().partition("\n")[0].strip()
    cells = [cell.strip().strip('"') for cell in text.split(separator_of(text))]
    is_time = any(form.match(cells[0]) for form in (_UNIX, _EXCEL, _ISO))
    values = [cell for cell in cells[1:] if cell != _NULL]
    return is_time and len(cells) > 1 and all(_number(cell) is not None for cell in values)


def _number(text: str) -> float | None:
    """Return the number of a cell, whose decimal mark is a setting of the server, or None."""
    mark = "," if "," in text and "." not in text else "."
    value = csv_text.number(text, mark)
    return None if isinstance(value, str) else value


class _Feed:
    """One column: what its values mean."""

    def __init__(self, channel: Channel, kind: str, zone: str, max_gap: int) -> None:
        self.channel = channel
        self._zone = zone
        self._power = PowerHold(channel.key, max_gap) if kind == "power" else None
        self._daily = InstantReadings(channel.key) if kind == "daily" else None
        self._registers = RegisterValues(channel.key)

    def add(self, line: int, at: int, value: float) -> list[Piece]:
        """Take a value."""
        if self._power:
            return self._power.add(line, at, value)
        if self._daily:
            seconds = _day_seconds(at, self._zone)
            if seconds is None:
                return [Rejected(line, "time", f"no day begins then in {self._zone}")]
            return self._daily.add(line, at, seconds, value)
        return self._registers.add(line, at, value)

    def finish(self) -> list[Piece]:
        """Give what is gathered."""
        return (self._power or self._daily or self._registers).finish()


def read(source: Source, options: Options) -> Iterator[Piece]:
    """Yield a channel for each column after the time. Raises Unreadable when `kind` is not said."""
    zone = zone_of(options.mapping, options.time_zone)
    with source.open() as opened:
        separator = separator_of(csv_text.text_of(opened.read(8192)))
    feeds: list[_Feed] = []
    clock = WallClock(zone)
    for line, cells in csv_text.rows(source, separator):
        if isinstance(cells, str):
            yield Rejected(line, None, cells)
            continue
        if not any(cells):
            yield Ignored(1, "blank lines", line)
            continue
        if not feeds:
            feeds = _feeds(len(cells) - 1, source, options, zone)
            yield from (feed.channel for feed in feeds)
        yield from _values(line, cells, feeds, clock)
    if not feeds:
        raise Unreadable("the file is empty")
    for feed in feeds:
        yield from feed.finish()


def _feeds(count: int, source: Source, options: Options, zone: str) -> list[_Feed]:
    """Return the feeds of the columns. Raises Unreadable."""
    mapping = options.mapping
    if count < 1:
        raise Unreadable("a line has a time and at least one value")
    kinds, names = mapping.get("kind"), mapping.get("names")
    if kinds is None:
        raise Unreadable("the file does not say what its values are: give kind", "kind")
    each = list(kinds) if isinstance(kinds, list | tuple) else [kinds] * count
    if len(each) != count:
        raise Unreadable(f"kind has {len(each)} entries for {count} columns", "kind")
    stem = source.name.rsplit(".", 1)[0][:80] or "emoncms"
    titles = [f"{stem} {n + 1}" if count > 1 else stem for n in range(count)]
    if names is not None:
        titles = [names] if isinstance(names, str) else [str(name) for name in names]
        if len(titles) != count or len(set(titles)) != count:
            raise Unreadable(f"names has one different name for each of {count} columns", "names")
    max_gap = whole_number(mapping, "max_gap", power.DEFAULT_MAX_GAP, 1, 86_400)
    return [
        _feed(title, kind, mapping, zone, max_gap or 0)
        for title, kind in zip(titles, each, strict=True)
    ]


def _feed(title: str, kind: Any, mapping: Any, zone: str, max_gap: int) -> _Feed:
    kind = choice({"kind": kind}, "kind", KINDS)
    unit = canonical_unit(str(mapping.get("unit", "kWh")))
    if unit is None:
        raise Unreadable("not a unit of electricity, water or gas", "unit")
    unit = power.UNIT if kind == "power" else unit
    channel = Channel(title, title, type_of(mapping, unit), unit, direction_of(mapping))
    return _Feed(channel, kind, zone, max_gap)


def _values(line: int, cells: list[str], feeds: list[_Feed], clock: WallClock) -> Iterator[Piece]:
    at = _time(cells[0], clock)
    if isinstance(at, str):
        yield Rejected(line, "time", at)
        return
    if len(cells) != len(feeds) + 1:
        yield Rejected(line, None, f"{len(cells) - 1} values for {len(feeds)} feeds")
        return
    if all(cell in (_NULL, "") for cell in cells[1:]):
        yield Ignored(1, "null: no value", line)
    for number, (feed, text) in enumerate(zip(feeds, cells[1:], strict=True), start=1):
        if text in (_NULL, ""):
            continue
        value = _number(text)
        if value is None:
            yield Rejected(line, f"value {number}", f"{text[:40]!r} is not a number")
        else:
            yield from feed.add(line, at, value)


def _time(text: str, clock: WallClock) -> int | str:
    if _UNIX.match(text):
        return int(text) // 1000 if len(text) == 13 and "." not in text else int(float(text))
    if not _EXCEL.match(text):
        return csv_text.instant(text)
    wall = csv_text.wall_time(text, "dmy")
    if isinstance(wall, str):
        return wall
    resolved = clock.resolve([wall])
    if resolved.skipped:
        return "the clock skipped this time: clocks went forward"
    return int(resolved.starts[0])


def _day_seconds(at: int, zone: str) -> int | None:
    """Return the length of the local day that begins at an instant, or None when none does."""
    try:
        day = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone)).date()
        begin, end = day_bounds(day, zone)
    except (ValueError, OverflowError):
        return None
    return int((end - begin).total_seconds()) if int(begin.timestamp()) == at else None


FORMAT: Final = Format(
    "emoncms",
    "emoncms feeds",
    _recognises,
    read,
    frozenset({"kind", "names", "unit", "consumption_type", "direction", "max_gap", "time_zone"}),
)
