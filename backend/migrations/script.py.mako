"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
"""

import sqlalchemy as sa
from alembic import op

from migrations.tenancy import distribute, drop_table, reference, timeouts

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    timeouts()
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    timeouts()
    ${downgrades if downgrades else "pass"}
