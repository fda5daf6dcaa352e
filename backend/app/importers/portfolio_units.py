"""Portfolio Manager's words: types of meters, units, months.

Its units spell themselves out, "kBtu (thousand Btu)"; M is a million, as in SI, and not the
thousand of the gas trade. Source: the technical reference "Thermal Energy Conversions" of ENERGY
STAR Portfolio Manager.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from app.utils.units import UNITS, ConsumptionType, canonical_unit


@dataclass(frozen=True, slots=True)
class Quantity:
    """A unit as so many of a canonical one."""

    unit: str
    factor: Decimal = Decimal(1)


_UNITS: Final = {
    "kbtu": Quantity("BTU", Decimal(1000)),
    "mbtu": Quantity("MMBtu"),
    "cf": Quantity("ft³"),
    "ccf": Quantity("ccf"),
    "kcf": Quantity("Mcf"),
    "mcf": Quantity("Mcf", Decimal(1000)),
    "cm": Quantity("m³"),
    "cgal (us)": Quantity("gal", Decimal(100)),
    "mgal (us)": Quantity("kgal", Decimal(1000)),
    "kgal (uk)": Quantity("imp_gal", Decimal(1000)),
    "cgal (uk)": Quantity("imp_gal", Decimal(100)),
    "mgal (uk)": Quantity("imp_gal", Decimal(1_000_000)),
    "gallons (uk)": Quantity("imp_gal"),
}
_SPELLED: Final = re.compile(r"(?<!\s)\s*\((?!us\)|uk\))[^()]*\)")
_MONTHLY: Final = re.compile(r"(.*\buse)\b.*\(([^()]+(?:\([^()]*\))?)\)\s*\Z")
_OTHER_WATER: Final = ("chilled", "hot water", "steam")
_MONTHS: Final = [
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
]
_NAMED_MONTH: Final = re.compile(r"([a-z]{3})[a-z]*[ -](\d{4}|\d{2})\Z")
_ISO_MONTH: Final = re.compile(r"(\d{4})-(\d{2})(?:-01.*)?\Z", re.ASCII)


def type_of(meter_type: str) -> ConsumptionType | None:
    """Return what a meter of a type measures; None for other fuels and what is made on site."""
    words = meter_type.casefold()
    if words.startswith("electric"):
        on_site = any(word in words for word in ("solar", "wind"))
        return None if on_site else ConsumptionType.ELECTRICITY
    if words.startswith("natural gas"):
        return ConsumptionType.GAS
    is_water = "water" in words or "potable" in words
    return ConsumptionType.WATER if is_water and not _has(words, _OTHER_WATER) else None


def quantity_of(text: str, kind: ConsumptionType) -> Quantity | None:
    """Return the quantity of a unit, or None when it is not one of the type."""
    plain = _SPELLED.sub("", text.casefold()).strip()
    found = _UNITS.get(plain)
    if found is None:
        # Without what is in brackets, but with the case that tells mega from milli.
        spelled = re.sub(r"(?<!\s)\s*\([^()]*\)", "", text).strip()
        unit = canonical_unit(spelled)
        found = Quantity(unit) if unit else None
    return found if found and found.unit in UNITS[kind] else None


def monthly_column(name: str) -> tuple[ConsumptionType, Quantity] | None:
    """Return what a column such as "Electricity Use (GJ)" holds, in casefolded form, or None."""
    found = _MONTHLY.match(name)
    if not found:
        return None
    use = found[1]
    grid = ("electricity use", "natural gas use")
    kind = (
        type_of(use.replace("electricity", "electric", 1))
        if use in grid or "water" in use
        else None
    )
    quantity = quantity_of(_with_case(found[2]), kind) if kind else None
    return (kind, quantity) if kind and quantity else None


def month_of(cell: Any) -> tuple[date, date] | None:
    """Return the first and last day of a month such as "Jan-24", "2024-01" or a date of it."""
    if isinstance(cell, datetime | date):
        year, month = cell.year, cell.month
    else:
        text = str(cell).strip().casefold()
        named, iso = _NAMED_MONTH.match(text), _ISO_MONTH.match(text)
        if named and named[1] in _MONTHS:
            year, month = int(named[2]), _MONTHS.index(named[1]) + 1
            year += 2000 if year < 100 else 0
        elif iso:
            year, month = int(iso[1]), int(iso[2])
        else:
            return None
    if not (1900 <= year <= 2199 and 1 <= month <= 12):
        return None
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def _with_case(unit: str) -> str:
    """Return a casefolded unit of a header as it is written: GJ, kWh."""
    return {"gj": "GJ", "mj": "MJ", "mwh": "MWh"}.get(unit, unit)


def _has(words: str, others: tuple[str, ...]) -> bool:
    return any(other in words for other in others)
