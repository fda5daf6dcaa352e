"""Two instances on one database behind nginx, as deploy/nginx has it: renewing the workers of one,
and stopping and starting it, fails no request of those who work meanwhile."""

import http.client
import json
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest

from app.postgres import cluster_at
from tests.attack.product import Product, running_product, until
from tests.programs import ROOT, debian_program, free_port

CONFIGURATION = ROOT / "deploy" / "nginx" / "consumo.conf"


def configuration(folder: Path, port: int, plain: int, upstream: list[int]) -> str:
    """The example for nginx, without TLS and on loopback."""
    text = re.sub(r"^ *ssl_.*\n", "", CONFIGURATION.read_text(), flags=re.MULTILINE)
    text = re.sub(r" *listen 80;\n *listen \[::\]:80;", f"listen 127.0.0.1:{plain};", text)
    text = re.sub(r" *listen 443 ssl;\n *listen \[::\]:443 ssl;", f"listen 127.0.0.1:{port};", text)
    servers = "".join(f"server 127.0.0.1:{n} max_fails=1 fail_timeout=2s;\n" for n in upstream)
    text = re.sub(r" *server 127.0.0.1:8000.*\n", servers, text)
    places = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;\n"
        f"events {{}}\nhttp {{ access_log off; {places} {text} }}\n"
    )


@contextmanager
def nginx(upstream: list[int], plain: int | None = None) -> Iterator[int]:
    """Run nginx in front of the instances; gives its port, `plain` is that of what has no TLS."""
    program = debian_program("nginx", "nginx-light")
    folder, port = Path(tempfile.mkdtemp(prefix="consumo-nginx-")), free_port()
    folder.chmod(0o755)
    file = folder / "nginx.conf"
    file.write_text(configuration(folder, port, plain or free_port(), upstream))
    process = subprocess.Popen([program, "-c", str(file), "-e", str(folder / "error.log")])
    try:
        until(lambda: _listens(port), 10, "nginx")
        yield port
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Product, Product]]:
    """Two instances; the second one uses the first one's database."""
    with ExitStack() as stack:
        first = stack.enter_context(running_product(MIGRATE_ON_START="1"))
        yield first, stack.enter_context(beside(first))


def beside(first: Product) -> AbstractContextManager[Product]:
    return running_product(**_on(first))


class Worker(threading.Thread):
    """Somebody who reads and writes without a pause, on connections that stay open."""

    def __init__(self, port: int, token: str, number: int) -> None:
        super().__init__(daemon=True)
        self.port, self.token, self.number = port, token, number
        self.answers: Counter[object] = Counter()
        self.stopping = threading.Event()

    def run(self) -> None:
        """Work until told to stop."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        count = 0
        while not self.stopping.is_set():
            count += 1
            self.answers[self._once(connection, count)] += 1
        connection.close()

    def _once(self, connection: http.client.HTTPConnection, count: int) -> object:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            if count % 3:
                connection.request("GET", "/api/consumption?per_page=5", headers=headers)
            else:
                headers["Idempotency-Key"] = f"{self.number}-{count}"
                entry = {"consumption_type": "water", "amount": 1, "consumption_date": "2026-01-05"}
                connection.request("POST", "/api/consumption", json.dumps(entry), headers)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return type(error).__name__
        return response.status


@contextmanager
def load(port: int, token: str) -> Iterator[list[Worker]]:
    workers = [Worker(port, token, number) for number in range(6)]
    for worker in workers:
        worker.start()
    try:
        time.sleep(1)
        yield workers
        time.sleep(1)
    finally:
        for worker in workers:
            worker.stopping.set()
        for worker in workers:
            worker.join(30)


def total(workers: list[Worker]) -> Counter[object]:
    found: Counter[object] = Counter()
    for worker in workers:
        found.update(worker.answers)
    return found


def test_only_pages_are_sent_on_to_tls() -> None:
    plain = free_port()

    def ask(path: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", plain, timeout=10)
        connection.request("GET", path, headers={"Authorization": "Bearer in-the-clear"})
        return connection.getresponse()

    with nginx([free_port()], plain):
        page, api = ask("/login/?next=%2F"), ask("/api/consumption")
        assert page.status == 308
        assert page.headers["Location"] == "https://127.0.0.1/login/?next=%2F"
        assert (api.status, api.headers["Location"]) == (403, None)
        assert api.headers["Content-Type"] == "application/problem+json"
        assert json.load(api)["detail"] == "Use https."


def test_renewing_the_workers_of_both_fails_no_request(pair: tuple[Product, Product]) -> None:
    token = pair[0].sign_up("renewed")["access_token"]
    with nginx([product.port for product in pair]) as port, load(port, token) as workers:
        for product in pair:
            product.process.send_signal(signal.SIGHUP)
            time.sleep(3)
    answers = total(workers)
    assert set(answers) == {200, 201}, answers
    assert sum(answers.values()) > 200


def test_stopping_and_starting_one_of_two_fails_no_request(pair: tuple[Product, Product]) -> None:
    first = pair[0]
    token = first.sign_up("restarted")["access_token"]
    with beside(first) as other:
        with nginx([first.port, other.port]) as port, load(port, token) as workers:
            before = sum(total(workers).values())
            other.process.terminate()
            other.process.wait(30)
            time.sleep(1)
            # Back on the same port, as after an upgrade.
            again = Product(other.data_dir.parent, port=other.port, **_on(first))
            time.sleep(4)
        answers = total(workers)
        again.stop()
    assert set(answers) == {200, 201}, answers
    assert sum(answers.values()) > before + 100


def _on(first: Product) -> dict[str, str]:
    return cluster_at(first.data_dir).environment()


def test_control_without_the_other_instance_requests_do_fail(pair: tuple[Product, Product]) -> None:
    first = pair[0]
    token = first.sign_up("alone")["access_token"]
    with beside(first) as other, nginx([other.port]) as port, load(port, token) as workers:
        other.process.terminate()
        other.process.wait(30)
        time.sleep(1)
    assert 502 in total(workers)
