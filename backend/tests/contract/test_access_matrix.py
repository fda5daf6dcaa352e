"""Who may do what: every route of the application, asked by everybody.

What is expected follows from what the view declares; a route that has no entry in ENTRIES, or a
path parameter that nobody knows how to make, fails. To add a route, add its line to ENTRIES with
a body that is accepted, and for a new kind of thing a line to MAKERS.
"""

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.api import Declared
from app.auth.permissions import SCOPES, Permission, allows, key_allows
from app.models import Role
from app.postgres import Cluster
from tests.conftest import sqlite_app
from tests.factories import PASSWORD, Person, new_person, registration

NOWHERE = 2**62
CANARY = "canary7f3e"
Body = Callable[[Person], dict[str, Any]]

RECORD = {"consumption_type": "electricity", "amount": 2, "consumption_date": "2026-03-02"}
READ = {"read_at": "2026-03-01T00:00:00Z", "value": 1}
DIAL = {"source": "register"}
LATER = "2026-03-02T00:00:00Z"
SMART = {"source": "intervals", "consumption_type": "electricity"}
INSTANT = "2026-03-02T10:00:00Z"
SENT = {"start": INSTANT, "step_seconds": 3600, "unit": "kWh", "amounts": [0.5]}
CSV = b"date,electricity (kWh)\n2026-04-01,3.5\n"


@dataclass(frozen=True)
class Entry:
    """How to call a route so that it succeeds; `status` differs from what the view declares.

    `meter` is how the meter in the path is made. `forbidden` are roles whom the view lets in for
    something else, e.g. what is their own. A page of the web application is there (200) or not
    (404), as the front end is built or not.
    """

    json: Body | None = None
    form: Body | None = None
    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    meter: dict[str, Any] = field(default_factory=dict)
    status: int | None = None
    forbidden: tuple[Role, ...] = ()
    is_page: bool = False

    def options(self, person: Person) -> dict[str, Any]:
        """Options of the request, for the person who sends it."""
        if self.query:
            return {"query_string": self.query}
        if self.json is not None:
            return {"json": self.json(person)}
        if self.form is not None:
            return {"data": self.form(person), "content_type": "multipart/form-data"}
        return {}


def _archive(person: Person) -> io.BytesIO:
    """The archive of somebody who has nothing yet."""
    return io.BytesIO(new_person(person.app).get("/api/exports/account.zip").get_data())


def _json(**body: Any) -> Body:
    return lambda _person: body


def _file(data: bytes = CSV, name: str = "records.csv") -> Body:
    return lambda _person: {"file": (io.BytesIO(data), name)}


