"""Hostile and extreme input: each gets a problem that names the field and the limit, nothing is
stored, and no later read breaks."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.conftest import sqlite_app, state_of
from tests.factories import PASSWORD, Person, new_person, registration

PATH = "/api/consumption"
ENTRY = {"consumption_type": "electricity", "amount": 12.5, "consumption_date": "2026-03-01"}
GROUPINGS = ("day", "week", "month", "quarter", "year")


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    """One application for the module."""
    made = sqlite_app()
    yield made
    state_of(made).db.engine.dispose()


@pytest.fixture(scope="module")
def victim(app: Flask) -> Iterator[Person]:
    """Somebody with one record, who is sent everything in this module and can read afterwards."""
    made = new_person(app)
    made.record()
    yield made
    check_reads(made)


@pytest.fixture
def person(victim: Person) -> Iterator[Person]:
    """The same person, who must have the same record after each test as before it."""
    before = victim.get(PATH)
    yield victim
    after = victim.get(PATH)
    assert (after.status_code, after.get_data()) == (200, before.get_data())
    assert after.headers["ETag"] == before.headers["ETag"]
    assert victim.get(f"{PATH}/analytics").status_code == 200


def check_reads(person: Person) -> None:
    """Everything that can be read still answers."""
    ranges = [{"date_from": "2025-07-01", "date_to": "2026-12-31"}, {}]
    queries = [
        {"group_by": group, "compare": compare} | dates
        for group in GROUPINGS
        for compare in ("previous", "last_year")
        for dates in ranges
    ]
    paths = [PATH, f"{PATH}?q=x", f"{PATH}?sort=amount", "/api/auth/me", "/api/auth/sessions"]
    answers = [person.get(path) for path in paths]
    answers += [person.get(f"{PATH}/analytics", query_string=query) for query in queries]
    for answer in answers:
        assert answer.status_code == 200, answer.get_data(as_text=True)
        json.loads(answer.get_data(), parse_constant=pytest.fail)


def send(person: Person, method: str, path: str, raw: str | bytes, **options: Any) -> TestResponse:
    data = raw.encode() if isinstance(raw, str) else raw
    options = {"content_type": "application/json"} | options
    return person.call(method, path, data=data, **options)


def written(body: dict[str, Any], field: str, raw: str) -> str:
    """Write a body as JSON with one field's value in raw JSON."""
    others = {name: value for name, value in body.items() if name != field}
    return json.dumps(others)[:-1] + f', "{field}": {raw}}}'


def refused(response: TestResponse, statuses: tuple[int, ...], *words: str) -> None:
    """Check that it is a problem with one of the statuses, and that it has the words."""
    text = response.get_data(as_text=True)
    assert response.status_code in statuses, text
    assert response.content_type == "application/problem+json"
    body = response.get_json()
    said = body["detail"] + json.dumps(body["errors"], ensure_ascii=False)
    for word in words:
        assert word in said, text


TEXTS = {
    "NUL": (r'"a\u0000b"', "NUL"),
    "a NUL alone": (r'"\u0000"', "NUL"),
    "a high surrogate": (r'"\ud800"', "surrogate"),
    "a low surrogate": (r'"x\udfffx"', "surrogate"),
    "surrogates the wrong way round": (r'"\ude00\ud83d"', "surrogate"),
}
NUMBERS = [
    "1e400", "-1e400", "1e-400", "NaN", "Infinity", "-Infinity", "-0", "-0.0", "-0e5", "-1",
    "10000000000000000000", "1" * 29, "1" * 30, "1" * 5000, "-" + "9" * 5000, "0.00001",
    "1e999999999", "0." + "0" * 5000 + "1",
]  # fmt: skip
OTHER_KINDS = ["[]", "{}", "[1]", '{"a": 1}', "true", "false", '[["x"]]']
DATES = [
    '"0001-01-01"', '"9999-12-31"', '"1899-12-31"', '"2201-01-01"', '"10000-01-01"',
    '"2026-02-30"', '"2026-13-01"', '"0000-01-01"', '"-2026-01-01"', '"2026-3-1"', '"20260301"',
    '"2026-W10-7"', '"2026-03-01Z"', '"2026-03-01 "', '"٢٠٢٦-٠٣-٠١"', '"today"', '""',
]  # fmt: skip


