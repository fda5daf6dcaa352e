"""NEM12 and NEM13: data streams, intervals, qualities, market time, and what is refused."""

from datetime import date
from decimal import Decimal
from math import isnan

import pytest

from app.importers.nem12 import FORMAT
from app.importers.series import Period, Unreadable
from tests.unit.importers.series_reading import read, text

HEADER = "100,NEM12,202404010930,MDP,RETAILER"


def stream(suffix: str = "E1", unit: str = "kWh", minutes: int = 30) -> str:
    return f"200,4100000001,E1B1Q1,1,{suffix},N1,M123,{unit},{minutes},20240501"


def day(values: list[float], quality: str = "A", on: str = "20240315") -> str:
    return f"300,{on},{','.join(map(str, values))},{quality},,,20240316000000,"


def nem12(*lines: str) -> bytes:
    return text(HEADER, *lines, "900")


@pytest.mark.parametrize(
    ("head", "known"),
    [
        (b"100,NEM12,202404010930,MDP,R\n200,", True),
        (b"\xef\xbb\xbf100,NEM13,202404010930,MDP,R\r\n", True),
        (b"\n200,NMI1,E1,1,E1,N1,S,KWH,30,\n300,2024", True),
        (b"200,NMI1\nsomething else\n", False),
        (b"100,200,300\n", False),
        (b"date,kwh\n", False),
        (b"", False),
    ],
)
def test_a_file_is_known_by_its_first_record(head: bytes, known: bool) -> None:
    assert FORMAT.recognises("x.csv", head) is known


@pytest.mark.parametrize("minutes", [5, 15, 30])
def test_a_day_is_1440_minutes_of_market_time(minutes: int) -> None:
    count = 1440 // minutes
    found = read(FORMAT, nem12(stream(minutes=minutes), day([0.25] * count)))
    rows = found.readings["4100000001:E1"]
    assert len(rows) == count
    assert rows[0] == ("2024-03-14T14:00:00Z", minutes * 60, 0.25, "A", 3)
    assert rows[-1][0] == f"2024-03-15T13:{60 - minutes:02}:00Z"
    channel = found.channels["4100000001:E1"]
    assert (channel.unit, channel.direction, channel.serial_number) == ("kWh", "import", "M123")
    assert found.accounted() == 4


def test_market_time_has_no_summer_time_and_another_clock_can_be_said() -> None:
    summer = nem12(stream(), day([1] * 48, on="20240115"))
    assert read(FORMAT, summer).starts("4100000001:E1")[0] == "2024-01-14T14:00:00Z"
    west = read(FORMAT, summer, time_zone="Australia/Perth")
    assert west.starts("4100000001:E1")[0] == "2024-01-14T16:00:00Z"
    change = nem12(stream(), day([1] * 48, on="20241006"))
    assert [r.column for r in read(FORMAT, change, time_zone="Australia/Sydney").rejected] == [
        "IntervalDate"
    ]
    with pytest.raises(Unreadable) as refused:
        read(FORMAT, summer, time_zone="Mars/Olympus")
    assert refused.value.field == "time_zone"


@pytest.mark.parametrize(("unit", "total"), [("Wh", 48), ("KWH", 48), ("kWh", 48), ("MWh", 48)])
def test_units_are_read_in_any_case(unit: str, total: float) -> None:
    found = read(FORMAT, nem12(stream(unit=unit), day([1] * 48)))
    assert found.total("4100000001:E1") == total
    assert found.channels["4100000001:E1"].unit.upper() == unit.upper()


def test_a_stream_that_changes_its_unit_keeps_the_first() -> None:
    found = read(
        FORMAT,
        nem12(
            stream(),
            day([1] * 48),
            stream(unit="Wh", minutes=15),
            day([250] * 96, on="20240316"),
        ),
    )
    assert list(found.channels) == ["4100000001:E1"]
    assert found.total("4100000001:E1") == 48 + 24


def test_streams_are_import_export_or_ignored_with_the_reason() -> None:
    found = read(
        FORMAT,
        nem12(
            stream("E1"),
            day([1] * 48),
            stream("B1"),
            day([2] * 48),
            stream("Q1", "kVArh"),
            day([3] * 48),
            "400,1,48,A,,",
            stream("V1", "", 10),
            day([240] * 144),
        ),
    )
    assert {k: c.direction for k, c in found.channels.items()} == {
        "4100000001:E1": "import",
        "4100000001:B1": "export",
    }
    assert {(i.line, i.reason) for i in found.ignored if i.line in range(6, 11)} == {
        (6, "Q1: reactive energy (kVArh)"),
        (7, "Q1: reactive energy (kVArh)"),
        (8, "Q1: reactive energy (kVArh)"),
        (9, "V1: neither energy taken (E) nor fed in (B)"),
        (10, "V1: neither energy taken (E) nor fed in (B)"),
    }
    assert not found.rejected
    assert found.accounted() == 11


@pytest.mark.parametrize(
    ("method", "letter"),
    [("A", "A"), ("E52", "E"), ("F14", "S"), ("S15", "S"), ("a", "A"), ("N", "N")],
)
def test_the_quality_of_a_day(method: str, letter: str) -> None:
    found = read(FORMAT, nem12(stream(), day([1] * 48, method)))
    rows = found.readings["4100000001:E1"]
    assert {quality for *_, quality, _ in rows} == {letter}
    assert all(isnan(amount) for _, _, amount, _, _ in rows) is (letter == "N")


