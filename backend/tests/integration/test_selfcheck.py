"""The boot self-check, by the real server process: unsafe databases are refused in production."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import structlog
from alembic.script import ScriptDirectory

from app import migrate
from app.config import Environment
from app.db import Database
from app.postgres import Cluster, embedded
from app.services import selfcheck
from app.services.selfcheck import Unsafe, refuse_unsafe
from tests.conftest import make_settings

BACKEND = Path(__file__).resolve().parents[2]
SECRET = "kV9-3m_QzX7pLw2RtYb8NcJf5HgDs4Ae6Uo1"
NEWEST = set(ScriptDirectory.from_config(migrate.config()).get_heads())
PRODUCTION = {
    "app_env": Environment.PRODUCTION,
    "jwt_secret": SECRET,
    "cookie_secure": True,
    "bcrypt_cost": 10,
}


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of its own without any table."""
    with embedded(tmp_path_factory.mktemp("selfcheck")) as cluster:
        yield cluster


def as_superuser(cluster: Cluster, sql: str) -> None:
    with psycopg.connect(
        cluster.url("postgres").replace("+psycopg", ""), autocommit=True
    ) as connection:
        connection.execute(sql)  # type: ignore[call-overload]


def check(cluster: Cluster, role: str = "consumo_app", newest: set[str] = NEWEST) -> None:
    settings = make_settings(**PRODUCTION, database_url=cluster.url(role))
    db = Database(settings)
    try:
        refuse_unsafe(db.engine, settings, newest)
    finally:
        db.engine.dispose()


def serve(cluster: Cluster, role: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Start the real server, which must end by itself."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")
    }
    environment |= {
        "APP_ENV": "production",
        "JWT_SECRET": SECRET,
        "DATABASE_URL": cluster.url(role),
        "MIGRATE_ON_START": "0",
    } | variables
    command = [sys.executable, "-m", "app.server", "--port", str(port), "--workers", "1"]
    return subprocess.run(
        command,
        cwd=BACKEND,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def the_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in done.stderr.splitlines() if line.startswith("consumo: ")]
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    return lines[0]


def test_the_server_refuses_a_superuser(cluster: Cluster) -> None:
    done = serve(cluster, "postgres")
    assert done.returncode == 78
    assert "consumo: the database is refused: DATABASE_URL signs in as postgres" in the_line(done)


def test_the_server_refuses_the_owner(cluster: Cluster) -> None:
    done = serve(cluster, "consumo_owner")
    assert done.returncode == 78
    assert "consumo_owner owns tables" in the_line(done)


def test_the_server_refuses_a_database_that_is_not_migrated(empty: Cluster) -> None:
    done = serve(empty, "consumo_app")
    assert done.returncode == 78
    assert "migrations are pending: the database has none" in the_line(done)


def test_the_server_never_names_a_password(empty: Cluster) -> None:
    url = empty.url("consumo_app").replace("consumo_app@", "consumo_app:hunter2@")
    done = serve(empty, "consumo_app", DATABASE_URL=url)
    assert done.returncode == 78
    assert "hunter2" not in done.stderr + done.stdout


def test_a_safe_database_passes(cluster: Cluster) -> None:
    check(cluster)


def test_the_backup_role_is_refused(cluster: Cluster) -> None:
    with pytest.raises(Unsafe, match="consumo_backup has BYPASSRLS"):
        check(cluster, "consumo_backup")


def test_a_role_that_may_become_the_owner_is_refused(cluster: Cluster) -> None:
    as_superuser(cluster, "GRANT consumo_owner TO consumo_app")
    try:
        with pytest.raises(Unsafe, match="consumo_app owns tables"):
            check(cluster)
    finally:
        as_superuser(cluster, "REVOKE consumo_owner FROM consumo_app")


@pytest.mark.parametrize(
    ("breach", "repair"),
    [
        ("NO FORCE ROW LEVEL SECURITY", "FORCE ROW LEVEL SECURITY"),
        ("DISABLE ROW LEVEL SECURITY", "ENABLE ROW LEVEL SECURITY"),
    ],
)
@pytest.mark.parametrize("table", ["consumptions", "users"])
def test_a_table_without_forced_row_security_is_refused(
    cluster: Cluster, table: str, breach: str, repair: str
) -> None:
    as_superuser(cluster, f"ALTER TABLE {table} {breach}")
    try:
        with pytest.raises(Unsafe, match=f"row security is not forced on {table}"):
            check(cluster)
    finally:
        as_superuser(cluster, f"ALTER TABLE {table} {repair}")
    check(cluster)


def test_a_database_that_forgets_commits_is_refused(cluster: Cluster) -> None:
    as_superuser(cluster, "ALTER ROLE consumo_app SET synchronous_commit = off")
    try:
        with pytest.raises(Unsafe, match="synchronous_commit is off"):
            check(cluster)
    finally:
        as_superuser(cluster, "ALTER ROLE consumo_app RESET synchronous_commit")


def test_a_database_that_is_ahead_of_the_program_is_refused(cluster: Cluster) -> None:
    with pytest.raises(Unsafe, match="the program needs 0001"):
        check(cluster, newest={"0001"})


def test_all_findings_are_told_at_once(empty: Cluster) -> None:
    as_superuser(empty, "ALTER ROLE consumo_app BYPASSRLS")
    try:
        with pytest.raises(Unsafe, match=r"BYPASSRLS.*; migrations are pending"):
            check(empty)
    finally:
        as_superuser(empty, "ALTER ROLE consumo_app NOBYPASSRLS")


def test_development_is_warned_and_goes_on(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_settings(
        app_env=Environment.DEVELOPMENT, database_url=cluster.url("consumo_owner")
    )
    db = Database(settings)
    said = structlog.testing.CapturingLogger()
    monkeypatch.setattr(selfcheck, "log", said)
    refuse_unsafe(db.engine, settings, NEWEST)
    db.engine.dispose()
    assert [(call.method_name, call.args) for call in said.calls] == [
        ("warning", ("unsafe database",))
    ]
    assert "owns tables" in said.calls[0].kwargs["finding"]


def test_sqlite_is_for_tests_and_not_checked() -> None:
    settings = make_settings()
    refuse_unsafe(Database(settings).engine, settings, set())
