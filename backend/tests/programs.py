"""Programs that tests run beside the product: where they are, and ports for them."""

import socket
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@cache
def debian_program(name: str, package: str | None = None) -> str:
    """Give the place of a program, installed by apt where it is missing.

    Skips the test where neither the program nor a way to install it is there.
    """
    command = [str(ROOT / "scripts" / "install-debian"), name, package or name]
    found = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if found.returncode == 69 and "E: " not in found.stderr:
        pytest.skip(f"there is no {name}, and no apt to install it")
    assert found.returncode == 0, found.stderr
    return found.stdout.strip()


def free_port() -> int:
    """Give a port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
