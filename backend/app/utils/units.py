"""Units of electricity, water and gas, and their exact conversion to the base unit.

The base units are kWh (energy) and m³ (volume). Gas is metered in either; volume is never turned
into energy here, because that takes a dated calorific value of the site.

Factors are exact, by definition, and come from:

- kWh, Wh, MWh, GWh, MJ, GJ: 1 kWh = 3.6 MJ (SI Brochure, 9th edition, 2019).
- BTU, therm, dekatherm, MMBtu: the International Table Btu, 1055.05585262 J (NIST SP 811, 2008,
  appendix B.8; ISO 31-4, 1992); a therm is 100,000 Btu, a dekatherm and an MMBtu 1,000,000 Btu.
- ft³, ccf, Mcf: the international foot, 0.3048 m (NIST SP 811); c is 100 and M is 1,000, the
  Roman numerals of the gas trade, not SI prefixes (US EIA glossary).
- gal, kgal: the US liquid gallon of 231 cubic inches, 3.785411784 L (NIST Handbook 44, app. C).
- imp_gal: 4.54609 L (UK Units of Measurement Regulations 1995, schedule).
"""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

BASE_SCALE = 9
"""Decimals of an amount in the base unit."""

_BILLION: int = 10**BASE_SCALE
_WIDEST_SPELLING = 40
_EXPONENTS = range(-30, 31)


class ConsumptionType(StrEnum):
    """What is consumed. Totals are never added across types."""

    ELECTRICITY = "electricity"
    WATER = "water"
    GAS = "gas"


UNITS: Mapping[ConsumptionType, tuple[str, ...]] = MappingProxyType(
    {
        ConsumptionType.ELECTRICITY: ("kWh", "Wh", "MWh", "GWh", "MJ", "GJ"),
        ConsumptionType.WATER: (
            *("m³", "L", "hL", "kL", "ML"),
            *("gal", "kgal", "imp_gal", "ft³", "ccf"),
        ),
        ConsumptionType.GAS: (
            *("m³", "dm³", "L", "ft³", "ccf", "Mcf"),
            *("kWh", "Wh", "MWh", "MJ", "GJ", "therm", "dekatherm", "BTU", "MMBtu"),
        ),
    }
)
"""The canonical units each type is accepted in; the first is the default."""

DEFAULT_UNIT: Mapping[ConsumptionType, str] = MappingProxyType(
    {consumption_type: units[0] for consumption_type, units in UNITS.items()}
)

FIRST_TYPE: Mapping[str, ConsumptionType] = MappingProxyType(
    {unit: kind for kind in tuple(UNITS)[::-1] for unit in UNITS[kind]}
)
"""Which type a canonical unit stands for where nothing says it: of several, the first."""

_BTU_IN_KWH = Fraction("1055.05585262") / 3_600_000
_FT3_IN_M3 = Fraction("0.3048") ** 3
_US_GALLON_IN_M3 = Fraction("3.785411784") / 1000

_ENERGY: Mapping[str, Fraction] = {
    "kWh": Fraction(1),
    "Wh": Fraction(1, 1000),
    "MWh": Fraction(1000),
    "GWh": Fraction(1_000_000),
    "MJ": Fraction(10, 36),
    "GJ": Fraction(10_000, 36),
    "BTU": _BTU_IN_KWH,
    "therm": _BTU_IN_KWH * 100_000,
    "dekatherm": _BTU_IN_KWH * 1_000_000,
    "MMBtu": _BTU_IN_KWH * 1_000_000,
}
_VOLUME: Mapping[str, Fraction] = {
    "m³": Fraction(1),
    "dm³": Fraction(1, 1000),
    "L": Fraction(1, 1000),
    "hL": Fraction(1, 10),
    "kL": Fraction(1),
    "ML": Fraction(1000),
    "gal": _US_GALLON_IN_M3,
    "kgal": _US_GALLON_IN_M3 * 1000,
    "imp_gal": Fraction("4.54609") / 1000,
    "ft³": _FT3_IN_M3,
    "ccf": _FT3_IN_M3 * 100,
    "Mcf": _FT3_IN_M3 * 1000,
}

FACTORS: Mapping[str, Fraction] = MappingProxyType({**_ENERGY, **_VOLUME})
"""Base units (kWh or m³) in one of each canonical unit, exactly."""


def base_unit(unit: str) -> str:
    """Return "kWh" for a canonical unit of energy and "m³" for one of volume.

    ValueError when `unit` is not canonical.
    """
    if unit in _ENERGY:
        return "kWh"
    if unit in _VOLUME:
        return "m³"
    raise ValueError(f"not a canonical unit: {unit!r}")


def to_base(amount: Decimal, unit: str) -> Decimal:
    """Convert `amount` of a canonical unit to its base unit, with exactly 9 decimals.

    The product is rational and rounded once, half to even, whatever the decimal context. Zero,
    also when the result rounds to it, has no sign.
    ValueError when `unit` is not canonical, when `amount` is NaN or infinite, is 10^31 or more, or
    has more than 30 decimals.
    """
    factor = FACTORS.get(unit)
    if factor is None:
        raise ValueError(f"not a canonical unit: {unit!r}")
    numerator, denominator = _ratio(amount)
    return from_billionths(
        _divide_half_even(numerator * factor.numerator * _BILLION, denominator * factor.denominator)
    )


