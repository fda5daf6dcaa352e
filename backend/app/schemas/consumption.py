"""Consumption records on the wire."""

import re
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from app.schemas.common import (
    MAX_AMOUNT,
    MAX_ID,
    PLAIN_TEXT,
    Amount,
    Day,
    Id,
    Input,
    Output,
    Quantity,
    example,
    refusal,
)
from app.utils.codes import Code
from app.utils.units import DEFAULT_UNIT, FACTORS, UNITS, ConsumptionType, canonical_unit

MAX_PERIOD_DAYS = 3_660
MAX_BATCH = 1_000
MAX_BATCH_DAYS = 400_000
ALL_UNITS = tuple(dict.fromkeys(unit for units in UNITS.values() for unit in units))


@cache
def largest_amount(unit: str) -> Decimal:
    """Give the largest amount of a unit whose base amount has at most 15 digits before the point,
    which is what the column holds."""
    count = int(Fraction(10**19) / FACTORS[unit]) - 1  # of 0.0001
    return min(MAX_AMOUNT, Decimal(count).scaleb(-4))


def _canonical(value: object) -> object:
    return (canonical_unit(value) or value) if isinstance(value, str) else value


Unit = Annotated[
    str,
    Field(strict=True, max_length=20, json_schema_extra={"enum": list(ALL_UNITS)}),
    PLAIN_TEXT,
    BeforeValidator(_canonical),
]
Description = Annotated[str, Field(strict=True, max_length=2_000), PLAIN_TEXT]


class ConsumptionCreate(Input):
    """An amount over whole local days: one day, or a period when `period_start` is given."""

    model_config = example(
        consumption_type="electricity", amount=12.5, unit="kWh", consumption_date="2026-03-01"
    )

    consumption_type: ConsumptionType = Field(examples=["electricity"])
    amount: Amount = Field(examples=[12.5])
    unit: Unit | None = Field(
        default=None, description="Left out: kWh, or m³ for water and gas.", examples=["kWh"]
    )
    consumption_date: Day = Field(
        description="The day, or the last day of the period; at most tomorrow at the site.",
        examples=["2026-03-01"],
    )
    period_start: Day | None = Field(default=None, description="First day of the period.")
    meter_id: Id | None = Field(default=None, description="Left out: the account's own meter.")
    description: Description | None = None

    @model_validator(mode="after")
    def _is_consistent(self) -> "ConsumptionCreate":
        if self.unit is not None and self.unit not in UNITS[self.consumption_type]:
            units = UNITS[self.consumption_type]
            raise refusal(
                Code.UNIT_NOT_OF_TYPE,
                f"{self.consumption_type} is given in one of {', '.join(units)}",
                "unit",
                consumption_type=self.consumption_type.value,
                allowed=list(units),
            )
        most = largest_amount(self.effective_unit)
        if self.amount > most:
            detail = f"in {self.effective_unit} it must be at most {most}"
            raise refusal(Code.ABOVE_MAXIMUM, detail, "amount", max=most, unit=self.effective_unit)
        if self.period_start is not None:
            if self.period_start > self.consumption_date:
                detail = "must not be after consumption_date"
                raise refusal(Code.NOT_AFTER, detail, "period_start", other="consumption_date")
            if (self.consumption_date - self.period_start).days >= MAX_PERIOD_DAYS:
                detail = f"a period has at most {MAX_PERIOD_DAYS} days"
                raise refusal(Code.PERIOD_TOO_LONG, detail, "period_start", max=MAX_PERIOD_DAYS)
        return self

    @property
    def days(self) -> int:
        """How many days the record covers."""
        return (self.consumption_date - (self.period_start or self.consumption_date)).days + 1

    @property
    def effective_unit(self) -> str:
        """The unit that was given, or the default of the type."""
        return self.unit or DEFAULT_UNIT[self.consumption_type]


class ConsumptionUpdate(ConsumptionCreate):
    """The whole record as it shall be; what is left out gets its default."""


class BatchUpdate(ConsumptionUpdate):
    """An update within a batch; with `version` it is refused when the record has changed."""

    model_config = example(
        id=1, consumption_type="gas", amount=31, unit="m³", consumption_date="2026-03-31",
        period_start="2026-03-01",
    )  # fmt: skip

    id: Id
    version: Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)] | None = None


