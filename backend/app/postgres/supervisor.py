"""Share one embedded server between processes, whichever of them lives."""

import contextlib
import fcntl
import logging
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from app.postgres import engine, files
from app.postgres.cluster import Cluster, PostgresUnavailable, cluster_at, unavailable

_POLL_S = 0.2
_ATTACH_TIMEOUT_S = 120.0
_LONGEST_PAUSE_S = 5.0

logger = logging.getLogger("app.postgres")


@contextlib.contextmanager
def embedded(data_dir: Path) -> Iterator[Cluster]:
    """Serve the cluster of ``data_dir``, or attach to the process that serves it already.

    On entry the database and its roles exist and answer. The server is the child of one
    process, the holder of ``data_dir/owner.lock``; when that one leaves or dies, another that
    is inside this context starts it again, and clients see a pause. A crashed server is
    restarted. Raises PostgresUnavailable with the reason in one line.
    """
    cluster = cluster_at(data_dir)
    supervisor = _Supervisor(cluster)
    supervisor.start()
    try:
        supervisor.wait_until_served()
        yield cluster
    finally:
        supervisor.stop()


class _Supervisor(threading.Thread):
    """One thread elects, starts, watches and stops.

    It must be one and live throughout: the kernel sends the server its death signal when the
    *thread* that started it ends.
    """

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(name="postgres-supervisor", daemon=True)
        self._cluster = cluster
        self._stopping = threading.Event()
        self._settled = threading.Event()
        self._failure: PostgresUnavailable | None = None

    def wait_until_served(self) -> None:
        """Return when the server answers; raise what prevents it."""
        self._settled.wait()
        if self._failure:
            raise self._failure

    def stop(self) -> None:
        """Leave; the server ends when it is ours."""
        self._stopping.set()
        self.join()

    def run(self) -> None:
        """Own or watch until told to stop."""
        try:
            self._prepare_data_dir()
            lock = os.open(self._cluster.data_dir / "owner.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            self._fail(unavailable(Path(error.filename or self._cluster.data_dir), error))
            return
        try:
            self._elect(lock)
        except PostgresUnavailable as error:
            self._fail(error)
        except Exception as error:
            logger.exception("the supervisor of the database failed")
            self._fail(PostgresUnavailable(f"the supervisor of the database failed: {error}"))
        finally:
            os.close(lock)  # and with it the claim to own the server

    def _fail(self, failure: PostgresUnavailable) -> None:
        self._failure = failure
        self._settled.set()

    def _prepare_data_dir(self) -> None:
        # Root's server runs as another user, who has to pass through.
        mode = 0o711 if os.geteuid() == 0 else 0o700
        self._cluster.data_dir.mkdir(mode=mode, parents=True, exist_ok=True)

    def _elect(self, lock: int) -> None:
        deadline = time.monotonic() + _ATTACH_TIMEOUT_S
        while not self._stopping.is_set():
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._attach(deadline)
                continue
            self._own()
            return

    def _attach(self, deadline: float) -> None:
        if not self._settled.is_set():
            if engine.is_ours(self._cluster):
                self._settled.set()
            elif time.monotonic() > deadline:
                raise PostgresUnavailable(
                    f"another process owns {self._cluster.data_dir}, but its database does not "
                    f"answer: see {self._cluster.log_file}"
                )
        self._stopping.wait(_POLL_S if self._settled.is_set() else 0.05)

    def _own(self) -> None:
        pause_s = _POLL_S
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                self._serve_until_it_ends()
                reason = "it ended unexpectedly"
            except (PostgresUnavailable, OSError) as error:
                if not self._settled.is_set():
                    raise
                reason = str(error)
            if self._stopping.is_set():
                return
            # A full disk may heal, so never give up; but do not spin either.
            calm = time.monotonic() - began > 30
            pause_s = _POLL_S if calm else min(pause_s * 2, _LONGEST_PAUSE_S)
            logger.warning("restarting the database in %.1f s: %s", pause_s, reason)
            self._stopping.wait(pause_s)

    def _serve_until_it_ends(self) -> None:
        process = engine.start(self._cluster, self._stopping.is_set)
        try:
            self._settled.set()
            turns = 0
            while process.poll() is None and not self._stopping.wait(_POLL_S):
                turns += 1
                if turns % 300 == 0:
                    files.rotate_log(self._cluster)
        finally:
            engine.stop(process)
