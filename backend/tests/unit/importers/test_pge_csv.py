"""PG&E-type CSV: its headers and every quirk that is known of it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.importers.pge_csv import FORMAT
from app.importers.series import Unreadable
from app.utils.units import ConsumptionType

from .reading import Read, gather, read, source

ABOUT = 'Name,JANE DOE\nAddress,"1 MAIN ST, ANYTOWN"\nAccount Number,123\nService,Service 1\n\n'
IMPORT, EXPORT = "123:Service 1:electricity.import", "123:Service 1:electricity.export"
GAS = "123:Service 1:gas.import"


def taken(header: str, *rows: str, about: str = ABOUT, **mapping: object) -> Read:
    return read(FORMAT, about + "\n".join((header, *rows)) + "\n", **mapping)


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


E, G = "Electric usage", "Natural gas usage"
HEADERS = [
    (
        "TYPE,DATE,START TIME,END TIME,USAGE,UNITS,COST,NOTES",
        f"{E},2026-01-15,00:00,00:14,0.30,kWh,$0.09,",
        [(utc("2026-01-15 08:00"), 900, 0.3, "A", 0.09, 7)],
    ),
    (
        "TYPE,DATE,START TIME,END TIME,USAGE (kWh),COST,NOTES",
        f"{E},2026-01-15,00:00,00:59,0.30,$0.09",
        [(utc("2026-01-15 08:00"), 3600, 0.3, "A", 0.09, 7)],
    ),
    (
        "TYPE,DATE,START TIME,END TIME,IMPORT (kWh),EXPORT (kWh),COST,NOTES",
        f"{E},2026-01-15,23:45,23:59,0.30,0.10,$0.09",
        [(utc("2026-01-16 07:45"), 900, 0.3, "A", 0.09, 7)],
    ),
    (
        "TYPE,DATE,START DATE,END DATE,USAGE,UNITS,COST,NOTES",
        "Electric billing,2026-02-01,2026-01-03,2026-02-01,300,kWh,$90.00,",
        [],
    ),
]


@pytest.mark.parametrize(("header", "row", "expected"), HEADERS[:3])
def test_headers_of_interval_rows(header, row, expected):
    found = taken(header, row)
    assert found.readings[IMPORT] == expected
    assert found.currency == "USD"
    channel = found.channels[IMPORT]
    assert (channel.unit, channel.consumption_type) == ("kWh", ConsumptionType.ELECTRICITY)


def test_export_of_its_own_column():
    found = taken(HEADERS[2][0], HEADERS[2][1])
    assert found.amounts(EXPORT) == [0.1]
    assert found.channels[EXPORT].direction == "export"
    assert found.readings[EXPORT][0][4] is None


def test_without_end_time_a_row_is_as_long_as_most_steps():
    found = taken(
        "TYPE,DATE,START TIME,IMPORT (kWh),TOTAL IMPORT COST",
        *[f"{E},2026-01-15,{n // 4:02}:{n % 4 * 15:02},0.1,$0.01" for n in (0, 1, 2, 8)],
    )
    assert [r[1] for r in found.readings[IMPORT]] == [900] * 4


def test_a_single_row_without_end_time_has_no_length():
    found = taken(
        "TYPE,DATE,START TIME,IMPORT (kWh),TOTAL IMPORT COST", f"{E},2026-01-15,00:00,0.1,$0.01"
    )
    assert found.problems() == [(7, "DATE")]
    assert found.readings == {}


def test_daily_gas_in_therms():
    found = taken(
        "TYPE,DATE,START TIME,END TIME,USAGE (therms),COST,NOTES",
        f"{G},2026-03-07,00:00,23:59,1.04,$2.76,",
        f"{G},2026-03-08,00:00,23:59,1.05,$2.77,",
        f"{G},2026-11-01,00:00,23:59,1.06,$2.78,",
    )
    assert found.channels[GAS].unit == "therm"
    assert [r[1] for r in found.readings[GAS]] == [86_400, 82_800, 90_000]


def test_older_daily_gas_has_no_times():
    found = taken("TYPE,DATE,USAGE,UNITS,COST,NOTES", f"{G},2012-11-01,2.04,therms,$2.05,")
    assert found.readings[GAS] == [(utc("2012-11-01 07:00"), 86_400, 2.04, "A", 2.05, 7)]


@pytest.mark.parametrize(
    "header",
    [HEADERS[3][0], "TYPE,START DATE,END DATE,USAGE,UNITS,COST,NOTES"],
)
def test_billing_periods(header):
    row = HEADERS[3][1]
    if "DATE,START" not in header:
        row = row.replace("2026-02-01,2026-01-03", "2026-01-03")
    found = taken(header, row)
    (period,) = found.periods
    assert (period.first, period.last) == (date(2026, 1, 3), date(2026, 2, 1))
    assert (period.amount, period.cost) == (Decimal(300), Decimal(90))
    assert found.channels[period.channel].unit == "kWh"


USUAL = "TYPE,DATE,START TIME,END TIME,USAGE (kWh),COST,NOTES"


@pytest.mark.parametrize(
    ("cells", "amount", "cost"),
    [
        ('0.30,"$1,234.50",', 0.3, 1234.5),
        ("0.38,$0.12 ,", 0.38, 0.12),
        ('"1,234.5",$1.02', 1234.5, 1.02),
        ("0.30,-$0.05", 0.3, -0.05),
        ("0.30,", 0.3, None),
        ("0.30", 0.3, None),
    ],
)
def test_amounts_and_costs_as_they_are_written(cells, amount, cost):
    found = taken(USUAL, f"{E},2026-01-15,00:00,00:14,{cells}")
    assert found.readings[IMPORT][0][2] == amount
    assert found.readings[IMPORT][0][4] == cost


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        ("2025-03-20", "00:00", "00:59"),
        ("03/20/2025", "00:00", "01:00"),
        ("3/20/2025 0:00", "0:00", "0:59"),
        ("3/20/2025", "12:00 AM", "12:59 AM"),
    ],
)
def test_dates_and_times_as_they_are_written(day, start, end):
    found = taken(USUAL, f"{E},{day},{start},{end},1,$1")
    assert found.readings[IMPORT][0][:2] == (utc("2025-03-20 07:00"), 3600)


def test_the_day_first_when_it_is_said():
    found = taken(USUAL, f"{E},3/4/2025,0:00,0:59,1,$1", date_order="dmy")
    assert found.readings[IMPORT][0][0] == utc("2025-04-03 07:00")
    with pytest.raises(Unreadable) as refused:
        taken(USUAL, f"{E},3/4/2025,0:00,0:59,1,$1", date_order="ymd")
    assert refused.value.field == "date_order"


def test_a_negative_usage_is_fed_in():
    rows = [f"{E},2026-01-15,{h:02}:00,{h:02}:59,{v},$0.10" for h, v in enumerate((0.5, -0.2, 0.3))]
    found = taken(USUAL, *rows)
    assert found.amounts(IMPORT) == [0.5, 0.0, 0.3]
    assert found.amounts(EXPORT) == [0.2, 0.0]


def test_a_note_that_data_was_estimated():
    found = taken(USUAL, f"{E},2026-01-15,00:00,00:14,1,$1,* This data was estimated")
    assert found.readings[IMPORT][0][3] == "E"


def test_the_autumn_hour_is_twice_and_the_spring_hour_is_not():
    hours = [0, 1, 1, 2]
    rows = [f"{E},2025-11-02,{h:02}:00,{h:02}:59,{n},$0" for n, h in enumerate(hours)]
    found = taken(USUAL, *rows)
    assert [r[0] for r in found.readings[IMPORT]] == [
        utc("2025-11-02 07:00") + 3600 * n for n in range(4)
    ]
    assert [r[1] for r in found.readings[IMPORT]] == [3600] * 4
    spring = taken(USUAL, *[f"{E},2026-03-08,{h:02}:00,{h:02}:59,1,$0" for h in (1, 3)])
    assert [r[0] for r in spring.readings[IMPORT]] == [
        utc("2026-03-08 09:00"),
        utc("2026-03-08 10:00"),
    ]
    skipped = taken(USUAL, f"{E},2026-03-08,02:00,02:59,1,$0")
    assert "forward" in skipped.rejected[0].detail
    assert skipped.readings == {}


def test_electricity_and_gas_in_one_file():
    header = "TYPE,DATE,START TIME,END TIME,USAGE,UNITS,COST,NOTES"
    found = taken(
        header,
        f"{E},2026-01-15,00:00,00:59,1,kWh,$1,",
        f"{G},2026-01-15,00:00,23:59,2,therms,$1,",
        header,
        f"{E},2026-01-15,01:00,01:59,1000,Wh,$1,",
    )
    assert found.amounts(IMPORT) == [1.0, 1.0]
    assert found.amounts(GAS) == [2.0]


@pytest.mark.parametrize(
    "about",
    [
        "\ufeff" + ABOUT,
        ABOUT.replace("\n", "\r\n"),
        ABOUT + "Electric usage\n",
        "Name:,X\nAccount Number:,123\nService,Service 1\n\n",
        "",
    ],
)
def test_what_stands_before_the_header(about):
    found = taken(USUAL, f"{E},2026-01-15,00:00,00:14,1,$1", about=about)
    (key,) = found.channels
    assert key == (IMPORT if about else "electricity.import")
    assert found.rejected == []


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (f"{E},2026-13-15,00:00,00:14,1,$1", "DATE"),
        (f"{E},2026-01-15,25:00,00:14,1,$1", "START TIME"),
        (f"{E},2026-01-15,00:00,soon,1,$1", "END TIME"),
        (f"{E},2026-01-15,00:00,00:14,much,$1", "USAGE (kWh)"),
        (f"{E},2026-01-15,00:00,00:14,,$1", "USAGE (kWh)"),
        (f"{E},2026-01-15,00:00,00:14,1,free", "COST"),
        ("Steam usage,2026-01-15,00:00,00:14,1,$1", "TYPE"),
        ('"open,2026-01-15,00:00', None),
    ],
)
def test_bad_rows_are_rejected_with_their_column(row, column):
    found = taken(USUAL, f"{E},2026-01-15,00:00,00:14,1,$1", row)
    assert len(found.readings[IMPORT]) == 1
    assert found.problems() == [(8, column)]


def test_gas_in_kwh_is_gas():
    found = taken(USUAL, f"{G},2026-01-15,00:00,23:59,1,$1")
    assert found.channels[GAS].unit == "kWh"


def test_a_unit_of_another_type_is_rejected():
    header = "TYPE,DATE,START TIME,END TIME,USAGE,UNITS,COST,NOTES"
    found = taken(header, f"{E},2026-01-15,00:00,00:59,1,therms,$1,")
    assert found.problems() == [(7, "UNITS")]


def test_the_dollar_is_the_accounts_or_said():
    row = f"{E},2026-01-15,00:00,00:14,1,$1"
    assert taken(USUAL, row, currency="CAD").currency == "CAD"
    assert taken(USUAL, row.replace("$1", "")).currency is None
    with pytest.raises(Unreadable) as refused:
        taken(USUAL, row, currency="dollars")
    assert refused.value.field == "currency"


def test_a_file_without_the_header_is_refused():
    assert not FORMAT.recognises("a.csv", b"Date,Usage\n2026-01-01,1\n")
    with pytest.raises(Unreadable):
        gather(FORMAT.read(source(b"Date,Usage\n2026-01-01,1\n"), _options()))


def _options():  # type: ignore[no-untyped-def]
    from app.importers.series import Options

    return Options("UTC")


def test_a_year_of_quarters_is_given_whole():
    rows = [
        f"{E},2026-{m:02}-{d:02},{q // 4:02}:{q % 4 * 15:02},{q // 4:02}:{q % 4 * 15 + 14:02},0.25,"
        for m in (1, 2, 4)
        for d in range(1, 29)
        for q in range(96)
    ]
    found = taken(USUAL, *rows)
    assert len(found.readings[IMPORT]) == 3 * 28 * 96
    assert found.total(IMPORT) == 0.25 * 3 * 28 * 96
    assert {r[1] for r in found.readings[IMPORT]} == {900}
