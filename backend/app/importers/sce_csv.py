"""SCE-type CSV and United Power's: rows of `start to end`, usage and quality.

The lines between the tables of days are read by their form alone: a row begins with two wall
times joined by "to" (SCE writes U+00A0 before it), and a header tells what its rows are:
"Delivered" is what came from the network, "Received" what was fed in.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from app.importers import csv_text
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
from app.importers.series_mapping import clock_of
from app.importers.wall_readings import WallReadings
from app.utils.quality import ACTUAL, ESTIMATED, MISSING, SUBSTITUTED
from app.utils.units import ConsumptionType

_PERIOD = re.compile(
    r"([0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}\s+[0-9:]{4,8})\s*(?:to|-)\s*"
    r"([0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}\s+[0-9:]{4,8})"
)
_QUALITIES = (
    ("missing", MISSING),
    ("estimated", ESTIMATED),
    ("substitut", SUBSTITUTED),
)
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})
_TIME_PERIOD = "time period"
_LOCATION = "for location"
_KEYS = frozenset({"time_zone"})
_ABOUT = (
    *("energy usage information", "for location", "meter reading information"),
    *("type of readings", "summary of", "your download", "detailed usage", "start date"),
    *("data for period", "account", "service", "meter", "name", "address", "===="),
)


def read(source: Source, options: Options) -> Iterator[Piece]:
    """Yield the pieces of an SCE-type CSV. Raises Unreadable when it has no rows of this form.

    Mapping: `time_zone`.
    """
    table = _Table(options)
    for line, cells in csv_text.rows(source):
        if isinstance(cells, str):
            yield Rejected(line, None, cells)
        elif any(cells):
            yield from table.line(line, [cell.translate(_SPACES).strip() for cell in cells])
    yield from table.finish()


def _plain(head: bytes) -> str:
    return csv_text.text_of(head).translate(_SPACES)


def _is_sce(_: str, head: bytes) -> bool:
    text = _plain(head).casefold()
    return re.search(r"^\"?energy [^,\n]{0,40}time period\"?,\s*\"?usage", text, re.M) is not None


def _is_united_power(_: str, head: bytes) -> bool:
    lines = _plain(head).splitlines()
    rows = [line for line in lines if _PERIOD.match(line.lstrip('"'))]
    return bool(rows) and any(line.lstrip('"').startswith("====") for line in lines)


FORMAT = Format("sce_csv", "SCE CSV", _is_sce, read, _KEYS)


def format_like(name: str, title: str, recognises: Callable[[str, bytes], bool]) -> Format:
    """Return a format of another supplier whose rows are read in the same way."""
    return Format(name, title, recognises, read, _KEYS)


is_united_power = _is_united_power


@dataclass(slots=True)
class _Table:
    """Turns lines into pieces; `direction` is that of the last header."""

    options: Options
    _direction: str = "import"
    _is_split: bool = False
    _location: str = ""
    _series: dict[str, WallReadings] = field(default_factory=dict)
    _other: int = 0

    def line(self, number: int, cells: Sequence[str]) -> Iterator[Piece]:
        """Yield what a line tells."""
        found = _PERIOD.fullmatch(cells[0])
        if found:
            yield from self._row(number, cells, found)
        elif _TIME_PERIOD in cells[0].casefold():
            self._direction = "export" if "received" in cells[0].casefold() else "import"
        elif " to " in cells[0] and cells[0][:1].isdigit():
            yield Rejected(number, "time period", f"{cells[0][:80]!r} is no time period")
        elif cells[0].casefold().startswith(_LOCATION):
            self._location = cells[0][len(_LOCATION) :].strip(" :")[:150]
        elif not cells[0].casefold().startswith(_ABOUT) and any(cells[1:]):
            self._other += 1

    def finish(self) -> list[Piece]:
        """Return what is gathered. Unreadable when there was no row."""
        if not self._series:
            raise Unreadable("there is no row of two times joined by “to”, and a usage")
        found = [piece for series in self._series.values() for piece in series.finish()]
        return [*found, Ignored(self._other, "lines of no known form")] if self._other else found

    def _row(self, number: int, cells: Sequence[str], found: re.Match[str]) -> Iterator[Piece]:
        start = csv_text.wall_time(found[1], None)
        end = csv_text.wall_time(found[2], None)
        if isinstance(start, str) or isinstance(end, str):
            yield Rejected(number, "time period", str(start if isinstance(start, str) else end))
            return
        said = cells[2].casefold() if len(cells) > 2 else ""
        quality = next((letter for word, letter in _QUALITIES if word in said), ACTUAL)
        text = cells[1] if len(cells) > 1 else ""
        is_missing = quality == MISSING or (not text and bool(said))
        amount = float("nan") if is_missing else csv_text.number(text)
        if isinstance(amount, str):
            yield Rejected(number, "Usage", amount)
            return
        for direction, value in self._parts(amount):
            yield from self._channel(direction)
            series = self._series[direction]
            yield from series.add(
                number, start, end, value, quality=MISSING if is_missing else quality
            )

    def _parts(self, amount: float) -> list[tuple[str, float]]:
        """Return the amount by direction: a negative usage is what was fed in."""
        if self._direction == "export":
            return [("export", abs(amount))]
        if amount < 0:
            return [("import", 0.0), ("export", -amount)]
        has_net = "export" in self._series and not self._is_split
        return [("import", amount), ("export", 0.0)] if has_net else [("import", amount)]

    def _channel(self, direction: str) -> Iterator[Piece]:
        if direction in self._series:
            return
        self._is_split |= self._direction == "export"
        key = f"{self._location or 'electricity'}.{direction}"
        self._series[direction] = WallReadings(
            key, clock_of(self.options.mapping, self.options.time_zone), "time period"
        )
        name = "Electricity (export)" if direction == "export" else "Electricity"
        yield Channel(key, name, ConsumptionType.ELECTRICITY, "kWh", direction)
