"""One line of a record CSV: the record it is, or all that is wrong with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Generic, NamedTuple, TypeVar

from app.importers.records_csv_columns import (
    FIELDS,
    MAX_COLUMNS,
    ColumnMapping,
    Columns,
    read_type,
    type_of_unit,
)
from app.importers.records_csv_values import read_amount, read_date, shown
from app.utils.formulas import defused, restored
from app.utils.units import DEFAULT_UNIT, UNITS, ConsumptionType, canonical_unit

MAX_DESCRIPTION = 2_000
MAX_METER_NAME = 200
MAX_PERIOD_DAYS = 3_660

_Value = TypeVar("_Value")


class RecordRow(NamedTuple):
    """One record: `amount` in `unit` for the whole days period_start..consumption_date.

    `line` is the physical line it begins on, from 1; `unit` is canonical; period_start is None
    for a single day.
    """

    line: int
    consumption_date: date
    period_start: date | None
    amount: Decimal
    unit: str
    consumption_type: ConsumptionType
    meter: str | None
    description: str | None


class LineProblem(NamedTuple):
    """Why a line is no record; `column` is its name in the header, None for the whole line."""

    line: int
    column: str | None
    detail: str


class _Wrong(NamedTuple):
    """What is wrong with the cells of one or two fields: pairs of field and reason."""

    reasons: tuple[tuple[str, str], ...]


class _Kind(NamedTuple):
    unit: str
    consumption_type: ConsumptionType


class _Memo(dict[str, _Value], Generic[_Value]):
    """Remember what was read from each text: most cells of a long file repeat."""

    def __init__(self, read_text: Callable[[str], _Value]) -> None:
        super().__init__()
        self._read_text = read_text

    def __missing__(self, text: str) -> _Value:
        value = self[text] = self._read_text(text)
        return value


@dataclass(frozen=True, slots=True)
class RowReader:
    """Read lines of cells; a field without a column reads the empty cell that is put at `width`."""

    width: int
    at: tuple[int, ...]
    names: Mapping[str, str]
    ends: _Memo[date | _Wrong]
    starts: _Memo[date | _Wrong | None]
    amounts: _Memo[Decimal | _Wrong]
    kinds: _Memo[_Memo[_Kind | _Wrong]]
    meters: _Memo[str | _Wrong | None]

    def read(self, line: int, cells: list[str]) -> RecordRow | list[LineProblem]:
        """Return the row, or its problems; none for a blank line."""
        if len(cells) != self.width:
            if any(cell.strip() for cell in cells[self.width :]):
                return [LineProblem(line, None, self._too_wide(len(cells)))]
            cells[self.width :] = [""] * (self.width - len(cells))
        cells.append("")
        end_at, start_at, amount_at, unit_at, type_at, meter_at, description_at = self.at
        end, start = self.ends[cells[end_at]], self.starts[cells[start_at]]
        amount, kind = self.amounts[cells[amount_at]], self.kinds[cells[type_at]][cells[unit_at]]
        meter = self.meters[cells[meter_at]]
        description = _text(cells[description_at], "description", MAX_DESCRIPTION)
        if (
            isinstance(end, date)
            and not isinstance(start, _Wrong)
            and isinstance(amount, Decimal)
            and isinstance(kind, _Kind)
            and not isinstance(meter, _Wrong)
            and not isinstance(description, _Wrong)
        ):
            wrong = None if start is None else _wrong_period(start, end)
            if wrong is None:
                return RecordRow(line, end, start, amount, *kind, meter, description)
            return self._problems(line, [wrong])
        if not any(cell.strip() for cell in cells):
            return []
        return self._problems(line, (end, start, amount, kind, meter, description))

    def _problems(self, line: int, found: Sequence[object]) -> list[LineProblem]:
        reasons = [reason for each in found if isinstance(each, _Wrong) for reason in each.reasons]
        return [LineProblem(line, self.names.get(field), why) for field, why in reasons]

    def _too_wide(self, count: int) -> str:
        if count > MAX_COLUMNS:
            return f"a line has at most {MAX_COLUMNS} columns, this has {count}"
        return f"{count} cells, where the header or the first line has {self.width}: is one split?"


def row_reader(
    columns: Columns,
    mapping: ColumnMapping,
    *,
    date_order: str | None,
    decimal: str | None,
    latest: date | None,
) -> RowReader:
    """Return what reads the lines of a file whose date order and decimal mark are settled."""
    width = len(columns.names)

    def read_end(text: str) -> date | _Wrong:
        found = read_date(text, date_order, latest)
        return found if isinstance(found, date) else _Wrong((("consumption_date", found),))

    def read_start(text: str) -> date | _Wrong | None:
        found = read_date(text, date_order, latest) if text.strip() else None
        return _Wrong((("period_start", found),)) if isinstance(found, str) else found

    def read_number(text: str) -> Decimal | _Wrong:
        found = read_amount(text, decimal)
        return found if isinstance(found, Decimal) else _Wrong((("amount", found),))

    def read_kinds(said_type: str) -> _Memo[_Kind | _Wrong]:
        return _Memo(partial(_kind, columns, mapping, said_type))

    return RowReader(
        width=width,
        at=tuple(columns.index.get(field, width) for field in FIELDS),
        names={field: columns.names[at] for field, at in columns.index.items()},
        ends=_Memo(read_end),
        starts=_Memo(read_start),
        amounts=_Memo(read_number),
        kinds=_Memo(read_kinds),
        meters=_Memo(partial(_text, field="meter", longest=MAX_METER_NAME)),
    )


def _kind(
    columns: Columns, mapping: ColumnMapping, said_type: str, said_unit: str
) -> _Kind | _Wrong:
    """Return unit and type of a line: what it says, else the request, else the header."""
    unit = canonical_unit(said_unit) if said_unit.strip() else mapping.unit or columns.unit
    consumption_type = read_type(said_type) if said_type.strip() else None
    reasons = []
    if said_unit.strip() and unit is None:
        reasons.append(("unit", f"{shown(said_unit)} is not a unit, or could be two"))
    if said_type.strip() and consumption_type is None:
        reasons.append(("consumption_type", f"{shown(said_type)} is not electricity, water or gas"))
    if reasons:
        return _Wrong(tuple(reasons))
    consumption_type = (
        consumption_type
        or mapping.consumption_type
        or columns.consumption_type
        or type_of_unit(unit)
    )
    if consumption_type is None:
        return _Wrong((("consumption_type", "no consumption type, and the unit tells none"),))
    unit = unit or DEFAULT_UNIT[consumption_type]
    if unit not in UNITS[consumption_type]:
        allowed = ", ".join(UNITS[consumption_type])
        return _Wrong((("unit", f"{unit} is not a unit of {consumption_type}: {allowed}"),))
    return _Kind(unit, consumption_type)


def _wrong_period(start: date, end: date) -> _Wrong | None:
    if start > end:
        return _Wrong((("period_start", f"{start} is after the last day, {end}"),))
    if (end - start).days >= MAX_PERIOD_DAYS:
        return _Wrong((("period_start", f"a period has at most {MAX_PERIOD_DAYS} days"),))
    return None


def _text(cell: str, field: str, longest: int) -> str | _Wrong | None:
    if not cell:
        return None
    text = restored(cell)
    if len(text) > longest:
        return _Wrong(((field, f"a {field} has at most {longest:,} characters"),))
    if "\0" in text:
        return _Wrong(((field, f"a {field} must not contain the NUL character"),))
    return text if text or cell == defused("") else None
