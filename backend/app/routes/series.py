"""A meter's values over time."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, request

from app.api import Reply, encoded, endpoint, now, state, weak_etag
from app.auth.permissions import Permission
from app.db import TenantSession
from app.schemas.intervals import ProfileOut, QualityOut, RangeQuery, SeriesOut, SeriesQuery
from app.services import meter_profile, meter_quality, meter_views, series
from app.services.meter_views import MeterView

blueprint = Blueprint("series", __name__, url_prefix="/api/meters/<id:meter_id>")


@blueprint.get("/series")
@endpoint(needs=Permission.CONSUMPTION_READ, query=SeriesQuery, returns=SeriesOut, versioned=True)
def get_series(session: TenantSession, meter_id: int, query: SeriesQuery) -> Reply:
    """Give a meter's intervals, hours, days or months; gaps are null.

    More than `max_points` values are joined: each is then the mean of several, with the smallest
    and the largest. Months are whole ones.
    """
    meter = meter_views.view(session, meter_id, now())
    days = series.span(meter, query.resolution, query.date_from, query.date_to)
    return _kept(session, meter, lambda: _series(session, meter, query, days))


def _series(
    session: TenantSession, meter: MeterView, query: SeriesQuery, days: tuple[Any, Any]
) -> dict[str, Any]:
    with_runs = query.layout == "runs"
    found = series.read(
        session,
        meter,
        query.resolution,
        days,
        max_points=query.max_points,
        with_starts=not with_runs,
    )
    is_reduced = found.minima is not None
    return {
        "meter_id": meter.id,
        "unit": meter.unit,
        "time_zone": meter.time_zone,
        "date_from": days[0],
        "date_to": days[1],
        "resolution": query.resolution,
        "aggregate": "mean" if is_reduced else "none",
        "intervals": found.intervals,
        "start": found.starts,
        "runs": [
            {"start": start, "step_seconds": step, "count": count}
            for start, step, count in found.runs
        ]
        if with_runs and not is_reduced
        else None,
        "amount": found.amounts,
        "min": found.minima,
        "max": found.maxima,
        "quality": found.quality,
    }


@blueprint.get("/profile")
@endpoint(needs=Permission.CONSUMPTION_READ, query=RangeQuery, returns=ProfileOut, versioned=True)
def get_profile(session: TenantSession, meter_id: int, query: RangeQuery) -> Reply:
    """Give a meter's use by hour and day, and its typical weekday and weekend."""
    meter = meter_views.view(session, meter_id, now())
    days = series.span(meter, "hour", query.date_from, query.date_to, default=366)
    return _kept(session, meter, lambda: _profile(session, meter, days))


@blueprint.get("/quality")
@endpoint(needs=Permission.CONSUMPTION_READ, query=RangeQuery, returns=QualityOut, versioned=True)
def get_quality(session: TenantSession, meter_id: int, query: RangeQuery) -> Reply:
    """Say what is missing, estimated or suspicious in a meter's data."""
    meter = meter_views.view(session, meter_id, now())
    resolution = "hour" if meter.source == "intervals" else "day"
    days = series.span(meter, resolution, query.date_from, query.date_to, default=366)
    return _kept(session, meter, lambda: _quality(session, meter, days))


def _kept(session: TenantSession, meter: MeterView, make: Callable[[], Any]) -> Reply:
    """Answer from memory while the meter's data is what it was."""
    key = (session.account_id, meter.fingerprint, request.path, request.query_string)
    return Reply(
        make=lambda: state().kept.get(key, lambda: encoded(make())),
        etag=weak_etag(meter.fingerprint),
    )


def _profile(session: TenantSession, meter: MeterView, days: tuple[Any, Any]) -> dict[str, Any]:
    found = meter_profile.read(session, meter, days)
    return {
        "meter_id": meter.id,
        "unit": meter.unit,
        "time_zone": meter.time_zone,
        "date_from": days[0],
        "date_to": days[1],
    } | asdict(found)


def _quality(session: TenantSession, meter: MeterView, days: tuple[Any, Any]) -> dict[str, Any]:
    found = meter_quality.read(session, meter, days)
    return {
        "meter_id": meter.id,
        "time_zone": meter.time_zone,
        "date_from": found.first,
        "date_to": found.last,
        "expected": found.expected,
        "measured": found.measured,
        "coverage": round(found.measured / found.expected, 6) if found.expected else None,
        "gaps": [_with_instants(asdict(gap)) for gap in found.gaps],
        "gap_count": found.gap_count,
        "estimated_days": found.estimated_days,
        "suspicious": [_with_instants(asdict(one)) for one in found.suspicious],
        "suspicious_count": found.suspicious_count,
    }


def _with_instants(item: dict[str, Any]) -> dict[str, Any]:
    return item | {name: datetime.fromtimestamp(item[name], UTC) for name in ("start", "end")}
