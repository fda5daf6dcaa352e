"""Four instances on one database behind nginx against one: the throughput of W3, and its limit.

Both stand beside each other and are asked in turn, the one directly and behind the same nginx. In
each round it is measured where the time of the machine's processors goes: what is left idle, or
that nothing is, says what limits the throughput.
"""

import contextlib
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import psutil

import w3_list
from harness.client import Sample, closed_loop
from harness.nginx import Proxy, proxy
from harness.report import Work, main, median, say
from harness.service import Service, folder, running

INSTANCES = 4
CORES = os.cpu_count() or 1


@dataclass(frozen=True)
class Shares:
    """Of the processors' time in a round, what each took, as a part of one."""

    web: float
    postgres: float
    nginx: float
    client: float
    idle: float


@dataclass
class Way:
    """One way to the list: what is asked at which port, and what was measured."""

    name: str
    port: int
    services: Sequence[Service]
    rounds: list[tuple[Sample, Shares]] = field(default_factory=list)

    def rate(self) -> float:
        """Requests per second, median of the rounds."""
        return median(sample.rate for sample, _ in self.rounds)

    def share(self, name: str) -> float:
        """Median share of the processors' time."""
        return median(getattr(shares, name) for _, shares in self.rounds)


def measure(quick: bool = False) -> Work:
    """Run the work."""
    rounds, seconds = (2, 2.0) if quick else (5, 5.0)
    work = Work("Scale", f"W3 on {INSTANCES} instances behind nginx against one")
    with running() as first, contextlib.ExitStack() as stack:
        w3_list.seeded(first, 1)
        services = [
            first,
            *(stack.enter_context(_beside(first)) for _ in range(INSTANCES - 1)),
        ]
        ports = [service.port for service in services]
        gate = stack.enter_context(proxy(ports[:1], ports))
        ways = [
            Way("one instance, directly", first.port, services),
            Way("one instance behind nginx", gate.ports[0], services),
            Way(f"{INSTANCES} instances behind nginx", gate.ports[1], services),
        ]
        for way in ways:
            closed_loop(way.port, [w3_list.newest(first)] * w3_list.CLIENTS, 1.0)  # warm up
        for number in range(rounds):
            for way in ways:
                _round(way, first, gate, seconds)
                say(f"scale round {number + 1}, {way.name}: {way.rounds[-1][0].rate:,.0f}/s")
        memory = [service.memory().pss for service in services]
    _report(work, ways, memory)
    return work


@contextlib.contextmanager
def _beside(first: Service) -> Iterator[Service]:
    """Start another instance on the first one's database."""
    with folder() as path:
        urls = first.cluster.environment()
        service = Service(path, **urls, JWT_SECRET=first.secret, MIGRATE_ON_START="0")
        try:
            service.start()
            yield service
        finally:
            service.stop()


def _round(way: Way, first: Service, gate: Proxy, seconds: float) -> None:
    def usage() -> tuple[float, float, float, float, float]:
        used = [service.usage() for service in way.services]
        machine = psutil.cpu_times()
        return (
            sum(one.web for one in used),
            sum(one.postgres for one in used),
            gate.cpu(),
            time.process_time(),
            machine.idle + machine.iowait,
        )

    began, before = time.perf_counter(), usage()
    sample = closed_loop(way.port, [w3_list.newest(first)] * w3_list.CLIENTS, seconds)
    after, lasted = usage(), time.perf_counter() - began
    parts = [(late - early) / (lasted * CORES) for late, early in zip(after, before, strict=True)]
    way.rounds.append((sample, Shares(*parts)))


def _report(work: Work, ways: Sequence[Way], memory: Sequence[float]) -> None:
    for way in ways:
        p99 = median(sample.percentile(99) for sample, _ in way.rounds)
        work.show(f"{way.name}: rate", f"{way.rate():,.0f}/s")
        work.show(f"{way.name}: p99", f"{p99:.1f} ms")
        names = ("web", "postgres", "nginx", "client", "idle")
        shares = " / ".join(f"{way.share(name):.0%}" for name in names)
        work.show(f"{way.name}: processors, web / PostgreSQL / nginx / client / idle", shares)
    _, one, many = ways
    work.show(
        f"{INSTANCES} against one behind nginx: rate",
        f"{many.rate() / one.rate():.2f}x",
    )
    work.show("memory at rest, PSS", " / ".join(f"{pss:.0f} MiB" for pss in memory))
    work.notes.append(_reason(one, many))


def _reason(one: Way, many: Way) -> str:
    """Say what limits the throughput of all instances together."""
    idle = many.share("idle")
    ours = sum(many.share(name) for name in ("web", "postgres", "nginx", "client"))
    others = max(0.0, 1 - ours - idle)
    also = f" Other programs took {others:.0%} of them meanwhile." if others > 0.1 else ""
    if idle > 0.1:
        return (
            f"{idle:.0%} of the processors' time is left: {w3_list.CLIENTS} clients that wait for"
            f" their answers do not ask for more.{also}"
        )
    cost = ours * CORES / many.rate() * 1000
    return (
        f"Limited by the {CORES} processors, of which nothing is idle: a request takes {cost:.2f}"
        f" ms of them with its client and nginx, and one instance has them all at work already"
        f" ({one.share('idle'):.0%} idle). More instances divide the same time; they help where"
        f" there are processors for them, and while one is renewed.{also}"
    )


if __name__ == "__main__":
    main(measure, __doc__)
