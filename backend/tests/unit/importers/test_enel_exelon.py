"""Enel's rows of a day, and the two resolutions of Exelon-type files."""

from itertools import pairwise

import pytest

from app.importers import enel, exelon_ami
from app.importers.series import Unreadable
from tests.unit.importers.series_reading import read, text

CLOCKS = [f"{m // 60:02}:{m % 60:02}" for m in range(0, 1441, 15)]
CLOCKS[-1] = "00:00"
NAMES = [f"{a}-{b}" for a, b in pairwise(CLOCKS)]
HEADER = ";".join(["Giorno", *NAMES])


def day(date: str, values: list[str]) -> str:
    return ";".join([f'"{date}"', *(f'"{value}"' for value in values)]) + ";"


def test_enel_has_96_quarters_a_day_with_decimal_comma() -> None:
    data = text(HEADER, day("01/09/2024", ["0,139", *["0,1"] * 95]))
    assert enel.FORMAT.recognises("ExportData.csv", data)
    found = read(enel.FORMAT, data, zone="America/Lima")
    rows = found.readings["enel:import"]
    assert len(rows) == 96
    assert rows[0] == ("2024-08-31T22:00:00Z", 900, 0.139, "A", 2)
    assert rows[-1] == ("2024-09-01T21:45:00Z", 900, 0.1, "A", 2)
    assert round(found.total("enel:import"), 9) == 9.639
    assert found.accounted() == 2


@pytest.mark.parametrize("skipped", [[""] * 4, ["0,000"] * 4, []])
def test_enel_spring_day_has_92_quarters_however_it_is_written(skipped: list[str]) -> None:
    values = ["1"] * 8 + skipped + ["2"] * 84
    found = read(enel.FORMAT, text(HEADER, day("31/03/2024", values)))
    rows = found.readings["enel:import"]
    assert len(rows) == 92
    assert rows[8][:3] == ("2024-03-31T01:00:00Z", 900, 2)
    assert rows[-1][0] == "2024-03-31T21:45:00Z"
    assert not found.rejected


def test_enel_autumn_day_has_100_quarters_when_the_file_has_the_columns() -> None:
    names = [*NAMES[:12], *NAMES[8:12], *NAMES[12:]]
    usual = ["1"] * 12 + [""] * 4 + ["1"] * 84
    data = text(
        ";".join(["Giorno", *names]), day("27/10/2024", ["1"] * 100), day("28/10/2024", usual)
    )
    found = read(enel.FORMAT, data)
    rows = found.readings["enel:import"]
    assert len(rows) == 196
    starts = [start for start, *_ in rows]
    assert len(set(starts)) == 196
    assert (starts[0], starts[99]) == ("2024-10-26T22:00:00Z", "2024-10-27T22:45:00Z")
    usual_autumn = read(enel.FORMAT, text(HEADER, day("27/10/2024", ["1"] * 96)))
    assert len(usual_autumn.readings["enel:import"]) == 96
    assert "2024-10-27T01:00:00Z" not in usual_autumn.starts("enel:import")


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (day("31/02/2024", ["1"] * 96), "Giorno"),
        (day("01/02/2024", ["1"] * 94), None),
        (day("01/02/2024", ["1"] * 92), None),
        (day("01/02/2024", ["1"] * 95 + ["x"]), "23:45-00:00"),
    ],
)
def test_enel_rejects_with_line_and_column(line: str, column: str | None) -> None:
    found = read(enel.FORMAT, text(HEADER, line))
    assert [(r.line, r.column) for r in found.rejected] == [(2, column)]


def test_enel_missing_quarters_are_missing_and_export_can_be_said() -> None:
    found = read(
        enel.FORMAT, text(HEADER, day("01/02/2024", ["", *["1"] * 95])), direction="export"
    )
    assert found.readings["enel:export"][0][3] == "N"
    assert found.channels["enel:export"].direction == "export"
    with pytest.raises(Unreadable) as refused:
        read(enel.FORMAT, text(HEADER), direction="up")
    assert refused.value.field == "direction"


EXELON = "Start Interval Date/Time,Meter Id,Usage,Units,Interval,Usage,Units,Interval"
PREAMBLE = ["Account information", "Name,Someone", "", "Address,1 Main St"]


def exelon(*lines: str) -> bytes:
    return text(*PREAMBLE, EXELON, *lines)


def test_exelon_takes_the_quarters_and_not_the_hours_beside_them() -> None:
    data = exelon(
        "03/30/2025 20:00,M1,3.37,kwh,60min,1.46,kwh,15min",
        "03/30/2025 20:15,M1,-,-,-,0.86,kwh,15min",
        "03/30/2025 20:30,M1,-,-,-,0.56,kwh,15min",
        "03/30/2025 20:45,M1,-,-,-,0.49,kwh,15min",
    )
    assert exelon_ami.FORMAT.recognises("x.csv", data)
    found = read(exelon_ami.FORMAT, data, zone="America/Chicago")
    assert found.readings["M1"] == [
        ("2025-03-31T01:00:00Z", 900, 1.46, "A", 6),
        ("2025-03-31T01:15:00Z", 900, 0.86, "A", 7),
        ("2025-03-31T01:30:00Z", 900, 0.56, "A", 8),
        ("2025-03-31T01:45:00Z", 900, 0.49, "A", 9),
    ]
    assert round(found.total("M1"), 9) == 3.37
    assert found.accounted() == 9


def test_exelon_takes_an_hour_that_has_no_quarters() -> None:
    found = read(
        exelon_ami.FORMAT,
        exelon(
            "03/30/2025 18:00,M1,2,kwh,60min,-,-,-",
            "03/30/2025 19:00,M1,3,kwh,60min,-,-,-",
            "03/30/2025 20:00,M1,4,kwh,60min,-,-,-",
            "03/30/2025 20:15,M1,-,-,-,1,kwh,15min",
            "03/30/2025 20:30,M1,-,-,-,-,-,-",
        ),
        zone="America/Chicago",
    )
    assert [(r[1], r[2], r[4]) for r in found.readings["M1"]] == [
        (3600, 2, 6),
        (3600, 3, 7),
        (900, 1, 9),
    ]
    assert {
        (8, "longer intervals whose parts were taken"),
        (10, "times without any usage"),
    } <= {(i.line, i.reason) for i in found.ignored}
    assert found.accounted() == 10


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("30/03/2025 20:00,M1,1,kwh,60min,-,-,-", "Start Interval Date/Time"),
        ("03/30/2025 20:00,M1,x,kwh,60min,-,-,-", "Usage"),
        ("03/30/2025 20:00,M1,1,kW,60min,-,-,-", "Usage"),
        ("03/30/2025 20:00,M1,1,kwh,often,-,-,-", "Usage"),
    ],
)
def test_exelon_rejects_with_line_and_column(line: str, column: str) -> None:
    found = read(exelon_ami.FORMAT, exelon(line))
    assert [(r.line, r.column) for r in found.rejected] == [(6, column)]
    assert found.accounted() == 6


def test_exelon_gas_of_two_meters_and_a_unit_that_changes() -> None:
    found = read(
        exelon_ami.FORMAT,
        exelon(
            "03/30/2025 20:00,G1,2,therms,60min,-,-,-",
            "03/30/2025 20:00,M1,2,kwh,60min,-,-,-",
            "03/30/2025 21:00,G1,2,kwh,60min,-,-,-",
        ),
    )
    assert {key: c.unit for key, c in found.channels.items()} == {"G1": "therm", "M1": "kWh"}
    assert [(r.line, r.column) for r in found.rejected] == [(8, "Units")]
