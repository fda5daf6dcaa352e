"""The worker's side of reading files: keeps the warm child, hands it files, follows them."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.reader.job import Job
from app.reader.report import Report

_BACKEND = Path(__file__).resolve().parents[2]
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")
_START_S = 30.0
_SILENCE_S = 120.0
Told = Callable[[str, int, int], None]
"""Is told the phase, and how much of how much is done; raises to stop the reading."""


class ReaderError(Exception):
    """The file was not read; `detail` is for people. `is_ours` when the fault is not the file's."""

    def __init__(self, detail: str, *, is_ours: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.is_ours = is_ours


class Reader:
    """One warm child for a whole process, started at the first file."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def read(self, job: Job, told: Told | None = None) -> Report:
        """Read a file within the limits; what `told` raises ends it. Raises ReaderError."""
        connection = self._handed_over()
        connection.settimeout(_SILENCE_S)
        with connection, connection.makefile("rb") as lines:
            connection.sendall(json.dumps(asdict(job)).encode() + b"\n")
            outcome = _followed(lines, told)
        if outcome.get("outcome") != "done":
            raise _error(outcome)
        return Report.decoded((Path(job.folder) / "report").read_bytes())

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._forget()

    def _handed_over(self) -> socket.socket:
        """Give a socket whose other end a fresh fork of the child has."""
        with self._lock:
            for _ in range(2):  # the child may have died since the last file
                ours, theirs = socket.socketpair()
                with theirs:
                    try:
                        socket.send_fds(self._alive(), [b"f"], [theirs.fileno()])
                    except OSError:
                        ours.close()
                        self._forget()
                    else:
                        return ours
        raise ReaderError("The process that reads files cannot be started.", is_ours=True)

    def _alive(self) -> socket.socket:
        is_mine = self._owner == os.getpid()
        if (
            self._control is None
            or self._child is None
            or not is_mine
            or self._child.poll() is not None
        ):
            self._forget()
            self._start()
        assert self._control is not None
        return self._control

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        # One thread, and no pools that reserve what the limit of memory then lacks. No secrets:
        # what reads strangers' files has none to tell.
        environment = kept | {
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "ARROW_DEFAULT_MEMORY_POOL": "system",
            "MALLOC_ARENA_MAX": "1",
            "PYTHONPATH": str(_BACKEND),
        }
        with theirs:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "app.reader.warm", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                env=environment,
                cwd=_BACKEND,
            )
        self._control, self._owner = ours, os.getpid()

    def _forget(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._child is not None and self._owner == os.getpid():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(timeout=1)
            if self._child.poll() is None:
                self._child.kill()
                self._child.wait()
        self._control = self._child = None


def _followed(lines: Any, told: Told | None) -> dict[str, Any]:
    """Follow the progress to the outcome."""
    try:
        for line in lines:
            message: dict[str, Any] = json.loads(line)
            if "outcome" in message:
                return message
            if told is not None:
                told(message["phase"], message["done"], message["total"])
    except (OSError, ValueError):
        return {"outcome": "silent"}
    return {"outcome": "killed"}


def _error(outcome: dict[str, Any]) -> ReaderError:
    from app.logs import log

    kind = outcome.get("outcome")
    if kind == "memory":
        return ReaderError("Reading the file takes more memory than the limit of 512 MB allows.")
    if kind == "time":
        return ReaderError("Reading the file takes longer than the limit of 60 s allows.")
    log.error("reader", outcome=kind, detail=outcome.get("detail"))
    detail = "The process that read the file ended unexpectedly; nothing was stored."
    return ReaderError(detail, is_ours=kind == "crashed")


READER = Reader()
"""The reader of this process."""
