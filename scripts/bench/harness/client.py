"""A client that costs the machine little: plain sockets, one epoll, requests built beforehand."""

import select
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

Requests = Iterator[bytes]


@dataclass
class Sample:
    """What a run of requests gave; latencies in seconds."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0
    refused: list[bytes] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many were answered as expected."""
        return len(self.latencies)

    @property
    def rate(self) -> float:
        """Answers per second."""
        return self.count / self.seconds

    def percentile(self, percent: float) -> float:
        """Return a latency in milliseconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] * 1000


class _Connection:
    """One keep-alive connection that sends its next request as soon as it has an answer."""

    def __init__(self, port: int, requests: Requests) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._requests = requests
        self._received = b""
        self.sent_at = 0.0

    def send(self) -> None:
        """Send the next request."""
        request = next(self._requests)
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bytes | None:
        """Return the answer when it is complete."""
        received = self.socket.recv(262_144)
        if not received:
            raise SystemExit("the server closed a connection")
        self._received += received
        end = end_of(self._received)
        if end is None or len(self._received) < end:
            return None
        answer, self._received = self._received, b""
        return answer


def end_of(received: bytes) -> int | None:
    """Return how many bytes an answer has, None while its head is not complete."""
    head = received.find(b"\r\n\r\n")
    if head < 0:
        return None
    at = received.find(b"content-length: ", 0, head)
    if at < 0:
        return head + 4
    return head + 4 + int(received[at + 16 : received.index(b"\r\n", at)])


def closed_loop(
    port: int, clients: Sequence[Requests], seconds: float, expect: bytes = b"200"
) -> Sample:
    """Keep one request of each client in flight for `seconds`.

    Every answer must have the status `expect`, or SystemExit is raised with what came instead.
    """
    connections = {}
    poll = select.epoll()
    for requests in clients:
        connection = _Connection(port, requests)
        connections[connection.socket.fileno()] = connection
        poll.register(connection.socket.fileno(), select.EPOLLIN)
    sample = Sample()
    clock = time.perf_counter
    began = clock()
    until = began + seconds
    for connection in connections.values():
        connection.send()
    busy = len(connections)
    while busy:
        for number, _ in poll.poll():
            connection = connections[number]
            answer = connection.receive()
            if answer is None:
                continue
            now = clock()
            if answer[9:12] == expect:
                sample.latencies.append(now - connection.sent_at)
            else:
                sample.refused.append(answer)
            if now < until:
                connection.send()
            else:
                busy -= 1
    sample.seconds = clock() - began
    for connection in connections.values():
        connection.socket.close()
    _refuse(sample, expect)
    return sample


def paced(
    port: int,
    requests: Requests,
    seconds: float,
    every: float,
    expect: bytes = b"200",
    stop: Callable[[], bool] = lambda: False,
) -> Sample:
    """Send a request each `every` seconds, later ones waiting for earlier ones."""
    connection = _Connection(port, requests)
    sample = Sample()
    began = time.perf_counter()
    due = began
    while (now := time.perf_counter()) < began + seconds and not stop():
        if now < due:
            time.sleep(due - now)
        due = max(due + every, time.perf_counter())
        connection.send()
        while (answer := connection.receive()) is None:
            pass
        if answer[9:12] == expect:
            sample.latencies.append(time.perf_counter() - connection.sent_at)
        else:
            sample.refused.append(answer)
    sample.seconds = time.perf_counter() - began
    connection.socket.close()
    _refuse(sample, expect)
    return sample


def _refuse(sample: Sample, expect: bytes) -> None:
    if sample.refused:
        first = sample.refused[0].decode(errors="replace")
        raise SystemExit(
            f"{len(sample.refused)} answers were not {expect.decode()}; the first:\n{first}"
        )


def request(
    method: str, path: str, token: str | None = None, body: bytes = b"", **headers: str
) -> bytes:
    """Build the bytes of a request; header names have _ for -."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Accept: application/json"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def same(message: bytes) -> Requests:
    """Repeat one request."""
    while True:
        yield message


@dataclass(frozen=True)
class Answer:
    """One answer; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def single(port: int, message: bytes) -> Answer:
    """Send one request on a connection of its own."""
    connection = _Connection(port, same(message))
    connection.send()
    while (received := connection.receive()) is None:
        pass
    connection.socket.close()
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:])
    return Answer(int(lines[0].split(" ")[1]), headers, body)
