"""Totals of real Green Button files, beside sums by another parser and another adder.

The other parser is the standard library's, the other adder DuckDB, in decimals.
"""

import tempfile
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import duckdb
import numpy as np
import pytest

from app.importers.green_button import FORMAT
from app.importers.grid import Grid
from app.importers.series import Options, Source, Unreadable

from .reading import Read, gather
from .shared_data import shared

NY, LA = "America/New_York", "America/Los_Angeles"


def taken(path: Path, zone: str, **mapping: object) -> Read:
    assert FORMAT.recognises(path.name, path.read_bytes()[: 64 * 1024])
    return gather(
        FORMAT.read(
            Source(path.name, lambda: path.open("rb"), path.stat().st_size),
            Options(zone, "EUR", mapping),
        )
    )


def independent(path: Path) -> tuple[int, Decimal, Decimal]:
    """Return count, sum of values and sum of costs of the readings, one for each start.

    In the units of the file. Of readings of one start the last counts.
    """
    rows: dict[int, tuple[int, int]] = {}
    for reading in ElementTree.parse(path).iter("{http://naesb.org/espi}IntervalReading"):
        found = {child.tag.rpartition("}")[2]: child.text for child in reading.iter()}
        rows[int(found["start"] or 0)] = int(found["value"] or 0), int(found.get("cost") or 0)
    answer = duckdb.execute(
        "select count(*), sum(v[1]::decimal(38, 0)), sum(v[2]::decimal(38, 0))"
        " from (select unnest($1::bigint[][]) v)",
        [[list(row) for row in rows.values()]],
    ).fetchone()
    assert answer
    return answer[0], Decimal(answer[1]), Decimal(answer[2])


GBA = "greenbutton/gba-reference"
FILES = [
    (f"{GBA}/Coastal_Multi_Family_2011_RetailCustomer_5.xml", LA, 8_760, "4425.305", "0"),
    (f"{GBA}/TestGBDataHourlyNineDaysBinnedDaily.xml", NY, 216, "199.563", "22.06"),
    (f"{GBA}/TestGBDataOneYearDailyBinnedMonthly.xml", NY, 444, "9917.817", "1072.13"),
    (f"{GBA}/test_usage_data.xml", NY, 1_340, "1391.666", "149.99"),
    ("greenbutton/sdge/sample_data.xml", LA, 8_727, "5089.595", "0"),
    ("greenbutton/sdge/testdata.xml", LA, 552, "351.425", "0"),
]


@pytest.mark.parametrize(("name", "zone", "count", "kwh", "cost"), FILES)
def test_electricity(name, zone, count, kwh, cost):
    path = shared(*name.split("/"))
    found = taken(path, zone)
    (readings,) = found.readings.values()
    other = independent(path)
    assert (len(readings), other[0]) == (count, count)
    assert round(Decimal(sum(r[2] for r in readings)), 6) == other[1] / 1000 == Decimal(kwh)
    money = round(Decimal(sum(r[4] or 0 for r in readings)), 6)
    assert money == other[2] / 100_000
    assert round(money, 2) == Decimal(cost)
    assert found.rejected == []


@pytest.mark.parametrize(("name", "zone", "count", "kwh", "cost"), FILES)
def test_local_days_hold_the_same(name, zone, count, kwh, cost):
    path = shared(*name.split("/"))
    source = Source(path.name, lambda: path.open("rb"), path.stat().st_size)
    with tempfile.TemporaryFile() as first, tempfile.TemporaryFile() as second:
        grid = Grid(zone, (first, second))
        for piece in FORMAT.read(source, Options(zone)):
            grid.take(piece)
        days = [found for _, found in grid.days()]
    assert grid.tally.rejected == 0
    assert sum(int(found.lines.sum()) for found in days) == count
    assert round(Decimal(sum(float(np.nansum(found.amounts)) for found in days)), 6) == Decimal(kwh)
    money = sum(float(np.nansum(found.costs)) for found in days)
    assert round(Decimal(money), 2) == Decimal(cost)


