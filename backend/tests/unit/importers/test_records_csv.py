"""The record CSV: headers, dialects, lines; every line is a row, a problem or blank."""

import io
from datetime import date
from decimal import Decimal

import pytest

from app.importers.records_csv import (
    AmbiguousDates,
    AmbiguousNumbers,
    ColumnMapping,
    LineProblem,
    RecordFile,
    RecordFileError,
    RecordRow,
    read,
    sniff,
)
from app.utils.units import ConsumptionType

E, W, G = ConsumptionType.ELECTRICITY, ConsumptionType.WATER, ConsumptionType.GAS


def parse(text: str, mapping: ColumnMapping | None = None) -> RecordFile:
    return read(text.encode(), mapping)


def only(text: str, mapping: ColumnMapping | None = None) -> RecordRow:
    found = parse(text, mapping)
    assert found.problems == []
    (row,) = found.rows
    return row


def reasons(text: str, mapping: ColumnMapping | None = None) -> list[tuple[int, str | None, str]]:
    return [(p.line, p.column, p.detail) for p in parse(text, mapping).problems]


def test_a_full_line_is_read() -> None:
    row = only(
        "consumption_date,period_start,amount,unit,consumption_type,meter,description\n"
        '2025-01-31,2025-01-01,310.5,kWh,electricity,Main,"January, all of it"\n'
    )
    assert row == RecordRow(
        *(2, date(2025, 1, 31), date(2025, 1, 1), Decimal("310.5"), "kWh", E),
        *("Main", "January, all of it"),
    )


@pytest.mark.parametrize(
    ("header", "cells", "unit", "consumption_type"),
    [
        ("date,usage (kWh),type", "2025-01-01,1,power", "kWh", E),
        ("Fecha;Consumo (m³);Tipo", "2025-01-01;1;Agua", "m³", W),
        ("FECHA;CONSUMO_M3;SERVICIO", "2025-01-01;1;gas natural", "m³", G),
        ("day\tquantity\tunit\tservice", "2025-01-01\t1\tkilowatt-hours\tLuz", "kWh", E),
        ("Datum;Verbrauch;Einheit;Type", "2025-01-01;1;MWh;Strom", "MWh", E),
        ("date|therms", "2025-01-01|1", "therm", G),
        ("date,kgal", "2025-01-01,1", "kgal", W),
        ("Date,Electricity (kWh)", "2025-01-01,1", "kWh", E),
        ("date,gas_kwh", "2025-01-01,1", "kWh", G),
        ("date,water usage [gal]", "2025-01-01,1", "gal", W),
        ("date,electricity consumption", "2025-01-01,1", "kWh", E),
        ("date,total usage m3,utility", "2025-01-01,1,water", "m³", W),
        ("End Date,Usage,Units,Type", "2025-01-01,1,CCF,Natural gas billing", "ccf", G),
        ("Période,date,kwh,type", "x,2025-01-01,1,électricité", "kWh", E),
        ("date (local),value,uom", "2025-01-01,1,GWh", "GWh", E),
    ],
)
def test_headers_of_many_kinds_are_recognised(
    header: str, cells: str, unit: str, consumption_type: ConsumptionType
) -> None:
    row = only(f"{header}\n{cells}\n")
    assert row[3:6] == (Decimal(1), unit, consumption_type)


def test_unknown_columns_are_ignored_and_named() -> None:
    found = parse("date,kgal,Cost (EUR),reading\n2025-01-01,1,9,8\n")
    assert found.ignored_columns == ("Cost (EUR)", "reading")
    assert found.columns == {"consumption_date": "date", "amount": "kgal"}


def test_a_header_may_come_after_other_lines() -> None:
    found = parse('Name,Jo\nAddress,"1, Road"\n\nDate,therms\n2025-01-01,1\n')
    assert [row.line for row in found.rows] == [5]
    assert found.warnings == ("what stands before the header on line 4 was ignored",)


