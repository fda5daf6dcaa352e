"""Reads as lists show them: with what was used since the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, select, tuple_

from app.db import TenantSession, table_of, tenant_filter
from app.errors import NotFound, invalid_field
from app.models import RegisterRead
from app.services import register_projection as projection
from app.services.dials import ids_that_count
from app.utils.codes import Code
from app.utils.cursors import InvalidCursor, decode, encode
from app.utils.units import from_billionths

READS = table_of(RegisterRead)


@dataclass(frozen=True, slots=True)
class Used:
    """What lies between a read and the one before it that counts; None where there is none."""

    use: Decimal
    seconds: int
    is_rollover: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A stored read; `counts` is false for an estimate that an actual read has followed."""

    row: Row[Any]
    used: Used | None
    counts: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Reads, newest first; the meter's revision when they were read; where to go on."""

    items: list[Listed]
    next_cursor: str | None


def list_page(session: TenantSession, meter_id: int, cursor: str | None, per_page: int) -> Page:
    """List a meter's reads, newest first. Raises NotFound, Invalid for a cursor of another list."""
    projection.register_meter(session, meter_id)
    statement = select(READS).where(tenant_filter(READS, session), READS.c.meter_id == meter_id)
    if cursor is not None:
        key = tuple_(READS.c.read_at, READS.c.id)
        statement = statement.where(key < tuple_(*_place(cursor)))
    order = READS.c.read_at.desc(), READS.c.id.desc()
    rows = session.execute(statement.order_by(*order).limit(per_page + 1)).all()
    shown = rows[:per_page]
    more = len(rows) > per_page
    place = encode([shown[-1].read_at.isoformat(), shown[-1].id]) if more else None
    return Page(listed(session, meter_id, shown), place)


def get(session: TenantSession, meter_id: int, read_id: int) -> Listed:
    """Give one read. Raises NotFound."""
    return listed(session, meter_id, [row_of(session, meter_id, read_id)])[0]


def row_of(session: TenantSession, meter_id: int, read_id: int) -> Row[Any]:
    """Give one row of `register_reads`. Raises NotFound."""
    row = session.execute(
        select(READS).where(
            tenant_filter(READS, session), READS.c.meter_id == meter_id, READS.c.id == read_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such read.", code=Code.NO_SUCH_READ)
    return row


def listed(session: TenantSession, meter_id: int, rows: Sequence[Row[Any]]) -> list[Listed]:
    """Give rows of a meter as lists show them."""
    if not rows:
        return []
    meter = projection.register_meter(session, meter_id)
    instants = [row.read_at for row in rows]
    low = min(instants) - projection.SECOND
    found = projection.stretch(session, meter, low, max(instants))
    used = {
        s.end.id: Used(from_billionths(s.billionths), s.seconds, s.is_backward)
        for s in projection.segments_of(meter, found)
        if s.billionths is not None
    }
    that_count = ids_that_count(found.reads)
    return [Listed(row, used.get(row.id), row.id in that_count) for row in rows]


def _place(cursor: str) -> tuple[datetime, int]:
    try:
        instant, read_id = decode(cursor, (str, int))
        return datetime.fromisoformat(instant).astimezone(UTC), read_id
    except (InvalidCursor, ValueError, OverflowError):
        raise invalid_field("?cursor", "is not a cursor of this list", Code.WRONG_CURSOR) from None