ENTRIES: dict[str, Entry] = {
    "auth.register": Entry(json=lambda _: registration()),
    "auth.login": Entry(json=lambda p: {"username": p.user["username"], "password": PASSWORD}),
    "auth.start_demo": Entry(json=_json(), status=404),  # DEMO_ACCOUNT is off
    "auth.refresh": Entry(json=lambda p: {"refresh_token": p.refresh_token}),
    "auth.logout": Entry(json=lambda p: {"refresh_token": p.refresh_token}),
    "auth.get_me": Entry(),
    "auth.update_me": Entry(json=_json(first_name="Ana")),
    "auth.change_password": Entry(
        json=_json(current_password=PASSWORD, new_password="seventeen purple walruses dance")
    ),
    "auth.switch": Entry(json=lambda p: {"account_id": _account(p)}),
    "accounts.list_accounts": Entry(),
    "accounts.create_account": Entry(
        json=_json(name="Office", time_zone="Europe/Madrid", currency="EUR")
    ),
    "accounts.list_members": Entry(),
    "accounts.add_member": Entry(
        json=lambda p: {"username": new_person(p.app).user["username"], "role": "editor"}
    ),
    "accounts.update_member": Entry(json=_json(role="editor")),
    "accounts.remove_member": Entry(forbidden=(Role.EDITOR, Role.VIEWER)),
    "auth.list_sessions": Entry(),
    "auth.revoke_session": Entry(),
    "auth.revoke_other_sessions": Entry(),
    "api_keys.list_api_keys": Entry(),
    "api_keys.create_api_key": Entry(json=_json(name="Script", scopes=["read"])),
    "api_keys.get_api_key": Entry(),
    "api_keys.revoke_api_key": Entry(),
    "analytics.get_analytics": Entry(),
    "consumption.list_consumption": Entry(),
    "consumption.create_consumption": Entry(json=_json(**RECORD)),
    "consumption.get_consumption": Entry(),
    "consumption.update_consumption": Entry(json=_json(**RECORD)),
    "consumption.delete_consumption": Entry(),
    "consumption.restore_consumption": Entry(json=lambda p: {"undo_token": _undo_token(p)}),
    "consumption.batch_consumption": Entry(json=_json(create=[RECORD])),
    **{f"exports.export_consumption_{kind}": Entry() for kind in ("csv", "xlsx", "json")},
    **{f"exports.export_meter_{kind}": Entry() for kind in ("csv", "xlsx", "json")},
    "exports.export_account": Entry(),
    "write.write_points": Entry(),
    "write.write_points_v2": Entry(),
    "archives.load_archive": Entry(form=lambda p: {"file": (_archive(p), "account.zip")}),
    # A meter without intervals has no Green Button.
    "exports.export_meter_xml": Entry(status=422),
    "imports.create_import": Entry(form=_file()),
    "imports.list_imports": Entry(),
    "imports.get_import": Entry(),
    "imports.list_import_problems": Entry(),
    "imports.undo_import": Entry(),
    "imports.follow_import": Entry(),
    "imports.cancel_import": Entry(status=409),  # it is done already
    "import_profiles.list_profiles": Entry(),
    "import_profiles.create_profile": Entry(json=_json(name="Meter", format="long_csv")),
    "import_profiles.get_import_profile": Entry(),
    "import_profiles.update_profile": Entry(json=_json(name="Other")),
    "import_profiles.delete_profile": Entry(),
    "sites.list_sites": Entry(),
    "sites.create_site": Entry(json=_json(name="Flat")),
    "sites.get_site": Entry(),
    "sites.update_site": Entry(json=_json(name="House")),
    "sites.delete_site": Entry(),
    "meters.list_meters": Entry(),
    "meters.create_meter": Entry(json=_json(name="Pump", consumption_type="electricity")),
    "meters.get_meter": Entry(),
    "meters.update_meter": Entry(json=_json(name="Heat pump")),
    "meters.delete_meter": Entry(),
    "register_reads.list_reads": Entry(),
    "register_reads.create_read": Entry(json=_json(**READ), meter=DIAL),
    "register_reads.get_expected_read": Entry(query={"at": LATER}, meter=DIAL),
    "register_reads.get_read": Entry(meter=DIAL),
    "register_reads.update_read": Entry(json=_json(**READ), meter=DIAL),
    "register_reads.delete_read": Entry(meter=DIAL),
    "register_reads.replace_meter": Entry(
        json=_json(at=LATER, final_value=3, initial_value=0), meter=DIAL
    ),
    "register_reads.record_dial_event": Entry(
        json=_json(event="installation", at=LATER, initial_value=0), meter=DIAL
    ),
    "intervals.put_intervals": Entry(json=_json(**SENT), meter=SMART),
    "intervals.put_intervals_of_meters": Entry(
        json=lambda p: {"meters": [SENT | {"meter_id": _interval_meter(p)}]}
    ),
    "intervals.create_correction": Entry(
        json=_json(**{"from": INSTANT, "to": "2026-03-02T11:00:00Z"}, action="accept"),
        meter=SMART,
    ),
    "series.get_profile": Entry(meter=SMART),
    "series.get_quality": Entry(meter=SMART),
    "series.get_series": Entry(query={"resolution": "day"}),
    "health.get_health": Entry(),
    "health.get_live": Entry(),
    "health.get_ready": Entry(),
    "health.get_metrics": Entry(),
    "health.get_openapi": Entry(),
    "health.get_docs": Entry(),
    "health.get_doc_file": Entry(path={"name": "index.html"}),
    "web.get_file": Entry(path={"path": "index.html"}, is_page=True),
}
UNDECLARED = {  # views that are no endpoints: they show nothing of anybody
    "health.get_metrics",
    "health.get_openapi",
    "health.get_docs",
    "health.get_doc_file",
    "web.get_file",
}


