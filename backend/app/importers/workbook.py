"""The rows of a spreadsheet's sheet, within bounds of what it may unpack to."""

import html
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from app.importers.series import Source, Unreadable

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

MAX_BYTES: Final = 32 * 1024 * 1024
"""Bytes of the file."""
MAX_UNPACKED: Final = 256 * 1024 * 1024
"""Bytes of its parts together."""
MAX_PARTS: Final = 1_000
SHEET_MARK: Final = b"PK\x03\x04"

_PART: Final = b"xl/workbook.xml"
_LOCAL_HEADER: Final = 30
"""Bytes of a zip's local file header before the name."""
_MOST_XML: Final = 64 * 1024
_NAME: Final = re.compile(rb'<(?:\w+:)?sheet\s[^>]*?\bname="([^"]{1,200})"')

Cell = Any
"""A text, number, bool, date, time or datetime; "" when empty."""


def is_workbook(name: str, head: bytes) -> bool:
    """Tell whether a file may be an .xlsx."""
    return head.startswith(SHEET_MARK) and name.casefold().endswith((".xlsx", ".xlsm"))


def sheet_names(head: bytes) -> list[str]:
    """Return the names of an .xlsx's sheets, casefolded, where its first bytes hold them."""
    at = head.find(_PART)
    if at < _LOCAL_HEADER or head[at - _LOCAL_HEADER : at - 26] != SHEET_MARK:
        return []
    method, name, extra = struct.unpack("<H16xHH", head[at - 22 : at])
    data = head[at + name + extra :]
    if method == zipfile.ZIP_DEFLATED:
        try:
            data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, _MOST_XML)
        except zlib.error:
            return []
    return [html.unescape(n.decode("utf-8", "replace")).casefold() for n in _NAME.findall(data)]


def rows(
    source: Source, sheets: frozenset[str], *, as_they_are: bool = False
) -> Iterator[tuple[str, int, list[Cell]]]:
    """Yield sheet, row number from 1 and cells of the sheets of those names, in casefolded form.

    Texts lose the blanks at their ends, unless they are wanted as they are. Raises Unreadable for
    what is no spreadsheet or has none of the sheets, and beyond the bounds.
    """
    workbook = _opened(source)
    names = [name for name in workbook.sheet_names if name.strip().casefold() in sheets]
    if not names:
        raise Unreadable(f"the spreadsheet has no sheet {' or '.join(sorted(sheets))}")
    for name in names:
        sheet = workbook.get_sheet_by_name(name)
        for number, cells in enumerate(sheet.iter_rows(), start=1):
            found = cells if as_they_are else [_plain(cell) for cell in cells]
            yield name.strip().casefold(), number, found


def first_sheet(source: Source) -> str:
    """Return the name of the first sheet. Raises Unreadable as `rows` does."""
    names = _opened(source).sheet_names
    if not names:
        raise Unreadable("the spreadsheet has no sheet")
    return names[0].strip()


def _plain(cell: Cell) -> Cell:
    return cell.strip() if isinstance(cell, str) else cell


def _opened(source: Source) -> "CalamineWorkbook":
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, XmlError, ZipError

    if source.size > MAX_BYTES:
        raise Unreadable(f"a spreadsheet has at most {MAX_BYTES:,} bytes")
    try:
        with source.open() as file, zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
            raise Unreadable(f"the spreadsheet unpacks to more than {MAX_UNPACKED:,} bytes")
        return CalamineWorkbook.from_filelike(source.open())
    except (zipfile.BadZipFile, CalamineError, PasswordError, XmlError, ZipError, OSError):
        raise Unreadable("the file is no spreadsheet, or protected by a password") from None
