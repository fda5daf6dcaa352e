"""W1: create one record by JSON POST, 16 clients, an Idempotency-Key on every request.

Each client writes to an account of its own; in a second variant all write to one account. Beside
it, in the same rounds, pgbench inserts the same row: the raw limit. Afterwards every acknowledged
record is looked for and the projection compared with the records.
"""

import itertools
import json
import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from harness import seed
from harness.client import Sample, closed_loop, request
from harness.raw import statements
from harness.report import Work, main, median, say
from harness.service import Service, Usage, running

CLIENTS = 16
OWN, SHARED, RAW = range(1, 1 + CLIENTS), range(101, 102), range(201, 201 + CLIENTS)
_RAW = f"""
\\set n random({RAW.start}, {RAW.stop - 1})
\\set d random(0, 999)
INSERT INTO consumptions (account_id, user_id, meter_id, consumption_type, amount, unit,
    base_amount, consumption_date, created_at, updated_at)
VALUES (:n, :n, :n * 10, 'electricity', 12.5, 'kWh', 12.5, current_date - :d::int, now(), now());
"""


def measure(quick: bool = False) -> Work:
    """Run the work."""
    rounds, seconds = (1, 3.0) if quick else (5, 5.0)
    work = Work("W1", "create one record by JSON POST, 16 clients, durable")
    with running() as service:
        with service.connect() as connection:
            for numbers in (OWN, SHARED, RAW):
                seed.tenants(connection, numbers)
            seed.settle(connection)
        variants = {"own": _clients(service, OWN), "shared": _clients(service, [*SHARED] * CLIENTS)}
        for clients in variants.values():
            closed_loop(service.port, clients, 1.0, b"201")  # warm up
        written = 0
        found: dict[str, list[tuple[Sample, Usage]]] = {name: [] for name in variants}
        raw = []
        for number in range(rounds):
            raw.append(statements(service, _RAW, CLIENTS, seconds / 2)[0])
            for name, clients in variants.items():
                before = service.usage()
                sample = closed_loop(service.port, clients, seconds, b"201")
                found[name].append((sample, service.usage() - before))
                written += sample.count
                say(f"W1 round {number + 1} {name}: {sample.rate:,.0f}/s")
        with service.connect() as connection:
            stored, wrong = _check(connection)
            work.notes.append(
                f"{written:,} acknowledged in the rounds, {stored:,} stored with the warm-up;"
                f" {wrong} days, months or counters differ from the records."
            )
        durable = ", ".join(f"{name} {value}" for name, value in service.durability().items())
        work.notes.append(f"Durable: {durable}. Each request is one transaction with its"
                          " idempotency key, projection and session check.")  # fmt: skip
    _report(work, found, median(raw))
    return work


def _report(work: Work, found: dict[str, list[tuple[Sample, Usage]]], raw: float) -> None:
    labels = {"own": "16 accounts", "shared": "1 account"}
    for name, rounds in found.items():
        label = labels[name]
        rate = median(sample.rate for sample, _ in rounds)
        p99 = median(sample.percentile(99) for sample, _ in rounds)
        cpu = median(used.total / sample.count * 1000 for sample, used in rounds)
        web = median(used.web / sample.count * 1000 for sample, used in rounds)
        p50 = median(sample.percentile(50) for sample, _ in rounds)
        if name == "own":
            work.at_least(f"{label}: rate", rate, 1600, "/s")
            work.at_most(f"{label}: p99", p99, 25, " ms")
            work.at_most(f"{label}: CPU a request", cpu, 1.2, " ms")
        else:
            work.show(f"{label}: rate", f"{rate:,.0f}/s")
            work.show(f"{label}: p99", f"{p99:.1f} ms")
            work.show(f"{label}: CPU a request", f"{cpu:.2f} ms")
        work.show(f"{label}: p50", f"{p50:.1f} ms")
        work.show(f"{label}: of it web server / PostgreSQL", f"{web:.2f} / {cpu - web:.2f} ms")
        work.show(f"{label}: share of the raw limit", f"{rate / raw:.3f}")
    work.show("raw limit: INSERT of the same row by pgbench, 16 clients", f"{raw:,.0f}/s")


def _clients(service: Service, accounts: Sequence[int]) -> list[Iterator[bytes]]:
    return [_requests(service.token(account), 7 * at) for at, account in enumerate(accounts)]


def _requests(token: str, start: int) -> Iterator[bytes]:
    today = datetime.now(UTC).date()
    run = secrets.token_hex(4)
    ready = []
    for days in range(1000):
        body = {
            "consumption_type": "electricity",
            "amount": 12.5 + days % 7,
            "unit": "kWh",
            "consumption_date": (today - timedelta(days=(days + start) % 1000)).isoformat(),
        }
        mark = "\0" * 16
        message = request(
            "POST", "/api/consumption", token, json.dumps(body).encode(), Idempotency_Key=mark
        )
        ready.append(message.split(mark.encode()))
    for number in itertools.count():
        before, after = ready[number % 1000]
        yield b"%b%b%08x%b" % (before, run.encode(), number, after)


def _check(connection: seed.Connection) -> tuple[int, int]:
    with connection.transaction(force_rollback=True):
        connection.execute("DELETE FROM consumptions WHERE account_id > 200")
        row = connection.execute("SELECT count(*) FROM consumptions").fetchone()
        assert row is not None
        return row[0], seed.differences(connection)


if __name__ == "__main__":
    main(measure, __doc__)
