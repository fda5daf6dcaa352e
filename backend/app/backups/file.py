"""The file of a backup: a ZIP archive with one entry a table and a manifest.

`tables/<name>.copy` is PostgreSQL's COPY text of the table's rows in the order of its primary
key: it means the same to every version of the server. `manifest.json` says which migration the
schema was at, and of each table the columns, the number of rows and the SHA-256 of its entry.
The archive's comment, its last 64 bytes, is the SHA-256 of all bytes before it.
"""

import hashlib
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import orjson

FORMAT = 1
BLOCK = 1 << 20
_MANIFEST = "manifest.json"
_LARGEST_MANIFEST = 1 << 20
_SEAL = 64


class Damaged(Exception):
    """The file is no backup, or not the one that was written; the message says why."""


@dataclass(frozen=True, slots=True)
class TablePart:
    """A table in the file; `sha256` is that of its COPY text."""

    name: str
    columns: tuple[str, ...]
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. `made_at` is when its snapshot was taken."""

    version: str
    revision: str
    made_at: datetime
    tables: tuple[TablePart, ...]
    format: int = FORMAT


class Writer:
    """Adds tables to a new file, then the manifest."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._parts: list[TablePart] = []

    def add(
        self, name: str, columns: tuple[str, ...], blocks: Iterator[bytes | bytearray | memoryview]
    ) -> None:
        """Add a table's COPY text, block by block."""
        digest, rows = hashlib.sha256(), 0
        with self._archive.open(_entry(name), "w", force_zip64=True) as entry:
            for block in blocks:
                data = bytes(block)
                digest.update(data)
                rows += data.count(b"\n")  # line breaks within values are written as \n
                entry.write(data)
        self._parts.append(TablePart(name, columns, rows, digest.hexdigest()))

    def finish(self, version: str, revision: str, made_at: datetime) -> Manifest:
        """Write the manifest and give it."""
        manifest = Manifest(version, revision, made_at, tuple(self._parts))
        self._archive.writestr(_MANIFEST, orjson.dumps(asdict(manifest)))
        return manifest


@contextmanager
def new_file(path: Path) -> Iterator[Writer]:
    """Make a backup file; a reader never sees one that is not whole."""
    with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        archive.comment = b"0" * _SEAL
        yield Writer(archive)
    with path.open("r+b") as file:
        seal = _digest(file, path.stat().st_size - _SEAL)
        file.seek(-_SEAL, os.SEEK_END)
        file.write(seal)


def _digest(file: BinaryIO, size: int) -> bytes:
    digest = hashlib.sha256()
    while size > 0 and (block := file.read(min(BLOCK, size))):
        digest.update(block)
        size -= len(block)
    return digest.hexdigest().encode()


def check(path: Path) -> None:
    """Compare a file with its seal. Raises Damaged when a byte of it is not as it was written."""
    size = path.stat().st_size - _SEAL
    with path.open("rb") as file:
        if _digest(file, size) != file.read():
            raise Damaged("it is not the whole file that was written")


def read_manifest(path: Path) -> Manifest:
    """Read what a file holds. Raises Damaged, also for formats of later versions."""
    with _opened(path) as archive:
        try:
            if archive.getinfo(_MANIFEST).file_size > _LARGEST_MANIFEST:
                raise Damaged("its manifest is too large to be one")
            found = orjson.loads(archive.read(_MANIFEST))
            if found["format"] > FORMAT:
                raise Damaged("it was written by a later version of Consumo")
            tables = tuple(
                TablePart(part["name"], tuple(part["columns"]), part["rows"], part["sha256"])
                for part in found["tables"]
            )
            made_at = datetime.fromisoformat(found["made_at"]).astimezone(UTC)
            return Manifest(found["version"], found["revision"], made_at, tables)
        except (KeyError, TypeError, ValueError) as error:
            raise Damaged("its manifest cannot be read") from error


def blocks_of(path: Path, part: TablePart) -> Iterator[bytes]:
    """Read a table's COPY text; raises Damaged at its end when it is not what was written."""
    digest = hashlib.sha256()
    with _opened(path) as archive:
        try:
            with archive.open(_entry(part.name)) as entry:
                while block := entry.read(BLOCK):
                    digest.update(block)
                    yield block
        except KeyError as error:
            raise Damaged(f"the table {part.name} is missing") from error
    if digest.hexdigest() != part.sha256:
        raise Damaged(f"the rows of {part.name} are not those that were written")


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise Damaged(f"it is no whole backup file ({error})") from error


def _entry(table: str) -> str:
    return f"tables/{table}.copy"
