"""Tables that a mapping explains: long, a column for each meter, a row for each day."""

import io
import tempfile
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import openpyxl
import pytest

from app.importers import by_name, staging
from app.importers.grid import Grid
from app.importers.series import Channel, Options, Source, Unreadable

AMSTERDAM = "Europe/Amsterdam"
Days = dict[tuple[str, str], list[float | None]]


def read(
    data: bytes, mapping: Mapping[str, Any], name: str = "generic_csv", zone: str = AMSTERDAM
) -> tuple[Grid, Days]:
    """Read a table into days by channel; every value of it is accounted for."""
    source = Source("file", lambda: io.BytesIO(data), len(data))
    with tempfile.TemporaryFile() as first, tempfile.TemporaryFile() as second:
        grid = Grid(zone, (first, second))
        for piece in by_name(name).read(source, Options(zone, mapping=mapping)):
            grid.take(piece)
        out = io.BytesIO()
        file = staging.StagingFile(out)
        for state, days in grid.days():
            file.add(state.index, days)
        file.finish()
    out.seek(0)
    keys = list(grid.channels)
    rows = list(staging.read(out))
    assert grid.taken == sum(row.lines for row in rows) + grid.tally.rejected + grid.tally.ignored
    return grid, {(keys[row.channel], row.day.isoformat()): list(row.amounts) for row in rows}


def channels(grid: Grid) -> list[Channel]:
    """The channels that were read."""
    return [state.channel for state in grid.channels.values()]


def table(*lines: str) -> bytes:
    """A CSV."""
    return "\n".join([*lines, ""]).encode()


def test_a_long_table_of_interval_starts() -> None:
    data = table(
        "Report of the utility", "", "Fecha;Hora;Consumo (kWh);Contador",
        "15/01/2026;00:00;1,5;A", "15/01/2026;01:00;2,25;A", "15/01/2026;00:00;;B",
        "15/01/2026;01:00;-;B", "15/01/2026;02:00;x;B",
    )  # fmt: skip
    mapping = {
        "columns": {"date": "fecha", "time": "Hora", "amount": 3, "meter": "Contador"},
        "header_row": 3, "date_order": "dmy", "decimal": ",", "step_minutes": 60,
    }  # fmt: skip
    grid, days = read(data, mapping)
    assert days == {("A", "2026-01-15"): [1.5, 2.25] + [None] * 22}
    assert [(c.key, c.unit, str(c.consumption_type)) for c in channels(grid)] == [
        ("A", "kWh", "electricity"),
        ("B", "kWh", "electricity"),
    ]
    assert [(p.line, p.column, p.detail) for p in grid.tally.problems] == [
        (8, "Consumo (kWh)", "'x' is not a number")
    ]
    assert dict(grid.tally.reasons) == {
        "lines above the header": 1, "blank lines": 1, "the header": 1,
        "the source gives no value": 2,
    }  # fmt: skip


def test_values_stamped_with_the_end_of_their_interval() -> None:
    data = table("t,kWh", "2026-01-15T01:00,1", "2026-01-15T02:00,2", "2026-01-16T00:00,24")
    mapping = {"columns": {"end": "t", "amount": "kWh"}, "stamp": "end", "meter": "House"}
    _, days = read(data, mapping)
    assert days == {("House", "2026-01-15"): [1, 2, *[None] * 21, 24]}


def test_ends_of_intervals_over_the_change_of_clocks() -> None:
    # 03:00 is an hour after 01:00 on this day.
    data = table("t,kWh", *(f"2026-03-29 {hour:02}:00,{hour}" for hour in (1, 3, 4, 5)))
    mapping = {"columns": {"end": "t", "amount": 2}, "stamp": "end", "step_minutes": 60}
    _, days = read(data, mapping)
    assert days["Meter", "2026-03-29"][:5] == [1, 3, 4, 5, None]


def test_daily_values_stamped_with_the_end() -> None:
    data = table("t,m3", "2026-03-30,7", "2026-03-31,8")
    mapping = {
        "columns": {"end": "t", "amount": "m3"}, "stamp": "end", "step_minutes": 1440,
        "consumption_type": "water",
    }  # fmt: skip
    _, days = read(data, mapping)
    assert days == {("Meter", "2026-03-29"): [7], ("Meter", "2026-03-30"): [8]}


def test_register_values_become_use() -> None:
    data = table("start,reading", "2026-01-15 00:00,100", "2026-01-15 01:00,100.5",
                 "2026-01-15 03:00,102.5")  # fmt: skip
    mapping = {"columns": {"start": 1, "amount": 2}, "kind": "cumulative", "unit": "kWh"}
    _, days = read(data, mapping)
    assert days["Meter", "2026-01-15"][:4] == [0.5, 1.0, 1.0, None]


def test_instants_with_offset_and_unix_times() -> None:
    data = table("t,Wh", "2026-01-14T23:00:00Z,500", "2026-01-15T01:00:00+01:00,250")
    _, days = read(data, {"columns": {"start": "t", "amount": "Wh"}})
    assert days["Meter", "2026-01-15"][:3] == [0.5, 0.25, None]
    data = table("1768431600,1", "1768435200,2")
    mapping = {"columns": {"start": 1, "amount": 2}, "timestamps": "unix", "header_row": 0,
               "unit": "kWh"}  # fmt: skip
    _, days = read(data, mapping)
    assert days["Meter", "2026-01-15"][:3] == [1, 2, None]


