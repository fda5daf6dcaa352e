"""The projection of a dial after any writes equals what all its reads say, whole rows."""

from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select, text

from app.db import TenantSession, table_of
from app.errors import Conflict, Invalid, RunsBackwards
from app.models import Meter, MeterDay, MeterMonth, RegisterRead, Site, Source
from app.services import dial_days, meter_admin, register_reads, sites
from app.services.dials import Dial, Read, Segment
from app.services.rebuild import rebuild
from app.services.register_reads import Event, Typed
from app.utils.periods import day_bounds
from app.utils.units import from_billionths
from tests.conftest import sqlite_app, state_of
from tests.factories import Person, new_person

APP = sqlite_app()
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
START = datetime(2026, 2, 20, tzinfo=UTC)
# A clock change at midnight, one of half an hour, a skipped day far away, and none
ZONES = ("America/Santiago", "Australia/Lord_Howe", "Europe/Madrid", "Pacific/Apia", "UTC")
SECOND = timedelta(seconds=1)
Rows = tuple[dict[Any, Any], dict[Any, Any]]


def session_of(person: Person) -> AbstractContextManager[TenantSession]:
    return state_of(person.app).db.tenant(person.account["id"], person.user["id"])


def uses(reads: list[Any], meter: Any) -> list[tuple[datetime, datetime, int, bool]]:
    """Compute (start, end, billionths, is an end estimated) from all reads, without our code."""
    ratio, digits = Fraction(meter.multiplier), meter.register_digits
    runs: list[tuple[Fraction, int | None, list[Any]]] = []
    for read in sorted(reads, key=lambda read: (read.read_at, read.kind == "initial")):
        if read.kind == "initial":
            ratio = Fraction(read.multiplier or meter.multiplier)
            digits = read.register_digits or meter.register_digits
        if not runs or read.kind == "initial":
            runs.append((ratio, digits, []))
        runs[-1][2].append(read)
    found = []
    for ratio, digits, run in runs:
        actual = [n for n, read in enumerate(run) if read.kind != "estimated"]
        kept = [r for n, r in enumerate(run) if n == 0 or n not in range(max(actual, default=0))
                or n in actual]  # fmt: skip
        for one, other in pairwise(kept):
            before, after = (round(Fraction(r.value) * ratio * 10**9) for r in (one, other))
            if other.value < one.value:
                after += round(Fraction(10 ** (digits or 0)) * ratio * 10**9)
            guess = "estimated" in (one.kind, other.kind)
            found.append((one.read_at, other.read_at, after - before, guess))
    return found


