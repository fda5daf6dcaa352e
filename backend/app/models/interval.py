"""Interval data: what each import said of a meter's local day. Rows are truth, never corrected."""

from datetime import date
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import JSON

from app.db import COST_AMOUNT, Base, TenantRow


class IntervalBlock(TenantRow, Base):
    """One import's intervals of one local day, in the meter's base unit, from its first instant.

    `amounts` has as many entries as the day has steps (92, 96 or 100 quarter hours); null is
    missing, never zero. `quality` has one letter an interval (`utils.quality`), null when all
    are measured. `cost` is what the source says the day's intervals cost, in the currency of
    the import.
    """

    __tablename__ = "interval_blocks"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "meter_id"], ["meters.account_id", "meters.id"]),
        ForeignKeyConstraint(["account_id", "import_id"], ["imports.account_id", "imports.id"]),
        CheckConstraint("step_seconds > 0", name="step_seconds"),
        Index("ix_interval_blocks_import", "account_id", "import_id", "meter_id", "day"),
    )

    meter_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    import_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    step_seconds: Mapped[int] = mapped_column(Integer)
    amounts: Mapped[list[float | None]] = mapped_column(ARRAY(Float).with_variant(JSON(), "sqlite"))
    quality: Mapped[str | None] = mapped_column(Text)
    cost: Mapped[Decimal | None] = mapped_column(COST_AMOUNT)