def bad_values(field: str) -> list[tuple[str, str]]:
    """Give raw JSON that the field must not accept, and a word that the problem must have."""
    numbers = [(raw, "") for raw in NUMBERS]
    others = [(raw, "") for raw in OTHER_KINDS]
    texts = list(TEXTS.values())
    if field == "amount":
        limits = [("10000000000", "9999999999.9999"), ("1.00001", "4 decimals"), ("null", "number")]
        return numbers + others + limits + [('"1"', "JSON number"), ('""', "JSON number")]
    if field == "meter_id":
        limits = [
            ("0", "1 or more"),
            (str(2**63), str(2**63 - 1)),
            ("1" * 40, str(2**63 - 1)),
            ("1e400", str(2**63 - 1)),
            ("1.5", "whole number"),
        ]
        return numbers + others + limits + [('"1"', "whole number")]
    if field in ("consumption_date", "period_start"):
        found = [
            ('"0001-01-01"', "1900-01-01"),
            ('"9999-12-31"', "2200-12-31"),
            ("20260301", "YYYY-MM-DD"),
        ]
        return found + numbers + others + [(raw, "") for raw in DATES] + [(t, "") for t, _ in texts]
    if field == "description":
        return numbers + others + texts + [(json.dumps("é" * 2001), "2000 characters")]
    if field == "unit":
        return numbers + others + texts + [('"' + "k" * 100_000 + '"', "20 characters")]
    return numbers + others + [('"Electricity"', "electricity"), ('"' + "x" * 100_000 + '"', "")]


FIELDS = [
    "consumption_type", "amount", "unit", "consumption_date", "period_start", "meter_id",
    "description",
]  # fmt: skip


@pytest.mark.parametrize("field", FIELDS)
def test_no_field_of_a_record_takes_what_is_not_for_it(person: Person, field: str) -> None:
    record_id = person.get(PATH).get_json()["items"][0]["id"]
    for raw, word in bad_values(field):
        body = written(ENTRY, field, raw)
        update = written(ENTRY | {"id": record_id}, field, raw)
        for response, pointer in (
            (send(person, "POST", PATH, body), f"/{field}"),
            (send(person, "PUT", f"{PATH}/{record_id}", body), f"/{field}"),
            (
                send(
                    person, "POST", f"{PATH}/batch", f'{{"create": [{json.dumps(ENTRY)}, {body}]}}'
                ),
                f"/create/1/{field}",
            ),
            (
                send(person, "POST", f"{PATH}/batch", f'{{"update": [{update}]}}'),
                f"/update/0/{field}",
            ),
        ):
            refused(response, (422,), word)
            pointers = [error["pointer"] for error in response.get_json()["errors"]]
            assert pointer in pointers, (raw[:60], response.get_data(as_text=True))


@pytest.mark.parametrize("part", ["id", "version"])
def test_no_id_or_version_of_a_batch_takes_what_is_not_for_it(person: Person, part: str) -> None:
    for raw in NUMBERS + OTHER_KINDS + ['"1"', "0", str(2**63), "1.0"]:
        body = written(ENTRY | {"id": 1}, part, raw)
        response = send(person, "POST", f"{PATH}/batch", f'{{"update": [{body}]}}')
        refused(response, (422,), f"/update/0/{part}")
        if part == "id":
            response = send(person, "POST", f"{PATH}/batch", f'{{"delete": [{raw}]}}')
            refused(response, (422,), "/delete/0")


