"""The database: engine, declarative base, column types, and sessions bound to a tenant."""

from app.db.database import Database
from app.db.engine import make_engine
from app.db.failures import RETRIED_SQLSTATES, problem_of, sqlstate
from app.db.prepared import Asked, Prepared
from app.db.sessions import AppSession, TenantSession, tenant_filter
from app.db.tables import (
    BASE_AMOUNT,
    COST_AMOUNT,
    DOCUMENT,
    INSTANT,
    MULTIPLIER,
    READ_VALUE,
    TOTAL_AMOUNT,
    TYPED_AMOUNT,
    Base,
    TenantRow,
    identity_column,
    table_of,
)

__all__ = [
    "BASE_AMOUNT",
    "COST_AMOUNT",
    "DOCUMENT",
    "INSTANT",
    "MULTIPLIER",
    "READ_VALUE",
    "RETRIED_SQLSTATES",
    "TOTAL_AMOUNT",
    "TYPED_AMOUNT",
    "AppSession",
    "Asked",
    "Base",
    "Database",
    "Prepared",
    "TenantRow",
    "TenantSession",
    "identity_column",
    "make_engine",
    "problem_of",
    "sqlstate",
    "table_of",
    "tenant_filter",
]
