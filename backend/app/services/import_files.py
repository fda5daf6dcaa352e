"""The files that people import: their names, and reading them."""

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app import importers
from app.errors import invalid_field
from app.importers.records_csv import ColumnMapping, RecordFile, RecordFileError
from app.importers.records_csv import read as read_records
from app.utils.codes import Code

MAX_FILE_NAME = 255
RECORDS = importers.RECORDS


@dataclass(frozen=True, slots=True)
class Upload:
    """A file and how it is to be treated; `mode` is all or valid, `on_conflict` reject or add."""

    data: bytes
    file_name: str
    mapping: ColumnMapping
    meter_id: int | None
    mode: str
    on_conflict: str


def safe_file_name(name: str | None) -> str:
    """Give the last part of a path without characters that control terminals or headers."""
    last = re.split(r"[/\\]", name or "")[-1]
    return "".join(c for c in last if c.isprintable())[:MAX_FILE_NAME].strip() or "file"


def digest(data: bytes) -> str:
    """Give a file's SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def digest_of(path: Path) -> str:
    """Give the SHA-256 of a file on disk in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def refuse_unknown_format(name: str, pointer: str) -> None:
    """Raise Invalid for a format that there is not."""
    known = [RECORDS, *importers.NAMES]
    if name not in known:
        detail = f"must be one of {', '.join(known)}"
        raise invalid_field(pointer, detail, Code.NOT_ONE_OF, allowed=known)


_OTHER_FILES = {
    b"PK\x03\x04": "an Excel workbook or another ZIP archive",
    b"PK\x05\x06": "an empty ZIP archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook or another Office document",
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "compressed by gzip",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"{": "JSON of another kind",
}


def read(upload: Upload, latest: date) -> RecordFile:
    """Read all lines; raises Invalid when the file as a whole cannot be, saying what would help."""
    kind = next((what for mark, what in _OTHER_FILES.items() if upload.data.startswith(mark)), None)
    if kind is not None:
        detail = f"This file is {kind}: save or export the table as CSV."
        raise invalid_field("#file", detail, Code.FILE_OF_OTHER_KIND)
    if not upload.data.strip(b" \t\r\n\0\xef\xbb\xbf\xff\xfe"):
        raise invalid_field("#file", "The file is empty.", Code.FILE_EMPTY)
    try:
        file = read_records(upload.data, upload.mapping, latest=latest)
    except RecordFileError as error:
        pointer = f"#mapping/{error.field}" if error.field else "#file"
        raise invalid_field(pointer, error.detail, Code.FILE_UNREADABLE) from error
    if file.data_lines == file.ignored:
        detail = "The file has no lines below its header."
        raise invalid_field("#file", detail, Code.FILE_EMPTY)
    return file
