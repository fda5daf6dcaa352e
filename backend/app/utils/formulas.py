"""Texts that a spreadsheet would run as a formula: defused on the way out, restored on the way in.

A leading apostrophe makes a spreadsheet take a cell as text (OWASP, CSV Injection). It is put
before whatever could otherwise not be told apart again, so that `restored(defused(t)) == t` for
every text, also one with blanks at its ends, which readers of files strip.
"""

TRIGGERS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What begins a formula in some spreadsheet, in half and full width."""
_MARK = "'"


def defused(text: str) -> str:
    """Give a text as a cell that no spreadsheet runs."""
    return _MARK + text if _needs_mark(text) else text


def restored(cell: str) -> str:
    """Give the text that `defused` made this cell of; other cells lose the blanks at their ends."""
    if cell.startswith(_MARK) and _needs_mark(cell[1:]):
        return cell[1:]
    return cell.strip()


def _needs_mark(text: str) -> bool:
    rest = text.lstrip(_MARK)  # apostrophes of its own, that `restored` could take for marks
    return not rest or rest[0] in TRIGGERS or rest != rest.strip()
