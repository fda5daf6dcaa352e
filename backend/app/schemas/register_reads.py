"""Register reads on the wire."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from app.schemas.common import (
    FIRST_DATE,
    PLAIN_TEXT,
    TRIMMED,
    Digits,
    Input,
    Multiplier,
    Output,
    Params,
    Quantity,
    Text,
    example,
    json_number,
    refusal,
)
from app.schemas.consumption import QueryId, QueryInt
from app.utils.codes import Code

MAX_VALUE = Decimal("999999999999.9999")
DEFAULT_PER_PAGE = 20
MIN_YEAR, MAX_YEAR = FIRST_DATE.year + 1, 2199
_PLAIN_NUMBER = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?\Z", re.ASCII)
_UTC_INSTANT = {"type": "string", "format": "date-time"}


def _instant(value: object) -> object:
    if not isinstance(value, str) or len(value) > 40 or "T" not in value.upper():
        raise refusal(Code.NOT_AN_INSTANT, "must be an instant such as 2026-03-01T18:00:00+01:00")
    return value


def _to_the_second(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise refusal(Code.NOT_AN_INSTANT, "needs an offset from UTC, or Z")
    if value.year < MIN_YEAR:
        raise refusal(Code.BELOW_MINIMUM, f"must be in {MIN_YEAR} or later", min=MIN_YEAR)
    if value.year > MAX_YEAR:
        raise refusal(Code.ABOVE_MAXIMUM, f"must be in {MAX_YEAR} or earlier", max=MAX_YEAR)
    return value.astimezone(UTC).replace(microsecond=0)


def _query_number(value: object) -> object:
    if not isinstance(value, str) or not _PLAIN_NUMBER.match(value):
        raise refusal(Code.WRONG_TYPE, "must be a number such as 4711.5", expected="number")
    return Decimal(value)


def _query_bool(value: object) -> object:
    if value not in ("true", "false"):
        raise refusal(Code.WRONG_TYPE, "must be true or false", expected="boolean")
    return value == "true"


Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    AfterValidator(_to_the_second),
    WithJsonSchema(_UTC_INSTANT),
]
_VALUE = Field(ge=0, le=MAX_VALUE, decimal_places=4, allow_inf_nan=False)
_VALUE_SCHEMA = WithJsonSchema({"type": "number", "minimum": 0, "maximum": float(MAX_VALUE)})
Value = Annotated[Decimal, _VALUE, BeforeValidator(json_number), _VALUE_SCHEMA]
QueryValue = Annotated[Decimal, _VALUE, BeforeValidator(_query_number), _VALUE_SCHEMA]
SerialNumber = Annotated[str, Field(strict=True, min_length=1, max_length=100), PLAIN_TEXT, TRIMMED]
Note = Annotated[Text, Field(max_length=2_000)]
Kind = Literal["regular", "estimated", "final", "initial"]
EventName = Literal["installation", "replacement", "multiplier", "adjustment"]


class ReadCreate(Input):
    """What the dial showed at an instant."""

    model_config = example(read_at="2026-03-01T18:00:00+01:00", value=4711.5)

    read_at: Instant = Field(
        description="With an offset from UTC; kept to the second, and not in the future."
    )
    value: Value = Field(description="As the dial shows it, before the multiplier.")
    kind: Literal["regular", "estimated"] = Field(
        default="regular",
        description="An estimated read counts until an actual one follows it.",
    )
    note: Note | None = None
    rollover: Annotated[bool, Field(strict=True)] = Field(
        default=False,
        description="You know that the dial passed its end and began at 0 again.",
    )


class ReadUpdate(Input):
    """The whole read as it shall be; the dial's properties go with `initial` reads only."""

    model_config = example(read_at="2026-03-01T18:00:00+01:00", value=4711.5)

    read_at: Instant
    value: Value
    kind: Kind | None = Field(
        default=None,
        description="Left out: as it is. Only regular and estimated may change into each other.",
    )
    note: Note | None = None
    serial_number: SerialNumber | None = None
    register_digits: Digits | None = None
    multiplier: Multiplier | None = None
    rollover: Annotated[bool, Field(strict=True)] = False


class Replacement(Input):
    """Another meter took the place of this one."""

    model_config = example(
        at="2026-03-01T10:00:00+01:00", final_value=98211, initial_value=0, serial_number="B-7"
    )

    at: Instant
    final_value: Value
    initial_value: Value
    serial_number: SerialNumber | None = None
    register_digits: Digits | None = Field(default=None, description="Left out: as before.")
    multiplier: Multiplier | None = Field(default=None, description="Left out: as before.")
    note: Note | None = None


