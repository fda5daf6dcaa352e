"""Writing a backup: one snapshot of all accounts, as the role that may read them and write none."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg import sql

from app.backups.file import Manifest, Writer, new_file
from app.models import all_tables
from app.version import VERSION

PATTERN = "consumo-*.backup"


class Incomplete(Exception):
    """The database has tables that this version does not know, which a backup would lack."""


def write(backup_url: str, folder: Path, now: datetime) -> tuple[Path, Manifest]:
    """Write a backup of the whole database into `folder` and give its place.

    The file appears under its name when it is whole and on disk. Raises OSError for a folder
    that cannot be written to, psycopg.Error for a database that cannot be read, and Incomplete
    for one of a later version.
    """
    folder.mkdir(parents=True, exist_ok=True)
    final = folder / f"consumo-{now:%Y-%m-%dT%H%M%S}Z.backup"
    part = final.with_suffix(f".{os.getpid()}.part")
    try:
        with new_file(part) as writer, _snapshot(backup_url) as connection:
            manifest = _write_tables(connection, writer, now)
        _to_disk(part)
        os.link(part, final)  # unlike a rename it never replaces one of the same second
    finally:
        part.unlink(missing_ok=True)
    _to_disk(folder)
    return final, manifest


def forget_old(folder: Path, keep: int) -> list[Path]:
    """Remove all but the newest `keep` backups of a folder; gives those removed."""
    found = sorted(folder.glob(PATTERN), reverse=True)
    for path in found[keep:]:
        path.unlink()
    return found[keep:]


def libpq_url(url: str) -> str:
    """Give an SQLAlchemy URL as libpq reads it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _snapshot(backup_url: str) -> psycopg.Connection[tuple[object, ...]]:
    connection = psycopg.connect(libpq_url(backup_url), connect_timeout=10)
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    return connection


def _write_tables(
    connection: psycopg.Connection[tuple[object, ...]], writer: Writer, now: datetime
) -> Manifest:
    rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    tables = all_tables()
    _refuse_unknown(connection, {table.name for table in tables} | {"alembic_version"})
    for table in tables:
        columns = tuple(column.name for column in table.columns)
        keys = [column.name for column in table.primary_key.columns]
        writer.add(table.name, columns, copied(connection, table.name, columns, keys))
    return writer.finish(VERSION, str(rows[0][0]), now)


def _refuse_unknown(connection: psycopg.Connection[tuple[object, ...]], known: set[str]) -> None:
    rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    unknown = sorted({str(row[0]) for row in rows} - known)
    if unknown:
        raise Incomplete(
            f"the database has tables that version {VERSION} of Consumo does not know"
            f" ({', '.join(unknown)}): back it up with the version that it is served by"
        )


def copied(
    connection: psycopg.Connection[tuple[object, ...]],
    table: str,
    columns: tuple[str, ...],
    keys: list[str],
) -> Iterator[bytes | bytearray | memoryview]:
    """Give the COPY text of a table's rows, in the order of its key."""
    statement = sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, keys)),
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        yield from copy


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
