"""Exports: what is in the files, and that importing them again gives the same."""

import csv
import io
import os
import tempfile
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app.models import AuditEvent, Meter, MeterDay
from app.utils.formulas import TRIGGERS
from app.utils.periods import day_bounds, steps_in_day
from app.utils.units import UNITS, ConsumptionType
from tests.factories import Person, new_person
from tests.importing import imported, of_person, records

SHARED = Path(
    os.environ.get("CONSUMO_SHARED_DATA") or Path(__file__).parents[4] / "shared" / "data"
)
XSD = SHARED / "greenbutton" / "schema" / "espi.xsd"
NS = {"a": "http://www.w3.org/2005/Atom", "e": "http://naesb.org/espi"}


def table(response: TestResponse) -> list[list[str]]:
    """The rows of a CSV that was sent, its header first."""
    assert response.status_code == 200, response.get_data(as_text=True)
    assert response.content_type == "text/csv; charset=utf-8"
    text = response.get_data().decode()
    return list(csv.reader(io.StringIO(text, newline="")))


def a_meter(person: Person, name: str = "Heat pump", **fields: Any) -> int:
    """Make a meter and give its id."""
    body = {"name": name, "consumption_type": "electricity"} | fields
    response = person.post("/api/meters", json=body)
    assert response.status_code == 201, response.get_data(as_text=True)
    return int(response.get_json()["id"])


def with_intervals(person: Person, meter_id: int, zone: str, days: dict[date, Any]) -> None:
    """Give a meter interval data: for each day its step and what fills it, or (step, list)."""
    with of_person(person) as session:
        session.execute(update(Meter).where(Meter.id == meter_id).values(source="intervals"))
        for day, (step, amounts, quality) in days.items():
            count = steps_in_day(day, zone, step)
            filled = [amounts(n) for n in range(count)] if callable(amounts) else amounts
            measured = [amount for amount in filled if amount is not None]
            session.add(
                MeterDay(
                    meter_id=meter_id, day=day, source_count=1, record_count=0, estimated_count=0,
                    amount=Decimal(str(round(sum(measured), 6))), step_seconds=step,
                    profile=filled, measured_steps=len(measured), expected_steps=count,
                    quality=quality(count) if quality else None,
                )
            )  # fmt: skip


def test_records_have_the_columns_that_an_import_knows(person: Person) -> None:
    person.record(12.5, description="first")
    person.record(3, consumption_type="water", unit="L", period_start="2026-02-01")
    header, *rows = table(person.get("/api/exports/consumption.csv"))
    assert header == [
        *("period_start", "consumption_date", "amount", "unit"),
        *("consumption_type", "meter", "description"),
    ]
    assert rows == [
        ["", "2026-03-01", "12.5000", "kWh", "electricity", "Electricity", "first"],
        ["2026-02-01", "2026-03-01", "3.0000", "L", "water", "Water", ""],
    ]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_the_name_of_a_file_is_ours(person: Person, kind: str) -> None:
    meter_id = a_meter(person, name='x"; filename="../../evil.exe')
    answer = person.get(f"/api/exports/meters/{meter_id}.{kind}?from=2026-01-01&to=2026-01-31")
    wanted = f"consumo-meter-{meter_id}-2026-01-01-2026-01-31.{kind}"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{wanted}"'
    assert answer.content_length == len(answer.get_data())
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    other = person.get(f"/api/exports/consumption.{kind}").headers["Content-Disposition"]
    assert other.startswith('attachment; filename="consumo-records-20')


def test_filters_and_order_are_those_of_the_list(person: Person) -> None:
    for day in range(1, 8):
        person.record(day, consumption_date=f"2026-01-{day:02d}", description=f"no {day}")
    person.record(99, consumption_type="gas", consumption_date="2026-01-03")
    query = "consumption_type=electricity&date_from=2026-01-02&date_to=2026-01-06&q=NO&sort=-amount"
    listed = person.get(f"/api/consumption?{query}").get_json()["items"]
    rows = table(person.get(f"/api/exports/consumption.csv?{query}"))[1:]
    assert [float(row[2]) for row in rows] == [item["amount"] for item in listed] == [6, 5, 4, 3, 2]
    exported = person.get(f"/api/exports/consumption.json?{query}").get_json()["items"]
    assert exported == listed


