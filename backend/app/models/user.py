"""People who sign in, and their sessions."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    func,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db import INSTANT, Base, identity_column


class User(Base):
    """A person. `username` and `email` are stored in their compared form (NFKC, case-folded)."""

    __tablename__ = "users"

    id: Mapped[int] = identity_column()
    username: Mapped[str] = mapped_column(String(80), unique=True)
    email: Mapped[str] = mapped_column(String(120), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    first_name: Mapped[str | None] = mapped_column(String(100))
    last_name: Mapped[str | None] = mapped_column(String(100))
    is_active: Mapped[bool] = mapped_column(Boolean, server_default=true())
    created_at: Mapped[datetime] = mapped_column(INSTANT, server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(INSTANT, server_default=func.now())


class UserSession(Base):
    """One family of refresh tokens: what signing in once on one device gives.

    A token is derived from `seed`, `generation` and the server's secret, so none is stored;
    each use raises `generation` by one.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        CheckConstraint("delivery IN ('cookie', 'body')", name="delivery"),
        Index(None, "user_id"),
        Index(None, "account_id"),
    )

    id: Mapped[int] = identity_column()
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("accounts.id", ondelete="CASCADE")
    )
    delivery: Mapped[str] = mapped_column(String(6))
    seed: Mapped[bytes] = mapped_column(LargeBinary(32))
    generation: Mapped[int] = mapped_column(Integer, server_default="0")
    user_agent: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[datetime] = mapped_column(INSTANT)
    used_at: Mapped[datetime] = mapped_column(INSTANT)
    expires_at: Mapped[datetime] = mapped_column(INSTANT)
    revoked_at: Mapped[datetime | None] = mapped_column(INSTANT)
    revoked_reason: Mapped[str | None] = mapped_column(String(20))
