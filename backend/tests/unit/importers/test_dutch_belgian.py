"""DSMR-reader, HomeWizard and Fluvius: tariffs, registers, gas twice, clock changes."""

from math import isnan

import pytest

from app.importers import dsmr_reader, fluvius, homewizard
from app.importers.series import Unreadable
from app.utils.units import ConsumptionType
from tests.unit.importers.series_reading import read, text

DSMR = (
    "Hour Start,Electricity 1 (Dutch Users: Low Tariff),Electricity 2 (Dutch Users: Normal Tariff),"
    "Electricity 1 Returned (Dutch Users: Low Tariff),"
    "Electricity 2 Returned (Dutch Users: Normal Tariff),Gas"
)


def test_dsmr_reader_adds_tariffs_by_direction_and_keeps_the_offset() -> None:
    data = text(
        DSMR,
        "2024-10-27T02:00:00+02:00,0.5,0.25,0.1,0.2,0.032",
        "2024-10-27T02:00:00+01:00,0.5,,0,,",
        "",
        "2024-10-27T03:00:00,1,1,1,1,1",
        "2024-10-27T04:00:00+01:00,1,x,1,1,1",
        "2024-10-27T05:00:00+01:00,,,,,",
    )
    assert dsmr_reader.FORMAT.recognises("x.csv", data)
    found = read(dsmr_reader.FORMAT, data)
    assert found.readings["dsmr:electricity"] == [
        ("2024-10-27T00:00:00Z", 3600, 0.75, "A", 2),
        ("2024-10-27T01:00:00Z", 3600, 0.5, "A", 3),
    ]
    assert [round(a, 9) for a in found.amounts("dsmr:returned")] == [0.3, 0, 2]
    assert found.amounts("dsmr:gas") == [0.032, 1]
    assert found.channels["dsmr:returned"].direction == "export"
    assert found.channels["dsmr:gas"].unit == "m³"
    assert [(r.line, r.column) for r in found.rejected] == [
        (5, "Hour Start"),
        (6, "Electricity 2 (Dutch Users: Normal Tariff)"),
    ]
    assert found.accounted() == 7


P1 = "time,Import T1 kWh,Import T2 kWh,Export T1 kWh,Export T2 kWh,L1 max W,L2 max W,L3 max W"


def test_homewizard_registers_of_both_tariffs_are_one() -> None:
    data = text(
        P1,
        "2025-03-01 00:00,100.5,200.25,10,20,300,1,2",
        "2025-03-01 00:15,100.5,200.5,10,20,300,1,2",
        "2025-03-01 00:30,100.5,,10,20,300,1,2",
        "2025-03-01 00:45,,,,,,,",
        "01 maart,1,1,1,1,1,1,1",
    )
    assert homewizard.FORMAT.recognises("P1e-2025.csv", data)
    found = read(homewizard.FORMAT, data)
    assert found.registers["homewizard:import"] == [
        ("2025-02-28T23:00:00Z", 300.75, 2),
        ("2025-02-28T23:15:00Z", 301.0, 3),
    ]
    assert len(found.registers["homewizard:export"]) == 3
    assert [(r.line, r.column) for r in found.rejected] == [
        (4, "Import T2 kWh"),
        (6, "time"),
    ]
    assert found.accounted() == 6


@pytest.mark.parametrize(
    ("header", "value", "channel", "kind", "unit", "register"),
    [
        ("time,water usage dl", "1234", "homewizard:water", ConsumptionType.WATER, "L", 123.4),
        ("time,Total gas used", "12.5", "homewizard:gas", ConsumptionType.GAS, "m³", 12.5),
        (
            "time,Import kWh,Export kWh",
            "7.5,1",
            "homewizard:import",
            ConsumptionType.ELECTRICITY,
            "kWh",
            7.5,
        ),
    ],
)
def test_homewizard_meters_and_their_units(
    header: str, value: str, channel: str, kind: ConsumptionType, unit: str, register: float
) -> None:
    data = text(header, f"2025-07-01 00:00,{value}")
    assert homewizard.FORMAT.recognises("x.csv", data)
    found = read(homewizard.FORMAT, data)
    assert found.registers[channel] == [("2025-06-30T22:00:00Z", register, 2)]
    assert (found.channels[channel].consumption_type, found.channels[channel].unit) == (kind, unit)


def test_homewizard_hours_that_come_twice_and_never() -> None:
    autumn = ["01:45", "02:00", "02:30", "02:00", "02:30", "03:00"]
    lines = [f"2025-10-26 {at},{n}" for n, at in enumerate(autumn)]
    found = read(homewizard.FORMAT, text("time,Total gas used", *lines))
    assert [at for at, _, _ in found.registers["homewizard:gas"]] == [
        "2025-10-25T23:45:00Z",
        "2025-10-26T00:00:00Z",
        "2025-10-26T00:30:00Z",
        "2025-10-26T01:00:00Z",
        "2025-10-26T01:30:00Z",
        "2025-10-26T02:00:00Z",
    ]
    spring = read(homewizard.FORMAT, text("time,Total gas used", "2025-03-30 02:30,1"))
    assert [(r.line, r.detail) for r in spring.rejected] == [
        (2, "the clock skipped this time: clocks went forward")
    ]


@pytest.mark.parametrize("head", [b"time,watts\n", b"date,Import kWh\n", b"time", b"\xff\xfe"])
def test_what_is_no_homewizard_file(head: bytes) -> None:
    assert not homewizard.FORMAT.recognises("x.csv", head)


