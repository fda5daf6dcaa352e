"""What the operator may do with accounts, and the guest of the demonstration."""

from datetime import UTC, datetime

import pytest
from flask import Flask

from app.errors import Conflict, Invalid, NotFound
from app.services import accounts
from app.services.accounts import Client
from tests.conftest import state_of
from tests.factories import PASSWORD, Person, new_person

NEW = "seventeen purple walruses dance"
CLIENT = Client("192.0.2.1", None, "body")


def login(app: Flask, name: str, password: str) -> int:
    body = {"username": name, "password": password}
    return app.test_client().post("/api/auth/login", json=body).status_code


def guest_of(person: Person) -> str:
    name = f"guest.{person.user['username']}"
    db = state_of(person.app).db
    with db.tenant(person.account["id"], person.user["id"]) as session:
        accounts.add_guest(session, name, f"{name}@example.org")
    return name


@pytest.mark.parametrize("field", ["username", "email"])
def test_a_member_is_found_by_name_or_e_mail(pg_app: Flask, pg_person: Person, field: str) -> None:
    found = accounts.find_member(state_of(pg_app).db, pg_person.user[field].upper())
    assert found == (pg_person.user["id"], pg_person.account["id"])


def test_nobody_is_not_found(pg_app: Flask) -> None:
    state, now = state_of(pg_app), datetime.now(UTC)
    assert accounts.find_user(state.db, "nobody.here") is None
    for attempt in (
        lambda: accounts.find_member(state.db, "nobody.here"),
        lambda: accounts.unlock(state.db, state.keys, state.settings, "nobody.here"),
        lambda: accounts.reset_password(state.db, state.settings, "nobody.here", NEW, now),
        lambda: accounts.sign_in_as(
            state.db, state.keys, state.settings, "nobody.here", CLIENT, now
        ),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_a_reset_sets_the_password_and_ends_all_sessions(pg_app: Flask, pg_person: Person) -> None:
    state, name = state_of(pg_app), pg_person.user["username"]
    accounts.reset_password(state.db, state.settings, name, NEW, datetime.now(UTC))
    assert pg_person.get("/api/auth/me").status_code == 401
    assert login(pg_app, name, PASSWORD) == 401
    assert login(pg_app, name, NEW) == 200


def test_a_reset_to_a_weak_password_changes_nothing(pg_app: Flask, pg_person: Person) -> None:
    state, name = state_of(pg_app), pg_person.user["username"]
    with pytest.raises(Invalid):
        accounts.reset_password(state.db, state.settings, name, "password1234", datetime.now(UTC))
    assert pg_person.get("/api/auth/me").status_code == 200
    assert login(pg_app, name, PASSWORD) == 200


def test_only_a_guest_is_signed_in_without_a_password(pg_app: Flask, pg_person: Person) -> None:
    state, now = state_of(pg_app), datetime.now(UTC)
    with pytest.raises(NotFound):
        accounts.sign_in_as(
            state.db, state.keys, state.settings, pg_person.user["username"], CLIENT, now
        )
    name = guest_of(pg_person)
    signed_in = accounts.sign_in_as(state.db, state.keys, state.settings, name, CLIENT, now)
    assert signed_in.account.id == pg_person.account["id"]
    assert signed_in.grant.role == "guest"


@pytest.mark.parametrize("password", ["!", "", PASSWORD, "$2b$04$" + "." * 53])
def test_no_password_signs_a_guest_in(pg_app: Flask, pg_person: Person, password: str) -> None:
    assert login(pg_app, guest_of(pg_person), password or " ") == 401


def test_the_owner_goes_on_after_adding_a_guest(pg_app: Flask, pg_person: Person) -> None:
    guest_of(pg_person)
    with pytest.raises(Conflict):
        guest_of(pg_person)
    assert pg_person.get("/api/auth/me").get_json()["account"]["role"] == "owner"
    neighbour = new_person(pg_app)
    assert neighbour.get("/api/auth/me").status_code == 200
