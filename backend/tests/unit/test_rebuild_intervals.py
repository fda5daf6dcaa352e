"""`db rebuild` finds and mends what differs from the blocks of a meter."""

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, text

from app.models import MeterMonth
from app.services.rebuild import rebuild
from tests.factories import Person
from tests.importing import of_person
from tests.intervals import block, interval_meter, projected, stored

DAY = date(2026, 3, 31)


@pytest.mark.parametrize(
    ("damage", "table"),
    [
        ("UPDATE meter_days SET amount = amount + 1", "meter_days"),
        ("UPDATE meter_days SET quality = 'E'", "meter_days"),
        ("UPDATE meter_days SET profile = '[1.0]'", "meter_days"),
        ("DELETE FROM meter_days", "meter_days"),
        ("UPDATE meter_months SET partial_mask = 1", "meter_months"),
        ("UPDATE meter_months SET month = '2020-01-01'", "meter_months"),
        ("UPDATE meters SET first_day = '2020-01-01'", "meters"),
    ],
)
def test_damage_is_found_and_mended(person: Person, damage: str, table: str) -> None:
    meter = interval_meter(person)
    stored(person, meter, [block(DAY, [1.0] * 24)])
    stored(person, meter, [block(DAY, [2.0] * 24), block(DAY + timedelta(1), [None, *[1.0] * 23])])
    good = projected(person, meter)
    with of_person(person) as session:
        assert rebuild(session, write=False) == []
        key = "id" if table == "meters" else "meter_id"
        where = f" WHERE account_id = {session.account_id} AND {key} = {meter}"
        if "month =" in damage:
            where += " AND month = '2026-03-01'"
        session.execute(text(damage + where))
    damaged = projected(person, meter)
    with of_person(person) as session:
        found = rebuild(session, write=False)
        assert {(one.meter_id, one.table) for one in found} == {(meter, table)}
    assert projected(person, meter) == damaged
    with of_person(person) as session:
        assert rebuild(session, write=True) == found
    with of_person(person) as session:
        assert rebuild(session, write=False) == []
    assert projected(person, meter) == good


def test_a_meter_without_any_data_is_in_order(person: Person) -> None:
    meter = interval_meter(person)
    with of_person(person) as session:
        session.execute(delete(MeterMonth).where(MeterMonth.account_id == session.account_id))
        assert rebuild(session, write=True) == []
    assert projected(person, meter) == ([], [])
