"""`consumo export`: a user's records, a meter's series or the whole account as a file."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any

import click

from app.commands.context import database, opened_state

_OF_RECORDS, _OF_A_METER = ("csv", "xlsx", "json", "zip"), ("csv", "xlsx", "json", "xml")
_DAY = click.DateTime(["%Y-%m-%d"])
Write = Callable[[IO[bytes], Any], Any]


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--user", "login", required=True, help="User name or e-mail of the account's member.")
@click.option("--meter", "meter_id", type=int, help="The id of the meter whose series it is.")
@click.option("--from", "first", type=_DAY, help="The first local day; left out, from the start.")
@click.option("--to", "last", type=_DAY, help="The last local day.")
def export_command(
    file: Path, login: str, meter_id: int | None, first: datetime | None, last: datetime | None
) -> None:
    """Export a user's data to FILE, which must not exist yet.

    FILE's ending says what it is: records as .csv (which an import reads again), .xlsx or .json,
    the whole account as .zip; with --meter its intervals or days as .csv, .xlsx or .json, or its
    intervals as Green Button, .xml.

    \b
    consumo export bills.csv --user ana --from 2025-01-01 --to 2025-12-31
    consumo export smart.xml --user ana --meter 12
    consumo export everything.zip --user ana
    """
    kind = file.suffix.lstrip(".").lower()
    known = _OF_RECORDS if meter_id is None else _OF_A_METER
    if kind not in known:
        endings = ", ".join(f".{ending}" for ending in known)
        raise click.BadParameter(f"{file.name} must end with one of {endings}", param_hint="FILE")
    if kind == "zip" and (first or last):
        raise click.UsageError("a whole account has no --from and --to")
    with database():
        write = _writer(kind, meter_id, first and first.date(), last and last.date())
        rows = _write(file, login, write)
    click.echo(f"{file}: {rows:,} rows.")


def _writer(kind: str, meter_id: int | None, first: date | None, last: date | None) -> Write:
    from app.services import archive_export, export_files
    from app.services.consumption_list import Filters

    now, within = datetime.now(UTC), export_files.Range(first, last)
    if kind == "zip":
        return lambda output, session: archive_export.write_archive(output, session, now)
    if meter_id is None:
        filters = Filters(date_from=first, date_to=last)
        return lambda output, session: export_files.write_records(
            output, session, kind, filters, "consumption_date", now
        )
    if kind == "xml":
        return lambda output, session: export_files.write_feed(
            output, session, meter_id, within, now
        )
    return lambda output, session: export_files.write_series(
        output, session, kind, meter_id, within, None
    )


def _write(file: Path, login: str, write: Write) -> int:
    from app.services import accounts, audit

    state = opened_state()
    user_id, account_id = accounts.find_member(state.db, login)
    with file.open("xb") as output:
        try:
            with state.db.snapshot(account_id, user_id) as session:
                made = write(output, session)
        except BaseException:
            file.unlink()
            raise
    with state.db.tenant(account_id, user_id) as session:
        audit.record(session, "data.exported", file=made.name, rows=made.rows)
    return int(made.rows)
