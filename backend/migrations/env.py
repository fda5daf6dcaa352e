"""Runs migrations on the connection that `app.migrate` passes in, one transaction for each
on the way up and one for all on the way down."""

from alembic import context

from app.db import Base
from app.models import GLOBAL_TABLES  # noqa: F401  (importing the package fills the metadata)

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    transaction_per_migration=not context.config.attributes.get("together"),
    compare_server_default=False,
)
with context.begin_transaction():
    context.run_migrations()
