"""Files, devices and corrections come and go in any order; what they leave is what remains of them.

On PostgreSQL, by the way that files take: staged, compared, days that say nothing new left out.
"""

import contextlib
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.errors import Conflict, Invalid
from app.services import (
    corrections,
    device_intervals,
    imports,
    interval_staged,
    meters,
    rebuild_intervals,
    staged_lines,
)
from app.services.corrections import Correction
from app.services.device_intervals import Delivery
from app.utils.periods import steps_in_day
from tests.factories import Person, new_person
from tests.importing import of_person
from tests.integration.test_interval_blocks_pg import staged
from tests.intervals import NOW, block, new_import, new_meter, rows_of

MADRID = "Europe/Madrid"
FIRST = date(2026, 3, 28)
"""Madrid's 23-hour day is the one after."""
STEPS = [14_400, 43_200, 86_400]
ACTIONS = ["set_missing", "set_value", "interpolate", "accept"]
values = st.sampled_from([0.0, 0.1, 0.123456789, 1 / 3, 2.5, 7.0, 1000.25])
letters = st.sampled_from([None, *"AESMDQP"])
days = st.integers(0, 1)
"""Few, so that what comes meets what was there."""


class Undo(RuleBasedStateMachine):
    """Brings data of every kind and takes it back as the service does."""

    person: Person
    folder: Path

    @initialize()
    def begin(self) -> None:
        with self._session() as session:
            self.meter = new_meter(session)
        self.done: set[int] = set()
        self.before: list[tuple[int, Any]] = []

    @rule(
        data=st.data(),
        first=days,
        count=st.integers(1, 2),
        step=st.sampled_from(STEPS),
        is_whole=st.booleans(),
    )
    def file(self, data: st.DataObject, first: int, count: int, step: int, is_whole: bool) -> None:
        blocks = []
        for offset in range(first, first + count):
            day = FIRST + timedelta(offset)
            length = steps_in_day(day, MADRID, step)
            given = values if is_whole else st.none() | values
            amounts = data.draw(st.lists(given, min_size=length, max_size=length))
            letter = data.draw(letters)
            blocks.append(block(day, amounts, step, letter and letter * length))
        with self._session() as session:
            shown = rows_of(session, self.meter)
            meters.take(session, self.meter)
            found = interval_staged.stage(session, staged(self.folder, blocks))
            _, found = staged_lines.settle(session, found, {7: self.meter})
            import_id = new_import(session)
            interval_staged.store(session, import_id, found, {7: self.meter})
        self._remember(import_id, shown)

    @rule(first=days, place=st.integers(0, 22), amount=st.sampled_from([0, 1, 2, 250]))
    def device(self, first: int, place: int, amount: int) -> None:
        start = datetime(2026, 3, 28, tzinfo=UTC) + timedelta(days=first, hours=place)
        sent = Delivery(self.meter, start, 3600, "Wh", [amount, None, amount + 1])
        with self._session() as session:
            shown = rows_of(session, self.meter)
            (received,) = device_intervals.receive(session, [sent], NOW)
        assert received.import_id is not None
        if received.import_id in self.done:
            self.before = []  # its import has changed since
        else:
            self._remember(received.import_id, shown)

    @rule(first=days, hours=st.sampled_from([4, 12, 24]), action=st.sampled_from(ACTIONS))
    def correction(self, first: int, hours: int, action: str) -> None:
        start = datetime.combine(FIRST + timedelta(first), time(), ZoneInfo(MADRID)).astimezone(UTC)
        amount = Decimal(7) if action == "set_value" else None
        wanted = Correction(start, start + timedelta(hours=hours), action, amount)
        with contextlib.suppress(Conflict, Invalid), self._session() as session:
            shown = rows_of(session, self.meter)
            record = corrections.correct(session, self.meter, wanted, NOW)
            self._remember(record.id, shown)

    @precondition(lambda self: self.before)
    @rule()
    def undo_the_latest(self) -> None:
        import_id, shown = self.before.pop()
        self._undo(import_id)
        with self._session() as session:
            assert rows_of(session, self.meter) == shown

    @precondition(lambda self: self.done)
    @rule(data=st.data())
    def undo_any(self, data: st.DataObject) -> None:
        self._undo(data.draw(st.sampled_from(sorted(self.done))))
        self.before = []

    @invariant()
    def the_projection_is_what_the_blocks_say(self) -> None:
        if not hasattr(self, "done"):
            return
        with self._session() as session:
            assert list(rebuild_intervals.recompute(session, self.meter)) == []

    def teardown(self) -> None:
        """Take back what remains, and so many meters with it."""
        if not hasattr(self, "done"):
            return
        for import_id in sorted(self.done, key=lambda number: number * 7 % 11):
            self._undo(import_id)
        with self._session() as session:
            assert rows_of(session, self.meter) == ([], [])
            assert list(rebuild_intervals.recompute(session, self.meter)) == []

    def _remember(self, import_id: int, shown: Any) -> None:
        self.done.add(import_id)
        self.before.append((import_id, shown))

    def _undo(self, import_id: int) -> None:
        with self._session() as session:
            imports.undo(session, import_id, NOW)
        self.done.discard(import_id)

    def _session(self) -> Any:
        return of_person(self.person)


@pytest.fixture(scope="module", autouse=True)
def in_an_account_of_its_own(pg_app: Flask, tmp_path_factory: pytest.TempPathFactory) -> None:
    Undo.person = new_person(pg_app)
    Undo.folder = tmp_path_factory.mktemp("staged")


TestUndo = Undo.TestCase
TestUndo.settings = settings(
    max_examples=60,
    stateful_step_count=6,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
