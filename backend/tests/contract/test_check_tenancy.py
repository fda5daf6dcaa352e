"""The tenancy lint finds what it is for, and nothing in what is right."""

import importlib.machinery
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
)

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "check-tenancy"


def _load() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("check_tenancy", str(SCRIPT))
    spec = importlib.util.spec_from_loader("check_tenancy", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["check_tenancy"] = module
    loader.exec_module(module)
    return module


lint = _load()
GLOBAL = frozenset({"users"})
TABLES = lint.Tables(frozenset({"Meter", "Site"}), frozenset({"meters", "sites"}))
HEADER = "METERS, SITES = table_of(Meter), table_of(Site)\n"


def test_the_product_keeps_the_rules() -> None:
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_it_explains_itself() -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, "--help"], capture_output=True, text=True, check=True
    )
    assert "GLOBAL_TABLES" in done.stdout


def test_a_broken_backend_ends_with_1_and_places(tmp_path: Path) -> None:
    for folder in ("app/models", "app/services", "migrations/versions"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "app/__init__.py").touch()
    (tmp_path / "app/db.py").write_text(
        "from sqlalchemy.orm import DeclarativeBase\nclass Base(DeclarativeBase): ...\n"
    )
    (tmp_path / "app/models/__init__.py").write_text(
        "from sqlalchemy.orm import Mapped, mapped_column\nfrom app.db import Base\n"
        "GLOBAL_TABLES = frozenset()\n\n"
        "class Meter(Base):\n    __tablename__ = 'meters'\n"
        "    id: Mapped[int] = mapped_column(primary_key=True)\n"
    )
    (tmp_path / "app/services/meters.py").write_text(
        "METERS = table_of(Meter)\nALL = select(METERS)\n"
    )
    (tmp_path / "migrations/versions/one.py").write_text(
        "def upgrade():\n    op.create_table('meters')\n"
    )
    done = subprocess.run(
        [sys.executable, SCRIPT, tmp_path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "app/models/__init__.py:5: meters has no account_id and is not in GLOBAL_TABLES",
        "app/models/__init__.py:5: meters is neither a TenantRow nor in GLOBAL_TABLES",
        "app/services/meters.py:2: a statement on Meter without account_id",
        "migrations/versions/one.py:2: create_table('meters') is not followed by"
        " distribute() or reference()",
    ]


GOOD_STATEMENTS = [
    "x = select(METERS).where(tenant_filter(METERS, session))",
    "x = select(METERS).where(METERS.c.account_id == session.account_id, METERS.c.id == 1)",
    "x = delete(METERS).where(METERS.c.account_id == bindparam('account'))",
    "x = select(METERS).join(SITES, (SITES.c.account_id == METERS.c.account_id)"
    " & (SITES.c.id == METERS.c.site_id)).where(METERS.c.account_id == bindparam('a'))",
    "x = insert(METERS).values(account_id=session.account_id, name='x')",
    "x = insert(session, METERS).values(account_id=session.account_id)",
    "x = insert(METERS).returning(METERS.c.id)\nrow = {'account_id': session.account_id}",
    "x = insert(METERS).from_select(['account_id', 'id'],"
    " select(METERS).where(tenant_filter(METERS, s)))",
    "x = select(SITES.c.name).where(SITES.c.account_id == METERS.c.account_id).scalar_subquery()",
    "x = select(Meter).where(Meter.name == 'an entity is filtered by the session')",
    "x = session.scalar(select(Meter.id).join(Site, Site.id == Meter.site_id))",
    "x = select(User).where(User.id == 1)",
    "def mine(s):\n    return METERS.c.account_id == s.account_id\n"
    "x = select(METERS).where(mine(s))",
    "base = select(METERS).where(tenant_filter(METERS, s))\nx = base.where(METERS.c.id == 1)",
    "x = text('SELECT name FROM meters WHERE account_id = :account')",
    "_HEAD = 'INSERT INTO meters (account_id, id)'\nx = text(_HEAD + ' VALUES (:a, :b)')",
    "x = text('SELECT 1 FROM users')",
    "x = select(METERS)  # tenancy: the backup reads every tenant's",
]
BAD_STATEMENTS = [
    ("x = select(METERS)", "Meter"),
    ("x = select(METERS).where(METERS.c.id == 7)", "Meter"),
    ("x = select(METERS.c.account_id, METERS.c.id)", "Meter"),
    ("x = delete(METERS)", "Meter"),
    ("x = update(METERS).where(METERS.c.id == 1).values(account_id=2)", "Meter"),
    ("x = update(METERS).where(METERS.c.id == 1).values(owner=session.account_id)", "Meter"),
    ("x = session.execute(select(METERS), {'account': session.account_id})", "Meter"),
    ("x = insert(METERS).values(name='x')", "Meter"),
    ("x = insert(Meter).values(name='x')", "Meter"),
    ("x = insert(METERS)", "Meter"),
    ("x = select(table_of(Meter))", "Meter"),
    ("x = select(Meter.__table__)", "Meter"),
    (
        "x = select(METERS).join(SITES, SITES.c.id == METERS.c.site_id)"
        ".where(tenant_filter(METERS, s))",
        "Site",
    ),
    (
        "x = select(METERS).join(SITES, SITES.c.account_id == METERS.c.account_id)",
        "Meter, Site",
    ),
    ("x = text('SELECT name FROM meters WHERE id = :id')", "meters"),
    ("_HEAD = 'DELETE FROM sites '\nx = text(_HEAD + 'WHERE id = 1')", "sites"),
    ("x = text(f'SELECT {column} FROM meters')", "meters"),
    ("x = select(METERS)  # tenancy:", "Meter"),
]


@pytest.mark.parametrize("source", GOOD_STATEMENTS)
def test_a_statement_with_the_account_passes(source: str) -> None:
    assert lint.check_statements(HEADER + source, "x.py", TABLES) == []


@pytest.mark.parametrize(("source", "tables"), BAD_STATEMENTS)
def test_a_statement_without_the_account_is_found(source: str, tables: str) -> None:
    found = lint.check_statements(HEADER + source, "x.py", TABLES)
    assert [one.message.split(" on ")[1] for one in found] == [f"{tables} without account_id"]
    assert found[0].line == 2 + source.count("\n")


def test_core_tables_of_other_modules_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(lint.KNOWN_CORE, "RECORDS", "Meter")
    source = "from a import RECORDS\nx = select(RECORDS)\ny = select(a.RECORDS)"
    assert [one.line for one in lint.check_statements(source, "x.py", TABLES)] == [2, 3]


FORBIDDEN_TEXTS = [
    "op.execute('CREATE TRIGGER t BEFORE UPDATE ON meters')",
    "op.execute('create or replace trigger t')",
    "x = 'REFERENCES meters ON DELETE SET NULL'",
    "x = ForeignKey('meters.id', ondelete='SET NULL')",
    "x = text('MERGE INTO meters USING a')",
    "op.execute('CREATE FUNCTION f() RETURNS int SECURITY DEFINER')",
    "x = text(\"SET app.account_id = '7'\")",
    "x = text(f\"SET SESSION app.account_id = '{account}'\")",
    "x = text(\"SELECT set_config('app.account_id', :x, false)\")",
    "x = text('INSERT INTO m VALUES (1) ON CONFLICT (id) DO UPDATE SET at = now()')",
    "x = text('INSERT INTO m VALUES (1) ON CONFLICT (id) DO UPDATE SET at = CURRENT_TIMESTAMP')",
    "x = insert(T).on_conflict_do_update(set_={'at': func.now()})",
]
ALLOWED_TEXTS = [
    '"""A docstring may say CREATE TRIGGER, MERGE INTO and SECURITY DEFINER."""',
    "x = f\"SET LOCAL app.account_id = '{account}'\"",
    "x = text(\"SELECT set_config('app.account_id', :x, true)\")",
    "x = text('INSERT INTO m VALUES (now()) ON CONFLICT (id) DO UPDATE SET at = excluded.at')",
    "x = insert(T).values(at=func.now()).on_conflict_do_update(set_={'at': T.c.at})",
    "x = ForeignKey('accounts.id', ondelete='CASCADE')",
    "x = text('SET LOCAL lock_timeout = 1')",
    "x = 7",
]


@pytest.mark.parametrize("source", FORBIDDEN_TEXTS)
def test_forbidden_sql_is_found(source: str) -> None:
    found = lint.check_text(source, "x.py")
    assert len(found) == 1, found
    assert str(found[0]).startswith("x.py:1: ")


@pytest.mark.parametrize("source", ALLOWED_TEXTS)
def test_other_sql_passes(source: str) -> None:
    assert lint.check_text(source, "x.py") == []


def _upgrade(*calls: str) -> str:
    return "def upgrade():\n" + "".join(f"    {call}\n" for call in calls)


@pytest.mark.parametrize(
    "calls",
    [
        ("op.create_table('meters')", "distribute('meters')"),
        ("op.create_table('users')", "reference('users', using='true')", "op.create_index('i')"),
        (
            "op.create_table('a')",
            "op.create_table('b')",
            "reference('b', using='x')",
            "reference('a', using='reads b')",
        ),
    ],
)
def test_a_migration_that_distributes_passes(calls: tuple[str, ...]) -> None:
    assert lint.check_migration(_upgrade(*calls), "m.py") == []


@pytest.mark.parametrize(
    ("calls", "line"),
    [
        (("op.create_table('meters')",), 2),
        (("op.create_table('meters')", "distribute('sites')"), 2),
        (("distribute('meters')", "op.create_table('meters')"), 3),
        (
            (
                "op.create_table('a')",
                "op.create_table('b')",
                "op.create_table('c')",
                "distribute('b')",
                "distribute('c')",
                "distribute('a')",
            ),
            2,
        ),
    ],
)
def test_a_migration_that_forgets_is_found(calls: tuple[str, ...], line: int) -> None:
    assert [one.line for one in lint.check_migration(_upgrade(*calls), "m.py")] == [line]


def _account() -> Column[int]:
    return Column("account_id", BigInteger, primary_key=True)


def _id() -> Column[int]:
    return Column("id", BigInteger, primary_key=True)


def _messages(metadata: MetaData) -> list[str]:
    return [f"{table} {message}" for table, message in lint.check_metadata(metadata, GLOBAL)]


def test_tables_that_keep_the_rules_pass() -> None:
    metadata = MetaData()
    Table("users", metadata, _id(), Column("email", Integer, unique=True))
    Table("sites", metadata, _account(), _id())
    Table(
        "meters",
        metadata,
        _account(),
        _id(),
        Column("user_id", ForeignKey("users.id")),
        Column("site_id", Integer),
        UniqueConstraint("account_id", "site_id"),
        Index("i", "account_id", "user_id"),
        ForeignKeyConstraint(["account_id", "site_id"], ["sites.account_id", "sites.id"]),
    )
    assert _messages(metadata) == []


def test_tables_that_break_the_rules_are_found() -> None:
    metadata = MetaData()
    Table("users", metadata, _id(), Column("home", Integer, ForeignKey("sites.id")))
    Table("sites", metadata, _id(), _account())
    Table(
        "meters",
        metadata,
        _account(),
        _id(),
        Column("name", Integer),
        Column("site_id", ForeignKey("sites.id")),
        Column("user_id", ForeignKey("users.id", ondelete="set null")),
        UniqueConstraint("name"),
        Index("i", "name"),
    )
    Table("notes", metadata, _id())
    Table("loose", metadata, _id(), Column("account_id", BigInteger, nullable=True))
    assert sorted(_messages(metadata)) == [
        "loose has a nullable account_id",
        "loose has a primary key that does not begin with account_id: (id)",
        "meters has ON DELETE SET NULL: (user_id)",
        "meters has a foreign key to sites that does not begin with account_id: (site_id)",
        "meters has a unique constraint that does not begin with account_id: (name)",
        "meters has an index that does not begin with account_id: (name)",
        "notes has no account_id and is not in GLOBAL_TABLES",
        "sites has a primary key that does not begin with account_id: (id, account_id)",
        "users has a foreign key to a tenant's: (home)",
    ]


def test_a_listed_table_that_does_not_exist_is_found() -> None:
    assert _messages(MetaData()) == ["users is in GLOBAL_TABLES, but there is no such table"]


def test_a_model_is_a_tenants_or_global_and_not_both() -> None:
    source = (
        "class A(TenantRow, Base):\n    __tablename__ = 'a'\n"
        "class B(Base):\n    __tablename__ = 'b'\n"
        "class U(Base):\n    __tablename__ = 'users'\n"
        "class V(TenantRow, Base):\n    __tablename__ = 'users'\n"
        "class Enum:\n    x = 1\n"
    )
    found = lint.check_models_source(source, "m.py", GLOBAL)
    assert [(one.line, one.message.split()[0]) for one in found] == [(3, "b"), (7, "users")]
    assert lint.model_tables([source], GLOBAL).models == {"A", "B"}
