"""Interval data on PostgreSQL: the way of files of many readings gives what the plain one gives."""

import threading
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select, text

from app.db import TenantSession
from app.errors import Conflict, Invalid, NotFound
from app.importers.blocks import DayBlock
from app.importers.placing import Days
from app.importers.staging import StagingFile
from app.models import IntervalBlock
from app.services import interval_blocks, interval_compare, interval_staged, meters
from app.services.interval_blocks import StoredRange
from app.services.interval_compare import Comparison
from app.utils.periods import steps_in_day
from tests.conftest import state_of
from tests.factories import Person, new_person
from tests.importing import of_person
from tests.intervals import block, interval_meter, new_import, new_meter, projected, rows_of, undone

MADRID = "Europe/Madrid"
FIRST = date(2026, 3, 27)
"""Two days before the 23-hour day."""


def staged(folder: Path, blocks: Sequence[DayBlock]) -> Path:
    """The same blocks as the reader stages them, each day by itself."""
    path = folder / "blocks"
    with path.open("wb") as file:
        staging = StagingFile(file)
        for found in blocks:
            amounts = np.array([[np.nan if v is None else v for v in found.amounts]], float)
            letters = found.quality and np.frombuffer(found.quality.encode(), np.uint8)[None, :]
            cost = np.nan if found.cost is None else float(found.cost)
            staging.add(
                7,
                Days(
                    found.step_seconds,
                    np.array([found.day.toordinal()]),
                    amounts,
                    letters if found.quality else None,
                    np.array([cost]),
                    np.array([len(found.amounts)]),
                ),
            )
        staging.finish()
    return path


def bring(
    session: TenantSession, meter: int, folder: Path, blocks: Sequence[DayBlock]
) -> StoredRange:
    """Store blocks as a staged file."""
    found = interval_staged.stage(session, staged(folder, blocks))
    return interval_staged.store(session, new_import(session), found, {7: meter})


values = st.none() | st.floats(-2e6, 2e6, allow_nan=False) | st.sampled_from([0.0, 0.25, 1 / 3])


@st.composite
def days(draw: st.DrawFn) -> list[DayBlock]:
    step = draw(st.sampled_from([14_400, 43_200, 86_400]))
    found = []
    for offset in sorted(draw(st.sets(st.integers(0, 5), min_size=1, max_size=2))):
        day = FIRST + timedelta(offset)
        count = steps_in_day(day, MADRID, step)
        amounts = draw(st.lists(values, min_size=count, max_size=count))
        letters = draw(st.none() | st.text("AESMDQPN", min_size=count, max_size=count))
        cost = draw(st.none() | st.decimals(-100, 100, places=5))
        found.append(DayBlock("c", day, step, amounts, letters, cost))
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("staged")


@pytest.fixture(scope="module")
def keeper(pg_app: Flask) -> Person:
    return new_person(pg_app)


