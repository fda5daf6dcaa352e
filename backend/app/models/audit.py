"""What happened to an account's access and data; rows are only ever added."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column

from app.db import DOCUMENT, INSTANT, Base, TenantRow, identity_column


class AuditEvent(TenantRow, Base):
    """One event; the application's role may insert and select, not update or delete."""

    __tablename__ = "audit_events"
    __table_args__ = (Index(None, "account_id", "created_at"),)

    id: Mapped[int] = identity_column()
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    event: Mapped[str] = mapped_column(String(60))
    request_id: Mapped[str | None] = mapped_column(String(64))
    details: Mapped[dict[str, Any]] = mapped_column(DOCUMENT)
    created_at: Mapped[datetime] = mapped_column(INSTANT, server_default=func.now())
