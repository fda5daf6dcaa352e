"""Interval data of a meter on the wire."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from app.schemas.api_keys import Instant
from app.schemas.common import MAX_AMOUNT, Day, Id, Input, Output, example, json_number, refusal
from app.schemas.consumption import QueryInt, Unit
from app.utils.codes import Code

Resolution = Literal["raw", "hour", "day", "month"]
MAX_POINTS = 50_000
IntervalAmount = Annotated[
    Decimal,
    Field(ge=0, le=MAX_AMOUNT, decimal_places=9, allow_inf_nan=False),
    BeforeValidator(json_number),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": float(MAX_AMOUNT)}),
]


class SeriesQuery(Input):
    """Local days of the meter's site, both included. Left out, `to` is the last day with data."""

    date_from: Day | None = Field(default=None, alias="from")
    date_to: Day | None = Field(default=None, alias="to")
    resolution: Resolution = "raw"
    max_points: Annotated[int, Field(strict=True, ge=2, le=MAX_POINTS), QueryInt] = Field(
        default=2_000, description="More than these are joined to mean, min and max."
    )
    layout: Literal["points", "runs"] = Field(
        default="points",
        description="runs: `start` is null and `runs` says where values follow each other evenly.",
    )

    @model_validator(mode="after")
    def _is_consistent(self) -> "SeriesQuery":
        if self.date_from and self.date_to and self.date_from > self.date_to:
            raise refusal(Code.NOT_AFTER, "must not be after to", "from", other="to")
        return self


class Run(Output):
    """`count` values from `start` (seconds since 1970-01-01 UTC), one each `step_seconds`."""

    start: int
    step_seconds: int
    count: int


class SeriesOut(Output):
    """Columns of equal length: value i began at `start[i]`, in seconds since 1970-01-01 UTC.

    `amount` is null where there is no data, in `unit`. With `aggregate` mean each value stands for
    several intervals: `amount` is their mean, `min` and `max` their extremes; otherwise these are
    null. `quality` has a letter for each value (A measured, E estimated, S substituted, M edited,
    D derived, Q questionable, P forecast, N missing or in part), null when all are measured.
    """

    meter_id: int
    unit: str
    time_zone: str
    date_from: date
    date_to: date
    resolution: Resolution
    aggregate: Literal["none", "mean"]
    intervals: int
    start: list[int] | None
    runs: list[Run] | None
    amount: list[float | None]
    min: list[float | None] | None
    max: list[float | None] | None
    quality: str | None


class IntervalsIn(Input):
    """Amounts of consecutive intervals, the first from `start`; null says nothing."""

    model_config = example(
        start="2026-03-01T00:00:00+01:00", step_seconds=900, unit="kWh", amounts=[0.12, 0.3]
    )

    start: Instant = Field(
        description="With its offset from UTC; a multiple of the step after the local midnight."
    )
    step_seconds: Annotated[int, Field(strict=True, ge=60, le=86_400)] = Field(
        description="Whole minutes that divide 24 hours evenly."
    )
    unit: Unit
    amounts: Annotated[list[IntervalAmount | None], Field(min_length=1, max_length=10_000)]


class MeterIntervalsIn(IntervalsIn):
    """The same, with the meter."""

    model_config = example(
        meter_id=1, start="2026-03-01T00:00:00+01:00", step_seconds=900, unit="kWh", amounts=[0.12]
    )

    meter_id: Id


class IntervalsBatch(Input):
    """What several meters counted: all of it is stored, or nothing."""

    model_config = example(
        meters=[
            {
                "meter_id": 1,
                "start": "2026-03-01T00:00:00+01:00",
                "step_seconds": 900,
                "unit": "kWh",
                "amounts": [0.12, 0.3],
            }
        ]
    )

    meters: Annotated[list[MeterIntervalsIn], Field(min_length=1, max_length=1_000)]


