"""The database: engine, declarative base, column types and the sessions that are bound to a tenant.

Every transaction begins with one round trip that opens it and sets `app.account_id` (and
`app.user_id`) with SET LOCAL, which row level security reads. The engine runs in driver
autocommit so that this statement, and not the driver, sends BEGIN.
"""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, cast

import orjson
import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import (
    JSON,
    BigInteger,
    ClauseElement,
    ColumnElement,
    Connection,
    DateTime,
    Engine,
    Executable,
    Identity,
    MetaData,
    Numeric,
    StaticPool,
    Table,
    TypeDecorator,
    create_engine,
    event,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    ORMExecuteState,
    Session,
    SessionTransaction,
    mapped_column,
    with_loader_criteria,
)
from sqlalchemy.schema import CreateColumn
from sqlalchemy.sql.compiler import DDLCompiler
from sqlalchemy.types import TypeEngine

from app.config import Settings
from app.errors import Conflict, Invalid, NotFound, Problem, Unavailable
from app.logs import log
from app.metrics import CONNECTIONS, CONNECTIONS_LIMIT
from app.stalls import Watch

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(naming_convention=NAMING)


class TenantRow:
    """A row that belongs to one account: `account_id` leads its primary key."""

    account_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, sort_order=-1)


class _SqliteInstant(TypeDecorator[datetime]):
    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Any) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, _dialect: Any) -> datetime | None:
        return value.replace(tzinfo=UTC) if value else None


class _SqliteDecimal(TypeDecorator[Decimal]):
    """Decimals as scaled integers, because SQLite would make floats of them."""

    impl = BigInteger
    cache_ok = True

    def __init__(self, scale: int) -> None:
        super().__init__()
        self.scale = scale

    def process_bind_param(self, value: Decimal | None, _dialect: Any) -> int | None:
        return None if value is None else int(Decimal(value).scaleb(self.scale))

    def process_result_value(self, value: int | None, _dialect: Any) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-self.scale)


def _decimal(precision: int, scale: int) -> TypeEngine[Decimal]:
    return Numeric(precision, scale).with_variant(_SqliteDecimal(scale), "sqlite")


INSTANT = DateTime(timezone=True).with_variant(_SqliteInstant(), "sqlite")
DOCUMENT = JSON().with_variant(JSONB(), "postgresql")
TYPED_AMOUNT = _decimal(14, 4)
BASE_AMOUNT = _decimal(30, 9)
TOTAL_AMOUNT = _decimal(30, 9)
READ_VALUE = _decimal(16, 4)
COST_AMOUNT = _decimal(16, 5)
MULTIPLIER = _decimal(18, 12)


def identity_column() -> Mapped[int]:
    """Make the `id` column: a bigint that the database counts up."""
    return mapped_column(BigInteger, Identity(always=False), primary_key=True)


@compiles(CreateColumn, "sqlite")
def _sqlite_counts_in_composite_keys(
    element: CreateColumn, compiler: DDLCompiler, **kw: Any
) -> str:
    ddl = compiler.visit_create_column(element, **kw)  # type: ignore[no-untyped-call]
    return f"{ddl} DEFAULT (next_id())" if element.element.identity is not None else str(ddl)


