"""The projection after any writes equals what all records say, and the rebuild finds and repairs
what does not."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import func, select, text, update

from app.db import Base, TenantSession
from app.errors import NotFound, Stale
from app.models import Consumption, Meter, MeterDay, MeterMonth
from app.services import analytics, consumption, meters
from app.services.consumption import Change, Entry
from app.services.rebuild import Difference, rebuild
from app.utils.periods import GroupBy
from tests.conftest import sqlite_app, state_of
from tests.factories import Person, new_person

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
ONE_DAY = timedelta(days=1)
Tables = tuple[dict[Any, Any], dict[Any, Any], dict[Any, Any]]
APP = sqlite_app()


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    """One application for the module."""
    yield APP
    state_of(APP).db.engine.dispose()


def session_of(person: Person) -> AbstractContextManager[TenantSession]:
    return state_of(person.app).db.tenant(person.account["id"], person.user["id"])


def days_between(first: date, last: date) -> list[date]:
    return [first + n * ONE_DAY for n in range((last - first).days + 1)]


def from_scratch(records: Iterable[Any]) -> Tables:
    """Compute days, months and counters from all records, in billionths and without our code."""
    days: dict[Any, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    months: dict[Any, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    counters: dict[int, list[Any]] = defaultdict(lambda: [0, None, None])
    for record in records:
        first, last = record.period_start or record.consumption_date, record.consumption_date
        covered = days_between(first, last)
        billionths = int(record.base_amount * 10**9)
        for index, day in enumerate(covered):
            upto = billionths * (index + 1) // len(covered)
            share = upto - billionths * index // len(covered)
            of_day, of_month = (
                days[record.meter_id, day],
                months[record.meter_id, day.replace(day=1)],
            )
            of_day[0] += share
            of_day[1] += 1
            of_day[2] += day == last
            of_day[3] += len(covered) > 1
            of_month[0] += share
            of_month[1] += day == last
            of_month[3] |= 1 << (day.day - 1)
        touched = {day.replace(day=1) for day in covered}
        for month in touched if len(touched) > 1 else ():
            months[record.meter_id, month][2] += 1
        found = counters[record.meter_id]
        found[0] += 1
        found[1] = min(found[1] or first, first)
        found[2] = max(found[2] or last, last)
    return dict(days), dict(months), dict(counters)


def stored(session: TenantSession) -> Tables:
    """Read the same from the tables."""
    days = {
        (row.meter_id, row.day): [
            int(row.amount * 10**9), row.source_count, row.record_count, row.estimated_count,
        ]
        for row in session.scalars(select(MeterDay))
    }  # fmt: skip
    months = {
        (row.meter_id, row.month): [
            int(row.amount * 10**9), row.record_count, row.estimated_count, row.day_mask,
        ]
        for row in session.scalars(select(MeterMonth))
    }  # fmt: skip
    counters = {
        row.id: [row.record_count, row.first_day, row.last_day]
        for row in session.scalars(select(Meter))
        if row.record_count or row.first_day or row.last_day
    }
    return days, months, counters


def check(session: TenantSession) -> None:
    """The projection is what the records say, to the last digit."""
    records = session.scalars(select(Consumption)).all()
    days, months, counters = stored(session)
    assert (days, months, counters) == from_scratch(records)
    whole = sum(int(record.base_amount * 10**9) for record in records)
    assert sum(day[0] for day in days.values()) == whole
    assert sum(month[0] for month in months.values()) == whole


UNITS = {"electricity": ("kWh", "MWh", "Wh", "MJ"), "water": ("m³", "L", "gal", "ft³")}
AMOUNTS = st.decimals(min_value=0, max_value=99_999, places=4)
DATES = st.dates(date(2023, 11, 20), date(2026, 7, 2))
LENGTHS = st.one_of(st.just(1), st.integers(2, 40), st.integers(360, 370))


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    """An entry of two utilities, for a day, a bill or years; `meter_id` is a place in a list."""
    kind = draw(st.sampled_from(sorted(UNITS)))
    last = draw(DATES)
    return Entry(
        consumption_type=kind,
        amount=draw(AMOUNTS),
        unit=draw(st.sampled_from(UNITS[kind])),
        first=last - (draw(LENGTHS) - 1) * ONE_DAY,
        last=last,
        meter_id=draw(st.one_of(st.none(), st.integers(0, 1))),
        description=None,
    )


PICK = st.integers(0, 10**6)


class Writes(RuleBasedStateMachine):
    """Random writes to one account's records."""

    app = APP

    def __init__(self) -> None:
        super().__init__()
        self.person = new_person(self.app)
        self.known: list[int] = []
        self.revisions = 0

    @initialize()
    def make_meters(self) -> None:
        with session_of(self.person) as session:
            self.meters = {
                kind: [meters.create(session, f"{kind} {n}", kind, unit) for n in range(2)]
                for kind, unit in (("electricity", "kWh"), ("water", "m³"))
            }

    def entry(self, drawn: Entry) -> Entry:
        if drawn.meter_id is None:
            return drawn
        meter_id = self.meters[drawn.consumption_type][drawn.meter_id]
        return Entry(
            **{name: getattr(drawn, name) for name in drawn.__slots__} | {"meter_id": meter_id}
        )

    def pick(self, place: int) -> int:
        return self.known[place % len(self.known)] if self.known else 0

    @rule(drawn=entries())
    def create(self, drawn: Entry) -> None:
        with session_of(self.person) as session:
            self.known.append(consumption.create(session, self.entry(drawn), NOW).id)

    @rule(drawn=entries(), place=PICK)
    def replace(self, drawn: Entry, place: int) -> None:
        change = Change(self.pick(place), None, self.entry(drawn))
        if not self.known:
            with pytest.raises(NotFound), session_of(self.person) as session:
                consumption.replace(session, change, NOW)
            return
        with session_of(self.person) as session:
            consumption.replace(session, change, NOW)

    @rule(place=PICK)
    def remove(self, place: int) -> None:
        if self.known:
            with session_of(self.person) as session:
                consumption.remove(session, self.pick(place), NOW)
            self.known.remove(self.pick(place))

    @rule(
        creates=st.lists(entries(), max_size=4),
        changes=st.lists(st.tuples(PICK, entries()), max_size=3),
        deletes=st.lists(PICK, max_size=3),
        is_stale=st.booleans(),
    )
    def batch(
        self,
        creates: list[Entry],
        changes: list[tuple[int, Entry]],
        deletes: list[int],
        is_stale: bool,
    ) -> None:
        gone = sorted({self.pick(place) for place in deletes} - {0})
        kept = {self.pick(place): entry for place, entry in changes if self.known}
        updates = [
            Change(record_id, 10**6 if is_stale else None, self.entry(entry))
            for record_id, entry in kept.items()
            if record_id not in gone
        ]
        news = [self.entry(entry) for entry in creates]
        if is_stale and updates:
            with pytest.raises(Stale), session_of(self.person) as session:
                consumption.batch(session, news, updates, gone, NOW)
            return
        with session_of(self.person) as session:
            made = consumption.batch(session, news, updates, gone, NOW)
        self.known = [known for known in self.known if known not in gone]
        self.known += [row.id for row in made.created]

    @invariant()
    def projection_is_what_the_records_say(self) -> None:
        with session_of(self.person) as session:
            check(session)
            ids = session.scalars(select(Consumption.id).order_by(Consumption.id)).all()
            revisions = session.scalar(select(func.sum(Meter.revision))) or 0
        assert list(ids) == sorted(self.known)
        assert revisions >= self.revisions
        self.revisions = revisions

    def teardown(self) -> None:
        with session_of(self.person) as session:
            before = session.scalar(select(func.sum(Meter.revision)))
            assert rebuild(session, write=True) == []
            assert session.scalar(select(func.sum(Meter.revision))) == before
        with session_of(self.person) as session:
            consumption.batch(session, [], [], self.known, NOW)
        with session_of(self.person) as session:
            assert stored(session) == ({}, {}, {})


