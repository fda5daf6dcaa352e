"""Reading the rows of an archive: nothing of a file is believed before it has been checked."""

import math
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Text,
)
from sqlalchemy.types import JSON

from app.importers.blocks import MAX_INTERVAL, is_step
from app.schemas.common import FIRST_DATE, LAST_DATE
from app.schemas.consumption import MAX_PERIOD_DAYS
from app.schemas.imports import Counts, ImportedMeter, ImportProblem
from app.utils.periods import is_time_zone, steps_in_day
from app.utils.quality import QUALITIES
from app.utils.units import UNITS, ConsumptionType, base_unit, to_base

MAX_TEXT = 10_000
_LARGEST = {SmallInteger: 2**15 - 1, Integer: 2**31 - 1, BigInteger: 2**63 - 1}
_JSON: Mapping[str, TypeAdapter[Any]] = {
    "counts": TypeAdapter(dict[str, Any]),
    "meters": TypeAdapter(list[ImportedMeter]),
    "warnings": TypeAdapter(list[str]),
    "problems": TypeAdapter(list[ImportProblem]),
    "mapping": TypeAdapter(dict[str, Any]),
}


_COUNTS = frozenset(Counts.model_fields) | {"problems"}


class BadRow(ValueError):
    """A row is not what its table can hold; the message names the column."""


def value_of(column: Column[Any], value: Any) -> Any:
    """Give a value of JSON as its column holds it. Raises BadRow."""
    if value is None:
        if not column.nullable:
            raise BadRow(f"{column.name}: is required")
        return None
    try:
        return _converted(column, value)
    except (ValueError, InvalidOperation, TypeError, OverflowError) as error:
        raise BadRow(f"{column.name}: is not what it can be") from error


def _converted(column: Column[Any], value: Any) -> Any:
    kind = column.type
    if isinstance(kind, Boolean):
        return _of(bool, value)
    if isinstance(kind, Integer):
        limit = _LARGEST[
            next(k for k in (SmallInteger, BigInteger, Integer) if isinstance(kind, k))
        ]
        if abs(_of(int, value)) > limit:
            raise ValueError
        return value
    if isinstance(kind, Date):
        return _day(value)
    if isinstance(kind, DateTime):
        return _instant(value)
    if isinstance(kind, Numeric):
        return _decimal(_of(str, value), kind)
    if isinstance(kind, ARRAY):
        return _numbers(value)
    if isinstance(kind, JSON):
        return _document(column.name, value)
    if isinstance(kind, String | Text):
        return _text(_of(str, value), kind.length or MAX_TEXT)
    raise ValueError


def _of(kind: type[Any], value: Any) -> Any:
    if type(value) is not kind:
        raise ValueError
    return value


def _text(value: str, longest: int) -> str:
    if len(value) > longest or "\0" in value:
        raise ValueError
    return value


def _day(value: Any) -> date:
    found = date.fromisoformat(_of(str, value))
    if not FIRST_DATE <= found <= LAST_DATE or found.isoformat() != value:
        raise ValueError
    return found


def _instant(value: Any) -> datetime:
    found = datetime.fromisoformat(_of(str, value))
    if found.tzinfo is None or not FIRST_DATE <= found.date() <= LAST_DATE:
        raise ValueError
    return found


def _decimal(value: str, kind: Numeric[Any]) -> Decimal:
    found = Decimal(value)
    places = kind.scale or 0
    whole = (kind.precision or 0) - places
    if not found.is_finite() or len(value) > 50 or abs(found) >= Decimal(10) ** whole:
        raise ValueError
    if found != round(found, places):
        raise ValueError
    return found


def _numbers(value: Any) -> list[float | None]:
    for amount in _of(list, value):
        if amount is not None and not (
            isinstance(amount, int | float)
            and type(amount) is not bool
            and math.isfinite(amount)
            and abs(amount) <= MAX_INTERVAL
        ):
            raise ValueError
    return [None if amount is None else float(amount) for amount in value]


def _document(name: str, value: Any) -> Any:
    if "\\u0000" in repr(value) or "\0" in str(value):
        raise ValueError
    try:
        _JSON.get(name, TypeAdapter(Any)).validate_python(value)
        if name == "counts":
            TypeAdapter(dict[str, int]).validate_python(
                {key: count for key, count in value.items() if key in _COUNTS}, strict=True
            )
    except ValidationError as error:
        raise ValueError from error
    return value


def refuse_site(row: Mapping[str, Any]) -> None:
    """Check what the column types of a site do not say. Raises BadRow."""
    if not is_time_zone(row["time_zone"]):
        raise BadRow("time_zone: is not an IANA time zone")


def refuse_meter(row: Mapping[str, Any]) -> None:
    """Check what the column types of a meter do not say. Raises BadRow."""
    if row["consumption_type"] not in UNITS or row["unit"] not in ("kWh", "m³"):
        raise BadRow("consumption_type: is not one of ours, or unit is no base unit")
    if row["unit"] not in {base_unit(u) for u in UNITS[ConsumptionType(row["consumption_type"])]}:
        raise BadRow("unit: is not one of this type")


def complete_record(row: dict[str, Any], meter: Mapping[str, Any]) -> None:
    """Check a record against its meter and compute its base amount. Raises BadRow."""
    first = row["period_start"] or row["consumption_date"]
    if not 0 <= (row["consumption_date"] - first).days < MAX_PERIOD_DAYS:
        raise BadRow("period_start: is not before consumption_date, or too long before it")
    if row["consumption_type"] != meter["consumption_type"]:
        raise BadRow("consumption_type: is not that of the meter")
    if row["unit"] not in UNITS[ConsumptionType(row["consumption_type"])]:
        raise BadRow("unit: is not one of this type")
    if base_unit(row["unit"]) != meter["unit"] or meter["source"] != "entries":
        raise BadRow("meter_id: the meter holds no such records")
    row["base_amount"] = to_base(row["amount"], row["unit"])


def refuse_block(row: Mapping[str, Any], meter: Mapping[str, Any], time_zone: str) -> None:
    """Check a block against its meter and the length of its local day. Raises BadRow."""
    if meter["source"] != "intervals":
        raise BadRow("meter_id: the meter holds no intervals")
    if not is_step(row["step_seconds"]):
        raise BadRow("step_seconds: is no length of an interval")
    count = steps_in_day(row["day"], time_zone, row["step_seconds"])
    if len(row["amounts"]) != count:
        raise BadRow(f"amounts: {row['day']} has {count} intervals in {time_zone}")
    quality = row["quality"]
    if quality is not None and not (len(quality) == count and QUALITIES.issuperset(quality)):
        raise BadRow("quality: needs one known letter for each interval")
