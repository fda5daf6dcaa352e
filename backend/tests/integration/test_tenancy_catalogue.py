"""What PostgreSQL's own catalogue says of the tenancy rules, and what the application's role can
do when it tries to break them."""

import json
import random
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from app import create_app
from app.db import Base, Database
from app.models import (
    GLOBAL_TABLES,
    ApiKey,
    Import,
    ImportProfile,
    IntervalBlock,
    Meter,
    RegisterRead,
    Site,
)
from app.postgres import Cluster
from tests.conftest import make_settings, state_of
from tests.factories import Person, new_person

TENANT_TABLES = sorted(set(Base.metadata.tables) - GLOBAL_TABLES)
POLICY = "(account_id = (NULLIF(current_setting('app.account_id'::text, true), ''::text))::bigint)"
ROLE = "consumo_app"


def connect(cluster: Cluster, role: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(cluster.url(role).replace("+psycopg", ""), autocommit=True)


@pytest.fixture(scope="module")
def catalogue(cluster: Cluster) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A superuser's connection, which sees all of the catalogue and all rows."""
    with connect(cluster, "postgres") as connection:
        yield connection


@pytest.fixture(scope="module")
def app_role(cluster: Cluster) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """The application's own connection, with no tenant set."""
    with connect(cluster, ROLE) as connection:
        yield connection


@pytest.fixture(scope="module")
def two_people(pg_app: Flask) -> tuple[Person, Person]:
    """Two accounts that have rows in every tenant's table."""
    people = new_person(pg_app), new_person(pg_app)
    for person in people:
        person.record(5, period_start="2026-02-01")
        body = {"consumption_type": "water", "amount": 1, "consumption_date": "2026-03-01"}
        person.post("/api/consumption", json=body, headers={"Idempotency-Key": "the same"})
        gone = person.record(2, consumption_type="gas")["id"]
        assert person.delete(f"/api/consumption/{gone}").status_code == 204
        _add_meter_data(pg_app, person)
    return people


def _add_meter_data(pg_app: Flask, person: Person) -> None:
    account_id, user_id = person.account["id"], person.user["id"]
    with state_of(pg_app).db.tenant(account_id, user_id) as session:
        meter_id = session.scalars(select(Meter.id).limit(1)).one()
        report = {"counts": {}, "meters": [], "warnings": [], "problems": []}
        file = Import(
            file_name="a.csv", sha256="0" * 64, size_bytes=1, format="x", mode="all", status="done",
            created_by=user_id, **report,
        )  # fmt: skip
        session.add(file)
        session.flush()
        block = {"day": date(2026, 3, 1), "step_seconds": 86_400, "amounts": [1.0]}
        session.add_all(
            [
                IntervalBlock(meter_id=meter_id, import_id=file.id, **block),
                RegisterRead(
                    meter_id=meter_id, read_at=datetime.now(UTC), value=1, created_by=user_id
                ),
                ApiKey(name="a", scopes=[], secret_hash=b"0" * 32, created_by=user_id),
                ImportProfile(name="a", format="x", mapping={}, created_by=user_id),
            ]
        )
        session.flush()


def _column(connection: psycopg.Connection[tuple[object, ...]], sql: str) -> list[object]:
    return [row[0] for row in connection.execute(sql)]  # type: ignore[call-overload]


def test_every_table_with_an_account_forces_row_security(
    catalogue: psycopg.Connection[tuple[object, ...]],
) -> None:
    rows = catalogue.execute(
        """
        SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'account_id'
        WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
        """
    ).fetchall()
    assert {name for name, _ in rows} >= set(TENANT_TABLES)
    assert [name for name, is_forced in rows if not is_forced] == []


def test_every_table_but_the_version_is_known_and_forces_row_security(
    catalogue: psycopg.Connection[tuple[object, ...]],
) -> None:
    rows = catalogue.execute(
        "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class"
        " WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
    ).fetchall()
    assert {name for name, _ in rows} == set(Base.metadata.tables) | {"alembic_version"}
    assert [name for name, is_forced in rows if not is_forced] == ["alembic_version"]


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_a_tenants_table_has_exactly_the_policy(
    catalogue: psycopg.Connection[tuple[object, ...]], table: str
) -> None:
    rows = catalogue.execute(
        "SELECT permissive, roles, cmd, qual, with_check FROM pg_policies WHERE tablename = %s",
        [table],
    ).fetchall()
    assert rows == [("PERMISSIVE", ["public"], "ALL", POLICY, POLICY)]


def test_the_policies_of_global_tables_are_the_reviewed_ones(
    catalogue: psycopg.Connection[tuple[object, ...]],
) -> None:
    rows = catalogue.execute(
        "SELECT tablename, qual FROM pg_policies WHERE NOT (tablename = ANY(%s))", [TENANT_TABLES]
    ).fetchall()
    always = [name for name, qual in rows if qual == "true"]
    assert {name for name, _ in rows} == GLOBAL_TABLES
    assert always == ["throttles"]  # keyed hashes and counts only


def test_the_application_role_has_no_power(
    catalogue: psycopg.Connection[tuple[object, ...]],
) -> None:
    assert (
        catalogue.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication"
            " FROM pg_roles WHERE rolname = %s",
            [ROLE],
        ).fetchone()
        == (False,) * 5
    )
    memberships = "SELECT 1 FROM pg_auth_members WHERE member = %s::regrole"
    assert catalogue.execute(memberships, [ROLE]).fetchall() == []
    owned = "SELECT classid::regclass::text FROM pg_shdepend WHERE refobjid = %s::regrole"
    assert catalogue.execute(owned + " AND deptype = 'o'", [ROLE]).fetchall() == []
    may_create = "SELECT has_schema_privilege(%s, 'public', 'CREATE')"
    assert catalogue.execute(may_create, [ROLE]).fetchone() == (False,)


