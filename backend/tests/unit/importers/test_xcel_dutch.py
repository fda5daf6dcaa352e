"""Xcel's bill history, and the daily registers of Dutch suppliers."""

from datetime import date
from decimal import Decimal

import pytest

from app.importers import dutch_registers, xcel_bills
from app.importers.series import Currency
from tests.unit.importers.series_reading import read, text

XCEL = (
    "Bill Date,Electric Charges,Gas Charges,Electric Usage (kWh),Gas Usage (Therms),Total Charges"
)


def test_xcel_bills_go_from_the_day_after_the_bill_before() -> None:
    data = text(
        XCEL,
        '"09/24/2025","$89.45","23.32","450","12","112.77"',
        '"08/26/2025","102.34","24.17","520","","126.51"',
        '"07/25/2025","115.67","18.21","680","6","133.88"',
    )
    assert xcel_bills.FORMAT.recognises("Premise summary.csv", data)
    found = read(xcel_bills.FORMAT, data)
    assert [(p.channel, p.first, p.last, p.amount, p.cost) for p in found.periods] == [
        ("xcel:electricity", date(2025, 8, 27), date(2025, 9, 24), Decimal(450), Decimal("89.45")),
        ("xcel:gas", date(2025, 8, 27), date(2025, 9, 24), Decimal(12), Decimal("23.32")),
        ("xcel:electricity", date(2025, 7, 26), date(2025, 8, 26), Decimal(520), Decimal("102.34")),
    ]
    assert (found.channels["xcel:gas"].unit, Currency("USD") in found.pieces) == ("therm", True)
    assert [(i.line, i.reason) for i in found.ignored] == [
        (1, "the header"),
        (4, "the oldest bill: nothing tells when it began"),
    ]
    assert found.accounted() == 4


def test_xcel_with_a_name_that_stands_twice() -> None:
    data = text(
        "Bill Date,Electric Charges,Electric Charges,Electric Usage (kWh),Total Charges",
        "09/24/2025,,89.45,450,89.45",
        "08/26/2025,1,2,3,4",
    )
    found = read(xcel_bills.FORMAT, data)
    assert [(p.amount, p.cost) for p in found.periods] == [(Decimal(450), Decimal("89.45"))]
    assert list(found.channels) == ["xcel:electricity"]


@pytest.mark.parametrize(
    ("rows", "line", "column"),
    [
        (["soon,1,1,1,1,1", "09/24/2025,1,1,1,1,1"], 2, "Bill Date"),
        (["08/24/2025,1,1,1,1,1", "09/24/2025,1,1,1,1,1"], 3, "Bill Date"),
        (["09/24/2025,1,1,1,1,1", "09/24/2025,1,1,1,1,1"], 3, "Bill Date"),
        (["09/24/2025,1,1,x,1,1", "08/24/2025,1,1,1,1,1"], 2, "Electric Usage (kWh)"),
        (["09/24/2025,1,x,1,1,1", "08/24/2025,1,1,1,1,1"], 2, "Gas Charges"),
    ],
)
def test_xcel_rejects_with_line_and_column(rows: list[str], line: int, column: str) -> None:
    found = read(xcel_bills.FORMAT, text(XCEL, *rows))
    assert [(r.line, r.column) for r in found.rejected] == [(line, column)]
    assert found.accounted() == 3


def test_greenchoice_registers_of_both_tariffs_at_midnight() -> None:
    data = text(
        "OpnameDatum;StandNormaal;StandDal;TerugleveringNormaal;TerugleveringDal",
        "2023-08-02;874;824,5;1608;722",
        "2023-08-01;868;822;1588;",
        "2023-07-31;;;;",
        "gisteren;1;1;1;1",
    )
    assert dutch_registers.FORMAT.recognises("meterstanden_stroom_2023.csv", data)
    found = read(dutch_registers.FORMAT, data, zone="America/Lima")
    assert found.registers["smart meter:import"] == [
        ("2023-08-01T22:00:00Z", 1698.5, 2),
        ("2023-07-31T22:00:00Z", 1690, 3),
    ]
    assert found.registers["smart meter:export"] == [("2023-08-01T22:00:00Z", 2330, 2)]
    assert [(r.line, r.column) for r in found.rejected] == [
        (3, "TerugleveringDal"),
        (5, "OpnameDatum"),
    ]
    assert found.channels["smart meter:export"].direction == "export"
    assert found.accounted() == 5


def test_vanons_uses_are_the_differences_of_its_registers() -> None:
    data = text(
        'datum;"afname stand dal";"afname stand normaal";"invoeding stand dal";'
        '"invoeding stand normaal";"afname minus invoeding stand totaal";"afname verbruik dal"',
        "25-01-2024;1367;1458;39;97;2689;6",
        "24-01-2024;1364;1444;39;94;2675;3",
    )
    assert dutch_registers.FORMAT.recognises("x.csv", data)
    found = read(dutch_registers.FORMAT, data)
    assert found.registers["smart meter:import"] == [
        ("2024-01-24T23:00:00Z", 2825, 2),
        ("2024-01-23T23:00:00Z", 2808, 3),
    ]


def test_liander_meters_of_electricity_and_gas() -> None:
    data = text(
        "meterreadingdate,meternummer,reading1,reading2,reading3,reading4",
        "01-07-2024,E001,10.5,20,1,2",
        "01-07-2024,G001,300.123,,,",
    )
    assert dutch_registers.FORMAT.recognises("csv_bijlage.csv", data)
    found = read(dutch_registers.FORMAT, data)
    assert found.registers["E001:import"] == [("2024-06-30T22:00:00Z", 30.5, 2)]
    assert found.registers["E001:export"] == [("2024-06-30T22:00:00Z", 3, 2)]
    assert found.registers["G001:import"] == [("2024-06-30T22:00:00Z", 300.123, 3)]
    assert (found.channels["G001:import"].unit, found.channels["G001:import"].serial_number) == (
        "m³",
        "G001",
    )
    assert "G001:export" not in found.channels


@pytest.mark.parametrize(
    "head", [b"datum;verbruik\n", b"OpnameDatum;Stand\n", b"Bill Date,Total\n"]
)
def test_what_is_neither(head: bytes) -> None:
    assert not dutch_registers.FORMAT.recognises("x.csv", head)
    assert not xcel_bills.FORMAT.recognises("x.csv", head)
