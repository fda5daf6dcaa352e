"""Dates and amounts of a record CSV: read exactly, settled by the whole file, or asked."""

from datetime import date
from decimal import Decimal

import pytest

from app.importers.records_csv import AmbiguousDates, AmbiguousNumbers
from app.importers.records_csv_values import (
    read_amount,
    read_date,
    settle_date_order,
    settle_decimal,
)


def lines(*cells: str) -> dict[str, int]:
    return {cell: line for line, cell in enumerate(cells, start=2)}


@pytest.mark.parametrize(
    "text",
    [
        *("2025-03-04", "2025/03/04", "2025/3/4", "2025.03.04", "20250304", " 2025-03-04 "),
        *("2025-03-04T00:00", "2025-03-04 00:00:00", "2025-03-04T00:00:00.000Z", "20250304 00:00"),
        *("2025-03-04T00:00:00+01:00", "04/03/2025", "4/3/2025", "04.03.2025", "04-03-2025 0:00"),
    ],
)
def test_a_date_is_read(text: str) -> None:
    assert read_date(text, "dmy") == date(2025, 3, 4)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no date"),
        ("  ", "no date"),
        ("03/04/25", "two digits"),
        ("3-4-25", "two digits"),
        ("2025-02-29", "no day of the calendar"),
        ("2025-13-01", "no day of the calendar"),
        ("0000-00-00", "no day of the calendar"),
        ("13/13/2025", "no day of the calendar, read day first"),
        ("2025-03-04T12:30", "time of day"),
        ("2025-03-04 00:00:01", "time of day"),
        ("1899-12-31", "before the first day allowed, 1900-01-01"),
        ("0001-01-01", "before the first day allowed"),
        ("9999-12-31", "after the last day allowed, 2025-06-01"),
        ("2025-06-02", "after the last day allowed, 2025-06-01"),
        ("2025-03", "not a date"),
        ("2025-W10-1", "not a date"),
        ("2025-03/04", "not a date"),
        ("45000", "not a date"),
        ("２０２５-03-04", "not a date"),
        ("2025-03-04\0", "not a date"),
        ("9" * 50_000, "not a date"),
    ],
)
def test_what_is_no_date_says_why(text: str, reason: str) -> None:
    found = read_date(text, "dmy", date(2025, 6, 1))
    assert isinstance(found, str)
    assert reason in found
    assert len(found) < 150


@pytest.mark.parametrize(
    ("mark", "text", "amount"),
    [
        (".", "12", "12"),
        (".", "12.5", "12.5"),
        (".", "0012.50", "12.50"),
        (".", ".5", "0.5"),
        (".", "5.", "5"),
        (".", "+5", "5"),
        (".", "-0", "0"),
        (".", "-0.00", "0"),
        (".", "1,234.5", "1234.5"),
        (".", "1,234,567", "1234567"),
        (".", "1 234.56", "1234.56"),
        (".", "1\u00a0234\u00a0567.5", "1234567.5"),
        (".", "1\u202f234", "1234"),
        (".", "1'234.56", "1234.56"),
        (".", "1’234", "1234"),
        (".", "1.5E+03", "1500"),
        (".", "15e-1", "1.5"),
        (".", "1.50000000", "1.5"),
        (".", "9,999,999,999.9999", "9999999999.9999"),
        (".", "0e999999", "0"),
        (",", "12,5", "12.5"),
        (",", "1.234,56", "1234.56"),
        (",", "1.234", "1234"),
        (",", "1 234,567", "1234.567"),
        (",", ",5", "0.5"),
    ],
)
def test_an_amount_is_read_exactly(mark: str, text: str, amount: str) -> None:
    found = read_amount(text, mark)
    assert found == Decimal(amount)
    assert isinstance(found, Decimal)
    assert not found.is_signed()
    exponent = found.as_tuple().exponent
    assert isinstance(exponent, int)
    assert -4 <= exponent <= 0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no amount"),
        (" \u00a0", "no amount"),
        ("-1", "at least 0"),
        ("−1", "at least 0"),
        ("10000000000", "at most 9,999,999,999.9999"),
        ("1e29", "at most 9,999,999,999.9999"),
        ("1.23456", "at most 4 decimals"),
        ("0.00001", "at most 4 decimals"),
        ("1e-5", "at most 4 decimals"),
        ("1e400", "exponent beyond ±30"),
        ("1e-400", "exponent beyond ±30"),
        ("NaN", "not a number"),
        ("Infinity", "not a number"),
        ("-inf", "not a number"),
        ("n/a", "not a number"),
        ("12 kWh", "not a number"),
        ("1_000", "not a number"),
        ("0x10", "not a number"),
        ("1,23,456", "not a number"),
        ("1,234 567", "not a number"),
        ("0,123", "not a number"),
        ("1.2.3", "not a number"),
        ("١٢", "not a number"),
        ("1\n2", "not a number"),
        ("9" * 50_000, "not a number"),
        ("1,111" * 10_000, "not a number"),
    ],
)
def test_what_is_no_amount_says_why(text: str, reason: str) -> None:
    found = read_amount(text, ".")
    assert isinstance(found, str)
    assert reason in found
    assert len(found) < 120


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (("2025-03-04", "20250305"), None),
        (("03/04/2025", "13/04/2025"), "dmy"),
        (("03/04/2025", "04/13/2025"), "mdy"),
        (("03.04.2025",), "dmy"),
        (("04.13.2025",), "mdy"),
        (("junk", "03/04/2025", "31/12/2024"), "dmy"),
        (("03/03/2025", "2025-01-01"), None),
    ],
)
def test_all_dates_of_a_file_settle_the_order(cells: tuple[str, ...], order: str | None) -> None:
    assert settle_date_order(lines(*cells)) == (order, [])


