"""The codes of Green Button (ESPI 4.0, espi.xsd) in the words of this product."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.importers.green_button_xml import Entry, Thing
from app.utils import quality
from app.utils.units import UNITS, ConsumptionType

UNTOLD: Final = "nothing tells electricity, water or gas: give consumption_type"
COST_EXPONENT: Final = -5
"""All money is in 1/100,000 of the currency; the power-of-ten multiplier does not apply to it."""

_UNITS: Mapping[int, tuple[str, int]] = {
    72: ("kWh", -3),
    31: ("MJ", -6),
    132: ("BTU", 0),
    169: ("therm", 0),
    **dict.fromkeys((42, 166, 167), ("m³", 0)),
    **dict.fromkeys((119, 120), ("ft³", 0)),
    **dict.fromkeys((134, 156, 157), ("L", 0)),
    128: ("gal", 0),
    130: ("imp_gal", 0),
}
_OTHER_UNITS: Mapping[int, str] = {
    5: "current (A)",
    23: "temperature (°C)",
    29: "voltage (V)",
    33: "frequency (Hz)",
    38: "power (W)",
    61: "apparent power (VA)",
    63: "reactive power (VAr)",
    65: "a power factor",
    71: "apparent energy (VAh)",
    73: "reactive energy (VArh)",
    80: "money",
    111: "a count",
    125: "flow (m³/h)",
    133: "power (BTU/h)",
}
_ELECTRICITY, _GAS, _WATER = ConsumptionType.ELECTRICITY, ConsumptionType.GAS, ConsumptionType.WATER
_SERVICES = {0: _ELECTRICITY, 1: _GAS, 2: _WATER}
_COMMODITIES = {1: _ELECTRICITY, 2: _ELECTRICITY, 7: _GAS, 9: _WATER, 14: _WATER, 26: _ELECTRICITY}
_TYPES_OF_UNITS = {72: _ELECTRICITY, 132: _GAS, 169: _GAS, 128: _WATER, 130: _WATER}
_QUALITIES: Mapping[str, str] = {
    **dict.fromkeys(("0", "14", "16", "17", "18", "19"), quality.ACTUAL),
    "7": quality.MANUAL,
    **dict.fromkeys(("8", "9", "13"), quality.ESTIMATED),
    "10": quality.QUESTIONABLE,
    **dict.fromkeys(("11", "15"), quality.DERIVED),
    "12": quality.PROJECTED,
}
_WORST_FIRST = "PQEMDA"
_REGISTERS = {1: "bulk quantity", 2: "continuous cumulative", 3: "cumulative"}
_NO_AMOUNTS = {
    6: "indicating values",
    9: "a summation",
    10: "a time delay",
    12: "instantaneous values",
    13: "latching quantities",
    14: "a bounded quantity",
}
_DIRECTIONS = {0: "import", 1: "import", 4: "net", 19: "export", 20: "import"}
_CURRENCY_CODES = (
    "8:ALL 32:ARS 36:AUD 44:BSD 52:BBD 84:BZD 68:BOB 124:CAD 136:KYD 152:CLP 156:CNY 170:COP"
    " 188:CRC 203:CZK 208:DKK 214:DOP 320:GTQ 344:HKD 348:HUF 352:ISK 356:INR 360:IDR 376:ILS"
    " 388:JMD 392:JPY 404:KES 410:KRW 458:MYR 480:MUR 484:MXN 554:NZD 566:NGN 578:NOK 586:PKR"
    " 590:PAB 600:PYG 604:PEN 608:PHP 634:QAR 643:RUB 682:SAR 702:SGD 704:VND 710:ZAR 752:SEK"
    " 756:CHF 764:THB 780:TTD 784:AED 818:EGP 826:GBP 840:USD 858:UYU 901:TWD 941:RSD 946:RON"
    " 949:TRY 975:BGN 978:EUR 980:UAH 985:PLN 986:BRL"
)
_CURRENCIES = dict(pair.split(":") for pair in _CURRENCY_CODES.split())


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a reading type's values are.

    A value times 10 to the `exponent` is an amount in `unit`. `direction` is "import", "export" or
    "net"; `is_register` when the values are what a cumulative register showed; `rolls_over` when
    it begins anew at its highest value. `parts` tells apart registers for a tariff or phase.
    """

    consumption_type: ConsumptionType
    unit: str
    exponent: int
    direction: str
    is_register: bool
    rolls_over: bool
    parts: str
    interval_seconds: int
    default_quality: str
    currency: int
    is_total_flow: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """Why values are not read; `is_fault` unless they rightly are no consumption."""

    reason: str
    is_fault: bool = True


