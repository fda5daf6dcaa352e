"""Totals of real files, read and laid on local days, beside sums that DuckDB makes of them.

DuckDB sees the text of the files alone, and adds in decimals.
"""

import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import duckdb
import numpy as np
import pytest

from app.importers import ampds2, ausgrid_solar_home, bwdf_water, nem12
from app.importers.grid import Grid
from app.importers.series import Format, Options, Source, Unreadable
from tests.unit.importers.series_reading import Found, read
from tests.unit.importers.shared_data import shared

SYDNEY = "Australia/Sydney"


def stored(form: Format, path: Path, zone: str, **mapping: Any) -> tuple[Grid, dict[str, float]]:
    """Read a file, lay it on the grid, and add what each channel's days hold, in base units."""
    source = Source(path.name, lambda: path.open("rb"), path.stat().st_size)
    assert form.recognises(path.name, path.read_bytes()[: 64 * 1024])
    totals: Counter[str] = Counter()
    with TemporaryFile() as one, TemporaryFile() as two:
        grid = Grid(zone, (one, two))
        for piece in form.read(source, Options(zone, mapping=mapping)):
            grid.take(piece)
        for state, days in grid.days():
            totals[state.channel.key] += float(np.nansum(days.amounts))
    return grid, totals


def exactly(value: float) -> Decimal:
    return round(Decimal(value), 6)


NEM12_SQL = """
with lines as (
  select row_number() over () as n, string_split(line, ',') as cell
  from read_csv(?, columns = {'line': 'varchar'}, delim = '\x01', quote = '', escape = '',
                header = false, auto_detect = false)
), streams as (
  select n, cell, last_value(case when cell[1] = '200' then n end ignore nulls) over
    (order by n) as stream,
    last_value(case when cell[1] = '300' then n end ignore nulls) over (order by n) as day
  from lines
), meters as (
  select s.n, s.day, s.cell, upper(m.cell[8]) as unit, upper(m.cell[5]) as suffix,
    m.cell[2] || ':' || upper(m.cell[5]) as key, 1440 // try_cast(m.cell[9] as int) as count
  from streams s join lines m on m.n = s.stream
  where unit in ('WH', 'KWH', 'MWH') and suffix[1] in ('E', 'B')
), missing as (
  select day, unnest(range(cell[2]::int, cell[3]::int + 1)) as i
  from meters where cell[1] = '400' and cell[4][1] = 'N'
), readings as (
  select n, key, cell[2] as date, unnest(cell[3 : count + 2])::decimal(18, 6) as amount,
    unnest(range(1, count + 1)) as i,
    case unit when 'WH' then 0.001 when 'MWH' then 1000 else 1 end as factor
  from meters where cell[1] = '300' and try_cast(cell[count + 2] as decimal(18, 6)) is not null
    and cell[count + 3][1] != 'N'
)
select r.key, sum(r.amount * r.factor), count(*)
from readings r left join missing m on m.day = r.n and m.i = r.i
where m.i is null group by r.key
"""


def unzipped(folder: Path, tmp_path: Path) -> Iterator[Path]:
    for archive in sorted(p for p in folder.rglob("*") if p.suffix.casefold() == ".zip"):
        with zipfile.ZipFile(archive) as files:
            for number, name in enumerate(files.namelist()):
                path = tmp_path / f"{archive.stem}.{number}.csv"
                path.write_bytes(files.read(name))
                yield path


def read_path(path: Path) -> Found:
    return read(nem12.FORMAT, path.read_bytes(), zone=SYDNEY, name=path.name)


def nem12_files(tmp_path: Path) -> list[Path]:
    folder = shared("nem12", "examples")
    good = [path for path in folder.rglob("*.csv") if "invalid" not in path.parts]
    zipped = [p for p in unzipped(folder, tmp_path) if "powercor" not in p.name]
    return [p for p in good + zipped if b"NEM12" in p.read_bytes()[:30].upper()]