def test_variable_quality_comes_by_ranges_and_null_values_are_missing() -> None:
    found = read(
        FORMAT,
        nem12(stream(), day([1] * 48, "V"), "400,1,20,F14,76,", "400,21,24,A,,", "400,25,48,N,,"),
    )
    rows = found.readings["4100000001:E1"]
    assert "".join(quality for *_, quality, _ in rows) == "S" * 20 + "A" * 4 + "N" * 24
    assert found.total("4100000001:E1") == 24


@pytest.mark.parametrize(
    ("lines", "line", "column", "said"),
    [
        ([day([1] * 96)], 3, "IntervalValue49", "96 values where 30-minute intervals need 48"),
        ([day([1] * 24)], 3, "IntervalValue25", "24 values where"),
        (["300,20240315,V,,,20240202120025"], 3, "IntervalValue1", "0 values where"),
        ([day([1] * 48, "Z")], 3, "QualityMethod", "'Z' is not A, S, E, F, N or V"),
        ([day([1] * 47 + [-1])], 3, "IntervalValue48", "no amount of 0 or more"),
        ([day([1] * 48, on="20240230")], 3, "IntervalDate", "is not a date"),
        ([day([1] * 48, "V"), "400,1,24,A,,"], 3, "QualityMethod", "do not cover every interval"),
        ([day([1] * 48, "V"), "400,1,96,A,,"], 4, "EndInterval", "96 of 48 intervals"),
        ([day([1] * 48, "V"), "400,9,1,A,,"], 4, "StartInterval", "no range"),
        ([day([1] * 48, "V"), "400,1,48,X,,"], 4, "QualityMethod", "'X' is not"),
        (["777,what"], 3, "RecordIndicator", "no record of NEM12"),
    ],
)
def test_a_day_that_is_wrong_is_rejected_with_line_and_field(
    lines: list[str], line: int, column: str, said: str
) -> None:
    found = read(FORMAT, nem12(stream(), *lines, "400,1,24,A,,"))
    rejected = [r for r in found.rejected if r.line == line]
    assert [r.column for r in rejected] == [column], rejected
    assert said in rejected[0].detail
    assert not found.amounts("4100000001:E1")
    assert found.accounted() == 4 + len(lines)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ("200,,E1,1,E1,N1,M1,kWh,30,", "NMISuffix"),
        ("200,NMI,E1,1,,N1,M1,kWh,30,", "NMISuffix"),
        ("200,NMI,E1,1,E1,N1,M1,,30,", "UOM"),
        ("200,NMI,E1,1,E1,N1,M1,kWh,7,", "IntervalLength"),
        ("200,NMI,E1,1,E1,N1,M1,kWh,,", "IntervalLength"),
    ],
)
def test_days_of_a_stream_that_is_wrong_are_ignored_with_its_line(cells: str, column: str) -> None:
    found = read(FORMAT, nem12(cells, day([1] * 48)))
    assert [(r.line, r.column) for r in found.rejected] == [(2, column)]
    assert (3, "days of the 200 record of line 2") in {(i.line, i.reason) for i in found.ignored}


def test_days_and_ranges_out_of_place_are_rejected() -> None:
    found = read(FORMAT, text(HEADER, day([1] * 48), stream(), "400,1,48,A,,", "900"))
    assert [(r.line, r.column) for r in found.rejected] == [
        (2, "RecordIndicator"),
        (4, "RecordIndicator"),
    ]


def test_a_file_without_header_is_read_and_said() -> None:
    found = read(FORMAT, text("", stream(), day([1] * 48), "900"))
    assert [w.detail for w in found.warned] == ["line 2: there is no 100 record before this one"]
    assert found.total("4100000001:E1") == 48


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (nem12(), "no 200 or 250 record"),
        (b"date,kwh\n", "begins with a 100 record"),
        (b"100,NEM12," + b"9" * 70_000, "more than 65,536 bytes"),
    ],
)
def test_what_is_no_meter_data_is_unreadable(data: bytes, said: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(FORMAT, data)
    assert said in refused.value.detail


def nem13(quantity: str = "1312.1", direction: str = "E", unit: str = "kWh", **at: str) -> bytes:
    before, after = at.get("before", "20231005093055"), at.get("after", "20240107100333")
    quality = at.get("quality", "A")
    return text(
        "100,NEM13,202401101030,MDA1,Ret1",
        f"250,4100000002,1141,1,11,11,MET1,{direction},006342.8,{before},A,,,007654.9,{after},"
        f"{quality},,,{quantity},{unit},20240407,20240108100333,20240108091133",
        "550,N,,E,",
        "900",
    )


def test_nem13_gives_periods_that_tile() -> None:
    found = read(FORMAT, nem13())
    register = "register 006342.8 to 007654.9"
    assert found.periods == [
        Period(
            "4100000002:11",
            date(2023, 10, 5),
            date(2024, 1, 6),
            Decimal("1312.1"),
            description=register,
            line=2,
        )
    ]
    assert found.accounted() == 4
    assert read(FORMAT, nem13(quality="E64")).periods[0].is_estimated
    assert read(FORMAT, nem13(direction="I")).channels["4100000002:11"].direction == "export"


@pytest.mark.parametrize(
    ("data", "column"),
    [
        (nem13("-10"), "Quantity"),
        (nem13("x"), "Quantity"),
        (nem13(direction="X"), "DirectionIndicator"),
        (nem13(unit="m3"), "UOM"),
        (nem13(before="2023"), "PreviousRegisterReadDateTime"),
        (nem13(after="20231305"), "CurrentRegisterReadDateTime"),
        (nem13(after="20231005235959"), "CurrentRegisterReadDateTime"),
    ],
)
def test_nem13_rejections_name_the_field(data: bytes, column: str) -> None:
    found = read(FORMAT, data)
    assert [(r.line, r.column) for r in found.rejected] == [(2, column)]
    assert not found.periods
