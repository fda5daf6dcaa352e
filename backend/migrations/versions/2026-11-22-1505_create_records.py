"""Sites, meters, imports, consumption records and their projection."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.tenancy import distribute, drop_table, timeouts

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    timeouts()
    op.create_table(
        "sites",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("latitude", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("longitude", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("floor_area_m2", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("occupants", sa.Integer(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name="ck_sites_latitude"),
        sa.CheckConstraint("longitude BETWEEN -180 AND 180", name="ck_sites_longitude"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_sites_account_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name="pk_sites"),
        sa.UniqueConstraint("account_id", "name", name="uq_sites_account_id_name"),
    )
    distribute("sites")
    op.create_table(
        "meters",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("consumption_type", sa.String(length=20), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=10), server_default="entries", nullable=False),
        sa.Column("direction", sa.String(length=6), server_default="import", nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("serial_number", sa.String(length=100), nullable=True),
        sa.Column("register_digits", sa.Integer(), nullable=True),
        sa.Column(
            "multiplier", sa.Numeric(precision=12, scale=6), server_default="1", nullable=False
        ),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("record_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "consumption_type IN ('electricity', 'water', 'gas')", name="ck_meters_type"
        ),
        sa.CheckConstraint("direction IN ('import', 'export')", name="ck_meters_direction"),
        sa.CheckConstraint(
            "source IN ('entries', 'register', 'intervals')", name="ck_meters_source"
        ),
        sa.CheckConstraint("unit IN ('kWh', 'm³')", name="ck_meters_unit"),
        sa.ForeignKeyConstraint(
            ["account_id", "site_id"],
            ["sites.account_id", "sites.id"],
            name="fk_meters_account_id_site_id",
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name="pk_meters"),
        sa.UniqueConstraint("account_id", "name", name="uq_meters_account_id_name"),
    )
    op.create_index(
        "ix_meters_account_id_site_id", "meters", ["account_id", "site_id"], unique=False
    )
    op.create_index(
        "uq_meters_default",
        "meters",
        ["account_id", "consumption_type", "unit"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    distribute("meters")
    op.execute("ALTER TABLE meters SET (fillfactor = 70)")
    op.create_table(
        "imports",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("meter_id", sa.BigInteger(), nullable=True),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("format", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("counts", postgresql.JSONB(), nullable=False),
        sa.Column("meters", postgresql.JSONB(), nullable=False),
        sa.Column("warnings", postgresql.JSONB(), nullable=False),
        sa.Column("problems", postgresql.JSONB(), nullable=False),
        sa.Column("range_start", sa.Date(), nullable=True),
        sa.Column("range_end", sa.Date(), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'done', 'failed', 'undone')", name="ck_imports_status"
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "meter_id"],
            ["meters.account_id", "meters.id"],
            name="fk_imports_account_id_meter_id",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_imports_account_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name="fk_imports_created_by"),
        sa.PrimaryKeyConstraint("account_id", "id", name="pk_imports"),
    )
    op.create_index(
        "ix_imports_account_id_created_at", "imports", ["account_id", "created_at"], unique=False
    )
    distribute("imports")
    op.create_table(
        "consumptions",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("meter_id", sa.BigInteger(), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=True),
        sa.Column("consumption_type", sa.String(length=20), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("base_amount", sa.Numeric(precision=30, scale=9), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=True),
        sa.Column("consumption_date", sa.Date(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
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
        sa.CheckConstraint("amount >= 0", name="ck_consumptions_amount"),
        sa.CheckConstraint("period_start <= consumption_date", name="ck_consumptions_period"),
        sa.ForeignKeyConstraint(
            ["account_id", "import_id"],
            ["imports.account_id", "imports.id"],
            name="fk_consumptions_account_id_import_id",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "meter_id"],
            ["meters.account_id", "meters.id"],
            name="fk_consumptions_account_id_meter_id",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_consumptions_user_id"),
        sa.PrimaryKeyConstraint("account_id", "id", name="pk_consumptions"),
    )
    op.create_index(
        "ix_consumptions_import",
        "consumptions",
        ["account_id", "import_id"],
        unique=False,
        postgresql_where=sa.text("import_id IS NOT NULL"),
    )
    op.create_index(
        "ix_consumptions_meter",
        "consumptions",
        ["account_id", "meter_id", "consumption_date", "id"],
        unique=False,
    )
    op.create_index(
        "ix_consumptions_newest",
        "consumptions",
        ["account_id", "consumption_date", "id"],
        unique=False,
    )
    op.create_index(
        "ix_consumptions_type",
        "consumptions",
        ["account_id", "consumption_type", "consumption_date", "id"],
        unique=False,
    )
    distribute("consumptions")
    op.execute(
        "CREATE STATISTICS st_consumptions (ndistinct, dependencies)"
        " ON account_id, meter_id FROM consumptions"
    )
    op.create_table(
        "meter_days",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("meter_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=30, scale=9), nullable=False),
        sa.Column("source_count", sa.Integer(), nullable=False),
        sa.Column("record_count", sa.Integer(), nullable=False),
        sa.Column("estimated_count", sa.Integer(), nullable=False),
        sa.Column("step_seconds", sa.Integer(), nullable=True),
        sa.Column("profile", postgresql.ARRAY(sa.Float()), nullable=True),
        sa.Column("measured_steps", sa.Integer(), nullable=True),
        sa.Column("expected_steps", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "meter_id"],
            ["meters.account_id", "meters.id"],
            name="fk_meter_days_account_id_meter_id",
        ),
        sa.PrimaryKeyConstraint("account_id", "meter_id", "day", name="pk_meter_days"),
    )
    distribute("meter_days")
    op.execute("ALTER TABLE meter_days SET (fillfactor = 90)")
    op.execute(
        "CREATE STATISTICS st_meter_days (ndistinct, dependencies)"
        " ON account_id, meter_id FROM meter_days"
    )
    op.create_table(
        "meter_months",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("meter_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=30, scale=9), nullable=False),
        sa.Column("record_count", sa.Integer(), nullable=False),
        sa.Column("estimated_count", sa.Integer(), nullable=False),
        sa.Column("day_mask", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "meter_id"],
            ["meters.account_id", "meters.id"],
            name="fk_meter_months_account_id_meter_id",
        ),
        sa.PrimaryKeyConstraint("account_id", "meter_id", "month", name="pk_meter_months"),
    )
    distribute("meter_months")
    op.execute("ALTER TABLE meter_months SET (fillfactor = 80)")


def downgrade() -> None:
    timeouts()
    drop_table("meter_months")
    drop_table("meter_days")
    drop_table("consumptions")
    drop_table("imports")
    drop_table("meters")
    drop_table("sites")
