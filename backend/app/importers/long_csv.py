"""The long CSV: a header `meter,start,<unit>` and one interval a line; it needs no mapping.

`start` is an ISO 8601 instant with offset, or a wall time of the site's zone. How long an interval
lasts is the commonest distance between its meter's neighbours. A million lines are read in a
fraction of a second by Arrow's reader; a block that it does not understand is read again line by
line, so that each line that is wrong is named.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

from app.importers.csv_text import text_of
from app.importers.long_csv_batches import Meters
from app.importers.long_csv_lines import slow_rows
from app.importers.series import Format, Options, Piece, Source, Unreadable
from app.utils.periods import is_time_zone
from app.utils.units import UNITS, ConsumptionType, canonical_unit

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK_BYTES = 2 * 1024 * 1024
"""How much of the file is parsed at a time."""
_LONGEST = 1024 * 1024
_SEPARATORS = ",;\t"


@dataclass(frozen=True, slots=True)
class Header:
    """What the first line says; `offsets` tells whether the first `start` has one."""

    separator: str
    unit: str
    offsets: bool


def header_of(head: bytes) -> Header | None:
    """Read the first lines of a file; None when it is no long CSV."""
    lines = text_of(head[:4096]).splitlines()
    for separator in _SEPARATORS if lines else "":
        names = [name.strip().strip('"').casefold() for name in lines[0].split(separator)]
        unit = canonical_unit(names[2]) if len(names) == 3 else None
        if unit is not None and names[:2] == ["meter", "start"]:
            start = next((line.split(separator)[1] for line in lines[1:] if separator in line), "")
            return Header(separator, unit, _has_offset(start))
    return None


def _has_offset(start: str) -> bool:
    tail = start.strip().strip('"')[10:]
    return tail[-1:] in ("Z", "z") or "+" in tail or "-" in tail


def _recognises(_name: str, head: bytes) -> bool:
    return header_of(head) is not None


def type_of_unit(unit: str) -> ConsumptionType:
    """Give the first utility that is measured in a canonical unit."""
    return next(kind for kind, units in UNITS.items() if unit in units)


def read(source: Source, options: Options) -> Iterator[Piece]:
    """Read the file. `mapping` may give time_zone (IANA) and consumption_type."""
    with source.open() as file:
        header = header_of(file.read(4096))
    if header is None:
        raise Unreadable("The file does not begin with meter,start and a unit such as kWh.")
    meters = Meters(_type(header, options), header.unit, _zone(header, options))
    if _is_plain(source):
        yield from _by_blocks(source, header, meters)
    else:
        yield from slow_rows(source, header.separator, meters, after=1)
    yield from meters.finish()


def _is_plain(source: Source) -> bool:
    """Tell whether lines end with a byte for a new line, unlike in UTF-16 or old files."""
    with source.open() as file:
        head = file.read(4096)
    return b"\0" not in head and b"\n" in head


def _by_blocks(source: Source, header: Header, meters: Meters) -> Iterator[Piece]:
    """Read the lines below the header: each block by Arrow, or line by line where that fails.

    While one block is put together, the next is parsed.
    """
    line = 2
    with source.open() as file, ThreadPoolExecutor(1) as pool:
        file.readline(_LONGEST)
        blocks = _blocks(file)
        block = next(blocks, None)
        parsed = pool.submit(_parsed, block, header) if block else None
        while block is not None and parsed is not None:
            batches, following = parsed.result(), next(blocks, None)
            parsed = pool.submit(_parsed, following, header) if following else None
            if batches is None:
                part = Source(source.name, partial(BytesIO, block), len(block))
                yield from slow_rows(part, header.separator, meters, offset=line - 1)
            else:
                first = line
                for batch in batches:
                    yield from meters.take(batch, first)
                    first += len(batch)
            line += block.count(b"\n")
            block = following


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    """Yield some BLOCK_BYTES at a time, whole lines of up to _LONGEST bytes."""
    while block := file.read(BLOCK_BYTES):
        yield block if block.endswith(b"\n") else block + file.readline(_LONGEST)


def _type(header: Header, options: Options) -> ConsumptionType:
    given = options.mapping.get("consumption_type")
    if given is None:
        return type_of_unit(header.unit)
    if given not in list(ConsumptionType) or header.unit not in UNITS[ConsumptionType(given)]:
        raise Unreadable(f"{header.unit} is no unit of {given!r}.", "consumption_type")
    return ConsumptionType(given)


def _zone(header: Header, options: Options) -> str | None:
    """Give the zone of wall times, None for instants."""
    zone = options.mapping.get("time_zone", options.time_zone)
    if not isinstance(zone, str) or not is_time_zone(zone):
        raise Unreadable("time_zone must be an IANA name such as Europe/Madrid.", "time_zone")
    return None if header.offsets else zone


def _parsed(block: bytes, header: Header) -> "list[pa.RecordBatch] | None":
    """Give the rows (meter, start, value) of a block, None when one is not as declared."""
    import pyarrow as pa
    from pyarrow import csv

    kinds = [
        pa.dictionary(pa.int32(), pa.string()),
        pa.timestamp("s", "UTC" if header.offsets else None),
        pa.float64(),
    ]
    names = ["meter", "start", "value"]
    try:
        table = csv.read_csv(
            pa.BufferReader(block),
            read_options=csv.ReadOptions(
                use_threads=False, block_size=2 * BLOCK_BYTES, column_names=names
            ),
            parse_options=csv.ParseOptions(delimiter=header.separator, ignore_empty_lines=False),
            convert_options=csv.ConvertOptions(
                column_types=dict(zip(names, kinds, strict=True)), null_values=["", "null"]
            ),
        )
    except pa.ArrowInvalid:
        return None
    if table.column(0).null_count or table.column(1).null_count:
        return None
    batches: list[pa.RecordBatch] = table.to_batches()
    return batches


FORMAT = Format(
    name="long_csv",
    title="CSV with meter, start and amount",
    recognises=_recognises,
    read=read,
    mapping_keys=frozenset({"time_zone", "consumption_type"}),
)
