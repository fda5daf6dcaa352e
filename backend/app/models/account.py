"""Accounts (the tenants), who belongs to them, and their sites."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db import INSTANT, Base, TenantRow, identity_column


class Role(StrEnum):
    """What a member may do: viewers read, editors write records, owners manage the account.

    A guest is a user whom many people share to look around.
    """

    OWNER = "owner"
    EDITOR = "editor"
    VIEWER = "viewer"
    GUEST = "guest"


class Account(Base):
    """A tenant: a household, a landlord, a business."""

    __tablename__ = "accounts"

    id: Mapped[int] = identity_column()
    name: Mapped[str] = mapped_column(String(200))
    time_zone: Mapped[str] = mapped_column(String(64))
    currency: Mapped[str] = mapped_column(String(3))
    locale: Mapped[str] = mapped_column(String(35))
    created_at: Mapped[datetime] = mapped_column(INSTANT, server_default=func.now())


class Membership(Base):
    """A user's role in an account."""

    __tablename__ = "memberships"
    __table_args__ = (
        CheckConstraint("role IN ('owner', 'editor', 'viewer', 'guest')", name="role"),
        Index(None, "user_id"),
    )

    account_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, sort_order=-1
    )
    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[str] = mapped_column(String(10))


class Site(TenantRow, Base):
    """A place with meters; its time zone decides what a day is."""

    __tablename__ = "sites"
    __table_args__ = (
        UniqueConstraint("account_id", "name"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
    )

    account_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, sort_order=-1
    )
    id: Mapped[int] = identity_column()
    name: Mapped[str] = mapped_column(String(200))
    time_zone: Mapped[str] = mapped_column(String(64))
    latitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    longitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    floor_area_m2: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    occupants: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(INSTANT, server_default=func.now())
