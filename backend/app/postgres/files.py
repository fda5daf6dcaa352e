"""The files of a cluster: made, checked and kept short. Only the holder of its lock calls these."""

import contextlib
import os
import pwd
import shutil
from pathlib import Path

from app.postgres import programs
from app.postgres.cluster import (
    ROLES,
    SUPERUSER,
    Account,
    Cluster,
    PostgresUnavailable,
)

_SPACE_FOR_A_NEW_CLUSTER = 160 * 1024 * 1024
_LONGEST_LOG = 16 * 1024 * 1024


def make_cluster(
    cluster: Cluster, bin_dir: Path, account: Account, capability: str, major: int
) -> None:
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
    if major >= 17:
        # Sorts alike on every operating system, whatever its C library's version.
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    made = programs.run(command, account, capability, unfinished)
    if made.returncode != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise programs.explained(cluster, made.stderr or made.stdout)
    unfinished.rename(cluster.pgdata)
    _sync(cluster.data_dir)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def refuse_other_version(cluster: Cluster, major: int) -> None:
    made_by = _version_of(cluster.pgdata / "PG_VERSION")
    if made_by != str(major):
        raise PostgresUnavailable(
            f"{cluster.pgdata} was made by PostgreSQL {made_by}, but this is PostgreSQL "
            f"{major}: restore a backup into a new DATA_DIR, or install version {made_by}"
        )


def _version_of(version_file: Path) -> str:
    try:
        return version_file.read_text().strip()
    except FileNotFoundError:
        raise PostgresUnavailable(
            f"{version_file.parent} is not a PostgreSQL cluster: move it away or restore a backup"
        ) from None


def write_access_rules(cluster: Cluster) -> None:
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


def make_socket_dir(cluster: Cluster, account: Account) -> None:
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


def rotate_log(cluster: Cluster) -> None:
    """Keep one earlier log once the current one is long. The server goes on writing to it."""
    log = cluster.log_file
    with contextlib.suppress(OSError):
        if log.stat().st_size > _LONGEST_LOG:
            shutil.copyfile(log, log.with_suffix(".log.1"))
            os.truncate(log, 0)
