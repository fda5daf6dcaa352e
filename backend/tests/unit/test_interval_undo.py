"""Imports of interval data come and go in any order; the projection is that of what remains."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from sqlalchemy import select

from app.db import TenantSession
from app.models import Import
from app.services import interval_blocks, meters
from tests.conftest import sqlite_app, state_of
from tests.factories import Person, new_person
from tests.intervals import block, new_import, new_meter, rows_of

FIRST = date(2026, 3, 28)
"""Madrid's 23-hour day is the one after."""
LENGTHS = {21_600: (4, 4, 4, 4, 4), 43_200: (2, 2, 2, 2, 2), 86_400: (1, 1, 1, 1, 1)}
values = st.none() | st.sampled_from([0.0, 0.1, 0.123456789, 1 / 3, 2.5, 1000.25])
letters = st.none() | st.sampled_from("AESMDQPN")


class Imports(RuleBasedStateMachine):
    """Stores and undoes imports; a fresh meter with the remaining ones must look the same."""

    app: Flask
    person: Person

    @initialize()
    def begin(self) -> None:
        with self._session() as session:
            self.meter, self.twin = (new_meter(session) for _ in range(2))
        self.done: dict[int, tuple[int, list[Any]]] = {}
        self.before: list[tuple[int, Any]] = []

    @rule(data=st.data(), first=st.integers(0, 3), count=st.integers(1, 2), rank=st.booleans())
    def bring(self, data: st.DataObject, first: int, count: int, rank: bool) -> None:
        blocks = []
        for offset in range(first, min(first + count, 5)):
            step = data.draw(st.sampled_from(sorted(LENGTHS)))
            length = LENGTHS[step][offset]
            amounts = data.draw(st.lists(values, min_size=length, max_size=length))
            letter = data.draw(letters)
            blocks.append(
                block(FIRST + timedelta(offset), amounts, step, letter and letter * length)
            )
        with self._session() as session:
            shown = rows_of(session, self.meter)
            import_id = self._store(session, self.meter, blocks, int(rank))
        self.done[import_id] = (int(rank), blocks)
        self.before.append((import_id, shown))

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

    @precondition(lambda self: self.done)
    @rule()
    def compare_with_the_remaining_alone(self) -> None:
        with self._session() as session:
            # Corrections come last here, whenever they came: they lie above all files.
            remaining = sorted((rank, number) for number, (rank, _) in self.done.items())
            fresh = [
                self._store(session, self.twin, self.done[number][1], rank)
                for rank, number in remaining
            ]
            twin, mine = rows_of(session, self.twin), rows_of(session, self.meter)
            for import_id in fresh:
                self._withdraw(session, import_id)
            assert rows_of(session, self.twin) == ([], [])
        assert _without_meter(twin) == _without_meter(mine)

    def _undo(self, import_id: int) -> None:
        with self._session() as session:
            self._withdraw(session, import_id)
        del self.done[import_id]

    def _withdraw(self, session: TenantSession, import_id: int) -> None:
        interval_blocks.withdraw(session, import_id)
        session.scalars(select(Import).where(Import.id == import_id)).one().status = "undone"
        session.flush()

    def _store(self, session: TenantSession, meter: int, blocks: list[Any], rank: int) -> int:
        meters.take(session, meter)
        import_id = new_import(session, rank)
        interval_blocks.store(session, import_id, meter, blocks)
        return import_id

    def _session(self) -> Any:
        ids = self.person.account["id"], self.person.user["id"]
        return state_of(self.app).db.tenant(*ids)


def _without_meter(rows: tuple[list[Any], list[Any]]) -> list[Any]:
    return [(*row[:1], *row[2:]) for part in rows for row in part]


@pytest.fixture(scope="module", autouse=True)
def on_a_database_of_its_own() -> Iterator[None]:
    Imports.app = sqlite_app()
    Imports.person = new_person(Imports.app)
    yield
    state_of(Imports.app).db.engine.dispose()


TestImports = Imports.TestCase
TestImports.settings = settings(
    max_examples=500,
    stateful_step_count=6,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
