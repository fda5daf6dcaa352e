"""Which column of a record CSV is what, in the words of four languages or as the request says."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.importers.records_csv_values import (
    RecordFileError,
    read_amount,
    read_date,
    shown,
)
from app.utils.units import UNITS, ConsumptionType, canonical_unit

MAX_COLUMNS = 200
SEPARATORS = ",;\t|"
FIELDS = (
    *("consumption_date", "period_start", "amount", "unit"),
    *("consumption_type", "meter", "description"),
)
REQUIRED = ("consumption_date", "amount")

_NAMES: Mapping[str, str] = {
    "consumption_date": "date consumption_date day end end_date period_end date_end to to_date"
    " fecha dia hasta fin fecha_fin fecha_hasta fecha_final fecha_consumo fecha_de_consumo"
    " datum tag bis jour jusqu_au au date_fin",
    "period_start": "period_start start start_date date_start from from_date begin"
    " desde inicio fecha_inicio fecha_desde fecha_inicial von du date_debut debut",
    "amount": "amount value usage consumption quantity consumo cantidad valor uso verbrauch menge"
    " wert consommation quantite total_usage total_consumption consumo_total",
    "unit": "unit units uom unit_of_measure unidad unidades einheit unite unites",
    "consumption_type": "type consumption_type utility utility_type service service_type commodity"
    " tipo tipo_consumo tipo_de_consumo servicio suministro",
    "description": "description note notes comment comments descripcion nota notas comentario"
    " comentarios observaciones beschreibung notiz bemerkung kommentar remarque commentaire",
    "meter": "meter meter_name contador medidor nombre_contador zahler zaehler compteur",
}
_FIELD_OF = {name: field for field, names in _NAMES.items() for name in names.split()}

_TYPES: Mapping[str, ConsumptionType] = {
    name: consumption_type
    for consumption_type, names in (
        (
            ConsumptionType.ELECTRICITY,
            "electricity electric electrical elec power luz electricidad strom electricite",
        ),
        (ConsumptionType.WATER, "water agua wasser eau"),
        (ConsumptionType.GAS, "gas natural_gas mains_gas gas_natural erdgas gaz gaz_naturel"),
    )
    for name in names.split()
}
_AMOUNT_NAMES = frozenset(_NAMES["amount"].split())
_AMOUNT_WORDS = _AMOUNT_NAMES | {"total", "energy", "energia", "volume", "volumen"}
WATT_HOURS = ("Wh", "kWh", "MWh", "GWh")
_TYPE_SUFFIXES = ("_usage", "_billing", "_consumption", "_consumo")
_BRACKETED = re.compile(r"\A([^\[(]*)[\[(]([^\])]*)[\])]\s*\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What the request says about the file; it overrides what would be recognised.

    `columns` names the header's cell, or its number from 1, for any of FIELDS. `date_order` is
    "ymd", "dmy" or "mdy"; `decimal` "." or ","; `separator` one of , ; | and tab. `unit` and
    `consumption_type` hold for the lines that say nothing of their own.
    RecordFileError when a value is none of these.
    """

    columns: Mapping[str, str | int] = field(default_factory=dict)
    date_order: str | None = None
    decimal: str | None = None
    separator: str | None = None
    unit: str | None = None
    consumption_type: ConsumptionType | None = None

    def __post_init__(self) -> None:
        _check(self.date_order, ("ymd", "dmy", "mdy"), "date_order")
        _check(self.decimal, (".", ","), "decimal")
        _check(self.separator, tuple(SEPARATORS), "separator")
        _check(self.unit, tuple({u for units in UNITS.values() for u in units}), "unit")
        for name, column in self.columns.items():
            _check(name, FIELDS, "columns")
            if isinstance(column, int) and not 1 <= column <= MAX_COLUMNS:
                raise RecordFileError(f"a column is numbered 1 to {MAX_COLUMNS}", "columns")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field stands, from 0, and what the header says of all lines."""

    index: Mapping[str, int]
    names: tuple[str, ...]
    ignored: tuple[str, ...]
    unit: str | None
    consumption_type: ConsumptionType | None


def word(text: str) -> str:
    """Return a name without case, accents and punctuation: "Período (m³)" is "periodo_m3"."""
    decomposed = unicodedata.normalize("NFKD", text[:200]).casefold()
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", "_", plain).strip("_")


def read_type(text: str) -> ConsumptionType | None:
    """Return the type that a cell names in a known language, or None."""
    if "\0" in text:
        return None
    name = word(text)
    for suffix in _TYPE_SUFFIXES:
        name = name.removesuffix(suffix)
    return _TYPES.get(name)


def type_of_unit(unit: str | None) -> ConsumptionType | None:
    """Return the type that `unit` stands for: the only one measured in it, or electricity for
    watt-hours, which gas is billed in but seldom listed in; None when it cannot be told."""
    if unit in WATT_HOURS:
        return ConsumptionType.ELECTRICITY
    types = [consumption_type for consumption_type, units in UNITS.items() if unit in units]
    return types[0] if len(types) == 1 else None


def is_header(cells: Sequence[str], mapping: ColumnMapping) -> bool:
    """Tell whether a line names at least the columns of the date and the amount."""
    if len(cells) > MAX_COLUMNS:
        return False
    found = {_meaning(cell)[0] for cell in cells}
    words = {word(cell) for cell in cells}
    for name in REQUIRED:
        column = mapping.columns.get(name)
        if isinstance(column, int):
            present = is_words(cells[column - 1 : column])
        else:
            present = name in found if column is None else word(column) in words
        if not present:
            return False
    return True


def is_words(cells: Sequence[str]) -> bool:
    """Tell whether some cell holds text and none a date or a number, as in a header."""
    texts = [cell for cell in cells if cell.strip()]
    return bool(texts) and not any(_is_value(text) for text in texts)


def find_columns(header: Sequence[str], mapping: ColumnMapping) -> Columns:
    """Return the columns of a file whose header's cells are `header`.

    RecordFileError when there are more than 200, when one that the mapping names is missing or
    stands twice, when two columns could be the same field, or when date or amount is missing.
    """
    if len(header) > MAX_COLUMNS:
        raise RecordFileError(f"a file has at most {MAX_COLUMNS} columns, this has {len(header)}")
    index = {name: _place(header, column) for name, column in mapping.columns.items()}
    for at, cell in enumerate(header):
        name = _meaning(cell)[0]
        if name is None or name in mapping.columns or at in index.values():
            continue
        if name in index:
            raise RecordFileError(
                f"columns {shown(header[index[name]])} and {shown(cell)} could both be the "
                f"{name}: name one in columns",
                "columns",
            )
        index[name] = at
    for name in REQUIRED:
        if name not in index:
            raise RecordFileError(f"no column for {name}: name it in columns", "columns")
    _, unit, consumption_type = _meaning(header[index["amount"]])
    ignored = tuple(c for at, c in enumerate(header) if at not in index.values() and c.strip())
    return Columns(index, tuple(header), ignored, unit, consumption_type)


def numbered_columns(count: int, mapping: ColumnMapping) -> Columns:
    """Return the columns of a file of `count` columns without a header.

    RecordFileError when the mapping does not number date and amount, names a column, or numbers
    one beyond `count`.
    """
    names = tuple(f"column {at + 1}" for at in range(count))
    index = {name: _place(names, column) for name, column in mapping.columns.items()}
    if not index.keys() >= set(REQUIRED):
        raise RecordFileError(
            "the first 20 lines hold no header with a date and an amount: give in columns the "
            "numbers of consumption_date and amount",
            "columns",
        )
    ignored = tuple(name for at, name in enumerate(names) if at not in index.values())
    return Columns(index, names, ignored, None, None)


def _meaning(cell: str) -> tuple[str | None, str | None, ConsumptionType | None]:
    """Return the field that a header's cell names, and for an amount its unit and type."""
    name = _FIELD_OF.get(word(cell))
    if name:
        return name, None, None
    bracketed = _BRACKETED.match(cell[:200])
    if bracketed:
        unit = canonical_unit(bracketed[2])
        name = _FIELD_OF.get(word(bracketed[1]))
        if unit:
            return _amount(word(bracketed[1]).split("_"), unit)
        # "usage (EUR)" is no amount of ours, but "date (local)" is a date.
        return (None if name == "amount" else name), None, None
    words = re.split(r"[\s_\-:.,/]+", cell.strip()[:200])
    for length in range(min(len(words), 4), 0, -1):
        unit = canonical_unit(" ".join(words[-length:]))
        if unit:
            return _amount(word(" ".join(words[:-length])).split("_"), unit)
    return _amount(word(cell).split("_"), None)


