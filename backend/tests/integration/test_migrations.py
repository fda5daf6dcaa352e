"""The migrations: they make what the models say, go down and up again on a populated database,
destroy nothing unasked, and take turns."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import create_engine

from app import create_app, migrate
from app.postgres import Cluster, embedded
from tests.conftest import make_settings, state_of
from tests.factories import new_person

CATALOGUE = {
    "columns": """
        SELECT table_name, ordinal_position, column_name, data_type, character_maximum_length,
            numeric_precision, numeric_scale, is_nullable, column_default, is_identity
        FROM information_schema.columns WHERE table_schema = 'public'""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace""",
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "policies": "SELECT tablename, policyname, roles, cmd, qual, with_check FROM pg_policies",
    "security": """
        SELECT relname, relrowsecurity, relforcerowsecurity, reloptions, relowner::regrole::text
        FROM pg_class WHERE relnamespace = 'public'::regnamespace""",
    "grants": """
        SELECT relname, acl::text FROM pg_class, unnest(relacl) AS acl
        WHERE relnamespace = 'public'::regnamespace""",
    "statistics": """
        SELECT stxname, pg_get_statisticsobjdef(oid) FROM pg_statistic_ext""",
}


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster of its own, with the roles and no tables."""
    with embedded(tmp_path / "cluster") as cluster:
        yield cluster


def catalogue(cluster: Cluster) -> dict[str, list[tuple[object, ...]]]:
    """Everything that the migrations make."""
    with psycopg.connect(cluster.url("postgres").replace("+psycopg", "")) as connection:
        return {
            name: sorted(connection.execute(sql).fetchall(), key=repr)  # type: ignore[call-overload]
            for name, sql in CATALOGUE.items()
        }


def rows(cluster: Cluster) -> dict[str, int]:
    """How many rows each table holds."""
    with psycopg.connect(cluster.url("postgres").replace("+psycopg", "")) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        ).fetchall()
        return {
            name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # type: ignore
            for (name,) in tables
        }


def serving(cluster: Cluster) -> Flask:
    return create_app(make_settings(database_url=cluster.url("consumo_app")))


def use(cluster: Cluster) -> None:
    """Sign somebody up, store a record and read it back."""
    app = serving(cluster)
    person = new_person(app)
    person.record(12.5, period_start="2026-01-15")
    found = person.get("/api/consumption/analytics?date_from=2026-01-01&date_to=2026-03-31")
    assert [utility["total"] for utility in found.get_json()["utilities"]] == [12.5]
    state_of(app).db.engine.dispose()


def test_the_migrations_make_what_the_models_say(cluster: Cluster) -> None:
    assert migrate.differences(cluster.url("consumo_owner")) == []


def test_the_migrations_form_one_line() -> None:
    script = ScriptDirectory.from_config(migrate.config())
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1


def test_a_difference_is_noticed(empty: Cluster) -> None:
    migrate.upgrade(empty.url("consumo_owner"))
    with psycopg.connect(empty.url("consumo_owner").replace("+psycopg", "")) as connection:
        connection.execute("ALTER TABLE meters DROP COLUMN serial_number")
    found = migrate.differences(empty.url("consumo_owner"))
    assert [item[0] for item in found] == ["add_column"]


def test_up_down_and_up_again_gives_the_same_catalogue(empty: Cluster) -> None:
    owner = empty.url("consumo_owner")
    migrate.upgrade(owner)
    before = catalogue(empty)
    use(empty)
    migrate.downgrade(owner, "base", lossy=True)
    assert list(rows(empty)) == ["alembic_version"]
    assert rows(empty) == {"alembic_version": 0}
    migrate.upgrade(owner)
    after = catalogue(empty)
    for name in CATALOGUE:
        assert after[name] == before[name], name
    use(empty)


def test_each_step_down_and_up_gives_the_same_catalogue(empty: Cluster) -> None:
    owner = empty.url("consumo_owner")
    steps = list(ScriptDirectory.from_config(migrate.config()).walk_revisions())
    seen = {}
    for step in reversed(steps):
        migrate.upgrade(owner, step.revision)
        seen[step.revision] = catalogue(empty)
    use(empty)
    for step in steps[:-1]:
        migrate.downgrade(owner, "-1", lossy=True)
        assert catalogue(empty) == seen[str(step.down_revision)], step.down_revision
    migrate.upgrade(owner)
    assert catalogue(empty) == seen[steps[0].revision]


def test_a_downgrade_that_would_destroy_rows_is_refused_and_changes_nothing(
    empty: Cluster,
) -> None:
    owner = empty.url("consumo_owner")
    migrate.upgrade(owner)
    use(empty)
    before, held = catalogue(empty), rows(empty)
    with pytest.raises(RuntimeError, match=r"would destroy the rows of .*--lossy"):
        migrate.downgrade(owner, "base")
    assert catalogue(empty) == before
    assert rows(empty) == held
    use(empty)


def test_a_downgrade_of_empty_tables_needs_no_permission(empty: Cluster) -> None:
    owner = empty.url("consumo_owner")
    migrate.upgrade(owner)
    migrate.downgrade(owner, "base")
    assert rows(empty) == {"alembic_version": 0}


def test_rows_survive_an_upgrade_that_has_nothing_to_do(empty: Cluster) -> None:
    owner = empty.url("consumo_owner")
    migrate.upgrade(owner)
    use(empty)
    held = rows(empty)
    migrate.upgrade(owner)
    assert rows(empty) == held


def test_processes_that_race_an_upgrade_all_succeed(empty: Cluster) -> None:
    owner = empty.url("consumo_owner")
    command = [sys.executable, "-c", f"from app.migrate import upgrade; upgrade({owner!r})"]
    folder = Path(__file__).resolve().parents[2]
    racers = [
        subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]
    errors = [racer.communicate(timeout=60)[1] for racer in racers]
    assert [racer.returncode for racer in racers] == [0] * 4, errors
    assert migrate.differences(owner) == []
    use(empty)


def test_a_failed_upgrade_lets_the_next_one_in(empty: Cluster) -> None:
    owner = empty.url("consumo_owner")
    with pytest.raises(Exception, match="locate revision"):
        migrate.upgrade(owner, "no-such-revision")
    worker = threading.Thread(target=migrate.upgrade, args=(owner,))
    worker.start()
    worker.join(20)
    assert not worker.is_alive()
    assert migrate.differences(owner) == []


def test_is_current_tells_whether_all_migrations_are_applied(empty: Cluster) -> None:
    owner = empty.url("consumo_owner")
    engine = create_engine(owner)
    assert not migrate.is_current(engine)
    migrate.upgrade(owner, "0001")
    assert not migrate.is_current(engine)
    migrate.upgrade(owner)
    assert migrate.is_current(engine)
    engine.dispose()
    as_app = create_engine(empty.url("consumo_app"))
    assert migrate.is_current(as_app)
    as_app.dispose()


def test_a_migration_gives_up_rather_than_queue_everybody_behind_a_lock(empty: Cluster) -> None:
    owner = empty.url("consumo_owner")
    migrate.upgrade(owner)
    with psycopg.connect(empty.url("consumo_app").replace("+psycopg", "")) as reader:
        reader.execute("SELECT FROM meters, meter_days")  # holds its locks until it commits
        with pytest.raises(Exception, match="lock timeout"):
            migrate.downgrade(owner, "0003")
    assert migrate.differences(owner) == []
