"""Many blocks into PostgreSQL at once: NumPy arrays as binary COPY into a temporary table.

COPY straight into a table under row level security is refused, so the rows are staged and then
inserted by SQL. NumPy is imported only when this module is, which a web worker never does.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from app.db import TenantSession
from app.importers.blocks import MeterBlocks
from app.services.overlay import BILLION
from app.utils.quality import ACTUAL, ESTIMATES, MISSING, PROJECTED

_EPOCH = 730_120
"""The ordinal of 2000-01-01, from which PostgreSQL counts days."""
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_FLOAT8 = 701
_NO_COST = -(2**63)
_COST_SCALE = 100_000
_ROWS_AT_A_TIME = 4_000
_CREATE = """
CREATE TEMPORARY TABLE IF NOT EXISTS staged_blocks (  -- no account_id: lives in one transaction
    meter_id bigint NOT NULL, day date NOT NULL, step_seconds integer NOT NULL,
    has_gaps boolean NOT NULL, is_alone boolean NOT NULL, total bigint NOT NULL,
    measured integer NOT NULL, is_estimated boolean NOT NULL, is_measured boolean NOT NULL,
    cost bigint NOT NULL,
    quality text, amounts float8[] NOT NULL
) ON COMMIT DROP; TRUNCATE staged_blocks"""
_INTO_BLOCKS = """
INSERT INTO interval_blocks
    (account_id, meter_id, day, import_id, step_seconds, amounts, quality, cost)
SELECT %(account)s, meter_id, day, %(import)s, step_seconds,
    CASE WHEN has_gaps THEN array_replace(amounts, 'NaN', NULL) ELSE amounts END, quality,
    CASE WHEN cost <> %(no_cost)s THEN cost / 100000.0 END
FROM staged_blocks"""
_INTO_DAYS = """
INSERT INTO meter_days (account_id, meter_id, day, amount, source_count, record_count,
    estimated_count, step_seconds, profile, measured_steps, expected_steps, quality)
SELECT %(account)s, meter_id, day, total * 0.000000001, 1, 0,
    CASE WHEN is_estimated THEN 1 ELSE 0 END, step_seconds,
    CASE WHEN has_gaps THEN array_replace(amounts, 'NaN', NULL) ELSE amounts END, measured,
    cardinality(amounts), CASE WHEN NOT is_measured THEN quality END
FROM staged_blocks WHERE is_alone AND NOT (has_gaps AND amounts = array_fill(
    CAST('NaN' AS float8), ARRAY[cardinality(amounts)]))
