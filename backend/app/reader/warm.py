"""The warm child: has imported all readers, and forks for each file. Run by `client`.

It gets one byte with a socket for each file; the fork reads the job from that socket, writes
its progress to it line by line, and last the outcome. The child ends when its parent does.
"""

import contextlib
import ctypes
import gc
import json
import os
import resource
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from importlib import import_module
from typing import Any

from app import importers
from app.utils.periods import is_time_zone

MAX_MEMORY = 512 * 1024 * 1024
MAX_CPU_S = 60
_LIBRARIES = ("numpy", "pyarrow.csv", "lxml.etree", "python_calamine", "zoneinfo", "csv")
_MAX_FILE = 2 * 1024 * 1024 * 1024
_GRACE_S = 5
_TELL_EVERY_S = 0.5
_PR_SET_PDEATHSIG = 1


class OutOfTime(Exception):
    """The limit of processor time was reached."""


def main() -> None:
    """Serve files until the other end of the control socket closes."""
    control = socket.socket(fileno=int(sys.argv[1]))
    _preload()
    gc.freeze()
    signal.signal(signal.SIGCHLD, _reap)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warm = os.getpid()
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            return
        if os.fork() == 0:
            control.close()
            _serve(socket.socket(fileno=descriptors[0]), warm)
        os.close(descriptors[0])


def _reap(*_: object) -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _preload() -> None:
    """Import and try what each fork would otherwise have to, once for all of them."""
    for name in _LIBRARIES:
        import_module(name)
    for name in (*importers.NAMES, "grid", "staging"):
        import_module(f"app.importers.{name}")
    import_module("app.reader.work")
    is_time_zone("UTC")


def _serve(connection: socket.socket, parent: int) -> None:
    """Read one file and end the process."""
    outcome: dict[str, Any] = {"outcome": "crashed"}
    try:
        _limit(parent)
        with connection.makefile("rb") as lines:
            job = json.loads(lines.readline())
        outcome = _outcome(job, connection)
    except BaseException:
        outcome["detail"] = traceback.format_exc()
    finally:
        with contextlib.suppress(OSError):
            connection.sendall(_line(outcome))
        os._exit(0)


def _limit(parent: int) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGXCPU, _out_of_time)
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    used = int(time.process_time())
    resource.setrlimit(resource.RLIMIT_CPU, (used + MAX_CPU_S, used + MAX_CPU_S + _GRACE_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_MAX_FILE, _MAX_FILE))


def _out_of_time(*_: object) -> None:
    raise OutOfTime


def _outcome(job: dict[str, Any], connection: socket.socket) -> dict[str, Any]:
    from app.reader.job import Job
    from app.reader.work import carry_out

    try:
        carry_out(Job(**job), _teller(connection))
    except MemoryError:
        return {"outcome": "memory"}
    except OutOfTime:
        return {"outcome": "time"}
    return {"outcome": "done"}


def _teller(connection: socket.socket) -> Callable[[str, int, int], None]:
    """Give what sends progress, now and then; it ends the process when nobody listens."""
    due = time.monotonic() + _TELL_EVERY_S

    def tell(phase: str, done: int, total: int) -> None:
        nonlocal due
        if time.monotonic() < due:
            return
        due = time.monotonic() + _TELL_EVERY_S
        try:
            connection.sendall(_line({"phase": phase, "done": done, "total": total}))
        except OSError:
            os._exit(0)

    return tell


def _line(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"


if __name__ == "__main__":
    main()