TestAnyWrites = Writes.TestCase
TestAnyWrites.settings = settings(
    max_examples=10,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def write(person: Person, found: Iterable[Entry]) -> None:
    with session_of(person) as session:
        consumption.batch(session, list(found), [], [], NOW)


def entry(amount: str, last: date, days: int = 1, **fields: Any) -> Entry:
    """An entry of the last `days` days to `last`; electricity in kWh unless said otherwise."""
    values: dict[str, Any] = {
        "consumption_type": "electricity", "amount": Decimal(amount), "unit": "kWh",
        "first": last - (days - 1) * ONE_DAY, "last": last, "meter_id": None, "description": None,
    }  # fmt: skip
    return Entry(**(values | fields))


def series_sums(person: Person, first: date, last: date) -> dict[GroupBy, dict[Any, Any]]:
    """Give, by grouping and utility, the total and the sum of the series."""
    found: dict[GroupBy, dict[Any, Any]] = {}
    with session_of(person) as session:
        known = meters.states(session)
        for group_by in GroupBy:
            question = analytics.ask(
                session, known, NOW, first=first, last=last, group_by=group_by,
                consumption_type=None, meter_id=None, compare=None,
            )  # fmt: skip
            found[group_by] = {
                answer.consumption_type: (
                    answer.total,
                    answer.record_count,
                    answer.days_covered,
                    sum(Decimal(str(b.amount)) for b in answer.series if b.amount is not None),
                )
                for answer in analytics.answer(session, question)
            }
    return found


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.decimals(0, 999, places=4), DATES, LENGTHS, st.sampled_from(["electricity", "water"])
        ),
        min_size=1,
        max_size=6,
    ),
    DATES,
    st.integers(0, 1500),
)
def test_days_weeks_months_quarters_and_years_have_the_same_sum(
    drawn: list[tuple[Decimal, date, int, str]], start: date, length: int
) -> None:
    person = new_person(APP)
    # As much a day as a number of 4 decimals can say, so that no share has to be rounded.
    write(
        person,
        [
            entry(str(a_day * days), last, days, consumption_type=kind, unit=UNITS[kind][0])
            for a_day, last, days, kind in drawn
        ],
    )
    first, last = start, min(start + length * ONE_DAY, date(2026, 12, 31))
    expected: dict[str, Decimal] = defaultdict(Decimal)
    for a_day, end, days, kind in drawn:
        begin = end - (days - 1) * ONE_DAY
        expected[kind] += a_day * max(0, (min(end, last) - max(begin, first)).days + 1)
    sums = series_sums(person, first, last)
    assert all(sums[group_by] == sums[GroupBy.DAY] for group_by in GroupBy)
    for kind, (total, _, days_covered, in_series) in sums[GroupBy.YEAR].items():
        assert in_series == expected[kind]
        assert Decimal(str(total if days_covered else 0)) == expected[kind]


