"""Runs migrations on the connection that `app.migrate` passes in, one transaction for each."""

from alembic import context

from app.db import Base
from app.models import GLOBAL_TABLES  # noqa: F401  (importing the package fills the metadata)

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    transaction_per_migration=True,
    compare_server_default=False,
)
with context.begin_transaction():
    context.run_migrations()
