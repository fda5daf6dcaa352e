"""Cells of a spreadsheet as the texts of a table of dated amounts."""

import pytest

from app.importers.records_table import _text


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (9_995.1017, "9995.1017"),
        (9_999_999_999.9999, "9999999999.9999"),
        (0.1 + 0.2, "0.3"),
        (1.234, "1.2340"),
        (0.0001, "0.0001"),
        (12.0, "12"),
    ],
)
def test_a_number_is_written_with_the_figures_that_a_spreadsheet_has(
    cell: float, text: str
) -> None:
    assert _text(cell) == text
