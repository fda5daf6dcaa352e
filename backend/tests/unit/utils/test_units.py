"""Units: exact factors, one rounding, and spellings that are never guessed."""

from decimal import Context, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.utils.units import (
    DEFAULT_UNIT,
    FACTORS,
    UNITS,
    ConsumptionType,
    base_unit,
    canonical_unit,
    from_billionths,
    to_base,
    to_billionths,
)

amounts = st.decimals(min_value=0, max_value=Decimal("9999999999.9999"), places=4, allow_nan=False)
units = st.sampled_from(sorted(FACTORS))


@pytest.mark.parametrize(
    ("amount", "unit", "expected"),
    [
        ("1", "kWh", "1.000000000"),
        ("1", "Wh", "0.001000000"),
        ("0.0001", "Wh", "0.000000100"),
        ("1", "MWh", "1000.000000000"),
        ("1", "GWh", "1000000.000000000"),
        ("3.6", "MJ", "1.000000000"),
        ("1", "MJ", "0.277777778"),
        ("1", "GJ", "277.777777778"),
        ("1", "BTU", "0.000293071"),
        ("1", "therm", "29.307107017"),
        ("1", "dekatherm", "293.071070172"),
        ("1", "MMBtu", "293.071070172"),
        ("1", "m³", "1.000000000"),
        ("1", "dm³", "0.001000000"),
        ("1", "L", "0.001000000"),
        ("1", "hL", "0.100000000"),
        ("1", "kL", "1.000000000"),
        ("1", "ML", "1000.000000000"),
        ("1000", "gal", "3.785411784"),
        ("1", "kgal", "3.785411784"),
        ("1000", "imp_gal", "4.546090000"),
        ("1", "ft³", "0.028316847"),
        ("1", "ccf", "2.831684659"),
        ("1", "Mcf", "28.316846592"),
        ("9999999999.9999", "GWh", "9999999999999900.000000000"),
    ],
)
def test_one_of_each_unit_is_so_much_of_its_base_unit(
    amount: str, unit: str, expected: str
) -> None:
    assert f"{to_base(Decimal(amount), unit):f}" == expected


def test_a_therm_is_100000_btu() -> None:
    assert FACTORS["therm"] == 100_000 * FACTORS["BTU"]
    assert FACTORS["BTU"] == Fraction("1055.05585262") / 3_600_000


def test_a_us_gallon_is_231_cubic_inches() -> None:
    inch = Fraction("0.0254")
    assert FACTORS["gal"] == 231 * inch**3
    assert FACTORS["ft³"] == (12 * inch) ** 3


@given(amounts, units)
def test_conversion_is_exact_and_rounded_once_half_to_even(amount: Decimal, unit: str) -> None:
    exact = Fraction(amount) * FACTORS[unit] * 10**9
    converted = to_base(amount, unit)
    assert converted.as_tuple().exponent == -9
    assert Fraction(converted) * 10**9 == round(exact)


@given(amounts, units, st.integers(1, 6))
def test_the_decimal_context_does_not_change_a_conversion(
    amount: Decimal, unit: str, precision: int
) -> None:
    usual = to_base(amount, unit)
    with localcontext(Context(prec=precision)):
        assert to_base(amount, unit).compare_total(usual) == 0


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("0.5e-6", "0E-9"), ("1.5e-6", "2E-9"), ("2.5e-6", "2E-9"), ("-1.5e-6", "-2E-9")],
)
def test_a_half_is_rounded_to_even(amount: str, expected: str) -> None:
    assert str(to_base(Decimal(amount), "Wh")) == expected


@pytest.mark.parametrize("zero", ["0", "-0", "0.0000", "-0E+5", "-0.0000001"])
def test_zero_has_no_sign(zero: str) -> None:
    converted = to_base(Decimal(zero), "Wh")
    assert not converted
    assert not converted.is_signed()
    assert converted.as_tuple().exponent == -9


@pytest.mark.parametrize(
    "amount", ["NaN", "sNaN", "Infinity", "-Infinity", "1e31", "1e999999", "1e-31", "1e-999999"]
)
def test_an_amount_that_is_not_finite_or_is_extreme_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        to_base(Decimal(amount), "kWh")


