"""Octopus Energy (GB) CSV: `Consumption (kwh), Estimated Cost Inc. Tax (p), …, Start, End`.

Times have an offset. Costs are pence. Since August 2024 half-hours without use are left out, so
that a missing one is zero; before, and over more than a month, it is a gap.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from app.importers import csv_text
from app.importers.series import (
    Channel,
    Currency,
    Format,
    Options,
    Piece,
    Readings,
    Rejected,
    Source,
    Unreadable,
    Warned,
)
from app.utils.units import UNITS, ConsumptionType, canonical_unit

ZEROS_LEFT_OUT_FROM = int(datetime(2024, 8, 1, tzinfo=UTC).timestamp())
LONGEST_ZERO = 31 * 86_400
_BATCH = 8_192
_CONSUMPTION = re.compile(r"consumption \((kwh|m3|m³)\)")
_COST = "estimated cost inc. tax (p)"
_STANDING = "standing charge inc. tax (p)"


def _names(cells: Sequence[str]) -> list[str]:
    return [" ".join(cell.casefold().split()) for cell in cells]


def _is_header(cells: Sequence[str]) -> bool:
    names = _names(cells)
    return {"start", "end"} <= set(names) and any(map(_CONSUMPTION.fullmatch, names))


def _recognises(_: str, head: bytes) -> bool:
    lines = (line for line in csv_text.text_of(head).splitlines() if line.strip())
    return _is_header(next(lines, "").replace('"', "").split(","))


def read(source: Source, options: Options) -> Iterator[Piece]:
    """Yield the pieces of an Octopus CSV. Raises Unreadable when it has no such header.

    Mapping: `consumption_type` ("gas" for gas in kWh, which nothing but perhaps the file's name
    tells from electricity) and `direction` ("export" for what was fed in).
    """
    lines = csv_text.rows(source)
    header = next((cells for _, cells in lines if not isinstance(cells, str) and any(cells)), [])
    if not _is_header(header):
        raise Unreadable("the first line is not that of an Octopus file")
    file = _file(header, source.name, options)
    yield file.channel
    if _COST in file.index:
        yield Currency("GBP")
    if _STANDING in file.index:
        yield Warned("standing charges are left out: costs are those of consumption")
    for line, cells in lines:
        if isinstance(cells, str):
            yield Rejected(line, None, cells)
        elif any(cells):
            yield from file.row(line, cells)
    yield from file.finish()


FORMAT = Format(
    "octopus_csv",
    "Octopus Energy CSV",
    _recognises,
    read,
    frozenset({"consumption_type", "direction"}),
)


def _file(header: Sequence[str], name: str, options: Options) -> "_File":
    index = {column: at for at, column in reversed(list(enumerate(_names(header))))}
    column, unit = next(
        (column, canonical_unit(found[1]))
        for column in index
        if (found := _CONSUMPTION.fullmatch(column))
    )
    is_gas = unit == "m³" or "gas" in name.casefold()
    given = options.mapping.get("consumption_type", "gas" if is_gas else "electricity")
    direction = options.mapping.get("direction", "import")
    if given not in ("electricity", "gas") or unit not in UNITS[ConsumptionType(given)]:
        raise Unreadable(
            f"consumption_type is electricity or gas, measured in {unit}", "consumption_type"
        )
    if direction not in ("import", "export"):
        raise Unreadable("direction is import or export", "direction")
    kind = ConsumptionType(given)
    title = f"{str(kind).capitalize()}{' (export)' if direction == 'export' else ''}"
    channel = Channel(f"octopus:{kind}.{direction}", title, kind, str(unit), direction)
    return _File(index, header[index[column]], column, channel)


@dataclass(slots=True)
class _File:
    """Turns rows into readings, with zeros where half-hours are left out."""

    index: dict[str, int]
    title: str
    column: str
    channel: Channel
    _starts: list[int] = field(default_factory=list)
    _seconds: list[int] = field(default_factory=list)
    _amounts: list[float] = field(default_factory=list)
    _costs: list[float] = field(default_factory=list)
    _lines: list[int] = field(default_factory=list)
    _last: tuple[int, int] | None = None
    _zeros: int = 0

    def row(self, line: int, cells: Sequence[str]) -> Iterator[Piece]:
        """Yield what a row completes."""
        start, end = (
            csv_text.instant(self._cell(cells, "start")),
            csv_text.instant(self._cell(cells, "end")),
        )
        amount = csv_text.number(self._cell(cells, self.column))
        written = self._cell(cells, _COST)
        pence = csv_text.number(written) if written else math.nan
        for column, value in (
            ("Start", start),
            ("End", end),
            (self.title, amount),
            ("Cost", pence),
        ):
            if isinstance(value, str):
                yield Rejected(line, column, value)
                return
        assert not isinstance(start, str)
        assert not isinstance(end, str)
        if end <= start:
            yield Rejected(line, "End", "it ends before it begins")
            return
        self._fill(start, end)
        self._add(line, start, end, float(amount), float(pence) / 100)
        self._last = (start, end)
        if len(self._starts) >= _BATCH:
            yield self._readings()

    def finish(self) -> Iterator[Piece]:
        """Yield what is gathered."""
        if self._starts:
            yield self._readings()
        if self._zeros:
            yield Warned(
                f"{self._zeros:,} intervals that the file leaves out were taken as zero,"
                " as Octopus leaves out those without use"
            )

    def _fill(self, start: int, end: int) -> None:
        """Add zeros between the row before, which may be later in time, and this one."""
        if self._last is None:
            return
        first, last = sorted([self._last, (start, end)])
        step = end - start
        gap = last[0] - first[1]
        is_regular = self._last[1] - self._last[0] == step and gap % step == 0
        if not is_regular or not 0 < gap <= LONGEST_ZERO or first[1] < ZEROS_LEFT_OUT_FROM:
            return
        for at in range(first[1], last[0], step):
            self._zeros += 1
            self._add(0, at, at + step, 0.0, math.nan)

    def _add(self, line: int, start: int, end: int, amount: float, cost: float) -> None:
        self._starts.append(start)
        self._seconds.append(end - start)
        self._amounts.append(amount)
        self._costs.append(cost)
        self._lines.append(line)

    def _readings(self) -> Readings:
        has_costs = not all(map(math.isnan, self._costs))
        found = Readings(
            self.channel.key,
            self._starts,
            self._seconds,
            self._amounts,
            costs=self._costs if has_costs else None,
            lines=self._lines,
        )
        self._starts, self._seconds, self._amounts = [], [], []
        self._costs, self._lines = [], []
        return found

    def _cell(self, cells: Sequence[str], name: str) -> str:
        at = self.index.get(name)
        return cells[at] if at is not None and at < len(cells) else ""
