"""What every migration needs: tenancy rules, grants and timeouts.

`distribute` and `reference` are called right after each table is created. They force row level
security and grant the application what it needs; on Citus they also shard or replicate the table.
"""

import sqlalchemy as sa
from alembic import context, op

APP = "consumo_app"
TENANT = "account_id = nullif(current_setting('app.account_id', true), '')::bigint"


def timeouts(lock: str = "2s", statement: str = "60s") -> None:
    """Give up early rather than queue every user behind a lock."""
    op.execute(f"SET LOCAL lock_timeout = '{lock}'")
    op.execute(f"SET LOCAL statement_timeout = '{statement}'")


def _has_citus() -> bool:
    found = op.get_bind().execute(sa.text("SELECT 1 FROM pg_extension WHERE extname = 'citus'"))
    return found.scalar() is not None


def _protect(table: str, using: str, check: str, privileges: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {table} USING ({using}) WITH CHECK ({check})")
    op.execute(f"GRANT {privileges} ON {table} TO {APP}")


def distribute(table: str, privileges: str = "SELECT, INSERT, UPDATE, DELETE") -> None:
    """Make `table` a tenant's: rows are visible and writable for `app.account_id` only."""
    _protect(table, TENANT, TENANT, privileges)
    if _has_citus():
        op.execute(f"SELECT create_distributed_table('{table}', 'account_id')")


def reference(
    table: str,
    *,
    using: str,
    check: str | None = None,
    privileges: str = "SELECT, INSERT, UPDATE",
) -> None:
    """Make `table` one that is read before an account is known, with a policy of its own."""
    _protect(table, using, check or using, privileges)
    if _has_citus():
        op.execute(f"SELECT create_reference_table('{table}')")


def drop_table(table: str) -> None:
    """Drop a table, but refuse while it holds rows unless the downgrade was asked to be lossy."""
    if not context.config.attributes.get("lossy"):
        bind = op.get_bind()
        bind.execute(sa.text(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"))
        if bind.execute(sa.text(f"SELECT EXISTS (SELECT FROM {table})")).scalar():
            raise RuntimeError(
                f"the downgrade would destroy the rows of {table}; make a backup, then repeat"
                " it with --lossy"
            )
    op.drop_table(table)