def _session(person: Person) -> int:
    body = {"username": person.user["username"], "password": PASSWORD, "token_delivery": "body"}
    assert person.app.test_client().post("/api/auth/login", json=body).status_code == 200
    items = person.get("/api/auth/sessions").get_json()["items"]
    return next(int(item["id"]) for item in items if not item["current"])


def _import(person: Person) -> int:
    form = {"file": (io.BytesIO(CSV), f"{CANARY}.csv")}
    response = person.call("POST", "/api/imports", data=form, content_type="multipart/form-data")
    assert response.status_code == 201, response.get_data(as_text=True)
    return int(response.get_json()["id"])


def _made(person: Person, path: str, **body: Any) -> int:
    response = person.post(path, json=body)
    assert response.status_code == 201, response.get_data(as_text=True)
    return int(response.get_json()["id"])


def _interval_meter(person: Person) -> int:
    """Give the newest meter of intervals, a new one, or none to whom may make none."""
    found = person.get("/api/meters").get_json()["items"]
    smart = [meter["id"] for meter in found if meter["source"] == "intervals"]
    if smart:
        return int(max(smart))
    body = {"name": f"{CANARY} smart"} | SMART
    return int(person.post("/api/meters", json=body).get_json().get("id", NOWHERE))


def _account(person: Person) -> int:
    body = {"name": "Second", "time_zone": "UTC", "currency": "EUR"}
    made = person.post("/api/accounts", json=body).get_json()
    return int(made.get("id", NOWHERE))  # a guest makes none


def _undo_token(person: Person) -> str:
    items = person.get("/api/consumption").get_json()["items"]
    made = items[0]["id"] if items else person.post("/api/consumption", json=RECORD).json.get("id")
    gone = person.delete(f"/api/consumption/{made}")
    return gone.headers.get("Undo-Token", "of a role that deletes nothing")


def _member(person: Person) -> int:
    somebody = new_person(person.app, first_name=f"{CANARY} member")
    body = {"username": somebody.user["username"], "role": "viewer"}
    assert person.post("/api/members", json=body).status_code == 201
    return int(somebody.user["id"])


def _meter(person: Person, **fields: Any) -> int:
    body = {"name": f"{CANARY} meter", "consumption_type": "water", "serial_number": CANARY}
    meter = _made(person, "/api/meters", **body | fields)
    if fields.get("source") == SMART["source"]:
        assert person.post(f"/api/meters/{meter}/intervals", json=SENT).status_code == 200
    return meter


def _read(person: Person) -> int:
    """Record a read of the newest meter that has a dial, or of a new one."""
    found = person.get("/api/meters").get_json()["items"]
    dials = [meter["id"] for meter in found if meter["source"] == "register"]
    meter = max(dials) if dials else _meter(person, name=f"{CANARY} dial", **DIAL)
    return _made(person, f"/api/meters/{meter}/reads", **READ, note=CANARY)


MAKERS: dict[str, Callable[[Person], int]] = {
    "consumption_id": lambda p: int(p.record(description=f"{CANARY} record")["id"]),
    "session_id": _session,
    "import_id": _import,
    "user_id": _member,
    "key_id": lambda p: _made(p, "/api/api-keys", name=f"{CANARY} key", scopes=["read"]),
    "profile_id": lambda p: _made(
        p, "/api/import-profiles", name=f"{CANARY} profile", format="long_csv"
    ),
    "site_id": lambda p: _made(p, "/api/sites", name=f"{CANARY} site"),
    "meter_id": lambda p: _meter(p),
    "read_id": lambda p: _read(p),
}
DELETERS = {
    "consumption_id": "/api/consumption/{}",
    "session_id": "/api/auth/sessions/{}",
    "user_id": "/api/members/{}",
    "key_id": "/api/api-keys/{}",
    "profile_id": "/api/import-profiles/{}",
    "site_id": "/api/sites/{}",
    "meter_id": "/api/meters/{}",
}


