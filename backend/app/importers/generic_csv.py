"""Any CSV of amounts at times, read as a mapping says (`generic_mapping`)."""

from collections.abc import Iterator

from app.importers import csv_text
from app.importers.generic_mapping import KEYS, layout_of
from app.importers.generic_table import pieces
from app.importers.series import Format, Options, Piece, Source
from app.importers.series_table import separator_of

_HEAD = 16 * 1024


def _read(source: Source, options: Options) -> Iterator[Piece]:
    layout = layout_of(options)
    separator = layout.separator
    if separator is None:
        with source.open() as file:
            head = csv_text.text_of(file.read(_HEAD))
        lines = head.splitlines()[max(layout.header_row - 1, 0) :]
        separator = separator_of("\n".join(lines))
    yield from pieces(csv_text.rows(source, separator), layout)


FORMAT = Format(
    name="generic_csv",
    title="Any CSV, by a mapping",
    recognises=lambda _name, _head: False,
    read=_read,
    mapping_keys=KEYS,
)