def test_nobody_but_the_owner_and_the_application_may_write(
    catalogue: psycopg.Connection[tuple[object, ...]],
) -> None:
    rows = catalogue.execute(
        "SELECT DISTINCT grantee FROM information_schema.role_table_grants"
        " WHERE table_schema = 'public' AND privilege_type <> 'SELECT'"
    ).fetchall()
    assert {name for (name,) in rows} == {"consumo_owner", ROLE}
    truncating = (
        "SELECT table_name FROM information_schema.role_table_grants WHERE grantee = %s"
        " AND privilege_type IN ('TRUNCATE', 'TRIGGER', 'REFERENCES')"
    )
    assert catalogue.execute(truncating, [ROLE]).fetchall() == []


def test_there_is_no_function_trigger_rule_or_view_of_ours(
    catalogue: psycopg.Connection[tuple[object, ...]],
) -> None:
    assert _column(catalogue, "SELECT proname FROM pg_proc WHERE prosecdef") == []
    in_public = "= 'public'::regnamespace"
    assert _column(catalogue, f"SELECT proname FROM pg_proc WHERE pronamespace {in_public}") == []
    assert _column(catalogue, "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal") == []
    views = f"SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace {in_public}"
    assert _column(catalogue, views) == []


def test_keys_and_indexes_of_tenants_tables_begin_with_the_account(
    catalogue: psycopg.Connection[tuple[object, ...]],
) -> None:
    wrong = catalogue.execute(
        """
        SELECT i.indexrelid::regclass::text
        FROM pg_index i
        JOIN pg_class c ON c.oid = i.indrelid
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
        WHERE c.relname = ANY(%s) AND a.attname <> 'account_id'
        """,
        [TENANT_TABLES],
    ).fetchall()
    assert wrong == []
    counted = "SELECT count(*) FROM pg_index WHERE indisprimary AND indrelid::regclass::text = ANY"
    assert catalogue.execute(counted + "(%s)", [TENANT_TABLES]).fetchone() == (len(TENANT_TABLES),)


def test_foreign_keys_between_tenants_tables_include_the_account_on_both_sides(
    catalogue: psycopg.Connection[tuple[object, ...]],
) -> None:
    keys = catalogue.execute(
        """
        SELECT conrelid::regclass::text, confrelid::regclass::text, confdeltype::text,
            (SELECT attname FROM pg_attribute WHERE attrelid = conrelid AND attnum = conkey[1]),
            (SELECT attname FROM pg_attribute WHERE attrelid = confrelid AND attnum = confkey[1])
        FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace
        """
    ).fetchall()
    between = [key for key in keys if key[0] in TENANT_TABLES and key[1] in TENANT_TABLES]
    assert len(between) >= 5
    assert [key for key in between if key[3:] != ("account_id", "account_id")] == []
    assert [key for key in keys if key[2] in ("n", "d")] == []  # SET NULL, SET DEFAULT
    outward = [key for key in keys if key[0] in GLOBAL_TABLES and key[1] in TENANT_TABLES]
    assert outward == []


def test_account_id_is_never_null(catalogue: psycopg.Connection[tuple[object, ...]]) -> None:
    nullable = (
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND column_name = 'account_id' AND is_nullable = 'YES'"
    )
    assert _column(catalogue, nullable) == []


