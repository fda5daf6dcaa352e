"""Bounded delimited text: encodings, lines, cells, numbers, dates and times."""

import pytest

from app.importers import csv_text
from app.importers.series import Unreadable

from .reading import source


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings(encoding):
    text = "a,b\r\nGebäude 1,2\r\n" + "x,1\r\n" * 50
    rows = list(csv_text.rows(source(text.encode(encoding))))
    assert rows[:2] == [(1, ["a", "b"]), (2, ["Gebäude 1", "2"])]
    assert len(rows) == 52


def test_a_byte_that_tells_the_encoding_may_come_late():
    data = b"a,b\n" + b"1,2\n" * 600_000 + "é,3\n".encode("cp1252")
    assert list(csv_text.rows(source(data)))[-1] == (600_002, ["é", "3"])


@pytest.mark.parametrize("data", [b"a,\0b\n", b"\x81\x8d\x8f\n", b"\xff\xfea"])
def test_what_is_no_text_is_refused(data):
    with pytest.raises(Unreadable, match="no text"):
        list(csv_text.rows(source(data)))


def test_lines_cells_and_quotes_are_bounded():
    data = "a,b\n" + "x" * 70_000 + ",1\n" + "y" * 5_000 + ",1\n" + "," * 1_500 + '\n"open,1\n2,3\n'
    rows = dict(csv_text.rows(source(data.encode())))
    assert rows[2] == "a line has at most 65,536 characters"
    assert rows[3] == "a cell has at most 4,096 characters"
    assert rows[4] == "a line has at most 1,000 cells"
    assert "not closed" in rows[5]
    assert rows[6] == ["2", "3"]


def test_a_long_line_may_be_allowed():
    data = (",".join(["1"] * 9_000) + "\n").encode() * 2
    rows = list(csv_text.rows(source(data), longest=100_000, widest=10_000))
    assert [len(cells) for _, cells in rows] == [9_000, 9_000]


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("1,234.50", ".", 1234.5),
        ("1.234,50", ",", 1234.5),
        ("-.5", ".", -0.5),
        ("0E-20", ".", 0.0),
        ("\u22121 000", ".", -1000.0),
        ("1\u00a0000,5", ",", 1000.5),
    ],
)
def test_numbers(text, mark, value):
    assert csv_text.number(text, mark) == value


@pytest.mark.parametrize("text", ["", "-", "nan", "inf", "1_0", "1,5", "٣", "1e400", "e5", "1 2"])
def test_what_is_no_number(text):
    assert isinstance(csv_text.number(text), str)


@pytest.mark.parametrize(
    ("text", "value"),
    [("$1.02", 1.02), ("$0.12 ", 0.12), ("-$1,234.50", -1234.5), ("($0.50)", -0.5), ("£2", 2.0)],
)
def test_money(text, value):
    assert csv_text.money(text) == value


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0:00", 0),
        ("23:59", 86_340),
        ("12:15 AM", 900),
        ("12:00 PM", 43_200),
        ("24:00", 86_400),
        ("07:05:09", 25_509),
    ],
)
def test_times_of_day(text, seconds):
    assert csv_text.clock(text) == seconds


@pytest.mark.parametrize("text", ["", "24:01", "13:00 PM", "1:60", "noon", "10:00:61"])
def test_what_is_no_time_of_day(text):
    assert isinstance(csv_text.clock(text), str)


def test_wall_times_and_instants():
    assert csv_text.wall_time("1970-01-02 01:00", None) == 90_000
    assert csv_text.wall_time("1970-01-02T01:00:00", None) == 90_000
    assert csv_text.wall_time("1/2/1970 1:00 AM", "mdy") == 90_000
    assert csv_text.wall_time("02/01/1970", "dmy") == 86_400
    assert isinstance(csv_text.wall_time("1970-02-30 01:00", None), str)
    assert csv_text.instant("1970-01-02T01:00:00+01:00") == 86_400
    assert csv_text.instant("1970-01-02T00:00:00Z") == 86_400
    assert isinstance(csv_text.instant("1970-01-02T00:00:00"), str)
    assert isinstance(csv_text.instant("yesterday"), str)
