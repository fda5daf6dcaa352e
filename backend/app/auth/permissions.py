"""What each role may do, and each scope of an API key."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

OWNER, EDITOR, VIEWER, GUEST = "owner", "editor", "viewer", "guest"


class Permission(StrEnum):
    """What an endpoint needs; `PROFILE` is to manage one's own user and sessions.

    A guest is one of many people behind one user, so it may look, but not manage.
    """

    PROFILE = "profile"
    PROFILE_READ = "profile:read"
    CONSUMPTION_READ = "consumption:read"
    CONSUMPTION_WRITE = "consumption:write"
    METERS_WRITE = "meters:write"
    INTERVALS_WRITE = "intervals:write"
    MEMBERS_WRITE = "members:write"


_LOOKS = frozenset({Permission.PROFILE_READ, Permission.CONSUMPTION_READ})
_READS = _LOOKS | {Permission.PROFILE}
_WRITES = _READS | {
    Permission.CONSUMPTION_WRITE,
    Permission.METERS_WRITE,
    Permission.INTERVALS_WRITE,
}

PERMISSIONS: Mapping[str, frozenset[Permission]] = {
    GUEST: _LOOKS,
    VIEWER: _READS,
    EDITOR: _WRITES,
    OWNER: _WRITES | {Permission.MEMBERS_WRITE},
}


def allows(role: str, needed: Permission) -> bool:
    """Whether `role` has the permission; an unknown role has none."""
    return needed in PERMISSIONS.get(role, frozenset())


class Scope(StrEnum):
    """What an API key is good for; none lets it manage keys, people, sessions or passwords."""

    READ = "read"
    INTERVALS_WRITE = "intervals:write"


SCOPES: Mapping[str, frozenset[Permission]] = {
    Scope.READ: frozenset({Permission.CONSUMPTION_READ}),
    Scope.INTERVALS_WRITE: frozenset({Permission.INTERVALS_WRITE}),
}


def key_allows(scopes: Iterable[str], role: str, needed: Permission) -> bool:
    """Whether a key with `scopes` has the permission; never more than the `role` of its maker."""
    given = frozenset[Permission]().union(*(SCOPES.get(scope, ()) for scope in scopes))
    return needed in given and allows(role, needed)
