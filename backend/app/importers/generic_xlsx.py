"""Any spreadsheet of amounts at times, read as a mapping says (`generic_mapping`)."""

from collections.abc import Iterator

from app.importers import workbook
from app.importers.generic_mapping import KEYS, layout_of
from app.importers.generic_table import Row, pieces
from app.importers.series import Format, Options, Piece, Source


def _read(source: Source, options: Options) -> Iterator[Piece]:
    layout = layout_of(options)
    yield from pieces(_rows(source, layout.sheet), layout)


def _rows(source: Source, sheet: str | None) -> Iterator[Row]:
    wanted = workbook.first_sheet(source) if sheet is None else sheet
    for _, number, cells in workbook.rows(source, frozenset({wanted.casefold()})):
        yield number, cells


FORMAT = Format(
    name="generic_xlsx",
    title="Any spreadsheet (.xlsx), by a mapping",
    recognises=lambda _name, _head: False,
    read=_read,
    mapping_keys=KEYS,
)
