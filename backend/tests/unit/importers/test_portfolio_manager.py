"""Portfolio Manager: bills with cost, months of properties, units that spell themselves out."""

import io
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from app.importers import portfolio_manager
from app.importers.portfolio_units import month_of, quantity_of, type_of
from app.importers.series import Currency, Unreadable
from app.importers.workbook import sheet_names
from app.utils.units import ConsumptionType
from tests.unit.importers.series_reading import Found, read

HEADER = [
    *("Property Name", "Portfolio Manager ID", "Portfolio Manager Meter ID", "Meter Name"),
    *("Meter Type", "Meter Consumption ID", "Start Date", "End Date", "Delivery Date"),
    *("Usage/Quantity", "Usage Units", "Cost ($)", "Estimation?", "Demand (kW)"),
    *("Demand Cost ($)", "Last Modified Date", "Last Modified By"),
]
ELECTRIC = "Electric - Grid"
KWH = "kWh (thousand Watt-hours)"


def workbook(**sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name.replace("_", " "))
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def bill(
    first: object, last: object, amount: object, unit: str = KWH, **more: object
) -> list[object]:
    values = {
        "Property Name": "Town Hall",
        "Portfolio Manager ID": 111,
        "Portfolio Manager Meter ID": 222,
        "Meter Name": "Main",
        "Meter Type": ELECTRIC,
        "Start Date": first,
        "End Date": last,
        "Usage/Quantity": amount,
        "Usage Units": unit,
    }
    return [(values | more).get(name) for name in HEADER]


def entries(*rows: list[Any], zone: str = "America/New_York") -> Found:
    data = workbook(Meter_Entries=[["Meter entries of 2024"], [], HEADER, *rows])
    assert portfolio_manager.FORMAT.recognises("any name.xlsx", data[: 64 * 1024])
    return read(portfolio_manager.FORMAT, data, zone=zone, name="any name.xlsx")


def test_bills_are_periods_with_their_cost() -> None:
    found = entries(
        bill(date(2024, 1, 1), date(2024, 1, 31), 100.5, **{"Cost ($)": 12.34}),
        bill("02/01/2024", "2024-02-29", "1,200", **{"Cost ($)": "1,000.01", "Estimation?": "Yes"}),
        bill(date(2024, 3, 1), date(2024, 3, 31), 3),
    )
    assert [(p.first, p.last, p.amount, p.cost, p.is_estimated, p.line) for p in found.periods] == [
        (date(2024, 1, 1), date(2024, 1, 31), Decimal("100.5"), Decimal("12.34"), False, 4),
        (date(2024, 2, 1), date(2024, 2, 29), Decimal(1200), Decimal("1000.01"), True, 5),
        (date(2024, 3, 1), date(2024, 3, 31), Decimal(3), None, False, 6),
    ]
    channel = found.channels["pm:222"]
    assert (channel.name, channel.consumption_type, channel.unit) == ("Main", "electricity", "kWh")
    assert [p for p in found.pieces if isinstance(p, Currency)] == [Currency("USD")]
    assert found.accounted() == 6


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_day_on_which_one_bill_ends_and_the_next_begins_is_the_next_ones(
    newest_first: bool,
) -> None:
    bills = [
        bill(date(2024, 1, 1), date(2024, 2, 1), 1),
        bill(date(2024, 2, 1), date(2024, 3, 1), 2),
        bill(date(2024, 3, 1), date(2024, 3, 31), 3),
    ]
    found = entries(*(bills[::-1] if newest_first else bills))
    assert sorted((p.first, p.last) for p in found.periods) == [
        (date(2024, 1, 1), date(2024, 1, 31)),
        (date(2024, 2, 1), date(2024, 2, 29)),
        (date(2024, 3, 1), date(2024, 3, 31)),
    ]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (bill("soon", "2024-01-31", 1), "Start Date"),
        (bill("2024-01-01", "2023-12-31", 1), "End Date"),
        (bill("2024-01-01", "", 1), "End Date"),
        (bill("2024-01-01", "2024-01-31", -1), "Usage/Quantity"),
        (bill("2024-01-01", "2024-01-31", "lots"), "Usage/Quantity"),
        (bill("2024-01-01", "2024-01-31", 1, "furlongs"), "Usage Units"),
        (bill("2024-01-01", "2024-01-31", 1, "Gallons (US)"), "Usage Units"),
        (bill("2024-01-01", "2024-01-31", 1, **{"Cost ($)": "much"}), "Cost ($)"),
        (bill("2024-01-01", "2024-01-31", 1, **{"Portfolio Manager Meter ID": ""}),
         "Portfolio Manager Meter ID"),
    ],
)  # fmt: skip
def test_a_bill_that_is_wrong_is_rejected_with_row_and_column(row: list[Any], column: str) -> None:
    found = entries(row)
    assert [(r.line, r.column) for r in found.rejected] == [(4, column)]
    assert not found.periods
    assert found.accounted() == 4


