"""Imports: which file brought which records, and how to take it back."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    String,
    false,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db import DOCUMENT, INSTANT, Base, TenantRow, identity_column


class ImportStatus(StrEnum):
    """Where an import is in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNDONE = "undone"


class Import(TenantRow, Base):
    """One file that was imported, with what it did line by line; also a device's own stream
    and a person's corrections.

    Where the interval blocks of two imports meet, a higher `rank` wins, then the later import
    (corrections have rank 1, so that they outlive a file). `progress` and `beat_at` are written
    while it runs; one that has not been heard of for a minute was interrupted.
    """

    __tablename__ = "imports"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "meter_id"], ["meters.account_id", "meters.id"]),
        CheckConstraint(
            "status IN ('queued', 'running', 'done', 'failed', 'undone')", name="status"
        ),
        Index(None, "account_id", "created_at"),
    )

    account_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, sort_order=-1
    )
    id: Mapped[int] = identity_column()
    meter_id: Mapped[int | None] = mapped_column(BigInteger)
    file_name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column(Integer)
    format: Mapped[str] = mapped_column(String(40))
    mode: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(10))
    counts: Mapped[dict[str, int]] = mapped_column(DOCUMENT)
    meters: Mapped[list[dict[str, Any]]] = mapped_column(DOCUMENT)
    warnings: Mapped[list[str]] = mapped_column(DOCUMENT)
    problems: Mapped[list[dict[str, Any]]] = mapped_column(DOCUMENT)
    range_start: Mapped[date | None] = mapped_column(Date)
    range_end: Mapped[date | None] = mapped_column(Date)
    created_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(INSTANT, server_default=func.now())
    undone_at: Mapped[datetime | None] = mapped_column(INSTANT)
    rank: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    currency: Mapped[str | None] = mapped_column(String(3))
    progress: Mapped[dict[str, Any] | None] = mapped_column(DOCUMENT)
    cancel_requested: Mapped[bool] = mapped_column(Boolean, server_default=false())
    beat_at: Mapped[datetime | None] = mapped_column(INSTANT)
