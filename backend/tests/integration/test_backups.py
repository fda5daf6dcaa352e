"""Backup and restore: the same rows and the same catalogue on the other side, or nothing."""

import hashlib
import os
import random
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import orjson
import psycopg
import pytest
from flask import Flask

from app import backups, create_app, migrate
from app.backups import Damaged, Refused
from app.backups.file import blocks_of
from app.db import Base
from app.postgres import Cluster, embedded
from tests.conftest import SECRET, make_settings, state_of
from tests.factories import Person, new_person

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A database of its own with two households in it."""
    with embedded(tmp_path_factory.mktemp("source")) as cluster:
        migrate.upgrade(cluster.url("consumo_owner"))
        app = serving(cluster)
        for _ in range(2):
            person = new_person(app)
            person.record(12.5, period_start="2026-01-15")
            person.record(3, description='tab\tbreak\nback\\slash "quote" ñ 漢 \\N')
        state_of(app).db.engine.dispose()
        yield cluster


@pytest.fixture(scope="module")
def file(source: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of it."""
    return backups.write(source.url("consumo_backup"), tmp_path_factory.mktemp("files"), NOW)[0]


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster with the roles and no tables."""
    with embedded(tmp_path / "target") as cluster:
        yield cluster


def serving(cluster: Cluster) -> Flask:
    return create_app(make_settings(database_url=cluster.url("consumo_app")))


def connect(cluster: Cluster) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(cluster.url("postgres").replace("+psycopg", ""))


def sums(cluster: Cluster) -> dict[str, tuple[object, ...]]:
    """Number of rows and an order-free hash of every table."""
    with connect(cluster) as connection:
        return {
            table: connection.execute(  # type: ignore[misc]
                f"SELECT count(*), sum(hashtextextended(t::text, 0)) FROM {table} t"  # type: ignore[call-overload]
            ).fetchone()
            for table in sorted(Base.metadata.tables)
        }


def flags(cluster: Cluster) -> list[tuple[object, ...]]:
    with connect(cluster) as connection:
        return connection.execute(
            "SELECT relname, relrowsecurity, relforcerowsecurity, relowner::regrole::text,"
            " relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
        ).fetchall()


def test_a_restored_database_has_the_same_rows_and_rights(
    source: Cluster, file: Path, empty: Cluster
) -> None:
    manifest = backups.restore(empty.url("consumo_owner"), file)
    assert sums(empty) == sums(source)
    assert sums(source)["consumptions"][0] == 4
    assert flags(empty) == flags(source)
    assert {part.name: part.rows for part in manifest.tables} == {
        name: count for name, (count, _) in sums(source).items()
    }


def run_command(cluster: Cluster, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command line against a database that is not its own, as in a container."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE_")}
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *map(str, arguments)],
        cwd=Path(__file__).parents[2],
        env=kept | cluster.environment() | {"JWT_SECRET": SECRET},
        capture_output=True,
        text=True,
    )


def test_commands_on_a_database_elsewhere_back_up_every_table(
    source: Cluster, empty: Cluster, tmp_path: Path
) -> None:
    done = run_command(source, "backup", "--to", tmp_path)
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.glob("*.backup")
    found = {part.name: part.rows for part in backups.read_manifest(path).tables}
    assert found == {name: count for name, (count, _) in sums(source).items()}
    again = run_command(source, "restore", path)
    assert (again.returncode, "holds data" in again.stderr) == (1, True), again.stderr
    done = run_command(empty, "restore", path)
    assert done.returncode == 0, done.stderr
    assert sums(empty) == sums(source)


def test_a_database_with_tables_of_a_later_version_is_not_backed_up_in_part(
    source: Cluster, tmp_path: Path
) -> None:
    with connect(source) as connection:
        connection.execute("CREATE TABLE tariffs (id bigint)")
        connection.commit()
        try:
            done = run_command(source, "backup", "--to", tmp_path)
        finally:
            connection.execute("DROP TABLE tariffs")
            connection.commit()
    assert (done.returncode, "tariffs" in done.stderr) == (1, True), done.stderr
    assert list(tmp_path.glob("consumo-*")) == []


def test_a_restored_database_goes_on(file: Path, empty: Cluster) -> None:
    backups.restore(empty.url("consumo_owner"), file)
    app = serving(empty)
    person = new_person(app)
    assert person.record(1)["id"] > 4
    state_of(app).db.engine.dispose()


def test_a_backup_is_one_moment_of_a_database_that_is_written_to(
    source: Cluster, tmp_path: Path
) -> None:
    app = serving(source)
    person, stop = new_person(app), threading.Event()
    writer = threading.Thread(target=_write_until, args=(person, stop))
    writer.start()
    try:
        files = [
            backups.write(source.url("consumo_backup"), tmp_path / str(n), NOW)[0] for n in range(5)
        ]
    finally:
        stop.set()
        writer.join()
        state_of(app).db.engine.dispose()
    assert len({_records_and_days(path) for path in files}) > 1
    for path in files:
        records, days = _records_and_days(path)
        assert records == days


def _write_until(person: Person, stop: threading.Event) -> None:
    day = 1
    while not stop.is_set():
        person.record(1, consumption_date=f"2001-{day % 12 + 1:02}-{day % 28 + 1:02}")
        day += 1


def _records_and_days(path: Path) -> tuple[int, int]:
    """How many records a backup holds, and how many its days say there are."""
    parts = {part.name: part for part in backups.read_manifest(path).tables}
    place = parts["meter_days"].columns.index("record_count")
    text = b"".join(blocks_of(path, parts["meter_days"])).decode()
    return parts["consumptions"].rows, sum(
        int(line.split("\t")[place]) for line in text.splitlines()
    )


def test_a_database_with_data_is_not_restored_into(source: Cluster, file: Path) -> None:
    before = sums(source)
    with pytest.raises(Refused, match="holds data"):
        backups.restore(source.url("consumo_owner"), file)
    assert sums(source) == before
    assert all(is_forced for _, is_on, is_forced, *_ in flags(source) if is_on)


def test_a_damaged_file_is_refused_and_leaves_the_database_empty(
    file: Path, empty: Cluster, tmp_path: Path
) -> None:
    whole = file.read_bytes()
    chance = random.Random(7)
    path = tmp_path / "damaged.backup"
    for _ in range(40):
        place = chance.randrange(len(whole))
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        with pytest.raises(Damaged, match="not the whole file"):
            backups.restore(empty.url("consumo_owner"), path)
    for part in (whole[: len(whole) // 2], whole + b"0", b"", whole[64:]):
        path.write_bytes(part)
        with pytest.raises(Damaged, match="not the whole file"):
            backups.restore(empty.url("consumo_owner"), path)
    with connect(empty) as connection:
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert connection.execute(tables).fetchone() == (0,)


def copy_with(file: Path, target: Path, **changed: bytes) -> Path:
    """Write a backup file again, well sealed, with other entries."""
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(target, "w") as new:
        new.comment = b"0" * 64
        for name in old.namelist():
            new.writestr(name, changed.get(Path(name).stem, old.read(name)))
    content = target.read_bytes()[:-64]
    target.write_bytes(content + hashlib.sha256(content).hexdigest().encode())
    return target


def manifest_of(file: Path, **changed: object) -> bytes:
    with zipfile.ZipFile(file) as archive:
        return orjson.dumps(orjson.loads(archive.read("manifest.json")) | changed)


def test_rows_that_were_exchanged_are_noticed(file: Path, empty: Cluster, tmp_path: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        users = archive.read("tables/users.copy").replace(b"@", b"#")
    path = copy_with(file, tmp_path / "forged.backup", users=users)
    with pytest.raises(Damaged, match="the rows of users are not those"):
        backups.restore(empty.url("consumo_owner"), path)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"format": 2}, (Damaged, "later version")),
        ({"revision": "9999"}, (Refused, "not known to this version")),
        ({"tables": 5}, (Damaged, "manifest cannot be read")),
    ],
)
def test_a_manifest_from_elsewhere_is_refused(
    file: Path,
    empty: Cluster,
    tmp_path: Path,
    change: dict[str, object],
    problem: tuple[type[Exception], str],
) -> None:
    path = copy_with(file, tmp_path / "other.backup", manifest=manifest_of(file, **change))
    with pytest.raises(problem[0], match=problem[1]):
        backups.restore(empty.url("consumo_owner"), path)


def test_a_backup_of_an_earlier_schema_is_brought_up_to_date(
    file: Path, empty: Cluster, tmp_path: Path
) -> None:
    kept = ("users", "accounts", "memberships")
    parts = [part for part in backups.read_manifest(file).tables if part.name in kept]
    manifest = manifest_of(file, revision="0001", tables=[asdict(part) for part in parts])
    backups.restore(
        empty.url("consumo_owner"), copy_with(file, tmp_path / "earlier", manifest=manifest)
    )
    assert migrate.differences(empty.url("consumo_owner")) == []
    found = sums(empty)
    assert {part.name: part.rows for part in parts} == {name: found[name][0] for name in kept}


def test_a_backup_that_fails_leaves_no_file(source: Cluster, tmp_path: Path) -> None:
    with connect(source) as connection:
        connection.execute("ALTER TABLE audit_events RENAME COLUMN event TO away")
        connection.commit()
        try:
            with pytest.raises(psycopg.errors.UndefinedColumn):
                backups.write(source.url("consumo_backup"), tmp_path, NOW)
        finally:
            connection.execute("ALTER TABLE audit_events RENAME COLUMN away TO event")
            connection.commit()
    assert list(tmp_path.iterdir()) == []


def test_only_the_newest_backups_are_kept(file: Path, tmp_path: Path) -> None:
    names = [f"consumo-2026-03-{day:02}T010000Z.backup" for day in range(1, 6)]
    for name in [*names, "notes.txt"]:
        shutil.copy(file, tmp_path / name)
    removed = backups.forget_old(tmp_path, keep=2)
    assert sorted(path.name for path in removed) == names[:3]
    assert sorted(path.name for path in tmp_path.iterdir()) == [*names[3:], "notes.txt"]
