"""W4: monthly totals by type over three years, of tenants with 1k, 100k and 1M records; 1 client.

The three tenants live in one database and are asked in turn. Also the 304 that a client gets which
has the answer already, and the rollup query alone by pgbench: the raw limit.
"""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from harness import seed
from harness.client import Sample, closed_loop, request, same, single
from harness.raw import statements
from harness.report import Work, main, median, say
from harness.service import Service, Usage, running

DAYS = 1042
SIZES = {"1k": (1, 1, 1), "100k": (2, 10, 10), "1M": (3, 10, 96)}
"""Tenant, meters, records of each meter a day."""
_RAW = """
SELECT m.consumption_type, m.unit, r.month, sum(r.amount), sum(r.record_count)
FROM meter_months r JOIN meters m ON m.account_id = r.account_id AND m.id = r.meter_id
WHERE r.account_id = {tenant} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
"""


def measure(quick: bool = False) -> Work:
    """Run the work."""
    rounds, seconds = (2, 1.0) if quick else (8, 2.0)
    work = Work("W4", "monthly totals by type over three years, 1 client")
    with running() as service:
        counts = {}
        with service.connect() as connection, seed.bulk(connection):
            for size, (tenant, meters, per_day) in SIZES.items():
                numbers = range(tenant, tenant + 1)
                seed.tenants(connection, numbers, meters)
                counts[size] = seed.records(
                    connection, numbers, meters=meters, days=DAYS, per_day=per_day
                )
        with service.connect() as connection:
            work.notes.append(
                f"{seed.differences(connection)} days, months or counters differ from the records;"
                f" records: {', '.join(f'{count:,}' for count in counts.values())}."
            )
        found: dict[str, list[tuple[Sample, Usage]]] = defaultdict(list)
        unchanged: dict[str, list[Sample]] = defaultdict(list)
        raw: dict[str, list[float]] = defaultdict(list)
        for size in SIZES:
            closed_loop(service.port, [same(_request(service, size))] * 2, 1.0)  # warm up
        for number in range(rounds):
            for size in SIZES:
                _round(service, size, seconds, found[size], unchanged[size], raw[size])
            say(f"W4 round {number + 1}: {found['1M'][-1][0].percentile(50):.2f} ms of 1M")
    for size in SIZES:
        _report(work, size, found[size], unchanged[size], raw[size])
    p50 = {size: median(s.percentile(50) for s, _ in found[size]) for size in SIZES}
    work.at_most("1M against 1k: p50", p50["1M"] / p50["1k"], 1.3, "x")
    return work


def _request(service: Service, size: str, etag: str | None = None) -> bytes:
    today = datetime.now(UTC).date()
    first = today - timedelta(days=DAYS - 1)
    path = f"/api/consumption/analytics?group_by=month&date_from={first}&date_to={today}"
    token = service.token(SIZES[size][0])
    if etag is None:
        return request("GET", path, token)
    return request("GET", path, token, If_None_Match=etag)


def _round(
    service: Service,
    size: str,
    seconds: float,
    found: list[tuple[Sample, Usage]],
    unchanged: list[Sample],
    raw: list[float],
) -> None:
    raw.append(statements(service, _RAW.format(tenant=SIZES[size][0]), 1, seconds / 2)[1])
    message = _request(service, size)
    before = service.usage()
    sample = closed_loop(service.port, [same(message)], seconds)
    found.append((sample, service.usage() - before))
    etag = single(service.port, message).headers["etag"]
    again = same(_request(service, size, etag))
    unchanged.append(closed_loop(service.port, [again], seconds / 2, b"304"))


def _report(
    work: Work,
    size: str,
    found: list[tuple[Sample, Usage]],
    unchanged: list[Sample],
    raw: list[float],
) -> None:
    p50 = median(sample.percentile(50) for sample, _ in found)
    work.at_most(f"{size}: p50", p50, 2, " ms")
    work.show(f"{size}: p99", f"{median(s.percentile(99) for s, _ in found):.2f} ms")
    cpu = median(used.total / sample.count * 1000 for sample, used in found)
    work.show(f"{size}: CPU a request", f"{cpu:.2f} ms")
    work.show(f"{size}: p50 of a 304", f"{median(s.percentile(50) for s in unchanged):.2f} ms")
    work.show(f"{size}: raw limit, the rollup by pgbench", f"{median(raw):.2f} ms")
    work.show(f"{size}: p50 against the raw limit", f"{p50 / median(raw):.1f}x")


if __name__ == "__main__":
    main(measure, __doc__)
