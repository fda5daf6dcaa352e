"""Sessions over HTTP on PostgreSQL: cookies, rotation under concurrency, and what ends them."""

import threading
from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from app.postgres import Cluster
from tests.conftest import make_settings, state_of
from tests.factories import PASSWORD, Person, new_person, registration

OWN = {"Origin": "http://localhost", "X-Requested-With": "fetch"}
NEW_PASSWORD = "seventeen purple walruses dance"


class Admin:
    """What an operator does with the database, past row security."""

    def __init__(self, cluster: Cluster) -> None:
        self.url = cluster.url("postgres").replace("+psycopg", "")

    def run(self, sql: str, *values: object) -> list[Any]:
        with psycopg.connect(self.url) as connection:
            done = connection.execute(sql, values)  # type: ignore[call-overload]
            return done.fetchall() if done.description else []


@pytest.fixture(scope="module")
def admin(cluster: Cluster) -> Admin:
    return Admin(cluster)


@pytest.fixture(scope="module")
def secure_app(cluster: Cluster) -> Iterator[Flask]:
    """The application with COOKIE_SECURE and one public origin."""
    made = create_app(
        make_settings(
            database_url=cluster.url("consumo_app"),
            cookie_secure=True,
            public_origins=("https://consumo.example",),
        )
    )
    yield made
    state_of(made).db.engine.dispose()


def refresh(app: Flask, token: str) -> TestResponse:
    return app.test_client().post("/api/auth/refresh", json={"refresh_token": token})


def rotated(app: Flask, token: str) -> str:
    response = refresh(app, token)
    assert response.status_code == 200, response.get_data(as_text=True)
    return str(response.get_json()["refresh_token"])


def access(app: Flask, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return app.test_client().get("/api/auth/me", headers=headers).status_code


def sign_in(person: Person, password: str = PASSWORD, **fields: Any) -> dict[str, Any]:
    """Sign in from another device, in client mode."""
    body = {"username": person.user["username"], "password": password, "token_delivery": "body"}
    response = person.app.test_client().post("/api/auth/login", json=body | fields)
    assert response.status_code == 200, response.get_data(as_text=True)
    return dict(response.get_json())


def browser(app: Flask) -> tuple[FlaskClient, dict[str, Any]]:
    """A browser that has just signed up: its client carries the cookie."""
    client = app.test_client()
    response = client.post("/api/auth/register", json=registration(token_delivery="cookie"))
    assert response.status_code == 201
    return client, dict(response.get_json())


def cookie_of(response: TestResponse) -> Any:
    return next(iter(SimpleCookie(response.headers["Set-Cookie"]).values()))


# Rotation


def test_a_refresh_gives_a_new_pair_and_both_work(pg_app: Flask, pg_person: Person) -> None:
    response = refresh(pg_app, pg_person.refresh_token)
    body = response.get_json()
    assert body["refresh_token"] != pg_person.refresh_token
    assert body["access_token"] != pg_person.access_token
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 600)
    assert "Set-Cookie" not in response.headers
    assert access(pg_app, body["access_token"]) == 200
    assert refresh(pg_app, body["refresh_token"]).status_code == 200


def test_reuse_ends_the_family_in_the_same_request(pg_app: Flask, pg_person: Person) -> None:
    second = rotated(pg_app, pg_person.refresh_token)
    third = rotated(pg_app, second)
    assert access(pg_app, pg_person.access_token) == 200
    assert refresh(pg_app, pg_person.refresh_token).status_code == 401
    assert access(pg_app, pg_person.access_token) == 401
    for token in (second, third):
        assert refresh(pg_app, token).status_code == 401


def test_reuse_is_recorded_for_the_account(pg_app: Flask, pg_person: Person, admin: Admin) -> None:
    rotated(pg_app, rotated(pg_app, pg_person.refresh_token))
    refresh(pg_app, pg_person.refresh_token)
    events = admin.run(
        "SELECT event, user_id FROM audit_events WHERE account_id = %s ORDER BY id DESC LIMIT 1",
        pg_person.account["id"],
    )
    assert events == [("session.reuse_detected", pg_person.user["id"])]