DUTCH = (
    "Van datum;Van tijdstip;Tot datum;Tot tijdstip;EAN-code;Meter;Metertype;Register;Volume;"
    "Eenheid;Validatiestatus"
)
ENGLISH = (
    "\ufeffFrom (date);From (time);Until (date);Until (time);EAN code;Meter;Meter type;Register;"
    "Volume;Unit;Validation status;Description"
)
EAN = '="541400000000000001"'


def row(start: str, end: str, register: str, volume: str, unit: str, status: str) -> str:
    days = [f"{day};{clock}" for day, clock in (start.split(), end.split())]
    return f"{';'.join(days)};{EAN};1SAG1;Digitale Meter;{register};{volume};{unit};{status}"


def test_fluvius_day_and_night_are_one_channel_for_each_direction() -> None:
    data = text(
        DUTCH,
        row(
            "11-10-2021 21:45:00", "11-10-2021 22:00:00", "Afname Dag", "0,123", "kWh", "Uitgelezen"
        ),
        row(
            "11-10-2021 21:45:00", "11-10-2021 22:00:00", "Injectie Dag", "", "kWh", "Geen verbruik"
        ),
        row("11-10-2021 22:00:00", "11-10-2021 22:15:00", "Afname Nacht", "1,5", "kWh", "Geschat"),
        row("11-10-2021 23:45:00", "12-10-2021 00:00:00", "Afname Nacht", "1.000,5", "kWh", ""),
        row("31-02-2021 23:45:00", "12-10-2021 00:00:00", "Afname Nacht", "1", "kWh", ""),
        row("11-10-2021 23:45:00", "12-10-2021 24:30:00", "Afname Nacht", "1", "kWh", ""),
        row("11-10-2021 23:45:00", "12-10-2021 00:00:00", "Afname Nacht", "een", "kWh", ""),
        row("11-10-2021 23:45:00", "12-10-2021 00:00:00", "Afname Nacht", "1", "kVArh", ""),
    )
    assert fluvius.FORMAT.recognises("x.csv", data)
    found = read(fluvius.FORMAT, data, zone="America/Lima")
    assert found.readings["541400000000000001:import"] == [
        ("2021-10-11T19:45:00Z", 900, 0.123, "A", 2),
        ("2021-10-11T20:00:00Z", 900, 1.5, "E", 4),
        ("2021-10-11T21:45:00Z", 900, 1000.5, "A", 5),
    ]
    ((start, seconds, amount, quality, line),) = found.readings["541400000000000001:export"]
    assert (start, seconds, isnan(amount), quality, line) == (
        "2021-10-11T19:45:00Z",
        900,
        True,
        "N",
        3,
    )
    channel = found.channels["541400000000000001:import"]
    assert (channel.serial_number, channel.consumption_type) == ("1SAG1", "electricity")
    assert [(r.line, r.column) for r in found.rejected] == [
        (6, "Van datum"),
        (7, "Tot datum"),
        (8, "Volume"),
        (9, "Eenheid"),
    ]
    assert found.accounted() == 9


def gas() -> bytes:
    hours = "10-01-2022 07:00:00", "10-01-2022 08:00:00"
    lines = [
        row(*hours, "Offtake", "5,445", "kWh", "Read"),
        row(*hours, "Offtake", "0,495", "m³", "Read"),
    ]
    return text(ENGLISH, *(line + ";" for line in lines))


@pytest.mark.parametrize(
    ("mapping", "unit", "amount", "ignored"),
    [
        ({}, "m³", 0.495, "gas in kWh: the rows in m³ were taken"),
        ({"gas_unit": "kWh"}, "kWh", 5.445, "gas in m³: the rows in kWh were taken"),
    ],
)
def test_fluvius_gas_is_taken_once(
    mapping: dict[str, str], unit: str, amount: float, ignored: str
) -> None:
    assert fluvius.FORMAT.recognises("x.csv", gas())
    found = read(fluvius.FORMAT, gas(), **mapping)
    channel = found.channels["541400000000000001:import"]
    assert (channel.consumption_type, channel.unit) == (ConsumptionType.GAS, unit)
    assert found.amounts(channel.key) == [amount]
    assert ignored in [i.reason for i in found.ignored]
    assert found.accounted() == 3


def test_fluvius_asks_for_a_gas_unit_that_there_is() -> None:
    with pytest.raises(Unreadable) as refused:
        read(fluvius.FORMAT, gas(), gas_unit="therm")
    assert refused.value.field == "gas_unit"


def test_fluvius_quarters_of_the_autumn_hour_are_told_apart_by_order() -> None:
    quarters = ["02:00", "02:15", "02:30", "02:45"]
    ends = [*quarters[1:], "03:00"]
    day = "27-10-2024"
    hour = [
        row(f"{day} {a}:00", f"{day} {b}:00", "Afname Nacht", "1", "kWh", "Uitgelezen")
        for a, b in zip(quarters, ends, strict=True)
    ]
    found = read(fluvius.FORMAT, text(DUTCH, *hour, *hour))
    rows = found.readings["541400000000000001:import"]
    assert [r[0][11:16] for r in rows] == [
        *("00:00", "00:15", "00:30", "00:45"),
        *("01:00", "01:15", "01:30", "01:45"),
    ]
    assert {seconds for _, seconds, *_ in rows} == {900}