class AppSession(Session):
    """A session whose transactions carry an identity that row level security reads.

    Used as it is only for the tables that have no tenant (`GLOBAL_TABLES`), at sign-in.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        account_id: int | None = None,
        user_id: int | None = None,
        read_only: bool = False,
    ) -> None:
        super().__init__(engine, expire_on_commit=False, autoflush=False)
        self.account_id = account_id
        self.user_id = user_id
        self.read_only = read_only
        self.sees_one_state = False
        self.on_postgresql = engine.dialect.name == "postgresql"
        self.outer: Connection | None = None
        """The connection of the transaction under way, once it is open (PostgreSQL only)."""

    def opening(self) -> str:
        """Give the statements that open a transaction; only integers are formatted into them."""
        parts = ["BEGIN READ ONLY" if self.read_only else "BEGIN"]
        if self.sees_one_state:
            parts = ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"]
        if self.account_id is not None:
            parts.append(f"SET LOCAL app.account_id = '{int(self.account_id)}'")
        if self.user_id is not None:
            parts.append(f"SET LOCAL app.user_id = '{int(self.user_id)}'")
        return "; ".join(parts)

    def command(self, text_: str) -> None:
        """Send statements without parameters or rows (BEGIN, SET LOCAL, COMMIT) straight to libpq.

        One round trip at a third of what the driver's cursor costs.
        """
        with self.driver() as connection:
            result = connection.pgconn.exec_(text_.encode())
            if result.status != psycopg.pq.ExecStatus.COMMAND_OK:
                error = psycopg.errors.error_from_result(result)
                # Without a code it is not from the server: libpq lost the connection, and does
                # not always say so in the connection's status.
                raise error if error.sqlstate else psycopg.OperationalError(str(error))
            if text_ == "COMMIT" and result.command_status != b"COMMIT":
                raise psycopg.errors.InFailedSqlTransaction("a failed transaction was committed")

    def finish(self) -> None:
        """Flush and commit; `close` must follow."""
        self.flush()
        if self.outer is None:
            self.commit()
        else:
            self.command("COMMIT")

    def driver_connection(self) -> "psycopg.Connection[Any] | None":
        """Give the driver's connection of the transaction under way, if there is one."""
        if self.outer is None or self.outer.invalidated:
            return None
        return cast("psycopg.Connection[Any]", self.outer.connection.driver_connection)

    @contextmanager
    def driver(self) -> Iterator["psycopg.Connection[Any]"]:
        """Lend the driver's connection; its errors are raised as SQLAlchemy raises them."""
        assert self.outer is not None
        connection: psycopg.Connection[Any] = self.outer.connection.driver_connection  # type: ignore[assignment]
        try:
            yield connection
        except psycopg.Error as error:
            is_lost = connection.closed or (
                isinstance(error, psycopg.OperationalError)
                and (error.sqlstate or "57P").startswith("57P")
            )
            if is_lost:
                self.outer.invalidate(error)
            raise DBAPIError.instance(
                None, None, error, psycopg.Error, connection_invalidated=is_lost
            ) from error

    def identify(self, **settings: str | int) -> None:
        """Set `app.<name>` for this transaction, e.g. the login that is being looked up."""
        for name in ("user_id", "account_id"):
            if name in settings:
                setattr(self, name, int(settings[name]))
        if not self.on_postgresql:
            return
        for name, value in settings.items():
            self.execute(
                text("SELECT set_config(:name, :value, true)"),
                {"name": f"app.{name}", "value": str(value)},
            )

    @contextmanager
    def acting(self, **settings: int) -> Iterator[None]:
        """Have another `user_id` or `account_id` for some statements of this transaction.

        Row level security admits the rows of one user at a time. An exception must end the
        transaction: only a block that succeeds puts back what was set before.
        """
        before = {name: getattr(self, name) for name in settings}
        self.identify(**settings)
        yield
        self.identify(**{name: value for name, value in before.items() if value is not None})

    def next_id(self, table: str) -> int:
        """Reserve an id before its row exists, so that policies can admit the row."""
        if not self.on_postgresql:
            return int(self.execute(text("SELECT next_id()")).scalar_one())
        return int(
            self.execute(
                text("SELECT nextval(pg_get_serial_sequence(:table, 'id'))"), {"table": table}
            ).scalar_one()
        )


class TenantSession(AppSession):
    """A session bound to one account.

    Selects of tenant tables through the ORM get `account_id = …` added, new rows are stamped
    with it, and a row of another account raises before it is flushed.
    """

    account_id: int
    only_meter: int | None
    """The one meter whose data may be written, where an API key has been limited to it."""

    def __init__(
        self, engine: Engine, *, account_id: int, user_id: int | None, read_only: bool = False
    ) -> None:
        if account_id <= 0 or (user_id is not None and user_id <= 0):
            raise ValueError("a tenant session needs an account and a user")
        super().__init__(engine, account_id=account_id, user_id=user_id, read_only=read_only)
        self.only_meter = None


@event.listens_for(AppSession, "after_begin")
def _open_transaction(
    session: AppSession, transaction: SessionTransaction, connection: Connection
) -> None:
    if session.on_postgresql and transaction.parent is None:
        session.outer = connection
        session.command(session.opening())


