"""Data by fast SQL, consistent as if it had come through the API, and the proof that it is.

A tenant's account, user, session, site and first meters carry ids that follow from its number,
so that tokens and raw statements need no look-up. Triggers (foreign keys) are off while rows are
copied and all indexes of the records are built afterwards.
"""

import contextlib
from collections.abc import Iterator
from typing import Any, TypeAlias

import psycopg

Connection: TypeAlias = "psycopg.Connection[Any]"

METERS_PER_TENANT = 10
"""Ids of a tenant's meters: number * 10 up to number * 10 + 9."""


def tenants(connection: Connection, numbers: range, meters: int = 1) -> None:
    """Make accounts with one owner, an open session, a site and `meters` meters, in turn of
    electricity, water and gas."""
    first, last = numbers.start, numbers.stop - 1
    with _without_triggers(connection):
        for statement in _TENANTS:
            connection.execute(statement, {"first": first, "last": last, "meters": meters})
        for table in ("users", "accounts", "sessions", "sites", "meters"):
            connection.execute(
                f"SELECT setval('{table}_id_seq', greatest(nextval('{table}_id_seq'), 1000000))"
            )


_TYPE = "(ARRAY['electricity', 'water', 'gas'])[m %% 3 + 1]"
_UNIT = "CASE m %% 3 WHEN 0 THEN 'kWh' ELSE 'm³' END"
_EACH = "FROM generate_series(%(first)s::bigint, %(last)s::bigint) n"
_TENANTS = (
    "INSERT INTO users (id, username, email, password_hash)"
    f" SELECT n, 'bench' || n, 'bench' || n || '@example.org', '-' {_EACH}",
    "INSERT INTO accounts (id, name, time_zone, currency, locale)"
    f" SELECT n, 'Bench ' || n, 'Europe/Madrid', 'EUR', 'en' {_EACH}",
    f"INSERT INTO memberships (account_id, user_id, role) SELECT n, n, 'owner' {_EACH}",
    "INSERT INTO sessions (id, user_id, account_id, delivery, seed, created_at, used_at,"
    f" expires_at) SELECT n, n, n, 'body', '', now(), now(), now() + interval '1 day' {_EACH}",
    "INSERT INTO sites (account_id, id, name, time_zone)"
    f" SELECT n, n, 'Home', 'Europe/Madrid' {_EACH}",
    "INSERT INTO meters (account_id, id, site_id, name, consumption_type, unit, is_default)"
    f" SELECT n, n * 10 + m, n, 'Meter ' || m, {_TYPE}, {_UNIT}, m = 0"
    f" {_EACH}, generate_series(0, %(meters)s::int - 1) m",
)


def records(
    connection: Connection,
    numbers: range,
    *,
    meters: int,
    days: int,
    per_day: int,
) -> int:
    """Give each meter of each tenant `per_day` records on each of the last `days` days.

    The projection is derived from them (`derive`). Returns how many records were made.
    """
    with _without_triggers(connection):
        connection.execute(
            f"""
            INSERT INTO consumptions (account_id, user_id, meter_id, consumption_type, amount,
                unit, base_amount, consumption_date)
            SELECT n, n, n * 10 + m, {_TYPE}, (d * 7 + i * 3 + n) %% 500 + 0.25, {_UNIT},
                (d * 7 + i * 3 + n) %% 500 + 0.25, current_date - d
            FROM generate_series(%(days)s::int - 1, 0, -1) d,
                generate_series(%(first)s::bigint, %(last)s::bigint) n,
                generate_series(0, %(meters)s::int - 1) m, generate_series(1, %(per_day)s::int) i
            """,
            {
                "days": days,
                "first": numbers.start,
                "last": numbers.stop - 1,
                "meters": meters,
                "per_day": per_day,
            },
        )
    return len(numbers) * meters * days * per_day


@contextlib.contextmanager
def bulk(connection: Connection) -> Iterator[None]:
    """Build the indexes of the records once at the end, and derive the projection."""
    connection.execute("SET maintenance_work_mem = '512MB'")
    found = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'consumptions'"
        " AND indexname LIKE 'ix_%'"
    ).fetchall()
    for name, _ in found:
        connection.execute(f"DROP INDEX {name}")
    connection.execute("ALTER TABLE consumptions DROP CONSTRAINT pk_consumptions")
    yield
    connection.execute(
        "ALTER TABLE consumptions ADD CONSTRAINT pk_consumptions PRIMARY KEY (account_id, id)"
    )
    for _, definition in found:
        connection.execute(definition)
    derive(connection)
    settle(connection)


def derive(connection: Connection) -> None:
    """Derive days, months and the meters' counters from one-day records, as the API does."""
    with _without_triggers(connection):
        connection.execute("TRUNCATE meter_days, meter_months")
        connection.execute(f"INSERT INTO meter_days {_COLUMNS_DAYS} {_DAYS}")
        connection.execute(f"INSERT INTO meter_months ({_MONTH_COLUMNS}) {_MONTHS}")
        connection.execute(
            f"UPDATE meters SET record_count = found.records, first_day = found.first_day,"
            f" last_day = found.last_day, revision = found.records FROM ({_BOUNDS}) found"
            f" WHERE meters.account_id = found.account_id AND meters.id = found.meter_id"
        )


_COLUMNS_DAYS = "(account_id, meter_id, day, amount, source_count, record_count, estimated_count)"
_DAYS = """
    SELECT account_id, meter_id, consumption_date, sum(base_amount), count(*)::int,
        count(*)::int, 0
    FROM consumptions GROUP BY 1, 2, 3"""
_MONTH_COLUMNS = "account_id, meter_id, month, amount, record_count, estimated_count, day_mask"
_MONTHS = """
    SELECT account_id, meter_id, date_trunc('month', day)::date, sum(amount),
        sum(record_count)::int, 0, bit_or(1 << (extract(day FROM day)::int - 1))
    FROM meter_days GROUP BY 1, 2, 3"""
_BOUNDS = """
    SELECT account_id, meter_id, count(*) AS records, min(consumption_date) AS first_day,
        max(consumption_date) AS last_day
    FROM consumptions GROUP BY 1, 2"""


def settle(connection: Connection) -> None:
    """Vacuum, analyze and checkpoint, so that nothing of it runs while the API is measured."""
    connection.execute("VACUUM (ANALYZE)")
    connection.execute("CHECKPOINT")


def differences(connection: Connection) -> int:
    """Count rows in which the projection or a counter is not what the records give."""
    questions = (
        f"SELECT * FROM ({_DAYS}) x EXCEPT SELECT account_id, meter_id, day, amount,"
        " source_count, record_count, estimated_count FROM meter_days",
        "SELECT account_id, meter_id, day, amount, source_count, record_count, estimated_count"
        f" FROM meter_days EXCEPT SELECT * FROM ({_DAYS}) x",
        f"SELECT * FROM ({_MONTHS}) x EXCEPT SELECT {_MONTH_COLUMNS} FROM meter_months",
        f"SELECT {_MONTH_COLUMNS} FROM meter_months EXCEPT SELECT * FROM ({_MONTHS}) x",
        f"SELECT * FROM ({_BOUNDS}) x EXCEPT"
        " SELECT account_id, id, record_count, first_day, last_day FROM meters",
    )
    total = 0
    for question in questions:
        row = connection.execute(f"SELECT count(*) FROM ({question}) q").fetchone()
        assert row is not None
        total += row[0]
    return total


@contextlib.contextmanager
def _without_triggers(connection: Connection) -> Iterator[None]:
    connection.execute("SET session_replication_role = replica")
    try:
        yield
    finally:
        connection.execute("SET session_replication_role = origin")