def test_what_is_no_consumption_of_the_networks_is_ignored() -> None:
    found = entries(
        bill("2024-01-01", "2024-01-31", 1, **{"Meter Type": "Electric - Solar"}),
        bill("2024-01-01", "2024-01-31", 1, **{"Meter Type": "Fuel Oil No 2"}),
        bill("2024-01-01", "2024-01-31", 1, **{"Meter Type": "District Chilled Water - Electric"}),
        bill("", "", 1, **{"Delivery Date": "2024-01-31"}),
    )
    assert [i.line for i in found.ignored] == [1, 2, 3, 4, 5, 6, 7]
    assert found.ignored[-1].reason == "deliveries, which are no consumption"
    assert not found.periods


@pytest.mark.parametrize(
    ("text", "kind", "unit", "factor"),
    [
        (KWH, "electricity", "kWh", 1),
        ("MWh (million Watt-hours)", "electricity", "MWh", 1),
        ("kBtu (thousand Btu)", "gas", "BTU", 1000),
        ("MBtu (million Btu)", "gas", "MMBtu", 1),
        ("therms", "gas", "therm", 1),
        ("cf (cubic feet)", "gas", "ft³", 1),
        ("ccf (hundred cubic feet)", "water", "ccf", 1),
        ("kcf (thousand cubic feet)", "gas", "Mcf", 1),
        ("MCF(million cubic feet)", "gas", "Mcf", 1000),
        ("GJ", "electricity", "GJ", 1),
        ("Cubic Meters", "gas", "m³", 1),
        ("cm (Cubic meters)", "water", "m³", 1),
        ("Gallons (US)", "water", "gal", 1),
        ("kGal (thousand gallons) (US)", "water", "kgal", 1),
        ("MGal (million gallons) (US)", "water", "kgal", 1000),
        ("Gallons (UK)", "water", "imp_gal", 1),
        ("KGal (thousand gallons) (UK)", "water", "imp_gal", 1000),
        ("Liters", "water", "L", 1),
    ],
)
def test_units_are_portfolio_managers(text: str, kind: str, unit: str, factor: int) -> None:
    found = quantity_of(text, ConsumptionType(kind))
    assert found is not None
    assert (found.unit, found.factor) == (unit, factor)


@pytest.mark.parametrize(
    ("meter_type", "kind"),
    [
        ("Electric - Grid", "electricity"),
        ("Electric - Wind", None),
        ("Natural Gas", "gas"),
        ("Municipally Supplied Potable Water - Indoor", "water"),
        ("District Hot Water", None),
        ("Propane", None),
    ],
)
def test_types_of_meters(meter_type: str, kind: str | None) -> None:
    assert type_of(meter_type) == kind


def test_monthly_usage_of_properties() -> None:
    header = [
        *("Property Id", "Property Name", "Parent Property Id", "Parent Property Name", "Month"),
        *("Electricity Use  (GJ)", "Natural Gas Use  (GJ)", "Other"),
    ]
    data = workbook(
        Information=[["Nothing"]],
        Monthly_Usage=[
            header,
            [7, "Library", "Not Applicable", "", "Jan-24", 1.25, "Not Available", "x"],
            [7, "Library", "Not Applicable", "", date(2024, 2, 1), "2", 3, ""],
            [7, "Library", "", "", "someday", 1, 1, ""],
            [7, "Library", "", "", "2024-03", "Not Available", "", ""],
            [7, "Library", "", "", "2024-04", -1, "", ""],
        ],
    )
    found = read(portfolio_manager.FORMAT, data, name="portfolio.xlsx")
    assert {(p.channel, p.first, p.last, p.amount) for p in found.periods} == {
        ("pm:7:electricity", date(2024, 1, 1), date(2024, 1, 31), Decimal("1.25")),
        ("pm:7:electricity", date(2024, 2, 1), date(2024, 2, 29), Decimal(2)),
        ("pm:7:gas", date(2024, 2, 1), date(2024, 2, 29), Decimal(3)),
    }
    assert {c.unit for c in found.channels.values()} == {"GJ"}
    assert [(r.line, r.column) for r in found.rejected] == [
        (4, "Month"),
        (6, "electricity use  (gj)"),
    ]
    assert found.accounted() == 6


@pytest.mark.parametrize(
    "text", ["Jan-2024", "January 2024", "2024-01", "2024-01-01T00:00", "jan-24"]
)
def test_months(text: str) -> None:
    assert month_of(text) == (date(2024, 1, 1), date(2024, 1, 31))


@pytest.mark.parametrize("text", ["", "2024", "2024-13", "Foo-24", "Jan", None])
def test_what_is_no_month(text: object) -> None:
    assert month_of(text) is None


def test_the_names_of_sheets_are_read_from_the_head() -> None:
    data = workbook(Meter_Entries=[HEADER], More=[[1]])
    assert sheet_names(data) == ["meter entries", "more"]
    assert not portfolio_manager.FORMAT.recognises("portfolio.xlsx", workbook(More=[[1]]))
    assert not portfolio_manager.FORMAT.recognises("x.csv", data)
    assert portfolio_manager.FORMAT.recognises("portfolio.xlsx", data[:40])


@pytest.mark.parametrize("data", [b"PK\x03\x04 no zip", b"", workbook(More=[[1]])])
def test_what_is_no_such_spreadsheet_is_unreadable(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read(portfolio_manager.FORMAT, data, name="portfolio.xlsx")