def from_scratch(reads: list[Any], meter: Any, zone: str) -> Rows:
    """Compute whole rows of days and months from all reads."""
    amounts: dict[date, int] = defaultdict(int)
    estimated: dict[date, bool] = defaultdict(bool)
    months: dict[date, list[int]] = defaultdict(lambda: [0, 0, 0])
    for start, end, use, guess in uses(reads, meter):
        touched = set()
        day = start.date() - timedelta(days=2)
        while day <= end.date() + timedelta(days=2):
            low, high = (max(start, min(end, bound)) for bound in day_bounds(day, zone))
            if low < high:
                total = (end - start) // SECOND
                upto, given = ((at - start) // SECOND for at in (high, low))
                amounts[day] += use * upto // total - use * given // total
                estimated[day] |= guess or (low, high) != (start, end)
                touched.add(day)
            day += timedelta(days=1)
        for month in {day.replace(day=1) for day in touched}:
            beyond = any(day.replace(day=1) != month for day in touched)
            months[month][1] += guess or beyond
    for day, amount in amounts.items():
        month = months[day.replace(day=1)]
        month[0] += amount
        month[2] |= 1 << (day.day - 1)
    none = (None,) * 5
    return (
        {day: (from_billionths(n), 1, 0, int(estimated[day]), *none) for day, n in amounts.items()},
        {m: (from_billionths(n), 0, count, mask, 0) for m, (n, count, mask) in months.items()},
    )


def stored(session: TenantSession, meter_id: int) -> Rows:
    """Read whole rows of days and months, but for what is in their keys."""
    tables = []
    for kind, key in ((MeterDay, "day"), (MeterMonth, "month")):
        table = table_of(kind)
        others = [c for c in table.c if c.name not in ("account_id", "meter_id", key)]
        rows = session.execute(
            select(table.c[key], *others).where(
                table.c.account_id == session.account_id, table.c.meter_id == meter_id
            )
        )
        tables.append({row[0]: tuple(row[1:]) for row in rows})
    return tables[0], tables[1]


INSTANTS = st.builds(
    lambda day, second: START + timedelta(days=day, seconds=second),
    st.integers(0, 60),
    st.sampled_from([0, 0, 3 * 3600, 10_800 + 1, 37_800, 46_799, 82_800, 86_399]),
)
VALUES = st.decimals(0, Decimal("99.9999"), places=4)
PICK = st.integers(0, 10**6)
MULTIPLIERS = st.sampled_from([Decimal(1), Decimal(40), Decimal("0.028316846592")])
DIGITS = st.sampled_from([2, 3])


class Reads(RuleBasedStateMachine):
    """Random writes to one dial, most of them accepted."""

    app: Flask = APP

    def __init__(self) -> None:
        super().__init__()
        self.person = new_person(self.app, time_zone="UTC")
        self.known: list[int] = []

    @initialize(digits=st.sampled_from([None, 2, 3]), zone=st.sampled_from(ZONES))
    def make_meter(self, digits: int | None, zone: str) -> None:
        with session_of(self.person) as session:
            self.site = session.scalars(select(Site.id)).one()
            sites.change(session, self.site, {"time_zone": zone})
            fields = {"name": "M", "consumption_type": "electricity", "unit": "kWh"}
            dial = {"source": Source.REGISTER, "register_digits": digits, "multiplier": Decimal(1)}
            self.meter = meter_admin.create(session, fields | dial).id

    def attempt(self, write: Callable[[TenantSession], Any]) -> None:
        """Write, or be refused and leave everything as it was."""
        try:
            with session_of(self.person) as session:
                write(session)
        except (Conflict, Invalid, RunsBackwards):
            pass
        with session_of(self.person) as session:
            self.known = list(session.scalars(select(RegisterRead.id).order_by(RegisterRead.id)))

    def pick(self, place: int) -> int:
        return self.known[place % len(self.known)]

    @rule(at=INSTANTS, value=VALUES, kind=st.sampled_from(["regular", "regular", "estimated"]),
          known=st.booleans())  # fmt: skip
    def create(self, at: datetime, value: Decimal, kind: str, known: bool) -> None:
        typed = Typed(at, value, kind)
        self.attempt(lambda s: register_reads.create(s, self.meter, typed, NOW, is_rollover=known))

    @rule(place=PICK, at=INSTANTS, value=VALUES, keeps_time=st.booleans(),
          kind=st.sampled_from(["regular", "estimated"]), multiplier=MULTIPLIERS,
          known=st.booleans())  # fmt: skip
    def change(self, place: int, at: datetime, value: Decimal, keeps_time: bool, kind: str,
               multiplier: Decimal, known: bool) -> None:  # fmt: skip
        if not self.known:
            return
        with session_of(self.person) as session:
            row = session.scalars(
                select(RegisterRead).where(RegisterRead.id == self.pick(place))
            ).one()
            is_end, is_first = row.kind in ("initial", "final"), row.kind == "initial"
            fields = {
                "read_at": row.read_at if keeps_time else at,
                "value": value,
                "kind": None if is_end else kind,
                "note": None,
                "serial_number": None,
                "register_digits": 3 if is_first else None,
                "multiplier": multiplier if is_first else None,
            }
        self.attempt(
            lambda s: register_reads.change(
                s, self.meter, self.pick(place), None, fields, NOW, is_rollover=known
            )
        )

    @rule(place=PICK)
    def remove(self, place: int) -> None:
        if self.known:
            self.attempt(lambda s: register_reads.remove(s, self.meter, self.pick(place), None))

    @rule(kind=st.sampled_from(["installation", "replacement", "multiplier", "adjustment"]),
          at=INSTANTS, final=VALUES, first=VALUES, digits=st.one_of(st.none(), DIGITS),
          multiplier=MULTIPLIERS)  # fmt: skip
    def happen(self, kind: str, at: datetime, final: Decimal, first: Decimal,
               digits: int | None, multiplier: Decimal) -> None:  # fmt: skip
        event = Event(
            kind, at, None if kind == "installation" else final,
            final if kind == "multiplier" else first, None, digits,
            multiplier if kind == "multiplier" else None,
        )  # fmt: skip
        self.attempt(lambda s: register_reads.record_event(s, self.meter, event, NOW))

    @rule(multiplier=MULTIPLIERS, digits=st.one_of(st.none(), DIGITS))
    def mend_meter(self, multiplier: Decimal, digits: int | None) -> None:
        fields = {"multiplier": multiplier, "register_digits": digits}
        self.attempt(lambda s: meter_admin.change(s, self.meter, fields, NOW))

    @rule(zone=st.sampled_from(ZONES))
    def mend_zone(self, zone: str) -> None:
        self.attempt(lambda s: sites.change(s, self.site, {"time_zone": zone}))

    @invariant()
    def projection_is_what_the_reads_say(self) -> None:
        if not hasattr(self, "meter"):
            return
        with session_of(self.person) as session:
            reads = list(session.scalars(select(RegisterRead)))
            meter = session.scalars(select(Meter).where(Meter.id == self.meter)).one()
            zone = session.scalars(select(Site.time_zone)).one()
            days, months = expected = from_scratch(reads, meter, zone)
            assert stored(session, self.meter) == expected
            bounds = (min(days, default=None), max(days, default=None))
            assert (meter.first_day, meter.last_day, meter.record_count) == (*bounds, 0)
            whole = sum(use for _, _, use, _ in uses(reads, meter))
            assert sum(row[0] for row in days.values()) == from_billionths(whole)
            assert sum(row[0] for row in months.values()) == from_billionths(whole)
            assert rebuild(session, write=False) == []

    def teardown(self) -> None:
        if not self.known:
            return
        with session_of(self.person) as session:
            before = stored(session, self.meter)
            for table in ("meter_days", "meter_months"):
                forget = text(f"DELETE FROM {table} WHERE account_id = :account")
                session.execute(forget, {"account": session.account_id})
            assert bool(rebuild(session, write=True)) == bool(before[0])
            assert stored(session, self.meter) == before


TestAnyWrites = Reads.TestCase
TestAnyWrites.settings = settings(
    max_examples=30,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 13_000 * 86_400).map(lambda n: datetime(1990, 1, 1, tzinfo=UTC) + n * SECOND),
    st.integers(1, 400 * 86_400),
    st.decimals(0, Decimal("999999.9999"), places=4),
    st.sampled_from(ZONES),
)
def test_the_parts_of_a_use_are_the_use(
    start: datetime, seconds: int, value: Decimal, zone: str
) -> None:
    end = start + timedelta(seconds=seconds)
    segment = Segment(Read(1, start, Decimal(0)), Read(2, end, value), Dial(Decimal(1)))
    first, last = dial_days.day_of(start, zone), dial_days.day_of(end, zone)
    spread = dial_days.spread([segment], zone, first, last)
    assert sum((row.amount for row in spread.days), Decimal(0)) == value
    even = value / seconds
    for row in spread.days:
        low, high = (max(start, min(end, bound)) for bound in day_bounds(row.day, zone))
        assert abs(row.amount - even * int((high - low).total_seconds())) < Decimal("2e-9")


@pytest.mark.parametrize("zone", ["Pacific/Apia"])
def test_a_day_that_does_not_exist_gets_nothing(zone: str) -> None:
    start, end = datetime(2011, 12, 29, 10, tzinfo=UTC), datetime(2011, 12, 31, 10, tzinfo=UTC)
    segment = Segment(Read(1, start, Decimal(0)), Read(2, end, Decimal(48)), Dial(Decimal(1)))
    spread = dial_days.spread([segment], zone, date(2011, 12, 29), date(2012, 1, 1))
    assert {row.day: row.amount for row in spread.days} == {
        date(2011, 12, 29): 24, date(2011, 12, 31): 24,
    }  # fmt: skip
