"""OED: a conformance table of our own, written from the behaviour that its manual describes."""

from typing import Any

import pytest

from app.importers.oed_csv import FORMAT
from app.importers.series import Unreadable
from tests.unit.importers.series_reading import read, text

KWH = {"unit": "kWh", "meterIdentifier": "m"}
ZONE = "America/Chicago"


def hours(*values: object, first: int = 0) -> list[str]:
    """Lines of consecutive hours of 2 June 2021."""
    return [
        f"{value},2021-06-02 {first + n:02}:00:00,2021-06-02 {first + n + 1:02}:00:00"
        for n, value in enumerate(values)
    ]


def ends(*values: object) -> list[str]:
    return [f"{value},2021-06-02 {n + 1:02}:00:00" for n, value in enumerate(values)]


GAP = [*hours(10, 20), *hours(35, first=3), *hours(40, first=4)]

TAKEN: list[tuple[str, list[str], dict[str, Any], list[float], str]] = [
    ("plain", hours(1, 2, 3), {}, [1, 2, 3], "05:00"),
    ("header is said", ["reading,start,end", *hours(1, 2)], {"headerRow": True}, [1, 2], "05:00"),
    (
        "a header may be any line",
        [*hours(9), *hours(1, first=1)],
        {"headerRow": "yes"},
        [1],
        "06:00",
    ),
    ("newest first", hours(1, 2, 3)[::-1], {"timeSort": "decreasing"}, [3, 2, 1], "07:00"),
    ("cumulative: the first is dropped", hours(10, 12, 15), {"cumulative": True}, [2, 3], "06:00"),
    (
        "cumulative, newest first",
        hours(10, 12, 15)[::-1],
        {"cumulative": True, "timeSort": "decreasing"},
        [3, 2],
        "07:00",
    ),
    ("end only: the first is dropped", ends(1, 2, 3), {"endOnly": True}, [2, 3], "06:00"),
    (
        "end only, cumulative",
        ends(10, 12, 15),
        {"endOnly": True, "cumulative": True},
        [2, 3],
        "06:00",
    ),
    (
        "end only, newest first",
        ends(1, 2, 3)[::-1],
        {"endOnly": True, "timeSort": "decreasing"},
        [3, 2],
        "07:00",
    ),
    (
        "duplications",
        [line for line in hours(1, 2) for _ in range(3)],
        {"duplications": 3},
        [1, 2],
        "05:00",
    ),
    (
        "duplications, cumulative",
        [line for line in hours(10, 12, 15) for _ in range(2)],
        {"duplications": "2", "cumulative": "true"},
        [2, 3],
        "06:00",
    ),
    ("gap, not cumulative", GAP, {}, [10, 20, 35, 40], "05:00"),
    ("gap drops a difference", GAP, {"cumulative": True}, [10, 5], "06:00"),
    ("gap within lengthGap", GAP, {"cumulative": True, "lengthGap": 3600}, [10, 15, 5], "06:00"),
    (
        "reset at any time",
        hours(10, 12, 3, 5),
        {"cumulative": True, "cumulativeReset": True},
        [2, 3, 2],
        "06:00",
    ),
    (
        "reset in its window",
        hours(10, 12, 3),
        {
            "cumulative": True,
            "cumulativeReset": True,
            "cumulativeResetStart": "01:45",
            "cumulativeResetEnd": "02:15:00",
        },
        [2, 3],
        "06:00",
    ),
    (
        "window over midnight",
        hours(10, 3),
        {
            "cumulative": True,
            "cumulativeReset": True,
            "cumulativeResetStart": "23:00",
            "cumulativeResetEnd": "01:00:00.000",
        },
        [3],
        "06:00",
    ),
    (
        "offsets",
        ["1,2021-06-02T00:00:00-05:00,2021-06-02T01:00:00-05:00"],
        {},
        [1],
        "05:00",
    ),
    (
        "relaxed dates",
        ["1,2021/06/02 00:00,2021/06/02 1:00"],
        {"relaxedParsing": True},
        [1],
        "05:00",
    ),
    (
        "what is always done is accepted",
        hours(1),
        {"honorDst": True, "useMeterZone": True, "update": True, "gzip": False},
        [1],
        "05:00",
    ),
]


@pytest.mark.parametrize(
    ("lines", "mapping", "amounts", "first"),
    [case[1:] for case in TAKEN],
    ids=[c[0] for c in TAKEN],
)
def test_what_is_taken(
    lines: list[str], mapping: dict[str, Any], amounts: list[float], first: str
) -> None:
    found = read(FORMAT, text(*lines), zone=ZONE, **KWH, **mapping)
    assert found.amounts("m") == amounts
    assert found.starts("m")[0] == f"2021-06-02T{first}:00Z"
    assert {row[1] for row in found.readings["m"]} <= {3600, 7200}
    assert found.accounted() == len(lines)


