"""Register reads, interval blocks, API keys and import profiles."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.tenancy import distribute, drop_table, timeouts

revision = "0004"
down_revision = "0003"

_NOW = sa.text("now()")
_IMPORT_COLUMNS = ("beat_at", "cancel_requested", "progress", "currency", "rank")


def _meter_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id", "meter_id"],
        ["meters.account_id", "meters.id"],
        name=f"fk_{table}_account_id_meter_id",
    )


def _maker_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=f"fk_{table}_created_by")


def _ids() -> tuple[sa.Column[int], sa.Column[int]]:
    return (
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
    )


def _instant(name: str, *, stamped: bool = False) -> sa.Column[object]:
    return sa.Column(
        name,
        sa.DateTime(timezone=True),
        server_default=_NOW if stamped else None,
        nullable=not stamped,
    )


def upgrade() -> None:
    timeouts()
    op.add_column("meters", sa.Column("external_id", sa.String(length=200), nullable=True))
    op.create_index(
        "uq_meters_external_id",
        "meters",
        ["account_id", "external_id", "consumption_type", "direction"],
        unique=True,
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )
    op.add_column(
        "meter_months",
        sa.Column("partial_mask", sa.Integer(), server_default="0", nullable=False),
    )
    op.add_column(
        "imports", sa.Column("rank", sa.SmallInteger(), server_default="0", nullable=False)
    )
    op.add_column("imports", sa.Column("currency", sa.String(length=3), nullable=True))
    op.add_column("imports", sa.Column("progress", postgresql.JSONB(), nullable=True))
    op.add_column(
        "imports",
        sa.Column("cancel_requested", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("imports", _instant("beat_at"))
    _create_register_reads()
    _create_interval_blocks()
    _create_api_keys()
    _create_import_profiles()


def _create_register_reads() -> None:
    op.create_table(
        "register_reads",
        *_ids(),
        sa.Column("meter_id", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.Numeric(precision=16, scale=4), nullable=False),
        sa.Column("kind", sa.String(length=10), server_default="regular", nullable=False),
        sa.Column("event", sa.String(length=15), nullable=True),
        sa.Column("serial_number", sa.String(length=100), nullable=True),
        sa.Column("register_digits", sa.Integer(), nullable=True),
        sa.Column("multiplier", sa.Numeric(precision=12, scale=6), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        _instant("created_at", stamped=True),
        _instant("updated_at", stamped=True),
        sa.CheckConstraint(
            "kind IN ('regular', 'estimated', 'final', 'initial')", name="ck_register_reads_kind"
        ),
        sa.CheckConstraint(
            "event IN ('installation', 'replacement', 'multiplier', 'adjustment')",
            name="ck_register_reads_event",
        ),
        sa.CheckConstraint("value >= 0", name="ck_register_reads_value"),
        sa.CheckConstraint("multiplier > 0", name="ck_register_reads_multiplier"),
        _meter_key("register_reads"),
        _maker_key("register_reads"),
        sa.PrimaryKeyConstraint("account_id", "id", name="pk_register_reads"),
        sa.UniqueConstraint(
            *("account_id", "meter_id", "read_at", "kind"),
            name="uq_register_reads_account_id_meter_id_read_at_kind",
        ),
    )
    distribute("register_reads")


def _create_interval_blocks() -> None:
    op.create_table(
        "interval_blocks",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("meter_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("import_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("step_seconds", sa.Integer(), nullable=False),
        sa.Column("amounts", postgresql.ARRAY(sa.Float()), nullable=False),
        sa.Column("quality", sa.Text(), nullable=True),
        sa.Column("cost", sa.Numeric(precision=16, scale=5), nullable=True),
        sa.CheckConstraint("step_seconds > 0", name="ck_interval_blocks_step_seconds"),
        sa.ForeignKeyConstraint(
            ["account_id", "import_id"],
            ["imports.account_id", "imports.id"],
            name="fk_interval_blocks_account_id_import_id",
        ),
        _meter_key("interval_blocks"),
        sa.PrimaryKeyConstraint(
            *("account_id", "meter_id", "day", "import_id"), name="pk_interval_blocks"
        ),
    )
    op.create_index(
        "ix_interval_blocks_import",
        "interval_blocks",
        ["account_id", "import_id", "meter_id", "day"],
        unique=False,
    )
    distribute("interval_blocks")
    op.execute(
        "CREATE STATISTICS st_interval_blocks (ndistinct, dependencies)"
        " ON account_id, meter_id FROM interval_blocks"
    )


def _create_api_keys() -> None:
    op.create_table(
        "api_keys",
        *_ids(),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("scopes", postgresql.JSONB(), nullable=False),
        sa.Column("meter_id", sa.BigInteger(), nullable=True),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        _instant("created_at", stamped=True),
        _instant("last_used_at"),
        _instant("expires_at"),
        _instant("revoked_at"),
        _meter_key("api_keys"),
        _maker_key("api_keys"),
        sa.PrimaryKeyConstraint("account_id", "id", name="pk_api_keys"),
    )
    distribute("api_keys")


def _create_import_profiles() -> None:
    op.create_table(
        "import_profiles",
        *_ids(),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("format", sa.String(length=40), nullable=False),
        sa.Column("mapping", postgresql.JSONB(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        _instant("created_at", stamped=True),
        _instant("updated_at", stamped=True),
        _maker_key("import_profiles"),
        sa.PrimaryKeyConstraint("account_id", "id", name="pk_import_profiles"),
        sa.UniqueConstraint("account_id", "name", name="uq_import_profiles_account_id_name"),
    )
    distribute("import_profiles")


def downgrade() -> None:
    timeouts()
    for table in ("import_profiles", "api_keys", "interval_blocks", "register_reads"):
        drop_table(table)
    for name in _IMPORT_COLUMNS:
        op.drop_column("imports", name)
    op.drop_column("meter_months", "partial_mask")
    op.drop_index("uq_meters_external_id", "meters")
    op.drop_column("meters", "external_id")
