"""`consumo import`: a file of any format into a user's account."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from app.commands.context import database, opened_state
from app.explanations import reasons


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--user", "login", required=True, help="User name or e-mail of the account's member.")
@click.option("--dry-run", is_flag=True, help="Say what would happen and write nothing.")
@click.option("--valid-only", is_flag=True, help="Import the good lines and list the others.")
@click.option("--on-conflict", type=click.Choice(["reject", "add"]), default="reject")
@click.option("--format", "format_", help="A format of docs/formats.md; else it is recognised.")
@click.option("--meter", "meter_id", type=int, help="The id of the meter that all goes to.")
@click.option("--site", "site_id", type=int, help="The id of the site of new meters.")
@click.option("--profile", type=int, help="The id of a saved way to read files.")
@click.option("--mapping", default="{}", help='JSON, e.g. {"columns": {"amount": "Consumo"}}')
def import_command(
    file: Path,
    login: str,
    dry_run: bool,
    valid_only: bool,
    on_conflict: str,
    format_: str | None,
    meter_id: int | None,
    site_id: int | None,
    profile: int | None,
    mapping: str,
) -> None:
    """Import a FILE, also packed by gzip or ZIP, into a user's account.

    The format is recognised; the same file twice changes nothing.

    \b
    consumo import bills.csv --user ana --dry-run
    consumo import smart-meter.xml --user ana
    consumo import bills.csv --user ana --mapping '{"date_order": "dmy"}'
    """
    from app.services.import_reading import Asked

    mode = "valid" if valid_only else "all"
    asked = Asked(format_, profile, meter_id, site_id, _object(mapping), mode)
    with database():
        _import(file, login, asked, on_conflict, dry_run)


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--mapping") from error
    if not isinstance(found, dict):
        raise click.BadParameter("must be a JSON object", param_hint="--mapping")
    return found


def _import(file: Path, login: str, asked: Any, on_conflict: str, dry_run: bool) -> None:
    from app.reader.client import READER
    from app.services import accounts, import_files, upload_folders
    from app.services.import_reading import is_read_here, job_of

    state, now = opened_state(), datetime.now(UTC)
    user_id, account_id = accounts.find_member(state.db, login)
    name = import_files.safe_file_name(file.name)
    with file.open("rb") as stream:
        folder = upload_folders.make(stream)
    try:
        with state.db.tenant(account_id, user_id) as session:
            job, wanted = job_of(session, asked, name, folder, now)
        report = None if is_read_here(job) else _report(job)
        with state.db.tenant(account_id, user_id) as session:
            if report is None or report.is_unknown:
                path = Path(report.data_path if report else job.path)
                _records(session, path, job, asked, on_conflict, dry_run, now)
            else:
                _series(session, wanted, job, report, dry_run, now)
    finally:
        READER.close()
        upload_folders.remove(folder)


def _report(job: Any) -> Any:
    from app.reader.client import READER, ReaderError

    try:
        return READER.read(job)
    except ReaderError as error:
        raise click.ClickException(error.detail) from error


def _records(
    session: Any,
    path: Path,
    job: Any,
    asked: Any,
    on_conflict: str,
    dry_run: bool,
    now: datetime,
) -> None:
    from pydantic import ValidationError

    from app.importers.records_csv import ColumnMapping
    from app.schemas.imports import Mapping
    from app.services import import_files, imports

    try:
        chosen = Mapping.model_validate(job.mapping)
    except ValidationError as error:
        raise click.BadParameter(reasons(error), param_hint="--mapping") from error
    wanted = import_files.Upload(
        path.read_bytes(),
        job.name,
        ColumnMapping(**chosen.model_dump()),
        asked.meter_id,
        asked.mode,
        on_conflict,
    )
    plan = imports.plan(session, wanted, now, dry_run=dry_run)
    record = None if dry_run else imports.carry_out(session, wanted, plan, now)
    _tell(plan, record, plan.warnings)


def _series(session: Any, wanted: Any, job: Any, report: Any, dry_run: bool, now: datetime) -> None:
    from app.services import series_imports

    plan = series_imports.plan(session, wanted, job, report, now, dry_run=dry_run)
    record = None if dry_run else series_imports.carry_out(session, wanted, plan, now)
    click.echo(f"Format {report.format}.")
    _tell(plan, record, plan.warnings)


def _tell(plan: Any, record: Any, warnings: Any) -> None:
    click.echo("Nothing was written." if record is None else f"Import {record.id} done.")
    click.echo(json.dumps(plan.counts | {"conflicts": getattr(plan, "conflicts", 0)}))
    for meter in plan.meters():
        click.echo(_described(meter, getattr(plan, "currency", None)))
    for warning in warnings:
        click.echo(f"warning: {warning}")
    for problem in plan.described_problems():
        column = problem["column"] or "the line"
        click.echo(f"line {problem['line']}, {column}: {problem['detail']}")


def _described(meter: dict[str, Any], currency: str | None) -> str:
    """Say what happens to a meter: what is added and changed, its total, cost, days and gaps."""
    new = "new meter" if meter["is_new"] else "meter"
    counts = [f"{meter['added']:,} added"]
    counts += [f"{meter['changed']:,} changed"] if meter.get("changed") else []
    counts += [f"{meter['unchanged']:,} unchanged"] if meter.get("unchanged") else []
    facts = [", ".join(counts)]
    if meter.get("total") is not None:
        facts.append(f"{meter['total']:,.12g} {meter['unit']}")
    if meter.get("cost") is not None:
        facts.append(f"{meter['cost']:,.2f} {currency}")
    if meter.get("range"):
        facts.append(f"{meter['range']['start']} to {meter['range']['end']}")
    if meter.get("gaps") is not None:
        facts.append("1 gap" if meter["gaps"] == 1 else f"{meter['gaps']:,} gaps")
    return f"{new} {meter['name']!r} ({meter['consumption_type']}): {'; '.join(facts)}"