@given(st.lists(days(), min_size=1, max_size=3), st.sampled_from([0, 0, 1]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_arrays_are_stored_and_projected_as_plain_values_are(
    keeper: Person, folder: Path, imports: list[list[DayBlock]], first_rank: int
) -> None:
    with of_person(keeper) as session:
        plain, fast = new_meter(session), new_meter(session)
        for number, blocks in enumerate(imports):
            import_id = new_import(session, rank=first_rank if number == 0 else 0)
            expected = interval_compare.compare(session, plain, blocks)
            file = interval_staged.stage(session, staged(folder, blocks))
            counts = interval_staged.compare(session, file, {7: fast})
            assert counts.get(fast, Comparison()) == expected
            one = interval_blocks.store(session, import_id, plain, blocks)
            if first_rank and number == 0:  # corrections are no files
                other = interval_blocks.store(session, import_id, fast, blocks)
            else:
                other = interval_staged.store(session, import_id, file, {7: fast})
            assert one == other
        for left, right in zip(rows_of(session, plain), rows_of(session, fast), strict=True):
            assert [(*row[:1], *row[2:]) for row in left] == [(*row[:1], *row[2:]) for row in right]
        table = IntervalBlock.__table__
        statement = select(table).where(table.c.account_id == session.account_id)
        stored = {
            meter: sorted(
                tuple(row)[2:]
                for row in session.execute(statement.where(table.c.meter_id == meter))
            )
            for meter in (plain, fast)
        }
        assert _without_letters_of_gaps(stored[plain]) == _without_letters_of_gaps(stored[fast])


def _without_letters_of_gaps(rows: Sequence[tuple[object, ...]]) -> list[object]:
    return [(*row[:4], row[5]) for row in rows]


def test_what_no_day_can_be_is_refused(pg_person: Person) -> None:
    meter = interval_meter(pg_person)
    good = block(FIRST, [1.0] * 24)
    bad = {
        "24 intervals": block(FIRST, [1.0] * 23),
        "23 intervals": block(date(2026, 3, 29), [1.0] * 24),
        "whole minutes": block(FIRST, [1.0] * 13, 7000),
        "2,000,000": block(FIRST, [2e6 + 1] * 24),
        "letter": block(FIRST, [1.0] * 24, quality="A"),
    }
    with of_person(pg_person) as session:
        import_id = new_import(session)
        for detail, found in bad.items():
            with pytest.raises(Invalid, match=detail):
                interval_blocks.store(session, import_id, meter, [good, found])
        with pytest.raises(Invalid, match="2,000,000"):
            interval_blocks.store(session, import_id, meter, [block(FIRST, [float("inf")] * 24)])
        assert rows_of(session, meter) == ([], [])
    with pytest.raises(Conflict), of_person(pg_person) as session:
        interval_blocks.store(session, new_import(session), meter, [good, good])
    assert projected(pg_person, meter) == ([], [])


def test_a_block_is_the_accounts_own(pg_person: Person, pg_app: Flask, tmp_path: Path) -> None:
    meter, stranger = interval_meter(pg_person), new_person(pg_app)
    with of_person(pg_person) as session:
        interval_blocks.store(session, new_import(session), meter, [block(FIRST, [1.0] * 24)])
    with of_person(stranger) as session:
        assert session.execute(text("SELECT * FROM interval_blocks")).all() == []
    with pytest.raises(NotFound), of_person(stranger) as session:
        bring(session, meter, tmp_path, [block(FIRST, [1.0] * 24)])


def test_eight_at_once_leave_what_one_leaves(pg_person: Person, tmp_path: Path) -> None:
    once, many = interval_meter(pg_person, "Once"), interval_meter(pg_person, "Many")
    dates = [FIRST + timedelta(n) for n in range(40)]
    found = [block(day, [day.day + 0.1] * steps_in_day(day, MADRID, 3600)) for day in dates]

    path = staged(tmp_path, found)

    def store(meter: int) -> None:
        with of_person(pg_person) as session:
            meters.take(session, meter)
            file = interval_staged.stage(session, path)
            interval_staged.store(session, new_import(session), file, {7: meter})

    store(once)
    threads = [threading.Thread(target=store, args=(many,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected, seen = projected(pg_person, once), projected(pg_person, many)
    assert len(seen[0]) == 40
    for left, right in zip(expected, seen, strict=True):
        assert [(*row[:1], *row[2:]) for row in left] == [(*row[:1], *row[2:]) for row in right]


def test_the_number_of_statements_does_not_grow_with_the_days(pg_person: Person) -> None:
    counts = []
    for length in (3, 300):
        meter = interval_meter(pg_person, f"{length} days")
        dates = [FIRST + timedelta(n) for n in range(length)]
        found = [block(day, [0.5] * steps_in_day(day, MADRID, 3600)) for day in dates]
        seen: list[str] = []
        engine = state_of(pg_person.app).db.engine

        def note(_c: object, _cursor: object, sql: str, *_: object, seen: list[str] = seen) -> None:
            seen.append(sql)

        event.listen(engine, "before_cursor_execute", note)
        try:
            with of_person(pg_person) as session:
                import_id = new_import(session)
                interval_blocks.store(session, import_id, meter, found)
            undone(pg_person, import_id)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        counts.append(len(seen))
    assert counts[0] == counts[1] < 25


@pytest.mark.parametrize("sql", [
    "SELECT day FROM interval_blocks WHERE account_id = :a AND meter_id = 1"
    " AND day IN ('2026-03-27', '2026-03-28')",
    "SELECT min(meter_id) FROM interval_blocks WHERE account_id = :a AND import_id = 1"
    " AND meter_id > 0",
])  # fmt: skip
def test_blocks_are_found_by_an_index(pg_person: Person, sql: str) -> None:
    with of_person(pg_person) as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = session.execute(text("EXPLAIN " + sql), {"a": session.account_id}).scalars().all()
    assert any("Index" in line for line in plan), plan
    assert not any("Seq Scan" in line for line in plan), plan


def test_costs_keep_their_decimals(pg_person: Person, tmp_path: Path) -> None:
    meter = interval_meter(pg_person)
    found = DayBlock("c", FIRST, 86_400, [1.0], None, Decimal("12.34567"))
    with of_person(pg_person) as session:
        bring(session, meter, tmp_path, [found])
        table = IntervalBlock.__table__
        costs = session.scalars(
            select(table.c.cost).where(
                table.c.account_id == session.account_id, table.c.meter_id == meter
            )
        )
        assert list(costs) == [Decimal("12.34567")]
