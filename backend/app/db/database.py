"""Opening transactions, and what becomes of them."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.config import Settings
from app.db.engine import make_engine
from app.db.failures import problem_of, sqlstate
from app.db.sessions import AppSession, TenantSession
from app.errors import Problem
from app.logs import log
from app.stalls import Watch


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
    if session.link is not None:
        session.link.may_connect = watch.refuse_while_away
    with watch.over(session), _transaction(session):
        yield


@contextmanager
def _transaction(session: AppSession) -> Iterator[None]:
    try:
        session.connect()
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
