"""Sessions that are bound to a tenant.

Every transaction begins with one round trip that opens it and sets `app.account_id` (and
`app.user_id`) with SET LOCAL, which row level security reads. The engine runs in driver
autocommit so that this statement, and not the driver, sends BEGIN.
"""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Table,
    event,
    text,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import (
    ORMExecuteState,
    Session,
    SessionTransaction,
    with_loader_criteria,
)

from app import tracing
from app.db.tables import TenantRow


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
        with self.driver() as connection, tracing.statement(text_):
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


def tenant_filter(table: Table, session: TenantSession) -> ColumnElement[bool]:
    """Give `table.account_id = <this session's account>`, which every Core statement carries."""
    return table.c.account_id == session.account_id
