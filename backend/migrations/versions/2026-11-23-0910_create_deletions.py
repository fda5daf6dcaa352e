"""Deleted records, kept for a day so that deleting can be undone."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.tenancy import distribute, drop_table, timeouts

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    timeouts()
    op.create_table(
        "deletions",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("records", postgresql.JSONB(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("restored_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account_id", "token", name="pk_deletions"),
    )
    op.create_index(
        "ix_deletions_account_id_deleted_at",
        "deletions",
        ["account_id", "deleted_at"],
        unique=False,
    )
    distribute("deletions")


def downgrade() -> None:
    timeouts()
    drop_table("deletions")
