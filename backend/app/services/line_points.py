"""What line protocol says of meters (docs/api.md): amounts of intervals, by name."""

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import select

from app.db import TenantSession, table_of, tenant_filter
from app.errors import NotFound, invalid_field
from app.importers.line_protocol import BadLine, Point, read
from app.models import Meter
from app.schemas.common import MAX_AMOUNT
from app.services import device_intervals
from app.services.device_intervals import Delivery
from app.utils.codes import Code
from app.utils.units import canonical_unit

METERS = table_of(Meter)
MAX_POINTS = 10_000
_AMOUNT, _METER, _STEP, _UNIT = "amount", "meter", "step", "unit"


def write(session: TenantSession, text: str, precision: str, now: datetime) -> int:
    """Store the points of a text, all or none, and give their number.

    Raises Invalid and NotFound, which name the line, and what `device_intervals.receive` raises.
    """
    try:
        points = list(read(text, precision))
    except BadLine as error:
        detail = f"line {error.line}: {error.detail}"
        raise invalid_field(f"#line/{error.line}", detail, line=error.line) from error
    if len(points) > MAX_POINTS:
        detail = f"at most {MAX_POINTS:,} points at once, these are {len(points):,}"
        raise invalid_field("", detail, Code.TOO_MANY, max=MAX_POINTS)
    meters_by_name = known(session)
    device_intervals.receive(session, [_delivery(point, meters_by_name) for point in points], now)
    return len(points)


def known(session: TenantSession) -> dict[str, list[tuple[int, str]]]:
    """Give the meters, with their units, by what devices call them and by their names."""
    rows = session.execute(
        select(METERS.c.id, METERS.c.name, METERS.c.external_id, METERS.c.unit).where(
            tenant_filter(METERS, session)
        )
    ).all()
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for row in rows:
        if row.external_id is not None:
            found[row.external_id].append((row.id, row.unit))
    taken = set(found)
    for row in rows:
        if row.name not in taken:
            found[row.name].append((row.id, row.unit))
    return found


def _delivery(point: Point, known: dict[str, list[tuple[int, str]]]) -> Delivery:
    at = f"#line/{point.line}"
    meter_id, base_unit = _meter(point, known, at)
    amount = point.fields.get(_AMOUNT)
    if not isinstance(amount, Decimal) or isinstance(amount, bool):
        detail = f"line {point.line}: the field amount is required, as a number"
        raise invalid_field(f"{at}/amount", detail, Code.REQUIRED)
    if not 0 <= amount <= MAX_AMOUNT or not _has_decimals(amount):
        detail = f"line {point.line}: an amount is 0 to {MAX_AMOUNT}, with at most 30 decimals"
        raise invalid_field(f"{at}/amount", detail, Code.ABOVE_MAXIMUM, max=float(MAX_AMOUNT))
    if point.at is None:
        detail = f"line {point.line}: a timestamp is required, the start of the interval"
        raise invalid_field(f"{at}/timestamp", detail, Code.REQUIRED)
    try:
        start = datetime.fromtimestamp(point.at, UTC)
    except (ValueError, OverflowError, OSError) as error:
        detail = f"line {point.line}: is no instant; is the precision right?"
        raise invalid_field(f"{at}/timestamp", detail, Code.NOT_AN_INSTANT) from error
    said = point.tags.get(_UNIT)
    unit = base_unit if said is None else canonical_unit(said) or said
    return Delivery(meter_id, start, _step(point, at), unit, [amount], at)


def _has_decimals(amount: Decimal) -> bool:
    """Whether an amount has no more decimals than can be converted."""
    return int(amount.as_tuple().exponent) >= -30


def _meter(point: Point, known: dict[str, list[tuple[int, str]]], at: str) -> tuple[int, str]:
    name = point.tags.get(_METER)
    if name is None:
        detail = f"line {point.line}: the tag meter is required, a meter's external id or name"
        raise invalid_field(f"{at}/meter", detail, Code.REQUIRED)
    found = known.get(name, [])
    if len(found) > 1:
        detail = f"line {point.line}: several meters are called so by devices; use their names"
        raise invalid_field(f"{at}/meter", detail, Code.NOT_ONE_OF)
    if not found:
        raise NotFound(f"line {point.line}: There is no such meter.", code=Code.NO_SUCH_METER)
    return found[0]


def _step(point: Point, at: str) -> int:
    said = point.tags.get(_STEP, "")
    if not (said.isascii() and said.isdigit() and len(said) <= 6):
        detail = f"line {point.line}: the tag step is required, the interval's length in seconds"
        raise invalid_field(f"{at}/step", detail, Code.REQUIRED)
    return int(said)
