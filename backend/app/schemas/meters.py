"""Sites and meters on the wire."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.schemas.common import (
    LEFT_OUT,
    Digits,
    Id,
    Input,
    Multiplier,
    Name,
    Output,
    Quantity,
    TimeZone,
    example,
    refusal,
)
from app.utils.codes import Code
from app.utils.units import ConsumptionType

BaseUnit = Literal["kWh", "m³"]
MeterSource = Literal["entries", "register", "intervals"]
MeterDirection = Literal["import", "export"]


class SiteCreate(Input):
    """A place with meters; left out, the time zone is the account's."""

    model_config = example(name="Holiday flat", time_zone="Atlantic/Canary", occupants=2)

    name: Name
    time_zone: TimeZone | None = None
    occupants: Annotated[int, Field(strict=True, ge=0, le=100_000)] | None = None


class SiteUpdate(Input):
    """What may be changed; a field that is left out stays as it is."""

    model_config = example(name="Our home", occupants=3)

    name: Name = LEFT_OUT
    time_zone: TimeZone = LEFT_OUT
    occupants: Annotated[int, Field(strict=True, ge=0, le=100_000)] | None = None


class SiteOut(Output):
    """A place with meters; its time zone decides what a day is."""

    id: int
    name: str
    time_zone: str
    latitude: Quantity | None
    longitude: Quantity | None
    floor_area_m2: Quantity | None
    occupants: int | None
    created_at: datetime


class SiteList(Output):
    """The account's sites, oldest first."""

    items: list[SiteOut]


class MeterCreate(Input):
    """A meter. `entries` are typed-in or imported records, `register` what its dial shows,
    `intervals` series from files and devices. Export is what is fed into the network."""

    model_config = example(name="Heat pump", consumption_type="electricity")

    name: Name
    consumption_type: ConsumptionType
    site_id: Id | None = Field(default=None, description="Left out: the account's first site.")
    unit: BaseUnit | None = Field(
        default=None, description="Base unit. Left out: kWh, or m³ for water and gas."
    )
    serial_number: Annotated[Name, Field(max_length=100)] | None = None
    source: MeterSource = Field(
        default="entries", description="The one way it is fed; may change while it has no data."
    )
    direction: MeterDirection = "import"
    register_digits: Digits | None = Field(
        default=None, description="Digits of the dial before the point, which let it roll over."
    )
    multiplier: Multiplier = Field(
        default=Decimal(1),
        json_schema_extra={"default": 1},  # a Decimal's own would be a text
        description="Base units in one of the dial: a ratio, or 0.028316846592 for ft³.",
    )

    @model_validator(mode="after")
    def _is_consistent(self) -> "MeterCreate":
        if self.source != "register" and self.register_digits is not None:
            raise refusal(Code.ONLY_OF_DIALS, "is of a meter whose dial is read", "register_digits")
        if self.source != "register" and self.multiplier != 1:
            raise refusal(Code.ONLY_OF_DIALS, "is of a meter whose dial is read", "multiplier")
        allowed = {"electricity": ("kWh",), "water": ("m³",), "gas": ("m³", "kWh")}
        units = allowed[self.consumption_type.value]
        if self.unit is not None and self.unit not in units:
            detail = f"{self.consumption_type} is counted in {' or '.join(units)}"
            raise refusal(
                Code.UNIT_NOT_OF_TYPE,
                detail,
                "unit",
                consumption_type=self.consumption_type.value,
                allowed=list(units),
            )
        return self

    @property
    def effective_unit(self) -> str:
        """The unit that was given, or the default of the type."""
        return self.unit or ("kWh" if self.consumption_type == "electricity" else "m³")


class MeterUpdate(Input):
    """What may be changed; a field that is left out stays as it is."""

    model_config = example(name="Heat pump in the cellar")

    name: Name = LEFT_OUT
    site_id: Annotated[Id, Field()] = LEFT_OUT
    serial_number: Annotated[Name, Field(max_length=100)] | None = None
    archived: Annotated[bool, Field(strict=True)] = LEFT_OUT
    source: MeterSource = LEFT_OUT
    register_digits: Digits | None = None
    multiplier: Multiplier = LEFT_OUT


class MeterOut(Output):
    """A meter. `is_default`: where records go that name no meter."""

    id: int
    site_id: int
    name: str
    consumption_type: ConsumptionType
    unit: str
    source: MeterSource
    direction: MeterDirection
    is_default: bool
    serial_number: str | None
    register_digits: int | None
    multiplier: Quantity
    archived_at: datetime | None
    created_at: datetime
    record_count: int
    first_day: date | None
    last_day: date | None


class MeterList(Output):
    """The account's meters, archived ones included, by name."""

    items: list[MeterOut]