@pytest.mark.parametrize("sort", ["consumption_date", "-amount", "created_at"])
def test_more_than_one_page_is_read(
    person: Person, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    monkeypatch.setattr("app.services.exports.RECORDS_AT_A_TIME", 3)
    for day in (1, 2, 2, 3, 3, 3, 3, 4, 4):
        person.record(5, consumption_date=f"2026-01-{day:02d}")
    found = person.get(f"/api/exports/consumption.json?sort={sort}").get_json()["items"]
    ids = [item["id"] for item in found]
    assert len(set(ids)) == len(ids) == 9
    listed = person.get(f"/api/consumption?sort={sort}&per_page=100").get_json()["items"]
    assert ids == [item["id"] for item in listed]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("date_from=2026-02-01&date_to=2026-01-01", "?date_from"),
        ("per_page=5", "?per_page"),
        ("sort=name", "?sort"),
        ("meter_id=x", "?meter_id"),
    ],
)
def test_a_query_that_is_wrong(person: Person, query: str, pointer: str) -> None:
    response = person.get(f"/api/exports/consumption.csv?{query}")
    assert response.status_code == 422
    assert [item["pointer"] for item in response.get_json()["errors"]] == [pointer]


@pytest.mark.parametrize("start", [*sorted(TRIGGERS), "\n"])
def test_what_a_spreadsheet_would_run_is_defused(person: Person, start: str) -> None:
    payload = f"{start}cmd|' /C calc'!A0"
    person.record(1, description=payload)
    meter_id = a_meter(person, name=f"{start.strip()}SUM(A1)")
    person.record(2, meter_id=meter_id)
    rows = table(person.get("/api/exports/consumption.csv"))[1:]
    assert {row[6] for row in rows} == {"'" + payload, ""}
    assert not any(cell[:1] in TRIGGERS for row in rows for cell in row if cell)
    other = new_person(person.app)
    imported(other, person.get("/api/exports/consumption.csv").get_data())
    assert records(other) == records(person)


TEXTS = st.one_of(
    st.none(),
    st.text(
        # U+FFFE and U+FFFF are no characters, and calamine does not unescape them.
        st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\ufffe\uffff"),
        max_size=40,
    ),
    st.text(st.sampled_from("=+-@\t\r\n'＝ a;,|\""), max_size=8),
)


@st.composite
def entries(draw: st.DrawFn) -> dict[str, Any]:
    """A record that the API takes."""
    kind = draw(st.sampled_from(list(ConsumptionType)))
    last = draw(st.dates(date(1900, 1, 1), date(2026, 11, 1)))
    length = draw(st.one_of(st.just(0), st.integers(1, 400)))
    first = max(date(1900, 1, 1), last - timedelta(days=length))
    amount = draw(st.decimals(0, 9_999, places=draw(st.integers(0, 4))))
    return {
        "consumption_type": kind,
        "unit": draw(st.sampled_from([u for u in UNITS[kind] if u not in ("ML", "GWh")])),
        "amount": float(amount),
        "consumption_date": last.isoformat(),
        "period_start": first.isoformat() if first < last else None,
        "description": draw(TEXTS),
    }


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
@given(st.lists(entries(), min_size=1, max_size=12))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_importing_an_export_gives_the_same_records(
    app: Flask, kind: str, bodies: list[Any]
) -> None:
    first, second = new_person(app), new_person(app)
    made = first.post("/api/consumption/batch", json={"create": bodies})
    assert made.status_code == 200, made.get_data(as_text=True)
    file = first.get(f"/api/exports/consumption.{kind}").get_data()
    body = imported(second, file, name=f"records.{kind}")
    assert body["counts"]["added"] == len(bodies)
    assert records(second) == records(first)
    again = imported(first, file, name=f"records.{kind}", format="records_csv")["counts"]
    assert (again["unchanged"], again["added"]) == (len(bodies), 0)


def test_a_description_of_as_many_lines_as_there_can_be(app: Flask) -> None:
    first, second = new_person(app), new_person(app)
    first.record(1, description="\n" * 1_999 + "x")
    imported(second, first.get("/api/exports/consumption.csv").get_data())
    assert records(second) == records(first)


ZONE = "Europe/Madrid"
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def test_intervals_as_csv(person: Person) -> None:
    meter_id = a_meter(person)
    with_intervals(
        person,
        meter_id,
        ZONE,
        {
            SPRING: (3600, lambda n: None if n == 5 else n / 10, None),
            AUTUMN: (900, lambda n: -0.25, None),
        },
    )
    header, *rows = table(person.get(f"/api/exports/meters/{meter_id}.csv"))
    assert header == ["meter", "start", "kWh", "seconds"]
    assert len(rows) == 22 + 100
    assert rows[0] == ["Heat pump", "2026-03-29T00:00:00+01:00", "0.0", "3600"]
    assert [row[1] for row in rows[1:3]] == [
        "2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00",
    ]  # fmt: skip
    starts = [datetime.fromisoformat(row[1]) for row in rows]
    assert starts == sorted(set(starts))
    assert {row[2] for row in rows[22:]} == {"-0.25"}
    days = table(person.get(f"/api/exports/meters/{meter_id}.csv?resolution=day"))
    assert [row[1] for row in days[1:]] == ["2026-03-29", "2026-10-25"]
    assert float(days[2][2]) == -25
    some = table(person.get(f"/api/exports/meters/{meter_id}.csv?from=2026-03-30&to=2026-10-25"))
    assert len(some) == 101


