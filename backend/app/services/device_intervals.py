"""What devices send: amounts of intervals, in any order and as often as they like.

A meter has one import of format "device"; its block of a day is updated where it is, the value
that arrives last winning, so that a year of messages is not 35,000 imports.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.db import TenantSession, table_of, tenant_filter
from app.errors import Conflict, NotFound, invalid_field
from app.importers.blocks import MAX_INTERVAL, DayBlock, is_step
from app.models import Import, ImportStatus, IntervalBlock, Meter, Source
from app.services import interval_blocks, interval_compare, meters, overlay
from app.services.interval_compare import Comparison
from app.services.meters import TakenMeter
from app.services.overlay import Layer
from app.services.series import start_of
from app.utils.codes import Code
from app.utils.periods import DAY_SECONDS, day_seconds, local_today, steps_in_day
from app.utils.units import FACTORS, base_unit, to_base

FORMAT = "device"
BLOCKS, METERS = table_of(IntervalBlock), table_of(Meter)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Amounts of consecutive intervals in `unit`, the first from `start`; None says nothing.

    `pointer` leads to it in the request.
    """

    meter_id: int
    start: datetime
    step_seconds: int
    unit: str
    amounts: Sequence[Decimal | int | None]
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of the amounts for one meter; days are local, None when there was no amount."""

    meter_id: int
    import_id: int | None
    counts: Comparison
    first: date | None
    last: date | None


def receive(
    session: TenantSession, deliveries: Sequence[Delivery], now: datetime
) -> list[Received]:
    """Store what devices sent, by meter in the order of their ids; all of it or nothing.

    Raises NotFound, Conflict for a meter that is archived or not fed by intervals, Invalid for a
    step, a start, a unit or an amount that cannot be, naming the field and the limit.
    """
    by_meter: dict[int, list[Delivery]] = {}
    for delivery in deliveries:
        by_meter.setdefault(delivery.meter_id, []).append(delivery)
    return [_receive(session, by_meter[meter_id], now) for meter_id in sorted(by_meter)]


def _receive(session: TenantSession, deliveries: Sequence[Delivery], now: datetime) -> Received:
    pointer = deliveries[0].pointer
    meter = meters.take(session, deliveries[0].meter_id, pointer=pointer)
    refuse_unfit(meter, pointer)
    new: dict[date, list[Layer]] = {}
    for delivery in deliveries:
        for day, layer in _days(meter, delivery, now):
            new.setdefault(day, []).append(layer)
    if not new:
        return Received(meter.id, None, Comparison(), None, None)
    blocks = [_block(meter, day, layers) for day, layers in sorted(new.items())]
    counts = interval_compare.compare(session, meter.id, blocks)
    record = own_import(session, meter, now)
    merged = _merged(session, meter, record.id, blocks)
    interval_blocks.store(session, record.id, meter.id, merged, is_update=True)
    count(record, counts, blocks)
    session.flush()
    return Received(meter.id, record.id, counts, blocks[0].day, blocks[-1].day)


def refuse_unfit(meter: TakenMeter, pointer: str = "") -> None:
    """Check that intervals may be written to the meter. Raises Conflict."""
    if meter.archived_at is not None:
        detail = "This meter is archived; restore it before adding intervals."
        raise Conflict(meters.at(pointer, detail), code=Code.METER_ARCHIVED)
    if meter.source != Source.INTERVALS:
        detail = f"This meter is fed by {meter.source}, not by intervals."
        raise Conflict(
            meters.at(pointer, detail),
            code=Code.METER_FED_OTHERWISE,
            params={"source": meter.source},
        )


def _days(meter: TakenMeter, delivery: Delivery, now: datetime) -> Iterator[tuple[date, Layer]]:
    """Cut amounts into local days. Raises Invalid."""
    step, zone, at = delivery.step_seconds, meter.time_zone, delivery.pointer
    if not is_step(step):
        detail = "must be whole minutes that divide 24 hours evenly, 60 to 86,400 seconds"
        raise invalid_field(f"{at}/step_seconds", detail, Code.NOT_ON_STEP)
    amounts = _in_base_unit(meter, delivery)
    latest = local_today(zone, now) + timedelta(days=1)
    instant, index = int(delivery.start.timestamp()), 0
    while index < len(amounts):
        day = datetime.fromtimestamp(instant, UTC).astimezone(ZoneInfo(zone)).date()
        start = start_of(day, zone)
        count = steps_in_day(day, zone, step)
        if day > latest:
            detail = f"reaches {day}, and {latest} (tomorrow in {zone}) is the last day"
            raise invalid_field(f"{at}/start", detail, Code.AFTER_TOMORROW, latest=str(latest))
        if (instant - start) % step or delivery.start.microsecond or not count:
            raise _off_step(delivery, index, zone)
        place = (instant - start) // step
        part = amounts[index : index + count - place]
        day_amounts = [None] * place + part + [None] * (count - place - len(part))
        yield day, Layer(step, day_amounts)
        index += len(part)
        end = start + day_seconds(day, zone)
        instant = end if step == DAY_SECONDS or place + len(part) == count else instant


def _off_step(delivery: Delivery, index: int, zone: str) -> Exception:
    step = delivery.step_seconds
    which = "does" if index == 0 else f"with amount {index} does"
    detail = f"{which} not lie a multiple of {step:,} seconds after the local midnight in {zone}"
    return invalid_field(
        f"{delivery.pointer}/start", detail, Code.NOT_ON_STEP, step_seconds=step, time_zone=zone
    )


def _in_base_unit(meter: TakenMeter, delivery: Delivery) -> list[float | None]:
    at = delivery.pointer
    if delivery.unit not in FACTORS or base_unit(delivery.unit) != meter.unit:
        detail = f"the meter counts {meter.unit}; {delivery.unit} cannot be converted to that"
        raise invalid_field(f"{at}/unit", detail, Code.UNIT_NOT_CONVERTIBLE, unit=meter.unit)
    found: list[float | None] = []
    for index, amount in enumerate(delivery.amounts):
        value = None if amount is None else float(to_base(Decimal(amount), delivery.unit))
        if value is not None and value > MAX_INTERVAL:
            detail = f"must be at most {MAX_INTERVAL:,.0f} {meter.unit} in an interval"
            raise invalid_field(
                f"{at}/amounts/{index}", detail, Code.ABOVE_MAXIMUM, max=MAX_INTERVAL
            )
        found.append(value)
    return found


def _block(meter: TakenMeter, day: date, layers: Sequence[Layer]) -> DayBlock:
    seconds = day_seconds(day, meter.time_zone)
    found = layers[0] if len(layers) == 1 else overlay.overlay(layers, seconds)
    return DayBlock("", day, found.step_seconds, found.amounts, found.quality)


def _merged(
    session: TenantSession, meter: TakenMeter, import_id: int, blocks: Sequence[DayBlock]
) -> list[DayBlock]:
    """Lay new blocks over those that the device has sent before; unchanged ones are left out."""
    before = _before(session, meter.id, import_id, [block.day for block in blocks])
    found = []
    for block in blocks:
        layer, old = Layer(block.step_seconds, block.amounts, block.quality), before.get(block.day)
        merged = _block(meter, block.day, [layer] if old is None else [old, layer])
        if old is None or list(merged.amounts) != old.amounts or merged.quality != old.quality:
            found.append(merged)
    return found


def _before(
    session: TenantSession, meter_id: int, import_id: int, days: Sequence[date]
) -> Mapping[date, Layer]:
    rows = session.execute(
        select(BLOCKS.c.day, BLOCKS.c.step_seconds, BLOCKS.c.amounts, BLOCKS.c.quality).where(
            tenant_filter(BLOCKS, session),
            BLOCKS.c.meter_id == meter_id,
            BLOCKS.c.import_id == import_id,
            BLOCKS.c.day.in_(days),
        )
    )
    return {row.day: Layer(row.step_seconds, row.amounts, row.quality) for row in rows}


def own_import(session: TenantSession, meter: TakenMeter, now: datetime) -> Import:
    """Give the import that a meter's device writes to; once undone, it has a new one."""
    found = session.scalars(
        select(Import)
        .where(
            Import.meter_id == meter.id,
            Import.format == FORMAT,
            Import.status == ImportStatus.DONE,
        )
        .order_by(Import.id.desc())
        .limit(1)
    ).one_or_none()
    return found or made_import(session, meter, FORMAT, FORMAT, now)


