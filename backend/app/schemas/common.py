"""Types and bases that the schemas share."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from app.utils.codes import Code
from app.utils.periods import is_time_zone

MAX_ID = 2**63 - 1
MAX_AMOUNT = Decimal("9999999999.9999")
FIRST_DATE = date(1900, 1, 1)
LAST_DATE = date(2200, 12, 31)
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", re.ASCII)


class Input(BaseModel):
    """A body or query that is read: unknown fields are refused, nothing is coerced silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="constants")


def example(**fields: Any) -> ConfigDict:
    """Say what a body can look like; it works when it is sent as it stands."""
    return ConfigDict(json_schema_extra={"examples": [fields]})


class Output(BaseModel):
    """A body that is answered."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


def refusal(
    code: Code, detail: str, field: str | None = None, **params: Any
) -> PydanticCustomError:
    """Make the error that a validator raises; a rule over several fields names one to blame."""
    context = {"field": field, "params": params, "detail": detail}
    return PydanticCustomError(code.value, "{detail}", context)


def plain_text(value: object) -> object:
    """Refuse a text that the database cannot hold; other values pass."""
    if not isinstance(value, str):
        return value
    if "\0" in value:
        raise refusal(Code.BAD_CHARACTER, "must not contain the NUL character")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise refusal(Code.BAD_CHARACTER, "must not contain half of a surrogate pair") from None
    return value


def _trimmed(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _iso_date(value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _ISO_DATE.match(value):
        raise refusal(Code.NOT_A_DATE, "must be a date written as YYYY-MM-DD")
    return value


def json_number(value: object) -> object:
    """Refuse what is not a number in JSON (a text, true), and -0."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | float):
        raise refusal(Code.WRONG_TYPE, "must be a JSON number", expected="number")
    if isinstance(value, Decimal) and value.is_zero() and value.is_signed():
        raise refusal(Code.BELOW_MINIMUM, "must be 0 or more; -0 is not accepted", min=0)
    return value


def _known_zone(value: str) -> str:
    if not is_time_zone(value):
        raise refusal(Code.NOT_A_TIME_ZONE, "must be an IANA time zone such as Europe/Madrid")
    return value


def _as_number(value: Decimal) -> float | int:
    return int(value) if value == value.to_integral_value() and abs(value) < 2**53 else float(value)


def _id_in_reach(value: object) -> object:
    """Keep a number that JSON wrote too large for an int beyond the limit, so that it is named."""
    if isinstance(value, Decimal) and value.is_finite() and not 0 < value <= MAX_ID:
        return MAX_ID + 1 if value > 0 else 0
    return value


# Constraints stand before the validators that wrap them: after one, Pydantic would apply them
# from outside and name their limit by its repr.
PLAIN_TEXT = BeforeValidator(plain_text)
TRIMMED = BeforeValidator(_trimmed)
Text = Annotated[str, Field(strict=True), PLAIN_TEXT]
Name = Annotated[str, Field(strict=True, min_length=1, max_length=200), PLAIN_TEXT, TRIMMED]
PersonName = Annotated[str, Field(strict=True, min_length=1, max_length=100), PLAIN_TEXT, TRIMMED]
Id = Annotated[int, Field(strict=True, ge=1, le=MAX_ID), BeforeValidator(_id_in_reach)]
Day = Annotated[
    date,
    Field(ge=FIRST_DATE, le=LAST_DATE),
    BeforeValidator(_iso_date),
    WithJsonSchema({"type": "string", "format": "date"}),
]
Amount = Annotated[
    Decimal,
    Field(ge=0, le=MAX_AMOUNT, decimal_places=4, allow_inf_nan=False),
    BeforeValidator(json_number),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": float(MAX_AMOUNT)}),
]
Quantity = Annotated[
    Decimal, PlainSerializer(_as_number, when_used="json"), WithJsonSchema({"type": "number"})
]
TimeZone = Annotated[
    str,
    Field(strict=True, max_length=64, examples=["Europe/Madrid"]),
    PLAIN_TEXT,
    AfterValidator(_known_zone),
]
Currency = Annotated[str, Field(strict=True, pattern=r"^[A-Z]{3}$", examples=["EUR"]), PLAIN_TEXT]
Locale = Annotated[
    str,
    Field(
        strict=True,
        pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$",
        examples=["en"],
    ),
    PLAIN_TEXT,
]


MAX_DIGITS = 12
MAX_MULTIPLIER = Decimal(999_999)
Digits = Annotated[int, Field(strict=True, ge=1, le=MAX_DIGITS)]
Multiplier = Annotated[
    Decimal,
    Field(gt=0, le=MAX_MULTIPLIER, decimal_places=12, allow_inf_nan=False),
    BeforeValidator(json_number),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": float(MAX_MULTIPLIER)}),
]
Params = dict[str, str | int | float | list[str]]


class ProblemField(Output):
    """One thing that is wrong; `code` and `params` are for translating `detail`."""

    pointer: str
    detail: str
    code: Code
    params: Params


class ProblemBody(Output):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    code: Code
    params: Params
    errors: list[ProblemField]


def without_titles(schema: Any) -> Any:
    """Drop the titles that Pydantic adds to each field: they say nothing and bloat the client."""
    if isinstance(schema, dict):
        return {
            key: without_titles(value)
            for key, value in schema.items()
            if not (key == "title" and isinstance(value, str))
        }
    if isinstance(schema, list):
        return [without_titles(item) for item in schema]
    return schema


def _has_no_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


LEFT_OUT: Any = Field(default="", json_schema_extra=_has_no_default)
"""The value of a field of a PATCH that was not sent, and may not be null."""