@pytest.mark.parametrize(
    ("text", "field", "detail"),
    [
        ("", None, "no lines"),
        ("\n\n", None, "no lines"),
        ("date,note\n2025-01-01,x\n", "columns", "no column for amount"),
        ("when,kgal\nx,1\n", "columns", "no column for consumption_date"),
        ("date,usage (EUR)\n2025-01-01,1\n", "columns", "no column for amount"),
        ("date,gas kwh,electricity kwh\n2025-01-01,1,2\n", "columns", "could both be the amount"),
        ("2025-01-01,5\n", "columns", "no header"),
        ("date,amount\n2025-01-01,5\n", "consumption_type", "give consumption_type"),
        ("date,gj\n2025-01-01,5\n", "consumption_type", "give consumption_type"),
        ("date,kgal" + ",x" * 200 + "\n", None, "at most 200 columns"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(text: str, field: str | None, detail: str) -> None:
    with pytest.raises(RecordFileError) as raised:
        parse(text)
    assert detail in raised.value.detail
    assert raised.value.field == field


def test_ambiguous_dates_and_amounts_are_asked_and_the_answer_is_taken() -> None:
    text = "date;kgal\n03/04/2025;1,5\n"
    with pytest.raises(AmbiguousDates):
        parse(text)
    assert only(text, ColumnMapping(date_order="dmy")).consumption_date == date(2025, 4, 3)
    assert only(text, ColumnMapping(date_order="mdy")).consumption_date == date(2025, 3, 4)
    text = "date;kgal\n2025-03-04;1,234\n"
    with pytest.raises(AmbiguousNumbers):
        parse(text)
    assert only(text, ColumnMapping(decimal=",")).amount == Decimal("1.234")
    assert only(text, ColumnMapping(decimal=".")).amount == 1234


def test_the_start_of_the_periods_settles_the_order_too() -> None:
    row = only("from,to,kgal\n28/02/2025,03/04/2025,1\n")
    assert (row.period_start, row.consumption_date) == (date(2025, 2, 28), date(2025, 4, 3))


def test_a_mapping_overrides_what_would_be_recognised() -> None:
    columns: dict[str, str | int] = {"amount": "Peak", "description": 4}
    mapping = ColumnMapping(columns, unit="MWh", consumption_type=E)
    found = parse("date,usage,peak,x\n2025-01-01,1,2,hello\n", mapping)
    assert found.rows[0][3:] == (Decimal(2), "MWh", E, None, "hello")
    assert found.ignored_columns == ("usage",)


def test_a_file_without_header_is_read_by_column_numbers() -> None:
    mapping = ColumnMapping({"consumption_date": 2, "amount": 1}, consumption_type=W)
    found = parse("1;2025-01-01;a\n2;2025-01-02;b\n", mapping)
    assert [(row.line, row.amount) for row in found.rows] == [(1, Decimal(1)), (2, Decimal(2))]
    assert found.columns["amount"] == "column 1"
    assert parse("n;d\n2;2025-01-02\n", mapping).rows[0].line == 2


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"date_order": "ydm"}, "date_order"),
        ({"decimal": "x"}, "decimal"),
        ({"separator": ":"}, "separator"),
        ({"unit": "kwh"}, "unit"),
        ({"columns": {"cost": 1}}, "columns"),
        ({"columns": {"amount": 0}}, "columns"),
        ({"columns": {"amount": 201}}, "columns"),
    ],
)
def test_a_wrong_mapping_is_refused(arguments: dict[str, object], field: str) -> None:
    with pytest.raises(RecordFileError) as raised:
        ColumnMapping(**arguments)  # type: ignore[arg-type]
    assert raised.value.field == field


@pytest.mark.parametrize("column", ["nothing", 9])
def test_a_mapped_column_must_be_there(column: str | int) -> None:
    with pytest.raises(RecordFileError, match="column"):
        parse("date,kgal\n2025-01-01,1\n", ColumnMapping({"description": column}))


def test_every_problem_of_a_line_is_listed_with_its_column() -> None:
    assert reasons("Fecha,kgal,Nota\n\nx,,hi\n2025-01-01,1,ok\n") == [
        (3, "Fecha", "'x' is not a date: write it as 2025-03-31"),
        (3, "kgal", "no amount"),
    ]


