"""Several accounts of one person, and several persons of one account: the rules."""

from typing import Any

import pytest
from flask import Flask

from app.models import Role
from app.services import accounts, members, own_accounts
from tests.conftest import sqlite_app, state_of
from tests.factories import PASSWORD, Person, new_person

OFFICE = {"name": "Office", "time_zone": "Europe/London", "currency": "GBP"}


def enter(person: Person, account_id: int) -> Person:
    """Let a person go on in another account; gives them with the new access token."""
    answer = person.post("/api/auth/switch", json={"account_id": account_id})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.get_json()
    return Person(
        person.app, body["user"], body["account"], body["access_token"], person.refresh_token
    )


def sign_in(person: Person) -> Person:
    body = {"username": person.user["username"], "password": PASSWORD, "token_delivery": "body"}
    answer = person.app.test_client().post("/api/auth/login", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return Person(
        person.app, found["user"], found["account"], found["access_token"], found["refresh_token"]
    )


def join(owner: Person, somebody: Person, role: str = "viewer") -> Person:
    """Add somebody to the owner's account and let them enter it."""
    body = {"email": somebody.user["email"].upper(), "role": role}
    answer = owner.post("/api/members", json=body)
    assert answer.status_code == 201, answer.text
    return enter(somebody, owner.account["id"])


def names(person: Person) -> list[tuple[str, str]]:
    items = person.get("/api/accounts").get_json()["items"]
    return [(item["name"], item["role"]) for item in items]


def roles(person: Person) -> dict[str, str]:
    items = person.get("/api/members").get_json()["items"]
    return {item["username"]: item["role"] for item in items}


def test_a_new_account_is_ones_own_and_has_a_first_site(person: Person) -> None:
    made = person.post("/api/accounts", json=OFFICE | {"locale": "es"})
    assert made.status_code == 201
    expected = OFFICE | {"locale": "es", "role": "owner", "id": made.json["id"]}
    assert made.get_json() == expected
    office = enter(person, made.json["id"])
    assert office.account == expected
    [site] = office.get("/api/sites").get_json()["items"]
    assert (site["name"], site["time_zone"]) == (own_accounts.FIRST_SITE, "Europe/London")
    assert person.user["username"] in roles(office)


def test_the_session_stays_in_the_account_that_it_made_another_from(person: Person) -> None:
    headers = {"Idempotency-Key": "once"}
    first = person.post("/api/accounts", json=OFFICE, headers=headers)
    again = person.post("/api/accounts", json=OFFICE, headers=headers)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.get_json() == again.get_json()
    assert person.get("/api/auth/me").json["account"] == person.account
    assert len(names(person)) == 2


def test_what_is_recorded_in_one_account_is_not_in_the_other(person: Person) -> None:
    record = person.record(5)
    office = enter(person, person.post("/api/accounts", json=OFFICE).json["id"])
    assert office.get("/api/consumption").json["items"] == []
    assert office.get(f"/api/consumption/{record['id']}").status_code == 404
    office.record(6)
    home = enter(office, person.account["id"])
    assert [item["amount"] for item in home.get("/api/consumption").json["items"]] == [5]


def test_the_access_token_of_the_account_before_is_worth_nothing(person: Person) -> None:
    office = enter(person, person.post("/api/accounts", json=OFFICE).json["id"])
    assert person.get("/api/consumption").status_code == 401
    assert office.get("/api/consumption").status_code == 200


def test_a_refresh_stays_in_the_account_that_one_went_to(person: Person) -> None:
    office = enter(person, person.post("/api/accounts", json=OFFICE).json["id"])
    token = {"refresh_token": person.refresh_token}
    refreshed = person.app.test_client().post("/api/auth/refresh", json=token)
    assert refreshed.json["account"] == office.account


@pytest.mark.parametrize("delivery", ["body", "cookie"])
def test_switching_gives_no_refresh_token(app: Flask, delivery: str) -> None:
    person = new_person(app, token_delivery=delivery)
    made = person.post("/api/accounts", json=OFFICE)
    answer = person.post("/api/auth/switch", json={"account_id": made.json["id"]})
    assert answer.json["refresh_token"] is None
    assert "Set-Cookie" not in answer.headers


def test_an_account_of_others_is_one_that_does_not_exist(app: Flask, person: Person) -> None:
    theirs = new_person(app).account["id"]
    answers = [
        person.post("/api/auth/switch", json={"account_id": number}) for number in (theirs, 2**62)
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json["detail"] == answers[1].json["detail"]
    assert person.get("/api/auth/me").json["account"] == person.account


def test_one_person_owns_a_bounded_number_of_accounts(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_accounts, "MAX_OWNED", 2)
    assert person.post("/api/accounts", json=OFFICE).status_code == 201
    refused = person.post("/api/accounts", json=OFFICE)
    assert (refused.status_code, "at most 2" in refused.json["detail"]) == (409, True)


def test_signing_in_leads_to_an_account_that_one_owns(app: Flask) -> None:
    early, late = new_person(app), new_person(app)  # the account of `early` has the smaller id
    join(early, late, "owner")
    early.patch(f"/api/members/{late.user['id']}", json={"role": "editor"})
    assert sign_in(late).account["id"] == late.account["id"]
    assert [role for _, role in names(sign_in(late))] == ["owner", "editor"]


def test_whoever_was_removed_from_all_accounts_gets_one_of_their_own(app: Flask) -> None:
    first, second = new_person(app, username="removed.from.all"), new_person(app)
    partner = join(first, second, "owner")
    assert partner.delete(f"/api/members/{first.user['id']}").status_code == 204
    again = sign_in(first)
    assert again.account["id"] not in (first.account["id"], second.account["id"])
    assert (again.account["name"], again.account["role"]) == ("removed.from.all", "owner")
    again.record(1)


def test_members_are_listed_with_their_roles(app: Flask, person: Person) -> None:
    editor = join(person, new_person(app, first_name="Eda"), "editor")
    assert roles(person) == {person.user["username"]: "owner", editor.user["username"]: "editor"}
    [mine, theirs] = editor.get("/api/members").get_json()["items"]
    assert mine["email"] is None  # owners only see the addresses of others
    assert (theirs["email"], theirs["first_name"]) == (editor.user["email"], "Eda")
    assert all(item["email"] for item in person.get("/api/members").get_json()["items"])


def test_a_member_may_do_what_the_role_says(app: Flask, person: Person) -> None:
    viewer = join(person, new_person(app))
    assert viewer.account["role"] == "viewer"
    body = {"consumption_type": "gas", "amount": 1, "consumption_date": "2026-03-01"}
    assert viewer.post("/api/consumption", json=body).status_code == 403
    assert viewer.post("/api/members", json={"username": "x", "role": "owner"}).status_code == 403
    me = f"/api/members/{viewer.user['id']}"
    assert viewer.patch(me, json={"role": "owner"}).status_code == 403


def test_adding_somebody_twice_changes_nothing_but_not_in_another_role(
    app: Flask, person: Person
) -> None:
    other = new_person(app)
    body = {"username": other.user["username"].upper(), "role": "viewer"}
    answers = [person.post("/api/members", json=body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].get_json() == answers[1].get_json()
    assert person.post("/api/members", json=body | {"role": "editor"}).status_code == 409
    assert roles(person)[other.user["username"]] == "viewer"


@pytest.mark.parametrize(
    ("name", "pointer"),
    [({"username": "nobody.has.it"}, "/username"), ({"email": "no@example.net"}, "/email")],
)
def test_somebody_who_has_not_registered_cannot_be_added(
    person: Person, name: dict[str, str], pointer: str
) -> None:
    answer = person.post("/api/members", json=name | {"role": "viewer"})
    assert answer.status_code == 422
    assert [item["pointer"] for item in answer.json["errors"]] == [pointer]


@pytest.mark.parametrize(
    "body",
    [
        {"role": "viewer"},
        {"role": "viewer", "email": "a@example.org", "username": "a"},
        {"role": "guest", "username": "somebody"},
        {"role": "admin", "username": "somebody"},
        {"username": "somebody"},
    ],
)
def test_a_member_has_one_name_and_one_role_that_can_be_given(
    anybody: Person, body: dict[str, str]
) -> None:
    assert anybody.post("/api/members", json=body).status_code == 422


def test_asking_who_exists_is_as_limited_as_registering(app: Flask) -> None:
    limited = sqlite_app(register_limit_per_ip=3)
    person = new_person(limited)
    body = {"username": "nobody.has.it", "role": "viewer"}
    answers = [person.post("/api/members", json=body).status_code for _ in range(3)]
    assert answers == [422, 422, 429]


def test_an_account_has_a_bounded_number_of_members(
    app: Flask, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "MAX_MEMBERS", 1)
    body = {"username": new_person(app).user["username"], "role": "viewer"}
    assert person.post("/api/members", json=body).status_code == 409


def test_a_new_role_ends_the_members_sessions_in_this_account_only(app: Flask) -> None:
    owner, other = new_person(app), new_person(app)
    elsewhere = sign_in(other)
    member = join(owner, other, "editor")
    url = f"/api/members/{other.user['id']}"
    assert owner.patch(url, json={"role": "editor"}).json["role"] == "editor"
    assert member.get("/api/consumption").status_code == 200  # nothing has changed
    assert owner.patch(url, json={"role": "viewer"}).json["role"] == "viewer"
    assert member.get("/api/consumption").status_code == 401
    token = {"refresh_token": member.refresh_token}
    assert app.test_client().post("/api/auth/refresh", json=token).status_code == 401
    assert elsewhere.get("/api/consumption").status_code == 200
    assert enter(elsewhere, owner.account["id"]).account["role"] == "viewer"


def test_a_member_who_comes_back_has_to_sign_in_again(app: Flask, person: Person) -> None:
    other = new_person(app)
    member = join(person, other)
    assert person.delete(f"/api/members/{other.user['id']}").status_code == 204
    assert member.get("/api/consumption").status_code == 401
    body = {"username": other.user["username"], "role": "viewer"}
    assert person.post("/api/members", json=body).status_code == 201
    assert member.get("/api/consumption").status_code == 401


def test_one_leaves_by_ones_own_id(app: Flask, person: Person) -> None:
    viewer = join(person, new_person(app))
    owner_url, own_url = (f"/api/members/{p.user['id']}" for p in (person, viewer))
    assert viewer.delete(owner_url).status_code == 403
    assert viewer.delete("/api/members/987654321").status_code == 403
    assert viewer.delete(own_url).status_code == 204
    assert viewer.get("/api/consumption").status_code == 401
    assert list(roles(person)) == [person.user["username"]]


def test_the_last_owner_can_neither_leave_nor_be_demoted(app: Flask, person: Person) -> None:
    join(person, new_person(app), "editor")
    url = f"/api/members/{person.user['id']}"
    assert person.delete(url).status_code == 409
    assert person.patch(url, json={"role": "viewer"}).status_code == 409
    assert person.get("/api/consumption").status_code == 200
    second = join(person, new_person(app), "owner")
    assert person.patch(url, json={"role": "viewer"}).status_code == 200
    assert person.get("/api/consumption").status_code == 401  # one's own sessions end too
    assert second.delete(f"/api/members/{second.user['id']}").status_code == 409


def test_a_member_of_another_account_is_not_found(app: Flask, person: Person) -> None:
    theirs = f"/api/members/{new_person(app).user['id']}"
    assert person.patch(theirs, json={"role": "viewer"}).status_code == 404
    assert person.delete(theirs).status_code == 404


def test_the_guest_of_the_demonstration_stays_in_it() -> None:
    app = sqlite_app(demo_account=True)
    visited = app.test_client().post("/api/auth/demo", json={"token_delivery": "body"}).json
    guest = Person(app, visited["user"], visited["account"], visited["access_token"], "")
    for path in ("/api/accounts", "/api/members"):
        assert guest.get(path).status_code == 403
    assert guest.post("/api/accounts", json=OFFICE).status_code == 403
    switched = guest.post("/api/auth/switch", json={"account_id": guest.account["id"]})
    assert switched.status_code == 403
    assert guest.delete(f"/api/members/{guest.user['id']}").status_code == 403
    # and nobody can draw it to another account
    body = {"username": guest.user["username"], "role": Role.OWNER}
    assert new_person(app).post("/api/members", json=body).status_code == 422
    again = app.test_client().post("/api/auth/demo", json={"token_delivery": "body"})
    assert again.json["account"] == guest.account


def test_a_guest_gets_no_other_role(app: Flask) -> None:
    owner = new_person(app)
    with state_of(app).db.tenant(owner.account["id"], owner.user["id"]) as session:
        accounts.add_guest(session, "a.guest", "a.guest@example.org")
        assert session.user_id == owner.user["id"]
    items = owner.get("/api/members").get_json()["items"]
    guest = next(item for item in items if item["role"] == "guest")
    url = f"/api/members/{guest['user_id']}"
    assert owner.patch(url, json={"role": "owner"}).status_code == 409
    assert owner.delete(url).status_code == 204
