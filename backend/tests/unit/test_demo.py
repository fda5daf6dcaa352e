"""The demonstration household: plausible, and the same for everybody on the same day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask

from app.services import demo
from tests.conftest import sqlite_app, state_of
from tests.factories import Person, new_person
from tests.importing import days, meters, of_person, records

NOW = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)
"""Already the 11th in Madrid, so the last day with records is the 10th."""
METER = {"name": "Mine", "consumption_type": "water", "unit": "m³"}


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


def used(person: Person) -> dict[str, dict[date, Decimal]]:
    """What each meter used on each day."""
    names = {row[0]: row[1] for row in meters(person)}
    found: dict[str, dict[date, Decimal]] = {}
    for meter_id, day, amount, *_ in days(person):
        found.setdefault(names[meter_id], {})[day] = amount
    return found


def test_it_has_three_whole_years_up_to_yesterday_of_two_sites_and_three_utilities(
    household: Person,
) -> None:
    sites = household.get("/api/sites").get_json()["items"]
    assert [site["name"] for site in sites] == ["Home", "Summer house"]
    found = household.get("/api/meters").get_json()["items"]
    assert {(meter["consumption_type"], meter["source"]) for meter in found} == {
        ("electricity", "intervals"),
        ("electricity", "entries"),
        ("water", "entries"),
        ("water", "intervals"),
        ("gas", "entries"),
        ("gas", "register"),
    }
    assert min(row[1] for row in days(household)) == date(2023, 3, 1)
    assert max(row[1] for row in days(household)) == date(2026, 3, 10)


def test_it_is_the_same_for_everybody_on_the_same_day(app: Flask, household: Person) -> None:
    other = new_person(app)
    with of_person(other) as session:
        demo.fill(session, NOW)
    assert records(other) == records(household)
    assert used(other) == used(household)


def test_a_second_time_on_the_same_day_adds_nothing(household: Person) -> None:
    before = records(household), used(household)
    with of_person(household) as session:
        assert demo.fill(session, NOW) == 0
    assert (records(household), used(household)) == before


def test_days_later_it_goes_on_as_if_it_were_made_then(app: Flask) -> None:
    later = NOW + timedelta(days=9)
    old, new = new_person(app), new_person(app)
    for person, moments in ((old, (NOW, later)), (new, (later,))):
        for moment in moments:
            with of_person(person) as session:
                demo.fill(session, moment)
    assert max(used(old)["Main"]) == date(2026, 3, 19)
    assert used(old) == used(new)
    assert records(old) == records(new)


def test_an_account_with_other_meters_stays_as_it_is(app: Flask) -> None:
    person = new_person(app)
    assert person.call("POST", "/api/meters", json=METER).status_code == 201
    with of_person(person) as session:
        assert demo.fill(session, NOW) == 0
    assert days(person) == []


def test_it_shows_gaps_estimates_and_a_leak(household: Person) -> None:
    main, cabin = used(household)["Main"], used(household)["Summer house water"]
    assert date(2026, 1, 3) not in main
    assert date(2026, 1, 5) in main
    estimated = {row[1] for row in days(household) if row[5] and row[4] == 0}
    assert date(2025, 11, 10) in estimated
    assert cabin[date(2026, 1, 20)] == 0
    assert cabin[date(2026, 1, 26)] == Decimal("0.144")


def test_its_amounts_are_those_of_a_household(household: Person) -> None:
    a_year = {
        name: sum(amount for day, amount in found.items() if day.year == 2025)
        for name, found in used(household).items()
    }
    assert 2_500 < a_year["Main"] < 6_000  # kWh
    assert 80 < a_year["Kitchen riser"] < 200  # m³
    assert 250 < a_year["Boiler"] < 1_200  # m³, since March
    assert all(amount > 0 for amount in a_year.values())
