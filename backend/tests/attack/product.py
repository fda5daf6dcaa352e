"""A real server process for attacks: granian by app.launcher, its own database, port and log."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

BACKEND = Path(__file__).parents[2]
SECRET = "a-secret-for-tests-only-0123456789-abcdef"
NO_LIMITS = {
    "LOGIN_LIMIT_PER_ACCOUNT_IP": "0",
    "LOGIN_LIMIT_PER_IP": "0",
    "LOGIN_LIMIT_CONSECUTIVE": "0",
    "REGISTER_LIMIT_PER_IP": "0",
    "REFRESH_LIMIT_PER_SESSION": "0",
    "READ_LIMIT_PER_MINUTE": "0",
    "WRITE_LIMIT_PER_MINUTE": "0",
    "IMPORT_LIMIT_PER_HOUR": "0",
    "IMPORT_LIMIT_PARALLEL": "0",
    "EXPORT_LIMIT_PER_HOUR": "0",
}
QUICK = {"BCRYPT_COST": "4", "COOKIE_SECURE": "false", "APP_ENV": "testing", "JWT_SECRET": SECRET}


class Answer:
    """An answer that was read to its end."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Product:
    """The product as `make start` runs it, with its output kept in a file."""

    def __init__(
        self, folder: Path, workers: int = 2, threads: int = 4, port: int = 0, **settings: str
    ) -> None:
        with socket.create_server(("127.0.0.1", port)) as free:
            self.port: int = free.getsockname()[1]
        self.data_dir = folder / "data"
        self.log = folder / "output.log"
        kept = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE_")}
        size = ["--workers", str(workers), "--threads", str(threads)]
        command = [sys.executable, "-m", "app.launcher", "--data-dir", str(self.data_dir), *size]
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [*command, "--port", str(self.port)],
                cwd=BACKEND,
                env=kept | QUICK | NO_LIMITS | settings,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def everyone(self) -> list[psutil.Process]:
        """The processes of the product, the launcher first."""
        try:
            launcher = psutil.Process(self.process.pid)
            return [launcher, *launcher.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def master(self) -> psutil.Process | None:
        """The web server's parent process."""
        return next(
            (p for p in self.everyone() if _has(p, "app.server") and _is_child(p, self)), None
        )

    def workers(self) -> list[psutil.Process]:
        """The processes that answer requests."""
        master = self.master()
        return [] if master is None else [p for p in master.children() if p.status() != "zombie"]

    def postmaster(self) -> psutil.Process | None:
        """The database's parent process."""
        return next(
            (p for p in self.everyone() if p.name() == "postgres" and _is_child(p, self)), None
        )

    def backends(self) -> list[psutil.Process]:
        """The database's processes that serve connections of the application."""
        postmaster = self.postmaster()
        if postmaster is None:
            return []
        return [p for p in postmaster.children() if "consumo_app" in " ".join(_command(p))]

    def call(
        self, method: str, path: str, body: Any = None, timeout: float = 15, **headers: str
    ) -> Answer:
        """Send one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None and not isinstance(body, bytes):
            body, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        try:
            with suppress(BrokenPipeError):  # it answers before it has read a body to its end
                connection.request(method, path, body, sent)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def status(self, path: str, timeout: float = 15, **headers: str) -> int:
        """Give the status of a GET, or 0 when there is no answer."""
        try:
            return self.call("GET", path, timeout=timeout, **headers).status
        except (OSError, http.client.HTTPException):
            return 0

    def is_ready(self) -> bool:
        """Whether it can serve."""
        assert self.process.poll() is None, self.log.read_text()[-4000:]
        return self.status("/api/health/ready") == 200

    def sign_up(self, name: str = "ana", password: str = "correct horse battery staple") -> Any:
        """Register somebody; gives the body of the answer."""
        body = {"username": name, "email": f"{name}@example.org", "password": password}
        answer = self.call("POST", "/api/auth/register", body | {"token_delivery": "body"})
        assert answer.status == 201, answer.body
        return answer.json

    def lines(self) -> list[str]:
        """What the product has written so far."""
        return self.log.read_text(errors="surrogateescape").rstrip("\n").split("\n")

    def stop(self) -> None:
        """End everything, politely first, and whatever of it was left frozen."""
        everyone = self.everyone()
        for process in everyone:
            _signal(process, signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        _, alive = psutil.wait_procs(everyone, timeout=15)
        for process in alive:
            _signal(process, signal.SIGKILL)
        assert not alive, alive


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _has(process: psutil.Process, word: str) -> bool:
    return word in _command(process)


def _is_child(process: psutil.Process, product: Product) -> bool:
    try:
        return process.ppid() == product.process.pid and process.status() != "zombie"
    except psutil.NoSuchProcess:
        return False


def until(condition: Callable[[], Any], seconds: float, what: str = "it") -> Any:
    """Wait until the condition holds and give its value."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
        time.sleep(0.02)
    return found


@contextmanager
def running_product(**options: Any) -> Iterator[Product]:
    """Start the product, wait until it is ready, and end every part of it afterwards."""
    with tempfile.TemporaryDirectory(prefix="consumo-test-") as folder:
        os.chmod(folder, 0o755)
        product = Product(Path(folder), **options)
        try:
            until(product.is_ready, 60, "the start")
            yield product
        finally:
            product.stop()
