"""Meters as records need them: finding, making, and taking one for writing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, case, func, select, update
from sqlalchemy.exc import IntegrityError

from app.db import Prepared, TenantSession, table_of
from app.errors import Conflict, Invalid, NotFound, Problem, invalid_field, taken
from app.models import Direction, Meter, MeterDay, Site, Source
from app.utils.codes import Code
from app.utils.units import ConsumptionType, base_unit

METERS = table_of(Meter)
SITES = table_of(Site)
DAYS = table_of(MeterDay)


@dataclass(frozen=True, slots=True)
class TakenMeter:
    """A meter whose row this transaction has locked; `time_zone` is its site's."""

    id: int
    consumption_type: str
    unit: str
    source: str
    archived_at: datetime | None
    time_zone: str


@dataclass(frozen=True, slots=True)
class MeterState:
    """What lists and analytics need to know of a meter before they read its data."""

    id: int
    name: str
    consumption_type: str
    unit: str
    direction: str
    revision: int
    record_count: int
    first_day: date | None
    last_day: date | None
    archived_at: datetime | None
    source: str
    time_zone: str


_STATES = Prepared(
    select(*(METERS.c[name] for name in MeterState.__slots__[:-1]), SITES.c.time_zone)
    .join(SITES, (SITES.c.account_id == METERS.c.account_id) & (SITES.c.id == METERS.c.site_id))
    .where(METERS.c.account_id == bindparam("account"))
    .order_by(METERS.c.id)
)


def states(session: TenantSession) -> list[MeterState]:
    """List the account's meters, archived ones included, by id."""
    rows = _STATES.rows(session, {"account": session.account_id})
    return [MeterState(*row) for row in rows]


def fingerprint(found: Sequence[MeterState]) -> str:
    """Give a text that changes whenever data of any of the account's meters does."""
    return f"{len(found)}.{sum(meter.revision for meter in found)}"


_ITS_ZONE = (
    select(SITES.c.time_zone)
    .where(SITES.c.account_id == METERS.c.account_id, SITES.c.id == METERS.c.site_id)
    .correlate(METERS)
    .scalar_subquery()
)
_TAKE = (
    update(METERS)
    .where(METERS.c.account_id == bindparam("account"))
    .values(
        revision=METERS.c.revision + 1,
        record_count=METERS.c.record_count + bindparam("added"),
        first_day=case(
            (METERS.c.first_day <= bindparam("first"), METERS.c.first_day),
            else_=func.coalesce(bindparam("first"), METERS.c.first_day),
        ),
        last_day=case(
            (METERS.c.last_day >= bindparam("last"), METERS.c.last_day),
            else_=func.coalesce(bindparam("last"), METERS.c.last_day),
        ),
    )
    .returning(
        METERS.c.id,
        METERS.c.consumption_type,
        METERS.c.unit,
        METERS.c.source,
        METERS.c.archived_at,
        _ITS_ZONE.label("time_zone"),
    )
)
_TAKE_BY_ID = _TAKE.where(METERS.c.id == bindparam("meter"))
_TAKE_DEFAULT = _TAKE.where(
    METERS.c.is_default,
    METERS.c.consumption_type == bindparam("type"),
    METERS.c.unit == bindparam("base_unit"),
)


def take(
    session: TenantSession,
    meter_id: int,
    *,
    added: int = 0,
    first: date | None = None,
    last: date | None = None,
    pointer: str = "",
) -> TakenMeter:
    """Lock a meter for writing to its data and raise its revision.

    `added` records come to it (or go), which reach from `first` to `last`. Take several meters
    in the order of their ids. Raises NotFound, also when the API key that is behind the session
    is for another meter; `pointer` leads to the record in the request.
    """
    parameters = {"added": added, "first": first, "last": last, "meter": meter_id}
    row = None
    if session.only_meter in (None, meter_id):
        row = session.execute(
            _TAKE_BY_ID, {"account": session.account_id, **parameters}
        ).one_or_none()
    if row is None:
        raise NotFound(at(pointer, "There is no such meter."), code=Code.NO_SUCH_METER)
    return TakenMeter(*row)


def at(pointer: str, detail: str) -> str:
    """Say where in a batch a problem is; `pointer` is empty when there is only one record."""
    return f"{pointer}: {detail}" if pointer else detail


