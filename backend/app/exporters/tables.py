"""Tables as CSV and XLSX: row by row into a file, in bounded memory."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import IO
from xml.sax.saxutils import escape

from app.utils.formulas import defused

Cell = str | int | float | Decimal | date | None
"""Texts are defused; numbers and dates are written as what they are."""
Rows = Iterable[Sequence[Cell]]

MAX_SHEET_ROWS = 1_048_575
"""Rows below the header that a sheet can hold (ECMA-376 applications)."""
_FIRST_SAFE_DATE = date(1900, 3, 1)
"""Before it, spreadsheets count a 29 February 1900 that never was."""
_DAY_ZERO = date(1899, 12, 30)


class TooManyRows(Exception):
    """The table does not fit into a sheet."""


def write_csv(file: IO[bytes], header: Sequence[str], rows: Rows) -> int:
    """Write RFC 4180 in UTF-8 and give the number of rows; numbers with a decimal point."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
    writer = csv.writer(text)
    writer.writerow(header)
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007
        writer.writerow([defused(cell) if isinstance(cell, str) else cell for cell in row])
    text.flush()
    text.detach()
    return count


def write_xlsx(file: IO[bytes], sheet_name: str, header: Sequence[str], rows: Rows) -> int:
    """Write a workbook of one sheet (ECMA-376) and give the number of rows.

    Raises TooManyRows beyond MAX_SHEET_ROWS.
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as book:
        for name, content in _PARTS.items():
            book.writestr(_member(name), content.replace(_SHEET_NAME, escape(sheet_name)))
        with book.open(_member("xl/worksheets/sheet1.xml"), "w", force_zip64=True) as sheet:
            sheet.write(_SHEET_HEAD)
            sheet.write(_sheet_row(header))
            count = 0
            for row in rows:
                count += 1
                if count > MAX_SHEET_ROWS:
                    raise TooManyRows
                sheet.write(_sheet_row([defused(c) if isinstance(c, str) else c for c in row]))
            sheet.write(_SHEET_TAIL)
    return count


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))  # the same bytes for the same rows
    member.compress_type = zipfile.ZIP_DEFLATED
    return member


def _sheet_row(cells: Sequence[Cell]) -> bytes:
    return f"<row>{''.join(map(_sheet_cell, cells))}</row>".encode()


def _sheet_cell(cell: Cell) -> str:
    if cell is None:
        return "<c/>"
    if isinstance(cell, date):
        if cell < _FIRST_SAFE_DATE:
            return _sheet_cell(cell.isoformat())
        return f'<c s="1"><v>{(cell - _DAY_ZERO).days}</v></c>'
    if not isinstance(cell, str):
        return f"<c><v>{cell}</v></c>"
    text = escape(_ESCAPED.sub(_escape, cell))
    return f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


_ESCAPED = re.compile("[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def _escape(found: re.Match[str]) -> str:
    """Write what XML cannot hold, and what would be read as that, as ST_Xstring has it."""
    return f"_x{ord(found[0]):04X}_"


def lines(chunks: Iterable[Iterable[Sequence[Cell]]]) -> Iterator[Sequence[Cell]]:
    """Give the rows of chunks one after the other."""
    for chunk in chunks:
        yield from chunk


_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SHEET_HEAD = f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'.encode()
_SHEET_TAIL = b"</sheetData></worksheet>"
_SHEET_NAME = "{sheet}"
_PARTS = {
    "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>',
    "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>",
    "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}"><sheets>'
    f'<sheet name="{_SHEET_NAME}" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_DOCUMENT}/styles" Target="styles.xml"/></Relationships>',
    # Style 1 is the number format yyyy-mm-dd.
    "xl/styles.xml": f'{_HEAD}<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>",
}
