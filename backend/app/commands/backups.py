"""Backing up and restoring from the command line."""

import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from app.commands.context import backup_url, database, owner_url

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Every(click.ParamType[timedelta]):
    """A length of time such as 30m, 24h or 7d."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Read it."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"([1-9][0-9]{0,3})([mhd])", str(value))
        if found is None:
            self.fail("say how often as in 30m, 24h or 7d", param, ctx)
        return timedelta(**{_UNITS[found[2]]: int(found[1])})


@click.command()
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default="backups",
    show_default=True,
    envvar="BACKUP_DIR",
    show_envvar=True,
    help="The folder that the file is written into.",
)
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    envvar="BACKUP_KEEP",
    show_envvar=True,
    help="Then remove all but the newest KEEP.",
)
@click.option("--every", type=Every(), help="Go on, one each 30m, 24h or 7d, until stopped.")
def backup(folder: Path, keep: int | None, every: timedelta | None) -> None:
    """Write a backup of all data into one file.

    It is one moment of the whole database, whatever is written meanwhile, and carries checksums.
    It does not hold JWT_SECRET: without it people sign in anew after a restore.
    """
    with database():
        while True:
            _once(folder, keep)
            if every is None:
                return
            time.sleep(every.total_seconds())


def _once(folder: Path, keep: int | None) -> None:
    from app import backups

    try:
        path, manifest = backups.write(backup_url(), folder, datetime.now(UTC))
    except backups.Incomplete as error:
        raise click.ClickException(str(error)) from error
    rows = sum(part.rows for part in manifest.tables)
    click.echo(f"{path}: {rows:,} rows of {len(manifest.tables)} tables, {path.stat().st_size:,} B")
    for old in backups.forget_old(folder, keep) if keep else ():
        click.echo(f"{old} removed")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Restore the backup FILE into an empty database.

    Stop the product first. A database that holds data, and a damaged file, are refused.
    """
    from app import backups

    with database(is_migrated=False):
        try:
            manifest = backups.restore(owner_url(), file)
        except (backups.Refused, backups.Damaged) as error:
            raise click.ClickException(f"{file.name}: {error}") from error
    rows = sum(part.rows for part in manifest.tables)
    click.echo(f"Restored {rows:,} rows as they were on {manifest.made_at:%Y-%m-%d %H:%M} UTC.")
