"""CSV and XLSX as other programs read them."""

import csv
import io
import tracemalloc
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
import python_calamine
from hypothesis import given, settings
from hypothesis import strategies as st

from app.exporters import tables
from app.exporters.tables import TooManyRows, write_csv, write_xlsx
from app.utils.formulas import defused, restored

HEADER = ("a", "b", "c")
# U+FFFE and U+FFFF are no characters (Unicode 23.7), and calamine does not unescape them.
CHARACTERS = st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\ufffe\uffff")
TEXT = st.text(CHARACTERS, max_size=30)
ODD = st.sampled_from(["", "=1+1", "_x0041_", "a\x0bb", "\x1f", "x\r\ny", "<&>\"'", " a "])


def write_sheet(file: Any, header: Any, rows: Any) -> int:
    return write_xlsx(file, "Data", header, rows)


def written(write: Any, rows: list[Any]) -> bytes:
    file = io.BytesIO()
    assert write(file, HEADER, iter(rows)) == len(rows)
    return file.getvalue()


@given(st.lists(st.tuples(st.one_of(TEXT, ODD), st.none(), st.integers(-9, 9)), max_size=5))
def test_csv_comes_back(rows: list[Any]) -> None:
    text = written(write_csv, rows).decode()
    found = list(csv.reader(io.StringIO(text, newline="")))
    assert found[0] == list(HEADER)
    assert [(restored(a), b, int(c)) for a, b, c in found[1:]] == [(a, "", c) for a, _, c in rows]


@given(st.lists(st.one_of(TEXT, ODD), max_size=5))
@settings(max_examples=60, deadline=None)
def test_xlsx_comes_back_in_two_readers(texts: list[str]) -> None:
    data = written(write_sheet, [(text, None, 1) for text in texts])
    cells = [str(defused(text)) for text in texts]
    sheet = openpyxl.load_workbook(io.BytesIO(data), read_only=True)["Data"]
    found = [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)]
    unescaped = [openpyxl.utils.escape.unescape(cell) for cell in found]
    assert unescaped == cells
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    other = [row[0] for row in book.get_sheet_by_name("Data").to_python()[1:]]
    assert [restored(str(cell)) for cell in other] == texts


def test_numbers_and_dates_are_what_they_are() -> None:
    row = (Decimal("-12.5000"), 0.1 + 0.2, date(2026, 3, 1))
    old = (1, None, date(1900, 1, 1))
    text = written(write_csv, [row, old]).decode()
    assert text == "a,b,c\r\n-12.5000,0.30000000000000004,2026-03-01\r\n1,,1900-01-01\r\n"
    sheet = openpyxl.load_workbook(io.BytesIO(written(write_sheet, [row, old])))["Data"]
    cells = [[cell.value for cell in line] for line in sheet.iter_rows(min_row=2)]
    assert cells[0][:2] == [-12.5, 0.1 + 0.2]
    assert cells[0][2].date() == date(2026, 3, 1)
    assert cells[1] == [1, None, "1900-01-01"]


def test_no_cell_of_a_sheet_is_a_formula() -> None:
    data = written(write_sheet, [("=1+1", "@SUM(1)", "\t=2")])
    sheet = openpyxl.load_workbook(io.BytesIO(data))["Data"]
    assert [cell.data_type for cell in sheet[2]] == ["s", "s", "s"]
    assert [cell.value[0] for cell in sheet[2]] == ["'", "'", "'"]


def test_a_sheet_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_SHEET_ROWS", 3)
    with pytest.raises(TooManyRows):
        write_sheet(io.BytesIO(), HEADER, [("x", 1, 2)] * 4)
    write_sheet(io.BytesIO(), HEADER, [("x", 1, 2)] * 3)


@pytest.mark.parametrize("write", [write_csv, write_sheet])
def test_memory_does_not_grow_with_the_rows(write: Any, tmp_path: Any) -> None:
    def peak(count: int) -> int:
        with (tmp_path / "file").open("wb") as file:
            tracemalloc.start()
            write(file, HEADER, (("a meter", day, 1.5) for day in range(count)))
            found = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return found

    peak(100)
    assert peak(30_000) < peak(1_000) + 100_000