ON CONFLICT (account_id, meter_id, day) DO UPDATE SET
    amount = excluded.amount, source_count = 1, record_count = 0,
    estimated_count = excluded.estimated_count, step_seconds = excluded.step_seconds,
    profile = excluded.profile, measured_steps = excluded.measured_steps,
    expected_steps = excluded.expected_steps, quality = excluded.quality"""


def insert(
    session: TenantSession,
    import_id: int,
    series: Sequence[tuple[int, MeterBlocks, NDArray[np.bool_]]],
) -> None:
    """Store blocks and project the days that no other import has.

    Each item is a meter, its blocks, rounded to billionths, and which of its days it has alone.
    """
    parameters = {"account": session.account_id, "import": import_id, "no_cost": _NO_COST}
    with session.driver() as connection, connection.cursor() as cursor:
        cursor.execute(_CREATE)
        with cursor.copy("COPY staged_blocks FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(_HEADER)
            for meter_id, blocks, alone in series:
                for part in _encoded(meter_id, blocks, alone):
                    copy.write(part)
            copy.write(b"\xff\xff")
        cursor.execute(_INTO_BLOCKS, parameters)
        cursor.execute(_INTO_DAYS, parameters)


def _encoded(meter_id: int, blocks: MeterBlocks, alone: NDArray[np.bool_]) -> Iterator[bytes]:
    """Encode days as rows: those of one length and with or without letters together."""
    lengths = np.diff(blocks.offsets)
    letters = blocks.quality
    has_letters = (
        np.array([bool(day) for day in letters]) if letters else np.zeros(len(alone), bool)
    )
    for length in np.unique(lengths):
        for with_letters in (False, True):
            rows = np.flatnonzero((lengths == length) & (has_letters == with_letters))
            for start in range(0, len(rows), _ROWS_AT_A_TIME):
                part = rows[start : start + _ROWS_AT_A_TIME]
                yield _rows(meter_id, blocks, alone, part, int(length), with_letters).tobytes()


def _rows(
    meter_id: int,
    blocks: MeterBlocks,
    alone: NDArray[np.bool_],
    rows: NDArray[np.int64],
    length: int,
    with_letters: bool,
) -> NDArray[np.void]:
    places = blocks.offsets[rows][:, None] + np.arange(length)
    values = blocks.amounts[places]
    letters = _letters(blocks, rows, length) if with_letters else None
    is_there = ~np.isnan(values)
    counts = is_there if letters is None else is_there & (letters != ord(PROJECTED))
    fields: list[tuple[str, str, object]] = [
        ("meter_id", ">i8", meter_id),
        ("day", ">i4", blocks.days[rows] - _EPOCH),
        ("step_seconds", ">i4", blocks.step_seconds),
        ("has_gaps", "?", ~is_there.all(axis=1)),
        ("is_alone", "?", alone[rows]),
        ("total", ">i8", billionths(np.where(counts, values, 0)).sum(axis=1)),
        ("measured", ">i4", counts.sum(axis=1)),
        ("is_estimated", "?", _is_estimated(letters, is_there, len(rows))),
        ("is_measured", "?", _is_measured(letters)),
        ("cost", ">i8", _costs(blocks, rows)),
    ]
    return _record(fields, letters, values)


def _record(
    fields: list[tuple[str, str, object]],
    letters: NDArray[np.uint8] | None,
    values: NDArray[np.float64],
) -> NDArray[np.void]:
    """Lay the columns out as COPY expects them, each behind its length in bytes."""
    count, length = values.shape
    kinds: list[tuple[object, ...]] = [("columns", ">i2")]
    for name, kind, _ in fields:
        kinds += [(f"{name}#", ">i4"), (name, kind)]
    kinds += [("quality#", ">i4")] + ([("quality", "u1", (length,))] if letters is not None else [])
    element = np.dtype([("size", ">i4"), ("value", ">f8")])
    kinds += [("amounts#", ">i4"), ("array", ">i4", (5,)), ("amounts", element, (length,))]
    record = np.empty(count, dtype=np.dtype(kinds))
    record["columns"] = len(fields) + 2
    for name, kind, value in fields:
        record[f"{name}#"] = np.dtype(kind).itemsize
        record[name] = value
    record["quality#"] = -1 if letters is None else length
    if letters is not None:
        record["quality"] = letters
    record["amounts#"] = 20 + 12 * length
    record["array"] = (1, 0, _FLOAT8, length, 1)  # dimensions, nulls, type, length, lower bound
    record["amounts"]["size"] = 8
    record["amounts"]["value"] = values
    return record


def _letters(blocks: MeterBlocks, rows: NDArray[np.int64], length: int) -> NDArray[np.uint8]:
    given = blocks.quality or ()
    text = "".join(given[row] or "" for row in rows)
    letters = np.frombuffer(text.encode(), np.uint8).reshape(len(rows), length).copy()
    letters[np.isnan(blocks.amounts[blocks.offsets[rows][:, None] + np.arange(length)])] = ord(
        MISSING
    )
    return letters


def _is_estimated(
    letters: NDArray[np.uint8] | None, is_there: NDArray[np.bool_], count: int
) -> NDArray[np.bool_]:
    if letters is None:
        return np.zeros(count, bool)
    found = np.isin(letters, [ord(letter) for letter in ESTIMATES])
    return np.asarray((found & is_there).any(axis=1), bool)


def _is_measured(letters: NDArray[np.uint8] | None) -> object:
    """Tell of each day whether its letters say no more than none would."""
    return letters is None or np.isin(letters, [ord(ACTUAL), ord(MISSING)]).all(axis=1)


def _costs(blocks: MeterBlocks, rows: NDArray[np.int64]) -> object:
    if blocks.costs is None:
        return _NO_COST
    given = blocks.costs[rows]
    known = ~np.isnan(given)
    scaled = np.rint(np.where(known, given, 0) * _COST_SCALE).astype(np.int64)
    return np.where(known, scaled, _NO_COST)


def billionths(amounts: NDArray[np.float64]) -> NDArray[np.int64]:
    """Count amounts in billionths, half to even, as `overlay.billionths` does."""
    return np.rint(amounts * BILLION).astype(np.int64)


def rounded(amounts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round amounts to whole billionths; NaN stays, and so does what is there for none."""
    answer: NDArray[np.float64] = np.rint(amounts * BILLION) / BILLION
    return answer