def test_a_retry_at_once_gets_the_same_successor(pg_app: Flask, pg_person: Person) -> None:
    first = rotated(pg_app, pg_person.refresh_token)
    assert rotated(pg_app, pg_person.refresh_token) == first
    assert refresh(pg_app, first).status_code == 200


def test_another_device_is_not_affected_by_reuse(pg_app: Flask, pg_person: Person) -> None:
    other = sign_in(pg_person)
    rotated(pg_app, rotated(pg_app, pg_person.refresh_token))
    assert refresh(pg_app, pg_person.refresh_token).status_code == 401
    assert access(pg_app, other["access_token"]) == 200
    assert refresh(pg_app, other["refresh_token"]).status_code == 200


def test_reuse_after_logout_is_refused(pg_app: Flask, pg_person: Person) -> None:
    second = rotated(pg_app, pg_person.refresh_token)
    logout = {"refresh_token": second}
    assert pg_app.test_client().post("/api/auth/logout", json=logout).status_code == 204
    for token in (pg_person.refresh_token, second):
        assert refresh(pg_app, token).status_code == 401


def test_reuse_after_a_change_of_password_is_refused(pg_app: Flask, pg_person: Person) -> None:
    other = sign_in(pg_person)
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert pg_person.post("/api/auth/password", json=body).status_code == 204
    assert refresh(pg_app, other["refresh_token"]).status_code == 401
    assert refresh(pg_app, pg_person.refresh_token).status_code == 200


def test_fifty_parallel_refreshes_make_one_generation_and_end_nothing(
    pg_app: Flask, pg_person: Person, admin: Admin
) -> None:
    answers: list[TestResponse] = []
    gate = threading.Barrier(50)

    def run() -> None:
        gate.wait()
        answers.append(refresh(pg_app, pg_person.refresh_token))

    threads = [threading.Thread(target=run) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted({answer.status_code for answer in answers}) == [200]
    assert len({answer.get_json()["refresh_token"] for answer in answers}) == 1
    rows = admin.run(
        "SELECT generation, revoked_at FROM sessions WHERE user_id = %s", pg_person.user["id"]
    )
    assert rows == [(1, None)]
    assert all(access(pg_app, answer.get_json()["access_token"]) == 200 for answer in answers)


def test_reuse_that_races_with_itself_ends_the_family_once(
    pg_app: Flask, pg_person: Person, admin: Admin
) -> None:
    rotated(pg_app, rotated(pg_app, pg_person.refresh_token))
    thieves = [
        threading.Thread(target=refresh, args=(pg_app, pg_person.refresh_token)) for _ in range(10)
    ]
    for thread in thieves:
        thread.start()
    for thread in thieves:
        thread.join()
    rows = admin.run("SELECT revoked_reason FROM sessions WHERE user_id = %s", pg_person.user["id"])
    assert rows == [("reuse",)]
    events = admin.run(
        "SELECT count(*) FROM audit_events WHERE account_id = %s AND event ~ 'reuse'",
        pg_person.account["id"],
    )
    assert events == [(1,)]


# Cookies


def test_the_plain_cookie_of_development(pg_app: Flask) -> None:
    client = pg_app.test_client()
    response = client.post("/api/auth/register", json=registration(token_delivery="cookie"))
    cookie = cookie_of(response)
    assert response.get_json()["refresh_token"] is None
    assert cookie.key == "consumo-refresh"
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, "", "Strict")
    assert (cookie["path"], cookie["domain"]) == ("/", "")
    assert 29.9 * 86_400 < int(cookie["max-age"]) <= 30 * 86_400


def test_the_secure_cookie_of_production(secure_app: Flask) -> None:
    client = secure_app.test_client()
    response = client.post("/api/auth/register", json=registration(token_delivery="cookie"))
    cookie = cookie_of(response)
    assert cookie.key == "__Host-refresh"
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Strict")
    assert (cookie["path"], cookie["domain"]) == ("/", "")  # what __Host- demands


def test_the_cookie_rotates_and_the_old_one_is_dead(pg_app: Flask) -> None:
    client, _ = browser(pg_app)
    first = client.get_cookie("consumo-refresh")
    for _ in range(2):
        response = client.post("/api/auth/refresh", json={}, headers=OWN)
        assert response.status_code == 200
        assert response.get_json()["refresh_token"] is None
    assert first is not None
    client.set_cookie("consumo-refresh", first.value)
    assert client.post("/api/auth/refresh", json={}, headers=OWN).status_code == 401


