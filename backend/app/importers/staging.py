"""The days of a file as PostgreSQL's binary COPY takes them, written with NumPy, read without.

One row for a channel and day: channel (its number in the file), day, step_seconds, lines,
measured, total (billionths of the base unit), cost (1/100,000, NO_COST without one), has_gaps,
is_estimated, quality (text, null when all values are measured), amounts (float8[], NaN missing).
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

from app.utils.quality import ESTIMATES, MISSING, PROJECTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from app.importers.placing import Days

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
NO_COST = -(2**63)
COLUMNS = (
    ("channel", ">i4"),
    ("day", ">i4"),
    ("step_seconds", ">i4"),
    ("lines", ">i4"),
    ("measured", ">i4"),
    ("total", ">i8"),
    ("cost", ">i8"),
    ("has_gaps", "?"),
    ("is_estimated", "?"),
)
COST_SCALE = 100_000
_BILLION = 1e9
_EPOCH_2000 = 730_120
"""The ordinal of 2000-01-01, from which PostgreSQL counts days."""
_FLOAT8 = 701
_ROWS_AT_A_TIME = 2_000
_FIXED = struct.Struct(">" + "".join(f"i{kind}" for kind in "iiiiiqq??"))
_SIZE = struct.Struct(">i")
_ARRAY = struct.Struct(">iiiiii")


@dataclass(frozen=True, slots=True)
class StagedDay:
    """One row. `amounts` are in the base unit, None missing; `lines` values of the file made it."""

    channel: int
    day: date
    step_seconds: int
    lines: int
    amounts: "Sequence[float | None]"
    quality: str | None
    cost: Decimal | None


class StagingFile:
    """Writes rows to a binary file; `finish` must follow the last."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        file.write(HEADER)

    def add(self, channel: int, days: "Days") -> None:
        """Write days of a channel."""
        for start in range(0, len(days.days), _ROWS_AT_A_TIME):
            rows = slice(start, start + _ROWS_AT_A_TIME)
            self._file.write(_encoded(channel, days, rows))

    def finish(self) -> None:
        """Write the end of the file."""
        self._file.write(TRAILER)


def _encoded(channel: int, days: "Days", rows: slice) -> bytes:
    import numpy as np

    amounts = rounded(days.amounts[rows])
    is_there = ~np.isnan(amounts)
    letters = None if days.quality is None else days.quality[rows]
    counts: NDArray[np.bool_] = is_there
    is_estimated: NDArray[np.bool_] = np.zeros(len(amounts), dtype=bool)
    if letters is not None:
        letters = np.where(is_there, letters, ord(MISSING))
        counts = is_there & (letters != ord(PROJECTED))
        is_estimated = np.logical_or.reduce(
            np.isin(letters, [ord(letter) for letter in ESTIMATES]), axis=1
        )
    whole = np.rint(np.where(counts, amounts, 0.0) * _BILLION).astype(np.int64)
    values = (
        channel,
        days.days[rows] - _EPOCH_2000,
        days.step_seconds,
        days.lines[rows],
        counts.sum(axis=1),
        whole.sum(axis=1),
        _scaled_costs(days.costs[rows]),
        ~is_there.all(axis=1),
        is_estimated,
    )
    return _records(values, letters, amounts).tobytes()


def rounded(amounts: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Round amounts to whole billionths; NaN stays."""
    import numpy as np

    answer: NDArray[np.float64] = np.rint(amounts * _BILLION) / _BILLION
    return answer


def _scaled_costs(costs: "NDArray[np.float64]") -> "NDArray[np.int64]":
    import numpy as np

    known = ~np.isnan(costs)
    scaled = np.rint(np.where(known, costs, 0.0) * COST_SCALE).astype(np.int64)
    return np.where(known, scaled, NO_COST)


def _records(
    values: tuple[Any, ...], letters: "NDArray[np.uint8] | None", amounts: "NDArray[np.float64]"
) -> "NDArray[np.void]":
    """Lay the columns out as COPY has them, each behind its length in bytes."""
    import numpy as np

    count, length = amounts.shape
    element = np.dtype([("size", ">i4"), ("value", ">f8")])
    kinds: list[tuple[Any, ...]] = [("columns", ">i2")]
    for name, kind in COLUMNS:
        kinds += [(f"{name}#", ">i4"), (name, kind)]
    kinds += [("quality#", ">i4")] + ([("quality", "u1", (length,))] if letters is not None else [])
    kinds += [("amounts#", ">i4"), ("array", ">i4", (5,)), ("amounts", element, (length,))]
    record = np.empty(count, dtype=np.dtype(kinds))
    record["columns"] = len(COLUMNS) + 2
    for (name, kind), value in zip(COLUMNS, values, strict=True):
        record[f"{name}#"] = np.dtype(kind).itemsize
        record[name] = value
    record["quality#"] = -1 if letters is None else length
    if letters is not None:
        record["quality"] = letters
    record["amounts#"] = 20 + 12 * length
    record["array"] = (1, 0, _FLOAT8, length, 1)  # dimensions, nulls, type, length, lower bound
    record["amounts"]["size"] = 8
    record["amounts"]["value"] = amounts
    return record


def read(file: IO[bytes]) -> Iterator[StagedDay]:
    """Read rows back, one at a time. ValueError when the file is not whole."""
    for row, _ in _rows(file):
        yield row


def copy(file: IO[bytes], target: IO[bytes], keep: Callable[[StagedDay], bool]) -> None:
    """Write the rows of a file that `keep` admits to another. ValueError as for `read`."""
    target.write(HEADER)
    for row, data in _rows(file):
        if keep(row):
            target.write(data)
    target.write(TRAILER)


def _rows(file: IO[bytes]) -> Iterator[tuple[StagedDay, bytes]]:
    if file.read(len(HEADER)) != HEADER:
        raise ValueError("not a staging file")
    while (start := file.read(2)) != TRAILER:
        parts = [start]

        def part(size: int, parts: list[bytes] = parts) -> bytes:
            parts.append(file.read(size))
            if len(parts[-1]) < size:
                raise ValueError("the staging file was cut off")
            return parts[-1]

        yield _decoded(part), b"".join(parts)


def _decoded(part: Callable[[int], bytes]) -> StagedDay:
    fixed = _FIXED.unpack(part(_FIXED.size))
    channel, day, step, lines, _measured, _total, cost, _gaps, _estimated = fixed[1::2]
    (letters,) = _SIZE.unpack(part(4))
    quality = None if letters < 0 else part(letters).decode("ascii")
    count = _ARRAY.unpack(part(_ARRAY.size))[4]
    values = struct.unpack(f">{'id' * count}", part(12 * count))[1::2]
    return StagedDay(
        channel=channel,
        day=date.fromordinal(day + _EPOCH_2000),
        step_seconds=step,
        lines=lines,
        amounts=[None if value != value else value for value in values],
        quality=quality,
        cost=None if cost == NO_COST else Decimal(cost).scaleb(-5),
    )
