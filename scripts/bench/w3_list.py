"""W3: the newest 20 records of a tenant with 100,000, 8 clients, bases of 1 and 10 million records.

Two servers hold the two bases (1,000 tenants each) and are asked in turn, so that noise of the
machine falls on both. Beside them pgbench reads the same page from the same databases.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from harness import seed
from harness.client import Sample, closed_loop, request, same
from harness.raw import statements
from harness.report import Work, main, median, say
from harness.service import Service, Usage, running

CLIENTS = 8
OURS, OTHERS = range(1, 2), range(2, 1001)
_RAW = f"""
SELECT * FROM consumptions WHERE account_id = {OURS.start}
ORDER BY consumption_date DESC, id DESC LIMIT 20;
"""


@dataclass
class Base:
    """One server with its records, and what was measured on it."""

    service: Service
    records: int
    rounds: list[tuple[Sample, Usage]] = field(default_factory=list)
    raw: list[float] = field(default_factory=list)

    @property
    def label(self) -> str:
        """Its size for people."""
        return f"{self.records / 1e6:.1f}M"

    def rate(self) -> float:
        """Requests per second, median of the rounds."""
        return median(sample.rate for sample, _ in self.rounds)

    def cpu(self) -> float:
        """CPU milliseconds per request, median of the rounds."""
        return median(used.total / sample.count * 1000 for sample, used in self.rounds)


def measure(quick: bool = False) -> Work:
    """Run the work."""
    rounds, seconds = (1, 3.0) if quick else (5, 5.0)
    per_day = (1, 2) if quick else (1, 11)
    work = Work("W3", "newest 20 of a tenant with 100k records, 8 clients")
    with contextlib.ExitStack() as stack:
        bases = [seeded(stack.enter_context(running()), each) for each in per_day]
        for number in range(rounds):
            for base in bases:
                _round(base, seconds)
                rate = base.rounds[-1][0].rate
                say(f"W3 round {number + 1}, base {base.label}: {rate:,.0f}/s")
    _report(work, bases)
    return work


def seeded(service: Service, per_day: int) -> Base:
    """Give the service our tenant's 100,000 records, and `per_day` of each other tenant."""
    with service.connect() as connection, seed.bulk(connection):
        seed.tenants(connection, OURS)
        seed.tenants(connection, OTHERS)
        count = seed.records(connection, OURS, meters=1, days=1000, per_day=100)
        count += seed.records(connection, OTHERS, meters=1, days=900, per_day=per_day)
    base = Base(service, count)
    say(f"W3: a base of {base.label} records is ready")
    closed_loop(service.port, [newest(base.service)] * CLIENTS, 1.0)  # warm up
    return base


def newest(service: Service) -> Iterator[bytes]:
    """Ask for our tenant's newest 20 records, again and again."""
    return same(request("GET", "/api/consumption", service.token(OURS.start)))


def _round(base: Base, seconds: float) -> None:
    base.raw.append(statements(base.service, _RAW, CLIENTS, seconds / 3)[0])
    before = base.service.usage()
    sample = closed_loop(base.service.port, [newest(base.service)] * CLIENTS, seconds)
    base.rounds.append((sample, base.service.usage() - before))


def _report(work: Work, bases: list[Base]) -> None:
    for base in bases:
        p99 = median(sample.percentile(99) for sample, _ in base.rounds)
        p50 = median(sample.percentile(50) for sample, _ in base.rounds)
        web = median(used.web / sample.count * 1000 for sample, used in base.rounds)
        raw = median(base.raw)
        work.at_least(f"base {base.label}: rate", base.rate(), 2000, "/s")
        work.at_most(f"base {base.label}: p99", p99, 12, " ms")
        work.at_most(f"base {base.label}: CPU a request", base.cpu(), 1.1, " ms")
        work.show(f"base {base.label}: p50", f"{p50:.1f} ms")
        split = f"{web:.2f} / {base.cpu() - web:.2f} ms"
        work.show(f"base {base.label}: of it web server / PostgreSQL", split)
        work.show(f"base {base.label}: raw limit, the page by pgbench", f"{raw:,.0f}/s")
        work.show(f"base {base.label}: share of the raw limit", f"{base.rate() / raw:.3f}")
    small, large = bases
    growth = large.cpu() / small.cpu()
    work.at_most(f"{large.label} against {small.label}: CPU a request", growth, 1.1, "x")
    work.at_most(
        f"{large.label} against {small.label}: time a request",
        median(
            few.rate / many.rate
            for (few, _), (many, _) in zip(small.rounds, large.rounds, strict=True)
        ),
        1.1,
        "x",
    )


if __name__ == "__main__":
    main(measure, __doc__)
