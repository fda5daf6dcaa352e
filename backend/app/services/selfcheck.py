"""What has to hold before requests are served: row security that binds us, a database that
keeps what it acknowledged, a schema that is the program's."""

from collections.abc import Set

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError

from app.config import Environment, Settings
from app.db import Base
from app.logs import log


class Unsafe(Exception):
    """The database is not safe to serve from; the message says why, in one line."""


def refuse_unsafe(engine: Engine, settings: Settings, newest: Set[str]) -> None:
    """Check the database that the application connects to, as the role it connects as.

    `newest` are the last migrations that the program knows. Raises Unsafe in production;
    elsewhere each finding is logged as a warning.
    """
    if not settings.is_postgresql:
        return
    with engine.connect() as connection:
        found = [
            *_privileges(connection),
            *_unprotected(connection),
            *_forgetful(connection),
            *_pending(connection, newest),
        ]
    if found and settings.app_env is Environment.PRODUCTION:
        raise Unsafe("; ".join(found))
    for finding in found:
        log.warning("unsafe database", finding=finding)


_ROLE = text(
    """
    SELECT current_user AS name,
        bool_or(rolsuper) AS is_superuser, bool_or(rolbypassrls) AS is_exempt,
        EXISTS (
            SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
            WHERE nspname = current_schema() AND relkind IN ('r', 'p')
                AND pg_has_role(current_user, relowner, 'MEMBER')
        ) AS is_owner
    FROM pg_roles WHERE pg_has_role(current_user, pg_roles.oid, 'MEMBER')
    """
)


def _privileges(connection: Connection) -> list[str]:
    role = connection.execute(_ROLE).one()
    if role.is_superuser:
        return [f"DATABASE_URL signs in as {role.name}, a superuser: no row security binds it"]
    found = []
    if role.is_exempt:
        found.append(f"the role {role.name} has BYPASSRLS: no row security binds it")
    if role.is_owner:
        found.append(
            f"the role {role.name} owns tables and could switch their row security off;"
            " give the owner in DATABASE_OWNER_URL and consumo_app in DATABASE_URL"
        )
    return found


_UNPROTECTED = text(
    """
    SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = current_schema() AND relkind IN ('r', 'p') AND relname = ANY(:names)
        AND NOT (relrowsecurity AND relforcerowsecurity)
    ORDER BY relname
    """
)


def _unprotected(connection: Connection) -> list[str]:
    names = list(Base.metadata.tables)
    tables = connection.execute(_UNPROTECTED, {"names": names}).scalars().all()
    return [f"row security is not forced on {', '.join(tables)}"] if tables else []


_DURABILITY = text(
    """
    SELECT name FROM pg_settings
    WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off'
    ORDER BY name
    """
)


def _forgetful(connection: Connection) -> list[str]:
    names = connection.execute(_DURABILITY).scalars().all()
    return [f"{name} is off: a crash would lose acknowledged writes" for name in names]


def _pending(connection: Connection, newest: Set[str]) -> list[str]:
    try:
        applied = set(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())
    except ProgrammingError:  # there is no such table, or it is not ours to read
        applied = set()
    if applied == newest:
        return []
    has, wants = (" and ".join(sorted(found)) or "none" for found in (applied, newest))
    return [
        f"migrations are pending: the database has {has}, the program needs {wants};"
        " run make db-upgrade, or set DATABASE_OWNER_URL and MIGRATE_ON_START=1"
    ]
