"""Ask this machine's service whether it is ready: `python -m app.probe` ends with 0 when it is."""

import os
import socket
import sys


def answers(host: str, port: int) -> bool:
    """Ask the health check; plain sockets, as http.client would double a small process."""
    request = b"GET /api/health/ready HTTP/1.0\r\nHost: localhost\r\n\r\n"
    try:
        with socket.create_connection((host, port), timeout=5) as connection:
            connection.sendall(request)
            status_line = connection.recv(64)
    except OSError:
        return False
    return status_line.split(b" ")[1:2] == [b"200"]


if __name__ == "__main__":
    sys.exit(0 if answers("127.0.0.1", int(os.environ.get("PORT", "8000"))) else 1)
