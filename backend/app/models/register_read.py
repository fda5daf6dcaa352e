"""Register reads: what a meter's dial showed at an instant."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    String,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db import INSTANT, MULTIPLIER, READ_VALUE, Base, TenantRow, identity_column


class ReadKind(StrEnum):
    """What a read is. `final` is the last one of a dial, `initial` the first one of the next."""

    REGULAR = "regular"
    ESTIMATED = "estimated"
    FINAL = "final"
    INITIAL = "initial"


class DialEvent(StrEnum):
    """Why a dial began to count anew, or to count otherwise."""

    INSTALLATION = "installation"
    REPLACEMENT = "replacement"
    MULTIPLIER = "multiplier"
    ADJUSTMENT = "adjustment"


class RegisterRead(TenantRow, Base):
    """One read of the dial. Consumption is what lies between neighbours of the same dial.

    An `initial` read begins a dial: its `serial_number`, `register_digits` and `multiplier`
    hold until the next one (null: those of the meter). `event` says why on both reads of a pair.
    """

    __tablename__ = "register_reads"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "meter_id"], ["meters.account_id", "meters.id"]),
        UniqueConstraint("account_id", "meter_id", "read_at", "kind"),
        CheckConstraint("kind IN ('regular', 'estimated', 'final', 'initial')", name="kind"),
        CheckConstraint(
            "event IN ('installation', 'replacement', 'multiplier', 'adjustment')", name="event"
        ),
        CheckConstraint("value >= 0", name="value"),
        CheckConstraint("multiplier > 0", name="multiplier"),
    )

    id: Mapped[int] = identity_column()
    meter_id: Mapped[int] = mapped_column(BigInteger)
    read_at: Mapped[datetime] = mapped_column(INSTANT)
    value: Mapped[Decimal] = mapped_column(READ_VALUE)
    kind: Mapped[str] = mapped_column(String(10), server_default=ReadKind.REGULAR)
    event: Mapped[str | None] = mapped_column(String(15))
    serial_number: Mapped[str | None] = mapped_column(String(100))
    register_digits: Mapped[int | None] = mapped_column(Integer)
    multiplier: Mapped[Decimal | None] = mapped_column(MULTIPLIER)
    note: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    created_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(INSTANT, server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(INSTANT, server_default=func.now())
