"""The launcher, its database and its web server against kills and signals, with a small app."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

BACKEND = Path(__file__).parents[2]
APPLICATION = """
import os, time
import psycopg

def app(environ, start_response):
    status = "200 OK"
    if environ["PATH_INFO"] == "/slow":
        time.sleep(1)
    if environ["PATH_INFO"] == "/stuck":
        time.sleep(60)
    try:
        url = os.environ["DATABASE_URL"].replace("+psycopg", "")
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        status = "503 Service Unavailable"
    start_response(status, [("Content-Type", "text/plain")])
    return [b"%d" % os.getpid()]
"""


class Product:
    """A running product with the small application."""

    def __init__(self, folder: Path) -> None:
        (folder / "main.py").write_text(APPLICATION)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        variables = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE_")}
        command = [sys.executable, "-m", "app.launcher", "--data-dir", str(folder / "data")]
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port)],
            cwd=folder,
            env=variables | {"PYTHONPATH": f"{folder}:{BACKEND}", "MIGRATE_ON_START": "0"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.greeting = self.process.stdout.readline()
        self.everyone = psutil.Process(self.process.pid).children(recursive=True)

    def get(self, path: str = "/") -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def web_server(self) -> psutil.Process:
        children = psutil.Process(self.process.pid).children()
        return next(child for child in children if "app.server" in child.cmdline())

    def heals(self) -> None:
        until(lambda: all(self.get() == 200 for _ in range(6)), 10)

    def is_gone(self) -> bool:
        return not any(p.is_running() and p.status() != "zombie" for p in self.everyone)


def until(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def product() -> Iterator[Product]:
    with tempfile.TemporaryDirectory(prefix="consumo-test-") as folder:
        os.chmod(folder, 0o755)
        started = Product(Path(folder))
        try:
            yield started
        finally:
            started.process.kill()
            started.process.communicate()
            until(started.is_gone, 15)


def test_it_says_where_it_is_and_stops_cleanly(product: Product) -> None:
    assert product.greeting == (
        f"Consumo is ready at http://127.0.0.1:{product.port} (Ctrl-C stops it)\n"
    )
    product.process.send_signal(signal.SIGINT)
    assert product.process.wait(20) == 0
    assert product.is_gone()


def test_requests_in_flight_outlive_a_stop(product: Product) -> None:
    answers: list[int] = []
    slow = [threading.Thread(target=lambda: answers.append(product.get("/slow"))) for _ in range(4)]
    for thread in slow:
        thread.start()
    time.sleep(0.3)
    product.process.terminate()
    assert product.process.wait(20) == 0
    for thread in slow:
        thread.join()
    assert answers == [200, 200, 200, 200]


def test_every_part_that_is_killed_comes_back(product: Product) -> None:
    product.web_server().children()[0].kill()
    product.heals()
    product.web_server().kill()
    product.heals()
    next(
        child
        for child in psutil.Process(product.process.pid).children()
        if child.name() == "postgres"
    ).kill()
    product.heals()


def test_no_worker_outlives_a_killed_master(product: Product) -> None:
    master = product.web_server()
    workers = master.children()
    stuck = [threading.Thread(target=product.get, args=["/stuck"], daemon=True) for _ in range(4)]
    for thread in stuck:
        thread.start()
    time.sleep(0.5)
    master.kill()
    until(lambda: not any(worker.is_running() for worker in workers), 5)
    product.heals()


def test_renewing_the_workers_loses_no_request(product: Product) -> None:
    before = {worker.pid for worker in product.web_server().children()}
    product.process.send_signal(signal.SIGHUP)
    answers = set()

    def are_new() -> bool:
        answers.update({product.get() for _ in range(20)})
        now = {worker.pid for worker in product.web_server().children()}
        return len(now) == 2 and now.isdisjoint(before)

    until(are_new, 20)
    assert answers == {200}


def test_nothing_outlives_a_killed_launcher(product: Product) -> None:
    product.process.kill()
    until(product.is_gone, 10)
