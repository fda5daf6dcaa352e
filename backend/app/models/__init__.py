"""Tables only: columns, constraints, relationships. Importing this package fills the metadata."""

from app.models.account import Account, Membership, Role, Site
from app.models.audit import AuditEvent
from app.models.consumption import Consumption
from app.models.idempotency import IdempotencyKey
from app.models.imports import Import, ImportStatus
from app.models.meter import Direction, Meter, Source
from app.models.projection import MeterDay, MeterMonth
from app.models.throttle import Throttle
from app.models.user import User, UserSession

GLOBAL_TABLES = frozenset({"users", "accounts", "memberships", "sessions", "throttles"})
"""Tables that are read before an account is known (ADR 0004); all others belong to a tenant."""

__all__ = [
    "GLOBAL_TABLES",
    "Account",
    "AuditEvent",
    "Consumption",
    "Direction",
    "IdempotencyKey",
    "Import",
    "ImportStatus",
    "Membership",
    "Meter",
    "MeterDay",
    "MeterMonth",
    "Role",
    "Site",
    "Source",
    "Throttle",
    "User",
    "UserSession",
]
