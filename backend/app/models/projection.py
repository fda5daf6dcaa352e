"""The projection that every number a user sees comes from: a row per meter and local day, and
a row per meter and month derived with it in the same transaction."""

from datetime import date
from decimal import Decimal

from sqlalchemy import BigInteger, Date, Float, ForeignKeyConstraint, Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import JSON

from app.db import TOTAL_AMOUNT, Base, TenantRow


class MeterDay(TenantRow, Base):
    """A meter's use on one local day, in its base unit. No row means no data, never zero.

    `source_count` records cover the day, `estimated_count` of them were spread from a longer
    period, `record_count` end on it. `step_seconds`, `profile`, `measured_steps`,
    `expected_steps` and `quality` describe interval data and are null for records; `quality` has
    a letter for each interval (`utils.quality`) and is null when all are measured.
    """

    __tablename__ = "meter_days"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "meter_id"], ["meters.account_id", "meters.id"]),
    )

    meter_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    amount: Mapped[Decimal] = mapped_column(TOTAL_AMOUNT)
    source_count: Mapped[int] = mapped_column(Integer)
    record_count: Mapped[int] = mapped_column(Integer)
    estimated_count: Mapped[int] = mapped_column(Integer)
    step_seconds: Mapped[int | None] = mapped_column(Integer)
    profile: Mapped[list[float | None] | None] = mapped_column(
        ARRAY(Float).with_variant(JSON(), "sqlite")
    )
    measured_steps: Mapped[int | None] = mapped_column(Integer)
    expected_steps: Mapped[int | None] = mapped_column(Integer)
    quality: Mapped[str | None] = mapped_column(Text)


class MeterMonth(TenantRow, Base):
    """A meter's use in one calendar month (`month` is its first day), the sum of its days.

    Bit n-1 of `day_mask` is set when day n has data, and of `partial_mask` when some of its
    intervals are missing. `estimated_count` counts the records
    that reach beyond the month, whose share in it is an even spread; `record_count` those
    that end in it.
    """

    __tablename__ = "meter_months"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "meter_id"], ["meters.account_id", "meters.id"]),
    )

    meter_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    month: Mapped[date] = mapped_column(Date, primary_key=True)
    amount: Mapped[Decimal] = mapped_column(TOTAL_AMOUNT)
    record_count: Mapped[int] = mapped_column(Integer)
    estimated_count: Mapped[int] = mapped_column(Integer)
    day_mask: Mapped[int] = mapped_column(Integer)
    partial_mask: Mapped[int] = mapped_column(Integer, server_default="0")
