"""The command line: `python -m app.cli COMMAND`. Each command finds, or starts, the database."""

import json
import os
import secrets
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.commands.archives import archive
from app.commands.backups import backup, restore
from app.commands.completion import completion
from app.commands.context import backup_url, complete, database, opened_state, owner_url
from app.commands.exports import export_command
from app.commands.imports import import_command
from app.commands.users import user_group
from app.explanations import explained
from app.local import data_dir, read_env_files
from app.version import VERSION

if TYPE_CHECKING:
    from app.services.rebuild import Difference


class _Commands(click.Group):
    """Commands whose users see what is wrong in a line or two, never a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # whoever reads us has read enough: click ends quietly
        except Exception as error:
            words = explained(error)
            if words is None:
                raise
            raise click.ClickException(words) from error


@click.group(cls=_Commands)
@click.version_option(VERSION)
def main() -> None:
    """Consumo: electricity, water and gas, measured and kept.

    \b
    consumo start                  run it at http://127.0.0.1:8000, with a database of its own
    consumo demo                   a household with three years of data to look at
    consumo user add ana ana@example.org
    consumo import bills.csv --user ana --dry-run
    consumo export bills-2025.csv --user ana --from 2025-01-01 --to 2025-12-31
    consumo backup --to ~/backups --keep 14

    Settings are environment variables or lines of a .env file: PORT, DATA_DIR, DATABASE_URL …
    """
    read_env_files(os.environ)  # before the options of a command look at them


main.add_command(archive)
main.add_command(backup)
main.add_command(restore)
main.add_command(import_command)
main.add_command(export_command)
main.add_command(user_group)
main.add_command(completion)


@main.command()
def start() -> None:
    """Run the product: database and web server, on PORT, until Ctrl-C or SIGTERM.

    \b
    consumo start                                   http://127.0.0.1:8000
    PORT=8100 DATA_DIR=/srv/consumo consumo start   a second copy beside it
    HOST=0.0.0.0 consumo start                      for the network around
    DATABASE_URL=postgresql+psycopg://… consumo start   a database of yours

    Data are in DATA_DIR, or where the system keeps a user's data. SIGHUP renews the workers.
    """
    complete()
    os.environ.setdefault("DATA_DIR", str(data_dir()))
    os.execv(sys.executable, [sys.executable, "-m", "app.launcher"])


@main.command()
def dev() -> None:
    """Run the API on API_PORT, reloading on change."""
    port = os.environ.get("API_PORT", "5000")
    command = [sys.executable, "-m", "flask", "--app", "main", "run", "--port", port, "--reload"]
    with database():
        sys.exit(subprocess.run(command, check=False).returncode)


@main.group()
def db() -> None:
    """Migrations and the projection."""


@db.command("upgrade")
@click.argument("revision", default="head")
def upgrade_command(revision: str) -> None:
    """Bring the schema up to date, or to REVISION."""
    with database(is_migrated=False):
        from app import migrate

        migrate.upgrade(owner_url(), revision)
    click.echo(f"The schema is at {revision}.")


@db.command("downgrade")
@click.argument("revision")
@click.option("--lossy", is_flag=True, help="Drop tables even where they hold rows.")
def downgrade_command(revision: str, lossy: bool) -> None:
    """Bring the schema down to REVISION; refuses to destroy rows unless --lossy."""
    with database(is_migrated=False):
        from app import migrate

        try:
            migrate.downgrade(owner_url(), revision, lossy=lossy)
        except RuntimeError as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"The schema is at {revision}.")


@db.command("revision")
@click.option("-m", "--message", required=True, help="What the migration does.")
def revision_command(message: str) -> None:
    """Write a migration with what the models have and the database has not."""
    with database():
        from app import migrate

        migrate.new_revision(owner_url(), message)


@db.command("rebuild")
@click.option("--write", is_flag=True, help="Repair what differs.")
@click.option("--account", "only", type=int, help="This account only.")
def rebuild_command(write: bool, only: int | None) -> None:
    """Compute the projection anew from the records and report what differs from it."""
    with database():
        from app.services.operator import accounts_with_members
        from app.services.rebuild import rebuild

        state, found = opened_state(), 0
        for account_id, user_id in accounts_with_members(backup_url()):
            if only in (None, account_id):
                with state.db.tenant(account_id, user_id) as session:
                    for difference in rebuild(session, write=write):
                        found += 1
                        click.echo(f"account {account_id}, {_told(difference)}")
    click.echo(f"{found or 'No'} difference{'s' if found > 1 else ''}.")
    sys.exit(1 if found and not write else 0)


def _told(difference: "Difference") -> str:
    place = f"meter {difference.meter_id}, {difference.table} {difference.day or ''}".strip()
    stored, expected = (
        "no row" if values is None else ", ".join(map(str, values))
        for values in (difference.stored, difference.expected)
    )
    return f"{place}: stored {stored}; the records say {expected}"


@main.command()
def demo() -> None:
    """Make the account of a demonstration household with three years of data."""
    with database():
        from app.errors import Conflict
        from app.services import demo as demonstration
        from app.services.accounts import Client

        state = opened_state()
        password = os.environ.get("DEMO_PASSWORD") or f"meadow-{secrets.token_urlsafe(9)}"
        client = Client("command line", "consumo demo", "body")
        try:
            count = demonstration.make(
                state.db, state.keys, state.settings, password, client, datetime.now(UTC)
            )
        except Conflict:
            click.echo("The demonstration household is there already.")
            return
    click.echo(
        f"{count} records for two sites."
        f" Sign in as {demonstration.OWNER_USER} with the password {password}"
    )


@main.command()
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), required=True)
def openapi(output: Path) -> None:
    """Write the OpenAPI document."""
    from app import create_app
    from app.openapi import document

    # The document depends on no setting; a secret of its own spares it the data folder.
    os.environ.setdefault("JWT_SECRET", secrets.token_urlsafe(48))
    found = document(create_app(), VERSION)
    output.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
