"""What whoever runs the service may see: which accounts there are, but nothing inside them."""

from sqlalchemy import NullPool, create_engine, func, select

from app.models import Membership


def accounts_with_members(backup_url: str) -> list[tuple[int, int]]:
    """List each account with one of its members, read as the backup role."""
    engine = create_engine(backup_url, poolclass=NullPool)
    statement = (
        select(Membership.account_id, func.min(Membership.user_id))
        .group_by(Membership.account_id)
        .order_by(Membership.account_id)
    )
    with engine.connect() as connection:
        return [(account_id, user_id) for account_id, user_id in connection.execute(statement)]
