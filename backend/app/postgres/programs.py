"""Run PostgreSQL's programs as the right user, and say what their errors mean."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from app.postgres.cluster import Account, Cluster, PostgresUnavailable, blocked_folder

_SPAWN = Path(__file__).with_name("spawn.py")
_CAP_DAC_READ_SEARCH = 2


def capability_needed(cluster: Cluster, bin_dir: Path, account: Account) -> str:
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
    if run(["true"], account, capability).returncode != 0:
        raise PostgresUnavailable(
            f"PostgreSQL does not run as root, and user {account.name} cannot enter {blocked}: "
            "start as another user, or move the installation and DATA_DIR out of that folder"
        )
    return capability


def wrapped(command: list[str], account: Account, capability: str) -> list[str]:
    """Return ``command`` so that it runs as ``account`` and gets SIGINT when we die."""
    user = "-" if account.uid == os.geteuid() else f"{account.uid}:{account.gid}"
    owner, number = str(os.getpid()), str(int(signal.SIGINT))
    return [sys.executable, "-I", "-S", str(_SPAWN), owner, number, user, capability, *command]


def run(
    command: list[str], account: Account, capability: str, folder: Path = Path("/")
) -> "subprocess.CompletedProcess[str]":
    """Run one of PostgreSQL's programs to its end in ``folder``, which shows whose it is."""
    return subprocess.run(
        wrapped(command, account, capability),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=folder,
        env=clean_environment(),
        start_new_session=True,
        check=False,
    )


def clean_environment() -> dict[str, str]:
    """Return an environment without the person's PGPORT, PGOPTIONS…, which would interfere."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_MESSAGES": "C", "TZ": "UTC"}


def explained(cluster: Cluster, output: str) -> PostgresUnavailable:
    """Turn what PostgreSQL printed into one line that says what to do."""
    if "No space left on device" in output or "Disk quota exceeded" in output:
        return PostgresUnavailable(
            f"the disk that holds {cluster.data_dir} is full: free some space"
        )
    denied = [line for line in output.splitlines() if "ermission denied" in line]
    if denied:
        return PostgresUnavailable(
            f"PostgreSQL has no permission to use {cluster.data_dir}: {denied[0].strip()}"
        )
    if "is too long" in output:
        return PostgresUnavailable(
            f"the socket path in {cluster.socket_dir} is too long: choose a shorter DATA_DIR"
        )
    lines = [line for line in output.splitlines() if "FATAL" in line or "PANIC" in line]
    last = (lines or output.strip().splitlines() or ["it printed nothing"])[-1]
    return PostgresUnavailable(f"PostgreSQL does not start: {last.strip()}")
