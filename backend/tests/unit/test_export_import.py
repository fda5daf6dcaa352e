"""A meter's export, imported again, is the same meter: in each of the formats that are read."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.importers.blocks import DayBlock
from app.models import Meter, MeterDay
from app.utils.periods import steps_in_day
from app.utils.quality import MISSING
from tests.conftest import sqlite_app, state_of
from tests.factories import Person, new_person
from tests.importing import imported, of_person
from tests.intervals import block, stored

KINDS = ["csv", "xlsx", "json", "xml"]
ZONES = ["Europe/Madrid", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns"]
MEASURES = [("electricity", "kWh"), ("gas", "m³"), ("gas", "kWh"), ("water", "m³")]
STEPS = [300, 900, 1800, 3600, 86_400]
NAMES = ["Heat pump", "=SUM(A1)", "'quoted", '"a", b;c', "@home", "Ñandú ½ ＝x", "<b>&amp;"]
amounts = st.none() | st.integers(-(10**13), 10**13).map(lambda n: n / 1e9)
_numbers = count(1)
Data = dict[date, DayBlock]


@pytest.fixture(scope="module")
def people() -> Iterator[dict[str, tuple[Person, Person]]]:
    """Two accounts in each zone."""
    app: Flask = sqlite_app()
    yield {zone: (new_person(app, time_zone=zone), new_person(app, time_zone=zone))
           for zone in ZONES}  # fmt: skip
    state_of(app).db.engine.dispose()


@st.composite
def data_of(draw: st.DrawFn, zone: str) -> Data:
    """Some days in any steps, with gaps and letters; each begins with a value."""
    first = draw(st.sampled_from([date(2025, 3, 27), date(2025, 4, 3), date(2025, 10, 2)]))
    found = {}
    for offset in sorted(draw(st.sets(st.integers(0, 25), min_size=1, max_size=3))):
        day, step = first + timedelta(offset), draw(st.sampled_from(STEPS))
        length = steps_in_day(day, zone, step)
        pattern = draw(st.lists(amounts, min_size=1, max_size=7))
        values = [0.125, *(pattern[n % len(pattern)] for n in range(length - 1))]
        letters = draw(st.none() | st.text("AESMDQP", min_size=length, max_size=length))
        found[day] = block(day, values, step, letters)
    return found


def meter_of(person: Person, name: str, fields: dict[str, str]) -> int:
    """Make a meter that is fed by intervals."""
    made = person.post("/api/meters", json={"name": name, "source": "intervals"} | fields)
    assert made.status_code == 201, made.get_data(as_text=True)
    return int(made.get_json()["id"])


def days_of(person: Person, name: str) -> tuple[Any, list[Any]]:
    """What there is of the meter of that name."""
    with of_person(person) as session:
        meter = session.scalars(select(Meter).where(Meter.name == name)).one()
        rows = session.scalars(
            select(MeterDay).where(MeterDay.meter_id == meter.id).order_by(MeterDay.day)
        )
        days = [
            (row.day, row.amount, row.step_seconds, list(row.profile or []),
             (row.quality or "").replace(MISSING, "A").strip("A"), row.measured_steps,
             row.expected_steps, row.estimated_count)
            for row in rows
        ]  # fmt: skip
        return (meter.consumption_type, meter.unit, meter.direction, meter.source), days


LORD_HOWE_HOURS = {
    day: block(day, [1.5] * steps_in_day(day, "Australia/Lord_Howe", 3600), 3600)
    for day in (date(2025, 4, 6), date(2025, 10, 5))
}


@pytest.mark.parametrize("kind", KINDS)
@given(
    zone=st.sampled_from(ZONES),
    measure=st.sampled_from(MEASURES),
    direction=st.sampled_from(["import", "export"]),
    name=st.sampled_from(NAMES),
    data=st.data(),
)
@example("Australia/Lord_Howe", MEASURES[0], "import", "Hours", LORD_HOWE_HOURS)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_importing_an_export_is_the_identity(
    people: dict[str, tuple[Person, Person]],
    kind: str,
    zone: str,
    measure: tuple[str, str],
    direction: str,
    name: str,
    data: Any,
) -> None:
    mine, other = people[zone]
    name = f"{name} {next(_numbers)}"
    blocks: Data = data if isinstance(data, dict) else data.draw(data_of(zone))
    fields = {"consumption_type": measure[0], "unit": measure[1], "direction": direction}
    meter_id = meter_of(mine, name, fields)
    stored(mine, meter_id, list(blocks.values()))
    before = days_of(mine, name)
    exported = mine.get(f"/api/exports/meters/{meter_id}.{kind}")
    assert exported.status_code == 200, exported.get_data(as_text=True)
    file = f"export.{kind}"
    found = imported(other, exported.get_data(), name=file)
    assert found["counts"]["rejected"] == 0
    assert days_of(other, name) == before
    again = imported(mine, exported.get_data(), name=file)
    total = sum(value is not None for one in blocks.values() for value in one.amounts)
    assert [meter["id"] for meter in again["meters"]] == [meter_id]
    assert (again["counts"]["unchanged"], again["counts"]["added"]) == (total, 0)
    assert days_of(mine, name) == before


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_days_of_an_export_come_back_as_days(
    people: dict[str, tuple[Person, Person]], kind: str
) -> None:
    mine, other = people["Europe/Madrid"]
    name = f"Days {kind}"
    meter_id = meter_of(mine, name, {"consumption_type": "gas", "unit": "kWh"})
    first = date(2025, 3, 29)
    stored(mine, meter_id, [block(first + timedelta(n), [float(n)], 86_400) for n in range(3)])
    path = f"/api/exports/meters/{meter_id}.{kind}?resolution=day"
    imported(other, mine.get(path).get_data(), name=f"days.{kind}")
    assert days_of(other, name) == days_of(mine, name)
