"""What each role may do."""

import pytest

from app.auth.permissions import (
    EDITOR,
    OWNER,
    PERMISSIONS,
    SCOPES,
    VIEWER,
    Permission,
    Scope,
    allows,
    key_allows,
)
from app.models import Role

LOOKS = {Permission.PROFILE_READ, Permission.CONSUMPTION_READ}
READS = LOOKS | {Permission.PROFILE}


def test_the_roles_are_those_of_the_model() -> None:
    assert set(PERMISSIONS) == set(Role)


@pytest.mark.parametrize("permission", Permission)
def test_an_owner_may_do_everything(permission: Permission) -> None:
    assert allows(OWNER, permission)


@pytest.mark.parametrize("permission", Permission)
def test_a_viewer_only_reads(permission: Permission) -> None:
    reads = permission is Permission.PROFILE or permission.value.endswith(":read")
    assert allows(VIEWER, permission) == reads


@pytest.mark.parametrize("permission", Permission)
def test_an_editor_may_all_that_a_viewer_may(permission: Permission) -> None:
    assert allows(EDITOR, permission) >= allows(VIEWER, permission)
    assert allows(OWNER, permission) >= allows(EDITOR, permission)


@pytest.mark.parametrize("role", ["", "admin", "OWNER", "root"])
@pytest.mark.parametrize("permission", Permission)
def test_an_unknown_role_may_nothing(role: str, permission: Permission) -> None:
    assert not allows(role, permission)


def test_every_scope_says_what_it_is_good_for() -> None:
    assert set(SCOPES) == set(Scope)
    assert all(SCOPES.values())


def test_no_key_manages_anything_of_the_account() -> None:
    given = frozenset[Permission]().union(*SCOPES.values())
    assert given <= {Permission.CONSUMPTION_READ, Permission.INTERVALS_WRITE}


@pytest.mark.parametrize("role", [*Role, "nobody"])
@pytest.mark.parametrize("permission", Permission)
def test_a_key_may_never_more_than_its_maker(role: str, permission: Permission) -> None:
    assert key_allows(list(Scope), role, permission) <= allows(role, permission)
    assert not key_allows([], role, permission)
    assert not key_allows(["admin", "", "READ", "*"], role, permission)