class DialEventIn(Input):
    """Something that happened to the dial.

    `installation`: it began, with `initial_value`. `replacement`: another meter took its place.
    `multiplier`: a figure stands for another amount (current transformers were changed).
    `adjustment`: it was moved from `final_value` to `initial_value` without use (a tester).
    """

    model_config = example(
        event="adjustment", at="2026-03-01T10:00:00+01:00", final_value=4800, initial_value=4811
    )

    event: EventName
    at: Instant
    final_value: Value | None = Field(
        default=None, description="Left out of a replacement: nobody knows it."
    )
    initial_value: Value | None = Field(
        default=None, description="Left out of a change of multiplier: as `final_value`."
    )
    serial_number: SerialNumber | None = None
    register_digits: Digits | None = Field(default=None, description="Left out: as before.")
    multiplier: Multiplier | None = Field(default=None, description="Left out: as before.")
    note: Note | None = None

    @model_validator(mode="after")
    def _is_consistent(self) -> "DialEventIn":
        if self.event == "installation" and self.final_value is not None:
            raise refusal(
                Code.UNKNOWN_FIELD, "nothing ends when a meter is installed", "final_value"
            )
        if self.event in ("multiplier", "adjustment") and self.final_value is None:
            raise refusal(Code.REQUIRED, "is required, what the dial showed before", "final_value")
        if self.event == "multiplier" and self.multiplier is None:
            raise refusal(Code.REQUIRED, "is required", "multiplier")
        if self.event == "multiplier" and self.initial_value not in (None, self.final_value):
            raise refusal(
                Code.DIAL_STANDS_STILL,
                "the dial does not move when the multiplier changes",
                "initial_value",
            )
        if self.event != "multiplier" and self.initial_value is None:
            raise refusal(
                Code.REQUIRED, "is required, what the dial showed afterwards", "initial_value"
            )
        return self


class ReadsQuery(Input):
    """Which page of a meter's reads."""

    cursor: Annotated[Text, Field(min_length=1, max_length=512)] | None = None
    per_page: Annotated[int, Field(strict=True, ge=1, le=100), QueryInt] = DEFAULT_PER_PAGE


class OutlookQuery(Input):
    """An instant, and the value that is being typed."""

    at: Instant
    value: QueryValue | None = None
    read_id: QueryId | None = Field(default=None, description="The read that is being corrected.")
    rollover: Annotated[bool, BeforeValidator(_query_bool)] = False


class ReadOut(Output):
    """A read. `use` is what was used since the one before, in the meter's base unit, over
    `seconds`; null for the first of a dial and for one that does not count.

    `counts` is false for an estimate that an actual read has followed.
    """

    id: int
    meter_id: int
    read_at: datetime
    value: Quantity
    kind: Kind
    event: EventName | None
    serial_number: str | None
    register_digits: int | None
    multiplier: Quantity | None
    note: str | None
    version: int
    created_by: int
    created_at: datetime
    updated_at: datetime
    use: Quantity | None
    seconds: int | None
    is_rollover: bool
    counts: bool


class ReadList(Output):
    """Reads, newest first; `next_cursor` is null on the last page."""

    items: list[ReadOut]
    next_cursor: str | None


class EventOut(Output):
    """The reads that an event made: the last of the old count (if known), the first of the new."""

    items: list[ReadOut]


class ExplanationOut(Output):
    """What may have happened; `possible` is false when the data rules it out."""

    code: Literal["rollover", "replacement", "mistyped"]
    possible: bool
    detail: str


class RefusalOut(Output):
    """Why a value would not be recorded, as in a problem's body."""

    code: str
    params: Params
    detail: str
    explanations: list[ExplanationOut]


class OutcomeOut(Output):
    """What a value would mean. `use` is null for the first read of a dial, `is_usual` without
    anything to compare with."""

    use: Quantity | None
    seconds: int | None
    average_per_day: Quantity | None
    is_rollover: bool
    is_usual: bool | None
    refusal: RefusalOut | None


class NeighbourOut(Output):
    """A read on one side."""

    id: int
    read_at: datetime
    value: Quantity
    kind: Kind


class OutlookOut(Output):
    """The reads around an instant, the range of values to expect there (null when nothing is
    known), and what the given value would mean. After a rollover `high` is below `low`."""

    at: datetime
    unit: str
    time_zone: str
    register_digits: int | None
    multiplier: Quantity
    previous: NeighbourOut | None
    next: NeighbourOut | None
    low: Quantity | None
    high: Quantity | None
    outcome: OutcomeOut | None


def read_json(listed: Any) -> dict[str, Any]:
    """Give a listed read in the form of ReadOut, apart from the types."""
    fields: dict[str, Any] = listed.row._asdict()
    del fields["account_id"]
    used = listed.used
    return fields | {
        "use": used.use if used else None,
        "seconds": used.seconds if used else None,
        "is_rollover": bool(used and used.is_rollover),
        "counts": listed.counts,
    }
