"""Make, start and stop the server of one cluster. Only the holder of its lock calls these."""

import contextlib
import logging
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from app.postgres import wire
from app.postgres.cluster import (
    DATABASE,
    ROLES,
    SUPERUSER,
    Account,
    Cluster,
    PostgresUnavailable,
    binaries,
    blocked_folder,
    major_version,
    server_account,
    unavailable,
)

_SPAWN = Path(__file__).with_name("spawn.py")
_ROLES_SQL = Path(__file__).parents[1] / "roles.sql"
_CAP_DAC_READ_SEARCH = 2
_SPACE_FOR_A_NEW_CLUSTER = 160 * 1024 * 1024
_LONGEST_LOG = 16 * 1024 * 1024
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
    capability = _capability_needed(cluster, bin_dir, account)
    end_leftovers(cluster)
    try:
        if not cluster.pgdata.exists():
            _make_cluster(cluster, bin_dir, account, capability)
        _refuse_other_version(cluster, bin_dir)
        _write_access_rules(cluster)
        _make_socket_dir(cluster, account)
        rotate_log(cluster)
        process, log_start = _launch(cluster, bin_dir, account, capability)
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
        f"WHERE rolname IN {ROLES!r}"
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


def rotate_log(cluster: Cluster) -> None:
    """Keep one earlier log once the current one is long. The server goes on writing to it."""
    log = cluster.log_file
    with contextlib.suppress(OSError):
        if log.stat().st_size > _LONGEST_LOG:
            shutil.copyfile(log, log.with_suffix(".log.1"))
            os.truncate(log, 0)


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


def _capability_needed(cluster: Cluster, bin_dir: Path, account: Account) -> str:
    """Return the capability the server's user needs to reach its files, "-" for none.

    Root's clone often lies under a folder that only root may enter. Opening that folder would
    expose all it holds, so the server gets the right to pass through instead.
    """
    if account.uid == os.geteuid():
        return "-"
    program = bin_dir / "postgres"
    if not program.stat().st_mode & 0o001:
        raise PostgresUnavailable(
            f"user {account.name}, who must run PostgreSQL for root, may not execute {program}: "
            "make the installation executable for all, or start as another user"
        )
    blocked = blocked_folder(bin_dir, account) or blocked_folder(cluster.data_dir, account)
    if not blocked:
        return "-"
    capability = str(_CAP_DAC_READ_SEARCH)
    if _run(["true"], account, capability).returncode != 0:
        raise PostgresUnavailable(
            f"PostgreSQL does not run as root, and user {account.name} cannot enter {blocked}: "
            "start as another user, or move the installation and DATA_DIR out of that folder"
        )
    return capability


def _wrapped(command: list[str], account: Account, capability: str) -> list[str]:
    user = "-" if account.uid == os.geteuid() else f"{account.uid}:{account.gid}"
    owner, number = str(os.getpid()), str(int(signal.SIGINT))
    return [sys.executable, "-I", "-S", str(_SPAWN), owner, number, user, capability, *command]


def _run(
    command: list[str], account: Account, capability: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        _wrapped(command, account, capability),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=_clean_environment(),
        start_new_session=True,
        check=False,
    )


def _clean_environment() -> dict[str, str]:
    # PGPORT, PGDATA, PGOPTIONS… of the person's shell would change the server.
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_MESSAGES": "C", "TZ": "UTC"}


def _make_cluster(cluster: Cluster, bin_dir: Path, account: Account, capability: str) -> None:
    """Run initdb beside the final place and rename, so that a kill leaves no half cluster."""
    for leftover in cluster.data_dir.glob("pgdata.new*"):
        shutil.rmtree(leftover)
    free = shutil.disk_usage(cluster.data_dir).free
    if free < _SPACE_FOR_A_NEW_CLUSTER:
        raise PostgresUnavailable(
            f"not enough space for a new database: {free // 2**20} MiB are free at "
            f"{cluster.data_dir}, {_SPACE_FOR_A_NEW_CLUSTER // 2**20} MiB are needed"
        )
    unfinished = cluster.pgdata.with_suffix(".new")
    unfinished.mkdir(mode=0o700)
    if account.uid != os.geteuid():
        os.chown(unfinished, account.uid, account.gid)
    command = [str(bin_dir / "initdb"), "--pgdata", str(unfinished), "--username", SUPERUSER]
    command += ["--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"]
    command += ["--auth-local=peer", "--auth-host=reject"]
    if major_version(bin_dir) >= 17:
        # Sorts alike on every operating system, whatever its C library's version.
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    made = _run(command, account, capability)
    if made.returncode != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise _explained(cluster, made.stderr or made.stdout)
    unfinished.rename(cluster.pgdata)
    _sync(cluster.data_dir)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse_other_version(cluster: Cluster, bin_dir: Path) -> None:
    made_by = _as_root_or_owner(cluster.pgdata / "PG_VERSION")
    running = str(major_version(bin_dir))
    if made_by != running:
        raise PostgresUnavailable(
            f"{cluster.pgdata} was made by PostgreSQL {made_by}, but this is PostgreSQL "
            f"{running}: restore a backup into a new DATA_DIR, or install version {made_by}"
        )