def test_every_nem12_sample_has_the_totals_of_its_streams(tmp_path: Path) -> None:
    files = nem12_files(tmp_path)
    sums: dict[str, Decimal] = {}
    for path in files:
        found = read_path(path)
        expected = {
            key: (total, count)
            for key, total, count in duckdb.execute(NEM12_SQL, [str(path)]).fetchall()
        }
        amounts = {
            key: [a for a in found.amounts(key) if a == a] for key in found.channels
        }  # not a number is not equal to itself
        ours = {
            key: (exactly(_kwh(sum(values), found.channels[key].unit)), len(values))
            for key, values in amounts.items()
            if values
        }
        assert ours == {k: (exactly(float(t)), c) for k, (t, c) in expected.items()}, path.name
        for key, (total, _) in ours.items():
            direction = found.channels[key].direction
            sums[direction] = sums.get(direction, Decimal(0)) + total
    assert len(files) == 106
    assert sums == {"import": Decimal("2420849.941"), "export": Decimal("590123.29")}


def _kwh(value: float, unit: str) -> float:
    return {"Wh": value / 1000, "kWh": value, "MWh": value * 1000}[unit]


def test_a_month_of_a_solar_home_lies_on_sydneys_days() -> None:
    path = shared("nem12", "examples", "unzipped", "Example_NEM12_month_solar.csv")
    grid, totals = stored(nem12.FORMAT, path, SYDNEY)
    expected = duckdb.execute(NEM12_SQL, [str(path)]).fetchall()
    assert {key: exactly(total) for key, total in totals.items()} == {
        key: exactly(float(total)) for key, total, _ in expected
    }
    assert {key: exactly(total) for key, total in totals.items()} == {
        "NMI1234567:E1": Decimal("270.738"),
        "NMI1234567:B1": Decimal("589.172"),
    }
    assert not grid.tally.rejected


def test_every_nem13_sample_has_the_totals_of_its_quantities(tmp_path: Path) -> None:
    folder = shared("nem12", "examples")
    files = [*folder.rglob("*NEM13*.csv"), *unzipped(folder / "nem13", tmp_path)]
    total, count, rejected = Decimal(0), 0, 0
    for path in files:
        found = read_path(path)
        total += sum((p.amount for p in found.periods), Decimal(0))
        count += len(found.periods)
        rejected += len(found.rejected)
    sql = """
      select sum(q) filter (q >= 0), count(*) filter (q >= 0), count(*) filter (q < 0) from (
        select string_split(line, ',')[19]::decimal(18, 6) as q
        from read_csv(?, columns = {'line': 'varchar'}, delim = '\x01', quote = '', escape = '',
                      header = false, auto_detect = false)
        where line like '250,%')
    """
    names = [str(path) for path in files]
    answer = duckdb.execute(sql, [names]).fetchone()
    assert answer is not None
    assert (total, count, rejected) == answer


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("15min_200_30min_300", {3}),
        ("15min_200_30min_400", {3}),
        ("30min_200_15min_300", {3}),
        ("30min_200_15min_400", {3}),
        ("incomplete_interval", {3}),
    ],
)
def test_invalid_nem12_samples_are_rejected_with_their_line(name: str, lines: set[int]) -> None:
    found = read_path(shared("nem12", "examples", "invalid", f"Example_NEM12_{name}.csv"))
    assert {r.line for r in found.rejected} == lines
    assert not any(row[4] in lines for rows in found.readings.values() for row in rows)


@pytest.mark.parametrize("name", ["Example_NEM12_empty", "Example_empty_file"])
def test_nem12_samples_without_data_are_unreadable(name: str) -> None:
    path = shared("nem12", "examples", "invalid", f"{name}.csv")
    with pytest.raises(Unreadable):
        read_path(path)


@pytest.mark.parametrize("name", ["missing_header", "powercor", "powercor_missing_fields"])
def test_nem12_samples_without_a_header_are_read_and_said(name: str) -> None:
    path = shared("nem12", "examples", "invalid", f"Example_NEM12_{name}.csv")
    found = read_path(path)
    assert [w.detail for w in found.warned] == ["line 2: there is no 100 record before this one"]
    ((key, total, count),) = duckdb.execute(NEM12_SQL, [str(path)]).fetchall()
    assert (exactly(found.total(key)), len(found.readings[key])) == (exactly(float(total)), count)


