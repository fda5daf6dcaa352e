"""Accounts, users, memberships, sessions and the counters against guessing."""

import sqlalchemy as sa
from alembic import op

from migrations.tenancy import drop_table, reference, timeouts

revision = "0001"
down_revision = None

ME = "nullif(current_setting('app.user_id', true), '')::bigint"
THE_ACCOUNT = "nullif(current_setting('app.account_id', true), '')::bigint"
THE_SESSION = "nullif(current_setting('app.session_id', true), '')::bigint"
LOGIN = "current_setting('app.login', true)"


def upgrade() -> None:
    timeouts()
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("username", sa.String(length=80), nullable=False),
        sa.Column("email", sa.String(length=120), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("first_name", sa.String(length=100), nullable=True),
        sa.Column("last_name", sa.String(length=100), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
        sa.UniqueConstraint("username", name="uq_users_username"),
    )
    reference(
        "users",
        using=f"id = {ME} OR email = {LOGIN} OR username = {LOGIN}",
        check=f"id = {ME}",
    )
    op.create_table(
        "accounts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("locale", sa.String(length=35), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
    )
    op.create_table(
        "memberships",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.CheckConstraint("role IN ('owner', 'editor', 'viewer', 'guest')", name="ck_memberships_role"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_memberships_account_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_memberships_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "user_id", name="pk_memberships"),
    )
    op.create_index("ix_memberships_user_id", "memberships", ["user_id"], unique=False)
    reference(
        "memberships",
        using=f"user_id = {ME} OR account_id = {THE_ACCOUNT}",
        check=f"account_id = {THE_ACCOUNT}",
        privileges="SELECT, INSERT, UPDATE, DELETE",
    )
    reference(
        "accounts",
        using=f"id = {THE_ACCOUNT} OR id IN (SELECT account_id FROM memberships)",
        check=f"id = {THE_ACCOUNT}",
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("delivery", sa.String(length=6), nullable=False),
        sa.Column("seed", sa.LargeBinary(length=32), nullable=False),
        sa.Column("generation", sa.Integer(), server_default="0", nullable=False),
        sa.Column("user_agent", sa.String(length=300), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_reason", sa.String(length=20), nullable=True),
        sa.CheckConstraint("delivery IN ('cookie', 'body')", name="ck_sessions_delivery"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_sessions_account_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_sessions_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
    )
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"], unique=False)
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"], unique=False)
    reference(
        "sessions",
        using=f"user_id = {ME} OR id = {THE_SESSION}",
        check=f"user_id = {ME}",
        privileges="SELECT, INSERT, UPDATE, DELETE",
    )
    op.create_table(
        "throttles",
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_throttles"),
    )
    reference("throttles", using="true", privileges="SELECT, INSERT, UPDATE, DELETE")

    op.execute("GRANT SELECT ON alembic_version TO consumo_app")
    for table in ("users", "accounts", "sessions"):
        op.execute(f"GRANT USAGE ON SEQUENCE {table}_id_seq TO consumo_app")


def downgrade() -> None:
    timeouts()
    op.execute("DROP POLICY tenant ON accounts")  # it reads memberships
    drop_table("throttles")
    drop_table("sessions")
    drop_table("memberships")
    drop_table("accounts")
    drop_table("users")
