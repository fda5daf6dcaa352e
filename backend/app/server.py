"""The web server: wait for the database, migrate it, serve ``main:app`` by granian."""

import argparse
import contextlib
import ctypes
import gc
import importlib
import json
import logging
import multiprocessing
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from granian.server.mp import MPServer

    from app.api import State

_PR_SET_PDEATHSIG = 1
_DATABASE_TIMEOUT_S = 300.0
_DRAIN_S = 20
_HEADERS_TIMEOUT_MS = 15_000
_MOST_CONNECTIONS = 8_192
_OTHER_FILES = 256
_REVISION = re.compile(r"^(revision|down_revision)\b[^=\n]*=(.*)$", re.MULTILINE)
_QUOTED = re.compile(r"""["']([^"']+)["']""")


def serve(host: str, port: int, workers: int, threads: int, owner: int) -> None:
    """Serve until SIGTERM, which lets requests in flight finish; SIGHUP renews the workers.

    Renewed workers run the code this process was started with. When process ``owner``, its
    parent, dies, it stops as by SIGTERM. Ends the process with 69 when
    the database stays away, and with 78 when the configuration or the database is refused.
    """
    die_with_parent(signal.SIGTERM, owner)
    # What modules make at import lives for ever: looking for garbage in it only takes time, and
    # in the workers it would copy every page that they share.
    gc.disable()
    with _metrics_of_all_workers():
        _serve(host, port, workers, threads)


def _serve(host: str, port: int, workers: int, threads: int) -> None:
    # Imported before the fork, so that the workers share its memory and start at once. No
    # connection may be opened here: two workers would talk through one socket.
    application = _import_application()
    preparing = _in_a_child(_prepare_database)
    server = _granian(host, port, workers, threads)
    gc.freeze()
    _exit_unless_well(preparing)
    parent = os.getpid()

    def in_worker() -> Callable[..., Any]:
        # At once: politely, one that waits for an answer would never end, and keep the port.
        die_with_parent(signal.SIGKILL, parent)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # until granian has its own
        if "app.metrics" in sys.modules:
            sys.modules["app.metrics"].forget_dead_workers()
        gc.enable()
        return application

    server.serve(target_loader=in_worker, wrap_loader=False)


