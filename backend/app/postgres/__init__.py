"""The embedded PostgreSQL: its own programs, one data directory, no port, no orphan.

Only the standard library is imported here, so that the process that supervises the server
stays small. See docs/architecture.md.
"""

from app.postgres.cluster import Cluster, PostgresUnavailable, binaries, cluster_at
from app.postgres.supervisor import embedded

__all__ = ["Cluster", "PostgresUnavailable", "binaries", "cluster_at", "embedded"]