class ReceivedOut(Output):
    """Intervals by what happened to them; `import_id` is what the device's data belongs to.

    `conflicts` of the changed ones meet a manual correction, which stays. The days are local,
    null when there was no amount.
    """

    meter_id: int
    import_id: int | None
    added: int
    changed: int
    unchanged: int
    conflicts: int
    date_from: date | None
    date_to: date | None


class ReceivedList(Output):
    """One entry for each meter, by id."""

    items: list[ReceivedOut]


class CorrectionIn(Input):
    """What to do with the intervals of a range; it can be undone like any import."""

    model_config = example(
        **{
            "from": "2026-03-01T00:00:00+01:00",
            "to": "2026-03-01T06:00:00+01:00",
            "action": "set_missing",
        }
    )

    start: Instant = Field(alias="from")
    end: Instant = Field(alias="to", description="Not included.")
    action: Literal["set_missing", "set_value", "interpolate", "accept"] = Field(
        description="set_value spreads `amount` evenly, interpolate draws a line between the values"
        " on both sides, accept confirms what is there."
    )
    amount: IntervalAmount | None = Field(
        default=None, description="For set_value: the total of the range, in the meter's unit."
    )

    @model_validator(mode="after")
    def _is_consistent(self) -> "CorrectionIn":
        if self.start >= self.end:
            raise refusal(Code.NOT_AFTER, "must be before to", "from", other="to")
        if (self.amount is not None) != (self.action == "set_value"):
            detail = "is needed for set_value, and for nothing else"
            raise refusal(Code.REQUIRED, detail, "amount")
        return self


class CorrectionOut(Output):
    """The import that holds a correction: `POST /api/imports/{import_id}/undo` takes it back."""

    import_id: int
    meter_id: int
    action: str
    intervals: int
    date_from: date
    date_to: date


class RangeQuery(Input):
    """Local days of the meter's site, both included. Left out: the last year with data."""

    date_from: Day | None = Field(default=None, alias="from")
    date_to: Day | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _is_consistent(self) -> "RangeQuery":
        if self.date_from and self.date_to and self.date_from > self.date_to:
            raise refusal(Code.NOT_AFTER, "must not be after to", "from", other="to")
        return self


class LoadOut(Output):
    """A typical day by local clock hour, from 0 to 23; null for an hour without data."""

    days: int
    median: list[float | None]
    p10: list[float | None]
    p90: list[float | None]


class ProfileOut(Output):
    """When a meter's use happens, in `unit` an hour.

    `hours` has for each of `days` the 24 local clock hours: null where data is missing or the
    clock skips the hour, the mean of both where it repeats one. Intervals longer than an hour are
    not in it.
    """

    meter_id: int
    unit: str
    time_zone: str
    date_from: date
    date_to: date
    days: list[date]
    hours: list[list[float | None]]
    weekdays: LoadOut
    weekend: LoadOut


class GapOut(Output):
    """Missing values, from `start` to before `end`."""

    start: datetime
    end: datetime
    intervals: int


class SuspicionOut(Output):
    """A range that looks wrong, from `start` to before `end`.

    `spike`: far above what is usual at its hour; `stuck`: one value for a day or longer; `zeros`:
    nothing for half a day or longer on a meter that otherwise is never at zero. `fix` is the
    action to send to `corrections`, which may also `accept` it; it is then not shown again.
    """

    id: str
    kind: Literal["spike", "stuck", "zeros"]
    start: datetime
    end: datetime
    intervals: int
    amount: float
    fix: Literal["interpolate", "set_missing"]


class QualityOut(Output):
    """How good a meter's data is between its first and last day within the range.

    `coverage` is the measured part of the expected values, null without any. The lists have the
    first 500, the counts are of all.
    """

    meter_id: int
    time_zone: str
    date_from: date | None
    date_to: date | None
    expected: int
    measured: int
    coverage: float | None
    gaps: list[GapOut]
    gap_count: int
    estimated_days: list[date]
    suspicious: list[SuspicionOut]
    suspicious_count: int
