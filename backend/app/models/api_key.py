"""API keys: how devices and scripts sign in."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    LargeBinary,
    String,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db import DOCUMENT, INSTANT, Base, TenantRow, identity_column


class ApiKey(TenantRow, Base):
    """A key of an account. Only its hash is kept; the key itself names account and id.

    `scopes` are names of `auth.permissions.Scope`; with `meter_id` it reaches that meter alone.
    """

    __tablename__ = "api_keys"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "meter_id"], ["meters.account_id", "meters.id"]),
    )

    id: Mapped[int] = identity_column()
    name: Mapped[str] = mapped_column(String(200))
    scopes: Mapped[list[str]] = mapped_column(DOCUMENT)
    meter_id: Mapped[int | None] = mapped_column(BigInteger)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(INSTANT, server_default=func.now())
    last_used_at: Mapped[datetime | None] = mapped_column(INSTANT)
    expires_at: Mapped[datetime | None] = mapped_column(INSTANT)
    revoked_at: Mapped[datetime | None] = mapped_column(INSTANT)
