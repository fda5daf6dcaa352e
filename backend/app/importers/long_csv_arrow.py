"""The rows of a block of a long CSV by Arrow's reader, where every line is as declared."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.importers.long_csv_columns import DIRECTIONS, LETTERS, TYPES, Header
from app.utils.units import UNITS

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK_BYTES = 2 * 1024 * 1024
"""How much of a file is parsed at a time."""


def rows_of(block: bytes, header: Header) -> "list[pa.RecordBatch] | None":
    """Give the rows of a block, None when one is not as declared."""
    import pyarrow as pa
    from pyarrow import csv

    kinds = _kinds(header)
    try:
        table = csv.read_csv(
            pa.BufferReader(block),
            read_options=csv.ReadOptions(
                use_threads=False, block_size=2 * BLOCK_BYTES, column_names=list(kinds)
            ),
            parse_options=csv.ParseOptions(delimiter=header.separator, ignore_empty_lines=False),
            convert_options=csv.ConvertOptions(column_types=kinds, null_values=["", "null"]),
        )
    except pa.ArrowInvalid:
        return None
    whole = [name for name in kinds if name != "amount"]
    if any(table.column(name).null_count for name in whole):
        return None
    batches: list[pa.RecordBatch] = table.to_batches()
    are_known = all(_is_known(batch, header) for batch in batches) if header.further else True
    return batches if are_known else None


def _kinds(header: Header) -> "Mapping[str, pa.DataType]":
    import pyarrow as pa

    text = pa.dictionary(pa.int32(), pa.string())
    return {
        "meter": text,
        "start": pa.timestamp("s", "UTC" if header.offsets else None),
        "amount": pa.float64(),
    } | {name: pa.int64() if name == "seconds" else text for name in header.further}


def _is_known(batch: "pa.RecordBatch", header: Header) -> bool:
    """Tell whether further columns of text hold what they may, or nothing."""
    allowed = {
        "quality": LETTERS,
        "type": {str(kind) for kind in TYPES if header.unit in UNITS[kind]},
        "direction": set(DIRECTIONS),
    }
    return all(
        set(batch.column(name).dictionary.to_pylist()) <= allowed[name] | {""}
        for name in header.further
        if name in allowed
    )
