"""Readings of the Open Energy Dashboard: `reading,start,end`, or `reading,end`, with its options.

The mapping's entries are OED's upload parameters by their names, and mean what its manual says:

- `headerRow`: the first line is no reading; said by the file when it is OED's own export.
- `cumulative`: readings are a register; the use is the difference to the reading before, and the
  first gives none. A difference over a gap of more than `lengthGap` seconds is dropped.
- `cumulativeReset`, `cumulativeResetStart`, `cumulativeResetEnd`: a fall of the register is a
  reset, and the use what it shows, when the reading begins within that window of local time,
  which may wrap midnight. Any other fall refuses the file.
- `endOnly`: a reading begins where the one before ended; the first gives none.
- `duplications`: each reading stands that many times in sequence.
- `timeSort`: "increasing", or "decreasing" for newest first.
- `lengthVariation`: seconds by which lengths may differ before it is said; `lengthGap` likewise
  where the readings are not cumulative.
- `relaxedParsing`: dates also as `records_csv` reads them.
- `meterIdentifier` (`meterName`) names the channel.

An invalid number or date refuses the file. `honorDst`, `useMeterZone`, `update`,
`refreshReadings` and `gzip` are what is always done, and are accepted.
Source: OED's help pages for CSV upload; behaviour only.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

from app.importers import csv_text
from app.importers.oed_options import KEYS, OedOptions, options_of
from app.importers.oed_rows import Reading, instants
from app.importers.series import (
    Channel,
    Format,
    Ignored,
    Options,
    Piece,
    Source,
    Unreadable,
    Warned,
)
from app.importers.series_batch import InstantReadings
from app.importers.series_mapping import direction_of, type_of, unit_of
from app.utils.units import canonical_unit

_EXPORT: Final = "readings,start timestamp,end timestamp"
_FIRST_LINE: Final = re.compile(
    r'"?[+-]?[0-9.]+(?:[eE][+-]?\d+)?"?,\s*"?\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d', re.ASCII
)


def _recognises(_name: str, head: bytes) -> bool:
    first = csv_text.text_of(head).lstrip().partition("\n")[0].strip()
    is_export = ",".join(c.strip() for c in first.casefold().split(",")).startswith(_EXPORT)
    return is_export or (bool(_FIRST_LINE.match(first)) and first.count(",") in (1, 2))


def read(source: Source, options: Options) -> Iterator[Piece]:
    """Yield one channel and its readings. Raises Unreadable as the options say."""
    oed = options_of(options.mapping, options.time_zone)
    header = _header(source)
    channel = _channel(source, options, oed, header)
    yield channel
    given = _Readings(channel.key, oed)
    yield from _lines(source, oed, header is not None, given)


def _lines(
    source: Source, oed: OedOptions, has_export_header: bool, given: "_Readings"
) -> Iterator[Piece]:
    skips_header = has_export_header if oed.header_row is None else oed.header_row
    rows = _rows(source, oed, skips_header)
    for readings, pieces in instants(rows, oed):
        yield from pieces
        for reading in readings:
            yield from given.take(reading)
    yield from given.finish()


def _rows(source: Source, oed: OedOptions, skips_header: bool) -> Iterator[Piece | Reading]:
    """Yield one of each run of repeated readings, and why other lines are none."""
    count = 0
    for line, cells in csv_text.rows(source):
        if isinstance(cells, str):
            raise Unreadable(f"line {line}: {cells}")
        if not any(cells):
            yield Ignored(1, "blank lines", line)
        elif skips_header:
            skips_header = False
            yield Ignored(1, "the header", line)
        else:
            count += 1
            if count % oed.duplications:
                yield Ignored(1, "repetitions of a reading", line)
                continue
            yield _reading(line, cells, oed)


def _reading(line: int, cells: list[str], oed: OedOptions) -> Reading:
    """Return the reading of a line. Raises Unreadable."""
    needed = 2 if oed.end_only else 3
    if len(cells) < needed:
        raise Unreadable(f"line {line}: {len(cells)} columns of {needed}", "endOnly")
    amount = csv_text.number(cells[0])
    if isinstance(amount, str):
        raise Unreadable(f"line {line}: {amount}", None if line > 1 else "headerRow")
    return Reading(line, amount, None if oed.end_only else cells[1], cells[needed - 1])


def _header(source: Source) -> list[str] | None:
    """Return the header of OED's own export, or None."""
    for _, cells in csv_text.rows(source):
        if isinstance(cells, list) and any(cells):
            return cells if ",".join(cells).casefold().startswith(_EXPORT) else None
    raise Unreadable("the file is empty")


