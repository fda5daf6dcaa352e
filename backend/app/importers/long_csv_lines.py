"""The rows of a long CSV line by line, with what is wrong with those that are."""

import math
from collections.abc import Iterator

import numpy as np

from app.importers.csv_text import instant, number, rows, wall_time
from app.importers.long_csv_batches import Meters, Rows
from app.importers.series import Ignored, Piece, Rejected, Source

ROWS_AT_A_TIME = 20_000
_COLUMNS = 3


def slow_rows(
    source: Source, separator: str, meters: Meters, *, after: int = 0, offset: int = 0
) -> Iterator[Piece]:
    """Yield the pieces of the lines after line `after`; `offset` lines stand before the source's
    first."""
    batch: list[tuple[str, int, float, int]] = []
    for own, cells in rows(source, separator):
        if own <= after:
            continue
        line = own + offset
        parsed = _parsed(line, cells, has_offset=meters.zone is None, separator=separator)
        if isinstance(parsed, tuple):
            batch.append(parsed)
        elif parsed is not None:
            yield parsed
        if len(batch) >= ROWS_AT_A_TIME:
            yield from _given(batch, meters)
            batch = []
    if batch:
        yield from _given(batch, meters)


def _given(batch: list[tuple[str, int, float, int]], meters: Meters) -> Iterator[Piece]:
    numbers: dict[str, int] = {}
    codes = np.array([numbers.setdefault(name, len(numbers)) for name, *_ in batch], dtype=np.int32)
    columns = Rows(
        np.array([start for _, start, _, _ in batch], dtype=np.int64),
        np.array([amount for _, _, amount, _ in batch], dtype=np.float64),
        np.array([line for *_, line in batch], dtype=np.int64),
    )
    yield from meters.rows(list(numbers), codes, columns)


def _parsed(
    line: int, cells: list[str] | str, *, has_offset: bool, separator: str
) -> tuple[str, int, float, int] | Piece | None:
    if isinstance(cells, str):
        return Rejected(line, None, cells)
    if not any(cells):
        return Ignored(1, "an empty line", line)
    if len(cells) != _COLUMNS:
        return Rejected(line, None, f"has {len(cells)} cells instead of {_COLUMNS}")
    start = instant(cells[1]) if has_offset else wall_time(cells[1], None)
    if isinstance(start, str):
        return Rejected(line, "start", start)
    mark = "," if separator != "," and "," in cells[2] else "."
    amount = math.nan if cells[2] in ("", "null") else number(cells[2], mark)
    if isinstance(amount, str):
        return Rejected(line, "amount", amount)
    return cells[0], start, amount, line
