"""Run a command that ends with us and gets the signals we get."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

_SPAWN = Path(__file__).with_name("spawn.py")
FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


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
    child = subprocess.Popen(_ending_with_us(command), env=dict(environment))
    for number in early:
        child.send_signal(number)
    code = child.wait()
    return code if code >= 0 else 128 - code


def _ending_with_us(command: Sequence[str]) -> list[str]:
    """Have ``command`` get SIGTERM when this thread, hence this process, dies."""
    owner, number = str(os.getpid()), str(int(signal.SIGTERM))
    return [sys.executable, "-I", "-S", str(_SPAWN), owner, number, "-", "-", *command]


def _terminal_told_it() -> bool:
    """Tell whether Ctrl-C went to the child as well: it shares our foreground group."""
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False