def meaning(
    reading_type: Thing, service: int | None, assumed: ConsumptionType | None
) -> Meaning | Refused:
    """Return what the reading type says, or why its values are no consumption.

    `service` is the kind of the usage point's ServiceCategory; `assumed` is for volumes and
    energies of which nothing tells whether they are gas, water or electricity.
    """
    uom = _code(reading_type, "uom")
    if uom not in _UNITS:
        what = _OTHER_UNITS.get(uom, f"unit of measure {uom}")
        return Refused(f"{what} is no consumption", is_fault=False)
    behaviour = _code(reading_type, "accumulationBehaviour")
    if behaviour in _NO_AMOUNTS:
        return Refused(f"{_NO_AMOUNTS[behaviour]} are no consumption", is_fault=False)
    flow = _code(reading_type, "flowDirection")
    if flow not in _DIRECTIONS:
        reason = f"flow direction {flow} is neither delivered nor received"
        return Refused(reason, is_fault=False)
    consumption_type = _type(reading_type, service, uom, assumed)
    if not isinstance(consumption_type, ConsumptionType):
        return consumption_type
    unit, exponent = _UNITS[uom]
    if unit not in UNITS[consumption_type]:
        return Refused(f"{unit} is no unit of {consumption_type}")
    multiplier = _code(reading_type, "powerOfTenMultiplier")
    if not -12 <= multiplier <= 12:
        return Refused(f"the power-of-ten multiplier {multiplier} is not one of -12 to 12")
    return Meaning(
        consumption_type,
        unit,
        exponent + multiplier,
        _DIRECTIONS[flow],
        behaviour in _REGISTERS,
        behaviour == 1,
        _parts(reading_type),
        max(_code(reading_type, "intervalLength"), 0),
        letter(reading_type.fields.get("ReadingType/defaultQuality", "")),
        _code(reading_type, "currency"),
        flow == 20,
    )


def assumed_type(unit: str) -> Thing | None:
    """Return the reading type that values in a unit would have; None when there is none."""
    scaled = {"kWh": ("kWh", 0), "Wh": ("kWh", -3), "MWh": ("kWh", 3), "GJ": ("MJ", 3)}
    name, extra = scaled.get(unit, (unit, 0))
    for uom, (own, exponent) in _UNITS.items():
        if own == name:
            fields = {
                "ReadingType/uom": str(uom),
                "ReadingType/powerOfTenMultiplier": str(extra - exponent),
            }
            return Thing("ReadingType", fields, Entry(0), 0)
    return None


def letter(codes: str, default: str = quality.ACTUAL) -> str:
    """Return the quality letter of ESPI codes set apart by spaces, the worst of several."""
    found = {_QUALITIES.get(code, quality.ACTUAL) for code in codes.split()}
    return next((each for each in _WORST_FIRST if each in found), default)


def currency(code: int) -> str | None:
    """Return the ISO 4217 letters of a numeric currency, None when it is unknown or 0."""
    return _CURRENCIES.get(str(code))


def money(hundred_thousandths: float) -> Decimal:
    """Return an amount of money of the file in its currency, exactly."""
    return Decimal(str(hundred_thousandths)).scaleb(COST_EXPONENT)


def unit_of(uom: int | None) -> tuple[str, int] | None:
    """Return the unit and exponent of a unit of measure, None when it is no consumption."""
    return _UNITS.get(uom) if uom is not None else None


def type_of(
    service: int | None, unit: str, assumed: ConsumptionType | None
) -> ConsumptionType | None:
    """Return the type of a bill: of its usage point's service, as said, or what its unit tells."""
    if service is not None:
        return _SERVICES.get(service)
    uoms = [uom for uom, (name, _) in _UNITS.items() if name == unit]
    return assumed or next((_TYPES_OF_UNITS[u] for u in uoms if u in _TYPES_OF_UNITS), None)


def _code(thing: Thing, name: str) -> int:
    return thing.whole(f"ReadingType/{name}") or 0


def _type(
    reading_type: Thing, service: int | None, uom: int, assumed: ConsumptionType | None
) -> ConsumptionType | Refused:
    commodity = _code(reading_type, "commodity")
    if service is not None and service not in _SERVICES:
        reason = f"service kind {service} is neither electricity, water nor gas"
        return Refused(reason, is_fault=False)
    if commodity and commodity not in _COMMODITIES:
        reason = f"commodity {commodity} is neither electricity, water nor gas"
        return Refused(reason, is_fault=False)
    said = _SERVICES.get(service) if service is not None else _COMMODITIES.get(commodity)
    return said or assumed or _TYPES_OF_UNITS.get(uom) or Refused(UNTOLD)


def _parts(reading_type: Thing) -> str:
    """Return the codes that tell apart registers of one flow: tariff, tier, critical peak."""
    names = (("tou", "t"), ("consumptionTier", "c"), ("cpp", "p"))
    codes = ((short, _code(reading_type, name)) for name, short in names)
    return "".join(f".{short}{code}" for short, code in codes if code)
