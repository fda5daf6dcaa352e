"""What devices send in line protocol: in any order and as often as they like, the same state."""

import gzip
import random
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.models import MeterDay
from tests.attack.test_forged_api_keys import make_key
from tests.factories import Person, new_person
from tests.importing import everything, of_person

START = 1_772_319_600  # 2026-03-01T00:00:00+01:00


def meter(person: Person, name: str = "Heat pump") -> int:
    """Make a meter that is fed by intervals."""
    body = {"name": name, "consumption_type": "electricity", "source": "intervals"}
    response = person.post("/api/meters", json=body)
    assert response.status_code == 201, response.get_data(as_text=True)
    return int(response.get_json()["id"])


def write(app: Flask, key: str, text: str | bytes, **options: Any) -> TestResponse:
    """Send line protocol in seconds, as Telegraf sends its token."""
    path = options.pop("path", "/api/write?precision=s")
    headers = {"Authorization": f"Token {key}"} | options.pop("headers", {})
    return app.test_client().post(path, data=text, headers=headers, **options)


def line(place: int, amount: float, name: str = r"Heat\ pump", **tags: str) -> str:
    """One quarter hour of 1 March 2026."""
    more = "".join(f",{key}={value}" for key, value in tags.items())
    return f"energy,meter={name},step=900{more} amount={amount} {START + place * 900}"


def profile(person: Person) -> dict[Any, Any]:
    """The days of the person's meters."""
    with of_person(person) as session:
        rows = session.execute(select(MeterDay.day, MeterDay.profile, MeterDay.amount))
        return {row.day: (row.profile, row.amount) for row in rows}


@pytest.fixture
def key(pg_person: Person) -> str:
    """A key that writes."""
    return str(make_key(pg_person, scopes=["intervals:write"])["key"])


def test_points_become_intervals(pg_app: Flask, pg_person: Person, key: str) -> None:
    meter(pg_person)
    text = "\n".join(line(n, n / 4) for n in range(96))
    response = write(pg_app, key, text)
    assert (response.status_code, response.data) == (204, b"")
    [(values, amount)] = profile(pg_person).values()
    assert values == [n / 4 for n in range(96)]
    assert float(amount) == sum(range(96)) / 4


def test_units_and_packed_bodies(pg_app: Flask, pg_person: Person, key: str) -> None:
    meter(pg_person)
    body = gzip.compress(line(0, 250, unit="Wh").encode())
    path = "/api/v2/write?bucket=b&org=o&precision=s"
    response = write(pg_app, key, body, path=path, headers={"Content-Encoding": "gzip"})
    assert response.status_code == 204, response.get_data(as_text=True)
    [(values, _)] = profile(pg_person).values()
    assert values[:2] == [0.25, None]


def test_late_repeated_and_shuffled_points_end_in_the_same_state(pg_app: Flask) -> None:
    people = [new_person(pg_app) for _ in range(4)]
    lines = [line(n, n + 0.5) for n in range(0, 150, 1)]
    for number, person in enumerate(people):
        meter(person)
        key = make_key(person, scopes=["intervals:write"])["key"]
        shuffled = lines + lines[:20] * min(number, 1)
        random.Random(number).shuffle(shuffled)
        size = (150, 7, 40, 1)[number] if number < 3 else 40
        for part in parts_of(shuffled, size):
            assert write(pg_app, key, "\n".join(part)).status_code == 204
    states = [profile(person) for person in people]
    assert len(states[0]) == 2
    assert all(state == states[0] for state in states)


def parts_of(lines: list[str], size: int) -> list[list[str]]:
    """Cut a list into parts."""
    return [lines[i : i + size] for i in range(0, len(lines), size)]


