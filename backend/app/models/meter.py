"""Meters: what is measured, in which base unit, and from which single source."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    UniqueConstraint,
    false,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db import INSTANT, MULTIPLIER, Base, TenantRow, identity_column


class Source(StrEnum):
    """The one way a meter is fed."""

    ENTRIES = "entries"
    REGISTER = "register"
    INTERVALS = "intervals"


class Direction(StrEnum):
    """Taken from the network, or delivered to it."""

    IMPORT = "import"
    EXPORT = "export"


class Meter(TenantRow, Base):
    """A meter. `unit` is its base unit: kWh or m³.

    `external_id` is what files and devices call it. `revision` goes up with every write to the
    meter's data, and taking it is the lock that orders writers; `record_count`, `first_day` and
    `last_day` describe its records.
    """

    __tablename__ = "meters"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "site_id"], ["sites.account_id", "sites.id"]),
        UniqueConstraint("account_id", "name"),
        Index(
            "uq_meters_default",
            "account_id",
            "consumption_type",
            "unit",
            unique=True,
            postgresql_where=text("is_default"),
            sqlite_where=text("is_default"),
        ),
        Index(None, "account_id", "site_id"),
        Index(
            "uq_meters_external_id",
            "account_id",
            "external_id",
            "consumption_type",
            "direction",
            unique=True,
            postgresql_where=text("external_id IS NOT NULL"),
            sqlite_where=text("external_id IS NOT NULL"),
        ),
        CheckConstraint("consumption_type IN ('electricity', 'water', 'gas')", name="type"),
        CheckConstraint("source IN ('entries', 'register', 'intervals')", name="source"),
        CheckConstraint("direction IN ('import', 'export')", name="direction"),
        CheckConstraint("unit IN ('kWh', 'm³')", name="unit"),
    )

    id: Mapped[int] = identity_column()
    site_id: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(200))
    consumption_type: Mapped[str] = mapped_column(String(20))
    unit: Mapped[str] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(String(10), server_default=Source.ENTRIES)
    direction: Mapped[str] = mapped_column(String(6), server_default=Direction.IMPORT)
    is_default: Mapped[bool] = mapped_column(Boolean, server_default=false())
    serial_number: Mapped[str | None] = mapped_column(String(100))
    external_id: Mapped[str | None] = mapped_column(String(200))
    register_digits: Mapped[int | None] = mapped_column(Integer)
    multiplier: Mapped[Decimal] = mapped_column(MULTIPLIER, default=Decimal(1), server_default="1")
    archived_at: Mapped[datetime | None] = mapped_column(INSTANT)
    created_at: Mapped[datetime] = mapped_column(INSTANT, server_default=func.now())
    revision: Mapped[int] = mapped_column(BigInteger, server_default="0")
    record_count: Mapped[int] = mapped_column(BigInteger, server_default="0")
    first_day: Mapped[date | None] = mapped_column(Date)
    last_day: Mapped[date | None] = mapped_column(Date)
