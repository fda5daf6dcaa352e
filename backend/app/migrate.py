"""Migrations: where they are and how to run them, as the database's owner."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, NullPool, create_engine, text

LOCK_KEY = 0x436F6E73756D6F  # "Consumo"


def config(connection: Connection | None = None, **attributes: bool) -> Config:
    """Give Alembic's configuration.

    `lossy` lets a downgrade drop tables that hold rows, `together` makes one transaction of
    all its steps.
    """
    settings = Config()
    settings.set_main_option(
        "script_location", str(Path(__file__).resolve().parent.parent / "migrations")
    )
    settings.set_main_option(
        "file_template", "%%(year)d-%%(month).2d-%%(day).2d-%%(hour).2d%%(minute).2d_%%(slug)s"
    )
    settings.attributes.update(connection=connection, **attributes)
    return settings


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Bring the schema up to `revision`; processes that race wait for one another."""
    _run(owner_url, command.upgrade, revision)


def downgrade(owner_url: str, revision: str, *, lossy: bool = False) -> None:
    """Bring the schema down, wholly or not at all.

    Raises RuntimeError before it drops rows unless `lossy`.
    """
    _run(owner_url, command.downgrade, revision, lossy=lossy, together=True)


def new_revision(owner_url: str, message: str) -> None:
    """Write a migration with what the models have and the database has not."""
    _run(
        owner_url,
        lambda settings, text_: command.revision(settings, text_, autogenerate=True),
        message,
    )


def differences(owner_url: str) -> list[Any]:
    """List what the models have and the migrated database has not; empty when they agree."""
    from alembic.autogenerate import compare_metadata

    from app.models import Account

    with _engine(owner_url).connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), Account.metadata))


def is_current(engine: Engine) -> bool:
    """Whether every migration has been applied."""
    with engine.connect() as connection:
        heads = MigrationContext.configure(connection).get_current_heads()
        connection.rollback()
    return set(heads) == set(ScriptDirectory.from_config(config()).get_heads())


def _engine(url: str) -> Engine:
    return create_engine(url, poolclass=NullPool)


def _run(owner_url: str, action: Any, argument: str, **attributes: bool) -> None:
    with _engine(owner_url).connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
        connection.commit()
        try:
            action(config(connection, **attributes), argument)
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK_KEY})
            connection.commit()
