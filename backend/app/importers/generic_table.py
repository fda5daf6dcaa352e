"""Tables that a mapping explains, whatever file they are from: their rows into pieces."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.importers import generic_mapping as mapping_rules
from app.importers.generic_cells import Cell, Moment, amount, is_empty, joined, moment
from app.importers.generic_channels import DAY, Gathering
from app.importers.generic_mapping import Layout, place, type_in, unit_in, without_unit
from app.importers.series import Channel, Ignored, Piece, Rejected, Unreadable
from app.importers.series_mapping import direction_of, type_of
from app.utils.units import canonical_unit

COLUMNS_OF_A_DAY = (24, 48, 96)
MAX_CHANNELS = 2_000
_BLANK = "blank lines"
_ABOVE = "lines above the header"
_SKIPPED = "an hour that the clock skipped, with nothing in it"
Row = tuple[int, Sequence[Cell] | str]
"""A line's number from 1, and its cells or what is wrong with it."""


def pieces(rows: Iterable[Row], layout: Layout) -> Iterator[Piece]:
    """Yield the pieces of a table. Raises Unreadable when it has not the columns of its mapping."""
    table: _Table | None = None
    for line, cells in rows:
        if isinstance(cells, str):
            yield Rejected(line, None, cells)
        elif is_empty(cells):
            yield Ignored(1, _BLANK, line)
        elif line < layout.header_row:
            yield Ignored(1, _ABOVE, line)
        elif table is None:
            names = [str(cell).strip() for cell in cells]
            if layout.header_row:
                table = _Table(layout, names)
                yield Ignored(1, "the header", line)
            else:
                table = _Table(layout, [str(at + 1) for at in range(len(names))])
                yield from table.row(line, cells)
        else:
            yield from table.row(line, cells)
    if table is None:
        raise Unreadable("the table has no rows", "header_row")
    yield from table.finish()


