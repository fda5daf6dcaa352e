"""W5: a year of quarter hours of one meter, all 35,040 of them and joined to 500; 1 client.

Each is asked anew (another meter each time, so that no answer is kept) and again (kept in memory).
The raw limit is the statement that reads the year's arrays, run by pgbench.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterator

from harness import seed
from harness.client import Sample, closed_loop, request, same, single
from harness.raw import statements
from harness.report import Work, main, median, say
from harness.service import Service, running

TENANT = 1
METERS = 300
"""More than answers are kept in memory, so that asking them in turn always asks anew."""
FIRST, LAST = "2025-01-01", "2025-12-31"
POINTS = {"35,040 points": (35_040, "runs", 18.0), "500 points": (500, "points", 3.0)}
_SEED = """
INSERT INTO meters (account_id, id, site_id, name, consumption_type, unit, source, first_day,
    last_day) SELECT %(tenant)s, 1000 + m, %(tenant)s, 'Smart ' || m, 'electricity', 'kWh',
    'intervals', %(first)s, %(last)s FROM generate_series(1, %(meters)s) m"""
# Spring's clock change is on 30 March, autumn's on 26 October. Wh, as meters count.
_DAYS = """
INSERT INTO meter_days (account_id, meter_id, day, amount, source_count, record_count,
    estimated_count, step_seconds, profile, measured_steps, expected_steps)
SELECT %(tenant)s, 1000 + m, day, 24, 1, 0, 0, 900, year.profile, cardinality(year.profile),
    cardinality(year.profile)
FROM (SELECT CAST(%(first)s AS date) + n AS day, (SELECT array_agg(
        round((0.05 + 0.9 * random() * random())::numeric, 3)::float8)
        FROM generate_series(1, CASE n WHEN 88 THEN 92 WHEN 298 THEN 100 ELSE 96 END)) AS profile
    FROM generate_series(0, 364) n) year, generate_series(1, %(meters)s) m"""
_RAW = """
SELECT day, step_seconds, profile, quality FROM meter_days
WHERE account_id = {tenant} AND meter_id = 1001 AND day BETWEEN '{first}' AND '{last}' ORDER BY day;
"""


def measure(quick: bool = False) -> Work:
    """Run the work."""
    rounds, seconds = (2, 1.0) if quick else (8, 2.0)
    work = Work("W5", "one year of 15-minute data of one meter, 1 client")
    with running() as service:
        _seed(service)
        anew: dict[str, list[Sample]] = defaultdict(list)
        kept: dict[str, list[Sample]] = defaultdict(list)
        raw: list[float] = []
        size: dict[str, tuple[int, int]] = {}
        turns = {name: _in_turn(service, name) for name in POINTS}
        for name in POINTS:
            closed_loop(service.port, [turns[name]], 1.0)  # warm up
            plain = single(service.port, _request(service, name, 1001))
            packed = single(service.port, _request(service, name, 1001, Accept_Encoding="gzip"))
            size[name] = len(plain.body), len(packed.body)
        for number in range(rounds):
            script = _RAW.format(tenant=TENANT, first=FIRST, last=LAST)
            raw.append(statements(service, script, 1, seconds / 2)[1])
            for name in POINTS:
                anew[name].append(closed_loop(service.port, [turns[name]], seconds))
                again = same(_request(service, name, 1001))
                kept[name].append(closed_loop(service.port, [again], seconds / 2))
            say(f"W5 round {number + 1}: {anew['35,040 points'][-1].percentile(50):.2f} ms")
    for name, (_, _, mark) in POINTS.items():
        p50 = median(sample.percentile(50) for sample in anew[name])
        work.at_most(f"{name}: p50, asked anew", p50, mark, " ms")
        work.show(f"{name}: p99", f"{median(s.percentile(99) for s in anew[name]):.2f} ms")
        work.show(
            f"{name}: p50, asked again", f"{median(s.percentile(50) for s in kept[name]):.2f} ms"
        )
        work.show(f"{name}: against the raw limit", f"{p50 / median(raw):.1f}x")
        work.show(f"{name}: bytes, plain", f"{size[name][0] / 1000:,.0f} kB")
    packed_kb = size["35,040 points"][1] / 1000
    work.at_most("35,040 points: bytes, compressed", packed_kb, 170, " kB")
    work.show("raw limit, the year's arrays by pgbench", f"{median(raw):.2f} ms")
    return work


def _seed(service: Service) -> None:
    values = {"tenant": TENANT, "meters": METERS, "first": FIRST, "last": LAST}
    with service.connect() as connection:
        seed.tenants(connection, range(TENANT, TENANT + 1), 1)
        for statement in (_SEED, _DAYS):
            connection.execute(statement, values)
        seed.settle(connection)


def _request(service: Service, name: str, meter: int, **headers: str) -> bytes:
    points, layout, _ = POINTS[name]
    path = f"/api/meters/{meter}/series?from={FIRST}&to={LAST}&max_points={points}&layout={layout}"
    return request("GET", path, service.token(TENANT), **headers)


def _in_turn(service: Service, name: str) -> Iterator[bytes]:
    meters = range(1001, 1001 + METERS)
    return itertools.cycle([_request(service, name, meter) for meter in meters])


if __name__ == "__main__":
    main(measure, __doc__)
