"""2,000 tenants at work at the same time, who think between their requests.

Each has three meters with a year of records, and one connection that is kept as browsers keep it.
They look at the dashboard, at their list, at days and at a meter, and write a record now and then;
from answer to next request pass 5 to 15 seconds. At the end every acknowledged record must be
stored, and the projection must be what the records say.
"""

import itertools
import json
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from harness import seed
from harness.client import request
from harness.report import Work, main, say
from harness.service import Service, running
from harness.visitors import Crowd, Visits, Wish

TENANTS = range(1, 2_001)
METERS = 3
THINK_S = (5.0, 15.0)
LIMIT_MS = 250
TODAY = datetime.now(UTC).date()
MONTH_AGO = TODAY - timedelta(days=29)
KINDS = {"dashboard": 30, "list": 30, "create": 20, "days": 10, "meter": 10}


def measure(quick: bool = False, minutes: float = 10.0) -> Work:
    """Run the work."""
    days, minutes = (60, 0.5) if quick else (365, minutes)
    work = Work("Tenants", f"{len(TENANTS):,} tenants with think time for {minutes:g} minutes")
    with running() as service:
        with service.connect() as connection, seed.bulk(connection):
            seed.tenants(connection, TENANTS, METERS)
            count = seed.records(connection, TENANTS, meters=METERS, days=days, per_day=1)
        say(f"tenants: {count:,} records are ready")
        crowd = Crowd(
            service.port,
            [_wishes(service.token(tenant), tenant) for tenant in TENANTS],
            lambda: random.uniform(*THINK_S),
        )
        before, client, memory = service.usage(), time.process_time(), service.memory()
        visits = crowd.run(minutes * 60, _tell)
        used, client = service.usage() - before, time.process_time() - client
        _report(work, visits)
        total = visits.all()
        work.show("of the processors: web server", f"{used.web / total.seconds:.2f} cores")
        work.show(
            "of the processors: PostgreSQL",
            f"{used.postgres / total.seconds:.2f} cores",
        )
        work.show("of the processors: the visitors", f"{client / total.seconds:.2f} cores")
        work.show("CPU a request", f"{used.total / max(1, total.count) * 1000:.2f} ms")
        pss = f"{memory.pss:.0f} / {service.memory().pss:.0f} MiB"
        work.show("memory before / after, PSS", pss)
        _compare(work, service, count, visits)
    return work


def _wishes(token: str, tenant: int) -> Iterator[Wish]:
    kinds, weights = list(KINDS), list(KINDS.values())
    meter = tenant * seed.METERS_PER_TENANT
    asked = {
        "dashboard": "/api/consumption/analytics?group_by=month&compare=last_year",
        "list": "/api/consumption?per_page=20",
        "days": f"/api/consumption/analytics?group_by=day&date_from={MONTH_AGO}&date_to={TODAY}",
        "meter": f"/api/meters/{meter}/series?resolution=day&from={MONTH_AGO}&to={TODAY}",
    }
    gets = {kind: Wish(kind, request("GET", path, token)) for kind, path in asked.items()}
    for number in itertools.count():
        kind = random.choices(kinds, weights)[0]
        yield gets[kind] if kind in gets else _record(token, f"{tenant}-{number}")


def _record(token: str, key: str) -> Wish:
    entry = {
        "consumption_type": random.choice(("electricity", "water", "gas")),
        "amount": random.randrange(1, 4_000) / 100,
        "consumption_date": str(TODAY - timedelta(days=random.randrange(60))),
    }
    body = json.dumps(entry).encode()
    message = request("POST", "/api/consumption", token, body, Idempotency_Key=key)
    return Wish("create", message, b"201")


def _tell(visits: Visits, lasted: float) -> None:
    total = visits.all()
    say(
        f"tenants, minute {lasted / 60:.0f}: {total.count:,} answers, p99"
        f" {total.percentile(99):.0f} ms, {sum(visits.failures.values())} failures"
    )


def _report(work: Work, visits: Visits) -> None:
    total, failed = visits.all(), sum(visits.failures.values())
    work.at_most("errors", failed, 0, "")
    work.at_most("p99", total.percentile(99), LIMIT_MS, " ms")
    work.show("p50 / p95 / slowest", _times(total.percentile(p) for p in (50, 95, 100)))
    work.show("answers", f"{total.count:,}, {total.count / total.seconds:,.0f}/s")
    for kind, sample in sorted(visits.samples.items()):
        work.show(
            f"{kind}: answers, p50 / p99", f"{sample.count:,}, "
            + _times(sample.percentile(p) for p in (50, 99)),
        )  # fmt: skip
    if failed:
        work.notes.append(f"{dict(visits.failures)}; the first: {visits.first_failure[:500]!r}")


def _times(values: Iterator[float]) -> str:
    return " / ".join(f"{value:.0f}" for value in values) + " ms"


def _compare(work: Work, service: Service, seeded: int, visits: Visits) -> None:
    made = visits.samples["create"].count
    with service.connect() as connection:
        row = connection.execute("SELECT count(*) FROM consumptions").fetchone()
        assert row is not None
        work.at_most("acknowledged records that are missing", seeded + made - row[0], 0, "")
        different = seed.differences(connection)
    work.at_most("days, months or counters that differ from the records", different, 0, "")


if __name__ == "__main__":
    main(measure, __doc__)
