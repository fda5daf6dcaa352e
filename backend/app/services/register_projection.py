"""The projection of register meters: what their reads say, as days and months.

The caller holds the meter (`meters.take`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select

from app.db import TenantSession, table_of, tenant_filter
from app.errors import NotFound
from app.models import Meter, ReadKind, RegisterRead, Site, Source
from app.services import day_rows, dial_days, meters
from app.services.dials import Dial, Read, Segment, in_order, segments
from app.utils.codes import Code
from app.utils.periods import GroupBy, bucket_end, bucket_start, day_bounds

READS = table_of(RegisterRead)
METERS, SITES = table_of(Meter), table_of(Site)
SECOND = timedelta(seconds=1)
_COLUMNS = tuple(READS.c[name] for name in Read.__slots__)


@dataclass(frozen=True, slots=True)
class RegisterMeter:
    """What the reads of a meter are turned into amounts with."""

    id: int
    unit: str
    source: str
    archived_at: datetime | None
    time_zone: str
    dial: Dial


@dataclass(frozen=True, slots=True)
class Stretch:
    """Reads in order, from an actual one or the meter's first; `dial` is that of the first."""

    reads: list[Read]
    dial: Dial


@dataclass(frozen=True, slots=True)
class Touched:
    """The instants at which reads came, went or changed, and whether a dial began at one."""

    first: datetime
    last: datetime
    begins_dial: bool

    @classmethod
    def by(cls, reads: Iterable[Read]) -> "Touched":
        """Give what these reads touch; there is at least one."""
        found = list(reads)
        instants = [read.read_at for read in found]
        return cls(min(instants), max(instants), any(read.is_initial for read in found))


def read_of(row: Row[Any]) -> Read:
    """Give a row of `register_reads` as a read of a dial."""
    return Read(*(getattr(row, name) for name in Read.__slots__))