def _as_root_or_owner(version_file: Path) -> str:
    try:
        return version_file.read_text().strip()
    except FileNotFoundError:
        raise PostgresUnavailable(
            f"{version_file.parent} is not a PostgreSQL cluster: move it away or restore a backup"
        ) from None


def _write_access_rules(cluster: Cluster) -> None:
    """Let exactly our operating system's user in, as any of our roles.

    The files lie outside the server's own folder: it may read but not change them.
    """
    me = pwd.getpwuid(os.geteuid()).pw_name
    names = "".join(f'consumo "{me}" {role}\n' for role in (SUPERUSER, *ROLES))
    rules = "local all all peer map=consumo\n"
    for name, text in (("pg_hba.conf", rules), ("pg_ident.conf", names)):
        path = cluster.data_dir / name
        path.unlink(missing_ok=True)
        path.write_text(text)
        path.chmod(0o644)


def _make_socket_dir(cluster: Cluster, account: Account) -> None:
    folder = cluster.socket_dir
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        if account.uid != os.geteuid():
            os.chown(folder, account.uid, account.gid)
    status = folder.lstat()
    if folder.is_symlink() or status.st_uid != account.uid:
        raise PostgresUnavailable(
            f"{folder}, where the server's socket belongs, is not user {account.name}'s: remove it"
        )
    if status.st_mode & 0o077:
        folder.chmod(0o700)


def _launch(
    cluster: Cluster, bin_dir: Path, account: Account, capability: str
) -> tuple["subprocess.Popen[bytes]", int]:
    settings = _SETTINGS | {
        "unix_socket_directories": '"{}"'.format(str(cluster.socket_dir).replace('"', '""')),
        "hba_file": str(cluster.data_dir / "pg_hba.conf"),
        "ident_file": str(cluster.data_dir / "pg_ident.conf"),
    }
    command = [str(bin_dir / "postgres"), "-D", str(cluster.pgdata)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    log = os.open(cluster.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        log_start = os.fstat(log).st_size
        process = subprocess.Popen(
            _wrapped(command, account, capability),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=_clean_environment(),
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
                raise _explained(cluster, log.read().decode(errors="replace"))
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
    exists = f"SELECT 1 FROM pg_catalog.pg_database WHERE datname = '{DATABASE}'"
    try:
        if not wire.query(cluster.socket_dir, SUPERUSER, "postgres", exists):
            wire.query(cluster.socket_dir, SUPERUSER, "postgres", f"CREATE DATABASE {DATABASE}")
        wire.query(cluster.socket_dir, SUPERUSER, DATABASE, _ROLES_SQL.read_text())
    except (OSError, wire.ServerError) as error:
        raise PostgresUnavailable(f"the database cannot be set up: {error}") from error


def _explained(cluster: Cluster, output: str) -> PostgresUnavailable:
    """Turn what PostgreSQL printed into one line that says what to do."""
    if "No space left on device" in output or "Disk quota exceeded" in output:
        return PostgresUnavailable(
            f"the disk that holds {cluster.data_dir} is full: free some space"
        )
    if "Permission denied" in output:
        return PostgresUnavailable(
            f"PostgreSQL has no permission to use {cluster.data_dir}: see {cluster.log_file}"
        )
    if "is too long" in output:
        return PostgresUnavailable(
            f"the socket path in {cluster.socket_dir} is too long: choose a shorter DATA_DIR"
        )
    lines = [line for line in output.splitlines() if "FATAL" in line or "PANIC" in line]
    last = (lines or output.strip().splitlines() or ["it printed nothing"])[-1]
    return PostgresUnavailable(f"PostgreSQL does not start: {last.strip()}")
