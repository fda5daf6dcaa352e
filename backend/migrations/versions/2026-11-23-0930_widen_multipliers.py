"""Twelve decimals for what one figure of a dial stands for: 1 ft³ is 0.028316846592 m³."""

import sqlalchemy as sa
from alembic import context, op

from migrations.tenancy import timeouts

revision = "0007"
down_revision = "0006"

_TABLES = ("meters", "register_reads")


def upgrade() -> None:
    timeouts()
    for table in _TABLES:
        op.alter_column(table, "multiplier", type_=sa.Numeric(18, 12))


def downgrade() -> None:
    timeouts()
    for table in _TABLES:
        _refuse_lossy(table)
        op.alter_column(table, "multiplier", type_=sa.Numeric(12, 6))


def _refuse_lossy(table: str) -> None:
    if context.config.attributes.get("lossy"):
        return
    bind = op.get_bind()
    bind.execute(sa.text(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"))
    found = f"SELECT EXISTS (SELECT FROM {table} WHERE multiplier <> round(multiplier, 6))"
    if bind.execute(sa.text(found)).scalar():
        raise RuntimeError(
            f"the downgrade would round multipliers of {table} to 6 decimals; make a backup, then"
            " repeat it with --lossy"
        )
    bind.execute(sa.text(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"))
