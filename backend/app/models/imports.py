"""Imports: which file brought which records, and how to take it back."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
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
    """One file that was imported, with what it did line by line."""

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