def take_default(
    session: TenantSession,
    consumption_type: str,
    unit: str,
    *,
    added: int = 0,
    first: date | None = None,
    last: date | None = None,
) -> TakenMeter:
    """Lock the account's own meter for what is typed in `unit`, made at its first use."""
    parameters = {
        "account": session.account_id,
        "added": added,
        "first": first,
        "last": last,
        "type": consumption_type,
        "base_unit": base_unit(unit),
    }
    row = session.execute(_TAKE_DEFAULT, parameters).one_or_none()
    if row is None:
        _create_default(session, consumption_type, base_unit(unit))
        row = session.execute(_TAKE_DEFAULT, parameters).one()
    return TakenMeter(*row)


def find_default(session: TenantSession, consumption_type: str, unit: str) -> Meter | None:
    """Give the account's own meter for what is counted in `unit`, if it has been made."""
    return session.scalar(
        select(Meter).where(
            Meter.is_default,
            Meter.consumption_type == consumption_type,
            Meter.unit == base_unit(unit),
        )
    )


def default_id(session: TenantSession, consumption_type: str, unit: str) -> int:
    """Give the id of the account's own meter for what is typed in `unit`, made at first use."""
    found = find_default(session, consumption_type, unit)
    if found is None:
        _create_default(session, consumption_type, base_unit(unit))
        found = find_default(session, consumption_type, unit)
    if found is None:
        raise AssertionError("the meter was made just now")
    return found.id


def _create_default(session: TenantSession, consumption_type: str, unit: str) -> None:
    name = consumption_type.capitalize()
    is_second_unit = consumption_type == ConsumptionType.GAS and unit == "kWh"
    for candidate in ([f"{name} (kWh)"] if is_second_unit else [name]) + [
        f"{name} {number}" for number in range(2, 10)
    ]:
        try:
            with session.begin_nested():
                create(session, candidate, consumption_type, unit, is_default=True)
        except (IntegrityError, Conflict):
            if find_default(session, consumption_type, unit) is not None:
                return
            continue
        return
    raise Conflict("Too many meters have the names that a new one would get; rename one.")


def create(
    session: TenantSession,
    name: str,
    consumption_type: str,
    unit: str,
    *,
    is_default: bool = False,
) -> int:
    """Make an `entries` meter at the account's first site and give its id.

    Raises Conflict when another meter has the name.
    """
    site_id = session.scalars(select(Site.id).order_by(Site.id).limit(1)).one()
    meter = Meter(
        site_id=site_id,
        name=name,
        consumption_type=consumption_type,
        unit=unit,
        source=Source.ENTRIES,
        direction=Direction.IMPORT,
        is_default=is_default,
    )
    session.add(meter)
    try:
        session.flush()
    except IntegrityError as error:
        raise taken("/name", f"A meter named {name!r} exists already.") from error
    return meter.id


def refuse_unfit(meter: TakenMeter, consumption_type: str, unit: str, pointer: str) -> None:
    """Check that a record of this type and unit may be written to the meter.

    Raises Conflict for an archived meter or one that is fed in another way, Invalid when type
    or dimension differ; `pointer` leads to the record in the request.
    """
    problem: Problem | None = None
    if meter.archived_at is not None:
        detail = "This meter is archived; restore it before adding records."
        problem = Conflict(at(pointer, detail), code=Code.METER_ARCHIVED)
    elif meter.source != Source.ENTRIES:
        detail = f"This meter is fed by {meter.source}, not by typed-in records."
        problem = Conflict(
            at(pointer, detail), code=Code.METER_FED_OTHERWISE, params={"source": meter.source}
        )
    elif meter.consumption_type != consumption_type:
        detail = f"the meter measures {meter.consumption_type}"
        problem = invalid_field(
            f"{pointer}/consumption_type",
            detail,
            Code.METER_OF_OTHER_TYPE,
            consumption_type=meter.consumption_type,
        )
    elif base_unit(unit) != meter.unit:
        detail = f"the meter counts {meter.unit}; {unit} cannot be converted to that"
        problem = invalid_field(
            f"{pointer}/unit", detail, Code.UNIT_NOT_CONVERTIBLE, unit=unit, meter_unit=meter.unit
        )
    if isinstance(problem, Conflict | Invalid):
        raise problem


def refresh_bounds(session: TenantSession, meter_ids: Sequence[int]) -> None:
    """Find the first and last day with data again, after days have been removed."""
    of_meter = (DAYS.c.account_id == METERS.c.account_id) & (DAYS.c.meter_id == METERS.c.id)
    session.execute(
        update(METERS)
        .where(METERS.c.account_id == session.account_id, METERS.c.id.in_(meter_ids))
        .values(
            first_day=select(func.min(DAYS.c.day)).where(of_meter).scalar_subquery(),
            last_day=select(func.max(DAYS.c.day)).where(of_meter).scalar_subquery(),
        )
    )
