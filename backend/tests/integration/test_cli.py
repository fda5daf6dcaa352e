"""The command line, each command as a process of its own on a data folder of its own."""

import json
import os
import re
import stat
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.postgres import embedded
from tests.importing import csv

BACKEND = Path(__file__).parents[2]
COMMANDS = [
    *([], ["start"], ["dev"], ["import"], ["export"], ["demo"], ["openapi"], ["db"], ["user"]),
    *(["db", "upgrade"], ["db", "downgrade"], ["db", "revision"], ["db", "rebuild"]),
    *(["user", "unlock"], ["user", "password"]),
    *(["archive"], ["archive", "export"], ["archive", "load"]),
]
PASSWORD = "meadow-violin-41-granite"


class CommandLine:
    """`python -m app.cli` on one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir

    def run(self, *arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; an empty variable is not set at all."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("DATABASE_") and name not in ("JWT_SECRET", "APP_ENV")
        }
        environment = kept | {"DATA_DIR": str(self.data_dir), "BCRYPT_COST": "4"} | variables
        return subprocess.run(
            [sys.executable, "-m", "app.cli", *map(str, arguments)],
            cwd=BACKEND,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def told(self, *arguments: str | Path, **variables: str) -> str:
        """Run a command that succeeds and give what it says."""
        done = self.run(*arguments, **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stderr == ""
        return done.stdout

    def refused(self, *arguments: str | Path, code: int = 1, **variables: str) -> str:
        """Run a command that the user has got wrong: it says so, without a traceback."""
        done = self.run(*arguments, **variables)
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        assert "Error: " in done.stderr
        return done.stderr

    def rows(self, statement: str) -> list[Any]:
        """Read the database as the role of backups, which sees everything."""
        with embedded(self.data_dir) as cluster:
            url = cluster.environment()["DATABASE_BACKUP_URL"].replace("+psycopg", "")
            with psycopg.connect(url) as connection:
                return connection.execute(statement).fetchall()  # type: ignore[call-overload,no-any-return]


def open_folder() -> "tempfile.TemporaryDirectory[str]":
    folder = tempfile.TemporaryDirectory(prefix="consumo-test-")
    os.chmod(folder.name, 0o755)
    return folder


@pytest.fixture(scope="module")
def cli() -> Iterator[CommandLine]:
    """A command line whose database has the demonstration household."""
    with open_folder() as folder:
        line = CommandLine(Path(folder) / "data")
        text = line.told("demo", DEMO_PASSWORD=PASSWORD)
        assert f"Sign in as demo with the password {PASSWORD}" in text
        yield line


RECORDS = """
SELECT sites.name, meters.name, period_start, consumption_date, consumptions.consumption_type,
    amount, consumptions.unit, description