@pytest.mark.parametrize(
    "raw",
    ["[]", '[{"amount": 1}]', '"text"', "1", "null", "true", "1e400", "NaN", '"\\ud800"', "-0"],
)
def test_a_body_that_is_no_object_is_refused(anybody: Person, raw: str) -> None:
    for path in (PATH, f"{PATH}/batch", "/api/auth/register", "/api/auth/login"):
        refused(send(anybody, "POST", path, raw), (422,), "JSON object")


@pytest.mark.parametrize(
    "raw",
    [
        "", " ", "{", "}", "{}}", "{'amount': 1}", '{"amount": 1,}', '{"amount": 01}', "nul",
        '{"amount": .5}', '{"amount": 0x10}', '{"description": "tab\there"}', '{"a": "\\x"}',
        "\ufeff{}", '{"amount": +1}', "{} // comment", '{"description": "\0"}', "amount=1",
    ],
)  # fmt: skip
def test_what_is_not_json_is_refused_with_its_place(anybody: Person, raw: str) -> None:
    refused(send(anybody, "POST", PATH, raw), (400,), "not JSON", "line 1")


@pytest.mark.parametrize(
    "raw", [b"\xff", b'{"description": "\xe9"}', b"\xed\xa0\x80", b"{\xc0\x80}"]
)
def test_a_body_that_is_not_utf_8_is_refused(person: Person, raw: bytes) -> None:
    refused(send(person, "POST", PATH, raw), (400,), "not UTF-8")
    utf16 = json.dumps(ENTRY).encode("utf-16")
    refused(send(person, "POST", PATH, utf16), (400,), "not UTF-8")


@pytest.mark.parametrize(
    ("path", "raw", "key"),
    [
        (PATH, written(ENTRY, "x", '1, "amount": 12.5'), "amount"),
        (PATH, '{"amount": 1, "amount": 1}', "amount"),
        (f"{PATH}/batch", '{"create": [{"unit": "kWh", "unit": "MWh"}]}', "unit"),
        (f"{PATH}/batch", '{"delete": [], "delete": [1]}', "delete"),
        ("/api/auth/login", '{"email": "a@b.cd", "password": "x", "password": "y"}', "password"),
    ],
)
def test_a_key_that_stands_twice_is_refused_by_name(
    anybody: Person, path: str, raw: str, key: str
) -> None:
    refused(send(anybody, "POST", path, raw), (400,), "twice", f"/{key}")


@pytest.mark.parametrize("key", [r"\u0000", r"\ud800", "x" * 100_000, "", "/~1", "é", r"\n"])
def test_an_unknown_key_is_refused_whatever_it_is_called(anybody: Person, key: str) -> None:
    refused(send(anybody, "POST", PATH, written(ENTRY, key, "1")), (422,))


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (written(ENTRY, "amount", "1e9999999999999999999"), ("/amount",)),
        (written(ENTRY, "amount", "-1e-9999999999999999999"), ("/amount",)),
        (written(ENTRY, r"\ud800", r'1, "\ud800": 2'), ("twice",)),
    ],
)
def test_what_no_number_or_text_can_hold_is_refused(
    person: Person, raw: str, words: tuple[str, ...]
) -> None:
    refused(send(person, "POST", PATH, raw), (400, 422), *words)


@pytest.mark.parametrize("depth", [33, 500, 5_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_deep_nesting_is_refused(anybody: Person, depth: int, opening: str, closing: str) -> None:
    nested = opening * depth + "1" + closing * depth
    for raw in (nested, written(ENTRY, "description", nested), opening * depth):
        refused(send(anybody, "POST", PATH, raw), (400, 413, 422))
        refused(send(anybody, "POST", f"{PATH}/batch", raw), (400, 413, 422))


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
        "application/xml", "application/json-patch+json", "application/jsonx", "application/*", "",
        "json", "application/json, text/plain", "\x00",
    ],
)  # fmt: skip
def test_a_body_of_another_type_is_refused_with_the_type_that_is_read(
    anybody: Person, content_type: str
) -> None:
    raw = json.dumps(ENTRY)
    for path in (PATH, f"{PATH}/batch", "/api/auth/register", "/api/auth/login"):
        response = send(anybody, "POST", path, raw, content_type=content_type)
        refused(response, (415,), "application/json")
    refused(anybody.post(PATH), (415,), "application/json")


