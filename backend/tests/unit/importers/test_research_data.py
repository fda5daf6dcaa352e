"""The readers of published data: AMPds2, Ausgrid solar homes, district inflows."""

import io
from typing import Any

import openpyxl
import pytest

from app.importers import ampds2, ausgrid_solar_home, bwdf_water
from app.importers.series import Unreadable
from tests.unit.importers.series_reading import read, text


def test_ampds2_counters_are_registers() -> None:
    data = text(
        "unix_ts,counter,avg_rate,inst_rate",
        "1333263600,45287.526,0.0,0.0",
        "1333263660,45291.311,3.785,0.0",
        "1333263720,x,3.785,0.0",
        "soon,1,3.785,0.0",
    )
    assert ampds2.FORMAT.recognises("Water.csv", data)
    found = read(ampds2.FORMAT, data, name="Water.csv", unit="L", consumption_type="water")
    assert found.registers["Water"] == [
        ("2012-04-01T07:00:00Z", 45287.526, 2),
        ("2012-04-01T07:01:00Z", 45291.311, 3),
    ]
    assert [(r.line, r.column) for r in found.rejected] == [(4, "counter"), (5, "unix_ts")]
    assert found.accounted() == 5
    with pytest.raises(Unreadable) as refused:
        read(ampds2.FORMAT, data)
    assert refused.value.field == "unit"


def test_ausgrid_half_hours_with_a_column_for_each_category() -> None:
    data = text(
        ",GC,GG",
        "2011-07-01 00:00:00,0.392,0.0",
        "2011-07-01 12:30:00,0.5,1.25",
        "2011-07-01 13:00:00,x,1",
        "yesterday,1,1",
    )
    assert ausgrid_solar_home.FORMAT.recognises("customer12.csv", data)
    found = read(ausgrid_solar_home.FORMAT, data, name="customer12.csv", zone="Europe/Rome")
    assert found.readings["customer12:GC"] == [
        ("2011-06-30T14:00:00Z", 1800, 0.392, "A", 2),
        ("2011-07-01T02:30:00Z", 1800, 0.5, "A", 3),
    ]
    assert found.total("customer12:GG") == 2.25
    assert found.channels["customer12:GG"].direction == "export"
    assert [(r.line, r.column) for r in found.rejected] == [(4, "GC"), (5, "")]


ENDS = [f"{m // 60 % 24}:{m % 60:02}" for m in range(30, 1441, 30)]
WIDE = ",".join(
    ["Customer", "Generator Capacity", "Postcode", "Consumption Category", "date", *ENDS]
)


def ausgrid_day(values: list[float], date: str, category: str = "GC") -> str:
    return ",".join(["12", "1.0", "2074", category, date, *map(str, values), ""])


def test_ausgrid_rows_of_days_are_named_by_the_end_of_each_half_hour() -> None:
    data = text(
        "Solar home half-hour data - 1 July 2011 to 30 June 2012",
        f"{WIDE},Row Quality",
        ausgrid_day([0.5, *[0.25] * 46, 2], "1/07/2011"),
        ausgrid_day([1] * 48, "1/07/2011", "CL"),
        ausgrid_day([1] * 48, "1/07/2011", "XX"),
        ausgrid_day([1] * 48, "31/02/2011"),
    )
    assert ausgrid_solar_home.FORMAT.recognises("data.csv", data)
    found = read(ausgrid_solar_home.FORMAT, data)
    rows = found.readings["12:GC"]
    assert rows[0] == ("2011-06-30T14:00:00Z", 1800, 0.5, "A", 3)
    assert rows[-1] == ("2011-07-01T13:30:00Z", 1800, 2, "A", 3)
    assert (len(rows), found.total("12:GC"), found.total("12:CL")) == (48, 14, 48)
    assert [(r.line, r.column) for r in found.rejected] == [
        (5, "Consumption Category"),
        (6, "date"),
    ]
    assert found.accounted() == 6


def test_ausgrid_clock_changes_of_sydney() -> None:
    spring = [1.0] * 4 + [0.0] * 2 + [1.0] * 42
    autumn = [1.0] * 4 + [4.0] * 2 + [1.0] * 42
    data = text(WIDE, ausgrid_day(spring, "2/10/2011"), ausgrid_day(autumn, "1/04/2012"))
    found = read(ausgrid_solar_home.FORMAT, data)
    rows = found.readings["12:GC"]
    assert [len([r for r in rows if r[4] == line]) for line in (2, 3)] == [46, 50]
    assert [(r[0], r[2], r[3]) for r in rows if r[3] != "A"] == [
        ("2012-03-31T15:00:00Z", 2, "D"),
        ("2012-03-31T16:00:00Z", 2, "D"),
        ("2012-03-31T15:30:00Z", 2, "D"),
        ("2012-03-31T16:30:00Z", 2, "D"),
    ]
    assert found.total("12:GC") == 46 + 54
    wrong = read(ausgrid_solar_home.FORMAT, text(WIDE, ausgrid_day([1.0] * 48, "2/10/2011")))
    assert [(r.line, r.column) for r in wrong.rejected] == [(2, "2:30"), (2, "3:00")]


def inflow(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "InflowData"
    sheet.append(["Date-time CET-CEST (DD/MM/YYYY HH:mm)", "DMA 1 (L/s)", "DMA 2 (L/s)"])
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_inflows_are_litres_of_an_hour_and_the_autumn_hour_comes_twice() -> None:
    data = inflow(
        ["30/10/2022 01:00", 0.5, "NaN"],
        ["30/10/2022 02:00", 1, 2.5],
        ["30/10/2022 02:00", 2, "NaN"],
        ["30/10/2022 03:00", "NaN", "NaN"],
        ["30/10/2022 04:00", "leak", 1],
        ["later", 1, 1],
        ["27/03/2022 02:00", 1, "NaN"],
    )
    assert bwdf_water.FORMAT.recognises("InflowData.xlsx", data)
    found = read(bwdf_water.FORMAT, data, name="InflowData.xlsx", zone="America/Lima")
    assert found.readings["DMA 1"] == [
        ("2022-10-29T23:00:00Z", 3600, 1800, "A", 2),
        ("2022-10-30T00:00:00Z", 3600, 3600, "A", 3),
        ("2022-10-30T01:00:00Z", 3600, 7200, "A", 4),
    ]
    assert found.amounts("DMA 2") == [9000, 3600]
    assert (found.channels["DMA 1"].consumption_type, found.channels["DMA 1"].unit) == (
        "water",
        "L",
    )
    assert sorted((r.line, r.column) for r in found.rejected) == [
        (6, "DMA 1"),
        (7, "Date-time CET-CEST"),
        (8, "Date-time CET-CEST"),
    ]