def made_import(
    session: TenantSession, meter: TakenMeter, format_: str, name: str, now: datetime, rank: int = 0
) -> Import:
    """Make an import that comes from no file."""
    row = session.execute(
        select(METERS.c.name).where(tenant_filter(METERS, session), METERS.c.id == meter.id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such meter.", code=Code.NO_SUCH_METER)
    described = {
        "id": meter.id,
        "name": row.name,
        "consumption_type": meter.consumption_type,
        "unit": meter.unit,
        "is_new": False,
        "added": 0,
    }
    record = Import(
        account_id=session.account_id,
        meter_id=meter.id,
        file_name=name,
        sha256=hashlib.sha256(f"{format_} {meter.id} {name}".encode()).hexdigest(),
        size_bytes=0,
        format=format_,
        mode="all",
        status=ImportStatus.DONE,
        counts=dict.fromkeys(("added", "changed", "unchanged", "rejected", "ignored"), 0)
        | {"problems": 0},
        meters=[described],
        warnings=[],
        problems=[],
        created_by=session.user_id,
        created_at=now,
        rank=rank,
    )
    session.add(record)
    session.flush()
    return record


def count(record: Import, counts: Comparison, blocks: Sequence[DayBlock]) -> None:
    """Add to what the import says of itself."""
    record.counts = record.counts | {
        name: record.counts[name] + getattr(counts, name)
        for name in ("added", "changed", "unchanged")
    }
    record.meters = [meter | {"added": record.counts["added"]} for meter in record.meters]
    record.range_start = min(record.range_start or blocks[0].day, blocks[0].day)
    record.range_end = max(record.range_end or blocks[-1].day, blocks[-1].day)
