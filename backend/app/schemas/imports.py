"""Imports on the wire."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import orjson
from pydantic import AfterValidator, BeforeValidator, Field

from app.schemas.common import (
    LEFT_OUT,
    Input,
    Name,
    Output,
    Quantity,
    Text,
    example,
    plain_text,
    refusal,
)
from app.schemas.consumption import QueryId, QueryInt, Unit
from app.utils.codes import Code
from app.utils.units import ConsumptionType, canonical_unit

ColumnField = Literal[
    "consumption_date", "period_start", "amount", "unit", "consumption_type", "meter", "description"
]
SHOWN_PROBLEMS = 100


def _known_unit(value: str) -> str:
    if canonical_unit(value) is None:
        raise refusal(Code.UNKNOWN_UNIT, "is not a unit that is known")
    return value


class Mapping(Input):
    """How to read the file where its header does not say it."""

    columns: dict[
        ColumnField,
        Annotated[Text, Field(max_length=200)] | Annotated[int, Field(strict=True, ge=1, le=200)],
    ] = Field(
        default={},
        description="For each field the column's name in the header, or its number from 1.",
        examples=[{"consumption_date": "Fecha", "amount": "Consumo"}],
    )
    date_order: Literal["ymd", "dmy", "mdy"] | None = None
    decimal: Literal[".", ","] | None = None
    separator: Literal[",", ";", "\t", "|"] | None = None
    unit: Annotated[Unit, AfterValidator(_known_unit)] | None = Field(
        default=None, description="For lines that name no unit."
    )
    consumption_type: ConsumptionType | None = Field(
        default=None, description="For lines that name no utility."
    )


def _from_json(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        raise refusal(Code.WRONG_TYPE, "must be a JSON object", expected="object") from None


_MAPPING = (
    "How to read the file where it does not say it itself: for records_csv the object Mapping,"
    " for other formats the entries of docs/formats.md. `meters` says to which meter a channel"
    ' goes: {"<channel>": <meter id>}.'
)


_MAX_NUMBER = 2**53
"""Up to which every whole number is one of JSON's as programs hold them (RFC 8259 §6)."""


