"""Home Assistant: the energy panel, the history panel and long-term statistics."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.importers import home_assistant_energy as energy
from app.importers import home_assistant_history as history
from app.importers import home_assistant_statistics as statistics
from app.importers.series import Unreadable
from tests.unit.importers.series_reading import read, text


def columns(*instants: str) -> str:
    return ",".join(["entity_id,type,unit", *instants])


HOURS = columns("2025-03-29T23:00:00.000Z", "2025-03-30T00:00:00.000Z", "2025-03-30T01:00:00.000Z")


def test_energy_rows_of_hours_and_which_are_taken() -> None:
    data = text(
        HOURS,
        "sensor.grid,grid_consumption,kWh,1.5,,2",
        "sensor.back,grid_return,Wh,100,200,",
        "sensor.gas,gas_consumption,m3,0.1,0.2,0.3",
        "sensor.water,water_consumption,L,10,,",
        "sensor.dishwasher,device_consumption,kWh,1,1,1",
        "sensor.grid_cost,grid_consumption_cost,EUR,1,1,1",
        "sensor.sum,calculated_total_consumption,kWh,1,1,1",
        "sensor.heat,heat_pump,kWh,1,1,1",
        ",grid_consumption,kWh,1,1,1",
        "sensor.empty,grid_consumption,kWh,,,",
        "sensor.gas2,gas_consumption,W,1,1,1",
        "sensor.grid2,grid_consumption,kWh,1,x,2",
    )
    assert energy.FORMAT.recognises("energy.csv", data)
    found = read(energy.FORMAT, data)
    assert found.readings["sensor.grid:import"] == [
        ("2025-03-29T23:00:00Z", 3600, 1.5, "A", 2),
        ("2025-03-30T01:00:00Z", 3600, 2, "A", 2),
    ]
    assert found.channels["sensor.back:export"].direction == "export"
    assert found.channels["sensor.gas:import"].unit == "m³"
    assert found.total("sensor.water:import") == 10
    assert {(i.line, i.reason.split(",")[0].split(":")[0]) for i in found.ignored} == {
        (1, "the header"),
        (6, "device_consumption"),
        (7, "costs"),
        (8, "what Home Assistant derives from other rows"),
        (9, "heat_pump"),
        (10, "what Home Assistant derives from other rows"),
        (11, "statistics without any value"),
    }
    assert [(r.line, r.column) for r in found.rejected] == [
        (12, "unit"),
        (13, "2025-03-30T00:00:00.000Z"),
    ]
    assert found.amounts("sensor.grid2:import") == [1, 2]
    assert found.accounted() == 13


def test_energy_takes_other_types_when_they_are_named() -> None:
    data = text(HOURS, "s.d,device_consumption,kWh,1,1,1", "s.g,grid_consumption,kWh,1,1,1")
    found = read(energy.FORMAT, data, types=["device_consumption"])
    assert list(found.channels) == ["s.d:import"]
    with pytest.raises(Unreadable) as refused:
        read(energy.FORMAT, data, types=["nuclear"])
    assert refused.value.field == "types"


def test_energy_days_are_local_and_as_long_as_they_were() -> None:
    header = columns("2025-03-28T23:00:00.000Z", "2025-03-29T23:00:00.000Z", "2025-03-30T22:00:00Z")
    found = read(energy.FORMAT, text(header, "s.g,grid_consumption,kWh,1,2,3"))
    assert [(r[0], r[1]) for r in found.readings["s.g:import"]] == [
        ("2025-03-28T23:00:00Z", 86_400),
        ("2025-03-29T23:00:00Z", 82_800),
        ("2025-03-30T22:00:00Z", 86_400),
    ]
    with pytest.raises(Unreadable) as refused:
        read(energy.FORMAT, text(header, "s.g,grid_consumption,kWh,1,2,3"), zone="Europe/London")
    assert refused.value.field == "time_zone"
    away = read(
        energy.FORMAT,
        text(header, "s.g,grid_consumption,kWh,1,2,3"),
        zone="Europe/London",
        time_zone="Europe/Paris",
    )
    assert len(away.readings["s.g:import"]) == 3


def test_energy_months_are_periods() -> None:
    header = columns("2025-01-31T23:00:00Z", "2025-02-28T23:00:00Z")
    found = read(energy.FORMAT, text(header, "s.g,grid_consumption,kWh,100.25,90"))
    assert [(p.first, p.last, p.amount) for p in found.periods] == [
        (date(2025, 2, 1), date(2025, 2, 28), Decimal("100.25")),
        (date(2025, 3, 1), date(2025, 3, 31), Decimal("90.0")),
    ]


def test_energy_one_column_asks_for_its_period() -> None:
    data = text(columns("2025-01-31T23:00:00Z"), "s.g,grid_consumption,kWh,1")
    with pytest.raises(Unreadable) as refused:
        read(energy.FORMAT, data)
    assert refused.value.field == "period"
    assert read(energy.FORMAT, data, period="day").readings["s.g:import"][0][1] == 86_400
    assert read(energy.FORMAT, data, period="month").periods[0].last == date(2025, 2, 28)


@pytest.mark.parametrize(
    "header",
    [
        columns("2025-03-29 23:00", "2025-03-30 00:00"),
        columns("2025-03-29T23:00:00Z", "2025-03-29T22:00:00Z"),
        columns("9999-03-29T23:00:00Z", "9999-03-30T22:00:00Z"),
        columns(),
    ],
)
def test_energy_columns_that_are_no_times_are_unreadable(header: str) -> None:
    with pytest.raises(Unreadable):
        read(energy.FORMAT, text(header, "s.g,grid_consumption,kWh,1,1"))


def test_energy_rows_may_be_very_long() -> None:
    instants = [f"2024-{m:02}-{d:02}T{h:02}:00:00.000Z" for m in range(1, 13) for d in range(1, 29)
                for h in range(24)]  # fmt: skip
    data = text(columns(*instants), ",".join(["s.g,grid_consumption,kWh", *["0.125"] * 8064]))
    assert read(energy.FORMAT, data).total("s.g:import") == 1008


def states(*lines: str) -> bytes:
    return text("entity_id,state,last_changed", *lines)


def test_history_gives_registers_and_ignores_what_is_no_state() -> None:
    data = states(
        "sensor.t1,100.5,2024-01-01T00:00:00.000Z",
        "sensor.t1,unavailable,2024-01-01T00:10:00.000Z",
        "sensor.t1,unknown,2024-01-01T00:20:00.000Z",
        "sensor.t1,101,2024-01-01T01:00:00.500Z",
        "sensor.t1,twelve,2024-01-01T02:00:00.000Z",
        "sensor.t1,102,yesterday",
        "sensor.t2,5,2024-01-01T00:00:00.000Z",
    )
    assert history.FORMAT.recognises("history.csv", data)
    found = read(history.FORMAT, data, unit="kWh", max_gap=7200)
    assert found.registers["sensor.t1"] == [
        ("2024-01-01T00:00:00Z", 100.5, 2),
        ("2024-01-01T01:00:00Z", 101, 5),
    ]
    assert found.registers["sensor.t2"] == [("2024-01-01T00:00:00Z", 5, 8)]
    assert {i.line for i in found.ignored} == {1, 3, 4}
    assert [(r.line, r.column) for r in found.rejected] == [(6, "state"), (7, "last_changed")]
    assert [p.max_gap_seconds for p in found.pieces if hasattr(p, "max_gap_seconds")] == [7200] * 2
    assert len(found.warned) == 1
    assert found.accounted() == 8


@pytest.mark.parametrize(
    ("mapping", "field"),
    [
        ({}, "unit"),
        ({"unit": "W"}, "unit"),
        ({"unit": "m3"}, "consumption_type"),
        ({"unit": "m3", "consumption_type": "electricity"}, "consumption_type"),
        ({"unit": "m3", "consumption_type": "steam"}, "consumption_type"),
        ({"unit": "kWh", "direction": "sideways"}, "direction"),
        ({"unit": "kWh", "max_gap": "soon"}, "max_gap"),
    ],
)
def test_history_asks_for_what_the_file_does_not_say(mapping: dict[str, Any], field: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(history.FORMAT, states("s,1,2024-01-01T00:00:00Z"), **mapping)
    assert refused.value.field == field


def test_history_takes_the_type_that_is_said() -> None:
    data = states("s,1,2024-01-01T00:00:00Z")
    found = read(history.FORMAT, data, unit="m³", consumption_type="water", direction="import")
    assert (found.channels["s"].consumption_type, found.channels["s"].unit) == ("water", "m³")
    assert not found.warned


@pytest.mark.parametrize(
    ("separator", "decimal", "half"), [(",", ".", "0.5"), ("\t", ".", "0.5"), (";", ",", "0,5")]
)
def test_statistics_take_delta_and_never_state(separator: str, decimal: str, half: str) -> None:
    rows = [
        ["statistic_id", "unit", "start", "min", "max", "mean", "sum", "state", "delta"],
        ["sensor.grid", "kWh", "26.10.2024 00:00", "", "", "", "10", "900", half],
        ["sensor.grid", "kWh", "26.10.2024 01:00", "", "", "", "11", "5", "1"],
        ["sensor.temperature", "°C", "26.10.2024 01:00", "1", "2", half, "", "", ""],
        ["sensor.grid", "kWh", "26.10.2024 01:30", "", "", "", "11", "5", "1"],
        ["sensor.grid", "kWh", "31.02.2024 01:00", "", "", "", "11", "5", "1"],
        ["sensor.grid", "kWh", "26.10.2024 02:00", "", "", "", "11", "5", "one"],
        ["sensor.power", "W", "26.10.2024 02:00", "", "", "", "11", "5", "1"],
        ["sensor.grid", "MWh", "26.10.2024 03:00", "", "", "", "11", "5", "1"],
    ]
    data = text(*(separator.join(row) for row in rows))
    assert statistics.FORMAT.recognises("x.tsv", data)
    found = read(statistics.FORMAT, data, decimal=decimal)
    assert found.readings["sensor.grid"] == [
        ("2024-10-25T22:00:00Z", 3600, 0.5, "A", 2),
        ("2024-10-25T23:00:00Z", 3600, 1, "A", 3),
    ]
    assert [(r.line, r.column) for r in found.rejected] == [
        (5, "start"),
        (6, "start"),
        (7, "delta"),
        (9, "unit"),
    ]
    assert {i.line for i in found.ignored} == {1, 4, 8}
    assert found.accounted() == 9


def test_statistics_without_delta_are_differences_of_sum_at_the_end_of_the_hour() -> None:
    data = text(
        "statistic_id,start,unit,state,sum",
        "sensor:water,2024-10-26 00:00,m³,100,10",
        "sensor:water,2024-10-26 01:00,m³,2,10.5",
    )
    found = read(statistics.FORMAT, data, consumption_type="water", date_order="ymd")
    assert found.registers["sensor:water"] == [
        ("2024-10-25T23:00:00Z", 10, 2),
        ("2024-10-26T00:00:00Z", 10.5, 3),
    ]


def test_statistics_of_hours_that_come_twice() -> None:
    hours = ["01", "02", "02", "03"]
    lines = [f"s.g,27.10.2024 {hour}:00,kWh,1" for hour in hours]
    found = read(statistics.FORMAT, text("statistic_id,start,unit,delta", *lines))
    assert [start[:13] for start in found.starts("s.g")] == [
        "2024-10-26T23",
        "2024-10-27T00",
        "2024-10-27T01",
        "2024-10-27T02",
    ]


def test_statistics_as_json() -> None:
    values = [
        {"datetime": "26.10.2024 00:00", "delta": 0.5, "sum": 3},
        {"datetime": "26.10.2024 01:00", "delta": None},
        "nothing",
        {"datetime": 5, "delta": 1},
    ]
    document = {"timezone_identifier": "Europe/Vienna", "entities": [
        {"id": "sensor.grid", "unit": "kWh", "values": values}, {"id": "sensor.x"}]}  # fmt: skip
    data = json.dumps(document).encode()
    assert statistics.FORMAT.recognises("x.json", data)
    found = read(statistics.FORMAT, data)
    assert found.readings["sensor.grid"] == [("2024-10-25T22:00:00Z", 3600, 0.5, "A", 1)]
    assert [(r.line, r.column) for r in found.rejected] == [
        (3, "values"),
        (4, "start"),
        (0, "entities[1].values"),
    ]
    sums = [{"id": "s:w", "unit": "L", "values": [{"datetime": "26.10.2024 00:00", "sum": 7}]}]
    listed = read(statistics.FORMAT, json.dumps(sums).encode(), consumption_type="water")
    assert listed.registers["s:w"] == [("2024-10-25T23:00:00Z", 7, 1)]


@pytest.mark.parametrize("data", [b'{"values": "datetime" ', b'{"values": 1, "datetime": 2}'])
def test_statistics_of_broken_json_are_unreadable(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read(statistics.FORMAT, data)


def test_statistics_ask_whether_it_is_water_or_gas() -> None:
    data = text("statistic_id,start,unit,delta", "s:x,26.10.2024 00:00,m³,1")
    with pytest.raises(Unreadable) as refused:
        read(statistics.FORMAT, data)
    assert refused.value.field == "consumption_type"
