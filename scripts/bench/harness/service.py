"""A server of one's own, started as a user starts it, and what its processes use."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg

from app.auth.tokens import Claims, Keys, make_access_token
from app.config import Settings
from app.postgres.cluster import cluster_at
from harness import BACKEND

WORKERS, THREADS = 2, 4
TOKEN_MINUTES = 60
READY_PATH = "/api/health/ready"
_DURABILITY = ("fsync", "synchronous_commit", "full_page_writes")
_LIMITS = (
    "LOGIN_LIMIT_PER_ACCOUNT_IP",
    "LOGIN_LIMIT_PER_IP",
    "LOGIN_LIMIT_CONSECUTIVE",
    "REGISTER_LIMIT_PER_IP",
    "REFRESH_LIMIT_PER_SESSION",
    "READ_LIMIT_PER_MINUTE",
    "WRITE_LIMIT_PER_MINUTE",
    "IMPORT_LIMIT_PER_HOUR",
    "IMPORT_LIMIT_PARALLEL",
    "EXPORT_LIMIT_PER_HOUR",
)


@dataclass(frozen=True)
class Usage:
    """CPU seconds used so far, by the web server's processes and by PostgreSQL's."""

    web: float
    postgres: float

    def __sub__(self, earlier: "Usage") -> "Usage":
        return Usage(self.web - earlier.web, self.postgres - earlier.postgres)

    @property
    def total(self) -> float:
        """Both together."""
        return self.web + self.postgres


@dataclass(frozen=True)
class Memory:
    """Resident MiB of the processes that are not PostgreSQL's; PSS counts shared pages once."""

    pss: float
    rss: float


class Service:
    """The running product: its address, database and processes."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.secret = secrets.token_urlsafe(48)
        self.cluster = cluster_at(data_dir)
        self._settings = settings
        self._process: psutil.Popen | None = None
        self._keys = Keys(Settings(_env_file=None, jwt_secret=self.secret))

    def start(self, path: str = READY_PATH) -> float:
        """Start it and return the seconds until the first 200 at `path`."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DATABASE_", "PYTHON"))
        }
        environment |= dict.fromkeys(_LIMITS, "0") | {
            "JWT_SECRET": self.secret,
            "ACCESS_TOKEN_MINUTES": str(TOKEN_MINUTES),
            "APP_ENV": "production",
        }
        command = [sys.executable, "-m", "app.launcher"]
        command += ["--port", str(self.port), "--data-dir", str(self.data_dir)]
        command += ["--workers", str(WORKERS), "--threads", str(THREADS)]
        began = time.perf_counter()
        with (self.data_dir / "server.log").open("ab") as log:
            self._process = psutil.Popen(
                command,
                cwd=BACKEND,
                env=environment | self._settings,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        while self._status(path) != 200:
            if self._process.poll() is not None or time.perf_counter() - began > 60:
                raise SystemExit(f"the server did not start:\n{self.log_tail()}")
            time.sleep(0.005)
        return time.perf_counter() - began

    def stop(self) -> None:
        """Stop it as Ctrl-C does."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(60)
        except psutil.TimeoutExpired:
            self._process.kill()
        self._process = None

    def log_tail(self) -> str:
        """Return the last lines that the server wrote."""
        lines = (self.data_dir / "server.log").read_text(errors="replace").splitlines()
        return "\n".join(lines[-20:])

    def _status(self, path: str) -> int:
        request = f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode()
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                connection.sendall(request)
                return int(connection.recv(64).split(b" ")[1])
        except (OSError, IndexError, ValueError):
            return 0

    def connect(self, role: str = "postgres") -> "psycopg.Connection[Any]":
        """Connect to the database; the superuser is for seeding, which policies would slow."""
        return psycopg.connect(self.conninfo(role), autocommit=True)

    def conninfo(self, role: str = "postgres") -> str:
        """Return libpq's address of the database."""
        return f"host={self.cluster.socket_dir} dbname=consumo user={role}"

    def durability(self) -> dict[str, str]:
        """Return the settings that durability hangs on; raises unless all are on."""
        with self.connect("consumo_app") as connection:
            found = {
                name: str(connection.execute(f"SHOW {name}").fetchone()[0])  # type: ignore[index]
                for name in _DURABILITY
            }
        if set(found.values()) != {"on"}:
            raise SystemExit(f"the database is not durable: {found}")
        return found

    def token(self, tenant: int) -> str:
        """Make an access token for the owner of a seeded tenant (all ids are the same)."""
        claims = Claims(user_id=tenant, account_id=tenant, session_id=tenant)
        lifetime = timedelta(minutes=TOKEN_MINUTES)
        return make_access_token(
            self._keys, claims, "owner", now=datetime.now(UTC), lifetime=lifetime
        )

    def usage(self) -> Usage:
        """Sum up the CPU time of all processes, of ended children too."""
        web = postgres = 0.0
        for process in self._processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                used = times.user + times.system + times.children_user + times.children_system
                if process.name().startswith("postgres"):
                    postgres += used
                else:
                    web += used
        return Usage(web, postgres)

    def memory(self) -> Memory:
        """Measure the memory of everything but PostgreSQL."""
        pss = rss = 0
        for process in self._processes():
            if not process.name().startswith("postgres"):
                found = process.memory_full_info()
                pss, rss = pss + found.pss, rss + found.rss
        return Memory(pss / 2**20, rss / 2**20)

    def processes(self) -> list[str]:
        """Name the processes that are not PostgreSQL's, for the report."""
        found = [one for one in self._processes() if not one.name().startswith("postgres")]
        return [f"{one.memory_full_info().pss / 2**20:.0f} MiB" for one in found]

    def _processes(self) -> list[psutil.Process]:
        assert self._process is not None
        root = psutil.Process(self._process.pid)
        return [root, *root.children(recursive=True)]


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """Make a data folder that the database's user may enter; removed at the end."""
    path = Path(tempfile.mkdtemp(prefix="consumo-bench-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def running(**settings: str) -> Iterator[Service]:
    """Start a service on a new data folder; stops it and removes everything at the end."""
    with folder() as path:
        service = Service(path, **settings)
        try:
            service.start()
            service.durability()
            yield service
        finally:
            service.stop()