def test_a_body_token_is_refused_as_a_cookie(pg_app: Flask, pg_person: Person) -> None:
    client = pg_app.test_client()
    client.set_cookie("consumo-refresh", pg_person.refresh_token)
    assert client.post("/api/auth/refresh", json={}, headers=OWN).status_code == 401
    assert refresh(pg_app, pg_person.refresh_token).status_code == 200


def test_a_cookie_is_refused_as_a_body_token(pg_app: Flask) -> None:
    client, _ = browser(pg_app)
    cookie = client.get_cookie("consumo-refresh")
    assert cookie is not None
    assert refresh(pg_app, cookie.value).status_code == 401
    assert client.post("/api/auth/refresh", json={}, headers=OWN).status_code == 200


def test_without_cookie_or_token_there_is_nothing_to_refresh(pg_app: Flask) -> None:
    for path in ("refresh", "logout"):
        response = pg_app.test_client().post(f"/api/auth/{path}", json={}, headers=OWN)
        assert response.status_code == 401


def test_the_plain_cookies_name_is_not_read_in_secure_mode(secure_app: Flask) -> None:
    client, _ = browser(secure_app)
    cookie = client.get_cookie("__Host-refresh")
    assert cookie is not None
    other = secure_app.test_client()
    other.set_cookie("consumo-refresh", cookie.value)
    assert other.post("/api/auth/refresh", json={}, headers=OWN).status_code == 401


# Requests that other sites cause