def _channel(
    source: Source, options: Options, oed: OedOptions, header: list[str] | None
) -> Channel:
    said = _pairs(header or [])
    mapping: dict[str, Any] = dict(options.mapping)
    if "unit" not in mapping and canonical_unit(said.get("unit", "")):
        mapping["unit"] = said["unit"]
    unit = unit_of(mapping)
    name = oed.meter or said.get("meter name") or source.name.rsplit(".", 1)[0][:80] or "OED"
    return Channel(name, name, type_of(mapping, unit), unit, direction_of(mapping))


def _pairs(cells: list[str]) -> dict[str, str]:
    """Return what an export's first line says beside the names: meter name X, unit kWh."""
    labels = ("meter name", "unit")
    return {
        label.casefold(): value for label, value in pairwise(cells) if label.casefold() in labels
    }


class _Readings:
    """Turns readings, in the file's order, into what was used between them."""

    def __init__(self, channel: str, oed: OedOptions) -> None:
        self._given = InstantReadings(channel)
        self._oed = oed
        self._before: Reading | None = None
        self._length: int | None = None
        self._gaps = 0
        self._lengths = 0

    def take(self, reading: Reading) -> Iterator[Piece]:
        """Yield what the next reading completes."""
        before, self._before = self._before, reading
        if not self._oed.is_paired:
            self._check(before, reading)
            yield from self._use(reading, reading.start, reading.amount)
            return
        if before is None:
            if not self._oed.decreasing:
                yield self._first(reading)
            return
        # The earlier reading is the line before, or after it when the newest comes first.
        early, late = (reading, before) if self._oed.decreasing else (before, reading)
        yield from self._difference(early, late)

    def finish(self) -> Iterator[Piece]:
        """Yield what the end of the file completes."""
        if self._oed.is_paired and self._oed.decreasing and self._before:
            yield self._first(self._before)
        yield from self._given.finish()
        if self._gaps:
            yield Warned(f"{self._gaps} gaps of more than {self._oed.length_gap} s (lengthGap)")
        if self._lengths:
            detail = f"lengths differ by more than {self._oed.length_variation} s (lengthVariation)"
            yield Warned(f"{self._lengths} times {detail}")

    def _first(self, reading: Reading) -> Piece:
        what = "cumulative" if self._oed.cumulative else "end-only"
        return Ignored(1, f"the first {what} reading: there is none before it", reading.line)

    def _difference(self, early: Reading, late: Reading) -> Iterator[Piece]:
        oed = self._oed
        start = early.end if oed.end_only else late.start
        if not oed.cumulative:
            yield from self._use(late, start, late.amount)
            return
        if start - early.end > oed.length_gap:
            reason = f"cumulative readings after a gap of more than {oed.length_gap} s (lengthGap)"
            yield Ignored(1, reason, late.line)
            return
        self._check_length(late.end - start)
        amount = late.amount - early.amount
        if amount < 0:
            if not oed.resets_at(start):
                detail = f"line {late.line}: the register falls from {early.amount} to "
                field = None if oed.cumulative_reset else "cumulativeReset"
                raise Unreadable(f"{detail}{late.amount}, and not in the window of a reset", field)
            amount = late.amount
        yield from self._use(late, start, amount)

    def _use(self, reading: Reading, start: int, amount: float) -> Iterator[Piece]:
        if reading.end <= start:
            raise Unreadable(f"line {reading.line}: the reading ends before it begins")
        yield from self._given.add(reading.line, start, reading.end - start, amount)

    def _check(self, before: Reading | None, reading: Reading) -> None:
        self._check_length(reading.end - reading.start)
        if before is None:
            return
        early, late = (reading, before) if self._oed.decreasing else (before, reading)
        self._gaps += late.start - early.end > self._oed.length_gap

    def _check_length(self, length: int) -> None:
        variation = self._oed.length_variation
        if self._length is not None and variation is not None:
            self._lengths += abs(length - self._length) > variation
        self._length = length


FORMAT: Final = Format("oed_csv", "Open Energy Dashboard", _recognises, read, KEYS)