@pytest.mark.parametrize("table", sorted((set(TENANT_TABLES) | GLOBAL_TABLES) - {"throttles"}))
def test_without_a_tenant_no_row_is_seen(
    app_role: psycopg.Connection[tuple[object, ...]],
    catalogue: psycopg.Connection[tuple[object, ...]],
    two_people: tuple[Person, Person],
    table: str,
) -> None:
    count = f"SELECT count(*) FROM {table}"
    assert app_role.execute(count).fetchone() == (0,)  # type: ignore[call-overload]
    if table != "imports":
        assert catalogue.execute(count).fetchone() != (0,)  # type: ignore[call-overload]


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_a_tenant_sees_its_own_rows_only(
    pg_app: Flask, two_people: tuple[Person, Person], table: str
) -> None:
    mine = two_people[0]
    with state_of(pg_app).db.tenant(mine.account["id"], mine.user["id"]) as session:
        seen = session.execute(text(f"SELECT DISTINCT account_id FROM {table}")).scalars().all()
    assert seen == [mine.account["id"]] or (seen == [] and table == "imports")


@pytest.mark.parametrize("table", TENANT_TABLES)
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE"])
def test_another_tenants_rows_cannot_be_changed(
    pg_app: Flask, two_people: tuple[Person, Person], table: str, verb: str
) -> None:
    mine, theirs = two_people
    other = theirs.account["id"]
    statement = {
        "UPDATE": f"UPDATE {table} SET account_id = account_id WHERE account_id = {other}",
        "DELETE": f"DELETE FROM {table} WHERE account_id = {other}",
    }[verb]
    db = state_of(pg_app).db
    if table == "audit_events":
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            db.tenant(mine.account["id"], mine.user["id"]) as session,
        ):
            session.execute(text(statement))
        return
    with db.tenant(mine.account["id"], mine.user["id"]) as session:
        assert session.execute(text(statement)).rowcount == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_a_row_cannot_be_put_into_another_account(
    pg_app: Flask,
    catalogue: psycopg.Connection[tuple[object, ...]],
    two_people: tuple[Person, Person],
    table: str,
) -> None:
    mine, theirs = two_people
    columns = [column.name for column in Base.metadata.tables[table].columns]
    row = catalogue.execute(
        f"SELECT to_jsonb(t) FROM {table} t WHERE account_id = %s",  # type: ignore[call-overload]
        [theirs.account["id"]],
    ).fetchone()
    stolen = f"jsonb_populate_record(NULL::{table}, CAST(:row AS jsonb))"
    names = ", ".join(columns)
    statement = f"INSERT INTO {table} ({names}) SELECT {names} FROM {stolen}"
    values = dict(row[0]) if row else {"account_id": theirs.account["id"]}
    values |= {"id": 10**12, "day": "2001-01-01", "month": "2001-01-01", "key": "another"}
    with (
        pytest.raises(DBAPIError, match="row-level security"),
        state_of(pg_app).db.tenant(mine.account["id"], mine.user["id"]) as session,
    ):
        session.execute(text(statement), {"row": json.dumps(values)})


def test_a_row_cannot_move_to_another_account(
    pg_app: Flask, two_people: tuple[Person, Person]
) -> None:
    mine, theirs = two_people
    with (
        pytest.raises(DBAPIError, match="row-level security"),
        state_of(pg_app).db.tenant(mine.account["id"], mine.user["id"]) as session,
    ):
        session.execute(text(f"UPDATE meter_days SET account_id = {theirs.account['id']}"))


def test_a_record_cannot_hang_on_another_tenants_meter(
    pg_app: Flask, two_people: tuple[Person, Person]
) -> None:
    mine, theirs = two_people
    meter = theirs.get("/api/consumption").json["items"][0]["meter_id"]  # type: ignore[index]
    insert = text(
        "INSERT INTO meter_days (account_id, meter_id, day, amount, source_count, record_count,"
        " estimated_count) VALUES (:account, :meter, '2026-01-01', 1, 1, 1, 0)"
    )
    with (
        pytest.raises(Exception, match="does not exist any more"),  # 23503, translated
        state_of(pg_app).db.tenant(mine.account["id"], mine.user["id"]) as session,
    ):
        session.execute(insert, {"account": mine.account["id"], "meter": meter})


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_events SET event = 'x'", "DELETE FROM audit_events"]
)
def test_the_audit_log_can_only_grow(
    pg_app: Flask, two_people: tuple[Person, Person], statement: str
) -> None:
    mine = two_people[0]
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        state_of(pg_app).db.tenant(mine.account["id"], mine.user["id"]) as session,
    ):
        session.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "SET row_security = off; SELECT * FROM consumptions",
        "TRUNCATE consumptions",
        "ALTER TABLE consumptions DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE consumptions NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON consumptions",
        "SET ROLE consumo_owner",
        "SET SESSION AUTHORIZATION postgres",
        "CREATE TABLE mine (id int)",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "COPY consumptions FROM STDIN",
        "SELECT pg_read_file('/etc/passwd')",
        "COPY (SELECT 1) TO PROGRAM 'true'",
    ],
)
def test_the_application_role_cannot_get_round_row_security(
    cluster: Cluster, statement: str
) -> None:
    with connect(cluster, ROLE) as connection, pytest.raises(psycopg.Error):
        connection.execute(statement)  # type: ignore[call-overload]


