"""Series: what is shown of each interval, hour, day and month, and what happens to many."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.models import Meter, Site
from app.services import interval_blocks, meter_views, series
from app.services.overlay import billionths
from app.utils.periods import GroupBy, bucket_end, steps_in_day
from tests.conftest import sqlite_app, state_of
from tests.factories import Person, new_person
from tests.importing import of_person
from tests.intervals import NOW, block, interval_meter, new_import, stored
from tests.unit.utils.test_local_days import ZONES

DAY = date(2026, 3, 28)
"""The day before Madrid's 23-hour day."""


def get(person: Person, meter: int, **query: Any) -> dict[str, Any]:
    """The series of a meter."""
    names = {key.rstrip("_"): value for key, value in query.items()}
    response = person.get(f"/api/meters/{meter}/series", query_string=names)
    assert response.status_code == 200, response.get_data(as_text=True)
    return dict(response.get_json())


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def test_intervals_are_there_with_gaps_over_a_short_day(person: Person) -> None:
    meter = interval_meter(person)
    stored(person, meter, [
        block(DAY, [1.0, None, *[0.5] * 22]),
        block(DAY + timedelta(2), [2.0] * 24, quality="E" * 24),
    ])  # fmt: skip
    found = get(person, meter, from_=DAY, to=DAY + timedelta(2))
    assert len(found["amount"]) == 24 + 23 + 24 == found["intervals"]
    assert found["amount"][:3] == [1.0, None, 0.5]
    assert found["amount"][24:47] == [None] * 23
    assert found["quality"] == "AN" + "A" * 22 + "N" * 23 + "E" * 24
    assert found["start"][0] == seconds("2026-03-28T00:00+01:00")
    assert found["start"][24 + 23] == seconds("2026-03-30T00:00+02:00")
    assert (found["aggregate"], found["min"], found["unit"]) == ("none", None, "kWh")
    runs = get(person, meter, from_=DAY, to=DAY + timedelta(2), layout="runs")
    assert runs["start"] is None
    assert runs["runs"] == [{"start": found["start"][0], "step_seconds": 3600, "count": 71}]


def test_hours_days_and_months_add_up(person: Person) -> None:
    meter = interval_meter(person)
    stored(person, meter, [
        block(DAY, [0.1] * 96, 900),
        block(DAY + timedelta(1), [None, 0.2, 0.3, None] + [0.25] * 88, 900),
    ])  # fmt: skip
    hours = get(person, meter, from_=DAY, to=DAY + timedelta(1), resolution="hour")
    assert hours["amount"] == [0.4] * 24 + [0.5] + [1.0] * 22
    assert hours["quality"] == "A" * 24 + "N" + "A" * 22
    days = get(person, meter, from_=DAY, to=DAY + timedelta(2), resolution="day")
    assert days["amount"] == [9.6, 22.5, None]
    assert days["quality"] == "ANN"
    months = get(person, meter, from_=DAY, to=DAY, resolution="month")
    assert (months["amount"], months["quality"]) == ([32.1], "N")
    assert (months["date_from"], months["date_to"]) == ("2026-03-01", "2026-03-31")


def test_too_many_values_are_joined(person: Person) -> None:
    meter = interval_meter(person)
    stored(person, meter, [block(DAY, [*range(23), None])])
    found = get(person, meter, from_=DAY, to=DAY, max_points=5)
    assert found["amount"] == [2, 7, 12, 17, 21]
    assert (found["min"], found["max"]) == ([0, 5, 10, 15, 20], [4, 9, 14, 19, 22])
    assert found["start"] == [seconds("2026-03-28T00:00+01:00") + 5 * 3600 * n for n in range(5)]
    assert (found["aggregate"], found["intervals"], found["quality"]) == ("mean", 24, None)