def from_billionths(count: int) -> Decimal:
    """Return `count` times 1e-9 with exactly 9 decimals, whatever the decimal context."""
    return Decimal(f"{count}e-{BASE_SCALE}")


def to_billionths(amount: Decimal) -> int:
    """Return how many times 1e-9 `amount` is, exactly.

    ValueError when that is not a whole number, and for the amounts `to_base` refuses.
    """
    numerator, denominator = _ratio(amount)
    count, rest = divmod(numerator * _BILLION, denominator)
    if rest:
        raise ValueError(f"more than {BASE_SCALE} decimals: {amount}")
    return count


def canonical_unit(text: str) -> str | None:
    """Return the canonical unit that `text` spells, or None when it spells none, or two.

    Case, spaces, dots, hyphens and superscripts do not matter, except where case alone tells
    mega from milli: "MJ", "Mwh" and "ML" are read, "mj", "mWh" and "mL" are not. Also None:
    "mbtu" (a thousand Btu to some, a million to others), "kW" (power), "Nm³" (needs the gas's
    conditions). A gallon is the US one unless it says imperial or UK.
    """
    if len(text) > _WIDEST_SPELLING:
        return None
    key = _SEPARATORS.sub("", _without_accents(text))
    folded = key.casefold()
    if folded in _MILLI_WHEN_LOWER and not key.startswith("M"):
        return None
    return _SPELLINGS.get(folded)


def _ratio(amount: Decimal) -> tuple[int, int]:
    if not amount.is_finite():
        raise ValueError(f"not a finite amount: {amount}")
    exponent = int(amount.as_tuple().exponent)
    # A short text such as 1e999999 would otherwise become an integer of a million digits.
    if exponent < _EXPONENTS.start or (amount and amount.adjusted() not in _EXPONENTS):
        raise ValueError("amount outside 1e-30 to 1e31")
    return amount.as_integer_ratio() if amount else (0, 1)


def _divide_half_even(numerator: int, denominator: int) -> int:
    quotient, rest = divmod(numerator, denominator)
    twice = 2 * rest
    if twice > denominator or (twice == denominator and quotient % 2):
        return quotient + 1
    return quotient


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


# A hyphen before a digit stays: "m-3" is "per cubic metre", not "m3".
_SEPARATORS = re.compile(r"[\s.,*^_()·⋅∙•]+|[-\u2010\u2011](?=[^\W\d])")
_MILLI_WHEN_LOWER = frozenset({"mwh", "mj", "ml"})

_SPELLED: Mapping[str, str] = {
    "kWh": "kwh kwhs kilowatthour kilowatthours kilovatiohora kilovatioshora kilowattstunde"
    " kilowattstunden kilowattheure kilowattheures",
    "Wh": "wh watthour watthours vatiohora vatioshora wattstunde wattstunden wattheure wattheures",
    "MWh": "mwh megawatthour megawatthours megavatiohora megavatioshora megawattstunde"
    " megawattstunden megawattheure megawattheures",
    "GWh": "gwh gigawatthour gigawatthours gigavatiohora gigavatioshora gigawattstunde"
    " gigawattstunden gigawattheure gigawattheures",
    "MJ": "mj megajoule megajoules megajulio megajulios",
    "GJ": "gj gigajoule gigajoules gigajulio gigajulios",
    "BTU": "btu btus britishthermalunit britishthermalunits",
    "therm": "therm therms thm thms termia",
    "dekatherm": "dekatherm dekatherms decatherm decatherms dth dths dkth",
    "MMBtu": "mmbtu mmbtus millionbtu millionbtus",
    "m³": "m3 cbm cum cubicmetre cubicmetres cubicmeter cubicmeters metrocubico metroscubicos"
    " kubikmeter metrecube metrescubes",
    "dm³": "dm3 cubicdecimetre cubicdecimetres cubicdecimeter cubicdecimeters decimetrocubico"
    " decimetroscubicos",
    "L": "l lt ltr ltrs litre litres liter liters litro litros",
    "hL": "hl hectolitre hectolitres hectoliter hectoliters hectolitro hectolitros",
    "kL": "kl kilolitre kilolitres kiloliter kiloliters kilolitro kilolitros",
    "ML": "ml megalitre megalitres megaliter megaliters megalitro megalitros",
    "gal": "gal gals gallon gallons usgal usgals usgallon usgallons galon galones",
    "kgal": "kgal kgals kilogallon kilogallons thousandgallons 1000gal 1000gallons",
    "imp_gal": "impgal impgals impgallon impgallons imperialgallon imperialgallons ukgal ukgals"
    " ukgallon ukgallons",
    "ft³": "ft3 cf cuft cubicfoot cubicfeet piecubico piescubicos",
    "ccf": "ccf hcf hundredcubicfeet 100cf 100cuft 100ft3 100cubicfeet",
    "Mcf": "mcf kcf thousandcubicfeet 1000cf 1000cuft 1000ft3 1000cubicfeet",
}
_SPELLINGS: Mapping[str, str] = {
    spelling: unit for unit, spellings in _SPELLED.items() for spelling in spellings.split()
}