@pytest.mark.parametrize(
    ("name", "unit", "kind", "total"),
    [
        ("Water_WHW_hourly_register.csv", "L", "water", "548.874474"),
        ("Water_WHW-1.csv", "L", "water", "27.600221"),
        ("NaturalGas_FRG_hourly_register.csv", "dm³", "gas", "790.752615"),
        ("NaturalGas_FRG-1.csv", "dm³", "gas", "0"),
    ],
)
def test_ampds2_counters(name: str, unit: str, kind: str, total: str) -> None:
    path = shared("ampds2", name)
    said = {"unit": unit, "consumption_type": kind}
    grid, totals = stored(ampds2.FORMAT, path, "America/Vancouver", **said)
    sql = """
      select coalesce(sum(use) filter (use > 0), 0) / 1000 from (
        select counter - lag(counter) over (order by unix_ts) as use from (
          select unix_ts::bigint as unix_ts, counter::decimal(18, 3) as counter
          from read_csv(?, delim = ',', header = true, all_varchar = true)))
    """
    answer = duckdb.execute(sql, [str(path)]).fetchone()
    assert answer is not None
    assert not grid.tally.rejected
    assert exactly(totals[path.stem]) == exactly(float(answer[0])) == Decimal(total)


def test_ausgrid_solar_home() -> None:
    path = shared("ausgrid-solar-home", "customer12_2011-2012.csv")
    grid, totals = stored(ausgrid_solar_home.FORMAT, path, SYDNEY)
    answer = duckdb.execute(
        """select sum(gc), sum(gg), count(*) from read_csv(?, header = true,
           columns = {'at': 'timestamp', 'gc': 'decimal(12, 6)', 'gg': 'decimal(12, 6)'})""",
        [str(path)],
    ).fetchone()
    assert answer is not None
    stem = path.stem
    assert not grid.tally.rejected
    assert (exactly(totals[f"{stem}:GC"]), exactly(totals[f"{stem}:GG"]), answer[2]) == (
        exactly(float(answer[0])),
        exactly(float(answer[1])),
        17_568,
    )
    assert (answer[0], answer[1]) == (Decimal("11876.738"), Decimal("2592.808"))
    assert grid.channels[f"{stem}:GG"].channel.direction == "export"


def test_district_inflows() -> None:
    openpyxl = pytest.importorskip("openpyxl")
    path = shared("bwdf-water", "InflowData.xlsx")
    grid, totals = stored(bwdf_water.FORMAT, path, "Europe/Rome")
    assert not grid.tally.rejected
    sheet = openpyxl.load_workbook(io.BytesIO(path.read_bytes()), read_only=True).active
    rows = sheet.iter_rows(min_row=2, values_only=True)
    flows = [[None if v in ("NaN", None) else float(v) for v in row[1:11]] for row in rows]
    answer = duckdb.execute(
        """select i, sum(v) * 3600 / 1000, count(*) from (
             select unnest(range(1, 11)) as i, unnest(f)::decimal(18, 9) as v from
             (select unnest($1::double[][]) as f)) where v is not null group by i""",
        [flows],
    ).fetchall()
    assert len(flows) == 19_679
    assert {key: round(total, 3) for key, total in totals.items()} == {
        f"DMA {i}": round(float(total), 3) for i, total, _ in answer
    }
    assert round(sum(totals.values()), 3) == 15_834_310.524


def test_district_inflows_have_days_of_23_and_25_hours() -> None:
    path = shared("bwdf-water", "InflowData.xlsx")
    source = Source(path.name, lambda: path.open("rb"), path.stat().st_size)
    hours: set[tuple[int, int]] = set()
    with TemporaryFile() as one, TemporaryFile() as two:
        grid = Grid("Europe/Rome", (one, two))
        for piece in bwdf_water.FORMAT.read(source, Options("Europe/Rome")):
            grid.take(piece)
        for _, days in grid.days():
            hours |= {(day, days.amounts.shape[1]) for day in days.days.tolist()}
    lengths = Counter(count for _, count in hours)
    assert (lengths[23], lengths[24], lengths[25]) == (3, 815, 2)
