"""The mapping of tables that nothing else reads: which column is what, and how it is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.importers.series import Options, Unreadable
from app.importers.series_mapping import choice, direction_of, whole_number, zone_of
from app.utils.units import ConsumptionType, canonical_unit

KEYS: Final = frozenset(
    {
        *("layout", "columns", "channels", "kind", "stamp", "step_minutes", "timestamps"),
        *("time_zone", "date_order", "decimal", "separator", "header_row", "sheet"),
        *("unit", "consumption_type", "direction", "meter"),
    }
)
FIELDS: Final = ("start", "end", "date", "time", "amount", "meter", "cost")
MAX_COLUMNS: Final = 1_000
MAX_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is to be read.

    `shape` is long (an amount a row), columns (a column for each channel) or days (a row for
    each day, with 24, 48 or 96 columns). `columns` and `channels` name columns by the header or
    by number from 1; a channel's entry may say its name, unit, type and direction. `step` is in
    seconds, None where the file's own distances tell. `header_row` 0: there is none.
    """

    shape: str
    columns: Mapping[str, str | int]
    channels: Mapping[str, Mapping[str, Any]]
    is_cumulative: bool
    is_end_stamped: bool
    step: int | None
    timestamps: str
    zone: str
    date_order: str | None
    decimal: str
    separator: str | None
    header_row: int
    sheet: str | None
    unit: str | None
    direction: str
    meter: str
    said: Mapping[str, Any]
    """The mapping itself, for what is asked of each channel."""


def layout_of(options: Options) -> Layout:
    """Check a mapping. Raises Unreadable, which names the entry that is wrong."""
    said = options.mapping
    shape = choice(said, "layout", ["long", "columns", "days"], "long")
    minutes = whole_number(said, "step_minutes", None, 1, 1_440)
    row = whole_number(said, "header_row", 1, 0, 1_000)
    order = said.get("date_order")
    found = Layout(
        shape=shape,
        columns=_columns(said.get("columns", {})),
        channels=_channels(said.get("channels", {})),
        is_cumulative=choice(said, "kind", ["interval", "cumulative"], "interval") == "cumulative",
        is_end_stamped=choice(said, "stamp", ["start", "end"], "start") == "end",
        step=None if minutes is None else minutes * 60,
        timestamps=choice(said, "timestamps", ["text", "unix", "unix_ms"], "text"),
        zone=zone_of(said, options.time_zone),
        date_order=None if order is None else choice(said, "date_order", ["ymd", "dmy", "mdy"]),
        decimal=choice(said, "decimal", [".", ","], "."),
        separator=_separator(said),
        header_row=1 if row is None else row,
        sheet=_text(said, "sheet"),
        unit=_unit(said),
        direction=direction_of(said),
        meter=_text(said, "meter") or "Meter",
        said=said,
    )
    _refuse_incomplete(found)
    return found


def unit_in(header: str) -> str | None:
    """Give the unit that a column's name ends with or has in brackets, such as "Use (kWh)"."""
    for opening, closing in ("()", "[]"):
        inside = header.rpartition(opening)[2].partition(closing)[0]
        if opening in header and canonical_unit(inside):
            return canonical_unit(inside)
    return canonical_unit(header) or canonical_unit(header.rpartition(" ")[2])


def without_unit(header: str) -> str:
    """Give a column's name without its unit, for the name of a meter."""
    for opening in "([":
        head, found, tail = header.rpartition(opening)
        if found and canonical_unit(tail.rstrip(")] ")):
            return head.strip() or header
    return header


def type_in(said: Mapping[str, Any], unit: str) -> Mapping[str, Any]:
    """Give what a channel says of its type, as `series_mapping.type_of` reads it."""
    given = said.get("consumption_type")
    if given is not None and given not in list(ConsumptionType):
        raise Unreadable(f"{str(given)[:40]!r} is not electricity, water or gas", "channels")
    return {"consumption_type": given, "unit": unit}


def _refuse_incomplete(layout: Layout) -> None:
    has_time = "start" in layout.columns or "end" in layout.columns or "date" in layout.columns
    if not has_time:
        needed = "date" if layout.shape == "days" else "start, end or date"
        raise Unreadable(f"columns must say which column is {needed}", "columns")
    if layout.shape == "long" and "amount" not in layout.columns:
        raise Unreadable("columns must say which column is the amount", "columns")
    if layout.shape == "days" and "date" not in layout.columns:
        raise Unreadable("columns must say which column is the date", "columns")
    if layout.shape == "days" and layout.is_cumulative:
        raise Unreadable("a row for each day has amounts, no register values", "kind")


def _columns(said: Any) -> dict[str, str | int]:
    if not isinstance(said, Mapping):
        raise Unreadable("columns is an object of names or numbers", "columns")
    for field, column in said.items():
        if field not in FIELDS:
            raise Unreadable(f"columns has {', '.join(FIELDS)}, not {str(field)[:40]}", "columns")
        is_number = isinstance(column, int) and not isinstance(column, bool)
        if not (isinstance(column, str) and 0 < len(column) <= MAX_NAME) and not (
            is_number and 1 <= column <= MAX_COLUMNS
        ):
            raise Unreadable(f"{field} is a column's name, or its number from 1", "columns")
    return dict(said)


def _channels(said: Any) -> dict[str, Mapping[str, Any]]:
    if not isinstance(said, Mapping) or not all(isinstance(c, Mapping) for c in said.values()):
        raise Unreadable('channels is an object: {"<column>": {"name": …, "unit": …}}', "channels")
    for column, channel in said.items():
        unknown = set(channel) - {"name", "unit", "consumption_type", "direction"}
        if unknown:
            raise Unreadable(f"{column}: {sorted(unknown)[0][:40]} is no entry", "channels")
    return {str(column).casefold(): channel for column, channel in said.items()}


def _separator(said: Mapping[str, Any]) -> str | None:
    if said.get("separator") is None:
        return None
    return choice(said, "separator", [",", ";", "\t", "|"])


def _unit(said: Mapping[str, Any]) -> str | None:
    if said.get("unit") is None:
        return None
    unit = canonical_unit(str(said["unit"]))
    if unit is None:
        raise Unreadable(f"{str(said['unit'])[:40]!r} is not a unit that is known", "unit")
    return unit


def _text(said: Mapping[str, Any], field: str) -> str | None:
    found = said.get(field)
    if found is None:
        return None
    if not isinstance(found, str) or not 0 < len(found.strip()) <= MAX_NAME:
        raise Unreadable(f"{field} is a text of 1 to {MAX_NAME} characters", field)
    return found.strip()


def place(names: Sequence[str], column: str | int, field: str) -> int:
    """Give the place from 0 of a column. Raises Unreadable when the table has no such column."""
    if isinstance(column, int):
        if column > len(names):
            raise Unreadable(f"{field}: the table has {len(names)} columns", "columns")
        return column - 1
    folded = [name.casefold() for name in names]
    wanted = column.strip().casefold()
    if folded.count(wanted) != 1:
        how = "no column" if wanted not in folded else "more than one column"
        raise Unreadable(f"{field}: the table has {how} {column[:60]!r}", "columns")
    return folded.index(wanted)
