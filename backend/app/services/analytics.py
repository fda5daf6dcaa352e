"""Totals, series and comparisons by utility; every number comes from the projection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select

from app.db import TenantSession
from app.errors import NotFound, invalid_field
from app.models import Direction, Site
from app.services.analytics_cells import (
    ONE_DAY,
    Cells,
    Question,
    Utility,
    crossed_days,
    current_months,
    load,
)
from app.services.analytics_series import (
    Bucket,
    Cell,
    Change,
    Extreme,
    Side,
    change_between,
    extreme,
    series,
    shown,
    total,
)
from app.services.meters import MeterState
from app.utils.codes import Code
from app.utils.periods import (
    GroupBy,
    add_months,
    local_today,
    previous_range,
    same_days_last_year,
)

__all__ = ["Question", "UtilityAnswer", "answer", "ask"]
MAX_DAYS = {GroupBy.DAY: 3_660, GroupBy.WEEK: 25_620}
DAYS_PER_MONTH = Decimal("365.2425") / 12
Crossed = Mapping[Utility, set[date]] | None


@dataclass(frozen=True, slots=True)
class CurrentMonth:
    """This month so far against the same days of last month and of last year."""

    start: date
    total: float | None
    days_elapsed: int
    days_covered: int
    same_days_last_month: float | None
    days_covered_last_month: int
    same_days_last_year: float | None
    days_covered_last_year: int
    change_percent: float | None
    change_basis: str | None
    change_unknown: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The earlier range; its total is cut to as many days as have passed in the range."""

    date_from: date
    date_to: date
    total: float | None
    days_covered: int
    days_covered_now: int
    change_percent: float | None
    change_basis: str | None
    change_unknown: str | None
    series: list[Bucket]


@dataclass(frozen=True, slots=True)
class UtilityAnswer:
    """One utility; see UtilityOut."""

    consumption_type: str
    unit: str
    first_day: date | None
    total: float | None
    record_count: int
    days_covered: int
    days_in_range: int
    average_per_day: float | None
    average_per_month: float | None
    current_month: CurrentMonth
    series: list[Bucket]
    min_bucket: Extreme | None
    max_bucket: Extreme | None
    comparison: Comparison | None


def ask(
    session: TenantSession,
    known: Sequence[MeterState],
    now: datetime,
    *,
    first: date | None,
    last: date | None,
    group_by: GroupBy,
    consumption_type: str | None,
    meter_id: int | None,
    compare: str | None,
) -> Question:
    """Complete a question: the meters it is about, their time zone, and the default range.

    Raises NotFound for a meter that is not the account's, Invalid for too long a range.
    """
    chosen = tuple(
        meter
        for meter in known
        if meter.direction == Direction.IMPORT
        and consumption_type in (None, meter.consumption_type)
        and meter_id in (None, meter.id)
    )
    if meter_id is not None and all(meter.id != meter_id for meter in known):
        raise NotFound("There is no such meter.", code=Code.NO_SUCH_METER)
    zone = (chosen or known)[0].time_zone if known else _first_zone(session)
    today = local_today(zone, now)
    if last is None:
        last = max(today, first) if first else today
    if first is None:
        first = add_months(last.replace(day=1), -11)
    limit = MAX_DAYS.get(group_by)
    if limit is not None and (last - first).days >= limit:
        detail = f"by {group_by} a range has at most {limit} days"
        raise invalid_field("?date_from", detail, Code.RANGE_TOO_LONG, max=limit)
    return Question(first, last, group_by, compare, zone, today, chosen, consumption_type, meter_id)


def _first_zone(session: TenantSession) -> str:
    return session.scalars(select(Site.time_zone).order_by(Site.id).limit(1)).one()


def answer(session: TenantSession, question: Question) -> list[UtilityAnswer]:
    """Answer for each utility that has a meter, in the order of type and unit."""
    cells = load(session, question, question.first, question.last)
    crossed = crossed_days(session, question, cells, question.first, question.last)
    months = _current_months(session, question)
    compared = _compare(session, question, cells) if question.compare else {}
    return [
        _utility(question, utility, cells.get(utility, []), crossed, months, compared)
        for utility in _utilities(question)
    ]


