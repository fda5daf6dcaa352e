"""Makers of what tests need, through the public API."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PASSWORD = "mauve-otter-97"
_numbers = itertools.count(1)


@dataclass
class Person:
    """A signed-in user with a client that sends their access token."""

    app: Flask
    user: dict[str, Any]
    account: dict[str, Any]
    access_token: str
    refresh_token: str
    client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    @property
    def headers(self) -> dict[str, str]:
        """The Authorization header."""
        return {"Authorization": f"Bearer {self.access_token}"}

    def call(self, method: str, path: str, **options: Any) -> TestResponse:
        """Send a request as this person; `headers` are added to the Authorization header."""
        headers = self.headers | dict(options.pop("headers", {}))
        return self.client.open(path, method=method, headers=headers, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        """GET as this person."""
        return self.call("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> TestResponse:
        """POST JSON as this person."""
        return self.call("POST", path, json=json, **options)

    def put(self, path: str, json: Any = None, **options: Any) -> TestResponse:
        """PUT JSON as this person."""
        return self.call("PUT", path, json=json, **options)

    def patch(self, path: str, json: Any = None, **options: Any) -> TestResponse:
        """PATCH JSON as this person."""
        return self.call("PATCH", path, json=json, **options)

    def delete(self, path: str, **options: Any) -> TestResponse:
        """DELETE as this person."""
        return self.call("DELETE", path, **options)

    def record(self, amount: float = 12.5, **fields: Any) -> dict[str, Any]:
        """Store a consumption record (electricity on 1 March 2026 unless said otherwise)."""
        body = {
            "consumption_type": "electricity",
            "amount": amount,
            "consumption_date": "2026-03-01",
        } | fields
        response = self.post("/api/consumption", json=body)
        assert response.status_code == 201, response.get_data(as_text=True)
        return dict(response.json or {})


def registration(**fields: Any) -> dict[str, Any]:
    """A body for /api/auth/register with a user name and e-mail that nobody has yet."""
    number = next(_numbers)
    return {
        "username": f"person{number}",
        "email": f"person{number}@example.org",
        "password": PASSWORD,
        "time_zone": "Europe/Madrid",
        "token_delivery": "body",
    } | fields


def new_person(app: Flask, **fields: Any) -> Person:
    """Sign somebody up."""
    response = app.test_client().post("/api/auth/register", json=registration(**fields))
    assert response.status_code == 201, response.get_data(as_text=True)
    body: dict[str, Any] = response.get_json()
    return Person(
        app, body["user"], body["account"], body["access_token"], body.get("refresh_token") or ""
    )