BAD = {
    "no meter": ("energy,step=900 amount=1 1772319600", "#line/2/meter", 422),
    "no step": (r"energy,meter=Heat\ pump amount=1 1772319600", "#line/2/step", 422),
    "no amount": (r"energy,meter=Heat\ pump,step=900 value=1 1772319600", "#line/2/amount", 422),
    "a text": (r'energy,meter=Heat\ pump,step=900 amount="1" 1772319600', "#line/2/amount", 422),
    "no time": (r"energy,meter=Heat\ pump,step=900 amount=1", "#line/2/timestamp", 422),
    "beyond time": (
        r"energy,meter=Heat\ pump,step=900 amount=1 9999999999999", "#line/2/timestamp", 422,
    ),
    "no point": ("energy", "#line/2", 422),
    "off step": (r"energy,meter=Heat\ pump,step=900 amount=1 1772319601", "#line/2/start", 422),
    "odd step": (
        r"energy,meter=Heat\ pump,step=7 amount=1 1772319600", "#line/2/step_seconds", 422,
    ),
    "litres": (r"energy,meter=Heat\ pump,step=900,unit=L amount=1 1772319600", "#line/2/unit", 422),
    "negative": (r"energy,meter=Heat\ pump,step=900 amount=-1 1772319600", "#line/2/amount", 422),
    "huge": (r"energy,meter=Heat\ pump,step=900 amount=1e99 1772319600", "#line/2/amount", 422),
    "tiny": (r"energy,meter=Heat\ pump,step=900 amount=1e-99 1772319600", "#line/2/amount", 422),
    "no such meter": ("energy,meter=Pump,step=900 amount=1 1772319600", None, 404),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_line_is_named_and_nothing_is_stored(
    pg_app: Flask, pg_person: Person, key: str, name: str
) -> None:
    meter(pg_person)
    text, pointer, status = BAD[name]
    assert write(pg_app, key, line(5, 1)).status_code == 204  # the key is used, the import made
    before = everything(pg_person)
    response = write(pg_app, key, f"{line(0, 1)}\n{text}")
    assert response.status_code == status, response.get_data(as_text=True)
    assert everything(pg_person) == before
    problem = response.get_json()
    if pointer is None:
        assert "line 2" in problem["detail"]
    else:
        assert [item["pointer"] for item in problem["errors"]] == [pointer]


def test_a_key_for_one_meter_writes_no_other(pg_app: Flask, pg_person: Person) -> None:
    mine, other = meter(pg_person), meter(pg_person, "Other")
    key = make_key(pg_person, scopes=["intervals:write"], meter_id=mine)["key"]
    assert write(pg_app, key, line(0, 1)).status_code == 204
    refused = write(pg_app, key, line(0, 1, name="Other"))
    assert refused.status_code == 404
    both = write(pg_app, key, f"{line(1, 1)}\n{line(0, 1, name='Other')}")
    assert both.status_code == 404
    headers = {"Authorization": f"Bearer {key}"}
    body = {"start": datetime.fromtimestamp(START).astimezone().isoformat(),
            "step_seconds": 900, "unit": "kWh", "amounts": [1]}  # fmt: skip
    for meter_id, status in ((mine, {200, 201}), (other, {404})):
        path = f"/api/meters/{meter_id}/intervals"
        answer = pg_app.test_client().post(path, json=body, headers=headers)
        assert answer.status_code in status, answer.get_data(as_text=True)
    [(values, _)] = profile(pg_person).values()
    assert [value for value in values if value is not None] == [1]


@pytest.mark.parametrize("scopes", [["read"], []])
def test_who_may_not_write(pg_app: Flask, pg_person: Person, scopes: list[str]) -> None:
    meter(pg_person)
    key = make_key(pg_person, scopes=scopes)["key"] if scopes else "csm_1_1_" + "A" * 43
    assert write(pg_app, key, line(0, 1)).status_code == (403 if scopes else 401)
    assert profile(pg_person) == {}


def test_bodies_that_are_none(pg_app: Flask, key: str) -> None:
    gz = {"Content-Encoding": "gzip"}
    bomb = gzip.compress(b"#" * (64 << 20))
    assert write(pg_app, key, "").status_code == 204
    assert write(pg_app, key, b"\xff\xfe").status_code == 400
    assert write(pg_app, key, "m a=1 \0").status_code == 400
    assert write(pg_app, key, b"no gzip", headers=gz).status_code == 400
    assert write(pg_app, key, gzip.compress(b"# x" * 99)[:-5], headers=gz).status_code == 400
    assert write(pg_app, key, bomb, headers=gz).status_code == 413
    assert write(pg_app, key, "", headers={"Content-Encoding": "br"}).status_code == 415
    assert write(pg_app, key, "", path="/api/write?precision=h").status_code == 422
