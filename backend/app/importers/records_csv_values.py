"""Dates and amounts as people write them, read without guessing.

The order of a date and the mark of a number are settled by all cells of a file together; what
nothing settles is asked.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal

FIRST_DATE = date(1900, 1, 1)
MAX_AMOUNT = Decimal("9999999999.9999")
MAX_DECIMALS = 4
_WIDEST_VALUE = 64
_LARGEST_EXPONENT = 30
_CLEAR_MAJORITY = 10

_TIME = (
    r"(?:[T ]+(?P<time>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?)"
    r" ?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?\Z"
)
_ISO = re.compile(r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", re.ASCII)
_COMPACT = re.compile(r"\A([0-9]{4})([0-9]{2})([0-9]{2})(?=\Z|[T ])", re.ASCII)
_YEAR_FIRST = re.compile(
    r"\A(?P<y>[0-9]{4})(?P<s>[-/.])(?P<m>[0-9]{1,2})(?P=s)(?P<d>[0-9]{1,2})" + _TIME, re.ASCII
)
_YEAR_LAST = re.compile(
    r"\A(?P<a>[0-9]{1,2})(?P<s>[-/.])(?P<b>[0-9]{1,2})(?P=s)(?P<y>[0-9]{4}|[0-9]{2})" + _TIME,
    re.ASCII,
)
_NUMBER = (
    r"\A(?P<sign>[+-]?)"
    r"(?P<whole>[0-9]+|[1-9][0-9]{0,2}(?P<gap>[ 'OTHER])[0-9]{3}(?:(?P=gap)[0-9]{3})*"
    r"|(?=MARK[0-9]))"
    r"(?:MARK(?P<part>[0-9]*))?(?:[eE](?P<exponent>[+-]?[0-9]{1,9}))?\Z"
)
_NUMBERS = {
    mark: re.compile(_NUMBER.replace("OTHER", other).replace("MARK", f"[{mark}]"), re.ASCII)
    for mark, other in ((".", ","), (",", "."))
}
# The usual amount, which is within all limits as it stands.
_SIMPLE = {
    mark: re.compile(rf"\A[0-9]{{1,10}}(?:[{mark}][0-9]{{1,4}})?\Z", re.ASCII) for mark in ".,"
}
# What a plain number tells of its mark: nothing (no mark, or three digits after it), or all.
_TELLING = re.compile(
    r"\A(?:(?P<none>[0-9]+)|(?P<open>[1-9][0-9]{0,2}[.,][0-9]{3})"
    r"|[0-9]{1,10}(?P<mark>[.,])(?:[0-9]{1,2}|[0-9]{4}))\Z",
    re.ASCII,
)
# Spaces, apostrophes and minus signs of typography, as spreadsheets write them.
_PLAIN = str.maketrans(
    dict.fromkeys("\u00a0\u2007\u2009\u202f", " ")
    | dict.fromkeys("\u2019\u2018\u00b4`", "'")
    | {"\u2212": "-"}
)


class RecordFileError(ValueError):
    """The file as a whole cannot be read; `field` names the part of the request that may help."""

    def __init__(self, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field


class AmbiguousDates(RecordFileError):
    """Nothing in the file tells whether the day or the month comes first."""


class AmbiguousNumbers(RecordFileError):
    """Nothing in the file tells whether point or comma is the decimal mark."""


_TIME_OF_DAY = (
    "has a time of day, but a record covers whole days: to read intervals, name generic_csv"
)


def shown(text: str) -> str:
    """Return a cell as a problem quotes it: at most 40 characters, none of them control ones."""
    return repr(text if len(text) <= 40 else text[:40] + "…")


def read_date(text: str, order: str | None, latest: date | None = None) -> date | str:
    """Return the day that `text` is, or what is wrong with it.

    `order` is "dmy" or "mdy" for dates that end with the year; with any other, those are wrong.
    Dates that begin with the year need none. A time of day is accepted when it is midnight.
    """
    text = text.strip()
    if not text:
        return "no date"
    if len(text) > _WIDEST_VALUE:
        return f"{shown(text)} is not a date: write it as 2025-03-31"
    if _ISO.match(text):
        try:
            return _within(date.fromisoformat(text), latest)
        except ValueError:
            return f"{shown(text)} is no day of the calendar"
    found = _YEAR_FIRST.match(_COMPACT.sub(r"\1-\2-\3", text))
    if found:
        day = _day(found["y"], found["m"], found["d"])
    else:
        found = _YEAR_LAST.match(text)
        if not found:
            return f"{shown(text)} is not a date: write it as 2025-03-31"
        day = _local_day(found, order)
    if isinstance(day, str):
        return f"{shown(text)} {day}"
    if found["time"] and found["time"].strip("0:.,"):
        return f"{shown(text)} {_TIME_OF_DAY}"
    return _within(day, latest)


def read_amount(text: str, mark: str | None) -> Decimal | str:
    """Return the amount that `text` is, exactly as written, or what is wrong with it.

    `mark` is the decimal mark, "." or ","; with None, a number that has one or the other is wrong.
    Thousands may be set apart by the other mark, a space or an apostrophe.
    """
    if mark and _SIMPLE[mark].match(text):
        return Decimal(text.replace(",", "."))
    text = text.translate(_PLAIN).strip()
    if not text:
        return "no amount"
    if mark is None and len(text) <= _WIDEST_VALUE and ("." in text or "," in text):
        return f"{shown(text)} does not say which mark is the decimal one: give decimal"
    found = _NUMBERS[mark or "."].match(text) if len(text) <= _WIDEST_VALUE else None
    if not found:
        return f"{shown(text)} is not a number"
    part = found["part"] or ""
    digits = int("0" + re.sub("[ '.,]", "", found["whole"]) + part)
    exponent = int(found["exponent"] or 0)
    if abs(exponent) > _LARGEST_EXPONENT and digits:
        return f"{shown(text)} has an exponent beyond ±{_LARGEST_EXPONENT}"
    if found["sign"] == "-" and digits:
        return "an amount is at least 0"
    return _scaled(digits, exponent - len(part)) if digits else Decimal(0)


def settle_date_order(cells: Mapping[str, int]) -> tuple[str | None, list[str]]:
    """Return "dmy", "mdy" or None, and warnings, for the date cells of a file and their lines.

    None when no cell needs an order, or when the cells contradict each other: then each of them
    is a problem of its line. When ten times as many cells tell one order as the other, it holds.
    AmbiguousDates when cells need an order and none tells it.
    """
    local = [cell for cell in cells if _YEAR_LAST.match(cell.strip()[:_WIDEST_VALUE])]
    told, open_cell = _evidence(local, ("dmy", "mdy"), _date_in_order)
    if open_cell is not None and not any(told.values()):
        first, second = read_date(open_cell, "dmy"), read_date(open_cell, "mdy")
        raise AmbiguousDates(
            f"line {cells[open_cell]}: {open_cell.strip()} is {_named(first)} or {_named(second)}: "
            'give date_order, "dmy" or "mdy"',
            "date_order",
        )
    names = {"dmy": "day first", "mdy": "month first"}
    return _majority(told, names, "dates", "date_order")


def settle_decimal(cells: Mapping[str, int]) -> tuple[str | None, list[str]]:
    """Return the decimal mark and warnings for the amount cells of a file and their lines.

    As `settle_date_order`; "." when no cell has a mark. AmbiguousNumbers when every mark could be
    of thousands as well as of decimals.
    """
    plain: dict[str, list[str]] = {"none": [], "open": [], ".": [], ",": []}
    others: list[str] = []
    for cell in cells:
        found = _TELLING.match(cell)
        (plain[found["mark"] or found.lastgroup or ""] if found else others).append(cell)
    told, open_cell = _evidence([*plain["open"][:1], *others], (".", ","), read_amount)
    told = {mark: plain[mark] + told[mark] for mark in told}
    if not any(told.values()):
        if open_cell is None:
            return ".", []
        point, comma = read_amount(open_cell, "."), read_amount(open_cell, ",")
        raise AmbiguousNumbers(
            f"line {cells[open_cell]}: {open_cell.strip()} is {point} or {comma}: "
            'give decimal, "." or ","',
            "decimal",
        )
    names = {".": "with decimal points", ",": "with decimal commas"}
    return _majority(told, names, "amounts", "decimal")


def _evidence(
    cells: Sequence[str], options: tuple[str, str], read: Callable[[str, str], object]
) -> tuple[dict[str, list[str]], str | None]:
    """Sort cells by the only option that reads them; also return the first that both read."""
    told: dict[str, list[str]] = {option: [] for option in options}
    open_cell = None
    for cell in cells:
        first, second = (read(cell, option) for option in options)
        if isinstance(first, str) != isinstance(second, str):
            told[options[isinstance(first, str)]].append(cell)
        elif open_cell is None and not isinstance(first, str) and first != second:
            open_cell = cell
    return told, open_cell


def _majority(
    told: dict[str, list[str]], names: Mapping[str, str], things: str, field: str
) -> tuple[str | None, list[str]]:
    (most, many), (least, few) = sorted(told.items(), key=lambda item: -len(item[1]))
    if not few:
        return (most if many else None), []
    counted = (
        f"{len(many)} different {things} can only be read {names[most]} ({many[0].strip()}) and "
        f"{len(few)} only {names[least]} ({few[0].strip()})"
    )
    if len(many) < _CLEAR_MAJORITY * len(few):
        return None, [f"{counted}: none was read; correct the file or give {field}"]
    return most, [f"{counted}: all were read {names[most]}; give {field} to read them otherwise"]


def _date_in_order(text: str, order: str) -> date | str:
    found = _YEAR_LAST.match(text.strip()[:_WIDEST_VALUE])
    # Points are the custom of countries that put the day first.
    if found and found["s"] == "." and order == "mdy":
        return read_date(text, "mdy") if isinstance(read_date(text, "dmy"), str) else "day first"
    return read_date(text, order)


def _local_day(found: re.Match[str], order: str | None) -> date | str:
    if len(found["y"]) == 2:
        return "has a year of two digits: write all four"
    if order == "dmy":
        return _day(found["y"], found["b"], found["a"], ", read day first")
    if order == "mdy":
        return _day(found["y"], found["a"], found["b"], ", read month first")
    return "does not say whether day or month comes first: give date_order"


def _day(year: str, month: str, number: str, how: str = "") -> date | str:
    try:
        return date(int(year), int(month), int(number))
    except ValueError:
        return f"is no day of the calendar{how}"


def _within(day: date, latest: date | None) -> date | str:
    if day < FIRST_DATE:
        return f"{day} is before the first day allowed, {FIRST_DATE}"
    if latest and day > latest:
        return f"{day} is after the last day allowed, {latest}"
    return day


def _named(day: date | str) -> str:
    return day if isinstance(day, str) else f"{day.day} {day:%B}"


def _scaled(digits: int, exponent: int) -> Decimal | str:
    while exponent < -MAX_DECIMALS and digits % 10 == 0:
        digits, exponent = digits // 10, exponent + 1
    if exponent < -MAX_DECIMALS:
        return f"an amount has at most {MAX_DECIMALS} decimals"
    amount = Decimal(f"{digits * 10 ** max(exponent, 0)}e{min(exponent, 0)}")
    return amount if amount <= MAX_AMOUNT else f"an amount is at most {MAX_AMOUNT:,}"