def test_forecasts_are_shown_and_counted_in_no_sum(person: Person) -> None:
    meter = interval_meter(person)
    stored(person, meter, [
        block(DAY, [1.0, 9.0, *[None] * 22], quality="AP" + "N" * 22),
        block(DAY + timedelta(1), [9.0] * 23, quality="P" * 23),
    ])  # fmt: skip
    raw = get(person, meter, from_=DAY, to=DAY)
    assert (raw["amount"][:3], raw["quality"][:3]) == ([1.0, 9.0, None], "APN")
    days = get(person, meter, from_=DAY, to=DAY + timedelta(1), resolution="day")
    assert (days["amount"], days["quality"]) == ([1.0, None], "NP")
    query = f"/api/consumption/analytics?group_by=day&date_from={DAY}&date_to={DAY + timedelta(1)}"
    utility = person.get(query).get_json()["utilities"][0]
    assert [bucket["amount"] for bucket in utility["series"]] == [1.0, None]
    assert utility["days_covered"] == 1


def test_records_have_days_and_months_only(person: Person) -> None:
    made = person.record(31, consumption_date="2026-01-31", period_start="2026-01-01")
    meter = made["meter_id"]
    days = get(person, meter, from_="2026-01-30", to="2026-02-01", resolution="day")
    assert (days["amount"], days["quality"]) == ([1, 1, None], "DDN")
    months = get(person, meter, from_="2026-01-30", to="2026-02-01", resolution="month")
    assert (months["amount"], months["quality"]) == ([31, None], "AN")
    refused = person.get(f"/api/meters/{meter}/series?resolution=hour")
    assert refused.status_code == 409


def test_the_range_follows_the_data_and_is_bounded(person: Person) -> None:
    meter = interval_meter(person)
    assert get(person, meter)["amount"] == []
    stored(person, meter, [block(DAY, [1.0] * 24)])
    found = get(person, meter)
    assert (found["date_from"], found["date_to"]) == ("2026-03-22", "2026-03-28")
    assert len(get(person, meter, from_="2020-01-01")["amount"]) <= 2000
    for query, field in {
        "from=2020-01-01&to=2026-01-01": "?from",
        "from=2026-01-02&to=2026-01-01": "?from",
        "max_points=50001": "?max_points",
        "resolution=week": "?resolution",
    }.items():
        response = person.get(f"/api/meters/{meter}/series?{query}")
        assert response.status_code == 422, query
        assert response.get_json()["errors"][0]["pointer"] == field


def test_an_unchanged_series_is_not_sent_again(person: Person) -> None:
    meter = interval_meter(person)
    stored(person, meter, [block(DAY, [1.0] * 24)])
    path = f"/api/meters/{meter}/series"
    etag = person.get(path).headers["ETag"]
    assert person.get(path, headers={"If-None-Match": etag}).status_code == 304
    stored(person, meter, [block(DAY, [2.0] * 24)])
    again = person.get(path, headers={"If-None-Match": etag})
    assert again.status_code == 200
    assert 2.0 in again.get_json()["amount"]


