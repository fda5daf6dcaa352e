"""Sessions that are bound to a tenant.

Every transaction begins with commands that open it and set `app.account_id` (and `app.user_id`)
with SET LOCAL, which row level security reads. They travel with the first statement. The engine
runs in driver autocommit so that they, and not the driver, send BEGIN.
"""

import itertools
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import psycopg
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Table,
    event,
    text,
)
from sqlalchemy.orm import (
    ORMExecuteState,
    Session,
    with_loader_criteria,
)

from app.db.link import Link
from app.db.prepared import Prepared
from app.db.tables import TenantRow

_SET = Prepared(text("SELECT set_config(:name, :value, true)"))
_NEXT_ID = Prepared(text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) AS id"))


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
        self._engine = engine
        self.account_id = account_id
        self.user_id = user_id
        self.read_only = read_only
        self.sees_one_state = False
        self.on_postgresql = engine.dialect.name == "postgresql"
        self.link = Link(engine, self.opening) if self.on_postgresql else None
        self._over_link: Connection | None = None

    def opening(self) -> list[str]:
        """Give the commands that open a transaction; only integers are formatted into them."""
        commands = ["BEGIN READ ONLY" if self.read_only else "BEGIN"]
        if self.sees_one_state:
            commands = ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"]
        if self.account_id is not None:
            commands.append(f"SET LOCAL app.account_id = '{int(self.account_id)}'")
        if self.user_id is not None:
            commands.append(f"SET LOCAL app.user_id = '{int(self.user_id)}'")
        return commands

    def connect(self) -> None:
        """Take a connection; the transaction on it is opened by its first statement."""
        if self.link is None:
            self.connection()
        else:
            self.link.connect()

    def get_bind(self, *given: Any, **named: Any) -> Engine | Connection:
        """Give SQLAlchemy the connection that `link` has, with the transaction open."""
        if self.link is None:
            return super().get_bind(*given, **named)
        self.link.open()
        if self._over_link is None:
            self._over_link = Connection(self._engine, self.link.pooled)
        return self._over_link

    def finish(self) -> None:
        """Flush and commit; `close` must follow."""
        self.flush()
        if self.link is None:
            self.commit()
        elif self.read_only and self._over_link is None:
            self.link.leave()
        else:
            self.link.commit()

    def close(self) -> None:
        """End the transaction, if it is open, by a rollback, and give the connection back."""
        if self.link is None or self._over_link is not None:
            super().close()
        if self.link is not None:
            self.link.close()

    def driver_connection(self) -> "psycopg.Connection[Any] | None":
        """Give the driver's connection of the transaction under way, if there is one."""
        return None if self.link is None else self.link.connection

    def driver(self) -> "AbstractContextManager[psycopg.Connection[Any]]":
        """Lend the driver's connection; its errors are raised as SQLAlchemy raises them."""
        assert self.link is not None
        return self.link.lent()

    def identify(self, **settings: str | int) -> None:
        """Set `app.<name>` for this transaction, e.g. the login that is being looked up."""
        for name in ("user_id", "account_id"):
            if name in settings:
                setattr(self, name, int(settings[name]))
        if not self.on_postgresql:
            return
        for name, value in settings.items():
            _SET.ask(self, {"name": f"app.{name}", "value": str(value)})

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
        [row] = _NEXT_ID.rows(self, {"table": table})
        return int(row.id)


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