def test_thirds_of_a_unit_add_up_to_the_unit_in_every_grouping(app: Flask) -> None:
    person = new_person(app)
    write(person, [entry("10", date(2026, 2, 10), 3), entry("0.0001", date(2026, 3, 31), 365)])
    sums = series_sums(person, date(2025, 1, 1), date(2026, 12, 31))
    assert {found["electricity"][:3] for found in sums.values()} == {(10.0001, 2, 365)}


# The rebuild


@pytest.fixture
def busy(app: Flask) -> Person:
    """Somebody with records of three meters over five months."""
    person = new_person(app)
    write(
        person,
        [
            entry("10", date(2026, 1, 31), 31),
            entry("10", date(2026, 3, 10), 40),
            entry("5", date(2026, 3, 10)),
            entry("7", date(2026, 5, 2)),
            entry("3", date(2026, 2, 1), consumption_type="water", unit="L"),
            entry("4", date(2026, 2, 3), 5, consumption_type="gas", unit="therm"),
        ],
    )
    return person


DAMAGE = {
    "a wrong amount of a day": "UPDATE meter_days SET amount = amount + 1 WHERE day = '2026-03-10'",
    "a wrong amount of a month": "UPDATE meter_months SET amount = 0 WHERE month = '2026-03-01'",
    "a wrong count of sources": "UPDATE meter_days SET source_count = 9 WHERE day = '2026-03-10'",
    "a wrong count of records": "UPDATE meter_days SET record_count = 9 WHERE day = '2026-03-10'",
    "a wrong count of spreads": (
        "UPDATE meter_days SET estimated_count = 0 WHERE day = '2026-03-10'"
    ),
    "a wrong count in a month": (
        "UPDATE meter_months SET record_count = 9 WHERE month = '2026-05-01'"
    ),
    "a wrong mask": "UPDATE meter_months SET day_mask = 1 WHERE month = '2026-03-01'",
    "a wrong spread of a month": (
        "UPDATE meter_months SET estimated_count = 7 WHERE month = '2026-03-01'"
    ),
    "a lost day": "DELETE FROM meter_days WHERE day = '2026-03-10'",
    "a lost month": "DELETE FROM meter_months WHERE month = '2026-05-01'",
    "lost days": "DELETE FROM meter_days",
    "lost months": "DELETE FROM meter_months",
    "a day that no record has": (
        "INSERT INTO meter_days (account_id, meter_id, day, amount, source_count, record_count,"
        " estimated_count) SELECT account_id, id, '2020-02-29', 1, 1, 1, 0 FROM meters"
    ),
    "a month that no record has": (
        "INSERT INTO meter_months (account_id, meter_id, month, amount, record_count,"
        " estimated_count, day_mask) SELECT account_id, id, '2020-02-01', 1, 1, 0, 1 FROM meters"
    ),
    "a wrong number of records": "UPDATE meters SET record_count = record_count + 1",
    "a wrong first day": "UPDATE meters SET first_day = '2020-01-01'",
    "no last day": "UPDATE meters SET last_day = NULL",
    "a lost record": "DELETE FROM consumptions WHERE consumption_date = '2026-05-02'",
    "an amount changed behind our back": (
        "UPDATE consumptions SET base_amount = base_amount + 1 WHERE period_start = '2026-01-01'"
    ),
    "a period changed behind our back": (
        "UPDATE consumptions SET period_start = '2025-12-31' WHERE period_start = '2026-01-01'"
    ),
}


