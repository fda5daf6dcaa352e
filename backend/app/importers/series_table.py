"""The data lines of a table below its header, with everything else of it accounted for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.importers import csv_text
from app.importers.series import Ignored, Piece, Rejected, Source, Unreadable

PREAMBLE = "lines above the header"
HEADER_WITHIN = 100


@dataclass(frozen=True, slots=True)
class Line:
    """A data line: its number from 1, its cells, and the names of the header."""

    number: int
    cells: Sequence[str]
    names: Sequence[str]

    def cell(self, at: int | None) -> str:
        """Return the cell at `at` from 0, or "" when the line has none."""
        return self.cells[at] if at is not None and at < len(self.cells) else ""

    def rejected(self, at: int | None, detail: str) -> Rejected:
        """Return the rejection of the line, which names the column."""
        is_named = at is not None and at < len(self.names)
        return Rejected(
            self.number, self.names[at] if is_named and at is not None else None, detail
        )

    def ignored(self, reason: str) -> Ignored:
        """Return that the line rightly is no value."""
        return Ignored(1, reason, self.number)


def table(
    source: Source,
    is_header: Callable[[Sequence[str]], bool],
    separator: str = ",",
    *,
    longest: int = csv_text.MAX_LINE,
    widest: int = csv_text.MAX_CELLS,
) -> Iterator[Line | Piece]:
    """Yield each data line below the header, and a piece for every other line.

    A header that comes again is ignored. Unreadable when there is none within HEADER_WITHIN
    lines, and as `csv_text.rows`.
    """
    names: list[str] | None = None
    lines = csv_text.rows(source, separator, longest=longest, widest=widest)
    for count, (line, cells) in enumerate(lines, start=1):
        if names is None and count > HEADER_WITHIN:
            break
        if isinstance(cells, str):
            yield Rejected(line, None, cells)
        elif not any(cells):
            yield Ignored(1, "blank lines", line)
        elif is_header(cells):
            names = cells
            yield Ignored(1, "the header", line)
        elif names is None:
            yield Ignored(1, PREAMBLE, line)
        else:
            yield Line(line, cells, names)
    if names is None:
        raise Unreadable("the file has no line with the names of its columns")


def separator_of(head: str, among: str = ";\t|,") -> str:
    """Return the separator that the first line has most of."""
    first = head.lstrip("\ufeff\r\n ").partition("\n")[0]
    return max(among, key=first.count)