JSON_BODY: dict[str, Any] = {"json": {}}
CROSS_SITE: dict[str, tuple[dict[str, str], dict[str, Any], int]] = {
    "own origin": (OWN, JSON_BODY, 200),
    "same-origin by fetch metadata": (
        {"Sec-Fetch-Site": "same-origin", "X-Requested-With": "x"},
        JSON_BODY,
        200,
    ),
    "evil origin": (OWN | {"Origin": "https://evil.example"}, JSON_BODY, 403),
    "evil origin over fetch metadata": (
        OWN | {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        JSON_BODY,
        403,
    ),
    "sibling domain": (
        OWN | {"Origin": "http://evil.localhost", "Sec-Fetch-Site": "same-site"},
        JSON_BODY,
        403,
    ),
    "origin that begins like ours": (OWN | {"Origin": "http://localhost.evil.x"}, JSON_BODY, 403),
    "other port": (OWN | {"Origin": "http://localhost:8080"}, JSON_BODY, 403),
    "other scheme": (OWN | {"Origin": "https://localhost"}, JSON_BODY, 403),
    "null origin": (OWN | {"Origin": "null"}, JSON_BODY, 403),
    "empty origin": (OWN | {"Origin": ""}, JSON_BODY, 403),
    "no origin": ({"X-Requested-With": "x"}, JSON_BODY, 403),
    "typed address": ({"Sec-Fetch-Site": "none", "X-Requested-With": "x"}, JSON_BODY, 403),
    "own origin without a script's header": ({"Origin": "http://localhost"}, JSON_BODY, 403),
    "form as text/plain": (OWN, {"data": "{}", "content_type": "text/plain"}, 415),
    "form": (OWN, {"data": {"a": "b"}}, 415),
    "multipart": (OWN, {"data": {"a": "b"}, "content_type": "multipart/form-data"}, 415),
    "no content type": (OWN, {"data": b"{}"}, 415),
    "evil form as text/plain": (
        {"Origin": "https://evil.example"},
        {"data": "{}", "content_type": "text/plain"},
        415,
    ),
}


@pytest.mark.parametrize("name", CROSS_SITE)
def test_a_cookie_counts_only_from_our_own_pages(pg_app: Flask, name: str) -> None:
    headers, body, expected = CROSS_SITE[name]
    client, signed_up = browser(pg_app)
    for path, good in (("refresh", 200), ("logout", 204)):
        response = client.post(f"/api/auth/{path}", headers=headers, **body)
        assert response.status_code == (good if expected == 200 else expected)
        assert "Access-Control-Allow-Origin" not in response.headers
    is_gone = access(pg_app, signed_up["access_token"]) == 401
    assert is_gone == (expected == 200)


def test_a_listed_public_origin_may_use_the_cookie(secure_app: Flask) -> None:
    client, _ = browser(secure_app)
    headers = OWN | {"Origin": "https://consumo.example"}
    assert client.post("/api/auth/refresh", json={}, headers=headers).status_code == 200


def test_another_site_cannot_sign_a_browser_in(pg_app: Flask, pg_person: Person) -> None:
    body = {"username": pg_person.user["username"], "password": PASSWORD}
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    response = pg_app.test_client().post("/api/auth/login", json=body, headers=headers)
    assert response.status_code == 403
    assert "Set-Cookie" not in response.headers


def test_no_other_route_reads_the_cookie(pg_app: Flask) -> None:
    client, _ = browser(pg_app)
    assert client.get("/api/auth/me", headers=OWN).status_code == 401
    assert client.get("/api/consumption", headers=OWN).status_code == 401


# What ends a session


def _logout(person: Person, admin: Admin) -> None:
    body = {"refresh_token": person.refresh_token}
    assert person.client.post("/api/auth/logout", json=body).status_code == 204


def _logout_everywhere(person: Person, admin: Admin) -> None:
    body = {"refresh_token": sign_in(person)["refresh_token"]}
    response = person.client.post("/api/auth/logout?everywhere=true", json=body)
    assert response.status_code == 204


def _revoke(person: Person, admin: Admin) -> None:
    mine = person.get("/api/auth/sessions").get_json()["items"][0]["id"]
    assert person.delete(f"/api/auth/sessions/{mine}").status_code == 204


def _revoke_from_another_device(person: Person, admin: Admin) -> None:
    other = sign_in(person)
    headers = {"Authorization": f"Bearer {other['access_token']}"}
    response = person.app.test_client().delete("/api/auth/sessions", headers=headers)
    assert response.status_code == 204


def _change_password_elsewhere(person: Person, admin: Admin) -> None:
    other = sign_in(person)
    headers = {"Authorization": f"Bearer {other['access_token']}"}
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    client = person.app.test_client()
    response = client.post("/api/auth/password", json=body, headers=headers)
    assert response.status_code == 204


def _disable(person: Person, admin: Admin) -> None:
    admin.run("UPDATE users SET is_active = false WHERE id = %s", person.user["id"])


def _remove_membership(person: Person, admin: Admin) -> None:
    admin.run("DELETE FROM memberships WHERE user_id = %s", person.user["id"])


def _expire(person: Person, admin: Admin) -> None:
    admin.run("UPDATE sessions SET expires_at = now() WHERE user_id = %s", person.user["id"])


ENDS = [
    _logout,
    _logout_everywhere,
    _revoke,
    _revoke_from_another_device,
    _change_password_elsewhere,
    _disable,
    _remove_membership,
    _expire,
]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__.strip("_"))
def test_access_and_refresh_die_at_once(
    pg_app: Flask, pg_person: Person, admin: Admin, end: Callable[[Person, Admin], None]
) -> None:
    assert access(pg_app, pg_person.access_token) == 200
    end(pg_person, admin)
    assert access(pg_app, pg_person.access_token) == 401
    assert pg_person.get("/api/consumption").status_code == 401
    assert refresh(pg_app, pg_person.refresh_token).status_code == 401
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert pg_person.post("/api/auth/password", json=body).status_code == 401


def test_who_is_shut_out_cannot_sign_in_and_is_told_nothing(
    pg_app: Flask, pg_person: Person, admin: Admin
) -> None:
    _disable(pg_person, admin)
    body = {"username": pg_person.user["username"], "password": PASSWORD}
    client = pg_app.test_client()
    shut_out = client.post("/api/auth/login", json=body)
    wrong = client.post("/api/auth/login", json=body | {"password": "wrong"})
    assert (shut_out.status_code, wrong.status_code) == (401, 401)
    assert shut_out.get_json()["detail"] == wrong.get_json()["detail"]
    assert "Set-Cookie" not in shut_out.headers


