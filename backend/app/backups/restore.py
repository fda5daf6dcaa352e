"""Restoring a backup into an empty database, wholly or not at all."""

import hashlib
from pathlib import Path

import psycopg
from alembic.script import ScriptDirectory
from psycopg import sql

from app import migrate
from app.backups.file import Damaged, Manifest, TablePart, blocks_of, check, read_manifest
from app.backups.write import copied, libpq_url
from app.models import all_tables

Connection = psycopg.Connection[tuple[object, ...]]


class Refused(Exception):
    """The backup cannot be restored here; the message says why."""


def restore(owner_url: str, path: Path) -> Manifest:
    """Restore a backup into the empty database of `owner_url` and bring it up to date.

    The schema is made as it was, the rows are loaded and read back to compare their hashes in
    one transaction, then later migrations run. Raises Refused when the database holds data or
    the backup comes from a later version, Damaged when the file is not what was written: the
    database is then as empty as before.
    """
    check(path)
    manifest = read_manifest(path)
    script = ScriptDirectory.from_config(migrate.config())
    if manifest.revision not in {revision.revision for revision in script.walk_revisions()}:
        raise Refused(
            f"the backup's schema {manifest.revision} is not known to this version of Consumo:"
            f" it was made by {manifest.version}; install that or a later one"
        )
    _refuse_full(owner_url)
    migrate.downgrade(owner_url, "base")
    migrate.upgrade(owner_url, manifest.revision)
    with psycopg.connect(libpq_url(owner_url)) as connection:
        _load(connection, path, manifest)
    migrate.upgrade(owner_url)
    return manifest


def _refuse_full(owner_url: str) -> None:
    with psycopg.connect(libpq_url(owner_url)) as connection:
        for table in _present(connection):
            _let_owner_read(connection, table)
            rows = connection.execute(
                sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(table))
            ).fetchall()
            if rows:
                raise Refused(
                    f"the database holds data ({table} has rows), and a backup is restored into"
                    " an empty one only: choose another DATA_DIR or database"
                )
        connection.rollback()


def _present(connection: Connection) -> list[str]:
    rows = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename = ANY(%s)",
        [[table.name for table in all_tables()]],
    ).fetchall()
    return sorted(str(row[0]) for row in rows)


def _let_owner_read(connection: Connection, table: str) -> None:
    connection.execute(
        sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(sql.Identifier(table))
    )


def _load(connection: Connection, path: Path, manifest: Manifest) -> None:
    """Copy all tables in, in the order of their keys, in the connection's transaction."""
    connection.execute("SET LOCAL statement_timeout = 0")
    for part in manifest.tables:
        table = sql.Identifier(part.name)
        _let_owner_read(connection, part.name)
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            table, sql.SQL(", ").join(map(sql.Identifier, part.columns))
        )
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for block in blocks_of(path, part):
                copy.write(block)
        _compare(connection, part)
        _count_on(connection, part)
    for part in manifest.tables:
        connection.execute(
            sql.SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(sql.Identifier(part.name))
        )


def _compare(connection: Connection, part: TablePart) -> None:
    digest = hashlib.sha256()
    for block in copied(connection, part.name, part.columns, _key_of(connection, part.name)):
        digest.update(block)
    if digest.hexdigest() != part.sha256:
        raise Damaged(f"the rows of {part.name} do not read back as they were written")


def _key_of(connection: Connection, table: str) -> list[str]:
    rows = connection.execute(
        "SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid"
        " AND attnum = ANY(indkey) WHERE indrelid = %s::regclass AND indisprimary"
        " ORDER BY array_position(indkey::int2[], attnum)",
        [table],
    ).fetchall()
    return [str(row[0]) for row in rows]


def _count_on(connection: Connection, part: TablePart) -> None:
    """Let new ids come after those that were loaded."""
    if "id" not in part.columns:
        return
    found = connection.execute("SELECT pg_get_serial_sequence(%s, 'id')", [part.name]).fetchone()
    if found is None or found[0] is None:
        return
    connection.execute(
        sql.SQL("SELECT setval(%s, greatest((SELECT max(id) FROM {}), 1))").format(
            sql.Identifier(part.name)
        ),
        [found[0]],
    )
