"""The long CSV: a header `meter,start,<unit>` and one interval a line; it needs no mapping.

`start` is an ISO 8601 instant with offset, or a wall time of the site's zone. Further columns may
follow (`long_csv_columns`); without `seconds` an interval lasts the commonest distance between its
meter's neighbours. A million lines are read in a fraction of a second by Arrow's reader; a block
that it does not understand is read again line by line, so that each line that is wrong is named.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO
from typing import BinaryIO

from app.importers.long_csv_arrow import BLOCK_BYTES, rows_of
from app.importers.long_csv_batches import Meters
from app.importers.long_csv_columns import Header, header_of
from app.importers.long_csv_lines import slow_rows
from app.importers.series import Format, Options, Piece, Source, Unreadable
from app.utils.periods import is_time_zone
from app.utils.units import FIRST_TYPE, UNITS, ConsumptionType

MAPPING_KEYS = frozenset({"time_zone", "consumption_type"})
_LONGEST = 1024 * 1024


def _recognises(_name: str, head: bytes) -> bool:
    return header_of(head) is not None


def read(source: Source, options: Options) -> Iterator[Piece]:
    """Read the file. `mapping` may give time_zone (IANA) and consumption_type."""
    with source.open() as file:
        header = header_of(file.read(4096))
    if header is None:
        raise Unreadable("The file does not begin with meter,start and a unit such as kWh.")
    meters = meters_of(header, options)
    if _is_plain(source):
        yield from _by_blocks(source, header, meters)
    else:
        yield from slow_rows(source, header, meters, after=1)
    yield from meters.finish()


def meters_of(header: Header, options: Options) -> Meters:
    """Give what takes the rows below a header. Raises Unreadable for a mapping that is wrong."""
    return Meters(_type(header, options), header.unit, _zone(header, options))


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
        parsed = pool.submit(rows_of, block, header) if block else None
        while block is not None and parsed is not None:
            batches, following = parsed.result(), next(blocks, None)
            parsed = pool.submit(rows_of, following, header) if following else None
            if batches is None:
                part = Source(source.name, partial(BytesIO, block), len(block))
                yield from slow_rows(part, header, meters, offset=line - 1)
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
        return FIRST_TYPE[header.unit]
    if given not in list(ConsumptionType) or header.unit not in UNITS[ConsumptionType(given)]:
        raise Unreadable(f"{header.unit} is no unit of {given!r}.", "consumption_type")
    return ConsumptionType(given)


def _zone(header: Header, options: Options) -> str | None:
    """Give the zone of wall times, None for instants."""
    zone = options.mapping.get("time_zone", options.time_zone)
    if not isinstance(zone, str) or not is_time_zone(zone):
        raise Unreadable("time_zone must be an IANA name such as Europe/Madrid.", "time_zone")
    return None if header.offsets else zone


FORMAT = Format(
    name="long_csv",
    title="CSV with meter, start and amount",
    recognises=_recognises,
    read=read,
    mapping_keys=MAPPING_KEYS,
)
