"""Many people at once who think between two requests: one thread, one epoll, a socket for each."""

import heapq
import random
import select
import socket
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from harness.client import Sample, end_of

PATIENCE_S = 30.0


@dataclass(frozen=True)
class Wish:
    """A request of some kind, and the status that it should be answered with."""

    kind: str
    message: bytes
    expect: bytes = b"200"


@dataclass
class Visits:
    """What all visitors found; failures are answers of another status, and none at all."""

    samples: defaultdict[str, Sample] = field(default_factory=lambda: defaultdict(Sample))
    failures: Counter[str] = field(default_factory=Counter)
    first_failure: bytes = b""

    def all(self) -> Sample:
        """Return the answers of every kind together."""
        together = Sample()
        for sample in self.samples.values():
            together.latencies += sample.latencies
            together.seconds = max(together.seconds, sample.seconds)
        return together


class _Visitor:
    """One of them, with a connection that the server may close while they think."""

    def __init__(self, number: int, port: int, wishes: Iterator[Wish]) -> None:
        self.number, self._port, self._wishes = number, port, wishes
        self.socket: socket.socket | None = None
        self.wish: Wish | None = None
        self.sent_at = 0.0
        self.is_fresh = False
        self.received = b""

    def ask(self, wish: Wish | None = None) -> None:
        """Send the next request; with `wish` the one that a closed connection swallowed."""
        if wish is None:
            self.sent_at = time.perf_counter()
        self.wish = wish or next(self._wishes)
        self.is_fresh = self.socket is None
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE_S)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.socket.sendall(self.wish.message)

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None


class Crowd:
    """All visitors, until the time is over and every answer has come."""

    def __init__(
        self, port: int, everyone: list[Iterator[Wish]], think: Callable[[], float]
    ) -> None:
        self._visitors = [_Visitor(n, port, wishes) for n, wishes in enumerate(everyone)]
        self._think = think
        self._poll = select.epoll()
        self._by_file: dict[int, _Visitor] = {}
        self._due: list[tuple[float, int]] = []
        self._waiting = 0
        self.visits = Visits()

    def run(self, seconds: float, tell: Callable[[Visits, float], None]) -> Visits:
        """Let them visit for `seconds`; `tell` is called each minute with what there is so far."""
        began = time.perf_counter()
        until, next_telling = began + seconds, began + 60
        spread = self._think() * 2
        self._due = [(began + random.random() * spread, n) for n in range(len(self._visitors))]
        heapq.heapify(self._due)
        while (now := time.perf_counter()) < until or self._waiting:
            if now > until + PATIENCE_S:
                self.visits.failures["no answer"] += self._waiting
                break
            if now > next_telling:
                next_telling += 60
                tell(self.visits, now - began)
            self._ask_who_is_due(now, until)
            pause = min(self._due[0][0] - now, 0.1) if self._due else 0.1
            for number, _ in self._poll.poll(max(0.0, pause)):
                self._hear(self._by_file[number])
        lasted = time.perf_counter() - began
        for sample in self.visits.samples.values():
            sample.seconds = lasted
        for visitor in self._visitors:
            visitor.close()
        return self.visits

    def _ask_who_is_due(self, now: float, until: float) -> None:
        while self._due and self._due[0][0] <= now:
            _, number = heapq.heappop(self._due)
            if now < until:
                self._waiting += 1
                self._ask(self._visitors[number])

    def _ask(self, visitor: _Visitor, again: Wish | None = None) -> None:
        try:
            visitor.ask(again)
        except OSError as error:
            if not visitor.is_fresh:
                self._forget(visitor)
                self._ask(visitor, visitor.wish)
                return
            self._failed(visitor, type(error).__name__.encode())
            return
        if visitor.is_fresh and visitor.socket is not None:
            self._by_file[visitor.socket.fileno()] = visitor
            self._poll.register(visitor.socket.fileno(), select.EPOLLIN)

    def _hear(self, visitor: _Visitor) -> None:
        assert visitor.socket is not None
        try:
            received = visitor.socket.recv(262_144)
        except OSError:
            received = b""
        if not received:
            self._closed(visitor)
            return
        visitor.received += received
        end = end_of(visitor.received)
        if end is not None and len(visitor.received) >= end:
            self._answered(visitor)

    def _closed(self, visitor: _Visitor) -> None:
        """The server ended a connection: at rest that is its right, and a request that met it is
        sent again on a new one, as browsers do."""
        self._forget(visitor)
        if visitor.wish is None:
            return
        if visitor.is_fresh or visitor.received:
            self._failed(visitor, b"the connection was closed")
        else:
            self._ask(visitor, visitor.wish)

    def _answered(self, visitor: _Visitor) -> None:
        wish = visitor.wish
        assert wish is not None
        if visitor.received[9:12] != wish.expect:
            self._failed(visitor, visitor.received)
            return
        self.visits.samples[wish.kind].latencies.append(time.perf_counter() - visitor.sent_at)
        self._rest(visitor)

    def _failed(self, visitor: _Visitor, answer: bytes) -> None:
        kind = visitor.wish.kind if visitor.wish else "connect"
        self.visits.failures[f"{kind}: {answer[:30].decode(errors='replace')}"] += 1
        self.visits.first_failure = self.visits.first_failure or answer
        self._rest(visitor)

    def _rest(self, visitor: _Visitor) -> None:
        visitor.wish = None
        self._waiting -= 1
        heapq.heappush(self._due, (time.perf_counter() + self._think(), visitor.number))

    def _forget(self, visitor: _Visitor) -> None:
        if visitor.socket is not None:
            self._poll.unregister(visitor.socket.fileno())
            del self._by_file[visitor.socket.fileno()]
        visitor.close()