def padded(size: int) -> bytes:
    """A body that is valid but for its size."""
    body = json.dumps(ENTRY).encode()
    return body + b" " * (size - len(body))


@pytest.mark.parametrize(
    ("path", "limit_kb"), [(PATH, 256), (f"{PATH}/batch", 1024), ("/api/auth/register", 256)]
)
def test_a_body_over_the_limit_is_refused_with_the_limit(
    person: Person, path: str, limit_kb: int
) -> None:
    for size in (limit_kb * 1024 + 1, 60 * 1024 * 1024):
        raw = padded(size)
        refused(send(person, "POST", path, raw), (413,), f"{limit_kb} KB")
        # Sent in chunks: there is no Content-Length, and the end is found by reading.
        chunked = {
            "input_stream": io.BytesIO(raw),
            "environ_overrides": {"wsgi.input_terminated": True},
            "content_type": "application/json",
        }
        refused(person.call("POST", path, **chunked), (413,), f"{limit_kb} KB")
    response = send(person, "POST", path, padded(limit_kb * 1024).replace(b"12.5", b"-1.5"))
    refused(response, (422,))


@pytest.mark.parametrize("length", ["10", "0", "-1", "99999999999999999999", "x", "1e3", " "])
def test_a_lying_content_length_stores_nothing(anybody: Person, length: str) -> None:
    response = send(
        anybody, "POST", PATH, padded(300 * 1024), environ_overrides={"CONTENT_LENGTH": length}
    )
    refused(response, (400, 413))


def test_a_body_that_ends_before_its_content_length_stores_nothing(person: Person) -> None:
    response = send(
        person, "POST", PATH, json.dumps(ENTRY), environ_overrides={"CONTENT_LENGTH": "200000"}
    )
    refused(response, (400,))


QUERY_VALUES = [
    "0001-01-01", "9999-12-31", "\0", "a\0b", "1e400", "NaN", "Infinity", "-0", "-1", "0x10",
    "10000000000000000000", "9" * 400, "9" * 5000, "x" * 5000, "😀" * 200, "' OR 1=1 --", "%",
    "{}", "[]", "true", "١",
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "names"),
    [
        (PATH, "consumption_type meter_id import_id date_from date_to sort page per_page cursor"),
        (f"{PATH}/analytics", "date_from date_to group_by consumption_type meter_id compare"),
    ],
)
def test_no_query_parameter_takes_what_is_not_for_it(person: Person, path: str, names: str) -> None:
    for name in names.split():
        for value in QUERY_VALUES:
            response = person.get(path, query_string={name: value})
            text = response.get_data(as_text=True)
            assert response.status_code == 422, (name, value[:40], text)
            assert f"?{name}" in [error["pointer"] for error in response.get_json()["errors"]], text


def test_bytes_that_are_no_text_in_a_query_or_path_break_nothing(person: Person) -> None:
    for path in (
        f"{PATH}?q=%ff%fe", f"{PATH}?q=%ed%a0%80", f"{PATH}?q=%00", f"{PATH}?%ff=1", f"{PATH}?=",
        f"{PATH}?&&&", f"{PATH}?q", f"{PATH}/%ff", f"{PATH}/..%2f..%2fetc%2fpasswd", f"{PATH}//1",
        f"{PATH}?" + "&".join(f"x{n}=1" for n in range(2000)), f"{PATH}?q=" + "%" * 300,
    ):  # fmt: skip
        response = person.get(path)
        assert response.status_code in (200, 308, 404, 422), path
        assert len(response.get_data()) < 20_000


