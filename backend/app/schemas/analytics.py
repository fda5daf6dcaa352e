"""Analytics on the wire."""

from datetime import date
from typing import Literal

from pydantic import model_validator

from app.schemas.common import Day, Input, Output, Quantity, refusal
from app.schemas.consumption import QueryId
from app.utils.codes import Code
from app.utils.periods import GroupBy
from app.utils.units import ConsumptionType

ChangeBasis = Literal["totals", "daily_average"]
ChangeUnknown = Literal["no_data", "nothing_before", "too_few_days"]


class AnalyticsQuery(Input):
    """Left out, the range is this month and the eleven before it at the account's first site."""

    date_from: Day | None = None
    date_to: Day | None = None
    group_by: GroupBy = GroupBy.MONTH
    consumption_type: ConsumptionType | None = None
    meter_id: QueryId | None = None
    compare: Literal["previous", "last_year"] | None = None

    @model_validator(mode="after")
    def _is_consistent(self) -> "AnalyticsQuery":
        if self.date_from and self.date_to and self.date_from > self.date_to:
            raise refusal(Code.NOT_AFTER, "must not be after date_to", "date_from", other="date_to")
        return self


class BucketOut(Output):
    """One calendar bucket, both days included, clipped to the range.

    `amount` is null when there is no data at all, which is not the same as 0. `estimated`: some
    of it is an even share of a period that reaches beyond the bucket, or was estimated by its
    source. `complete`: the whole calendar bucket lies in the
    range, is over, and every meter has data on each of its days, with no interval missing.
    """

    start: date
    end: date
    amount: Quantity | None
    days_covered: int
    estimated: bool
    complete: bool


class ExtremeOut(Output):
    """The smallest or largest bucket among the complete ones."""

    start: date
    end: date
    amount: Quantity


class CurrentMonthOut(Output):
    """This month so far (today included) against the same days of earlier months.

    `change_percent` is against last month.
    """

    start: date
    total: Quantity | None
    days_elapsed: int
    days_covered: int
    same_days_last_month: Quantity | None
    days_covered_last_month: int
    same_days_last_year: Quantity | None
    days_covered_last_year: int
    change_percent: Quantity | None
    change_basis: ChangeBasis | None
    change_unknown: ChangeUnknown | None


class ComparisonOut(Output):
    """The range that is compared with, cut to as many days as have passed in the range itself.

    `days_covered` of it have data, and `days_covered_now` of the range itself, so far. A change
    is of the totals where the two are the same, else of the average day with data; when there
    is none `change_unknown` says why.
    """

    date_from: date
    date_to: date
    total: Quantity | None
    days_covered: int
    days_covered_now: int
    change_percent: Quantity | None
    change_basis: ChangeBasis | None
    change_unknown: ChangeUnknown | None
    series: list[BucketOut]


class UtilityOut(Output):
    """One utility in one base unit; different ones are never added.

    `first_day` is the first with any data at all, in the range or before or after it.
    """

    consumption_type: ConsumptionType
    unit: str
    first_day: date | None
    total: Quantity | None
    record_count: int
    days_covered: int
    days_in_range: int
    average_per_day: Quantity | None
    average_per_month: Quantity | None
    current_month: CurrentMonthOut
    series: list[BucketOut]
    min_bucket: ExtremeOut | None
    max_bucket: ExtremeOut | None
    comparison: ComparisonOut | None


class AnalyticsOut(Output):
    """Totals by utility over the local calendar days `date_from` to `date_to`, both included."""

    date_from: date
    date_to: date
    group_by: GroupBy
    time_zone: str
    today: date
    utilities: list[UtilityOut]
