"""Whole days that replace others, and the months derived from them."""

from datetime import date, timedelta
from decimal import Decimal

from flask import Flask
from sqlalchemy import select

from app.models import Meter, MeterDay, MeterMonth
from app.services import day_rows
from app.services.day_rows import DayRow
from tests.conftest import state_of
from tests.factories import Person

FIRST = date(2026, 1, 30)


def test_days_replace_those_of_their_range_and_months_follow(app: Flask, person: Person) -> None:
    meter = person.post("/api/meters", json={"name": "M", "consumption_type": "water"}).json
    days = [DayRow(FIRST + timedelta(n), Decimal(n), n == 1, 3600, (1.0,), n, 3) for n in range(4)]
    account_id, user_id = person.account["id"], person.user["id"]
    with state_of(app).db.tenant(account_id, user_id) as session:
        day_rows.replace(session, meter["id"], FIRST, FIRST + timedelta(3), days)
        day_rows.replace(session, meter["id"], FIRST, FIRST, [])
        months = session.scalars(select(MeterMonth).order_by(MeterMonth.month)).all()
        january, february = months
        assert (january.amount, february.amount) == (1, 5)
        assert (january.day_mask, february.day_mask) == (1 << 30, 0b11)
        assert (january.partial_mask, february.partial_mask) == (1 << 30, 0b01)
        assert (january.estimated_count, february.estimated_count) == (1, 0)
        kept = session.scalars(select(MeterDay.day).order_by(MeterDay.day)).all()
        assert kept == [day.day for day in days[1:]]
        found = session.scalars(select(Meter).where(Meter.id == meter["id"])).one()
        assert (found.first_day, found.last_day) == (kept[0], kept[-1])
