"""Tables only: columns, constraints, relationships. Importing this package fills the metadata."""

from sqlalchemy import Table

from app.db import Base
from app.models.account import Account, Membership, Role, Site
from app.models.api_key import ApiKey
from app.models.audit import AuditEvent
from app.models.consumption import Consumption
from app.models.deletion import Deletion
from app.models.idempotency import IdempotencyKey
from app.models.import_profile import ImportProfile
from app.models.imports import Import, ImportStatus
from app.models.interval import IntervalBlock
from app.models.meter import Direction, Meter, Source
from app.models.projection import MeterDay, MeterMonth
from app.models.register_read import DialEvent, ReadKind, RegisterRead
from app.models.throttle import Throttle
from app.models.user import User, UserSession

GLOBAL_TABLES = frozenset({"users", "accounts", "memberships", "sessions", "throttles"})
"""Tables that are read before an account is known (ADR 0004); all others belong to a tenant."""


def all_tables() -> list[Table]:
    """Give every table of the schema, each after those that it refers to."""
    return list(Base.metadata.sorted_tables)


__all__ = [
    "GLOBAL_TABLES",
    "Account",
    "ApiKey",
    "AuditEvent",
    "Consumption",
    "Deletion",
    "DialEvent",
    "Direction",
    "IdempotencyKey",
    "Import",
    "ImportProfile",
    "ImportStatus",
    "IntervalBlock",
    "Membership",
    "Meter",
    "MeterDay",
    "MeterMonth",
    "ReadKind",
    "RegisterRead",
    "Role",
    "Site",
    "Source",
    "Throttle",
    "User",
    "UserSession",
    "all_tables",
]
