"""The letters of a day's intervals in the projection."""

import sqlalchemy as sa
from alembic import op

from migrations.tenancy import timeouts

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    timeouts()
    op.add_column("meter_days", sa.Column("quality", sa.Text(), nullable=True))


def downgrade() -> None:
    timeouts()
    op.drop_column("meter_days", "quality")