@event.listens_for(AppSession, "do_orm_execute")
def _filter_by_tenant(state: ORMExecuteState) -> None:
    if not state.is_orm_statement:  # Core: the statement itself says `account_id = …`
        return
    session = state.session
    if isinstance(session, TenantSession):
        account_id = session.account_id
        state.statement = state.statement.options(
            with_loader_criteria(
                TenantRow, lambda row: row.account_id == account_id, include_aliases=True
            )
        )
    elif any(issubclass(mapper.class_, TenantRow) for mapper in state.all_mappers):
        raise RuntimeError("a tenant's table was read without a tenant")


@event.listens_for(AppSession, "before_flush")
def _stamp_tenant(session: AppSession, *_: Any) -> None:
    for row in itertools.chain(session.new, session.dirty, session.deleted):
        if not isinstance(row, TenantRow):
            continue
        if session.account_id is None:
            raise RuntimeError("a tenant's row was written without a tenant")
        if row.account_id is None:
            row.account_id = session.account_id
        if row.account_id != session.account_id:
            raise RuntimeError("a row of another account was about to be written")


class Prepared:
    """A statement of a hot path, compiled once and run by the driver itself.

    SQLAlchemy's work per execution costs more than the driver's and the database's together.
    The statement names its tenant and binds every value; it takes part in the session's
    transaction, whose account row level security reads.
    """

    def __init__(self, statement: ClauseElement, *, is_binary: bool = False) -> None:
        """With `is_binary` rows travel in PostgreSQL's own formats: arrays in a quarter of the
        time."""
        self._statement = statement
        self._is_binary = is_binary

    @cached_property
    def _compiled(self) -> tuple[str, dict[str, Any]]:
        compiled = self._statement.compile(dialect=_DIALECT)
        return str(compiled), {k: v for k, v in compiled.params.items() if v is not None}

    def rows(self, session: AppSession, parameters: dict[str, Any]) -> Sequence[Any]:
        """Run it and give the rows, with the columns as attributes."""
        if not session.on_postgresql:
            result = session.connection().execute(cast(Executable, self._statement), parameters)
            return result.all() if result.returns_rows else ()
        sql, defaults = self._compiled
        with session.driver() as connection:
            cursor = connection.cursor(binary=self._is_binary, row_factory=namedtuple_row)
            cursor.execute(sql, defaults | parameters)
            return () if cursor.rownumber is None else cursor.fetchall()

    def row(self, session: AppSession, parameters: dict[str, Any]) -> Any | None:
        """Run it and give the only row, or None."""
        rows = self.rows(session, parameters)
        return rows[0] if rows else None


_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]


def table_of(model: type[Base]) -> Table:
    """Give the table of a model, for Core statements."""
    return cast(Table, model.__table__)


def tenant_filter(table: Table, session: TenantSession) -> ColumnElement[bool]:
    """Give `table.account_id = <this session's account>`, which every Core statement carries."""
    return table.c.account_id == session.account_id


class Database:
    """The engine and the two ways to open a transaction on it."""

    def __init__(self, settings: Settings) -> None:
        self.engine = make_engine(settings)
        self.watch = Watch(settings.database_url) if settings.is_postgresql else None

    @contextmanager
    def tenant(
        self, account_id: int, user_id: int | None, *, read_only: bool = False
    ) -> Iterator[TenantSession]:
        """Open one transaction of an account; commits at the end, rolls back on any exception.

        `user_id` is None only until an API key has told whose it is (`services.api_keys`).
        """
        session = TenantSession(
            self.engine, account_id=account_id, user_id=user_id, read_only=read_only
        )
        with _watched(session, self.watch):
            yield session

    @contextmanager
    def snapshot(self, account_id: int, user_id: int) -> Iterator[TenantSession]:
        """Open a transaction that reads, and sees the account as it is at its first statement."""
        session = TenantSession(self.engine, account_id=account_id, user_id=user_id, read_only=True)
        session.sees_one_state = True
        with _watched(session, self.watch):
            yield session

    @contextmanager
    def anonymous(self, *, read_only: bool = False) -> Iterator[AppSession]:
        """Open one transaction without a tenant, for signing in and for health checks."""
        session = AppSession(self.engine, read_only=read_only)
        with _watched(session, self.watch):
            yield session


@contextmanager
def _watched(session: AppSession, watch: Watch | None) -> Iterator[None]:
    if watch is None:
        with _transaction(session):
            yield
        return
    watch.refuse_while_away()
    with watch.over(session), _transaction(session, watch):
        yield


