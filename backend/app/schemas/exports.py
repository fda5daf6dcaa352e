"""Exports on the wire."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.schemas.common import PLAIN_TEXT, Day, Input, Output, Quantity, refusal
from app.schemas.consumption import ConsumptionOut, QueryId, Sort
from app.utils.codes import Code
from app.utils.units import ConsumptionType


class RecordsExportQuery(Input):
    """Which records, as for the list, and in which order."""

    consumption_type: ConsumptionType | None = None
    meter_id: QueryId | None = None
    import_id: QueryId | None = None
    date_from: Day | None = None
    date_to: Day | None = None
    q: Annotated[str, Field(strict=True, max_length=200), PLAIN_TEXT] | None = Field(
        default=None, description="Text in the description, in any case."
    )
    sort: Sort = "consumption_date"

    @model_validator(mode="after")
    def _is_consistent(self) -> "RecordsExportQuery":
        if self.date_from and self.date_to and self.date_from > self.date_to:
            raise refusal(Code.NOT_AFTER, "must not be after date_to", "date_from", other="date_to")
        return self


class FeedExportQuery(Input):
    """Which local days of the meter; both ends are included."""

    first: Day | None = Field(default=None, alias="from")
    last: Day | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _is_consistent(self) -> "FeedExportQuery":
        if self.first and self.last and self.first > self.last:
            raise refusal(Code.NOT_AFTER, "must not be after to", "from", other="to")
        return self


class SeriesExportQuery(FeedExportQuery):
    """Which local days of the meter, and how fine."""

    resolution: Literal["interval", "day"] | None = Field(
        default=None,
        description="Left out: interval for meters that are fed by intervals, day for others.",
    )


class NamedMeter(Output):
    """What a meter is called."""

    id: int
    name: str


class RecordsExport(Output):
    """All records that the filters let through, and what their meters are called."""

    meters: list[NamedMeter]
    items: list[ConsumptionOut]


class ExportedReading(Output):
    """An amount in the meter's unit from `start`, an instant, or a local day."""

    start: str
    seconds: int
    amount: Quantity
    quality: str | None


class ExportedMeter(Output):
    """Whose readings these are."""

    id: int
    name: str
    consumption_type: ConsumptionType
    unit: str
    direction: str
    time_zone: str


class SeriesExport(Output):
    """A meter's readings. What is missing is left out; it is never 0."""

    meter: ExportedMeter
    resolution: Literal["interval", "day"]
    first: date | None
    last: date | None
    readings: list[ExportedReading]
