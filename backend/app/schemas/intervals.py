"""Series of a meter on the wire."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from app.schemas.common import Day, Input, Output, refusal
from app.schemas.consumption import query_int
from app.utils.codes import Code

Resolution = Literal["raw", "hour", "day", "month"]
MAX_POINTS = 50_000


class SeriesQuery(Input):
    """Local days of the meter's site, both included. Left out, `to` is the last day with data."""

    date_from: Day | None = Field(default=None, alias="from")
    date_to: Day | None = Field(default=None, alias="to")
    resolution: Resolution = "raw"
    max_points: Annotated[
        int, BeforeValidator(query_int), Field(strict=True, ge=2, le=MAX_POINTS)
    ] = Field(default=2_000, description="More than these are joined to mean, min and max.")
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
