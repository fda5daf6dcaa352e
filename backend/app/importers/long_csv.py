"""The long CSV: a header `meter,start,<unit>` and one interval a line; it needs no mapping.

`start` is an ISO 8601 instant with offset, or a wall time of the site's zone. How long an interval
lasts is the commonest distance between its meter's neighbours. A million lines are read in a
fraction of a second by Arrow's reader; from the first line on that it does not understand, line
by line, so that each line that is wrong is named.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.importers.csv_text import text_of
from app.importers.long_csv_batches import Meters
from app.importers.long_csv_lines import slow_rows
from app.importers.series import Format, Options, Piece, Source, Unreadable
from app.utils.periods import is_time_zone
from app.utils.units import UNITS, ConsumptionType, canonical_unit

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK_BYTES = 2 * 1024 * 1024
"""How much of the file Arrow reads at a time."""
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
    is_whole, line = False, 1
    for batch in _arrow_batches(source, header):
        if batch is None:
            is_whole = True
            break
        yield from meters.take(batch, line + 1)
        line += len(batch)
    if not is_whole:
        yield from slow_rows(source, header.separator, line, meters)
    yield from meters.finish()


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


def _arrow_batches(source: Source, header: Header) -> Iterator["pa.RecordBatch | None"]:
    """Yield batches (meter, start, value) up to the first row that is not as declared, and None
    when there is no such row."""
    import pyarrow as pa
    from pyarrow import csv

    kinds = [
        pa.dictionary(pa.int32(), pa.string()),
        pa.timestamp("s", "UTC" if header.offsets else None),
        pa.float64(),
    ]
    names = ["meter", "start", "value"]
    try:
        with source.open() as file:
            reader = csv.open_csv(
                file,
                read_options=csv.ReadOptions(
                    use_threads=False, block_size=BLOCK_BYTES, column_names=names, skip_rows=1
                ),
                parse_options=csv.ParseOptions(
                    delimiter=header.separator, ignore_empty_lines=False
                ),
                convert_options=csv.ConvertOptions(
                    column_types=dict(zip(names, kinds, strict=True)), null_values=["", "null"]
                ),
            )
            for batch in reader:
                if any(batch.column(at).null_count for at in (0, 1)):
                    return
                yield batch
            yield None
    except pa.ArrowInvalid:
        return


FORMAT = Format(
    name="long_csv",
    title="CSV with meter, start and amount",
    recognises=_recognises,
    read=read,
    mapping_keys=frozenset({"time_zone", "consumption_type"}),
)
