"""The record CSV against hostile files, and read back from every dialect it can be written in."""

import csv
import io
import time
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.importers.records_csv import ColumnMapping, RecordFileError, RecordRow, read
from app.utils.formulas import defused
from app.utils.units import UNITS, ConsumptionType

HEADER = "consumption_date,period_start,amount,unit,consumption_type,meter,description"
WATER = ColumnMapping(consumption_type=ConsumptionType.WATER)

texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t\",;|'=+-@\r"),
    max_size=30,
).map(lambda text: text.strip() or None)


@st.composite
def record_rows(draw: st.DrawFn) -> RecordRow:
    consumption_type = draw(st.sampled_from(ConsumptionType))
    last = draw(st.dates(date(1910, 1, 1), date(2030, 1, 1)))
    days = draw(st.none() | st.integers(0, 400))
    return RecordRow(
        line=0,
        consumption_date=last,
        period_start=None if days is None else last - timedelta(days=days),
        amount=draw(st.decimals(0, Decimal("9999999999.9999"), places=4)),
        unit=draw(st.sampled_from(UNITS[consumption_type])),
        consumption_type=consumption_type,
        meter=draw(texts),
        description=draw(texts),
    )


def written(text: str | None) -> str:
    """Write a text cell as our exports do."""
    return defused(text) if text else ""


@settings(max_examples=80, deadline=None)
@given(
    rows=st.lists(record_rows(), max_size=8),
    separator=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    mark=st.sampled_from(".,"),
    pattern=st.sampled_from(["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%Y%m%d"]),
)
def test_records_written_in_any_dialect_are_read_back_equal(
    rows: list[RecordRow], separator: str, encoding: str, newline: str, mark: str, pattern: str
) -> None:
    out = io.StringIO()
    # Python 3.11 does not quote a newline other than its own unless it quotes all.
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, delimiter=separator, lineterminator=newline)
    writer.writerow(HEADER.split(","))
    for row in rows:
        writer.writerow(
            [
                row.consumption_date.strftime(pattern),
                row.period_start.strftime(pattern) if row.period_start else "",
                str(row.amount).replace(".", mark),
                *(row.unit, row.consumption_type.value),
                *(written(row.meter), written(row.description)),
            ]
        )
    order = None if pattern.startswith("%Y") else "dmy"
    mapping = ColumnMapping(date_order=order, decimal=mark)
    found = read(out.getvalue().encode(encoding), mapping)
    assert found.problems == []
    assert [row[1:] for row in found.rows] == [row[1:] for row in rows]


cells = st.sampled_from(
    [
        *("", " ", "2025-01-01", "31/12/2024", "1", "1.5", "2,5", "-1", "x", "kWh", "m3", "water"),
        *('"', '"a', 'a"', '""', '"a"b', '"a\nb"', "\0", "é", "1e400", "9999-12-31"),
    ]
)
any_lines = st.lists(st.lists(cells, max_size=5).map(",".join), max_size=12)


@settings(max_examples=200, deadline=None)
@given(any_lines, st.sampled_from(["\n", "\r\n", "\r"]))
def test_every_line_is_a_row_a_rejection_or_blank(lines: list[str], newline: str) -> None:
    text = newline.join(["date,amount,unit,note", "2024-12-31,1.5", *lines])
    found = read(text.encode(), WATER)
    assert len(found.rows) + found.rejected + found.ignored == found.data_lines
    assert found.rejected == len({problem.line for problem in found.problems})
    assert not {problem.line for problem in found.problems} & {row.line for row in found.rows}
    assert found.data_lines <= len(io.StringIO(text, newline="").readlines()) - 1


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for prefix in (b"", b"date,kgal\n"):
        try:
            found = read(prefix + data)
        except RecordFileError:
            continue
        assert len(found.rows) + found.rejected + found.ignored == found.data_lines


def test_lines_that_an_open_quote_swallowed_are_read_again() -> None:
    good = "2025-01-01,1,ok\n"
    found = read(("date,kgal,note\n" + '2025-01-01,1,"open\n' + good * 250).encode())
    assert [problem.line for problem in found.problems] == [2]
    assert [row.line for row in found.rows] == list(range(3, 253))


def test_a_quoted_cell_may_span_lines_of_mixed_newlines() -> None:
    found = read(b'date,kgal,note\r2025-01-01,1,"a\nb\r\nc"\n2025-01-02,2,d\r\n\r2025-01-03,3')
    assert [row.line for row in found.rows] == [2, 5, 7]
    assert found.rows[0].description == "a\nb\r\nc"
    assert found.ignored == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 1000,
        b"\xff\xfe",
        b"\xff\xfe\x00",
        b"\xff\xfe\x00\xd8\x00\x00",
        b"\x81\x8d\x8f",
        b"PK\x03\x04" + bytes(range(256)),
        b"," * 1_000_000,
        b"date,kgal" + b"," * 1_000_000 + b"\n2025-01-01,1\n",
        b'"' * 100_001,
        b"date,kgal\n" + b'a","\n' * 100_000,
        b"sep=",
        b'"' + b"x" * 10_000_000,
    ],
)
def test_a_file_that_is_no_record_csv_is_refused_soon(data: bytes) -> None:
    begun = time.process_time()
    with pytest.raises(RecordFileError):
        read(data)
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    "line",
    [
        b"x" * 10_000_000,
        b"," * 1_000_000,
        b"2025-01-01,1" + b"," * 60_000,
        b'2025-01-01,1,"' + b"x" * 10_000_000 + b'"',
        b"9" * 50_000 + b"," + b"9" * 50_000,
        b" " * 50_000 + b"x,1",
        b"2025-01-01," + b"1," * 5_000,
        b"2025-01-01," + b"1e" * 20_000,
        b"2025-01-01," + b"1'111" * 10_000,
        "2025-01-01,1,{}".format("ﷺ" * 20_000).encode(),
    ],
)
def test_a_hostile_line_costs_little_and_the_next_is_read(line: bytes) -> None:
    begun = time.process_time()
    found = read(b"date,kgal,note\n" + line + b"\n2025-01-02,2,ok\n")
    assert time.process_time() - begun < 1
    assert found.rows[-1].line == 3
    assert len(found.rows) + found.rejected + found.ignored == 2


def test_a_million_lines_are_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.importers.records_csv.MAX_ROWS", 3)
    assert len(read(b"date,kgal\n" + b"2025-01-01,1\n" * 3).rows) == 3
    with pytest.raises(RecordFileError, match="at most 3 lines"):
        read(b"date,kgal\n" + b"2025-01-01,1\n" * 4)
    monkeypatch.setattr("app.importers.records_csv_dialect.MAX_ROWS", 3)
    with pytest.raises(RecordFileError, match="at most 3 lines"):
        read(b"date,kgal\n" + b"\n" * 9)