def test_letters_are_given_where_there_are_some(person: Person) -> None:
    meter_id = a_meter(person)
    one = {date(2026, 1, 1): (3600, lambda n: 1.0, None)}
    two = {date(2026, 1, 2): (3600, lambda n: 1.0, lambda n: "A" * (n - 1) + "E")}
    with_intervals(person, meter_id, ZONE, one | two)
    header, *rows = table(person.get(f"/api/exports/meters/{meter_id}.csv"))
    assert header == ["meter", "start", "kWh", "seconds", "quality"]
    assert [row[4] for row in rows] == ["A"] * 47 + ["E"]
    found = person.get(f"/api/exports/meters/{meter_id}.csv?to=2026-01-01")
    assert table(found)[0] == ["meter", "start", "kWh", "seconds"]


def test_what_the_unit_does_not_stand_for_is_given(person: Person) -> None:
    fields = {"consumption_type": "gas", "unit": "kWh", "direction": "export"}
    meter_id = a_meter(person, **fields)
    with_intervals(person, meter_id, ZONE, {date(2026, 1, 1): (3600, lambda n: 1.0, None)})
    header, *rows = table(person.get(f"/api/exports/meters/{meter_id}.csv"))
    assert header == ["meter", "start", "kWh", "seconds", "type", "direction"]
    assert {tuple(row[3:]) for row in rows} == {("3600", "gas", "export")}


def test_series_as_json(person: Person) -> None:
    meter_id = a_meter(person)
    with_intervals(person, meter_id, ZONE, {SPRING: (1800, lambda n: n + 0.5, None)})
    body = person.get(f"/api/exports/meters/{meter_id}.json?from=2026-03-01").get_json()
    assert (body["resolution"], body["first"], body["last"]) == ("interval", "2026-03-01", None)
    assert body["meter"]["time_zone"] == ZONE
    assert len(body["readings"]) == 46
    assert body["readings"][-1] == {
        "start": "2026-03-29T23:30:00+02:00", "seconds": 1800, "amount": 45.5, "quality": "A",
    }  # fmt: skip
    day = person.get(f"/api/exports/meters/{meter_id}.json?resolution=day").get_json()
    assert day["readings"] == [
        {"start": "2026-03-29", "seconds": 82_800, "amount": 1058.0, "quality": None}
    ]


def test_days_of_records(person: Person) -> None:
    meter_id = a_meter(person)
    period = {"period_start": "2026-01-01", "consumption_date": "2026-01-03"}
    person.record(1, meter_id=meter_id, **period)
    rows = table(person.get(f"/api/exports/meters/{meter_id}.csv"))
    assert [row[1:] for row in rows[1:]] == [
        ["2026-01-01", "0.333333333", "86400"], ["2026-01-02", "0.333333333", "86400"],
        ["2026-01-03", "0.333333334", "86400"],
    ]  # fmt: skip
    none = person.get(f"/api/exports/meters/{meter_id}.xml")
    assert none.status_code == 422
    assert "no interval data" in none.get_json()["detail"]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json", "xml"])
def test_a_meter_that_is_not_there(person: Person, kind: str) -> None:
    assert person.get(f"/api/exports/meters/999999.{kind}").status_code == 404
    assert person.get("/api/exports/meters/1.exe").status_code == 404


def test_exports_are_audited(person: Person) -> None:
    person.record(1)
    person.get("/api/exports/consumption.csv")
    with of_person(person) as session:
        found = session.scalars(
            select(AuditEvent.details).where(AuditEvent.event == "data.exported")
        ).one()
    assert found["rows"] == 1


def schema() -> etree.XMLSchema:
    """ESPI 4.0, with an Atom schema for what it imports and does not use in our content."""
    if not XSD.exists():
        pytest.skip("the ESPI schema is not on this machine")
    text = XSD.read_text().replace('schemaLocation="atom.xsd"', 'schemaLocation="stub.xsd"')
    atom = (
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"'
        ' targetNamespace="http://www.w3.org/2005/Atom">'
        '<xs:complexType name="linkType"><xs:attribute name="href"/></xs:complexType>'
        '<xs:element name="link" type="xs:anyType"/></xs:schema>'
    )
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "stub.xsd").write_text(atom)
        (Path(folder) / "espi.xsd").write_text(text)
        return etree.XMLSchema(etree.parse(str(Path(folder) / "espi.xsd")))