@pytest.mark.parametrize(
    ("line", "column", "detail"),
    [
        ("2025-01-01,1,kWh,water,,", "unit", "kWh is not a unit of water"),
        ("2025-01-01,1,mj,gas,,", "unit", "'mj' is not a unit, or could be two"),
        ("2025-01-01,1,kWh,steam,,", "type", "'steam' is not electricity, water or gas"),
        ("2025-01-01,1,GJ,,,", "type", "the unit tells none"),
        ("2025-01-01,1,kWh,gas,2025-01-02,", "from", "after the last day"),
        ("2025-01-01,1,kWh,gas,1900-01-02,", "from", "at most 3660 days"),
        ("2025-01-01,1,kWh,gas,," + "x" * 2001, "note", "at most 2,000 characters"),
        ("2025-01-01,1,kWh,gas,,a\0b", "note", "NUL"),
        ("2025-01-01,1,kWh,gas,,a,b", None, "7 cells, where the header"),
        ("2025-01-01,1" + ",x" * 300, None, "at most 200 columns"),
        ('2025-01-01,1,kWh,gas,,"a"b', None, "a quote stands inside"),
        ('2025-01-01,1,kWh,gas,,"a', None, "not closed within 2,001 lines"),
        ("2025-01-01,1,kWh,gas,," + "x" * 70_000, None, "at most 65,536 characters"),
    ],
)
def test_a_bad_line_says_what_is_wrong_and_the_limit(
    line: str, column: str | None, detail: str
) -> None:
    found = parse(f"date,amount,unit,type,from,note\n{line}\n2025-01-02,2,kWh,gas\n")
    assert [row.line for row in found.rows] == [3]
    assert [(p.line, p.column) for p in found.problems] == [(2, column)]
    assert detail in found.problems[0].detail


def test_a_cell_split_by_a_decimal_comma_is_not_read_as_a_smaller_amount() -> None:
    (problem,) = parse("date,kgal\n2025-01-01,1,5\n").problems
    assert problem.detail.startswith("3 cells, where")


def test_blank_lines_and_lines_of_separators_are_ignored_and_counted() -> None:
    found = parse("date,kgal\n\n,\n2025-01-01,1,\n  ,  ,\n")
    assert (found.data_lines, len(found.rows), found.rejected, found.ignored) == (4, 1, 0, 3)


def test_rows_that_are_alike_are_kept() -> None:
    assert len(parse("date,kgal\n2025-01-01,1\n2025-01-01,1\n").rows) == 2


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_the_quote_before_a_formula_is_taken_away(sign: str) -> None:
    row = only(f'date,kgal,meter,note\n2025-01-01,1,"\'{sign}M","\'{sign}1+1"\n')
    assert (row.meter, row.description) == (f"{sign}M", f"{sign}1+1")
    assert only("date,kgal,note\n2025-01-01,1,'tis\n").description == "'tis"


def test_dates_after_the_latest_are_problems() -> None:
    found = read(b"date,kgal\n2025-01-02,1\n", latest=date(2025, 1, 1))
    assert found.problems == [
        LineProblem(2, "date", "2025-01-02 is after the last day allowed, 2025-01-01")
    ]


@pytest.mark.parametrize(
    ("encoding", "mark", "found"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", b"\xef\xbb\xbf", "utf-8-sig"),
        ("utf-16-le", b"\xff\xfe", "utf-16"),
        ("utf-16-be", b"\xfe\xff", "utf-16"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("cp1252", b"", "cp1252"),
    ],
)
def test_encodings_are_told_apart(encoding: str, mark: bytes, found: str) -> None:
    data = mark + "fecha;kgal;descripción\r\n2025-01-01;1,5;año\r\n".encode(encoding)
    result = read(io.BytesIO(data))
    assert result.rows[0].description == "año"
    assert result.dialect.encoding == sniff(data).encoding == found
    assert (encoding == "cp1252") == any("Windows-1252" in text for text in result.warnings)


def test_bytes_that_tell_the_encoding_may_come_late() -> None:
    data = b"date,kgal,note\n" + b"2025-01-01,1,x\n" * 5_000 + "2025-01-01,1,año\n".encode("cp1252")
    assert sniff(data[:65_536]).encoding == "utf-8"
    assert read(data).rows[-1].description == "año"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_first_line_may_declare_the_separator(separator: str) -> None:
    found = parse(f"sep={separator}\ndate{separator}kgal\n2025-01-01{separator}1\n")
    assert (found.dialect.separator, found.dialect.header_line) == (separator, 2)
    assert [row.line for row in found.rows] == [3]