def _storable(value: object) -> object:
    """Give a value as a JSON document of the database holds it, or refuse it."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return _storable_number(value)
    if isinstance(value, dict):
        return {_storable(name): _storable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    return plain_text(value)


def _storable_number(value: int | Decimal) -> int | float:
    if not Decimal(value).is_finite() or not -_MAX_NUMBER <= value <= _MAX_NUMBER:
        detail = f"numbers must be between -{_MAX_NUMBER} and {_MAX_NUMBER}"
        raise refusal(Code.ABOVE_MAXIMUM, detail, max=_MAX_NUMBER)
    whole = int(value)
    return whole if whole == value else float(value)


SeriesMapping = Annotated[dict[Annotated[str, Field(max_length=100)], Any], Field(max_length=200)]
"""A mapping whose entries the format itself validates."""
KeptMapping = Annotated[SeriesMapping, BeforeValidator(_storable)]


FormatName = Annotated[str, Field(strict=True, pattern=r"^[a-z0-9_]{1,40}$")]


class ImportForm(Input):
    """A multipart form: the file, and how to treat it."""

    model_config = example(file="date,kWh\n2026-03-01,12.5\n", dry_run=True)

    file: Annotated[Any, Field(json_schema_extra={"type": "string", "format": "binary"})] = Field(
        description="A file of any format of docs/formats.md, also packed by gzip or ZIP; a CSV of"
        " dated amounts has a header: date, amount, and unit or type where they are not clear."
    )
    format: FormatName | None = Field(
        default=None, description="Left out, the file is recognised by what it holds."
    )
    profile: QueryId | None = Field(
        default=None, description="The import profile whose format and mapping are used."
    )
    site_id: QueryId | None = Field(
        default=None,
        description="Where new meters of interval data are, and whose time zone is used.",
    )
    meter_id: QueryId | None = Field(
        default=None, description="All lines go to this meter; left out, the file says which."
    )
    mapping: Annotated[
        Mapping | SeriesMapping, Field(union_mode="left_to_right"), BeforeValidator(_from_json)
    ] = Field(default=Mapping(), description=_MAPPING)
    mode: Literal["all", "valid"] = Field(
        default="all", description="all: every line or nothing; valid: the good lines only."
    )
    on_conflict: Literal["reject", "add"] = Field(
        default="reject",
        description="What happens to a line whose meter has other amounts for the same days.",
    )
    dry_run: bool = Field(default=False, description="Say what would happen and write nothing.")


class Counts(Output):
    """What happened to the lines."""

    added: int
    changed: int
    unchanged: int
    rejected: int
    ignored: int


class ImportedMeter(Output):
    """A meter that lines went to; `id` is null while a dry run has not made it.

    For interval data `channel` is what the file calls it, `total` the sum of the file's intervals
    in the meter's unit, and `gaps` how many times some are missing between `range`'s days. `cost`
    is the sum of the costs that the file gives, in the import's currency.
    """

    id: int | None
    name: str
    consumption_type: ConsumptionType
    unit: str
    is_new: bool
    added: int
    changed: int = 0
    unchanged: int = 0
    channel: str | None = None
    source: str | None = None
    direction: str | None = None
    total: float | None = None
    cost: float | None = None
    gaps: int | None = None
    range: "DateRange | None" = None


class ImportProblem(Output):
    """Why a line was not taken; `column` is its name in the file."""

    line: int
    column: str | None
    detail: str


class DateRange(Output):
    """First and last day, both included."""

    start: date
    end: date


class PreviewRow(Output):
    """One of the first lines as it was understood."""

    line: int
    consumption_date: date
    period_start: date | None
    amount: Quantity
    unit: str
    consumption_type: ConsumptionType
    meter: str | None
    description: str | None


class PreviewSeries(Output):
    """A channel of the file in few points: use by day, or by interval where there are few."""

    channel: str
    unit: str
    start: list[str]
    amount: list[float]


class Progress(Output):
    """How far an import is: of `total` bytes (reading), channels (arranging) or values."""

    phase: str
    done: int
    total: int


class Reading(Output):
    """How the file was read."""

    encoding: str
    separator: str
    decimal: str | None
    date_order: str | None
    columns: dict[str, str]
    ignored_columns: list[str]
    preview: list[PreviewRow]


class ImportOut(Output):
    """An import, or with `id` null what a dry run found. `problems` has the first 100 (a dry
    run lists up to 10,000), `problems_url` leads to all."""

    id: int | None
    status: Literal["queued", "running", "done", "failed", "undone"]
    format: str
    file_name: str
    sha256: str
    size_bytes: int
    mode: str
    counts: Counts
    conflicts: int = 0
    currency: str | None = None
    meters: list[ImportedMeter]
    range: DateRange | None
    warnings: list[str]
    problems: list[ImportProblem]
    problems_total: int
    problems_url: str | None
    reading: Reading | None
    preview: list[PreviewSeries] = Field(default=[])
    progress: Progress | None = None
    failure: str | None = None
    created_at: datetime
    undone_at: datetime | None


class ImportProfileCreate(Input):
    """A way to read files, to be kept."""

    model_config = example(
        name="Water board", format="records_csv", mapping={"date_order": "dmy", "unit": "m³"}
    )

    name: Name
    format: FormatName
    mapping: KeptMapping = Field(default={})


class ImportProfileUpdate(Input):
    """What is to change; what is left out stays."""

    model_config = example(name="Water board of the city")

    name: Name = LEFT_OUT
    format: FormatName = LEFT_OUT
    mapping: KeptMapping = LEFT_OUT


class ImportProfileOut(Output):
    """An import profile."""

    id: int
    name: str
    format: str
    mapping: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class ImportProfileList(Output):
    """All import profiles, by name."""

    items: list[ImportProfileOut]


class ImportList(Output):
    """Imports, newest first."""

    items: list[ImportOut]
    next_before: int | None


class ImportListQuery(Input):
    """Which page."""

    before: QueryId | None = Field(default=None, description="`next_before` of the last page.")
    per_page: Annotated[int, Field(strict=True, ge=1, le=100), QueryInt] = 20


class ImportProblems(Output):
    """All lines that an import did not take, up to 10,000."""

    items: list[ImportProblem]
    total: int
