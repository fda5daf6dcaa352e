"""A meter's intervals as Green Button: an Atom feed of ESPI 4.0 objects (NAESB REQ.21).

Values are whole numbers of 10^-6 Wh, or 10^-9 m³: a billionth of the base unit, coarser only
where 48 bits could not hold the largest. Each reading has its own time period, so gaps stay gaps
and the resolution may change from day to day.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO
from xml.sax.saxutils import escape

from app.exporters.espi_time import local_time
from app.exporters.series import Day, Days, Described, Value, values
from app.utils.own_feed import OWN_ADDRESS, OWN_SUBSTITUTE
from app.utils.quality import (
    DERIVED,
    ESTIMATED,
    MANUAL,
    PROJECTED,
    QUESTIONABLE,
    SUBSTITUTED,
)

MAX_VALUE = 2**47
QUALITY_CODES = {
    ESTIMATED: 8,
    SUBSTITUTED: OWN_SUBSTITUTE,
    MANUAL: 7,
    QUESTIONABLE: 10,
    DERIVED: 11,
    PROJECTED: 12,
}
"""ESPI's ReadingQuality of our letters; measured values have none."""
_SERVICES = {"electricity": 0, "gas": 1, "water": 2}
_COMMODITIES = {"electricity": 1, "gas": 7, "water": 9}
_ENERGY, _VOLUME, _WATT_HOURS, _CUBIC_METRES = 12, 58, 72, 42
_DELIVERED, _RECEIVED, _DELTA_DATA = 1, 19, 4
_NAMESPACE = uuid.UUID("8f1b3f0c-7f55-5d0b-9d0e-5a3f3a9be1c4")


@dataclass(frozen=True, slots=True)
class Feed:
    """What the whole feed needs to know before its first value.

    `largest` is the largest amount, regardless of sign; `steps` are the lengths of intervals.
    """

    meter: Described
    made_at: datetime
    largest: float
    steps: frozenset[int]

    @property
    def decimals(self) -> int:
        """How many decimals of the base unit are written."""
        return next((d for d in (9, 6, 3) if self.largest * 10**d < MAX_VALUE), 0)


def write_feed(file: IO[bytes], feed: Feed, days: Days) -> int:
    """Write the feed and give the number of its readings."""
    count = 0
    for part in _head(feed):
        file.write(part.encode())
    for day in days:
        found = list(values(day))
        if found:
            count += len(found)
            file.write(_block(feed, day, found).encode())
    file.write(b"</feed>\n")
    return count


def _head(feed: Feed) -> Iterator[str]:
    place = _point(feed)
    reading = f"{place}/MeterReading/1"
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<id>{_id(feed, 'feed')}</id>\n<title>Green Button Usage Feed</title>\n"
        f"<updated>{_instant(feed.made_at)}</updated>\n"
    )
    service = f"<ServiceCategory><kind>{_SERVICES[feed.meter.consumption_type]}</kind>"
    related = (f"{place}/MeterReading", "/LocalTimeParameters/1")
    content = f"<UsagePoint>{service}</ServiceCategory></UsagePoint>"
    yield _entry(feed, place, f"{OWN_ADDRESS}UsagePoint", related, content, feed.meter.name)
    local = local_time(feed.meter.time_zone)
    content = (
        f"<LocalTimeParameters><dstEndRule>{local.dst_end_rule}</dstEndRule>"
        f"<dstOffset>{local.dst_offset}</dstOffset>"
        f"<dstStartRule>{local.dst_start_rule}</dstStartRule>"
        f"<tzOffset>{local.tz_offset}</tzOffset></LocalTimeParameters>"
    )
    yield _entry(
        feed, "/LocalTimeParameters/1", "/LocalTimeParameters", (), content, feed.meter.time_zone
    )
    related = (f"{reading}/IntervalBlock", "/ReadingType/1")
    yield _entry(feed, reading, f"{place}/MeterReading", related, "<MeterReading/>", "Readings")
    yield _entry(feed, "/ReadingType/1", "/ReadingType", (), _reading_type(feed), "Type of reading")


def _reading_type(feed: Feed) -> str:
    meter = feed.meter
    is_energy = meter.unit == "kWh"
    length = ""
    if len(feed.steps) == 1:
        length = f"<intervalLength>{min(feed.steps)}</intervalLength>"
    direction = _RECEIVED if meter.direction == "export" else _DELIVERED
    multiplier = (3 if is_energy else 0) - feed.decimals
    return (
        f"<ReadingType><accumulationBehaviour>{_DELTA_DATA}</accumulationBehaviour>"
        f"<commodity>{_COMMODITIES[meter.consumption_type]}</commodity>"
        f"<flowDirection>{direction}</flowDirection>{length}"
        f"<kind>{_ENERGY if is_energy else _VOLUME}</kind>"
        f"<powerOfTenMultiplier>{multiplier}</powerOfTenMultiplier>"
        f"<uom>{_WATT_HOURS if is_energy else _CUBIC_METRES}</uom></ReadingType>"
    )


def _block(feed: Feed, day: Day, found: list[Value]) -> str:
    up = f"{_point(feed)}/MeterReading/1/IntervalBlock"
    readings = "".join(_reading(value, feed.decimals) for value in found)
    interval = _period("interval", day.start, day.end - day.start)
    content = f"<IntervalBlock>{interval}{readings}</IntervalBlock>"
    return _entry(feed, f"{up}/{day.day:%Y%m%d}", up, (), content, "")


def _reading(value: Value, decimals: int) -> str:
    code = QUALITY_CODES.get(value.quality)
    quality = "" if code is None else f"<ReadingQuality><quality>{code}</quality></ReadingQuality>"
    number = round(value.amount * 10**decimals)
    period = _period("timePeriod", value.start, value.seconds)
    return f"<IntervalReading>{quality}{period}<value>{number}</value></IntervalReading>\n"


def _period(name: str, start: int, seconds: int) -> str:
    return f"<{name}><duration>{seconds}</duration><start>{start}</start></{name}>"


def _entry(
    feed: Feed, place: str, up: str, related: tuple[str, ...], content: str, title: str
) -> str:
    links = "".join(f'<link rel="related" href="{other}"/>' for other in related)
    name, _, rest = content.partition(">")
    is_empty = name.endswith("/")
    name = f'{name.rstrip("/")} xmlns="http://naesb.org/espi"{"/" if is_empty else ""}'
    moment = _instant(feed.made_at)
    return (
        f"<entry><id>{_id(feed, place)}</id>"
        f'<link rel="self" href="{place}"/><link rel="up" href="{up}"/>{links}'
        f"<title>{escape(_printable(title))}</title>\n<content>{name}>{rest}</content>\n"
        f"<published>{moment}</published><updated>{moment}</updated></entry>\n"
    )


def _printable(text: str) -> str:
    """Leave out what XML 1.0 cannot hold."""
    return "".join(c for c in text if c >= " " and c not in "\ufffe\uffff")


def _point(feed: Feed) -> str:
    """Give the address of the meter: our own import knows by it that the title is its name."""
    return f"{OWN_ADDRESS}UsagePoint/{feed.meter.id}"


def _id(feed: Feed, place: str) -> str:
    return uuid.uuid5(_NAMESPACE, f"{feed.meter.id} {place}").urn


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