def test_a_tenant_set_for_a_transaction_ends_with_it(
    pg_app: Flask, two_people: tuple[Person, Person]
) -> None:
    mine = two_people[0]
    engine = state_of(pg_app).db.engine
    for is_broken in (False, True):
        try:
            with state_of(pg_app).db.tenant(mine.account["id"], mine.user["id"]) as session:
                pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
                if is_broken:
                    raise KeyError
        except KeyError:
            pass
        with engine.connect() as connection:  # LIFO: the same connection again
            found = connection.execute(
                text("SELECT pg_backend_pid(), current_setting('app.account_id', true)")
            ).one()
            assert found == (pid, "")
            assert connection.execute(text("SELECT count(*) FROM consumptions")).scalar() == 0


def test_a_savepoint_that_rolls_back_keeps_the_tenant(
    pg_app: Flask, two_people: tuple[Person, Person]
) -> None:
    mine = two_people[0]
    count = text("SELECT count(*) FROM consumptions")
    with state_of(pg_app).db.tenant(mine.account["id"], mine.user["id"]) as session:
        before = session.execute(count).scalar_one()
        with session.begin_nested() as savepoint:
            savepoint.rollback()
        assert session.execute(count).scalar_one() == before > 0
        session.commit()
        assert session.execute(count).scalar_one() == before


def test_thousands_of_pooled_transactions_never_see_a_wrong_tenant(
    cluster: Cluster, pg_app: Flask
) -> None:
    people = [new_person(pg_app) for _ in range(4)]
    for person in people:
        person.record(1)
    app = create_app(make_settings(database_url=cluster.url(ROLE), database_pool_size=3,
                                   database_pool_timeout_s=30))  # fmt: skip
    db = state_of(app).db
    accounts = [(person.account["id"], person.user["id"]) for person in people]
    wrong: list[object] = []
    done = [0] * 8

    def hammer(worker: int) -> None:
        chance = random.Random(worker)
        for _ in range(500):
            try:
                _one_transaction(db, chance, accounts, wrong)
            except ZeroDivisionError:
                pass
            except Exception as error:
                wrong.append(error)
            done[worker] += 1

    threads = [threading.Thread(target=hammer, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.engine.dispose()
    assert wrong == []
    assert sum(done) == 4_000


def _one_transaction(
    db: Database, chance: random.Random, accounts: list[tuple[int, int]], wrong: list[object]
) -> None:
    seen = text("SELECT DISTINCT account_id FROM consumptions")
    touch = text("UPDATE meters SET archived_at = archived_at WHERE account_id = :account")
    if chance.random() < 0.1:
        with db.anonymous() as nobody:
            found = nobody.execute(seen).scalars().all()
            if found:
                wrong.append(("nobody", found))
        return
    account, user = chance.choice(accounts)
    with db.tenant(account, user, read_only=chance.random() < 0.3) as session:
        found = session.execute(seen).scalars().all()
        if found != [account]:
            wrong.append((account, found))
        if not session.read_only and chance.random() < 0.3:
            session.execute(touch, {"account": account})
        if chance.random() < 0.2:
            session.commit()
            if session.execute(seen).scalars().all() != [account]:
                wrong.append((account, "after commit"))
        if chance.random() < 0.3:
            raise ZeroDivisionError


def test_a_session_without_a_tenant_refuses_to_read_or_write_a_tenants_table(
    pg_app: Flask, two_people: tuple[Person, Person]
) -> None:
    db = state_of(pg_app).db
    with pytest.raises(RuntimeError, match="without a tenant"), db.anonymous() as session:
        session.execute(select(Site))
    with pytest.raises(RuntimeError, match="without a tenant"), db.anonymous() as session:
        session.add(Site(name="x", time_zone="UTC"))  # flushed by the commit


def test_a_tenant_session_refuses_a_row_of_another_account(
    pg_app: Flask, two_people: tuple[Person, Person]
) -> None:
    mine, theirs = two_people
    with (
        pytest.raises(RuntimeError, match="another account"),
        state_of(pg_app).db.tenant(mine.account["id"], mine.user["id"]) as session,
    ):
        session.add(Site(account_id=theirs.account["id"], name="x", time_zone="UTC"))


@pytest.mark.parametrize(("account", "user"), [(0, 1), (1, 0), (-1, 1)])
def test_a_tenant_session_needs_an_account_and_a_user(
    pg_app: Flask, account: int, user: int
) -> None:
    with (
        pytest.raises(ValueError, match="needs an account"),
        state_of(pg_app).db.tenant(account, user),
    ):
        pass