def test_search_text_is_data_and_never_a_pattern_or_a_statement(person: Person) -> None:
    for text in ("%", "_", "\\", "';--", "😀", "(" * 200, "\u202e", "' OR '1'='1", "İ", "ß"):
        response = person.get(PATH, query_string={"q": text})
        assert (response.status_code, response.get_json()["items"]) == (200, [])


ACCOUNT_FIELDS = [
    "username", "email", "password", "first_name", "last_name", "time_zone", "currency", "locale",
    "token_delivery",
]  # fmt: skip


@pytest.mark.parametrize("field", ACCOUNT_FIELDS)
def test_no_field_of_a_registration_takes_what_is_not_for_it(person: Person, field: str) -> None:
    long = json.dumps("x" * 100_000)
    for raw in [*NUMBERS, *OTHER_KINDS, *(raw for raw, _ in TEXTS.values()), long, '""']:
        if field == "password" and raw.startswith('"'):
            continue
        body = written(registration(), field, raw)
        response = person.app.test_client().post(
            "/api/auth/register", data=body.encode(), content_type="application/json"
        )
        refused(response, (422,), f"/{field}")
        if field in ("first_name", "last_name", "time_zone", "currency", "locale"):
            refused(
                send(person, "PATCH", "/api/auth/me", f'{{"{field}": {raw}}}'), (422,), f"/{field}"
            )


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("😀" * 20, "guess"),
        ("😀" * 11, "at least 12"),
        ("👨‍👩‍👧‍👦" * 20, "at most 128"),
        ("x" * 129, "at most 128"),
        ("é" * 20, ""),
        ("\0" * 20, ""),
        (" " * 20, ""),
        ("\ud800" * 20, ""),
        ("password1234", ""),
    ],
)
def test_a_weak_or_strange_password_is_refused_with_the_reason(
    anybody: Person, password: str, word: str
) -> None:
    body = json.dumps(registration(password=password))
    response = send(anybody, "POST", "/api/auth/register", body)
    refused(response, (422,), word)
    change = json.dumps({"current_password": PASSWORD, "new_password": password})
    refused(send(anybody, "POST", "/api/auth/password", change), (422,), word)


def test_twenty_different_emoji_are_a_password_like_any_other(app: Flask) -> None:
    password = "".join(chr(0x1F600 + 3 * n % 50) for n in range(20))
    response = app.test_client().post(
        "/api/auth/register", json=registration(password=password, username="emoji")
    )
    assert response.status_code in (201, 422)
    if response.status_code == 201:
        body = {"username": "emoji", "password": password}
        assert app.test_client().post("/api/auth/login", json=body).status_code == 200


@pytest.mark.parametrize("login", ["\ud800", "\0", "x" * 121, "@", "a@\0", "' OR 1=1", "😀" * 40])
def test_no_login_name_breaks_signing_in(person: Person, login: str) -> None:
    for name in ("email", "username"):
        body = json.dumps({name: login, "password": "\ud800"})
        refused(send(person, "POST", "/api/auth/login", body), (401, 422))


@pytest.mark.parametrize(
    "amounts",
    [
        [(9_000_000_000.0, "Wh"), (9_999_999_999.9999, "Wh")],
        [(0.0001, "BTU"), (0.0001, "Wh"), (0, "kWh")],
    ],
)
def test_extreme_records_that_are_accepted_can_be_read_in_every_way(
    app: Flask, amounts: list[tuple[float, str]]
) -> None:
    person = new_person(app)
    for amount, unit in amounts:
        kind = "gas" if unit == "BTU" else "electricity"
        for dates in (
            {"consumption_date": "1910-01-07", "period_start": "1900-01-01"},
            {"consumption_date": "2024-02-29"},
        ):
            person.record(amount, unit=unit, consumption_type=kind, **dates)
    check_reads(person)
    wide = {"date_from": "1900-01-01", "date_to": "2200-12-31", "compare": "last_year"}
    for group in ("month", "year"):
        response = person.get(f"{PATH}/analytics", query_string=wide | {"group_by": group})
        assert response.status_code == 200
