"""PG&E-type CSV, which ComEd, SDG&E and others give too, in all its headers.

After some lines of address the header names TYPE, a date, and usage or import and export. Times
are local wall times without offset; the end is the last minute of the interval, so 00:14 is 00:15.
A negative usage is what was fed in.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from app.importers import csv_text
from app.importers.pge_csv_columns import Columns, find_columns, is_header
from app.importers.series import (
    Channel,
    Currency,
    Format,
    Ignored,
    Options,
    Period,
    Piece,
    Rejected,
    Source,
    Unreadable,
)
from app.importers.series_mapping import clock_of
from app.importers.wall_readings import WallReadings
from app.utils.quality import ACTUAL, ESTIMATED
from app.utils.units import FACTORS, UNITS, ConsumptionType, canonical_unit

_CODE = re.compile(r"[A-Z]{3}")
_DAY = 86_400
_HEADER_WITHIN = 60
_DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD"})
_TYPES = (
    ("electric", ConsumptionType.ELECTRICITY),
    ("gas", ConsumptionType.GAS),
    ("water", ConsumptionType.WATER),
)


def _recognises(_: str, head: bytes) -> bool:
    lines = csv_text.text_of(head).splitlines()[:_HEADER_WITHIN]
    return any(is_header([cell.strip() for cell in line.split(",")]) for line in lines)


def read(source: Source, options: Options) -> Iterator[Piece]:
    """Yield the pieces of a PG&E-type CSV. Raises Unreadable when it has no such header.

    Mapping: `date_order` "mdy" (the default) or "dmy" for dates that end with the year;
    `currency` where "$" is not the account's nor the US dollar; `time_zone`.
    """
    order = _order(options)
    about: dict[str, str] = {}
    table: _Table | None = None
    for line, cells in csv_text.rows(source):
        if isinstance(cells, str):
            yield Rejected(line, None, cells)
        elif is_header(cells):
            if table is None:
                table = _Table(find_columns(cells), options, order, about)
            table.columns = find_columns(cells)
        elif table is None:
            if line > _HEADER_WITHIN:
                break
            _note(about, cells)
        elif any(cells):
            yield from table.row(line, cells)
    if table is None:
        raise Unreadable("there is no header that begins with TYPE and DATE")
    yield from table.finish()


FORMAT = Format(
    "pge_csv",
    "PG&E-type CSV",
    _recognises,
    read,
    frozenset({"date_order", "currency", "time_zone"}),
)


def _order(options: Options) -> str:
    """Return the order of dates that end with the year; refuse mapping entries that are none."""
    order = options.mapping.get("date_order", "mdy")
    if order not in ("mdy", "dmy"):
        raise Unreadable("date_order is mdy or dmy", "date_order")
    if not _CODE.fullmatch(str(options.mapping.get("currency", "USD"))):
        raise Unreadable("currency is a code of three letters (ISO 4217)", "currency")
    return str(order)


def _note(about: dict[str, str], cells: Sequence[str]) -> None:
    if len(cells) > 1 and len(about) < 50:
        about[cells[0].rstrip(":").casefold()[:50]] = cells[1][:100]


@dataclass(frozen=True, slots=True)
class _Line:
    """A row by its columns' names; missing cells at its end are empty."""

    number: int
    cells: Sequence[str]
    columns: Columns

    def __getitem__(self, name: str) -> str:
        at = self.columns.index.get(name)
        return self.cells[at] if at is not None and at < len(self.cells) else ""

    def rejected(self, name: str, detail: str) -> Rejected:
        return Rejected(self.number, self.columns.names.get(name, name), detail)