def test_logout_clears_the_cookie_and_what_the_browser_keeps(pg_app: Flask) -> None:
    client, _ = browser(pg_app)
    response = client.post("/api/auth/logout", json={}, headers=OWN)
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert (cookie_of(response).value, cookie_of(response)["max-age"]) == ("", "0")
    assert client.get_cookie("consumo-refresh") is None


def test_logout_of_a_client_sets_no_cookie_and_can_be_repeated(
    pg_app: Flask, pg_person: Person
) -> None:
    body = {"refresh_token": pg_person.refresh_token}
    for _ in range(2):
        response = pg_app.test_client().post("/api/auth/logout", json=body)
        assert response.status_code == 204
        assert "Set-Cookie" not in response.headers


def test_logout_with_a_token_of_nobody_says_nothing(pg_app: Flask) -> None:
    body = {"refresh_token": f"999999999.0.{'A' * 43}"}
    assert pg_app.test_client().post("/api/auth/logout", json=body).status_code == 204


def test_logout_here_leaves_other_devices_signed_in(pg_app: Flask, pg_person: Person) -> None:
    other = sign_in(pg_person)
    body = {"refresh_token": pg_person.refresh_token}
    pg_app.test_client().post("/api/auth/logout", json=body)
    assert access(pg_app, other["access_token"]) == 200


def test_logout_everywhere_leaves_other_people_signed_in(
    pg_app: Flask, pg_person: Person, admin: Admin
) -> None:
    neighbour = new_person(pg_app)
    _logout_everywhere(pg_person, admin)
    assert access(pg_app, neighbour.access_token) == 200


# One's own list


def test_the_list_shows_where_one_is_signed_in(pg_app: Flask, pg_person: Person) -> None:
    sign_in(pg_person)
    items = pg_person.get("/api/auth/sessions").get_json()["items"]
    assert [item["current"] for item in items] == [False, True]
    assert set(items[0]) == {"id", "user_agent", "created_at", "used_at", "expires_at", "current"}


def test_anothers_session_is_not_there(pg_app: Flask, pg_person: Person) -> None:
    neighbour = new_person(pg_app)
    theirs = neighbour.get("/api/auth/sessions").get_json()["items"][0]["id"]
    mine = {item["id"] for item in pg_person.get("/api/auth/sessions").get_json()["items"]}
    assert theirs not in mine
    answers = [pg_person.delete(f"/api/auth/sessions/{number}") for number in (theirs, 2**62)]
    assert [answer.status_code for answer in answers] == [404, 404]
    bodies = [answer.get_json() for answer in answers]
    for body in bodies:
        del body["instance"], body["request_id"]
    assert bodies[0] == bodies[1]
    assert access(pg_app, neighbour.access_token) == 200


def test_all_other_sessions_can_be_ended(pg_app: Flask, pg_person: Person) -> None:
    others = [sign_in(pg_person) for _ in range(3)]
    assert pg_person.delete("/api/auth/sessions").status_code == 204
    assert [access(pg_app, other["access_token"]) for other in others] == [401] * 3
    assert access(pg_app, pg_person.access_token) == 200


# Passwords and roles


@pytest.mark.parametrize(
    ("current", "new", "pointer"),
    [
        ("not the password", NEW_PASSWORD, "/current_password"),
        (PASSWORD, "password1234", "/new_password"),
        (PASSWORD, "short", "/new_password"),
        (PASSWORD, PASSWORD, "/new_password"),
        (PASSWORD, "x" * 129, "/new_password"),
    ],
)
def test_a_change_of_password_that_breaks_a_rule_changes_nothing(
    pg_app: Flask, pg_person: Person, current: str, new: str, pointer: str
) -> None:
    other = sign_in(pg_person)
    body = {"current_password": current, "new_password": new}
    response = pg_person.post("/api/auth/password", json=body)
    assert response.status_code == 422
    assert [item["pointer"] for item in response.get_json()["errors"]] == [pointer]
    assert access(pg_app, other["access_token"]) == 200
    assert sign_in(pg_person)


def test_after_a_change_only_the_new_password_signs_in(pg_app: Flask, pg_person: Person) -> None:
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert pg_person.post("/api/auth/password", json=body).status_code == 204
    assert sign_in(pg_person, NEW_PASSWORD)
    login = {"username": pg_person.user["username"], "password": PASSWORD}
    assert pg_app.test_client().post("/api/auth/login", json=login).status_code == 401


