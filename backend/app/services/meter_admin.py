"""Meters as people manage them: naming, placing, archiving."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.exc import IntegrityError

from app.db import TenantSession
from app.errors import Conflict, FieldError, Invalid, NotFound, invalid_field
from app.models import Consumption, IntervalBlock, Meter, MeterDay, RegisterRead, Site, Source
from app.services import audit, register_reads, sites
from app.services.upserts import delete_unnamed, store_named
from app.utils.codes import Code

MAX_METERS = 10_000
_BEARS_ON_READS = frozenset({"register_digits", "multiplier", "site_id"})


def list_all(session: TenantSession) -> Sequence[Meter]:
    """List the account's meters, archived ones included, by name."""
    statement = select(Meter).order_by(func.lower(Meter.name), Meter.id).limit(MAX_METERS)
    return session.scalars(statement).all()


def get(session: TenantSession, meter_id: int, *, for_update: bool = False) -> Meter:
    """Give a meter. Raises NotFound."""
    statement = select(Meter).where(Meter.id == meter_id)
    found = session.scalar(statement.with_for_update() if for_update else statement)
    if found is None:
        raise NotFound("There is no such meter.", code=Code.NO_SUCH_METER)
    return found


def create(session: TenantSession, fields: Mapping[str, Any]) -> Meter:
    """Add a meter, at the first site unless another is given.

    Raises Conflict when the name is taken, NotFound for a site that is not the account's.
    """
    _refuse_too_many(session, 1)
    site_id = fields.get("site_id")
    site = sites.get(session, site_id) if site_id else _first_site(session)
    meter = Meter(**{**fields, "site_id": site.id})
    session.add(meter)
    store_named(session, meter, "Another meter has this name.")
    audit.record(session, "meter.created", meter_id=meter.id)
    return meter


def create_many(
    session: TenantSession, wanted: Sequence[Mapping[str, Any]], site_id: int | None
) -> list[Meter]:
    """Add meters at a site, the first when it is None, as an import does.

    Raises Conflict when a name is taken, NotFound for a site that is not the account's.
    """
    if not wanted:
        return []
    _refuse_too_many(session, len(wanted))
    site = sites.get(session, site_id) if site_id else _first_site(session)
    made = [Meter(**{**fields, "site_id": site.id}) for fields in wanted]
    session.add_all(made)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict("Another meter has one of these names.") from error
    audit.record(session, "meters.created", meter_ids=[meter.id for meter in made])
    return made


def _refuse_too_many(session: TenantSession, more: int) -> None:
    count = session.scalar(select(func.count()).select_from(Meter)) or 0
    if count + more > MAX_METERS:
        raise Invalid(
            f"An account has at most {MAX_METERS} meters.",
            code=Code.LIMIT_REACHED,
            params={"max": MAX_METERS},
        )


def change(
    session: TenantSession, meter_id: int, fields: Mapping[str, Any], now: datetime
) -> Meter:
    """Rename, move, archive or restore a meter, or feed it in another way while it is empty.

    A dial's properties and its place bear on what its reads say, which is projected anew.
    Raises NotFound, and Conflict when the name is taken, the account's own meter of a type
    would be archived, data would be in the way of another source, or reads do not fit.
    """
    # Writers of records raise the revision as well: read without the lock, one would be lost.
    meter = get(session, meter_id, for_update=True)
    values = dict(fields)
    if "archived" in values:
        is_archived = values.pop("archived")
        if is_archived and meter.is_default:
            detail = "Records that name no meter go to this one, so it stays."
            raise Conflict(detail, code=Code.METER_STAYS)
        meter.archived_at = (meter.archived_at or now) if is_archived else None
    if "site_id" in values:
        _move(session, meter, sites.get(session, values["site_id"]))
    if values.get("source", meter.source) != meter.source:
        _allow_other_source(session, meter)
    for name, value in values.items():
        setattr(meter, name, value)
    meter.revision += 1
    _refuse_dial(meter)
    store_named(session, meter, "Another meter has this name.")
    if meter.source == Source.REGISTER and values.keys() & _BEARS_ON_READS:
        register_reads.refit(session, meter_id)
        session.refresh(meter)
    audit.record(session, "meter.changed", meter_id=meter_id, fields=sorted(fields))
    return meter


def remove(session: TenantSession, meter_id: int) -> None:
    """Delete a meter, made by mistake say, that nothing names.

    Raises NotFound, and Conflict for the account's own meter of a type, and where records,
    reads, imports (undone ones, too) or API keys name it: such a meter is archived instead.
    """
    meter = get(session, meter_id, for_update=True)
    if meter.is_default:
        detail = "Records that name no meter go to this one, so it stays."
        raise Conflict(detail, code=Code.METER_STAYS)
    detail = "Data, imports or API keys name this meter; archive it instead."
    delete_unnamed(session, meter, detail, Code.METER_NAMED)
    audit.record(session, "meter.deleted", meter_id=meter_id, name=meter.name)


def _move(session: TenantSession, meter: Meter, target: Site) -> None:
    if target.time_zone != sites.get(session, meter.site_id).time_zone:
        sites.refuse_other_zone(session, meter.id, "/site_id")


def _allow_other_source(session: TenantSession, meter: Meter) -> None:
    if meter.is_default:
        detail, code = (
            "Records that name no meter go to this one, so it is fed by them.",
            Code.METER_STAYS,
        )
    elif any(_has_any(session, model, meter.id) for model in (*_DATA, MeterDay)):
        detail = f"This meter has data and stays fed by {meter.source}; add another meter."
        code = Code.METER_HAS_DATA
    else:
        return
    raise Conflict(detail, errors=[FieldError("/source", detail, code)])


_DATA = (Consumption, RegisterRead, IntervalBlock)


def _has_any(session: TenantSession, model: Any, meter_id: int) -> bool:
    return bool(
        session.scalar(
            select(
                exists().where(model.meter_id == meter_id, model.account_id == session.account_id)
            )
        )
    )


def _refuse_dial(meter: Meter) -> None:
    """Refuse digits or a multiplier where no dial is read; meters fed otherwise have none."""
    if meter.source == Source.REGISTER:
        return
    for name, none in (("register_digits", None), ("multiplier", 1)):
        if getattr(meter, name) != none:
            detail = "is of a meter whose dial is read"
            raise invalid_field(f"/{name}", detail, Code.ONLY_OF_DIALS)


def _first_site(session: TenantSession) -> Site:
    return session.scalars(select(Site).order_by(Site.id).limit(1)).one()
