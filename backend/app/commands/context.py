"""What commands stand on: settings, a running database, the application's state."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from app.local import complete_environment, data_dir, read_env_files
from app.postgres import embedded
from app.postgres.cluster import unavailable


@contextmanager
def database(*, is_migrated: bool = True) -> Iterator[None]:
    """Have DATABASE_URL and DATABASE_OWNER_URL name a running database, ours migrated."""
    complete()
    if os.environ.get("DATABASE_URL"):
        yield
        return
    with embedded(data_dir()) as cluster:
        os.environ.update(cluster.environment())
        from app.migrate import upgrade

        if is_migrated:
            upgrade(cluster.url("consumo_owner"))
        yield


def complete() -> None:
    read_env_files(os.environ)
    folder = data_dir()
    try:
        complete_environment(os.environ, folder)
    except OSError as error:
        raise unavailable(folder, error) from error


def owner_url() -> str:
    return os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"]


def backup_url() -> str:
    try:
        return os.environ["DATABASE_BACKUP_URL"]
    except KeyError:
        raise click.ClickException(
            "set DATABASE_BACKUP_URL: only the backup role may see all accounts"
        ) from None


def opened_state() -> Any:
    from app import logs
    from app.api import State
    from app.auth.tokens import Keys
    from app.config import Settings
    from app.db import Database

    logs.configure("ERROR")
    settings = Settings()
    return State(settings, Database(settings), Keys(settings))
