"""What an account's archive consists of: one file of JSON lines for each table of truth.

Left out are the projection and what belongs to it, which loading computes anew; people, because
another installation has others; and what only a running import needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Column, Table

from app.db import table_of
from app.models import (
    Consumption,
    Import,
    ImportProfile,
    IntervalBlock,
    Meter,
    RegisterRead,
    Site,
)

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the archive and its table.

    `references` says which columns hold ids of which other part. Ids are written as positions
    (1 is the first row of the file), and only where something refers to them (`is_referred`).
    """

    name: str
    table: Table
    omitted: frozenset[str] = frozenset()
    references: Mapping[str, str] = field(default_factory=dict)
    is_referred: bool = False
    order: tuple[str, ...] = ("id",)
    rows_at_a_time: int = 1_000

    @property
    def file_name(self) -> str:
        """The name of the file in the archive."""
        return f"{self.name}.jsonl"

    @property
    def columns(self) -> list[Column[object]]:
        """The columns that are written, in the order of the table."""
        left_out = self.omitted | {"account_id"} | (set() if self.is_referred else {"id"})
        return [column for column in self.table.columns if column.name not in left_out]


PARTS = (
    Part("sites", table_of(Site), is_referred=True),
    Part(
        "meters",
        table_of(Meter),
        omitted=frozenset({"revision", "record_count", "first_day", "last_day"}),
        references={"site_id": "sites"},
        is_referred=True,
    ),
    Part("import_profiles", table_of(ImportProfile), omitted=frozenset({"created_by"})),
    Part(
        "imports",
        table_of(Import),
        omitted=frozenset({"created_by", "progress", "cancel_requested", "beat_at"}),
        references={"meter_id": "meters"},
        is_referred=True,
        rows_at_a_time=20,
    ),
    Part(
        "consumptions",
        table_of(Consumption),
        omitted=frozenset({"user_id", "base_amount"}),
        references={"meter_id": "meters", "import_id": "imports"},
    ),
    Part(
        "register_reads",
        table_of(RegisterRead),
        omitted=frozenset({"created_by"}),
        references={"meter_id": "meters"},
    ),
    Part(
        "interval_blocks",
        table_of(IntervalBlock),
        references={"meter_id": "meters", "import_id": "imports"},
        order=("meter_id", "day", "import_id"),
        rows_at_a_time=200,
    ),
)