@pytest.mark.parametrize("unit", ["", "kwh", "m3", "kW", "parsec"])
def test_a_unit_that_is_not_canonical_is_refused(unit: str) -> None:
    with pytest.raises(ValueError, match="not a canonical unit"):
        to_base(Decimal(1), unit)
    with pytest.raises(ValueError, match="not a canonical unit"):
        base_unit(unit)


@given(st.integers(-(10**25), 10**25))
def test_billionths_round_trip(count: int) -> None:
    assert to_billionths(from_billionths(count)) == count


def test_a_tenth_decimal_is_no_whole_number_of_billionths() -> None:
    with pytest.raises(ValueError, match="more than 9 decimals"):
        to_billionths(Decimal("0.0000000001"))


def test_every_unit_of_every_type_converts_and_is_its_own_spelling() -> None:
    for consumption_type in ConsumptionType:
        assert DEFAULT_UNIT[consumption_type] == UNITS[consumption_type][0]
        for unit in UNITS[consumption_type]:
            assert canonical_unit(unit) == unit
            assert base_unit(unit) in ("kWh", "m³")
    assert {unit for units in UNITS.values() for unit in units} == set(FACTORS)


def test_electricity_has_no_volume_and_water_no_energy() -> None:
    assert {base_unit(unit) for unit in UNITS[ConsumptionType.ELECTRICITY]} == {"kWh"}
    assert {base_unit(unit) for unit in UNITS[ConsumptionType.WATER]} == {"m³"}
    assert {base_unit(unit) for unit in UNITS[ConsumptionType.GAS]} == {"kWh", "m³"}


@pytest.mark.parametrize(
    ("unit", "spellings"),
    [
        ("kWh", "kwh|KWH|kW·h|kW⋅h|kW h|kW-h|kilowatt-hours|Kilowatt Hour|㎾h| kWh "),
        ("MWh", "MWh|MWH|Mwh|megawatt hours"),
        ("GWh", "GWh|gwh"),
        ("Wh", "wh|Wh|watt-hours"),
        ("MJ", "MJ|Mj|megajoules"),
        ("m³", "m3|M3|m^3|M^3|m³|㎥|m 3|cubic metres|Cubic Meters|metros cúbicos|METROS CUBICOS"),
        ("L", "l|L|ℓ|litre|Litres|liter|liters|litros"),
        ("ML", "ML|Ml|megalitres"),
        ("kL", "kl|KL|kL"),
        ("gal", "gal|GAL|gallons|US gal|us gallons"),
        ("imp_gal", "imp gal|imp. gal.|Imperial gallons|UK gallons"),
        ("kgal", "kgal|kGal|1000 gallons|thousand gallons"),
        ("ft³", "CF|cf|cu ft|cu. ft.|ft3|ft^3|ft³|cubic feet"),
        ("ccf", "CCF|ccf|HCF|hcf|hundred cubic feet|100 cu ft"),
        ("Mcf", "Mcf|MCF|mcf|thousand cubic feet"),
        ("therm", "therm|Therms|thm"),
        ("dekatherm", "dth|Dth|dekatherms|decatherm"),
        ("BTU", "btu|BTU|Btu"),
        ("MMBtu", "MMBtu|mmbtu|MMBTU"),
    ],
)
def test_common_spellings_are_read(unit: str, spellings: str) -> None:
    assert {s: canonical_unit(s) for s in spellings.split("|")} == dict.fromkeys(
        spellings.split("|"), unit
    )


@pytest.mark.parametrize(
    "text",
    [
        *("mJ", "mj", "mWh", "mwh", "mL", "ml", "mbtu", "MBTU", "kbtu", "th", "m", "m2", "m-3"),
        *("", " ", "kW", "kW/h", "kvarh", "kVAh", "Nm³", "Sm3", "MMcf", "mm3", "€", "0", "k", "1"),
        *("kWh m3", "\0kWh", "kWh\0", "🔥", "k" * 100_000, "ﷺ" * 40),
    ],
)
def test_what_spells_no_unit_or_two_is_not_guessed(text: str) -> None:
    assert canonical_unit(text) is None


@given(st.text(max_size=60))
def test_any_text_spells_a_canonical_unit_or_none(text: str) -> None:
    assert canonical_unit(text) in {*FACTORS, None}
