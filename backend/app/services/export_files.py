"""Files for download, each written as a whole from one state of the account before it is sent."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import IO, Any

import orjson

from app.db import TenantSession
from app.errors import Invalid
from app.exporters import green_button, series, tables
from app.exporters.series import Described
from app.services import exports
from app.services.consumption_list import Filters
from app.services.record_json import as_json
from app.utils.codes import Code
from app.utils.periods import day_seconds

CSV, XLSX, JSON, XML = "csv", "xlsx", "json", "xml"
INTERVAL, DAY = "interval", "day"
SERIES_SHEET, RECORDS_SHEET = "Intervals", "Records"
"""Names of the sheets by which our own import knows what a spreadsheet holds."""


@dataclass(frozen=True, slots=True)
class Made:
    """A file that has been written: its name, made here and not from what users say, and rows."""

    name: str
    rows: int


@dataclass(frozen=True, slots=True)
class Range:
    """Local days of a meter, both ends included; None has no limit."""

    first: date | None
    last: date | None

    def written(self) -> str:
        """Give the range as a part of a file's name."""
        return "".join(f"-{day}" for day in (self.first, self.last) if day is not None)


def write_records(
    file: IO[bytes],
    session: TenantSession,
    kind: str,
    filters: Filters,
    sort: str,
    now: datetime,
) -> Made:
    """Write records as `kind`. Raises Invalid when a sheet cannot hold them."""
    if kind == JSON:
        chunks = (as_json(chunk) for chunk in exports.records(session, filters, sort))
        head = orjson.dumps({"meters": exports.named_meters(session)})[:-1] + b',"items":['
        count = _write_list(file, head, (item for chunk in chunks for item in chunk))
        file.write(b"]}")
    else:
        rows = exports.record_rows(session, filters, sort)
        count = _write_table(file, kind, RECORDS_SHEET, exports.RECORD_COLUMNS, rows)
    return Made(f"consumo-records-{now:%Y-%m-%d}.{kind}", count)


def write_series(
    file: IO[bytes],
    session: TenantSession,
    kind: str,
    meter_id: int,
    within: Range,
    resolution: str | None,
) -> Made:
    """Write a meter's intervals or days as `kind`. Raises NotFound, and Invalid as above."""
    meter = exports.described(session, meter_id)
    found = exports.days(session, meter, within.first, within.last)
    is_fine = resolution == INTERVAL or (
        resolution is None and exports.is_fed_by_intervals(session, meter)
    )
    if kind == JSON:
        count = _write_series_json(file, meter, within, found, is_fine=is_fine)
    else:
        has_quality = is_fine and exports.has_quality(session, meter, within.first, within.last)
        table = series.Table(meter, has_quality)
        rows = table.intervals(found) if is_fine else table.days(found)
        count = _write_table(file, kind, SERIES_SHEET, table.header, rows)
    return Made(_series_name(meter, within, kind), count)


def write_feed(
    file: IO[bytes], session: TenantSession, meter_id: int, within: Range, now: datetime
) -> Made:
    """Write a meter's intervals as Green Button. Raises NotFound, Invalid when there are none."""
    meter = exports.described(session, meter_id)
    feed = exports.feed(session, meter, within.first, within.last, now)
    found = exports.days(session, meter, within.first, within.last)
    count = green_button.write_feed(file, feed, found)
    return Made(_series_name(meter, within, XML), count)


def _series_name(meter: Described, within: Range, kind: str) -> str:
    return f"consumo-meter-{meter.id}{within.written()}.{kind}"


def _write_table(
    file: IO[bytes], kind: str, sheet: str, header: Sequence[str], rows: tables.Rows
) -> int:
    if kind == CSV:
        return tables.write_csv(file, header, rows)
    try:
        return tables.write_xlsx(file, sheet, header, rows)
    except tables.TooManyRows as error:
        raise Invalid(
            f"A sheet holds at most {tables.MAX_SHEET_ROWS:,} rows below its header: narrow the"
            " range, or take CSV.",
            code=Code.TOO_MANY,
            params={"max": tables.MAX_SHEET_ROWS},
        ) from error


def _write_series_json(
    file: IO[bytes], meter: Described, within: Range, days: series.Days, *, is_fine: bool
) -> int:
    head = {
        "meter": asdict(meter),
        "resolution": INTERVAL if is_fine else DAY,
        "first": within.first,
        "last": within.last,
    }
    readings = _fine(meter, days) if is_fine else _coarse(meter, days)
    count = _write_list(file, orjson.dumps(head)[:-1] + b',"readings":[', readings)
    file.write(b"]}")
    return count


def _fine(meter: Described, days: series.Days) -> Iterator[dict[str, Any]]:
    for day in days:
        for value in series.values(day):
            start = series.local_text(value.start, meter.time_zone)
            yield {
                "start": start,
                "seconds": value.seconds,
                "amount": value.amount,
                "quality": value.quality,
            }


def _coarse(meter: Described, days: series.Days) -> Iterator[dict[str, Any]]:
    for day in days:
        yield {
            "start": day.day.isoformat(),
            "seconds": day_seconds(day.day, meter.time_zone),
            "amount": float(day.amount),
            "quality": None,
        }


def _write_list(file: IO[bytes], head: bytes, items: Iterable[Any]) -> int:
    file.write(head)
    count = 0
    for count, item in enumerate(items, start=1):
        file.write(b",\n" if count > 1 else b"\n")
        file.write(orjson.dumps(item, option=orjson.OPT_UTC_Z))
    return count
