"""The rows of a long CSV by meter, with the lengths of their intervals."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from app.importers.local_days import FIRST_SECOND, LAST_SECOND
from app.importers.long_csv_columns import DIRECTIONS, FURTHER_FROM, kind_of, of_kind
from app.importers.series import Channel, Piece, Readings, Rejected
from app.importers.wall_clock import WallClock
from app.utils.formulas import restored
from app.utils.quality import ACTUAL
from app.utils.units import ConsumptionType

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_NAME = 200
_SKIPPED = "the clock skipped this time: clocks went forward"
_NO_LENGTH = "nothing tells how long this interval lasts: its meter has no other"
_NO_METER = f"a meter has a name of 1 to {MAX_NAME} characters"
_OTHER_KIND = "its meter has another type or direction on an earlier line"
_BEYOND = "outside the years 1900 to 2199"


@dataclass(slots=True)
class _Meter:
    clock: WallClock | None
    kind: int
    step: int | None = None
    held: list["Rows"] = field(default_factory=list)
    """Rows whose length nothing tells yet."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Starts (instants, or wall times), amounts (NaN missing) and lines; None where no column
    says it: lengths, letters of quality as bytes, and kinds (`long_csv_columns.kind_of`)."""

    starts: "NDArray[np.int64]"
    amounts: "NDArray[np.float64]"
    lines: "NDArray[np.int64]"
    seconds: "NDArray[np.int64] | None" = None
    quality: "NDArray[np.uint8] | None" = None
    kinds: "NDArray[np.int64] | None" = None


@dataclass(slots=True)
class Meters:
    """Turns rows into pieces. `zone` is that of wall times; None: the starts are instants."""

    consumption_type: ConsumptionType
    unit: str
    zone: str | None
    _known: dict[str, _Meter] = field(default_factory=dict)

    def take(self, batch: Any, line: int) -> Iterator[Piece]:
        """Take an Arrow batch of (meter, start, value) whose first row is on `line`."""
        names = batch.column(0).dictionary.to_pylist()
        codes = batch.column(0).indices.to_numpy()
        starts = batch.column(1).cast("int64").to_numpy()
        # Arrow shows a missing number as NaN when there is one, else gives its own memory.
        amounts = batch.column(2).to_numpy(zero_copy_only=False)
        lines = np.arange(line, line + len(codes))
        further = self._further(batch) if batch.num_columns > FURTHER_FROM else {}
        yield from self.rows(names, codes, Rows(starts, amounts, lines, **further))

    def has_kinds(self, columns: Collection[str]) -> bool:
        """Tell whether columns say what kind each row's meter is of."""
        return "type" in columns or "direction" in columns

    def _further(self, batch: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        names = batch.schema.names
        if "seconds" in names:
            found["seconds"] = batch.column("seconds").to_numpy()
        if "quality" in names:
            letters = _coded(batch, "quality", lambda text: ord(text or ACTUAL))
            found["quality"] = letters.astype(np.uint8)
        if self.has_kinds(names):
            kinds = np.full(len(batch), kind_of(self.consumption_type), dtype=np.int64)
            if "type" in names:
                own = self.consumption_type
                kinds = _coded(batch, "type", lambda text: kind_of(_type_named(text, own)))
            if "direction" in names:
                place = _coded(batch, "direction", lambda text: DIRECTIONS.index(text or "import"))
                kinds = kinds + place
            found["kinds"] = kinds
        return found

    def rows(self, names: list[str], codes: "NDArray[np.int32]", rows: Rows) -> Iterator[Piece]:
        """Take rows; `codes` says which of the names is each row's meter."""
        for code, part in _by_code(codes, rows):
            name = restored(names[code])
            if not 0 < len(name) <= MAX_NAME:
                for line in part.lines.tolist():
                    yield Rejected(line, "meter", _NO_METER)
                continue
            yield from self._of_meter(name, part)

    def finish(self) -> Iterator[Piece]:
        """Give the rows that were held: of a meter with a single one, nothing tells its length."""
        for name, meter in self._known.items():
            for rows in meter.held:
                if meter.step is not None:
                    yield _readings(name, rows, meter.step)
                    continue
                for line in rows.lines.tolist():
                    yield Rejected(line, "start", _NO_LENGTH)

    def _of_meter(self, name: str, rows: Rows) -> Iterator[Piece]:
        meter = self._known.get(name)
        if meter is None:
            kind = kind_of(self.consumption_type) if rows.kinds is None else int(rows.kinds[0])
            meter = _Meter(None if self.zone is None else WallClock(self.zone), kind)
            self._known[name] = meter
            consumption_type, direction = of_kind(kind)
            yield Channel(name, name, consumption_type, self.unit, direction)
        if rows.kinds is not None and (rows.kinds != meter.kind).any():
            other = rows.kinds != meter.kind
            for line in rows.lines[other].tolist():
                yield Rejected(line, "meter", _OTHER_KIND)
            rows = _chosen(rows, ~other)
        outside = (rows.starts < FIRST_SECOND) | (rows.starts > LAST_SECOND)
        if outside.any():
            for line in rows.lines[outside].tolist():
                yield Rejected(line, "start", _BEYOND)
            rows = _chosen(rows, ~outside)
        if meter.clock is not None and len(rows.starts):
            resolved = meter.clock.resolve(rows.starts)
            skipped = list(resolved.skipped)
            for line in rows.lines[skipped].tolist():
                yield Rejected(line, "start", _SKIPPED)
            there = np.ones(len(rows.starts), dtype=bool)
            there[skipped] = False
            rows = _chosen(replace(rows, starts=np.asarray(resolved.starts)), there)
        if len(rows.starts):
            yield from self._with_length(name, meter, rows)

    def _with_length(self, name: str, meter: _Meter, rows: Rows) -> Iterator[Piece]:
        if rows.seconds is not None:
            yield _readings(name, rows, rows.seconds)
            return
        meter.step = _commonest_step(rows.starts) or meter.step
        if meter.step is None:
            meter.held.append(rows)
            rows = _joined(meter.held)
            meter.step = _commonest_step(rows.starts)
            if meter.step is None:
                return
            meter.held.clear()
        yield _readings(name, rows, meter.step)


def _readings(name: str, rows: Rows, seconds: "int | NDArray[np.int64]") -> Readings:
    quality = None
    if rows.quality is not None and (rows.quality != ord(ACTUAL)).any():
        quality = rows.quality.tobytes().decode("ascii")
    return Readings(
        name,
        rows.starts,  # type: ignore[arg-type]
        seconds,  # type: ignore[arg-type]
        rows.amounts,  # type: ignore[arg-type]
        quality,
        lines=rows.lines,  # type: ignore[arg-type]
        is_step=True,
    )


def _coded(batch: Any, name: str, code: Callable[[str], int]) -> Any:
    """Give the codes of a dictionary column's texts."""
    column = batch.column(name)
    codes = np.array([code(text) for text in column.dictionary.to_pylist()])
    return codes[column.indices.to_numpy()]


def _type_named(text: str, otherwise: ConsumptionType) -> ConsumptionType:
    return ConsumptionType(text) if text else otherwise


def _by_code(codes: "NDArray[np.int32]", rows: Rows) -> Iterator[tuple[int, Rows]]:
    if (codes[1:] < codes[:-1]).any():
        order = np.argsort(codes, kind="stable")
        codes, rows = codes[order], _chosen(rows, order)
    cuts = [0, *(np.flatnonzero(codes[1:] != codes[:-1]) + 1).tolist(), len(codes)]
    for start, end in pairwise(cuts):
        if end > start:
            yield int(codes[start]), _chosen(rows, slice(start, end))


def _chosen(rows: Rows, which: Any) -> Rows:
    parts: list[Any] = [None if column is None else column[which] for column in _columns(rows)]
    return Rows(*parts)


def _joined(held: list[Rows]) -> Rows:
    parts: list[Any] = [
        None if columns[0] is None else np.concatenate(columns)
        for columns in zip(*map(_columns, held), strict=True)
    ]
    return Rows(*parts)


def _columns(rows: Rows) -> tuple[Any, ...]:
    return rows.starts, rows.amounts, rows.lines, rows.seconds, rows.quality, rows.kinds


def _commonest_step(starts: "NDArray[np.int64]") -> int | None:
    steps = np.diff(starts)
    if len(steps) and (steps == steps[0]).all() and steps[0] > 0:
        return int(steps[0])
    steps = np.diff(np.unique(starts))
    if not len(steps):
        return None
    found, counts = np.unique(steps, return_counts=True)
    return int(found[counts.argmax()])
