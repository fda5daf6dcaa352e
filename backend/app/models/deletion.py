"""Deleted records, kept for a while so that deleting can be undone."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import DOCUMENT, INSTANT, Base, TenantRow


class Deletion(TenantRow, Base):
    """What one request deleted. `token` is random and known to whoever deleted.

    `records` are the rows of `consumptions` as they were, until they are restored.
    """

    __tablename__ = "deletions"
    __table_args__ = (Index(None, "account_id", "deleted_at"),)

    token: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger)
    records: Mapped[list[dict[str, Any]]] = mapped_column(DOCUMENT)
    deleted_at: Mapped[datetime] = mapped_column(INSTANT)
    restored_at: Mapped[datetime | None] = mapped_column(INSTANT)