def register_meter(session: TenantSession, meter_id: int) -> RegisterMeter:
    """Give a meter with its dial. Raises NotFound."""
    columns = (METERS.c.id, METERS.c.unit, METERS.c.source, METERS.c.archived_at)
    row = session.execute(
        select(*columns, SITES.c.time_zone, METERS.c.multiplier, METERS.c.register_digits)
        .join(SITES, (SITES.c.account_id == METERS.c.account_id) & (SITES.c.id == METERS.c.site_id))
        .where(tenant_filter(METERS, session), METERS.c.id == meter_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such meter.", code=Code.NO_SUCH_METER)
    return RegisterMeter(*row[:5], Dial(row.multiplier, row.register_digits))


def stretch(session: TenantSession, meter: RegisterMeter, low: datetime, high: datetime) -> Stretch:
    """Read from the last actual read at or before `low` to the first at or after `high`."""
    first = _instant(session, meter.id, func.max, READS.c.read_at <= low, _is_actual())
    last = _instant(session, meter.id, func.min, READS.c.read_at >= high, _is_actual())
    reads = _reads(session, meter.id, first, last)
    dial = meter.dial if first is None else _dial_before(session, meter, first)
    return Stretch(reads, dial)


def around(session: TenantSession, meter: RegisterMeter, touched: Touched) -> Stretch:
    """Read what a change bears on: back to the actual read before it, on to the one after it,
    and through a whole dial when one begins (or began) there."""
    high = touched.last + SECOND
    if touched.begins_dial:
        after = READS.c.read_at >= high
        next_dial = _instant(session, meter.id, func.min, after, _is_initial())
        high = next_dial or max(high, _instant(session, meter.id, func.max) or high)
    return stretch(session, meter, touched.first - SECOND, high)


def project(session: TenantSession, meter: RegisterMeter, touched: Touched) -> None:
    """Bring days and months up to date after reads changed."""
    reads = around(session, meter, touched).reads
    ends = [read.read_at for read in (*reads[:1], *reads[-1:])]
    start, end = min([touched.first, *ends]), max([touched.last, *ends])
    first, last = (dial_days.day_of(instant, meter.time_zone) for instant in (start, end))
    _replace(session, meter, first, last)


def project_all(session: TenantSession, meter_id: int) -> None:
    """Project a meter anew, after its dial's properties or its time zone changed."""
    meters.take(session, meter_id)
    meter = register_meter(session, meter_id)
    found = session.execute(
        select(METERS.c.first_day, METERS.c.last_day).where(
            tenant_filter(METERS, session), METERS.c.id == meter_id
        )
    ).one()
    reads = _reads(session, meter_id, None, None)
    if not reads:
        return
    days = [dial_days.day_of(read.read_at, meter.time_zone) for read in reads]
    days += [day for day in found if day is not None]
    _replace(session, meter, min(days), max(days))


def project_site(session: TenantSession, site_id: int) -> None:
    """Project the register meters of a site anew, after its time zone changed."""
    statement = (
        select(METERS.c.id)
        .where(
            tenant_filter(METERS, session),
            METERS.c.site_id == site_id,
            METERS.c.source == Source.REGISTER,
        )
        .order_by(METERS.c.id)
    )
    for meter_id in session.scalars(statement).all():
        project_all(session, meter_id)


def expected(session: TenantSession, meter_id: int) -> dial_days.Spread:
    """Compute all days and months of a meter from all its reads."""
    meter = register_meter(session, meter_id)
    reads = _reads(session, meter_id, None, None)
    if not reads:
        return dial_days.Spread([], {})
    days = [dial_days.day_of(read.read_at, meter.time_zone) for read in (reads[0], reads[-1])]
    return dial_days.spread(segments(reads, meter.dial), meter.time_zone, *days)


def all_reads(session: TenantSession, meter_id: int) -> list[Read]:
    """Give all reads of a meter in order."""
    return _reads(session, meter_id, None, None)


def initial_before(session: TenantSession, meter_id: int, instant: datetime) -> Read | None:
    """Give the read that the dial of just before an instant began with, if there is one."""
    statement = (
        select(*_COLUMNS)
        .where(
            tenant_filter(READS, session),
            READS.c.meter_id == meter_id,
            READS.c.read_at < instant,
            _is_initial(),
        )
        .order_by(READS.c.read_at.desc())
        .limit(1)
    )
    row = session.execute(statement).one_or_none()
    return None if row is None else Read(*row)


def segments_of(meter: RegisterMeter, found: Stretch) -> list[Segment]:
    """Give the segments of a stretch."""
    return segments(found.reads, meter.dial, found.dial)


def nearby(
    session: TenantSession, meter: RegisterMeter, instant: datetime, count: int
) -> list[Segment]:
    """Give the segments between the `count` reads before an instant and as many after it."""
    sides = (
        (READS.c.read_at < instant, READS.c.read_at.desc()),
        (READS.c.read_at >= instant, READS.c.read_at.asc()),
    )
    ends = [instant, instant]
    for side, (condition, order) in enumerate(sides):
        statement = (
            select(READS.c.read_at)
            .where(tenant_filter(READS, session), READS.c.meter_id == meter.id, condition)
            .order_by(order)
            .limit(count)
        )
        ends[side] = [instant, *session.scalars(statement)][-1]
    return segments_of(meter, stretch(session, meter, *ends))


def _replace(session: TenantSession, meter: RegisterMeter, first: date, last: date) -> None:
    low, _ = day_bounds(bucket_start(first, GroupBy.MONTH), meter.time_zone)
    _, high = day_bounds(bucket_end(last, GroupBy.MONTH), meter.time_zone)
    found = segments_of(meter, stretch(session, meter, low, high))
    spread = dial_days.spread(found, meter.time_zone, first, last)
    day_rows.replace(
        session, meter.id, first, last, spread.days, month_estimates=spread.month_estimates
    )


def _is_actual() -> ColumnElement[bool]:
    return READS.c.kind != ReadKind.ESTIMATED


def _is_initial() -> ColumnElement[bool]:
    return READS.c.kind == ReadKind.INITIAL


def _instant(
    session: TenantSession, meter_id: int, choose: Any, *conditions: ColumnElement[bool]
) -> datetime | None:
    statement = select(choose(READS.c.read_at)).where(
        tenant_filter(READS, session), READS.c.meter_id == meter_id, *conditions
    )
    return session.scalar(statement)


def _reads(
    session: TenantSession, meter_id: int, first: datetime | None, last: datetime | None
) -> list[Read]:
    statement = select(*_COLUMNS).where(tenant_filter(READS, session), READS.c.meter_id == meter_id)
    if first is not None:
        statement = statement.where(READS.c.read_at >= first)
    if last is not None:
        statement = statement.where(READS.c.read_at <= last)
    return in_order(Read(*row) for row in session.execute(statement))


def _dial_before(session: TenantSession, meter: RegisterMeter, instant: datetime) -> Dial:
    found = initial_before(session, meter.id, instant)
    return meter.dial if found is None else found.dial(meter.dial)