@dataclass(frozen=True)
class Route:
    """One method of one rule."""

    name: str
    method: str
    rule: Rule
    declared: Declared | None

    def url(self, **ids: Any) -> str:
        """Give the address with these values in the path."""
        fixed = {name: ENTRIES[self.name].path[name] for name in self.rule.arguments - set(ids)}
        built = self.rule.build({**fixed, **ids}, append_unknown=False)
        assert built is not None
        return built[1]

    @property
    def ids(self) -> list[str]:
        """The names of the ids in the path."""
        return sorted(set(self.rule.arguments) - set(ENTRIES[self.name].path))

    @property
    def success(self) -> int:
        """The status for whoever may."""
        declared = self.declared.status if self.declared else 200
        return ENTRIES[self.name].status or declared

    def expected(self, role: str | None) -> int:
        """The status for a role, or for nobody."""
        needs = self.declared.needs if self.declared else None
        if needs is None:
            return self.success
        if role is None:
            return 401
        is_refused = role in ENTRIES[self.name].forbidden
        return self.success if allows(role, needs) and not is_refused else 403


def routes() -> list[Route]:
    """All routes of the application that serve something."""
    app = sqlite_app()
    return [
        Route(
            rule.endpoint,
            method,
            rule,
            getattr(app.view_functions[rule.endpoint], "declared", None),
        )
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def ids_of(route: Route, person: Person) -> dict[str, int]:
    """Make for a person what is named in a route's path."""
    fields = ENTRIES[route.name].meter
    return {
        name: _meter(person, **fields) if name == "meter_id" else MAKERS[name](person)
        for name in route.ids
    }


ROUTES = routes()
KNOWN = [route for route in ROUTES if route.name in ENTRIES]
OF_SOMEBODY = [route for route in KNOWN if route.ids]


def _name(route: Route) -> str:
    return f"{route.method} {route.rule.rule}"


def send(route: Route, person: Person, *, as_: Person | None, **ids: Any) -> TestResponse:
    """Call a route with `person`'s body; `as_` sends the access token, or nobody does."""
    options = ENTRIES[route.name].options(person)
    if as_ is None:
        client = person.app.test_client()
        return client.open(route.url(**ids), method=route.method, **options)
    return as_.call(route.method, route.url(**ids), **options)


def assert_status(response: TestResponse, route: Route, role: str | None) -> None:
    """Compare with what is expected of a role, or of nobody."""
    allowed = {200, 404} if ENTRIES[route.name].is_page else {route.expected(role)}
    assert response.status_code in allowed, response.get_data(as_text=True)


def comparable(response: TestResponse) -> dict[str, Any]:
    """A problem's body without what differs at each request."""
    body = dict(response.get_json())
    del body["instance"], body["request_id"]
    return body | {"retry": response.headers.get("Retry-After")}


@pytest.fixture(scope="module")
def superuser(cluster: Cluster) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    url = cluster.url("postgres").replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def neighbour(pg_app: Flask) -> Person:
    """Somebody of another account, who has things of their own."""
    person = new_person(pg_app)
    person.record(1)
    return person


def test_every_route_has_an_entry() -> None:
    assert sorted({route.name for route in ROUTES} - set(ENTRIES)) == [], (
        "add these views to ENTRIES in tests/contract/test_access_matrix.py"
    )


def test_every_id_in_a_path_can_be_made() -> None:
    assert sorted({name for route in KNOWN for name in route.ids} - set(MAKERS)) == []


def test_every_view_is_an_endpoint_or_reviewed() -> None:
    assert {route.name for route in ROUTES if route.declared is None} <= UNDECLARED


def test_only_signing_in_and_health_are_open() -> None:
    without = {route.name for route in ROUTES if route.declared and route.declared.needs is None}
    assert without <= {
        "auth.register",
        "auth.login",
        "auth.start_demo",
        "auth.refresh",
        "auth.logout",
        "health.get_health",
        "health.get_live",
        "health.get_ready",
    }


def test_a_route_that_changes_something_needs_more_than_to_read() -> None:
    for route in ROUTES:
        if route.method == "GET" or route.declared is None or route.declared.needs is None:
            continue
        assert not route.declared.needs.value.endswith(":read"), _name(route)


def test_a_route_that_reads_changes_nothing_and_can_be_read_by_viewers() -> None:
    for route in ROUTES:
        if route.method == "GET" and route.declared and route.declared.needs:
            assert allows(Role.VIEWER, route.declared.needs), _name(route)


@pytest.mark.parametrize("route", KNOWN, ids=_name)
def test_nobody(pg_app: Flask, pg_person: Person, route: Route) -> None:
    ids = ids_of(route, pg_person)
    response = send(route, pg_person, as_=None, **ids)
    assert_status(response, route, None)
    if response.status_code == 401:
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="consumo"'
        assert comparable(response) == comparable(pg_app.test_client().get("/api/consumption"))


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("route", KNOWN, ids=_name)
def test_a_member(
    pg_person: Person,
    superuser: psycopg.Connection[tuple[Any, ...]],
    route: Route,
    role: Role,
) -> None:
    ids = ids_of(route, pg_person)
    superuser.execute(
        "UPDATE memberships SET role = %s WHERE user_id = %s", [role.value, pg_person.user["id"]]
    )
    response = send(route, pg_person, as_=pg_person, **ids)
    assert_status(response, route, role)
    if response.status_code == 403:
        assert response.get_json()["type"] == "/problems/forbidden"


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("route", KNOWN, ids=_name)
def test_an_api_key(pg_person: Person, route: Route, scope: str) -> None:
    ids = ids_of(route, pg_person)
    wanted = {"name": "A device", "scopes": [scope]}
    key = pg_person.post("/api/api-keys", json=wanted).get_json()["key"]
    response = send(route, pg_person, as_=replace(pg_person, access_token=key), **ids)
    needs = route.declared.needs if route.declared else None
    if needs is None or key_allows([scope], Role.OWNER, needs):
        assert_status(response, route, Role.OWNER)
    else:
        assert response.status_code == 403, response.get_data(as_text=True)
        assert "API key" in response.get_json()["detail"]


@pytest.mark.parametrize("route", OF_SOMEBODY, ids=_name)
def test_another_tenant_finds_what_does_not_exist(
    pg_person: Person, neighbour: Person, route: Route
) -> None:
    theirs = ids_of(route, pg_person)
    other = send(route, neighbour, as_=neighbour, **theirs)
    missing = send(route, neighbour, as_=neighbour, **dict.fromkeys(route.ids, NOWHERE))
    assert (other.status_code, missing.status_code) == (404, 404)
    assert comparable(other) == comparable(missing)
    assert set(other.headers.keys()) == set(missing.headers.keys())
    assert CANARY not in other.get_data(as_text=True)
    gone = {name: MAKERS[name](neighbour) for name in route.ids if name in DELETERS}
    if set(gone) == set(route.ids):
        for name, number in gone.items():
            assert neighbour.delete(DELETERS[name].format(number)).status_code == 204
        deleted = send(route, neighbour, as_=neighbour, **gone)
        assert deleted.status_code == 404
        assert comparable(deleted) == comparable(missing)
    # and nothing has happened to it
    assert send(route, pg_person, as_=pg_person, **theirs).status_code == route.success


@pytest.mark.parametrize("route", OF_SOMEBODY, ids=_name)
def test_who_may_not_is_not_told_what_exists(
    pg_person: Person,
    neighbour: Person,
    superuser: psycopg.Connection[tuple[Any, ...]],
    route: Route,
) -> None:
    theirs = ids_of(route, pg_person)
    superuser.execute(
        "UPDATE memberships SET role = 'viewer' WHERE user_id = %s", [neighbour.user["id"]]
    )
    other = send(route, neighbour, as_=neighbour, **theirs)
    missing = send(route, neighbour, as_=neighbour, **dict.fromkeys(route.ids, NOWHERE))
    assert other.status_code == missing.status_code in (403, 404)
    assert comparable(other) == comparable(missing)


def _not_yours_to_set(route: Route, name: str) -> bool:
    body = route.declared.body if route.declared else None
    return body is not None and name not in body.model_fields


IN_BODIES: dict[str, tuple[str, str, str, Callable[[int], dict[str, Any]]]] = {
    "meter of a new record": (
        "POST", "/api/consumption", "meter_id", lambda n: {"json": RECORD | {"meter_id": n}},
    ),
    "meter of a record in a batch": (
        "POST",
        "/api/consumption/batch",
        "meter_id",
        lambda n: {"json": {"create": [RECORD | {"meter_id": n}]}},
    ),
    "record changed in a batch": (
        "POST",
        "/api/consumption/batch",
        "consumption_id",
        lambda n: {"json": {"update": [RECORD | {"id": n}]}},
    ),
    "record deleted in a batch": (
        "POST", "/api/consumption/batch", "consumption_id", lambda n: {"json": {"delete": [n]}},
    ),
    "meter of a list": (
        "GET", "/api/consumption", "meter_id", lambda n: {"query_string": {"meter_id": n}},
    ),
    "import of a list": (
        "GET", "/api/consumption", "import_id", lambda n: {"query_string": {"import_id": n}},
    ),
    "meter of analytics": (
        "GET",
        "/api/consumption/analytics",
        "meter_id",
        lambda n: {"query_string": {"meter_id": n}},
    ),
    "account to go on in": (
        "POST",
        "/api/auth/switch",
        "account_id",
        lambda n: {"json": {"account_id": n}},
    ),
    "site of a new meter": (
        "POST",
        "/api/meters",
        "site_id",
        lambda n: {"json": {"name": "x", "consumption_type": "water", "site_id": n}},
    ),
    "meter of an import": (
        "POST",
        "/api/imports",
        "meter_id",
        lambda n: {
            "data": {"file": (io.BytesIO(CSV), "a.csv"), "meter_id": str(n)},
            "content_type": "multipart/form-data",
        },
    ),
    **{
        f"{kind} of an import of intervals": (
            "POST",
            "/api/imports",
            f"{kind}_id",
            lambda n, kind=kind: {
                "data": {
                    "file": (io.BytesIO(b"meter,start,kwh\nm,2026-01-15T00:00Z,1\n"), "a.csv"),
                    "profile" if kind == "profile" else f"{kind}_id": str(n),
                },
                "content_type": "multipart/form-data",
            },
        )
        for kind in ("meter", "site", "profile")
    },
    "meter of an export": (
        "GET",
        "/api/exports/consumption.json",
        "meter_id",
        lambda n: {"query_string": {"meter_id": n}},
    ),
    "import of an export": (
        "GET",
        "/api/exports/consumption.json",
        "import_id",
        lambda n: {"query_string": {"import_id": n}},
    ),
    "imports before another": (
        "GET", "/api/imports", "import_id", lambda n: {"query_string": {"before": n}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", IN_BODIES)
def test_another_tenants_id_in_a_body_or_query_is_one_that_does_not_exist(
    pg_person: Person, neighbour: Person, name: str
) -> None:
    method, path, kind, options = IN_BODIES[name]
    theirs = pg_person.account["id"] if kind == "account_id" else MAKERS[kind](pg_person)
    answers = [neighbour.call(method, path, **options(number)) for number in (theirs, NOWHERE)]
    assert answers[0].status_code == answers[1].status_code
    if answers[0].status_code >= 400:
        assert comparable(answers[0]) == comparable(answers[1])
    else:
        assert answers[0].get_json() == answers[1].get_json()
    assert CANARY not in answers[0].get_data(as_text=True)


@pytest.fixture(scope="module")
def canaries(pg_app: Flask) -> Person:
    """Somebody whose every text is a canary, in records of every type."""
    person = new_person(
        pg_app,
        username=f"{CANARY}-user",
        email=f"{CANARY}@example.org",
        first_name=f"{CANARY} first",
        last_name=f"{CANARY} last",
    )
    for maker in MAKERS.values():
        maker(person)
    renamed = person.patch("/api/auth/me", json={"account_name": f"{CANARY} account"})
    assert renamed.status_code == 200
    person.record(777_777.1234, description=f"{CANARY} description")
    return person


def _shown(response: TestResponse) -> str:
    """The text of an answer; of a spreadsheet or an archive that of all its parts."""
    data = response.get_data()
    if not data.startswith(b"PK"):
        return data.decode()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


READS = [route for route in KNOWN if route.method == "GET" and route.declared]


@pytest.mark.parametrize("route", READS, ids=_name)
def test_no_answer_shows_anything_of_another_tenant(
    canaries: Person, neighbour: Person, route: Route
) -> None:
    ids = ids_of(route, neighbour)
    response = send(route, neighbour, as_=neighbour, **ids)
    assert response.status_code == route.success
    text = _shown(response)
    assert canaries.user["username"] not in text
    assert f"{CANARY} account" not in text
    assert "777777" not in text
    if not ids:
        assert CANARY not in text
    if route.name == "consumption.list_consumption":
        assert CANARY in canaries.get("/api/consumption").get_data(as_text=True)


def test_a_search_for_anothers_text_finds_nothing(canaries: Person, neighbour: Person) -> None:
    for query in (CANARY, "%", "_", "777777"):
        found = neighbour.get("/api/consumption", query_string={"q": query}).get_json()
        assert CANARY not in str(found)


def test_a_cursor_of_another_tenant_shows_ones_own_records(
    pg_person: Person, neighbour: Person
) -> None:
    for day in range(1, 6):
        pg_person.record(day, description=CANARY, consumption_date=f"2026-02-0{day}")
        neighbour.record(day, consumption_date=f"2026-02-0{day}")
    page = pg_person.get("/api/consumption?per_page=2").get_json()
    cursor = page["pagination"]["next_cursor"]
    found = neighbour.get("/api/consumption", query_string={"cursor": cursor, "per_page": 50})
    assert found.status_code == 200
    assert CANARY not in found.get_data(as_text=True)


def test_an_idempotency_key_of_another_tenant_is_not_known(
    pg_person: Person, neighbour: Person
) -> None:
    headers = {"Idempotency-Key": "everybody uses this key"}
    body = RECORD | {"description": CANARY}
    mine = pg_person.post("/api/consumption", json=body, headers=headers)
    theirs = neighbour.post("/api/consumption", json=RECORD, headers=headers)
    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert "Idempotency-Replayed" not in theirs.headers
    assert CANARY not in theirs.get_data(as_text=True)
    again = pg_person.post("/api/consumption", json=body, headers=headers)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.get_json() == mine.get_json()


def test_an_etag_of_another_tenant_saves_no_answer(pg_person: Person, neighbour: Person) -> None:
    theirs = pg_person.record(1)
    headers = {"If-None-Match": '"1"', "If-Match": '"1"'}
    response = neighbour.get(f"/api/consumption/{theirs['id']}", headers=headers)
    assert response.status_code == 404


NOT_THE_CLIENTS = ["id", "account_id", "user_id", "role", "is_admin", "version", "created_at"]


@pytest.mark.parametrize(
    ("route", "name"),
    [
        pytest.param(route, name, id=f"{_name(route)}-{name}")
        for route in KNOWN
        for name in NOT_THE_CLIENTS
        if ENTRIES[route.name].json is not None and _not_yours_to_set(route, name)
    ],
)
def test_a_field_that_is_not_the_clients_is_refused(
    pg_person: Person, route: Route, name: str
) -> None:
    ids = ids_of(route, pg_person)
    options = ENTRIES[route.name].options(pg_person)
    options["json"] = options["json"] | {name: 1}
    response = pg_person.call(route.method, route.url(**ids), **options)
    assert response.status_code == 422
    assert f"/{name}" in [item["pointer"] for item in response.get_json()["errors"]]


@pytest.mark.parametrize("permission", Permission)
def test_every_permission_guards_some_route(permission: Permission) -> None:
    assert any(route.declared and route.declared.needs is permission for route in ROUTES)