FROM consumptions
JOIN meters ON (meters.account_id, meters.id) = (consumptions.account_id, meter_id)
JOIN sites ON (sites.account_id, sites.id) = (meters.account_id, site_id)
JOIN memberships ON memberships.account_id = consumptions.account_id
JOIN users ON users.id = memberships.user_id AND users.username = 'demo'
ORDER BY 1, 2, 4, 3, 5"""


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_and_touches_nothing(
    command: list[str], tmp_path: Path
) -> None:
    line = CommandLine(tmp_path / "data")
    text = line.told(*command, "--help")
    assert text.startswith("Usage: ")
    assert len(text.splitlines()) > 3
    assert not line.data_dir.exists()


def test_what_is_no_command_is_refused_with_a_hint(tmp_path: Path) -> None:
    assert "--help" in CommandLine(tmp_path).refused("nonsense", code=2)
    assert "Missing argument" in CommandLine(tmp_path).refused("import", code=2)


def test_a_reader_that_has_read_enough_is_no_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -m app.cli openapi --output /dev/stdout | head -c 100"
    done = subprocess.run(command, shell=True, cwd=BACKEND, capture_output=True, text=True)
    assert len(done.stdout) == 100
    assert done.stderr == ""


def test_the_demonstration_has_three_years_of_two_sites_and_three_utilities(
    cli: CommandLine,
) -> None:
    rows = cli.rows(RECORDS)
    assert {row[0] for row in rows} == {"Home", "Summer house"}
    assert {row[4] for row in rows} == {"electricity", "water", "gas"}
    days = [row[3] for row in rows]
    assert 1_090 <= (max(days) - min(row[2] or row[3] for row in rows)).days <= 1_130
    assert len(rows) > 2_000


def test_the_demonstration_a_second_time_changes_nothing(cli: CommandLine) -> None:
    before = cli.rows(RECORDS)
    assert "there already" in cli.told("demo")
    assert cli.rows(RECORDS) == before


def test_two_folders_stand_side_by_side_and_the_demonstration_is_the_same(
    cli: CommandLine,
) -> None:
    with open_folder() as folder:
        other = CommandLine(Path(folder) / "other")
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(cli.told, "user", "unlock", "demo")
            second = pool.submit(other.told, "demo")
            first.result()
            text = second.result()
        assert re.search(r"Sign in as demo with the password meadow-[\w-]{12}\n", text)
        assert other.rows(RECORDS) == cli.rows(RECORDS)
        secrets = {(line.data_dir / "jwt-secret").read_text() for line in (cli, other)}
        assert len(secrets) == 2


def test_a_weak_password_for_the_demonstration_is_refused(tmp_path: Path) -> None:
    with open_folder() as folder:
        line = CommandLine(Path(folder) / "data")
        text = line.refused("demo", DEMO_PASSWORD="demo")
        assert "/password" in text
        assert line.rows("SELECT * FROM users") == []


def test_the_secret_is_made_once_and_only_its_owner_reads_it(cli: CommandLine) -> None:
    path = cli.data_dir / "jwt-secret"
    before = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(before) >= 48
    cli.told("user", "unlock", "demo")
    assert path.read_text() == before
    assert [file.name for file in cli.data_dir.glob("jwt-secret*")] == ["jwt-secret"]


# Importing


def count(cli: CommandLine) -> int:
    return int(cli.rows("SELECT count(*) FROM consumptions")[0][0])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "records.csv"
    path.write_bytes(csv("1999-01-01,1,Attic", "1999-01-02,x,", header="date,kwh,meter"))
    return path


def test_a_dry_run_writes_nothing_and_lists_what_is_wrong(cli: CommandLine, file: Path) -> None:
    before = count(cli)
    text = cli.told("import", file, "--user", "demo", "--dry-run")
    assert text.startswith("Nothing was written.\n")
    assert "line 3, kwh: 'x' is not a number" in text
    assert "new meter 'Attic' (electricity): 1 added" in text
    assert count(cli) == before


def test_a_wrong_line_keeps_all_out_unless_the_good_ones_are_wanted(
    cli: CommandLine, file: Path
) -> None:
    before = count(cli)
    text = cli.refused("import", file, "--user", "demo")
    assert "1 line cannot be imported" in text
    assert "#file/line/3/kwh: 'x' is not a number" in text
    assert count(cli) == before
    text = cli.told("import", file, "--user", "demo@consumo.example", "--valid-only")
    found = json.loads(text.splitlines()[1])
    assert (found["added"], found["rejected"]) == (1, 1)
    assert count(cli) == before + 1
    assert '"unchanged": 1' in cli.told("import", file, "--user", "demo", "--valid-only")
    assert count(cli) == before + 1


def test_a_conflict_is_added_when_that_is_wanted(cli: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "again.csv"
    for day, amount, options in (("1", 5, ()), ("1", 6, ("--on-conflict", "add"))):
        path.write_bytes(csv(f"1998-01-0{day},{amount}"))
        assert '"added": 1' in cli.told("import", path, "--user", "demo", *options)


def test_a_question_about_the_file_is_answered_by_the_mapping(
    cli: CommandLine, tmp_path: Path
) -> None:
    path = tmp_path / "local.csv"
    path.write_bytes(csv("01/02/1997,1"))
    assert "#mapping/date_order" in cli.refused("import", path, "--user", "demo")
    options = ("--mapping", '{"date_order": "dmy"}')
    assert '"added": 1' in cli.told("import", path, "--user", "demo", *options)


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ("{", "Expecting property name"),
        ("[]", "must be a JSON object"),
        ('{"nonsense": 1}', "nonsense"),
        ('{"unit": "furlong"}', "unit"),
    ],
)
def test_a_mapping_that_says_nothing_known_is_refused(
    cli: CommandLine, file: Path, mapping: str, told: str
) -> None:
    text = cli.refused("import", file, "--user", "demo", "--mapping", mapping, code=2)
    assert told in text
    assert "pydantic" not in text


def test_a_file_or_a_person_that_is_not_there_is_named(
    cli: CommandLine, file: Path, tmp_path: Path
) -> None:
    assert "nobody-here" in cli.refused("import", file, "--user", "nobody-here")
    missing = tmp_path / "missing.csv"
    assert "does not exist" in cli.refused("import", missing, "--user", "demo", code=2)
    assert "is a directory" in cli.refused("import", tmp_path, "--user", "demo", code=2)
    empty = tmp_path / "empty.csv"
    empty.touch()
    assert "empty" in cli.refused("import", empty, "--user", "demo")


def test_a_file_of_intervals_is_imported_whatever_its_format(
    cli: CommandLine, tmp_path: Path
) -> None:
    path = tmp_path / "loft.csv"
    hours = [f"Loft,2026-01-15T0{hour}:00Z,{hour}\n" for hour in (1, 2, 5)]
    path.write_text("meter,start,kwh\n" + "".join(hours))
    text = cli.told("import", path, "--user", "demo", "--dry-run")
    assert "Format long_csv." in text
    told = "(electricity): 3 added; 8 kWh; 2026-01-15 to 2026-01-15; 1 gap\n"
    assert f"new meter 'Loft' {told}" in text
    assert '"added": 3' in cli.told("import", path, "--user", "demo", "--format", "long_csv")
    assert '"unchanged": 3' in cli.told("import", path, "--user", "demo")
    assert "#format" in cli.refused("import", path, "--user", "demo", "--format", "nosuch")
    mapping = json.dumps({"columns": {"start": "start", "amount": "kwh"}, "time_zone": "Mars"})
    options = ("--format", "generic_csv", "--mapping", mapping)
    assert "#mapping/time_zone" in cli.refused("import", path, "--user", "demo", *options)


# Exporting


def test_exported_records_are_imported_again_as_they_were(cli: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "records.csv"
    options = ("--user", "demo", "--from", "2024-01-01", "--to", "2024-12-31")
    told = cli.told("export", path, *options)
    lines = path.read_text().splitlines()
    assert told == f"{path}: {len(lines) - 1:,} rows.\n"
    days = [line.split(",")[1] for line in lines[1:]]
    assert min(days) >= "2024-01-01"
    assert max(days) <= "2024-12-31"
    with open_folder() as folder:
        other = CommandLine(Path(folder) / "other")
        other.told("user", "add", "ana", "ana@example.org", "--password", PASSWORD)
        counts = json.loads(other.told("import", path, "--user", "ana").splitlines()[1])
        assert counts["added"] == len(lines) - 1
        again = tmp_path / "again.csv"
        other.told("export", again, "--user", "ana")
        assert again.read_bytes() == path.read_bytes()
    assert cli.rows("SELECT count(*) FROM audit_events WHERE event = 'data.exported'")[0][0] == 1


def test_a_meters_series_and_a_whole_account_are_exported(cli: CommandLine, tmp_path: Path) -> None:
    meter = str(cli.rows("SELECT min(id) FROM meters WHERE last_day IS NOT NULL")[0][0])
    for ending in ("csv", "xlsx", "json"):
        path = tmp_path / f"series.{ending}"
        assert " rows." in cli.told("export", path, "--user", "demo", "--meter", meter)
        assert path.stat().st_size > 500
    path = tmp_path / "account.zip"
    cli.told("export", path, "--user", "demo")
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None


def test_an_export_overwrites_nothing_and_leaves_nothing_when_it_fails(
    cli: CommandLine, tmp_path: Path
) -> None:
    path = tmp_path / "kept.csv"
    path.write_text("mine")
    assert f"{path}: File exists" in cli.refused("export", path, "--user", "demo")
    assert path.read_text() == "mine"
    missing = tmp_path / "nothing.json"
    options = ("--user", "demo", "--meter", "999999999")
    assert "no such meter" in cli.refused("export", missing, *options)
    assert not missing.exists()
    assert ".zip" in cli.refused("export", tmp_path / "a.pdf", "--user", "demo", code=2)
    options = ("--user", "demo", "--from", "2024-01-01")
    assert "--from" in cli.refused("export", tmp_path / "a.zip", *options, code=2)


# Backups


def test_settings_say_where_backups_go_and_how_many_are_kept(
    cli: CommandLine, tmp_path: Path
) -> None:
    settings = {"BACKUP_DIR": str(tmp_path), "BACKUP_KEEP": "1"}
    first = cli.told("backup", **settings).split(":")[0]
    second = cli.told("backup", **settings)
    assert f"{first} removed" in second
    assert [str(path) for path in tmp_path.iterdir()] == [second.split(":")[0]]


# Migrations


def test_the_schema_goes_down_and_up_but_never_over_rows_by_accident(cli: CommandLine) -> None:
    before = count(cli)
    text = cli.refused("db", "downgrade", "base")
    assert "--lossy" in text
    assert count(cli) == before
    assert "The schema is at head." in cli.told("db", "upgrade")
    assert count(cli) == before


def test_a_lossy_downgrade_ends_with_an_empty_database() -> None:
    with open_folder() as folder:
        line = CommandLine(Path(folder) / "data")
        line.told("demo")
        assert "The schema is at base." in line.told("db", "downgrade", "base", "--lossy")
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        assert {row[0] for row in line.rows(tables)} <= {"alembic_version"}
        line.told("db", "upgrade")
        assert line.rows("SELECT * FROM consumptions") == []
        line.told("demo")


def test_a_revision_that_is_none_is_refused(cli: CommandLine) -> None:
    assert "no-such-revision" in cli.refused("db", "upgrade", "no-such-revision")
    assert "no-such-revision" in cli.refused("db", "downgrade", "no-such-revision")


def test_rebuild_finds_no_difference_and_repairs_one(cli: CommandLine) -> None:
    assert cli.told("db", "rebuild") == "No difference.\n"
    with embedded(cli.data_dir) as cluster:
        url = cluster.url("consumo_app").replace("+psycopg", "")
        with psycopg.connect(url) as connection:
            (account, meter, day) = cli.rows(
                "SELECT account_id, meter_id, day FROM meter_days ORDER BY day LIMIT 1"
            )[0]
            connection.execute(f"SET LOCAL app.account_id = '{account}'")  # type: ignore[arg-type]
            connection.execute(
                "UPDATE meter_days SET amount = amount + 1 WHERE meter_id = %s AND day = %s",
                (meter, day),
            )
    done = cli.run("db", "rebuild")
    assert done.returncode == 1
    assert f"account {account}, meter {meter}, meter_days {day}: stored " in done.stdout
    assert "Difference(" not in done.stdout
    assert cli.told("db", "rebuild", "--write").endswith("\n1 difference.\n")
    assert cli.told("db", "rebuild") == "No difference.\n"


# People


def test_a_password_is_set_and_a_weak_one_is_not(cli: CommandLine) -> None:
    before = cli.rows("SELECT password_hash FROM users WHERE username = 'demo'")
    assert "/password" in cli.refused("user", "password", "demo", "--password", "demo")
    assert cli.rows("SELECT password_hash FROM users WHERE username = 'demo'") == before
    text = cli.told("user", "password", "demo", "--password", PASSWORD + "-2")
    assert "all sessions are ended" in text
    assert PASSWORD not in text
    assert cli.rows("SELECT password_hash FROM users WHERE username = 'demo'") != before
    assert cli.rows("SELECT * FROM sessions WHERE revoked_at IS NULL") == []


def test_a_person_who_is_not_there_cannot_be_unlocked(cli: CommandLine) -> None:
    assert "demo may sign in again" in cli.told("user", "unlock", "demo")
    assert "nobody-here" in cli.refused("user", "unlock", "nobody-here")
    assert "nobody-here" in cli.refused("user", "password", "nobody-here", "--password", PASSWORD)


# What else


def test_the_openapi_document_is_written_without_a_database(tmp_path: Path) -> None:
    line = CommandLine(tmp_path / "data")
    output = tmp_path / "openapi.json"
    line.told("openapi", "--output", output)
    assert json.loads(output.read_text())["openapi"].startswith("3.1")
    assert not line.data_dir.exists()
    assert "missing" in line.refused("openapi", "--output", tmp_path / "missing" / "x.json")


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"APP_ENV": "production"}, "jwt_secret"),
        ({"APP_ENV": "production", "JWT_SECRET": "x" * 40}, "placeholder"),
        ({"APP_ENV": "nonsense"}, "app_env"),
        ({"JWT_SECRET": "short"}, "at least 32 bytes"),
        ({"LOG_LEVEL": "LOUD"}, "log_level"),
    ],
)
def test_a_configuration_that_is_refused_is_named_without_its_values(
    cli: CommandLine, variables: dict[str, str], told: str
) -> None:
    text = cli.refused("user", "unlock", "demo", **variables)
    assert "the configuration is refused" in text
    assert told in text
    assert variables.get("JWT_SECRET", "nothing-secret") not in text


def test_a_database_that_is_away_is_named(tmp_path: Path) -> None:
    away = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    line = CommandLine(tmp_path)
    assert "cannot be reached" in line.refused("db", "upgrade", DATABASE_URL=away)
    assert "cannot be reached" in line.refused("user", "unlock", "demo", DATABASE_URL=away)
    text = line.refused("db", "rebuild", DATABASE_URL=away)
    assert "DATABASE_BACKUP_URL" in text


def test_a_data_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file" / "data", tmp_path / "file"):
        for command in ("demo", "start"):
            said = CommandLine(folder).refused(command)
            assert f"cannot use {folder} (" in said
            assert "choose another DATA_DIR" in said


def test_an_archive_goes_from_one_installation_to_another(
    cli: CommandLine, file: Path, tmp_path: Path
) -> None:
    cli.told("import", file, "--user", "demo", "--valid-only", "--on-conflict", "add")
    archive = tmp_path / "account.zip"
    assert re.fullmatch(
        r"[0-9,]+ rows\.\n", cli.told("archive", "export", archive, "--user", "demo")
    )
    assert "exists" in cli.refused("archive", "export", archive, "--user", "demo")
    assert "an empty account" in cli.refused("archive", "load", archive, "--user", "demo")