def test_an_order_that_nothing_settles_is_asked_with_both_readings() -> None:
    with pytest.raises(AmbiguousDates) as raised:
        settle_date_order(lines("2025-01-01", "03/04/2025", "05/06/2025"))
    assert "line 3: 03/04/2025 is 3 April or 4 March: give date_order" in raised.value.detail
    assert raised.value.field == "date_order"


def test_dates_that_contradict_each_other_settle_nothing() -> None:
    order, warnings = settle_date_order(lines("13/01/2025", "01/13/2025", "01/02/2025"))
    assert order is None
    assert "13/01/2025" in warnings[0]
    assert "01/13/2025" in warnings[0]


def test_one_odd_date_among_many_does_not_unsettle_the_file() -> None:
    cells = [f"{day}/01/2025" for day in range(13, 32)]
    order, warnings = settle_date_order(lines(*cells, "01/13/2025"))
    assert order == "dmy"
    assert "1 only month first (01/13/2025)" in warnings[0]


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        (("12", "1 234"), "."),
        (("1.234", "1.5"), "."),
        (("1,234", "1,5"), ","),
        (("1,234", "1,234.5"), "."),
        (("1.234", "1.234,5"), ","),
        (("1.234.567",), ","),
        (("1,234,567",), "."),
        (("1 234,567",), ","),
        (("1.234", "0.123"), "."),
        (("1,234", "12345,678"), ","),
        (("", "x", "1,5"), ","),
    ],
)
def test_all_amounts_of_a_file_settle_the_decimal_mark(cells: tuple[str, ...], mark: str) -> None:
    assert settle_decimal(lines(*cells)) == (mark, [])


@pytest.mark.parametrize(
    ("cells", "asked"),
    [
        (("12", "1,234"), "line 3: 1,234 is 1234 or 1.234: give decimal"),
        (("1.234", "5.678"), "line 2: 1.234 is 1.234 or 1234: give decimal"),
    ],
)
def test_a_mark_that_nothing_settles_is_asked(cells: tuple[str, ...], asked: str) -> None:
    with pytest.raises(AmbiguousNumbers) as raised:
        settle_decimal(lines(*cells))
    assert asked in raised.value.detail
    assert raised.value.field == "decimal"


def test_amounts_that_contradict_each_other_settle_nothing() -> None:
    mark, warnings = settle_decimal(lines("1.5", "2,5"))
    assert mark is None
    assert warnings
    assert read_amount("1.5", None) == "'1.5' does not say which mark is the decimal one: " + (
        "give decimal"
    )
    assert read_amount("15", None) == 15