def _amount(
    words: Sequence[str], unit: str | None
) -> tuple[str | None, str | None, ConsumptionType | None]:
    rest = "_".join(w for w in words if w not in _AMOUNT_WORDS)
    consumption_type = _TYPES.get(rest)
    if not (unit or _AMOUNT_NAMES.intersection(words)) or (rest and not consumption_type):
        return None, None, None
    told = type_of_unit(unit) if unit not in WATT_HOURS else None
    return "amount", unit, consumption_type or told


def _is_value(text: str) -> bool:
    read = (read_date(text, "dmy"), read_date(text, "mdy"), read_amount(text, "."))
    return not all(isinstance(value, str) for value in (*read, read_amount(text, ",")))


def _place(header: Sequence[str], column: str | int) -> int:
    if isinstance(column, int):
        if column > len(header):
            raise RecordFileError(f"there is no column {column} of {len(header)}", "columns")
        return column - 1
    places = [at for at, cell in enumerate(header) if word(cell) == word(column)]
    if len(places) != 1:
        how_many = "more than one" if places else "no"
        raise RecordFileError(f"there is {how_many} column {shown(column)}", "columns")
    return places[0]


def _check(value: object, allowed: Sequence[str], name: str) -> None:
    if value is not None and value not in allowed:
        listed = ", ".join(repr(item) for item in sorted(allowed))
        raise RecordFileError(f"{name} is one of {listed}", name)