@dataclass(slots=True)
class _Table:
    """Turns the rows under one header into pieces."""

    columns: Columns
    options: Options
    order: str
    about: dict[str, str]
    _units: dict[str, str] = field(default_factory=dict)
    _series: dict[str, WallReadings] = field(default_factory=dict)
    _has_currency: bool = False

    def row(self, number: int, cells: Sequence[str]) -> Iterator[Piece]:
        """Yield what a row tells."""
        line = _Line(number, cells, self.columns)
        kind = _kind(line["type"])
        if kind is None:
            yield self._no_kind(line)
            return
        unit = self.columns.unit or canonical_unit(line["units"])
        if unit is None or unit not in UNITS[kind]:
            yield line.rejected("units", f"{line['units'] or 'no unit'!r} is no unit of {kind}")
            return
        cost = csv_text.money(line["cost"]) if line["cost"] else math.nan
        if isinstance(cost, str):
            yield line.rejected("cost", cost)
            return
        if line["cost"]:
            yield from self._currency()
        if "end date" in self.columns.index:
            yield from self._bill(line, kind, unit)
        else:
            yield from self._reading(line, kind, unit, cost)

    def finish(self) -> list[Piece]:
        """Return what is gathered."""
        return [piece for series in self._series.values() for piece in series.finish()]

    def _no_kind(self, line: _Line) -> Piece:
        if not line["date"] and not line["start date"]:
            return Ignored(1, "what is no row of the table", line.number)
        return line.rejected("type", f"{line['type'][:40]!r} is no electric, gas or water usage")

    def _reading(
        self, line: _Line, kind: ConsumptionType, unit: str, cost: float
    ) -> Iterator[Piece]:
        day = csv_text.day(line["date"], self.order)
        if isinstance(day, str):
            yield line.rejected("date", day)
            return
        times = self._times(line, day)
        if isinstance(times, Rejected):
            yield times
            return
        quality = ESTIMATED if "estimated" in line["notes"].casefold() else ACTUAL
        taken, fed_in = self._amounts(line)
        if isinstance(taken, str) or isinstance(fed_in, str):
            name = "usage" if isinstance(taken, str) else "export"
            yield line.rejected(name, str(taken if isinstance(taken, str) else fed_in))
            return
        for direction, amount, price in (("import", taken, cost), ("export", fed_in, math.nan)):
            key = self._key(kind, direction)
            if math.isnan(amount) and key not in self._series:
                continue
            yield from self._channel(key, kind, unit, direction)
            amount *= self._factor(key, unit)
            yield from self._series[key].add(
                line.number,
                *times,
                0.0 if math.isnan(amount) else amount,
                cost=price,
                quality=quality,
            )

    def _times(self, line: _Line, day: int) -> tuple[int, int | None] | Rejected:
        """Return the wall times of a row; without any it is over the whole day."""
        midnight = day * _DAY
        if "start time" not in self.columns.index:
            return midnight, midnight + _DAY
        start = csv_text.clock(line["start time"])
        if isinstance(start, str):
            return line.rejected("start time", start)
        if "end time" not in self.columns.index:
            return midnight + start, None
        end = csv_text.clock(line["end time"])
        if isinstance(end, str):
            return line.rejected("end time", end)
        # The last minute of an interval ends in 4 or 9; other ends are those of the interval.
        end += 60 if end // 60 % 5 == 4 else 0
        return midnight + start, midnight + end + (_DAY if end <= start else 0)

    def _amounts(self, line: _Line) -> tuple[float | str, float | str]:
        """Return what was taken and what was fed in (NaN: the file does not tell)."""
        if "import" in self.columns.index:
            taken = csv_text.number(line["import"])
            if "export" not in self.columns.index:
                return taken, math.nan
            fed_in = csv_text.number(line["export"] or "0")
            return taken, abs(fed_in) if isinstance(fed_in, float) else fed_in
        used = csv_text.number(line["usage"])
        if isinstance(used, str) or used >= 0:
            return used, math.nan
        return 0.0, -used

    def _bill(self, line: _Line, kind: ConsumptionType, unit: str) -> Iterator[Piece]:
        days = []
        for name in ("start date", "end date"):
            found = csv_text.day(line[name], self.order)
            if isinstance(found, str):
                yield line.rejected(name, found)
                return
            days.append(date.fromordinal(found + date(1970, 1, 1).toordinal()))
        used = csv_text.number(line["usage"])
        if isinstance(used, str):
            yield line.rejected("usage", used)
            return
        if days[1] < days[0]:
            yield line.rejected("end date", "it ends before it begins")
            return
        key = f"{self._key(kind, 'import')}.bills"
        yield from self._channel(key, kind, unit, "import")
        cost = csv_text.money(line["cost"]) if line["cost"] else None
        yield Period(
            key,
            days[0],
            days[1],
            Decimal(str(used)) * Decimal(str(self._factor(key, unit))),
            None if cost is None else Decimal(str(cost)),
            is_estimated="estimated" in line["notes"].casefold(),
            line=line.number,
        )

    def _factor(self, key: str, unit: str) -> float:
        """Return how many of the channel's unit one of the row's is."""
        own = self._units[key]
        return 1.0 if own == unit else float(FACTORS[unit] / FACTORS[own])

    def _key(self, kind: ConsumptionType, direction: str) -> str:
        parts = [self.about.get("account number", ""), self.about.get("service", ""), kind]
        return f"{':'.join(part for part in parts if part)}.{direction}"

    def _channel(
        self, key: str, kind: ConsumptionType, unit: str, direction: str
    ) -> Iterator[Piece]:
        if key in self._units:
            return
        self._units[key] = unit
        self._series[key] = WallReadings(
            key, clock_of(self.options.mapping, self.options.time_zone), self.columns.names["date"]
        )
        service = self.about.get("service", "")
        name = " ".join(part for part in (str(kind).capitalize(), service) if part)
        if direction == "export":
            name += " (export)"
        yield Channel(key, name, kind, unit, direction)

    def _currency(self) -> Iterator[Piece]:
        """Yield the currency that "$" stands for: the account's, or the US dollar."""
        if self._has_currency:
            return
        self._has_currency = True
        own = self.options.currency if self.options.currency in _DOLLARS else "USD"
        yield Currency(str(self.options.mapping.get("currency", own)))


def _kind(text: str) -> ConsumptionType | None:
    plain = text[:100].casefold()
    return next((kind for word, kind in _TYPES if word in plain), None)
