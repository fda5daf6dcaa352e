"""Run the whole product on one machine: the database and the web server, supervised.

Only the standard library is imported: this process stays beside them for months and should
cost next to nothing.
"""

import argparse
import contextlib
import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from app.postgres import PostgresUnavailable, cluster_at, embedded
from app.postgres.children import FORWARDED
from app.probe import answers

_LONGEST_PAUSE_S = 5.0


class PortUnavailable(Exception):
    """The address cannot be served; the message is one line for the person at the keyboard."""


@dataclass(frozen=True)
class Service:
    """What to serve and where; ``threads`` is per worker process."""

    host: str
    port: int
    workers: int
    threads: int

    @property
    def command(self) -> list[str]:
        """The command of the web server."""
        address = ["--host", self.host, "--port", str(self.port)]
        size = ["--workers", str(self.workers), "--threads", str(self.threads)]
        owner = ["--owner", str(os.getpid())]
        return [sys.executable, "-m", "app.server", *address, *size, *owner]

    @property
    def reachable_at(self) -> str:
        """The host by which this machine reaches the service."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104

    @property
    def url(self) -> str:
        """The address to open in a browser."""
        host = self.reachable_at
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


def launch(service: Service, data_dir: Path) -> int:
    """Serve until SIGTERM or SIGINT and return the exit code: 0 after such a stop.

    The database is the embedded one in ``data_dir`` unless DATABASE_URL is set. A web server
    that ends unexpectedly is started again, but not one that never became ready: its exit
    code is returned. Raises PostgresUnavailable or PortUnavailable with the reason.
    """
    with _reserved(service), contextlib.ExitStack() as stack:
        environment = dict(os.environ)
        own_database = not environment.get("DATABASE_URL")
        if own_database:
            environment |= cluster_at(data_dir).environment()
        web = _WebServer(service, environment)
        stack.callback(web.kill)
        # Both start at once: the web server imports its modules while the database starts.
        web.start()
        if own_database:
            with web.stopping_raises():
                stack.enter_context(embedded(data_dir))
        if environment.get("MQTT_URL"):
            stack.enter_context(_subscriber(environment))
        return web.supervise()


@contextlib.contextmanager
def _subscriber(environment: dict[str, str]) -> Iterator[None]:
    """Run the subscriber of MQTT beside the web server, and again when it ends."""
    is_over = threading.Event()
    running: list[subprocess.Popen[bytes]] = []
    command = [sys.executable, "-m", "app.subscriber", "--owner", str(os.getpid())]

    def keep_running() -> None:
        while not is_over.is_set():
            process = subprocess.Popen(command, env=environment, start_new_session=True)
            running[:] = [process]
            if process.wait() == 78 or is_over.wait(_LONGEST_PAUSE_S):
                return  # 78: its settings are refused, and it has said why

    thread = threading.Thread(target=keep_running, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        for process in running:
            process.terminate()
        thread.join(timeout=10)


class _WebServer:
    def __init__(self, service: Service, environment: dict[str, str]) -> None:
        self._service = service
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = False
        self._stop_raises = False
        self._was_ready = threading.Event()
        for number in FORWARDED:
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        process = self._process
        if number == signal.SIGHUP:
            if process and self._was_ready.is_set():
                process.send_signal(number)
            return
        self._stopping = True
        if process:
            process.send_signal(signal.SIGTERM)
        if self._stop_raises:
            raise SystemExit(0)

    @contextlib.contextmanager
    def stopping_raises(self) -> Iterator[None]:
        """Let a signal interrupt what the block waits for."""
        if self._stopping:
            raise SystemExit(0)
        self._stop_raises = True
        try:
            yield
        finally:
            self._stop_raises = False

    def start(self) -> None:
        # In a session of its own, so that Ctrl-C stops it through us, and before the database.
        self._process = subprocess.Popen(
            self._service.command, env=self._environment, start_new_session=True
        )
        if self._stopping:
            self._process.send_signal(signal.SIGTERM)

    def supervise(self) -> int:
        threading.Thread(target=self._announce, daemon=True).start()
        pause_s = 0.05
        while True:
            process = self._process
            assert process is not None
            began = time.monotonic()
            code = process.wait()
            if self._stopping:
                return 0 if code in (0, -signal.SIGTERM) else 1
            if not self._was_ready.is_set():
                return code if code > 0 else 1
            pause_s = 0.1 if time.monotonic() - began > 30 else min(pause_s * 2, _LONGEST_PAUSE_S)
            print(
                f"consumo: the web server ended ({code}); starting it again in {pause_s:.1f} s",
                file=sys.stderr,
                flush=True,
            )
            self._pause(pause_s)
            if self._stopping:
                return 0
            self.start()

    def kill(self) -> None:
        """End a web server whose database did not come up."""
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < until:
            time.sleep(0.05)

    def _announce(self) -> None:
        began = time.monotonic()
        while not answers(self._service.reachable_at, self._service.port):
            time.sleep(0.02 if time.monotonic() - began < 10 else 0.5)
        self._was_ready.set()
        print(f"Consumo is ready at {self._service.url} (Ctrl-C stops it)", flush=True)


@contextlib.contextmanager
def _reserved(service: Service) -> Iterator[None]:
    """Hold the address for our workers alone, also while they are started again.

    Workers listen with SO_REUSEPORT, by which a second copy of the product would silently
    share the first one's port. A bound socket that never listens gets no connections, but
    keeps everyone out who binds without that option, as this function does.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(
        service.host, service.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with socket.socket(family, kind, protocol) as held:
        # Connections of a run that just ended must not keep the port.
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            held.bind(address)
        except OSError as error:
            raise PortUnavailable(_why_not(service, error)) from error
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        yield


def _why_not(service: Service, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {service.port} is in use by another program: choose another one, "
            f"for example PORT={service.port + 1}"
        )
    if error.errno == errno.EACCES:
        return f"port {service.port} needs root: choose PORT above 1023"
    return f"cannot serve at {service.host}, port {service.port}: {error.strerror}"


def _port(text: str) -> int:
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= 65_535:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no port: choose PORT from 1 to 65535")


def main() -> int:
    """Parse the command line, launch, and print errors as one line."""
    parser = argparse.ArgumentParser(prog="python -m app.launcher", description=__doc__)
    parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
    parser.add_argument("--port", type=_port, default=os.environ.get("PORT", "8000"))
    parser.add_argument("--data-dir", type=Path, default=os.environ.get("DATA_DIR", "../.data"))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=4)
    chosen = parser.parse_args()
    service = Service(chosen.host, chosen.port, chosen.workers, chosen.threads)
    try:
        return launch(service, chosen.data_dir)
    except (PostgresUnavailable, PortUnavailable, socket.gaierror) as error:
        print(f"consumo: {error}", file=sys.stderr)
        return 69


if __name__ == "__main__":
    sys.exit(main())
