"""A disk that fills while the product runs: a clear answer, nothing acknowledged is lost, and it
goes on by itself once there is space again."""

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.postgres import cluster_at
from tests.attack.product import Answer, Product, until
from tests.faults.ledger import Books, Client, compare

MB = 1024 * 1024
PATH = "/api/consumption"
FORM = (
    b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n"
    b"date,kWh\n%s\r\n--x--\r\n"
)  # fmt: skip


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=1777", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("cannot mount a small disk here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextlib.contextmanager
def product_with(disk: str, size: str, **settings: str) -> Iterator[tuple[Product, Path]]:
    """Run the product with a folder of its own that is a small disk."""
    with tempfile.TemporaryDirectory(prefix="consumo-test-") as parent:
        folder = Path(parent)
        folder.chmod(0o755)
        with small_disk(folder / disk, size):
            given = {name: value.format(disk=folder / disk) for name, value in settings.items()}
            product = Product(folder, **given)
            try:
                until(product.is_ready, 60, "the start")
                yield product, folder / disk
            finally:
                product.stop()


def fill(folder: Path) -> Path:
    """Leave no byte free."""
    ballast = folder / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    return ballast


def bearer(user: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {user['access_token']}"}


def test_a_full_disk_loses_nothing_and_heals() -> None:
    with product_with("data", "260m") as (product, disk):
        books = Books(product.sign_up("writer"))
        user = bearer(books.user)
        clients = [
            Client(product, books, number, time.monotonic() + 12, hangs_up=0) for number in range(4)
        ]
        for client in clients:
            client.start()
        until(lambda: books.statuses[201] > 50, 15, "writing")
        ballast = fill(disk)
        until(lambda: books.statuses[503] > 3, 30, "the disk being full")
        assert product.status("/api/health/live") == 200
        assert product.status(PATH, **user) in (200, 503)  # 503 while PostgreSQL starts again
        before = books.statuses[201]
        ballast.unlink()
        until(lambda: product.status(PATH, **user) == 200, 20, "healing")
        for client in clients:
            client.join(60)
            assert not client.is_alive()
        until(lambda: books.statuses[201] > before, 1, "writing again")
        assert not books.failures, books.failures
        assert set(books.statuses) <= {0, 200, 201, 204, 404, 409, 503}, books.statuses
        assert compare(cluster_at(product.data_dir), books).is_clean


def test_an_upload_that_finds_no_room_is_a_503_and_leaves_nothing() -> None:
    with product_with("tmp", "16m", TMPDIR="{disk}") as (product, disk):
        user = bearer(product.sign_up("uploader"))
        free = os.statvfs(disk).f_bavail
        counters = 16  # pages of the metrics, which are kept there as well

        def send(megabytes: int) -> Answer:
            lines = b"2026-01-01,1\n" + b"," * (megabytes * MB)
            content_type = {"Content-Type": "multipart/form-data; boundary=x"}
            return product.call("POST", "/api/imports", FORM % lines, **content_type, **user)

        for megabytes in (10, 30):  # beside a copy of its own, and by itself
            answer = send(megabytes)
            assert answer.status == 503, answer.body
            assert answer.json["code"] == "unavailable"
            assert int(answer.headers["Retry-After"]) >= 1
            assert "room" in answer.json["detail"]
        assert os.statvfs(disk).f_bavail >= free - counters
        assert not list(disk.glob("consumo-import-*"))
        assert send(0).status == 201
        assert os.statvfs(disk).f_bavail >= free - counters
        assert not list(disk.glob("consumo-import-*"))
        assert '"unexpected error"' not in "\n".join(product.lines())