class Batch(Input):
    """Creates, updates and deletes that are stored together or not at all."""

    model_config = example(
        create=[
            {"consumption_type": "water", "amount": 0.3, "consumption_date": "2026-03-01"},
            {"consumption_type": "water", "amount": 0.25, "consumption_date": "2026-03-02"},
        ]
    )

    create: list[ConsumptionCreate] = Field(default=[], max_length=MAX_BATCH)
    update: list[BatchUpdate] = Field(default=[], max_length=MAX_BATCH)
    delete: list[Id] = Field(default=[], max_length=MAX_BATCH)

    @model_validator(mode="after")
    def _is_bounded(self) -> "Batch":
        count = len(self.create) + len(self.update) + len(self.delete)
        if not 1 <= count <= MAX_BATCH:
            detail = f"a batch has 1 to {MAX_BATCH} entries, this one has {count}"
            code = Code.TOO_MANY if count else Code.TOO_FEW
            raise refusal(code, detail, min=1, max=MAX_BATCH)
        ids = [entry.id for entry in self.update] + list(self.delete)
        if len(set(ids)) != len(ids):
            raise refusal(Code.NAMED_TWICE, "a record is named twice in update and delete")
        days = sum(entry.days for entry in (*self.create, *self.update))
        if days > MAX_BATCH_DAYS:
            detail = f"a batch covers at most {MAX_BATCH_DAYS} days, this one {days}"
            raise refusal(Code.TOO_MANY_DAYS, detail, max=MAX_BATCH_DAYS)
        return self


class ConsumptionOut(Output):
    """A record. `amount` and `unit` are as typed, `base_amount` in the meter's unit."""

    id: int
    user_id: int
    meter_id: int
    import_id: int | None
    consumption_type: ConsumptionType
    amount: Quantity
    unit: str
    base_amount: Quantity
    base_unit: str
    period_start: date | None
    consumption_date: date
    description: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class Restore(Input):
    """What a deletion answered."""

    model_config = example(undo_token="Qm9uam91ciBsZSBtb25kZQ")  # noqa: S106

    undo_token: Annotated[str, Field(strict=True, min_length=1, max_length=32), PLAIN_TEXT]


class RestoreOut(Output):
    """The records that came back, in the order in which they were deleted."""

    restored: list[ConsumptionOut]


class BatchOut(Output):
    """What a batch did, in the order of the request. `undo_token` restores what it deleted."""

    created: list[ConsumptionOut]
    updated: list[ConsumptionOut]
    deleted: list[int]
    undo_token: str | None


class Pagination(Output):
    """Where a page is. By cursor `page`, `total_items` and `total_pages` are null."""

    page: int | None
    per_page: int
    total_items: int | None
    total_pages: int | None
    has_prev: bool
    has_next: bool
    next_cursor: str | None


class ConsumptionList(Output):
    """A page of records, newest first unless asked otherwise."""

    items: list[ConsumptionOut]
    pagination: Pagination


_DIGITS = re.compile(r"-?[0-9]{1,400}\Z", re.ASCII)


def query_int(value: Any) -> Any:
    if isinstance(value, str) and _DIGITS.match(value):
        return int(value)
    return value


QueryInt = BeforeValidator(query_int)
PageNumber = Annotated[int, Field(strict=True, ge=1, le=1_000_000), QueryInt]
QueryId = Annotated[int, Field(strict=True, ge=1, le=MAX_ID), QueryInt]
Sort = Literal[
    "-consumption_date",
    "consumption_date",
    "-amount",
    "amount",
    "-created_at",
    "created_at",
]


class ConsumptionQuery(Input):
    """Which records, in which order, and which page of them."""

    consumption_type: ConsumptionType | None = None
    meter_id: QueryId | None = None
    import_id: QueryId | None = None
    date_from: Day | None = None
    date_to: Day | None = None
    q: Annotated[str, Field(strict=True, max_length=200), PLAIN_TEXT] | None = Field(
        default=None, description="Text in the description, in any case."
    )
    sort: Sort = "-consumption_date"
    page: PageNumber | None = None
    per_page: Annotated[int, Field(strict=True, ge=1, le=100), QueryInt] = 20
    cursor: Annotated[str, Field(strict=True, max_length=512), PLAIN_TEXT] | None = Field(
        default=None, description="`next_cursor` of the page before; goes with the same sort."
    )

    @model_validator(mode="after")
    def _is_consistent(self) -> "ConsumptionQuery":
        if self.page is not None and self.cursor is not None:
            detail = "give either page or cursor"
            raise refusal(Code.EXACTLY_ONE, detail, "cursor", fields=["page", "cursor"])
        if self.date_from and self.date_to and self.date_from > self.date_to:
            raise refusal(Code.NOT_AFTER, "must not be after date_to", "date_from", other="date_to")
        return self
