"""Stored answers of idempotent requests, and the audit log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.tenancy import distribute, drop_table, timeouts

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    timeouts()
    op.create_table(
        "idempotency_keys",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("headers", sa.String(length=1000), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "user_id", "key", name="pk_idempotency_keys"),
    )
    distribute("idempotency_keys")
    op.create_table(
        "audit_events",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("event", sa.String(length=60), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name="pk_audit_events"),
    )
    op.create_index(
        "ix_audit_events_account_id_created_at",
        "audit_events",
        ["account_id", "created_at"],
        unique=False,
    )
    distribute("audit_events", privileges="SELECT, INSERT")


def downgrade() -> None:
    timeouts()
    drop_table("audit_events")
    drop_table("idempotency_keys")