@pytest.mark.parametrize("statement", DAMAGE.values(), ids=DAMAGE.keys())
def test_the_rebuild_finds_and_repairs_damage(busy: Person, statement: str) -> None:
    bystander = new_person(busy.app)
    write(bystander, [entry("1", date(2026, 3, 10), 20)])
    with session_of(busy) as session:
        assert rebuild(session, write=False) == []
        known = "account_id = :account"
        joined = " AND " if "WHERE" in statement else " WHERE "
        session.execute(text(statement + joined + known), {"account": session.account_id})
    with session_of(busy) as session:
        before = stored(session)
        revision = session.scalar(select(func.sum(Meter.revision)))
        found = rebuild(session, write=False)
        assert found != []
        assert all(isinstance(difference, Difference) for difference in found)
    with session_of(busy) as session:
        assert stored(session) == before
        assert session.scalar(select(func.sum(Meter.revision))) == revision
        assert rebuild(session, write=True) == found
    with session_of(busy) as session:
        check(session)
        assert rebuild(session, write=False) == []
        assert (session.scalar(select(func.sum(Meter.revision))) or 0) > (revision or 0)
    with session_of(bystander) as session:
        check(session)


def test_a_difference_says_what_was_stored_and_what_the_records_say(busy: Person) -> None:
    with session_of(busy) as session:
        electricity = meters.states(session)[0].id
        session.execute(
            update(MeterDay)
            .where(MeterDay.day == date(2026, 5, 2), MeterDay.meter_id == electricity)
            .values(amount=Decimal(8))
        )
        session.execute(
            update(Meter).where(Meter.id == electricity).values(first_day=date(2026, 1, 2))
        )
        assert rebuild(session, write=False) == [
            Difference(
                electricity, "meters", None,
                (4, date(2026, 1, 2), date(2026, 5, 2)), (4, date(2026, 1, 1), date(2026, 5, 2)),
            ),
            Difference(electricity, "meter_days", date(2026, 5, 2), (8, 1, 1, 0), (7, 1, 1, 0)),
        ]  # fmt: skip


@pytest.mark.parametrize("rows_at_a_time", [1, 2, 7, 8])
def test_the_rebuild_works_through_any_number_of_records(app: Flask, rows_at_a_time: int) -> None:
    person = new_person(app)
    write(person, [entry("1", date(2026, 3, 1 + n % 3), 1 + n) for n in range(7)])
    with session_of(person) as session:
        assert rebuild(session, write=False, rows_at_a_time=rows_at_a_time) == []
        forget = text("DELETE FROM meter_days WHERE account_id = :account")
        session.execute(forget, {"account": session.account_id})
        assert len(rebuild(session, write=True, rows_at_a_time=rows_at_a_time)) == 9
        check(session)


def test_a_rebuild_that_finds_nothing_changes_nothing(busy: Person) -> None:
    etag = busy.get("/api/consumption").headers["ETag"]
    with session_of(busy) as session:
        assert rebuild(session, write=True) == []
    assert busy.get("/api/consumption").headers["ETag"] == etag


def test_an_account_without_meters_has_no_differences(app: Flask) -> None:
    with session_of(new_person(app)) as session:
        assert rebuild(session, write=True) == []


def test_every_table_of_the_projection_is_compared() -> None:
    compared = {"meter_days", "meter_months"}
    assert {name for name in Base.metadata.tables if name.startswith("meter_")} == compared