REFUSED: list[tuple[str, list[str], dict[str, Any], str | None, str]] = [
    ("a number", hours(1, "x"), {}, None, "line 2: 'x' is not a number"),
    ("a header not said", ["reading,start,end", *hours(1)], {}, "headerRow", "line 1"),
    ("a header denied", ["x", *hours(1)], {"headerRow": False}, "endOnly", "line 1"),
    ("a date", ["1,2021-02-30 00:00:00,2021-02-30 01:00:00"], {}, "relaxedParsing", "line 1"),
    ("a date that needs relaxing", ["1,2021/06/02 0:00,2021/06/02 1:00"], {}, "relaxedParsing", ""),
    ("too few columns", ends(1), {}, "endOnly", "line 1: 2 columns of 3"),
    ("ends before it begins", ["1,2021-06-02 01:00:00,2021-06-02 00:00:00"], {}, None, "line 1"),
    ("no time", ["1,2021-06-02 01:00:00,2021-06-02 01:00:00"], {}, None, "line 1"),
    ("time that never was", ["1,2021-03-14 02:30:00,2021-03-14 03:30:00"], {}, None, "line 1"),
    ("half an offset", ["1,2021-06-02 01:00:00Z,2021-06-02 02:00:00"], {}, None, "line 1"),
    ("not in order", ends(2, 1)[::-1], {"endOnly": True}, None, "ends before it begins"),
    ("a fall", hours(10, 5), {"cumulative": True}, "cumulativeReset", "line 2: the register falls"),
    (
        "a fall beside the window",
        hours(10, 12, 3),
        {
            "cumulative": True,
            "cumulativeReset": True,
            "cumulativeResetStart": "23:00",
            "cumulativeResetEnd": "01:59",
        },
        None,
        "line 3: the register falls from 12.0 to 3.0",
    ),
    (
        "a fall before the window",
        hours(10, 12, 3),
        {
            "cumulative": True,
            "cumulativeReset": True,
            "cumulativeResetStart": "03:00",
            "cumulativeResetEnd": "04:00",
        },
        None,
        "line 3: the register falls",
    ),
    ("reset alone", hours(1), {"cumulativeReset": True}, "cumulativeReset", "needs cumulative"),
    ("no duplications", hours(1), {"duplications": 0}, "duplications", "from 1 to 9"),
    ("no order", hours(1), {"timeSort": "random"}, "timeSort", "increasing or decreasing"),
    ("no flag", hours(1), {"cumulative": "maybe"}, "cumulative", "true or false"),
    ("no clock", hours(1), {"cumulativeResetEnd": "25h"}, "cumulativeResetEnd", "time of day"),
    ("nothing", [], {}, None, "empty"),
]


@pytest.mark.parametrize(
    ("lines", "mapping", "field", "said"),
    [case[1:] for case in REFUSED],
    ids=[c[0] for c in REFUSED],
)
def test_what_refuses_the_file(
    lines: list[str], mapping: dict[str, Any], field: str | None, said: str
) -> None:
    with pytest.raises(Unreadable) as refused:
        read(FORMAT, "".join(f"{line}\n" for line in lines).encode(), zone=ZONE, **KWH, **mapping)
    assert refused.value.field == field
    assert said in refused.value.detail


def test_gaps_and_lengths_are_said_where_readings_are_amounts() -> None:
    lines = [*hours(1), *hours(1, first=3), "1,2021-06-02 04:00:00,2021-06-02 04:30:00"]
    found = read(FORMAT, text(*lines), zone=ZONE, **KWH, lengthGap=60, lengthVariation=60)
    assert [w.detail for w in found.warned] == [
        "1 gaps of more than 60 s (lengthGap)",
        "1 times lengths differ by more than 60 s (lengthVariation)",
    ]


def test_an_export_names_its_meter_and_unit_and_is_read_again() -> None:
    data = text(
        "Readings, Start Timestamp, End Timestamp,,, Meter name, Library, Unit, MWh",
        *hours(1.5, 2),
    )
    assert FORMAT.recognises("oed.csv", data)
    found = read(FORMAT, data, zone=ZONE)
    assert found.channels["Library"].unit == "MWh"
    assert found.total("Library") == 3.5
    assert found.accounted() == 3


@pytest.mark.parametrize(
    ("head", "known"),
    [
        (b"1.5,2021-06-02 00:00:00,2021-06-02 01:00:00\n", True),
        (b'"1.5","2021-06-02 00:00:00"\n', True),
        (b"-1e3, 2021-06-02T00:00:00Z\n", True),
        (b"1.5,2021-06-02\n", False),
        (b"2021-06-02 00:00:00,1.5\n", False),
        (b"1.5,2021-06-02 00:00:00,a,b,c\n", False),
        (b"reading,start,end\n", False),
    ],
)
def test_readings_are_known_by_their_first_line(head: bytes, known: bool) -> None:
    assert FORMAT.recognises("x.csv", head) is known


def test_the_unit_is_asked() -> None:
    with pytest.raises(Unreadable) as refused:
        read(FORMAT, text(*hours(1)))
    assert refused.value.field == "unit"


@pytest.mark.parametrize("second_end", ["02:00:00", "01:00:00"])
def test_the_autumn_hour_however_its_end_is_written(second_end: str) -> None:
    lines = [
        "1,2021-11-07 00:00:00,2021-11-07 01:00:00",
        f"2,2021-11-07 01:00:00,2021-11-07 {second_end}",
        "3,2021-11-07 01:00:00,2021-11-07 02:00:00",
        "4,2021-11-07 02:00:00,2021-11-07 03:00:00",
    ]
    found = read(FORMAT, text(*lines), zone=ZONE, **KWH)
    assert [(s[11:16], n) for s, n, *_ in found.readings["m"]] == [
        ("05:00", 3600),
        ("06:00", 3600),
        ("07:00", 3600),
        ("08:00", 3600),
    ]


def test_the_autumn_hour_newest_first() -> None:
    lines = [
        "3,2021-11-07 01:30:00,2021-11-07 02:00:00",
        "2,2021-11-07 01:00:00,2021-11-07 01:30:00",
        "1,2021-11-07 01:30:00,2021-11-07 02:00:00",
        "0,2021-11-07 01:00:00,2021-11-07 01:30:00",
    ]
    found = read(FORMAT, text(*lines), zone=ZONE, timeSort="decreasing", **KWH)
    assert [(s[11:16], amount) for s, _, amount, _, _ in found.readings["m"]] == [
        ("07:30", 3),
        ("07:00", 2),
        ("06:30", 1),
        ("06:00", 0),
    ]