@contextlib.contextmanager
def _metrics_of_all_workers() -> Iterator[None]:
    """Have the workers count in files of one folder, so that each of them knows the sums.

    prometheus_client decides at its import, so nothing that imports it may come before.
    """
    folder = tempfile.mkdtemp(prefix="consumo-metrics-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def die_with_parent(number: signal.Signals, parent: int) -> None:
    """Have the kernel send ``number`` to this process when ``parent`` dies, however it dies."""
    if sys.platform != "linux":
        return
    if number != signal.SIGKILL:
        signal.signal(number, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(ctypes.c_int(_PR_SET_PDEATHSIG), ctypes.c_ulong(number), 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(0)


def _import_application() -> Callable[..., Any]:
    # structlog imports it where development has brought it, for colours that JSON has not: 4 MiB.
    sys.modules["rich"] = None  # type: ignore[assignment]
    try:
        application: Callable[..., Any] = importlib.import_module("main").app
    except ValueError as error:  # pydantic's ValidationError is one
        print(f"consumo: the configuration is refused: {_reasons(error)}", file=sys.stderr)
        sys.exit(78)
    return application


def _reasons(error: ValueError) -> str:
    """Name the settings and what is wrong with them, never their values: some are secrets."""
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return str(error)
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(
        f"{'.'.join(str(part) for part in one['loc']).upper()}: {one['msg']}".lstrip(": ")
        for one in found
    )


def _in_a_child(work: Callable[[], None]) -> int:
    """Run ``work`` in a child, whose connections and modules end with it; return its pid."""
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        die_with_parent(signal.SIGTERM, parent)
        code = 1
        try:
            work()
            code = 0
        except SystemExit as request:
            code = request.code if isinstance(request.code, int) else 1
        except Exception:
            logging.getLogger(__name__).exception("the database could not be prepared")
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    return child


def _exit_unless_well(child: int) -> None:
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code != 0:
        sys.exit(code if code > 0 else 1)


def _prepare_database() -> None:
    # Only ours has a state, and it knows .env as well; the tests serve a smaller application.
    state = getattr(importlib.import_module("main").app, "extensions", {}).get("consumo")
    url = os.environ.get("DATABASE_OWNER_URL") or os.environ.get("DATABASE_URL", "")
    if state is not None:
        url = state.settings.database_owner_url or state.settings.database_url
    if not url.startswith("postgresql"):
        return
    applied = _wait_for(url)
    wanted = os.environ.get("MIGRATE_ON_START", "1").lower() in ("1", "true", "yes", "on")
    if wanted and applied != _newest_migrations():
        from app.migrate import upgrade

        upgrade(url)  # takes an advisory lock: servers that start together take turns
    if state is not None:
        _refuse_unsafe_database(state)


def _refuse_unsafe_database(state: "State") -> None:
    from app.services.selfcheck import Unsafe, refuse_unsafe

    try:
        refuse_unsafe(state.db.engine, state.settings, _newest_migrations())
    except Unsafe as error:
        print(f"consumo: the database is refused: {error}", file=sys.stderr)
        sys.exit(78)
    finally:
        state.db.engine.dispose()


def _newest_migrations() -> set[str]:
    """Return the revisions that no other follows, read without Alembic.

    Importing Alembic takes 0.2 s, a sixth of a start that usually has nothing to migrate.
    """
    known: set[str] = set()
    followed: set[str] = set()
    for file in (Path(__file__).parents[1] / "migrations" / "versions").glob("*.py"):
        for name, value in _REVISION.findall(file.read_text()):
            (known if name == "revision" else followed).update(_QUOTED.findall(value))
    return known - followed


def _wait_for(url: str) -> set[str]:
    """Wait until the database answers; return the migrations it has, empty when none."""
    deadline = time.monotonic() + _DATABASE_TIMEOUT_S
    tell_after = time.monotonic() + 10
    while True:
        try:
            return _applied_migrations(url)
        except psycopg.OperationalError as error:
            now = time.monotonic()
            if now > deadline:
                print(f"consumo: the database does not answer: {error}", file=sys.stderr)
                sys.exit(69)
            if now > tell_after:
                tell_after = now + 30
                print(f"consumo: waiting for the database: {error}", file=sys.stderr, flush=True)
            time.sleep(0.02)


def _applied_migrations(url: str) -> set[str]:
    conninfo = url.replace("postgresql+psycopg://", "postgresql://", 1)
    with psycopg.connect(conninfo, connect_timeout=5) as connection:
        try:
            rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
            connection.rollback()
            return set()
    return {str(row[0]) for row in rows}


def _granian(host: str, port: int, workers: int, threads: int) -> "MPServer":
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels
    from granian.server.mp import MPServer

    # Python 3.14 would start the workers by other means, which share nothing.
    multiprocessing.set_start_method("fork", force=True)
    server = MPServer(
        "main:app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        backpressure=_connections(),
        websockets=False,
        # A proxy speaks HTTP/1.1 to us; HTTP/2 without TLS would only be one more way in.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADERS_TIMEOUT_MS),
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=_DRAIN_S,
        log_level=LogLevels.warning,
        log_dictconfig=_LOGGING,
        log_access=False,
    )
    server.respawned_wrks = Respawns()
    return server


def _connections() -> int:
    """Let this process have as many files as it may, and give the connections of a worker.

    Granian counts those that rest between two requests as well: few would let idle browsers keep
    everybody else out. Requests still take turns on the worker's threads.
    """
    try:
        import resource
    except ImportError:  # Windows
        return 1_024
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < (wanted := _MOST_CONNECTIONS + _OTHER_FILES):
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(128, min(_MOST_CONNECTIONS, soft - _OTHER_FILES))


class Respawns(dict[int, float]):
    """Granian's memory of when it last started which worker, made forgetful.

    Granian ends all workers when one dies within 5.5 s of its start, so two kills in a row, or
    one after SIGHUP, would cost every connection. Here it takes eight starts in six seconds.
    """

    def __init__(self) -> None:
        super().__init__()
        self._recent: deque[float] = deque(maxlen=8)

    def __setitem__(self, worker: int, moment: float) -> None:
        super().__setitem__(worker, moment)
        self._recent.append(moment)

    def get(self, worker: int, default: Any = None) -> Any:
        """Return when ``worker`` was started last, ``default`` while starts are rare."""
        crowded = len(self._recent) == self._recent.maxlen
        if crowded and time.monotonic() - self._recent[0] < 6:
            return super().get(worker, default)
        return default


class JsonLines(logging.Formatter):
    """Granian's own messages in the shape of the application's log."""

    def format(self, record: logging.LogRecord) -> str:
        """Render one record as one line of JSON."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))
        line = {"timestamp": moment, "level": record.levelname.lower(), "logger": "granian"}
        return json.dumps(line | {"event": record.getMessage()})


_LOGGING = {
    "formatters": {"generic": {"()": JsonLines}, "access": {"()": JsonLines}},
}


def _read_secret_files() -> None:
    from app.local import read_secret_files

    try:
        read_secret_files(os.environ)
    except OSError as error:
        print(f"consumo: a secret cannot be read: {error}", file=sys.stderr)
        sys.exit(78)


def main() -> None:
    """Parse the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m app.server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--owner", type=int, default=os.getppid(), help="end with this parent")
    chosen = parser.parse_args()
    _read_secret_files()
    serve(chosen.host, chosen.port, chosen.workers, chosen.threads, chosen.owner)


if __name__ == "__main__":
    main()
