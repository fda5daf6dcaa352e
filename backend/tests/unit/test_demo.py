"""The demonstration household: plausible, and the same for everybody on the same day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask

from app.services import demo
from tests.conftest import sqlite_app, state_of
from tests.factories import Person, new_person
from tests.importing import days, of_person, records

NOW = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)
"""Already the 11th in Madrid, so the last day with records is the 10th."""


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    made = sqlite_app()
    yield made
    state_of(made).db.engine.dispose()


@pytest.fixture(scope="module")
def household(app: Flask) -> Person:
    person = new_person(app)
    with of_person(person) as session:
        count = demo.fill(session, NOW)
    assert count == len(records(person))
    return person


def test_it_has_three_whole_years_up_to_yesterday_of_two_sites_and_three_utilities(
    household: Person,
) -> None:
    sites = household.get("/api/sites").get_json()["items"]
    assert [site["name"] for site in sites] == ["Home", "Summer house"]
    meters = household.get("/api/meters").get_json()["items"]
    assert len({(meter["site_id"], meter["consumption_type"]) for meter in meters}) == 6
    assert min(row[1] for row in days(household)) == date(2023, 3, 1)
    assert max(row[1] for row in days(household)) == date(2026, 3, 10)


def test_it_is_the_same_for_everybody_on_the_same_day(app: Flask, household: Person) -> None:
    other = new_person(app)
    with of_person(other) as session:
        demo.fill(session, NOW)
    assert records(other) == records(household)


def test_a_second_time_adds_nothing(household: Person) -> None:
    before = records(household)
    with of_person(household) as session:
        assert demo.fill(session, NOW + timedelta(days=9)) == 0
    assert records(household) == before


def test_its_amounts_are_those_of_a_household(household: Person) -> None:
    a_year: dict[str, Decimal] = {}
    for name, _, end, _, _, _, base in records(household):
        if date(2025, 1, 1) <= end <= date(2025, 12, 31):
            a_year[name] = a_year.get(name, Decimal(0)) + base
    assert 2_500 < a_year["Main"] < 6_000  # kWh
    assert 80 < a_year["Kitchen riser"] < 200  # m³
    assert 300 < a_year["Boiler"] < 1_200  # m³
    assert all(amount > 0 for amount in a_year.values())
