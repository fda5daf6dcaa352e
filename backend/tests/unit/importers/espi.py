"""Builds small Green Button files for tests."""

from collections.abc import Iterable

FEED = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"'
    ' xmlns:espi="http://naesb.org/espi">\n<id>urn:uuid:1</id>\n{}\n</feed>\n'
)
POINT, READING, TYPE = "/UsagePoint/1", "/UsagePoint/1/MeterReading/1", "/ReadingType/1"


def feed(*entries: str) -> str:
    return FEED.format("\n".join(entries))


def entry(
    content: str,
    own: str = "",
    up: str = "",
    related: Iterable[str] = (),
    title: str = "",
    *,
    links_last: bool = False,
) -> str:
    links = "".join(
        f'<link rel="{rel}" href="{href}"/>'
        for rel, href in (("self", own), ("up", up), *(("related", r) for r in related))
        if href
    )
    body = f"<content>{content}</content>"
    ordered = body + links if links_last else links + body
    return f"<entry><id>x</id><title>{title}</title>{ordered}</entry>"


def thing(name: str, **fields: object) -> str:
    """Return an ESPI object of simple fields."""
    inner = "".join(f"<espi:{key}>{value}</espi:{key}>" for key, value in fields.items())
    return f"<espi:{name}>{inner}</espi:{name}>"


def point(kind: int = 0, own: str = POINT) -> str:
    inner = f"<espi:UsagePoint>{thing('ServiceCategory', kind=kind)}</espi:UsagePoint>"
    return entry(inner, own, "/UsagePoint", [f"{own}/MeterReading"], "Home")


def meter_reading(own: str = READING, reading_type: str = TYPE) -> str:
    up = own.rsplit("/", 1)[0]
    return entry("<espi:MeterReading/>", own, up, [f"{own}/IntervalBlock", reading_type])


def reading_type(own: str = TYPE, **fields: object) -> str:
    usual = {
        "accumulationBehaviour": 4,
        "commodity": 1,
        "flowDirection": 1,
        "intervalLength": 3600,
        "kind": 12,
        "powerOfTenMultiplier": 0,
        "uom": 72,
    }
    said = {name: value for name, value in (usual | fields).items() if value is not None}
    return entry(thing("ReadingType", **said), own, "/ReadingType")


def reading(
    start: int | None,
    value: object,
    seconds: int | None = 3600,
    *,
    cost: int | None = None,
    quality: Iterable[int] = (),
) -> str:
    parts = [f"<espi:cost>{cost}</espi:cost>" if cost is not None else ""]
    parts += [thing("ReadingQuality", quality=code) for code in quality]
    if start is not None:
        length = "" if seconds is None else f"<espi:duration>{seconds}</espi:duration>"
        parts.append(f"<espi:timePeriod>{length}<espi:start>{start}</espi:start></espi:timePeriod>")
    parts.append("" if value is None else f"<espi:value>{value}</espi:value>")
    return f"<espi:IntervalReading>{''.join(parts)}</espi:IntervalReading>"


def block(*readings: str, start: int = 0, own: str = READING, links_last: bool = False) -> str:
    interval = thing("interval", duration=86400, start=start)
    inner = f"<espi:IntervalBlock>{interval}{''.join(readings)}</espi:IntervalBlock>"
    up = f"{own}/IntervalBlock"
    return entry(inner, f"{up}/1", up, links_last=links_last)


def usual(*readings: str, service: int = 0, start: int = 0, **type_fields: object) -> str:
    """Return a feed of one block whose reading type has these fields."""
    return feed(
        point(service),
        meter_reading(),
        reading_type(**type_fields),
        block(*readings, start=start),
    )