@pytest.mark.parametrize(
    ("kind", "unit", "direction", "zone"),
    [
        ("electricity", "kWh", "import", "Europe/Madrid"),
        ("electricity", "kWh", "export", "Australia/Lord_Howe"),
        ("water", "m³", "import", "America/New_York"),
        ("gas", "m³", "import", "Asia/Kathmandu"),
        ("gas", "kWh", "import", "America/Nuuk"),
    ],
)
def test_green_button_is_valid_and_adds_up(
    app: Flask, kind: str, unit: str, direction: str, zone: str
) -> None:
    person = new_person(app, time_zone=zone)
    meter_id = a_meter(person, name="<Boiler> & \x0b co", consumption_type=kind, unit=unit)
    days = {
        date(2026, 3, 29): (3600, lambda n: None if n == 2 else n / 7, None),
        date(2026, 4, 5): (900, lambda n: -n * 1e-9, lambda n: "AESMDQP" + "A" * (n - 7)),
        date(2026, 10, 4): (1800, lambda n: 12_345.678_901_234, None),
    }
    with_intervals(person, meter_id, zone, days)
    with of_person(person) as session:
        session.execute(update(Meter).where(Meter.id == meter_id).values(direction=direction))
        rows = session.scalars(select(MeterDay).where(MeterDay.meter_id == meter_id)).all()
        profiles = {row.day: (row.step_seconds, row.profile) for row in rows}
    response = person.get(f"/api/exports/meters/{meter_id}.xml")
    assert response.content_type == "application/atom+xml; charset=utf-8"
    feed = etree.fromstring(response.get_data())
    contents = feed.findall("a:entry/a:content/*", NS)
    names = [etree.QName(found).localname for found in contents]
    assert names == [
        "UsagePoint", "LocalTimeParameters", "MeterReading", "ReadingType",
        *["IntervalBlock"] * 3,
    ]  # fmt: skip
    valid = schema()
    for found in contents:
        valid.assertValid(found)
    _check_values(feed, zone, profiles)
    reading = feed.find(".//e:ReadingType", NS)
    assert reading.findtext("e:flowDirection", None, NS) == ("19" if direction == "export" else "1")
    assert reading.findtext("e:uom", None, NS) == ("72" if unit == "kWh" else "42")
    qualities = [q.text for q in feed.findall(".//e:quality", NS)]
    assert qualities == ["8", "9", "7", "11", "10", "12"]


def _check_values(feed: Any, zone: str, profiles: dict[date, Any]) -> None:
    multiplier = int(feed.findtext(".//e:powerOfTenMultiplier", None, NS))
    scale = Decimal(10) ** multiplier / (1000 if feed.findtext(".//e:uom", None, NS) == "72" else 1)
    expected = []
    for day, (step, profile) in sorted(profiles.items()):
        begin = int(day_bounds(day, zone)[0].timestamp())
        end = int(day_bounds(day, zone)[1].timestamp())
        for place, amount in enumerate(profile):
            if amount is not None:
                start = begin + place * step
                expected.append((start, min(step, end - start), round(amount, 9)))
    found = [
        (
            int(item.findtext("e:timePeriod/e:start", None, NS)),
            int(item.findtext("e:timePeriod/e:duration", None, NS)),
            float(Decimal(item.findtext("e:value", None, NS)) * scale),
        )
        for item in feed.findall(".//e:IntervalReading", NS)
    ]
    assert [item[:2] for item in found] == [item[:2] for item in expected]
    assert [item[2] for item in found] == pytest.approx([item[2] for item in expected], abs=1.1e-9)


def test_green_button_of_amounts_that_48_bits_do_not_hold(person: Person) -> None:
    meter_id = a_meter(person)
    with_intervals(person, meter_id, ZONE, {SPRING: (3600, lambda n: 8_999_999.123456, None)})
    feed = etree.fromstring(person.get(f"/api/exports/meters/{meter_id}.xml").get_data())
    values = {int(value.text) for value in feed.findall(".//e:IntervalReading/e:value", NS)}
    assert values == {8_999_999_123_456}
    assert feed.findtext(".//e:powerOfTenMultiplier", None, NS) == "-3"
    assert feed.findtext(".//e:intervalLength", None, NS) == "3600"
