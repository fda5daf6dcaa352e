"""What each role may do."""

from collections.abc import Mapping
from enum import StrEnum

OWNER, EDITOR, VIEWER = "owner", "editor", "viewer"


class Permission(StrEnum):
    """What an endpoint needs; `PROFILE` is one's own user and sessions, which every role has."""

    PROFILE = "profile"
    CONSUMPTION_READ = "consumption:read"
    CONSUMPTION_WRITE = "consumption:write"
    METERS_WRITE = "meters:write"


_READS = frozenset({Permission.PROFILE, Permission.CONSUMPTION_READ})
_WRITES = _READS | {Permission.CONSUMPTION_WRITE, Permission.METERS_WRITE}

PERMISSIONS: Mapping[str, frozenset[Permission]] = {
    VIEWER: _READS,
    EDITOR: _WRITES,
    OWNER: _WRITES,
}


def allows(role: str, needed: Permission) -> bool:
    """Whether `role` has the permission; an unknown role has none."""
    return needed in PERMISSIONS.get(role, frozenset())
