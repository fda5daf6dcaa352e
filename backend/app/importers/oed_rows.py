"""The times of readings of the Open Energy Dashboard, with or without offset."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from app.importers import csv_text
from app.importers.oed_options import OedOptions
from app.importers.series import Piece, Unreadable
from app.importers.wall_clock import WallClock

_BATCH: Final = 4_000
_STRICT: Final = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?\Z", re.ASCII)
_OFFSET: Final = re.compile(r"(?:Z|[+-]\d\d:?\d\d)\Z", re.ASCII)
_Time = tuple[int, bool]
"""Seconds, and whether they are of a wall clock."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading: its line, and its times, in seconds since 1970-01-01 UTC once they are known.

    Without a start of its own, `start` is 0.
    """

    line: int
    amount: float
    start_text: str | None
    end_text: str
    start: int = 0
    end: int = 0


def instants(
    rows: Iterable[Piece | Reading], oed: OedOptions
) -> Iterator[tuple[list[Reading], list[Piece]]]:
    """Yield batches of readings with their times, and the pieces of lines that are none.

    Unreadable for a time that is none, or that the clock never showed.
    """
    clock = _Clock(oed)
    held: list[Reading] = []
    pieces: list[Piece] = []
    for row in rows:
        if not isinstance(row, Reading):
            pieces.append(row)
            continue
        if len(held) >= _BATCH and row.end_text[:10] != held[-1].end_text[:10]:
            yield clock.resolved(held), pieces
            held, pieces = [], []
        held.append(row)
    yield clock.resolved(held), pieces


class _Clock:
    """The clock of the file's times, which go through it in the file's order."""

    def __init__(self, oed: OedOptions) -> None:
        self._oed = oed
        self._clock = WallClock(oed.time_zone, newest_first=oed.decreasing)

    def resolved(self, readings: list[Reading]) -> list[Reading]:
        """Return the readings with their times. Raises Unreadable."""
        ends = [self._time(r.line, r.end_text) for r in readings]
        if self._oed.end_only:
            instants = self._instants(readings, ends)
            return [replace(r, end=end) for r, end in zip(readings, instants, strict=True)]
        starts = [self._time(r.line, r.start_text or "") for r in readings]
        begun = self._instants(readings, starts)
        ended = self._ends(readings, starts, begun, ends)
        return [
            replace(r, start=start, end=end)
            for r, start, end in zip(readings, begun, ended, strict=True)
        ]

    def _instants(self, readings: list[Reading], times: list[_Time]) -> list[int]:
        walls = [at for at, (_, is_wall) in enumerate(times) if is_wall]
        result = [time for time, _ in times]
        try:
            resolved = self._clock.resolve([result[at] for at in walls])
        except ValueError as error:
            raise Unreadable(f"line {readings[0].line}: a time is {error}") from None
        if resolved.skipped:
            line = readings[walls[resolved.skipped[0]]].line
            raise Unreadable(f"line {line}: the clock never showed this time: it went forward")
        for at, start in zip(walls, resolved.starts.tolist(), strict=True):
            result[at] = start
        return result

    def _ends(
        self, readings: list[Reading], starts: list[_Time], begun: list[int], ends: list[_Time]
    ) -> list[int]:
        """Return the ends, of wall times by how long the clock says that it was."""
        import numpy as np

        result = [time for time, _ in ends]
        walls = [at for at, (_, is_wall) in enumerate(ends) if is_wall]
        if not all(starts[at][1] for at in walls):
            line = next(readings[at].line for at in walls if not starts[at][1])
            raise Unreadable(f"line {line}: the start has an offset from UTC, and the end has none")
        from_ = np.array([begun[at] for at in walls], dtype=np.int64)
        seconds = self._clock.lengths(
            from_, [starts[at][0] for at in walls], [result[at] for at in walls]
        )
        for at, end in zip(walls, (from_ + seconds).tolist(), strict=True):
            result[at] = end
        return result

    def _time(self, line: int, text: str) -> _Time:
        """Return a time as a wall time, or as an instant where there is an offset."""
        has_offset = bool(_OFFSET.search(text[10:]))
        if has_offset:
            found = csv_text.instant(text)
        elif _STRICT.match(text) or self._oed.relaxed:
            found = csv_text.wall_time(text, None)
        else:
            found = f"{text[:40]!r} is not a time as 2025-03-31 13:45:00"
        if isinstance(found, str):
            raise Unreadable(f"line {line}: {found}", None if has_offset else "relaxedParsing")
        return found, not has_offset
