"""emoncms: kinds that must be said, times, separators, null, several feeds, power to energy"""

from typing import Any

import pytest

from app.importers.emoncms import FORMAT
from app.importers.series import Unreadable
from tests.unit.importers.series_reading import read, text

T = 1_704_067_200  # 2024-01-01T00:00:00Z


def pasted(*values: object, step: int = 60) -> bytes:
    return text(*(f"{T + n * step},{value}" for n, value in enumerate(values)))


@pytest.mark.parametrize(
    ("head", "known"),
    [
        (b"1704067200,5\n", True),
        (b"1704067200000,5\n", True),
        (b"1704067200,null\n", True),
        (b"01/02/2024 00:00:00,5.5\n", True),
        (b"2024-01-01T00:00:00+00:00;5,5;null\n", True),
        (b"1704067200\n", False),
        (b"12,1704067200\n", False),
        (b"time,value\n", False),
        (b"01/02/2024,5\n", False),
        (b"1704067200,abc\n", False),
        (b"", False),
    ],
)
def test_a_feed_is_known_by_its_first_line(head: bytes, known: bool) -> None:
    assert FORMAT.recognises("feed.csv", head) is known


@pytest.mark.parametrize(
    ("mapping", "field"),
    [
        ({}, "kind"),
        ({"kind": "energy"}, "kind"),
        ({"kind": ["power", "power"]}, "kind"),
        ({"kind": "cumulative", "unit": "volts"}, "unit"),
        ({"kind": "cumulative", "unit": "m3"}, "consumption_type"),
        ({"kind": "cumulative", "names": ["a", "b"]}, "names"),
        ({"kind": "power", "max_gap": 0}, "max_gap"),
    ],
)
def test_what_a_feed_does_not_say_is_asked(mapping: dict[str, Any], field: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(FORMAT, pasted(1, 2), **mapping)
    assert refused.value.field == field


def test_power_is_held_until_the_next_value() -> None:
    found = read(FORMAT, pasted(600_000, 1_200_000, 0, 60), name="house.csv", kind="power")
    assert found.registers["house"] == [
        ("2024-01-01T00:00:00Z", 0, 1),
        ("2024-01-01T00:01:00Z", 10, 2),
        ("2024-01-01T00:02:00Z", 30, 3),
        ("2024-01-01T00:03:00Z", 30, 4),
    ]
    assert found.channels["house"].unit == "kWh"
    assert found.accounted() == 4


def test_power_is_not_held_over_a_gap() -> None:
    data = text(f"{T},600", f"{T + 900},null", f"{T + 901},600", f"{T + 1501},0")
    found = read(FORMAT, data, kind="power", name="f.csv")
    assert [value for _, value, _ in found.registers["f"]] == [0, 0, 0.1]
    assert [p.max_gap_seconds for p in found.pieces if hasattr(p, "max_gap_seconds")] == [900]
    assert found.accounted() == 4
    held = read(FORMAT, data, kind="power", name="f.csv", max_gap=901)
    assert [round(value, 6) for _, value, _ in held.registers["f"]] == [0, 0.150167, 0.250167]


def test_power_out_of_order_or_below_zero_is_rejected() -> None:
    found = read(FORMAT, text(f"{T},1", f"{T},2", f"{T - 5},3", f"{T + 60},-4"), kind="power")
    assert [r.line for r in found.rejected] == [2, 3, 4]
    assert found.accounted() == 4


def test_cumulative_feeds_are_registers() -> None:
    found = read(FORMAT, pasted(10.5, "null", 11, "x"), kind="cumulative", name="kwh.csv")
    assert found.registers["kwh"] == [
        ("2024-01-01T00:00:00Z", 10.5, 1),
        ("2024-01-01T00:02:00Z", 11, 3),
    ]
    assert [(r.line, r.column) for r in found.rejected] == [(4, "value 1")]
    assert [i.line for i in found.ignored] == [2]


def test_daily_feeds_are_local_days() -> None:
    found = read(
        FORMAT,
        text(
            "2024-03-31T00:00:00+01:00,8", "2024-04-01T00:00:00+02:00,9", "2024-04-02T09:00:00Z,9"
        ),
        kind="daily",
        name="f.csv",
    )
    assert [(r[0], r[1], r[2]) for r in found.readings["f"]] == [
        ("2024-03-30T23:00:00Z", 82_800, 8),
        ("2024-03-31T22:00:00Z", 86_400, 9),
    ]
    assert [(r.line, r.column) for r in found.rejected] == [(3, "time")]


@pytest.mark.parametrize(
    "line",
    [
        "1704067200,1.5",
        "1704067200000,1.5",
        "01/01/2024 01:00:00,1.5",
        "2024-01-01T01:00:00+01:00,1.5",
        "2024-01-01T00:00:00+00:00;1,5",
        "1704067200\t1.5",
    ],
)
def test_times_separators_and_decimal_marks(line: str) -> None:
    found = read(FORMAT, text(line), kind="cumulative", name="f.csv")
    assert found.registers["f"] == [("2024-01-01T00:00:00Z", 1.5, 1)]


def test_several_feeds_have_a_kind_and_a_name_each() -> None:
    data = text(f"{T},100,5,7", f"{T + 60},100,null,8", f"{T + 120},1", "soon,1,2,3")
    found = read(
        FORMAT,
        data,
        kind=["power", "cumulative", "cumulative"],
        names=["house", "meter", "heat pump"],
    )
    assert found.registers["house"][-1][1] == pytest.approx(0.1 / 60)
    assert len(found.registers["meter"]) == 1
    assert len(found.registers["heat pump"]) == 2
    assert [(r.line, r.column) for r in found.rejected] == [(3, None), (4, "time")]
    unnamed = read(FORMAT, data, kind="cumulative", name="multi.csv")
    assert list(unnamed.channels) == ["multi 1", "multi 2", "multi 3"]


def test_water_feeds_can_be_said() -> None:
    found = read(FORMAT, pasted(1), kind="cumulative", unit="L", consumption_type="water")
    assert (found.channels["file"].consumption_type, found.channels["file"].unit) == ("water", "L")


@pytest.mark.parametrize("kind", ["cumulative", "power"])
@pytest.mark.parametrize("year", [1850, 2300])
def test_times_of_other_centuries_are_rejected(kind: str, year: int) -> None:
    found = read(FORMAT, text(f"{year}-01-01T00:00:00+00:00,1"), kind=kind)
    assert [(r.line, r.detail) for r in found.rejected] == [(1, "outside the years 1900 to 2199")]