@contextmanager
def _transaction(session: AppSession, watch: Watch | None = None) -> Iterator[None]:
    try:
        try:
            session.connection()
        except DBAPIError as error:
            # A pooled connection outlives a restart of the server: nothing was done yet, so
            # the one retry on a fresh connection is safe.
            session.rollback()
            if not error.connection_invalidated:
                raise
            if watch is not None:
                watch.refuse_while_away()
            session.connection()
        try:
            yield
        except Problem as problem:
            if problem.keeps_changes:
                session.finish()
            raise
        session.finish()
    except Problem:
        session.rollback()
        raise
    except BaseException as error:
        session.rollback()
        translated = problem_of(error)
        if translated is None:
            raise
        log.warning(
            "database", problem=translated.slug, sqlstate=sqlstate(error), error=repr(error)
        )
        raise translated from error
    finally:
        session.close()


_AWAY = (
    "The database cannot be reached at the moment; with an Idempotency-Key it is safe to try again."
)
_PROBLEMS_BY_SQLSTATE: dict[str, tuple[type[Problem], str]] = {
    "22003": (Invalid, "A number is beyond what can be stored."),
    "22P05": (Invalid, "A text holds a character that cannot be stored."),
    "23503": (NotFound, "What this refers to does not exist any more."),
    "23505": (Conflict, "This exists already."),
    "40001": (Unavailable, "Others changed the same data at the same time; try again."),
    "40P01": (Unavailable, "Others changed the same data at the same time; try again."),
    "53100": (Unavailable, "The database's disk is full; nothing was stored."),
    "53200": (Unavailable, "The database is out of memory; nothing was stored."),
    "53300": (Unavailable, "The database has no free connection; try again."),
    "55P03": (Unavailable, "Another request holds the same data; try again."),
    "57014": (Unavailable, "The database took too long and the work was given up."),
}
RETRIED_SQLSTATES = frozenset({"40001", "40P01"})


def sqlstate(error: BaseException | None) -> str | None:
    """Give PostgreSQL's five-character code of an error, or None."""
    return getattr(getattr(error, "orig", None), "sqlstate", None)


def problem_of(error: BaseException) -> Problem | None:
    """Translate an error of the database; None for what is not one, or is a mistake of ours."""
    if isinstance(error, PoolTimeout):
        return Unavailable("All connections to the database are busy; try again.")
    if not isinstance(error, DBAPIError):
        return None
    kind = _PROBLEMS_BY_SQLSTATE.get(sqlstate(error) or "")
    if kind is not None:
        return kind[0](kind[1])
    if error.connection_invalidated or isinstance(error.orig, psycopg.OperationalError):
        return Unavailable(_AWAY)
    return None


def make_engine(settings: Settings) -> Engine:
    """Make the engine; connects lazily, so that forked workers never share a socket."""
    if not settings.is_postgresql:
        return _make_sqlite_engine()
    engine = create_engine(
        settings.database_url,
        isolation_level="AUTOCOMMIT",
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=settings.database_pool_timeout_s,
        pool_use_lifo=True,
        connect_args={"connect_timeout": 3, "application_name": "consumo"},
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
    )
    limit = settings.database_pool_size
    event.listen(engine, "connect", lambda *_: CONNECTIONS_LIMIT.set(limit))
    event.listen(engine, "checkout", lambda *_: CONNECTIONS.inc())
    event.listen(engine, "checkin", lambda *_: CONNECTIONS.dec())
    return engine


def _make_sqlite_engine() -> Engine:
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    counter = itertools.count(1)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.create_function("next_id", 0, lambda: next(counter))
        connection.create_aggregate("bit_or", 1, _BitOr)
        connection.create_aggregate("bit_and", 1, _BitAnd)
        connection.execute("PRAGMA foreign_keys = ON")

    return engine


class _BitOr:
    def __init__(self) -> None:
        self.bits = 0

    def step(self, value: int | None) -> None:
        self.bits |= value or 0

    def finalize(self) -> int:
        return self.bits


class _BitAnd(_BitOr):
    def __init__(self) -> None:
        self.bits = -1

    def step(self, value: int | None) -> None:
        self.bits &= -1 if value is None else value
