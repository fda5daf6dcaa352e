"""Consumption records: amounts that were typed in, sent or imported, for a day or a period."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Text,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db import BASE_AMOUNT, INSTANT, TYPED_AMOUNT, Base, TenantRow, identity_column


class Consumption(TenantRow, Base):
    """An amount over whole local days: `period_start` (or the same day when null) to
    `consumption_date`, both included.

    `amount` and `unit` are as typed; `base_amount` is the same in the meter's base unit.
    """

    __tablename__ = "consumptions"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "meter_id"], ["meters.account_id", "meters.id"]),
        ForeignKeyConstraint(["account_id", "import_id"], ["imports.account_id", "imports.id"]),
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("period_start <= consumption_date", name="period"),
        Index("ix_consumptions_newest", "account_id", "consumption_date", "id"),
        Index("ix_consumptions_type", "account_id", "consumption_type", "consumption_date", "id"),
        Index("ix_consumptions_meter", "account_id", "meter_id", "consumption_date", "id"),
        Index(
            "ix_consumptions_import",
            "account_id",
            "import_id",
            postgresql_where=text("import_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = identity_column()
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    meter_id: Mapped[int] = mapped_column(BigInteger)
    import_id: Mapped[int | None] = mapped_column(BigInteger)
    consumption_type: Mapped[str] = mapped_column(String(20))
    amount: Mapped[Decimal] = mapped_column(TYPED_AMOUNT)
    unit: Mapped[str] = mapped_column(String(20))
    base_amount: Mapped[Decimal] = mapped_column(BASE_AMOUNT)
    period_start: Mapped[date | None] = mapped_column(Date)
    consumption_date: Mapped[date] = mapped_column(Date)
    description: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    created_at: Mapped[datetime] = mapped_column(INSTANT, server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(INSTANT, server_default=func.now())