def test_a_password_that_contains_ones_name_is_refused(pg_person: Person) -> None:
    new = pg_person.user["email"]
    body = {"current_password": PASSWORD, "new_password": new}
    assert pg_person.post("/api/auth/password", json=body).status_code == 422


def test_a_password_is_hashed_again_at_sign_in_when_the_cost_has_risen(
    cluster: Cluster, pg_app: Flask, pg_person: Person, admin: Admin
) -> None:
    def stored() -> str:
        rows = admin.run("SELECT password_hash FROM users WHERE id = %s", pg_person.user["id"])
        return str(rows[0][0])

    before = stored()
    assert before.startswith("$2b$04$")
    sign_in(pg_person)
    assert stored() == before
    dearer = create_app(make_settings(database_url=cluster.url("consumo_app"), bcrypt_cost=5))
    body = {"username": pg_person.user["username"], "password": PASSWORD}
    assert dearer.test_client().post("/api/auth/login", json=body).status_code == 200
    state_of(dearer).db.engine.dispose()
    assert stored().startswith("$2b$05$")
    assert sign_in(pg_person)  # the cheaper setting keeps the dearer hash
    assert stored().startswith("$2b$05$")


def test_the_role_is_the_databases_at_each_request(pg_person: Person, admin: Admin) -> None:
    record = {"consumption_type": "water", "amount": 1, "consumption_date": "2026-03-01"}
    assert pg_person.post("/api/consumption", json=record).status_code == 201
    change = "UPDATE memberships SET role = %s WHERE user_id = %s"
    admin.run(change, "viewer", pg_person.user["id"])
    assert pg_person.post("/api/consumption", json=record).status_code == 403
    assert pg_person.get("/api/consumption").status_code == 200
    assert pg_person.get("/api/auth/me").get_json()["account"]["role"] == "viewer"
    admin.run(change, "editor", pg_person.user["id"])
    assert pg_person.post("/api/consumption", json=record).status_code == 201


@pytest.mark.parametrize("field", ["account_name", "time_zone", "currency", "locale"])
def test_only_an_owner_changes_the_account(pg_person: Person, admin: Admin, field: str) -> None:
    values = {"account_name": "New", "time_zone": "UTC", "currency": "USD", "locale": "de"}
    admin.run("UPDATE memberships SET role = 'editor' WHERE user_id = %s", pg_person.user["id"])
    response = pg_person.patch("/api/auth/me", json={field: values[field]})
    assert response.status_code == 422
    assert pg_person.patch("/api/auth/me", json={"first_name": "Ana"}).status_code == 200
    admin.run("UPDATE memberships SET role = 'owner' WHERE user_id = %s", pg_person.user["id"])
    assert pg_person.patch("/api/auth/me", json={field: values[field]}).status_code == 200


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [({"username": "X"}, "/username"), ({"email": "X"}, "/email")],
)
def test_a_taken_name_is_named(
    pg_app: Flask, pg_person: Person, changes: Any, pointer: str
) -> None:
    taken = {name: pg_person.user[name].upper() for name in changes}
    response = pg_app.test_client().post("/api/auth/register", json=registration(**taken))
    assert response.status_code == 409
    assert [item["pointer"] for item in response.get_json()["errors"]] == [pointer]


def test_people_who_race_for_a_name_get_one_account(pg_app: Flask) -> None:
    wanted = registration()
    answers: list[int] = []

    def run() -> None:
        response = pg_app.test_client().post("/api/auth/register", json=wanted)
        answers.append(response.status_code)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201] + [409] * 7


@pytest.mark.parametrize(
    "email", ["ａna7@example.org", "ﬁona7@example.org", "josé7@example.org", "ANA7@EXAMPLE.COM"]
)
def test_an_e_mail_address_signs_in_however_it_is_written(pg_app: Flask, email: str) -> None:
    person = new_person(pg_app, email=email)
    for spelling in (email, person.user["email"], f" {email} ", email.upper()):
        login = {"email": spelling, "password": PASSWORD}
        assert pg_app.test_client().post("/api/auth/login", json=login).status_code == 200