def _utilities(question: Question) -> list[Utility]:
    return sorted({(meter.consumption_type, meter.unit) for meter in question.meters})


def _utility(
    question: Question,
    utility: Utility,
    cells: list[Cell],
    crossed: Crossed,
    months: Mapping[Utility, CurrentMonth],
    compared: Mapping[Utility, Comparison],
) -> UtilityAnswer:
    found = _series(question, utility, cells, crossed, question.first, question.last)
    totals = total(cells)
    per_day = totals.amount / totals.days if totals.amount is not None and totals.days else None
    return UtilityAnswer(
        consumption_type=utility[0],
        unit=utility[1],
        first_day=_first_day(question, utility),
        total=shown(totals.amount),
        record_count=totals.records,
        days_covered=totals.days,
        days_in_range=_days(question.first, question.last),
        average_per_day=shown(per_day),
        average_per_month=shown(per_day * DAYS_PER_MONTH if per_day is not None else None),
        current_month=months[utility],
        series=found,
        min_bucket=extreme(found, min),
        max_bucket=extreme(found, max),
        comparison=compared.get(utility),
    )


def _first_day(question: Question, utility: Utility) -> date | None:
    known = (
        meter.first_day
        for meter in question.meters
        if (meter.consumption_type, meter.unit) == utility and meter.first_day is not None
    )
    return min(known, default=None)


def _series(
    question: Question,
    utility: Utility,
    cells: list[Cell],
    crossed: Crossed,
    first: date,
    last: date,
) -> list[Bucket]:
    beyond = None if crossed is None else crossed.get(utility, set())
    return series(cells, first, last, question.group_by, question.today, beyond)


def _days(first: date, last: date) -> int:
    return max(0, (last - first).days + 1)


def _compare(session: TenantSession, question: Question, cells: Cells) -> dict[Utility, Comparison]:
    shift = previous_range if question.compare == "previous" else same_days_last_year
    try:
        first, last = shift(question.first, question.last)
    except ValueError as error:
        detail = "there is no earlier range to compare with"
        raise invalid_field("?compare", detail, Code.NO_EARLIER_RANGE) from error
    earlier = load(session, question, first, last)
    crossed = crossed_days(session, question, earlier, first, last)
    is_over = question.last <= question.today
    # Up to today on both sides: what was entered for tomorrow has no counterpart.
    upto = min(question.last, max(question.today, question.first - ONE_DAY))
    cut = last if is_over else min(last, first + (upto - question.first))
    counted = earlier if cut == last else load(session, question, first, cut)
    so_far = cells if is_over else load(session, question, question.first, question.today)
    compared = {}
    for utility in _utilities(question):
        before, now = total(counted.get(utility, [])), total(so_far.get(utility, []))
        change = change_between(
            Side(now.amount, now.days, _days(question.first, upto)),
            Side(before.amount, before.days, _days(first, cut)),
        )
        compared[utility] = Comparison(
            date_from=first,
            date_to=last,
            total=shown(before.amount),
            days_covered=before.days,
            days_covered_now=now.days,
            change_percent=change.percent,
            change_basis=change.basis,
            change_unknown=change.unknown,
            series=_series(question, utility, earlier.get(utility, []), crossed, first, last),
        )
    return compared


def _current_months(session: TenantSession, question: Question) -> dict[Utility, CurrentMonth]:
    today = question.today
    start = today.replace(day=1)
    ranges = [(add_months(start, months), add_months(today, months)) for months in (0, -1, -12)]
    parts = current_months(session, question, ranges)
    found = {}
    for utility in _utilities(question):
        now, month_ago, year_ago = (
            Side(row and row.amount, row.days if row else 0, _days(*span))
            for row, span in (
                (parts.get((*utility, index)), span) for index, span in enumerate(ranges)
            )
        )
        change: Change = change_between(now, month_ago)
        found[utility] = CurrentMonth(
            start=start,
            total=shown(now.amount),
            days_elapsed=today.day,
            days_covered=now.covered,
            same_days_last_month=shown(month_ago.amount),
            days_covered_last_month=month_ago.covered,
            same_days_last_year=shown(year_ago.amount),
            days_covered_last_year=year_ago.covered,
            change_percent=change.percent,
            change_basis=change.basis,
            change_unknown=change.unknown,
        )
    return found