def test_days_of_23_and_25_hours():
    path = shared(*f"{GBA}/TestGBDataOneYearDailyBinnedMonthly.xml".split("/"))
    (readings,) = taken(path, NY).readings.values()
    lengths = [r[1] for r in readings]
    assert {n: lengths.count(n) for n in set(lengths)} == {86_400: 441, 82_800: 2, 90_000: 1}
    assert all(b[0] == a[0] + a[1] for a, b in pairwise(readings))


def test_quality_of_single_readings():
    path = shared(*f"{GBA}/test_usage_data.xml".split("/"))
    (readings,) = taken(path, NY).readings.values()
    letters = [r[3] for r in readings]
    assert (letters.count("E"), letters.count("M"), letters.count("A")) == (1, 1, 1_338)


def test_gas_bills_of_opower():
    path = shared(
        "greenbutton", "opower-gas", "ngma_natural_gas_billing_2021-05-26_to_2024-04-25.xml"
    )
    found = taken(path, NY)
    count, value, cost = independent(path)
    assert (len(found.periods), count) == (35, 35)
    assert sum(p.amount for p in found.periods) == value / 1000 == 3_484
    assert sum(p.cost or 0 for p in found.periods) == cost / 100_000
    assert (found.periods[0].first, found.periods[-1].last) == (
        date(2021, 5, 26),
        date(2024, 4, 25),
    )
    assert all((b.first - a.last).days == 1 for a, b in pairwise(found.periods))
    (channel,) = found.channels.values()
    assert (channel.consumption_type, channel.unit) == ("gas", "therm")


def test_blocks_of_the_pge_interface_need_a_unit():
    path = shared("greenbutton", "pge-api", "PGEIntervalBlock.xml")
    with pytest.raises(Unreadable) as refused:
        taken(path, LA)
    assert refused.value.field == "unit"
    found = taken(path, LA, unit="Wh")
    (readings,) = found.readings.values()
    each = {r[0]: r[2] for r in readings}
    count, value, _ = independent(path)
    assert (len(readings), len(each)) == (2_556, 2_280)
    assert (count, round(Decimal(sum(each.values())), 6)) == (2_280, value / 1000)
    assert {r[3] for r in readings} == {"A"}


def test_bills_of_the_pge_interface():
    path = shared("greenbutton", "pge-api", "PGEUsageSummaries.xml")
    found = taken(path, LA)
    assert [(p.first, p.last, p.amount) for p in found.periods] == [
        (date(2015, 6, 11), date(2015, 7, 9), 146),
        (date(2015, 5, 12), date(2015, 6, 10), 128),
        (date(2015, 4, 29), date(2015, 5, 11), 55),
    ]


@pytest.mark.parametrize(
    ("name", "kind", "unit", "amount"),
    [
        ("electricity-wh.xml", "electricity", "kWh", Decimal("0.001")),
        ("gas-J--3.xml", "gas", "MJ", Decimal("1e-9")),
        ("gas-MBtu.xml", "gas", "BTU", Decimal("1e6")),
        ("gas-therms--3.xml", "gas", "therm", Decimal("0.001")),
    ],
)
def test_units_of_the_seed_examples(name, kind, unit, amount):
    path = shared("greenbutton", "seed-examples", name)
    found = taken(path, NY)
    (channel,) = found.channels.values()
    assert (channel.consumption_type, channel.unit) == (kind, unit)
    count, value, _ = independent(path)
    assert (len(found.readings[channel.key]), count) == (2, 2)
    assert found.total(channel.key) == pytest.approx(float(value * amount), rel=1e-12)


def test_the_wrong_unit_of_the_seed_examples():
    path = shared("greenbutton", "seed-examples", "invalid-electricity-cf.xml")
    with pytest.raises(Unreadable, match="ft³ is no unit of electricity"):
        taken(path, NY)


@pytest.mark.parametrize("name", ["PGEUsagePoint.xml", "PGEReadingType.xml"])
def test_a_file_of_descriptions_alone(name):
    path: Any = shared("greenbutton", "pge-api", name)
    with pytest.raises(Unreadable, match="no readings and no bills"):
        taken(path, LA)
