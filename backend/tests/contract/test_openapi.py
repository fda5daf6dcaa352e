"""The document: committed as it is made, valid OpenAPI 3.1, with examples that work when sent."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from io import BytesIO
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask
from schemathesis.specs.openapi.definitions import OPENAPI_31
from werkzeug.test import TestResponse

from app.openapi import document
from app.version import VERSION
from tests.conftest import sqlite_app
from tests.factories import Person, new_person, registration

COMMITTED = Path(__file__).parents[3] / "docs" / "openapi.json"
DOCUMENT: dict[str, Any] = json.loads(COMMITTED.read_text())
METHODS = ("get", "put", "post", "patch", "delete")
# OpenAPI's description of itself leaves the schemas inside to JSON Schema 2020-12.
DIALECT = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
CSV = b"date,kWh\n2026-03-01,12.5\n2026-03-02,13.5\n"


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def everywhere(node: Any) -> Iterator[dict[str, Any]]:
    """Give every object of the document."""
    if isinstance(node, dict):
        yield node
    for child in (
        node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    ):
        yield from everywhere(child)


def referenced(reference: str) -> Any:
    found: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def validator(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """Make a validator that finds the schemas of the document; outputs may hold nothing more."""
    components = deepcopy(DOCUMENT["components"])
    for name, model in components["schemas"].items():
        if "examples" not in model and model.get("type") == "object":
            components["schemas"][name].setdefault("unevaluatedProperties", False)
    return jsonschema_rs.Draft202012Validator(
        DIALECT | schema | {"components": components}, validate_formats=True
    )


def test_the_committed_document_is_the_one_that_the_application_makes(app: Flask) -> None:
    made = json.loads(json.dumps(document(app, VERSION)))
    assert made == DOCUMENT, (
        "docs/openapi.json is not what the application makes: run make contract"
    )
    served = app.test_client().get("/api/openapi.json")
    assert served.get_json() == DOCUMENT


def test_the_document_is_valid_openapi() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    jsonschema_rs.validator_for(OPENAPI_31).validate(DOCUMENT)


def test_every_schema_is_valid_json_schema() -> None:
    found = list(DOCUMENT["components"]["schemas"].values())
    found += [
        node["schema"] for node in everywhere(DOCUMENT) if isinstance(node.get("schema"), dict)
    ]
    assert len(found) > 100
    for schema in found:
        assert jsonschema_rs.meta.is_valid(DIALECT | schema)


def test_every_reference_resolves_and_every_schema_is_used() -> None:
    references = {node["$ref"] for node in everywhere(DOCUMENT) if "$ref" in node}
    for reference in references:
        referenced(reference)
    used = {reference.rsplit("/", 1)[-1] for reference in references}
    assert used == set(DOCUMENT["components"]["schemas"])


def test_every_operation_has_its_own_id_and_a_summary() -> None:
    ids = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(ids)) == len(ids) > 30
    for method, path, operation in operations():
        assert 5 < len(operation["summary"]) < 120, (method, path)
        assert not operation["summary"].endswith("."), (method, path)


def test_every_operation_lists_its_problems() -> None:
    for method, path, operation in operations():
        answers = operation["responses"]
        assert {"400", "422", "429", "500"} <= answers.keys(), (method, path)
        assert "503" in answers
        assert operation["security"] == [] or {"401", "403"} <= answers.keys(), (method, path)
        assert "requestBody" not in operation or {"413", "415"} <= answers.keys(), (method, path)
        assert "{" not in path or "404" in answers, (method, path)
        for status, answer in answers.items():
            if int(status) >= 400 and (path, status) not in SAYS_HOW_IT_IS:
                assert list(answer["content"]) == ["application/problem+json"], (method, path)


SAYS_HOW_IT_IS = {("/api/health", "503"), ("/api/health/ready", "503")}


def test_limits_are_written_as_json_schema_has_them() -> None:
    foreign = {"ge", "le", "gt", "lt"}
    assert [node for node in everywhere(DOCUMENT) if foreign & node.keys()] == []


def test_no_schema_has_a_title() -> None:
    for node in everywhere(DOCUMENT["components"]["schemas"]):
        assert not isinstance(node.get("title"), str), node


def test_path_arguments_are_declared() -> None:
    for method, path, operation in operations():
        declared = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
        assert declared == set(re.findall(r"{(\w+)}", path)), method


def body_of(operation: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    [(media_type, content)] = operation["requestBody"]["content"].items()
    return media_type, content["schema"]


WITH_BODY = [
    (method, path, operation) for method, path, operation in operations()
    if "requestBody" in operation
]  # fmt: skip
# Empty in a browser, which sends the cookie.
BY_COOKIE = ("/api/auth/refresh", "/api/auth/logout")


def test_every_example_is_valid_in_its_own_schema() -> None:
    checked = 0
    for node in everywhere(DOCUMENT):
        if isinstance(node.get("examples"), list):
            for example in node["examples"]:
                validator(node).validate(example)
                checked += 1
    assert checked > 20


def examples() -> Iterator[Any]:
    for method, path, operation in WITH_BODY:
        if path in BY_COOKIE:
            continue
        media_type, schema = body_of(operation)
        found = referenced(schema["$ref"]).get("examples", [])
        name = f"{method} {path}"
        yield pytest.param(method, path, media_type, found, id=name)


@pytest.mark.parametrize(("method", "path", "media_type", "bodies"), list(examples()))
def test_the_examples_work_when_they_are_sent(
    method: str, path: str, media_type: str, bodies: list[dict[str, Any]]
) -> None:
    assert bodies, "without an example the documentation offers a body that is refused"
    for body in bodies:
        answer = send_example(method, path, media_type, body)
        assert 200 <= answer.status_code < 300, answer.text


def send_example(method: str, path: str, media_type: str, body: dict[str, Any]) -> TestResponse:
    """Send an example as the person whom the examples register, who has one of everything."""
    app = sqlite_app(demo_account=True)
    if path.endswith(("/register", "/demo")):
        return app.test_client().post(path, json=body)
    ana = next(e for e in referenced("#/components/schemas/Register")["examples"])
    person = new_person(app, **ana)
    ben = new_person(app, username="ben")
    if method != "POST":
        person.post("/api/members", json={"username": "ben", "role": "viewer"})
    ids = {
        "user_id": ben.user["id"],
        "consumption_id": person.record()["id"],
        "meter_id": person.get("/api/meters").json["items"][0]["id"],
        "site_id": person.get("/api/sites").json["items"][0]["id"],
        "profile_id": person.post(
            "/api/import-profiles", json={"name": "A profile", "format": "long_csv"}
        ).json["id"],
    }
    if "/reads" in path or path.endswith(("/replace", "/events")):
        ids["meter_id"], ids["read_id"] = dial_of(person)
    if path.endswith(("/intervals", "/corrections")):
        ids["meter_id"] = smart_of(person)
    if path == "/api/intervals":
        body = {"meters": [one | {"meter_id": ids["meter_id"]} for one in body["meters"]]}
    url = path.format(**ids)
    if "undo_token" in body:
        gone = person.delete(f"/api/consumption/{ids['consumption_id']}")
        body = {"undo_token": gone.headers["Undo-Token"]}
    if media_type == "application/json":
        return person.call(method, url, json=body)
    if path == "/api/archives":  # which only an empty account takes
        archive = BytesIO(ben.get("/api/exports/account.zip").data)
        return ben.call(method, path, data={"file": (archive, "account.zip")})
    form = {name: str(value).lower() for name, value in body.items() if name != "file"}
    file = (BytesIO(body["file"].encode()), "records.csv")
    return person.call(method, url, data=form | {"file": file})


def dial_of(person: Person) -> tuple[int, int]:
    """Make a meter whose dial is read, and give it with its only read."""
    body = {"name": "Dial", "consumption_type": "electricity", "source": "register"}
    meter = person.post("/api/meters", json=body).json["id"]
    read = {"read_at": "2026-02-01T00:00:00Z", "value": 4000}
    return meter, person.post(f"/api/meters/{meter}/reads", json=read).json["id"]


def smart_of(person: Person) -> int:
    """Make a meter of intervals with a day of them."""
    body = {"name": "Smart", "consumption_type": "electricity", "source": "intervals"}
    meter = int(person.post("/api/meters", json=body).json["id"])
    sent = {"start": "2026-03-01T00:00:00+01:00", "step_seconds": 900, "unit": "kWh"}
    answer = person.post(f"/api/meters/{meter}/intervals", json=sent | {"amounts": [0.25] * 96})
    assert answer.status_code == 200, answer.text
    return meter


def tour(person: Person) -> Iterator[tuple[str, str, TestResponse]]:
    """Call every operation with success, and give the path template with each answer."""
    nobody = person.app.test_client()
    for path in ("/api/health", "/api/health/live", "/api/health/ready"):
        yield "GET", path, nobody.get(path)
    yield from tour_of_sessions(person)
    yield from tour_of_accounts(person)
    yield from tour_of_keys(person)
    yield from tour_of_exports(person)
    yield from tour_of_places(person)
    yield from tour_of_reads(person)
    yield from tour_of_records(person)
    yield from tour_of_imports(person)


def tour_of_sessions(person: Person) -> Iterator[tuple[str, str, TestResponse]]:
    nobody = person.app.test_client()
    joined = registration()
    yield "POST", "/api/auth/register", nobody.post("/api/auth/register", json=joined)
    login = {"email": joined["email"], "password": joined["password"], "token_delivery": "body"}
    signed_in = nobody.post("/api/auth/login", json=login)
    yield "POST", "/api/auth/login", signed_in
    by_cookie = nobody.post("/api/auth/login", json=login | {"token_delivery": "cookie"})
    yield "POST", "/api/auth/login", by_cookie
    yield "POST", "/api/auth/demo", nobody.post("/api/auth/demo", json={})
    token = {"refresh_token": signed_in.json["refresh_token"]}
    refreshed = nobody.post("/api/auth/refresh", json=token)
    yield "POST", "/api/auth/refresh", refreshed
    token = {"refresh_token": refreshed.json["refresh_token"]}
    yield "POST", "/api/auth/logout", nobody.post("/api/auth/logout", json=token)
    me = "/api/auth/me"
    yield "GET", me, person.get(me)
    yield "PATCH", me, person.patch(me, json={"first_name": "Ana", "account_name": "Ours"})
    again = {"username": person.user["username"], "password": joined["password"]}
    for _ in range(2):
        nobody.post("/api/auth/login", json=again)
    listed = person.get("/api/auth/sessions")
    yield "GET", "/api/auth/sessions", listed
    other = next(item["id"] for item in listed.json["items"] if not item["current"])
    one = "/api/auth/sessions/{session_id}"
    yield "DELETE", one, person.delete(f"/api/auth/sessions/{other}")
    yield "DELETE", "/api/auth/sessions", person.delete("/api/auth/sessions")
    change = {"current_password": joined["password"], "new_password": joined["password"] + "!"}
    yield "POST", "/api/auth/password", person.post("/api/auth/password", json=change)


def tour_of_accounts(person: Person) -> Iterator[tuple[str, str, TestResponse]]:
    other = new_person(person.app)
    yield "GET", "/api/accounts", person.get("/api/accounts")
    body = {"name": "Second", "time_zone": "UTC", "currency": "GBP"}
    made = person.post("/api/accounts", json=body)
    yield "POST", "/api/accounts", made
    one, url = "/api/members/{user_id}", f"/api/members/{other.user['id']}"
    body = {"email": other.user["email"], "role": "viewer"}
    yield "POST", "/api/members", person.post("/api/members", json=body)
    yield "GET", "/api/members", person.get("/api/members")
    yield "PATCH", one, person.patch(url, json={"role": "editor"})
    yield "DELETE", one, person.delete(url)
    for account in (made.json["id"], person.account["id"]):
        moved = person.post("/api/auth/switch", json={"account_id": account})
        person.access_token = moved.json["access_token"]
        yield "POST", "/api/auth/switch", moved


def tour_of_exports(person: Person) -> Iterator[tuple[str, str, TestResponse]]:
    person.record(3, description="=1+1", consumption_date="2024-02-29")
    meter = person.get("/api/meters").json["items"][0]["id"]
    for kind in ("csv", "xlsx", "json"):
        path, one = f"/api/exports/consumption.{kind}", "/api/exports/meters/{meter_id}." + kind
        yield "GET", path, person.get(path + "?sort=-amount")
        url = f"/api/exports/meters/{meter}.{kind}"
        yield "GET", one, person.get(url + "?from=2026-01-01&resolution=day")
    yield (
        "GET",
        "/api/exports/meters/{meter_id}.xml",
        person.get(f"/api/exports/meters/{meter}.xml"),
    )
    for path in ("/api/write", "/api/v2/write"):
        yield "POST", path, person.call("POST", path + "?precision=s", data="# nothing")
    archive = person.get("/api/exports/account.zip")
    yield "GET", "/api/exports/account.zip", archive
    other, form = new_person(person.app), {"file": (BytesIO(archive.data), "account.zip")}
    yield "POST", "/api/archives", other.call("POST", "/api/archives", data=form)


def tour_of_keys(person: Person) -> Iterator[tuple[str, str, TestResponse]]:
    path, one = "/api/api-keys", "/api/api-keys/{key_id}"
    body = {"name": "Schlüssel", "scopes": ["read"], "expires_at": "2099-12-31T23:59:59+01:00"}
    made = person.post(path, json=body)
    yield "POST", path, made
    yield "GET", path, person.get(path)
    url = f"{path}/{made.json['id']}"
    yield "GET", one, person.get(url)
    yield "DELETE", one, person.delete(url)


def tour_of_places(person: Person) -> Iterator[tuple[str, str, TestResponse]]:
    site = person.post("/api/sites", json={"name": "Flat", "time_zone": "Pacific/Apia"})
    yield "POST", "/api/sites", site
    yield "GET", "/api/sites", person.get("/api/sites")
    one = f"/api/sites/{site.json['id']}"
    yield "GET", "/api/sites/{site_id}", person.get(one)
    yield "PATCH", "/api/sites/{site_id}", person.patch(one, json={"occupants": None})
    body = {"name": "Boiler", "consumption_type": "gas", "site_id": site.json["id"]}
    meter = person.post("/api/meters", json=body)
    yield "POST", "/api/meters", meter
    yield "GET", "/api/meters", person.get("/api/meters")
    one = f"/api/meters/{meter.json['id']}"
    yield "GET", "/api/meters/{meter_id}", person.get(one)
    yield from tour_of_intervals(person)
    yield "GET", "/api/meters/{meter_id}/series", person.get(f"{one}/series?resolution=day")
    yield "PATCH", "/api/meters/{meter_id}", person.patch(one, json={"archived": True})
    yield "DELETE", "/api/meters/{meter_id}", person.delete(one)
    yield "DELETE", "/api/sites/{site_id}", person.delete(f"/api/sites/{site.json['id']}")


def tour_of_reads(person: Person) -> Iterator[tuple[str, str, TestResponse]]:
    meter, read = dial_of(person)
    path, url = "/api/meters/{meter_id}/reads", f"/api/meters/{meter}/reads"
    body = {"read_at": "2026-03-01T12:30:00.5+01:00", "value": 4711.5, "note": "ünïcode 💧"}
    made = person.post(path.format(meter_id=meter), json=body)
    yield "POST", path, made
    guess = {"read_at": "2026-03-02T12:30:00Z", "value": 4800, "kind": "estimated"}
    yield "POST", path, person.post(url, json=guess)
    one, mine = path + "/{read_id}", f"{url}/{made.json['id']}"
    yield "GET", one, person.get(mine)
    yield "PUT", one, person.put(mine, json=body | {"value": 4712})
    for query in ("", "&value=4900", "&value=3", f"&value=4712&read_id={read}&rollover=true"):
        expected = person.get(f"{url}/expected?at=2026-03-05T00:00:00Z{query}")
        yield "GET", path + "/expected", expected
    first = person.get(f"{url}?per_page=1")
    yield "GET", path, first
    yield "GET", path, person.get(f"{url}?per_page=1&cursor={first.json['next_cursor']}")
    change = {"at": "2026-03-03T00:00:00Z", "final_value": 4712.25, "initial_value": 0}
    yield "POST", path[:-5] + "replace", person.post(url[:-5] + "replace", json=change)
    event = {"event": "multiplier", "at": "2026-03-04T00:00:00Z", "final_value": 9, "multiplier": 2}
    yield "POST", path[:-5] + "events", person.post(url[:-5] + "events", json=event)
    yield "DELETE", one, person.delete(mine)


def tour_of_intervals(person: Person) -> Iterator[tuple[str, str, TestResponse]]:
    meter = smart_of(person)
    sent = {"start": "2026-03-02T10:00:00Z", "step_seconds": 900, "unit": "kWh", "amounts": [1, 2]}
    one = "/api/meters/{meter_id}"
    path = f"/api/meters/{meter}"
    yield "POST", f"{one}/intervals", person.post(f"{path}/intervals", json=sent)
    batch = {"meters": [sent | {"meter_id": meter}]}
    yield "POST", "/api/intervals", person.post("/api/intervals", json=batch)
    fix = {"from": "2026-03-02T10:00:00Z", "to": "2026-03-02T10:15:00Z", "action": "accept"}
    yield "POST", f"{one}/corrections", person.post(f"{path}/corrections", json=fix)
    for name in ("series", "quality", "profile"):
        yield "GET", f"{one}/{name}", person.get(f"{path}/{name}")


def tour_of_records(person: Person) -> Iterator[tuple[str, str, TestResponse]]:
    path, one = "/api/consumption", "/api/consumption/{consumption_id}"
    period = {
        "consumption_type": "water", "amount": 9999999999.9999, "unit": "L",
        "period_start": "2025-12-31", "consumption_date": "2026-02-28", "description": "ünïcode 💧",
    }  # fmt: skip
    created = person.post(path, json=period, headers={"Idempotency-Key": "tour"})
    yield "POST", path, created
    yield "POST", path, person.post(path, json=period, headers={"Idempotency-Key": "tour"})
    day = {"consumption_type": "gas", "amount": 0, "consumption_date": "2026-03-01"}
    yield "POST", path, person.post(path, json=day)
    url = f"{path}/{created.json['id']}"
    read = person.get(url)
    yield "GET", one, read
    yield "GET", one, person.get(url, headers={"If-None-Match": read.headers["ETag"]})
    tag = {"If-Match": read.headers["ETag"]}
    yield "PUT", one, person.put(url, json=period | {"amount": 1}, headers=tag)
    yield "PUT", one, person.put(url, json=period, headers=tag)
    for query in ("", "?per_page=1", "?page=9", "?sort=amount&q=nothing&date_to=1999-12-31"):
        yield "GET", path, person.get(path + query)
    cursor = person.get(path + "?per_page=1").json["pagination"]["next_cursor"]
    yield "GET", path, person.get(f"{path}?per_page=1&cursor={cursor}")
    analytics = "/api/consumption/analytics"
    ranges = "date_from=2025-12-01&date_to=2026-03-31"
    for query in ("", *(f"?{ranges}&group_by={g}&compare={c}" for g, c in GROUPINGS)):
        yield "GET", analytics, person.get(analytics + query)
    batch = {"create": [day], "update": [{"id": created.json["id"], **day}], "delete": []}
    yield "POST", "/api/consumption/batch", person.post("/api/consumption/batch", json=batch)
    gone = person.delete(url)
    yield "DELETE", one, gone
    again = {"undo_token": gone.headers["Undo-Token"]}
    yield "POST", path + "/restore", person.post(path + "/restore", json=again)


GROUPINGS = [
    (group, compare)
    for group in ("day", "week", "month", "quarter", "year")
    for compare in ("previous", "last_year")
]


def tour_of_imports(person: Person) -> Iterator[tuple[str, str, TestResponse]]:
    path, one = "/api/imports", "/api/imports/{import_id}"

    def send(text: bytes, **form: str) -> TestResponse:
        return person.call("POST", path, data=form | {"file": (BytesIO(text), "März.csv")})

    yield "POST", path, send(CSV, dry_run="true")
    yield "POST", path, send(b"date,kWh\n2026-03-01,x\n", dry_run="true", mode="valid")
    created = send(CSV + b"2026-03-03,none\n", mode="valid")
    yield "POST", path, created
    yield "POST", path, send(CSV)
    yield "GET", path, person.get(path + "?per_page=1")
    url = f"{path}/{created.json['id']}"
    yield "GET", one, person.get(url)
    yield "GET", one + "/problems", person.get(url + "/problems")
    yield "GET", one + "/events", person.get(url + "/events")
    yield "POST", one + "/cancel", person.post(url + "/cancel")
    yield "POST", one + "/undo", person.post(url + "/undo")
    yield "GET", one, person.get(url)
    series = b"meter,start,kwh\nPump,2026-03-01T00:00Z,1\nPump,2026-03-01T01:00Z,2\n"
    yield "POST", path, send(series, dry_run="true")
    yield "POST", path, send(series)
    yield from tour_of_profiles(person)


def tour_of_profiles(person: Person) -> Iterator[tuple[str, str, TestResponse]]:
    path, one = "/api/import-profiles", "/api/import-profiles/{profile_id}"
    created = person.post(path, json={"name": "Mine", "format": "long_csv", "mapping": {"a": 1}})
    yield "POST", path, created
    yield "GET", path, person.get(path)
    url = f"{path}/{created.json['id']}"
    yield "GET", one, person.get(url)
    yield "PATCH", one, person.patch(url, json={"name": "Ours"})
    yield "DELETE", one, person.delete(url)


def test_every_answer_of_a_tour_is_as_declared() -> None:
    person = new_person(sqlite_app(demo_account=True))
    seen = set()
    for method, path, answer in tour(person):
        seen.add((method, path))
        validate_answer(method, path, answer)
        assert answer.status_code < 400 or (method, path) in REFUSED, answer.text
    assert seen == {(method, path) for method, path, _ in operations()}


REFUSED = {
    ("POST", "/api/imports/{import_id}/cancel"),  # it is done already
    ("PUT", "/api/consumption/{consumption_id}"),  # changed in the meantime
    ("GET", "/api/exports/meters/{meter_id}.xml"),  # a meter without intervals
}


def validate_answer(method: str, path: str, answer: TestResponse) -> None:
    """Compare status, media type and body with what the document says."""
    declared = DOCUMENT["paths"][path][method.lower()]["responses"]
    assert str(answer.status_code) in declared, (method, path, answer.status_code)
    content = declared[str(answer.status_code)].get("content")
    if content is None:
        assert answer.data == b"", (method, path)
        return
    assert answer.mimetype in content, (method, path, answer.content_type)
    if answer.is_json:
        validator(content[answer.mimetype]["schema"]).validate(answer.get_json())
    else:
        kind = "object" if answer.mimetype == "text/event-stream" else "string"
        assert content[answer.mimetype]["schema"]["type"] == kind
        assert answer.data


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/consumption/{consumption_id}", None, 404),
        ("GET", "/api/consumption", None, 401),
        ("POST", "/api/auth/login", {"email": "a@b.example", "password": "no"}, 401),
        ("POST", "/api/consumption", {"amount": -1}, 422),
        ("POST", "/api/consumption", [], 422),
        ("PATCH", "/api/meters/{meter_id}", {"name": ""}, 422),
    ],
)
def test_problems_are_as_declared(
    person: Person, method: str, path: str, body: Any, status: int
) -> None:
    url = path.format(consumption_id=9, meter_id=9)
    headers = {} if status == 401 else person.headers
    answer = person.app.test_client().open(url, method=method, json=body, headers=headers)
    assert answer.status_code == status, answer.text
    validate_answer(method, path, answer)


@pytest.mark.parametrize("number", [2**63 - 1, 2**63, 10**19 - 1, 10**19, 10**30])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_id_beyond_bigint_is_not_found(person: Person, method: str, number: int) -> None:
    body = {"consumption_type": "gas", "amount": 1, "consumption_date": "2026-03-01"}
    answer = person.call(method, f"/api/consumption/{number}", json=body)
    assert answer.status_code == 404, answer.text


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/consumption/x"])
def test_what_is_no_endpoint_is_not_found_by_any_method(app: Flask, method: str, path: str) -> None:
    answer = app.test_client().open(path, method=method)
    assert answer.status_code == 404, answer.text
    assert answer.content_type == "application/problem+json"
