"""Connections that rest between two requests, as browsers keep them, hold nobody up."""

import socket
from contextlib import ExitStack

from tests.attack.product import running_product

REQUEST = b"GET /api/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
RESTING = 1_200


def test_many_resting_connections_keep_nobody_out() -> None:
    with running_product() as product, ExitStack() as stack:
        for _ in range(RESTING):
            connection = socket.create_connection(("127.0.0.1", product.port), timeout=5)
            stack.enter_context(connection)
            connection.sendall(REQUEST)
            assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        for _ in range(20):  # on both workers
            assert product.status("/api/health/ready", timeout=5) == 200
