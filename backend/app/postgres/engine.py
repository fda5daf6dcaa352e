"""Make, start and stop the server of one cluster. Only the holder of its lock calls these."""

import contextlib
import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from app.postgres import files, programs, wire
from app.postgres.cluster import (
    DATABASE,
    ROLES,
    SUPERUSER,
    Cluster,
    PostgresUnavailable,
    binaries,
    major_version,
    server_account,
    unavailable,
)

_ROLES_SQL = Path(__file__).parents[1] / "roles.sql"
_START_TIMEOUT_S = 300.0

_SETTINGS = {
    "listen_addresses": "",
    "port": str(wire.PORT),
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    # One process less at rest; nothing here replicates logically.
    "max_logical_replication_workers": "0",
    "logging_collector": "off",
    "log_destination": "stderr",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_min_duration_statement": "1000",
    # Bind values are people's data.
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "cluster_name": "consumo",
}

logger = logging.getLogger("app.postgres")


def start(cluster: Cluster, stopping: Callable[[], bool]) -> "subprocess.Popen[bytes]":
    """Start the cluster's server, making the cluster first when there is none.

    Returns once it answers with our database and roles. Whatever an earlier server left
    running is ended first. Raises PostgresUnavailable when it cannot be started, or when
    ``stopping`` says so meanwhile.
    """
    bin_dir = binaries()
    account = server_account(cluster)
    capability = programs.capability_needed(cluster, bin_dir, account)
    end_leftovers(cluster)
    try:
        major = major_version(bin_dir)
        if not cluster.pgdata.exists():
            files.make_cluster(cluster, bin_dir, account, capability, major)
        files.refuse_other_version(cluster, major)
        files.write_access_rules(cluster)
        files.make_socket_dir(cluster, account)
        files.rotate_log(cluster)
        command = [str(bin_dir / "postgres"), "-D", str(cluster.pgdata)]
        command += _settings(cluster, major)
        process, log_start = _launch(cluster, programs.wrapped(command, account, capability))
    except OSError as error:
        raise unavailable(Path(error.filename or cluster.data_dir), error) from error
    try:
        _wait_until_ours(cluster, process, log_start, stopping)
        _ensure_database(cluster)
    except BaseException:
        stop(process)
        raise
    return process


def stop(process: "subprocess.Popen[bytes]") -> None:
    """Shut the server down fast but cleanly; harder only when it hangs. Nothing is lost."""
    # An immediate shutdown and even a kill are safe: the next start replays the WAL.
    for severity, patience_s in ((signal.SIGINT, 60), (signal.SIGQUIT, 10), (signal.SIGKILL, 5)):
        if process.poll() is not None:
            return
        process.send_signal(severity)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience_s)
            return


def is_ours(cluster: Cluster) -> bool:
    """Tell whether a server answers at the socket, serves this directory and is set up."""
    question = (
        "SELECT current_setting('data_directory'), count(*) FROM pg_catalog.pg_roles "
        "WHERE rolname LIKE 'consumo\\_%'"
    )
    try:
        rows = wire.query(cluster.socket_dir, SUPERUSER, DATABASE, question)
    except (OSError, wire.ServerError):
        return False
    return rows == [[str(cluster.pgdata), str(len(ROLES))]]


def end_leftovers(cluster: Cluster) -> None:
    """End what is left of a server whose owner or postmaster was killed.

    A new postmaster refuses to start while an old backend still holds the shared memory. An
    orphaned postmaster is already shutting down cleanly; it gets the time to do so.
    """
    began = time.monotonic()
    while pids := _serving(cluster):
        elapsed_s = time.monotonic() - began
        postmaster = _postmaster_pid(cluster)
        if postmaster in pids and elapsed_s < 6:
            _signal([postmaster], signal.SIGINT if elapsed_s < 4 else signal.SIGQUIT)
        else:
            _signal(pids, signal.SIGQUIT if elapsed_s < 1 else signal.SIGKILL)
        time.sleep(0.02)


def _serving(cluster: Cluster) -> list[int]:
    """Return the processes whose working directory is the cluster's, or one being made."""
    prefix = str(cluster.pgdata)
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            folder = os.readlink(entry / "cwd").removesuffix(" (deleted)")
            program = os.path.basename(os.readlink(entry / "exe"))
        except OSError:
            continue
        ours = folder == prefix or folder.startswith(f"{prefix}.new")
        if ours and program.startswith(("postgres", "initdb")):
            found.append(int(entry.name))
    return found


def _postmaster_pid(cluster: Cluster) -> int | None:
    try:
        return int((cluster.pgdata / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _settings(cluster: Cluster, major: int) -> list[str]:
    settings = _SETTINGS | {
        "unix_socket_directories": '"{}"'.format(str(cluster.socket_dir).replace('"', '""')),
        "hba_file": str(cluster.data_dir / "pg_hba.conf"),
        "ident_file": str(cluster.data_dir / "pg_ident.conf"),
    }
    if major >= 18:
        # Three processes less: at rest they would be a third of the server's memory.
        settings["io_method"] = "sync"
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _launch(cluster: Cluster, command: list[str]) -> tuple["subprocess.Popen[bytes]", int]:
    log = os.open(cluster.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        log_start = os.fstat(log).st_size
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=cluster.pgdata,  # by which end_leftovers knows whose process it is
            env=programs.clean_environment(),
            # Ctrl-C reaches the whole terminal group; the server must outlive its clients.
            start_new_session=True,
        )
    finally:
        os.close(log)
    return process, log_start


def _wait_until_ours(
    cluster: Cluster,
    process: "subprocess.Popen[bytes]",
    log_start: int,
    stopping: Callable[[], bool],
) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while True:
        if process.poll() is not None:
            with cluster.log_file.open("rb") as log:
                log.seek(log_start)
                raise programs.explained(cluster, log.read().decode(errors="replace"))
        if stopping():
            raise PostgresUnavailable("stopped while the database was starting")
        if time.monotonic() > deadline:
            raise PostgresUnavailable(f"the database did not start: see {cluster.log_file}")
        try:
            rows = wire.query(cluster.socket_dir, SUPERUSER, "postgres", "SHOW data_directory")
        except (OSError, wire.ServerError):
            time.sleep(0.01)
            continue
        if rows != [[str(cluster.pgdata)]]:
            raise PostgresUnavailable(f"another server answers in {cluster.socket_dir}: {rows}")
        return


def _ensure_database(cluster: Cluster) -> None:
    names = "SELECT datname FROM pg_catalog.pg_database"
    try:
        if [DATABASE] not in wire.query(cluster.socket_dir, SUPERUSER, "postgres", names):
            wire.query(cluster.socket_dir, SUPERUSER, "postgres", f"CREATE DATABASE {DATABASE}")
        wire.query(cluster.socket_dir, SUPERUSER, DATABASE, _ROLES_SQL.read_text())
    except (OSError, wire.ServerError) as error:
        raise PostgresUnavailable(f"the database cannot be set up: {error}") from error
