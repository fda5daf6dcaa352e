"""What a spreadsheet would run is defused, and every text comes back as it was."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.utils.formulas import TRIGGERS, defused, restored

NASTY = st.text(st.sampled_from("=+-@\t\r\n'＝＋－＠ a1|!\u00a0"), max_size=6)


@given(st.one_of(st.text(), NASTY))
@example("")
@example("'")
@example("' a")
@example("''=cmd|' /C calc'!A0")
def test_every_text_comes_back(text: str) -> None:
    assert restored(defused(text)) == text


@given(NASTY)
def test_no_cell_begins_a_formula(text: str) -> None:
    assert defused(text)[0] not in TRIGGERS


@given(NASTY)
def test_a_reader_that_strips_loses_nothing(text: str) -> None:
    cell = defused(text)
    assert cell == cell.lstrip()
    assert restored(cell) == text


@pytest.mark.parametrize("text", ["plain", "it's", "'tis", "a=b", "5 - 3", "ñ", "💧"])
def test_what_is_harmless_stays(text: str) -> None:
    assert defused(text) == text
    assert restored(text) == text


@pytest.mark.parametrize(("cell", "text"), [(" a ", "a"), ("'a'", "'a'"), ("'-1", "-1"), ("", "")])
def test_cells_of_others(cell: str, text: str) -> None:
    assert restored(cell) == text
