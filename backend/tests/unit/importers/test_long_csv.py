"""The long table: what further columns say, and each line that is wrong by its name."""

import io
from datetime import datetime

import openpyxl
import pytest

from app.importers import long_csv, long_xlsx, series_json
from app.importers.series import Unreadable

from .series_reading import Found, read

HEADER = "meter,start,kWh,seconds,quality,type,direction"
MADRID = "Europe/Madrid"


def long(*lines: str, header: str = HEADER) -> Found:
    return read(long_csv.FORMAT, "\n".join([header, *lines, ""]).encode(), zone=MADRID)


def sheet(*rows: tuple[object, ...]) -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    book.active.title = "Intervals"
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def test_further_columns_in_any_order_by_both_ways() -> None:
    header = "meter;start;kWh;direction;seconds;type;quality"
    lines = [
        "A;2026-03-01T00:00:00Z;1.5;export;900;gas;E",
        "A;2026-03-01T01:00:00Z;2;export;3600;gas;",
        'B;2026-03-01T00:00:00Z;"3";;60;;P',
    ]
    for more in ([], ["B;no;1;;60;;"]):  # a line that is wrong is read by the slow way
        found = long(*lines, *more, header=header)
        assert {
            key: (str(channel.consumption_type), channel.direction)
            for key, channel in found.channels.items()
        } == {"A": ("gas", "export"), "B": ("electricity", "import")}
        start = "2026-03-01T00:00:00Z"
        assert [row[:4] for row in found.readings["A"]] == [
            (start, 900, 1.5, "E"), ("2026-03-01T01:00:00Z", 3600, 2.0, "A"),
        ]  # fmt: skip
        assert [row[:4] for row in found.readings["B"]] == [(start, 60, 3.0, "P")]
        assert len(found.rejected) == len(more)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ("2026-03-01T00:00Z,1,x,A,,", "seconds"),
        ("2026-03-01T00:00Z,1,,A,,", "seconds"),
        ("2026-03-01T00:00Z,1,900,X,,", "quality"),
        ("2026-03-01T00:00Z,1,900,N,,", "quality"),
        ("2026-03-01T00:00Z,1,900,A,water,", "type"),
        ("2026-03-01T00:00Z,1,900,A,heat,", "type"),
        ("2026-03-01T00:00Z,1,900,A,,out", "direction"),
        ("2026-03-01T00:00Z,one,900,A,,", "amount"),
        ("2026-03-01T00:00Z,1,900,A,", None),
    ],
)
def test_a_cell_that_is_wrong_is_named(cells: str, column: str | None) -> None:
    found = long("A,2026-03-01T05:00Z,1,900,A,,", f"A,{cells}")
    assert [(item.line, item.column) for item in found.rejected] == [(3, column)]
    assert len(found.readings["A"]) == 1


@pytest.mark.parametrize("more", [(), ("A,no,1,900,A,,",)])
def test_a_meter_is_of_one_type_and_direction(more: tuple[str, ...]) -> None:
    found = long(
        "A,2026-03-01T00:00Z,1,900,A,gas,", "A,2026-03-01T01:00Z,1,900,A,,",
        "A,2026-03-01T02:00Z,1,900,A,gas,export", "A,2026-03-01T03:00Z,1,900,A,gas,", *more,
    )  # fmt: skip
    wrong = [(item.line, item.column) for item in found.rejected if item.line < 6]
    assert wrong == [(3, "meter"), (4, "meter")]
    assert len(found.readings["A"]) == 2


def test_a_name_with_a_separator_or_a_formula_is_the_meters() -> None:
    lines = ['"a, b",2026-03-01T00:00+01:00,1', '"a, b",2026-03-01T01:00+01:00,1']
    found = long(*lines, "'=SUM(1),2026-03-01T00:00Z,1", "'=SUM(1),2026-03-01T01:00Z,1",
                 header="meter,start,kWh")  # fmt: skip
    assert list(found.channels) == ["a, b", "=SUM(1)"]
    assert found.starts("a, b")[0] == "2026-02-28T23:00:00Z"


def test_a_spreadsheet_with_dates_numbers_and_texts() -> None:
    data = sheet(
        ("Meter", "Start", "L", "seconds", "type"),
        ("A", datetime.fromisoformat("2026-03-29 01:00"), 12.5, 3600, "water"),
        ("A", datetime.fromisoformat("2026-03-29 03:00"), 1e-9, 3600, "water"),
        ("A", "2026-03-29 02:00", 1, 3600, "water"),
    )
    found = read(long_xlsx.FORMAT, data, zone=MADRID, name="a.xlsx")
    assert [row[:3] for row in found.readings["A"]] == [
        ("2026-03-29T00:00:00Z", 3600, 12.5), ("2026-03-29T01:00:00Z", 3600, 1e-9),
    ]  # fmt: skip
    assert [item.line for item in found.rejected] == [4]  # clocks skipped it
    with pytest.raises(Unreadable):
        read(long_xlsx.FORMAT, sheet(("a", "b", "c")), zone=MADRID, name="a.xlsx")


METER = '"meter":{"name":"A","consumption_type":"gas","unit":"m³","direction":"import"}'
READING = '{"start":"2026-03-01T00:00:00+00:00","seconds":900,"amount":1.25,"quality":"E"}'


@pytest.mark.parametrize(
    "text",
    [
        f'{{{METER},"readings":[\n{READING},\n{{"start":1}}]}}',
        f'{{"readings": [\n  {READING},\n  {{"start": 1}}\n],\n{METER}}}',
    ],
)
def test_json_by_lines_or_laid_out_anew(text: str) -> None:
    found = read(series_json.FORMAT, text.encode(), zone=MADRID, name="a.json")
    assert [row[:4] for row in found.readings["A"]] == [("2026-03-01T00:00:00Z", 900, 1.25, "E")]
    assert len(found.rejected) == 1


@pytest.mark.parametrize(
    "text",
    [
        f'{{{METER},"readings":{{}}}}',
        '{"meter":{"name":"A","consumption_type":"gas","unit":"kg"},"readings":[\n]}',
        '{"meter":{"name":"","consumption_type":"gas","unit":"m³"},"readings":[\n]}',
        '{"meter":"A","readings":[',
    ],
)
def test_json_without_a_meter_or_a_list_is_unreadable(text: str) -> None:
    assert series_json.FORMAT.recognises("a.json", text.encode())
    with pytest.raises(Unreadable):
        read(series_json.FORMAT, text.encode(), zone=MADRID, name="a.json")
