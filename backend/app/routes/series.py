"""A meter's values over time."""

from typing import Any

from flask import Blueprint, request

from app.api import Reply, encoded, endpoint, now, state, weak_etag
from app.auth.permissions import Permission
from app.db import TenantSession
from app.schemas.intervals import SeriesOut, SeriesQuery
from app.services import meter_views, series
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
    key = (session.account_id, meter.fingerprint, request.path, request.query_string)
    return Reply(
        make=lambda: state().kept.get(key, lambda: encoded(_series(session, meter, query, days))),
        etag=weak_etag(meter.fingerprint),
    )


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