@dataclass(slots=True)
class _Table:
    """The columns of a table, and its channels as they come."""

    layout: Layout
    names: list[str]
    at: dict[str, int] = field(init=False)
    values: list[int] = field(init=False)
    gatherings: dict[str, Gathering] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.names = _told_apart(self.names)
        columns = self.layout.columns
        self.at = {name: place(self.names, column, name) for name, column in columns.items()}
        others = [at for at in range(len(self.names)) if at not in self.at.values()]
        named = [at for at in others if self.names[at].casefold() in self.layout.channels]
        self.values = named if self.layout.channels else others
        if self.layout.shape == "days":
            self.values = [at for at in others if self.names[at]]
            if len(self.values) not in COLUMNS_OF_A_DAY:
                raise Unreadable(
                    f"a row for each day has 24, 48 or 96 columns, not {len(self.values)};"
                    " name the others in columns, or leave their headers empty",
                    "columns",
                )
        elif self.layout.shape == "columns" and not self.values:
            raise Unreadable("the table has no column of a channel", "channels")

    def row(self, line: int, cells: Sequence[Cell]) -> Iterator[Piece]:
        """Yield the pieces of a row."""
        start, end = self._times(cells)
        if isinstance(start, str) or isinstance(end, str):
            detail = start if isinstance(start, str) else end
            yield Rejected(line, self._time_column(), str(detail))
        elif self.layout.shape == "days":
            yield from self._day(line, cells, start)
        elif self.layout.shape == "columns":
            for column in self.values:
                yield from self._value(line, cells, column, self.names[column], start, end)
        else:
            key = str(self._cell(cells, "meter")).strip() or self.layout.meter
            yield from self._value(line, cells, self.at["amount"], key, start, end)

    def finish(self) -> Iterator[Piece]:
        """Yield what is gathered."""
        for gathering in self.gatherings.values():
            yield from gathering.finish()

    def _cell(self, cells: Sequence[Cell], name: str) -> Cell:
        at = self.at.get(name)
        return cells[at] if at is not None and at < len(cells) else ""

    def _time_column(self) -> str:
        return next(self.names[self.at[n]] for n in ("start", "end", "date") if n in self.at)

    def _times(self, cells: Sequence[Cell]) -> tuple[Moment | str, Moment | str | None]:
        """Give the time that stamps a row, and its end where another column has one."""
        if "date" in self.at and "start" not in self.at and "end" not in self.at:
            return joined(self._cell(cells, "date"), self._cell(cells, "time"), self.layout), None
        stamps = [name for name in ("start", "end") if name in self.at]
        if len(stamps) == 1 or self.layout.is_end_stamped:
            return moment(self._cell(cells, stamps[-1]), self.layout), None
        start, end = (moment(self._cell(cells, name), self.layout) for name in stamps)
        return start, end

    def _value(
        self,
        line: int,
        cells: Sequence[Cell],
        column: int,
        key: str,
        start: Moment,
        end: Moment | None,
    ) -> Iterator[Piece]:
        found = amount(cells[column] if column < len(cells) else "", self.layout)
        if isinstance(found, str):
            yield Rejected(line, self.names[column], found)
            return
        cost = amount(self._cell(cells, "cost"), self.layout)
        if isinstance(cost, str):
            yield Rejected(line, self.names[self.at["cost"]], cost)
            return
        yield from self._announced(key, self.names[column])
        yield from self.gatherings[key].add(line, start, end, found, cost)

    def _day(self, line: int, cells: Sequence[Cell], day: Moment) -> Iterator[Piece]:
        key = str(self._cell(cells, "meter")).strip() or self.layout.meter
        step = DAY // len(self.values)
        yield from self._announced(key, "")
        for number, column in enumerate(self.values):
            cell = cells[column] if column < len(cells) else ""
            found = amount(cell, self.layout)
            begin = day.seconds + number * step
            if isinstance(found, str):
                yield Rejected(line, self.names[column], found)
            elif (math.isnan(found) or found == 0) and _is_skipped(begin, self.layout.zone):
                yield Ignored(1, _SKIPPED, line)
            else:
                start, end = Moment(begin, False), Moment(begin + step, False)
                yield from self.gatherings[key].add(line, start, end, found)

    def _announced(self, key: str, header: str) -> Iterator[Piece]:
        """Yield a channel before its first value."""
        if key in self.gatherings:
            return
        if len(self.gatherings) >= MAX_CHANNELS:
            raise Unreadable(f"the table has more than {MAX_CHANNELS:,} channels")
        if len(key) > mapping_rules.MAX_NAME:
            raise Unreadable(f"a meter's name has at most {mapping_rules.MAX_NAME} characters")
        channel = self._channel(key, header)
        self.gatherings[key] = Gathering(channel, self.layout, self._time_column())
        yield channel

    def _channel(self, key: str, header: str) -> Channel:
        said: Mapping[str, Any] = self.layout.channels.get(key.casefold(), {})
        unit = canonical_unit(str(said["unit"])) if "unit" in said else self.layout.unit
        unit = unit or unit_in(header)
        if unit is None:
            raise Unreadable(f"nothing tells the unit of {key[:60]!r}: give unit", "unit")
        kind = type_of(
            type_in(said, unit) if "consumption_type" in said else self.layout.said, unit
        )
        name = str(said.get("name") or without_unit(key))[: mapping_rules.MAX_NAME]
        direction = direction_of(said) if "direction" in said else self.layout.direction
        return Channel(key, name, kind, unit, direction)


def _told_apart(names: Sequence[str]) -> list[str]:
    """Give names of which none comes twice: the second "Use" is "Use 2"."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name.casefold()] += 1
        count = seen[name.casefold()]
        found.append(f"{name} {count}" if name and count > 1 else name)
    return found


def _is_skipped(wall: int, zone: str) -> bool:
    """Tell whether the local clock never showed a time."""
    local = datetime.fromtimestamp(wall, UTC).replace(tzinfo=ZoneInfo(zone))
    back = local.astimezone(UTC).astimezone(ZoneInfo(zone))
    return back.replace(tzinfo=None) != local.replace(tzinfo=None)
