"""Unpacking gzip and ZIP files within bounds."""

import gzip
import zipfile
import zlib
from pathlib import Path
from typing import IO, cast

from app.importers.series import Unreadable

MAX_UNPACKED = 400 * 1024 * 1024
MAX_RATIO = 100
_FREE_BYTES = 1024 * 1024
"""Up to this size any ratio is harmless."""
_CHUNK = 256 * 1024
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_WORKBOOK = frozenset({"[Content_Types].xml", "xl/workbook.xml"})
_NOT_DATA = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


def unpacked(path: Path, name: str, target: Path) -> tuple[Path, str]:
    """Give the file that holds the data, and its name: itself, or what a gzip or ZIP has in it.

    Excel workbooks are ZIP files and stay. Raises Unreadable for archives with several data
    files, encrypted or damaged ones, archives in archives, and for more than MAX_UNPACKED bytes
    or MAX_RATIO times the packed size.
    """
    head = _head(path)
    if head.startswith(_GZIP):
        return _inner(_from_gzip(path, target), name.removesuffix(".gz") or name)
    if head == _ZIP:
        return _from_zip(path, name, target)
    return path, name


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _inner(path: Path, name: str) -> tuple[Path, str]:
    head = _head(path)
    if head.startswith(_GZIP) or (head == _ZIP and not _is_workbook(path)):
        raise Unreadable("The file is an archive within an archive; unpack it first.")
    return path, name


def _from_gzip(path: Path, target: Path) -> Path:
    try:
        with gzip.open(path, "rb") as source, target.open("wb") as out:
            _copy(cast("IO[bytes]", source), out, _limit(path.stat().st_size))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Unreadable(f"The gzip file is damaged: {error}.") from error
    return target


def _from_zip(path: Path, name: str, target: Path) -> tuple[Path, str]:
    try:
        with zipfile.ZipFile(path) as archive:
            if _WORKBOOK.issubset(archive.namelist()):
                _refuse_large_workbook(archive, path.stat().st_size)
                return path, name
            item = _only_data_file(archive)
            with archive.open(item) as source, target.open("wb") as out:
                _copy(source, out, _limit(item.compress_size))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise Unreadable(
            f"The ZIP file is damaged, or of a kind that is not read: {error}."
        ) from error
    return _inner(target, Path(item.filename).name)


def _only_data_file(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    files = [
        item
        for item in archive.infolist()
        if not item.is_dir() and not any(part in item.filename for part in _NOT_DATA)
    ]
    if len(files) != 1:
        raise Unreadable(f"The ZIP file holds {len(files)} files; put one data file into it.")
    if files[0].flag_bits & 1:
        raise Unreadable("The ZIP file is encrypted; unpack it first.")
    return files[0]


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return _WORKBOOK.issubset(archive.namelist())
    except zipfile.BadZipFile:
        return False


def _refuse_large_workbook(archive: zipfile.ZipFile, packed: int) -> None:
    """Go by what the parts really unpack to: what an archive says of itself may be a lie."""
    limit, seen = _limit(packed), 0
    for item in archive.infolist():
        with archive.open(item) as source:
            while block := source.read(_CHUNK):
                seen += len(block)
                _refuse_beyond(limit, seen)


def _limit(packed: int) -> int:
    return min(MAX_UNPACKED, max(packed * MAX_RATIO, _FREE_BYTES))


def _copy(source: IO[bytes], out: IO[bytes], limit: int) -> None:
    seen = 0
    while block := source.read(_CHUNK):
        seen += len(block)
        _refuse_beyond(limit, seen)
        out.write(block)


def _refuse_beyond(limit: int, seen: int) -> None:
    if seen > limit:
        raise Unreadable(
            f"Unpacked, the file has more than {limit:,} bytes; at most {MAX_UNPACKED:,} and"
            f" {MAX_RATIO} times the packed size are read."
        )
