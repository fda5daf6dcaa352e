"""`archive export` and `archive load`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from app.commands.context import database, opened_state


@click.group()
def archive() -> None:
    """A whole account as one file (docs/archive.md)."""


@archive.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--user", "login", required=True, help="User name or e-mail of the account's member.")
def archive_export_command(file: Path, login: str) -> None:
    """Write a user's account to FILE, which must not exist yet."""
    with database():
        from app.services import accounts, archive_export

        state = opened_state()
        user_id, account_id = accounts.find_member(state.db, login)
        with state.db.snapshot(account_id, user_id) as session, file.open("xb") as output:
            made = archive_export.write_archive(output, session, datetime.now(UTC))
    click.echo(f"{made.rows:,} rows.")


@archive.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--user", "login", required=True, help="User name or e-mail of the account's member.")
def archive_load_command(file: Path, login: str) -> None:
    """Load FILE into a user's account, which must be empty."""
    with database():
        from app.services import accounts, archive_load

        state = opened_state()
        user_id, account_id = accounts.find_member(state.db, login)
        with state.db.tenant(account_id, user_id) as session, file.open("rb") as source:
            counts = archive_load.load(session, source)
    click.echo(", ".join(f"{name} {count:,}" for name, count in counts.items()))
