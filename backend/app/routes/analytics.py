"""Totals and series by utility."""

from typing import Any

from flask import Blueprint, request

from app.api import Reply, encoded, endpoint, now, state, weak_etag
from app.auth.permissions import Permission
from app.db import TenantSession
from app.schemas.analytics import AnalyticsOut, AnalyticsQuery
from app.services import analytics, meters

blueprint = Blueprint("analytics", __name__, url_prefix="/api/consumption/analytics")


@blueprint.get("")
@endpoint(
    needs=Permission.CONSUMPTION_READ,
    query=AnalyticsQuery,
    returns=AnalyticsOut,
    versioned=True,
    ahead=meters.states,
)
def get_analytics(
    session: TenantSession, query: AnalyticsQuery, known: list[meters.MeterState]
) -> Reply:
    """Give totals by day, week, month, quarter or year; different utilities are never added.

    Days without data are missing (null), not 0. An unfinished range is compared with as many
    days of the earlier one.
    """
    question = analytics.ask(
        session,
        known,
        now(),
        first=query.date_from,
        last=query.date_to,
        group_by=query.group_by,
        consumption_type=query.consumption_type and query.consumption_type.value,
        meter_id=query.meter_id,
        compare=query.compare,
    )
    seen = f"{meters.fingerprint(known)}.{question.today:%Y%m%d}.{question.time_zone}"
    key = (session.account_id, seen, request.query_string)
    return Reply(
        make=lambda: state().kept.get(key, lambda: encoded(_answer(session, question))),
        etag=weak_etag(seen),
    )


def _answer(session: TenantSession, question: analytics.Question) -> dict[str, Any]:
    return {
        "date_from": question.first,
        "date_to": question.last,
        "group_by": question.group_by.value,
        "time_zone": question.time_zone,
        "today": question.today,
        "utilities": analytics.answer(session, question),
    }
