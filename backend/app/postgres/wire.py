"""Just enough of the PostgreSQL protocol to ask a local server one question.

The process that supervises the server stays alive beside it for months; psycopg would
triple its memory, and all it needs is a simple query over a Unix socket it may open.
https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

import socket
import struct
from pathlib import Path

_PROTOCOL_3_0 = 196608
PORT = 5432


class ServerError(Exception):
    """The server answered with an error; ``sqlstate`` is its five-character code."""

    def __init__(self, sqlstate: str, message: str) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate


def socket_path(socket_dir: Path) -> Path:
    """Name the socket the server makes in ``socket_dir``."""
    return socket_dir / f".s.PGSQL.{PORT}"


def query(
    socket_dir: Path, role: str, database: str, sql: str, *, timeout_s: float = 10.0
) -> list[list[str | None]]:
    """Run ``sql`` as ``role`` and return the rows of all its statements as text.

    Several statements are one transaction. Raises OSError when no server answers within
    ``timeout_s`` per message, ServerError when it refuses.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout_s)
        connection.connect(str(socket_path(socket_dir)))
        parameters = f"user\0{role}\0database\0{database}\0\0".encode()
        connection.sendall(struct.pack("!ii", len(parameters) + 8, _PROTOCOL_3_0) + parameters)
        _read_until_ready(connection)
        connection.sendall(_message(b"Q", sql.encode() + b"\0"))
        rows = _read_until_ready(connection)
        connection.sendall(_message(b"X", b""))
        return rows


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def _read_until_ready(connection: socket.socket) -> list[list[str | None]]:
    rows: list[list[str | None]] = []
    failure: ServerError | None = None
    while True:
        kind, length = struct.unpack("!ci", _exactly(connection, 5))
        body = _exactly(connection, length - 4)
        if kind == b"D":
            rows.append(_columns(body))
        elif kind == b"E":
            failure = _error(body)
            if failure.sqlstate.startswith(("28", "3D", "57P", "53")):
                raise failure  # a refused connection gets no ReadyForQuery
        elif kind == b"R" and struct.unpack("!i", body[:4]) != (0,):
            raise ServerError("28000", "the server asks for a password")
        elif kind == b"Z":
            if failure:
                raise failure
            return rows


def _exactly(connection: socket.socket, size: int) -> bytes:
    received = bytearray()
    while len(received) < size:
        part = connection.recv(size - len(received))
        if not part:
            raise ConnectionResetError("the server closed the connection")
        received += part
    return bytes(received)


def _columns(body: bytes) -> list[str | None]:
    (count,) = struct.unpack_from("!h", body)
    columns: list[str | None] = []
    position = 2
    for _ in range(count):
        (size,) = struct.unpack_from("!i", body, position)
        position += 4
        columns.append(None if size < 0 else body[position : position + size].decode())
        position += max(size, 0)
    return columns


def _error(body: bytes) -> ServerError:
    fields = {part[:1]: part[1:].decode(errors="replace") for part in body.split(b"\0") if part}
    return ServerError(fields.get(b"C", "XX000"), fields.get(b"M", "unknown error"))
