"""Run commands that end with us and get the signals we get."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

_SPAWN = Path(__file__).with_name("spawn.py")
FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def spawn(
    command: Sequence[str], environment: Mapping[str, str], *, own_session: bool
) -> "subprocess.Popen[bytes]":
    """Start ``command``; it gets SIGTERM when this process dies, however it dies.

    Call it in a thread that lives as long as the process: the kernel looks at the thread.
    """
    owner, number = str(os.getpid()), str(int(signal.SIGTERM))
    wrapper = [sys.executable, "-I", "-S", str(_SPAWN), owner, number, "-", "-"]
    return subprocess.Popen(
        [*wrapper, *command], env=dict(environment), start_new_session=own_session
    )


def run_forwarding(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run ``command`` to its end and return its exit code, 128+n when signal n ended it."""
    child: subprocess.Popen[bytes] | None = None
    early: list[int] = []

    def forward(number: int, _frame: FrameType | None) -> None:
        if child is None:
            early.append(number)
        elif number != signal.SIGINT or not _terminal_told_it():
            child.send_signal(number)

    for wanted in FORWARDED:
        signal.signal(wanted, forward)
    child = spawn(command, environment, own_session=False)
    for number in early:
        child.send_signal(number)
    code = child.wait()
    return code if code >= 0 else 128 - code


def _terminal_told_it() -> bool:
    """Tell whether Ctrl-C went to the child as well: it shares our foreground group."""
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False