def test_a_column_for_each_meter() -> None:
    data = table("Time,House (kWh),Solar (kWh),Water (L),Note",
                 "2026-01-15 00:00,1,2,1000,hello", "2026-01-15 01:00,3,,500,")  # fmt: skip
    mapping = {
        "layout": "columns", "columns": {"start": "Time"},
        "channels": {
            "House (kWh)": {}, "Solar (kWh)": {"direction": "export", "name": "Roof"},
            "Water (L)": {"consumption_type": "water"},
        },
    }  # fmt: skip
    grid, days = read(data, mapping)
    assert days["House (kWh)", "2026-01-15"][:2] == [1, 3]
    assert days["Solar (kWh)", "2026-01-15"][:2] == [2, None]
    assert days["Water (L)", "2026-01-15"][:2] == [1, 0.5]
    assert [(c.name, c.unit, c.direction) for c in channels(grid)] == [
        ("House", "kWh", "import"), ("Roof", "kWh", "export"), ("Water", "L", "import"),
    ]  # fmt: skip


def test_columns_of_the_same_name_are_told_apart() -> None:
    data = table("Time,Use (kWh),Use (kWh)", "2026-01-15 00:00,1,2", "2026-01-15 01:00,3,4")
    mapping = {"layout": "columns", "columns": {"start": "Time"}, "unit": "kWh"}
    _, days = read(data, mapping)
    assert days["Use (kWh)", "2026-01-15"][:2] == [1, 3]
    assert days["Use (kWh) 2", "2026-01-15"][:2] == [2, 4]


@pytest.mark.parametrize("count", [24, 48, 96])
def test_a_row_for_each_day(count: int) -> None:
    header = ",".join(["Day", *(f"v{n}" for n in range(count))])
    rows = [
        ",".join([day, *(str(n) for n in range(count))]) for day in ("2026-01-15", "16/01/2026")
    ]
    mapping = {"layout": "days", "columns": {"date": "Day"}, "unit": "kWh", "date_order": "dmy"}
    _, days = read(table(header, *rows), mapping)
    assert days == {("Meter", day): list(range(count)) for day in ("2026-01-15", "2026-01-16")}


def test_a_row_for_the_day_with_an_hour_less() -> None:
    header = ",".join(["Day", *(str(n) for n in range(24))])
    row = ",".join(["2026-03-29", "1", "1", "0", *["1"] * 21])
    mapping = {"layout": "days", "columns": {"date": "Day"}, "unit": "kWh"}
    grid, days = read(table(header, row), mapping)
    assert days["Meter", "2026-03-29"] == [1] * 23
    assert grid.tally.reasons["an hour that the clock skipped, with nothing in it"] == 1


def workbook(rows: list[list[Any]], sheet: str = "Data") -> bytes:
    """A spreadsheet with two sheets."""
    book = openpyxl.Workbook()
    book.active.append(["nothing here"])
    page = book.create_sheet(sheet)
    for row in rows:
        page.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_spreadsheet() -> None:
    rows = [["When", "kWh"], [datetime(2026, 1, 15, 0, 14, 59, 999_900), 1.5],  # noqa: DTZ001
            [datetime(2026, 1, 15, 0, 30), 2]]  # noqa: DTZ001  # fmt: skip
    mapping = {"columns": {"start": "When", "amount": "kWh"}, "sheet": "data"}
    _, days = read(workbook(rows), mapping, "generic_xlsx")
    assert days["Meter", "2026-01-15"][:4] == [None, 1.5, 2, None]
    with pytest.raises(Unreadable, match="no column 'When'"):
        read(workbook(rows), {"columns": {"start": "When", "amount": 1}}, "generic_xlsx")


def test_a_spreadsheet_with_dates_and_times_apart() -> None:
    rows = [
        ["Day", "Hour", "m3"],
        [date(2026, 1, 15), time(1, 0), 3],
        [date(2026, 1, 15), time(2), 4],
    ]
    mapping = {"columns": {"date": 1, "time": 2, "amount": 3}, "sheet": "Data",
               "consumption_type": "gas"}  # fmt: skip
    _, days = read(workbook(rows), mapping, "generic_xlsx")
    assert days["Meter", "2026-01-15"][:4] == [None, 3, 4, None]


@pytest.mark.parametrize(
    ("mapping", "field"),
    [
        ({}, "columns"),
        ({"columns": {"start": "t"}}, "columns"),
        ({"columns": {"start": "nosuch", "amount": 2}}, "columns"),
        ({"columns": {"start": 1, "amount": 9}}, "columns"),
        ({"columns": {"begin": 1, "amount": 2}}, "columns"),
        ({"columns": {"start": True, "amount": 2}}, "columns"),
        ({"columns": [1]}, "columns"),
        ({"columns": {"start": 1, "amount": 2}}, "unit"),
        ({"columns": {"start": 1, "amount": 2}, "unit": "parsec"}, "unit"),
        ({"columns": {"start": 1, "amount": 2}, "unit": "m³"}, "consumption_type"),
        ({"columns": {"start": 1, "amount": 2}, "time_zone": "Mars"}, "time_zone"),
        ({"columns": {"start": 1, "amount": 2}, "layout": "round"}, "layout"),
        ({"columns": {"start": 1, "amount": 2}, "step_minutes": 0}, "step_minutes"),
        ({"columns": {"start": 1, "amount": 2}, "channels": {"a": {"x": 1}}}, "channels"),
        ({"columns": {"date": 1}, "layout": "days", "kind": "cumulative"}, "kind"),
        ({"columns": {"date": 1}, "layout": "days", "unit": "kWh"}, "columns"),
        ({"columns": {"start": 1, "amount": 2}, "header_row": -1}, "header_row"),
        ({"columns": {"start": 1, "amount": 2}, "meter": 5}, "meter"),
    ],
)
def test_what_is_wrong_with_a_mapping_is_named(mapping: dict[str, Any], field: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        read(table("t,v", "2026-01-15 00:00,1", "2026-01-15 01:00,1"), mapping)
    assert refusal.value.field == field