def test_a_large_answer_is_compressed_for_who_takes_it(person: Person) -> None:
    meter = interval_meter(person)
    day = DAY - timedelta(30)
    stored(person, meter, [block(day + timedelta(n), [0.123] * 1440, 60) for n in range(5)])
    query = f"max_points=50000&from={day}&to={day + timedelta(4)}&layout=runs"
    path = f"/api/meters/{meter}/series?{query}"
    plain, packed = person.get(path), person.get(path, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert len(packed.get_data()) < len(plain.get_data()) / 10


@pytest.fixture(scope="module")
def traveller() -> Iterator[Person]:
    app: Flask = sqlite_app()
    yield new_person(app)
    state_of(app).db.engine.dispose()


STEPS = [900, 1800, 3600]


@given(
    st.sampled_from(ZONES),
    st.dates(date(1975, 1, 1), date(2030, 12, 1)),
    st.integers(1, 40),
    st.data(),
)
@example("Australia/Lord_Howe", date(2025, 4, 1), 10, None)
@example("Pacific/Apia", date(2011, 12, 20), 20, None)
@example("Asia/Kathmandu", date(1985, 12, 30), 5, None)
@example("America/Sao_Paulo", date(2018, 11, 1), 10, None)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_quarters_hours_days_and_months_have_one_sum(
    traveller: Person, zone: str, first: date, length: int, data: st.DataObject | None
) -> None:
    """In any zone and over any span: each instant is counted once."""
    last = first + timedelta(length - 1)
    with of_person(traveller) as session:
        meter_id = interval_meter(traveller, f"{zone} {first} {length} {id(data)}")
        meter = session.scalars(select(Meter).where(Meter.id == meter_id)).one()
        session.scalars(select(Site).where(Site.id == meter.site_id)).one().time_zone = zone
        session.flush()
        blocks = []
        for offset in range(length):
            day = first + timedelta(offset)
            step = data.draw(st.sampled_from(STEPS)) if data else 900
            count = steps_in_day(day, zone, step)
            gap = data.draw(st.integers(0, 3)) if data else 0
            amounts = [None if gap and n % 7 == gap else n * 0.123456789 for n in range(count)]
            if count:
                blocks.append(block(day, amounts, step))
        interval_blocks.store(session, new_import(session), meter_id, blocks)
        view = meter_views.view(session, meter_id, NOW)

        def read(resolution: str, days: tuple[date, date]) -> series.Series:
            return series.read(session, view, resolution, days, max_points=10**6, with_starts=True)

        months = first.replace(day=1), bucket_end(last, GroupBy.MONTH)
        found = [read(name, (first, last)) for name in ("raw", "hour", "day")]
        found.append(read("month", months))
        session.rollback()
    sums = [sum(billionths(v) for v in one.amounts if v is not None) for one in found]
    stored_sum = sum(billionths(v) for one in blocks for v in one.amounts if v is not None)
    assert sums == [stored_sum] * 4
    starts = found[0].starts or []
    assert starts == sorted(set(starts))
    assert all(
        datetime.fromtimestamp(start, UTC) < datetime(2031, 2, 1, tzinfo=UTC) for start in starts
    )


def test_exports_are_in_no_total_and_missing_intervals_make_no_complete_day(
    person: Person,
) -> None:
    meter = interval_meter(person)
    body = {"name": "Roof", "consumption_type": "electricity", "source": "intervals"}
    roof = person.post("/api/meters", json=body | {"direction": "export"}).get_json()["id"]
    whole, gappy = block(DAY, [1.0] * 24), block(DAY + timedelta(1), [None, *[1.0] * 22])
    stored(person, roof, [whole])
    stored(person, meter, [whole, gappy])
    query = f"date_from={DAY}&date_to={DAY + timedelta(1)}"
    for group_by, complete in (("day", [True, False]), ("month", [False])):
        path = f"/api/consumption/analytics?group_by={group_by}&{query}"
        (utility,) = person.get(path).get_json()["utilities"]
        assert (utility["total"], utility["days_covered"]) == (46, 2)
        assert [bucket["complete"] for bucket in utility["series"]] == complete
    assert get(person, roof, from_=DAY, to=DAY, resolution="day")["amount"] == [24]


def test_a_month_with_a_missing_interval_is_not_complete(person: Person) -> None:
    meter, april = interval_meter(person), date(2026, 4, 1)
    month = [block(april + timedelta(n), [1.0] * 24) for n in range(30)]
    stored(person, meter, month)
    path = "/api/consumption/analytics?group_by=month&date_from=2026-04-01&date_to=2026-04-30"
    (utility,) = person.get(path).get_json()["utilities"]
    assert utility["series"][0]["complete"]
    other = interval_meter(person, "Other")
    stored(person, other, [*month[:29], block(date(2026, 4, 30), [None, *[1.0] * 23])])
    (utility,) = person.get(path).get_json()["utilities"]
    assert not utility["series"][0]["complete"]
