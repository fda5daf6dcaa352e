"""Saved ways to read a file whose header does not say enough."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from app.db import DOCUMENT, INSTANT, Base, TenantRow, identity_column


class ImportProfile(TenantRow, Base):
    """A format with a mapping, under a name of the account's own."""

    __tablename__ = "import_profiles"
    __table_args__ = (UniqueConstraint("account_id", "name"),)

    id: Mapped[int] = identity_column()
    name: Mapped[str] = mapped_column(String(200))
    format: Mapped[str] = mapped_column(String(40))
    mapping: Mapped[dict[str, Any]] = mapped_column(DOCUMENT)
    created_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(INSTANT, server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(INSTANT, server_default=func.now())
