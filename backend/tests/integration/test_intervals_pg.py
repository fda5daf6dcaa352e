"""Interval data through the API on PostgreSQL, where arrays travel in its own format."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from app.services.rebuild import rebuild
from tests.factories import Person
from tests.importing import of_person
from tests.intervals import interval_meter, projected


def message(hour: int, amounts: list[Any]) -> dict[str, Any]:
    start = datetime(2026, 3, 27, 23, tzinfo=UTC) + timedelta(hours=hour)
    return {
        "start": start.isoformat(), "step_seconds": 3600, "unit": "kWh", "amounts": amounts,
    }  # fmt: skip


def test_what_devices_send_at_once_is_all_there(pg_person: Person) -> None:
    meter = interval_meter(pg_person)
    path = f"/api/meters/{meter}"

    def send(hour: int) -> int:
        body = message(hour, [hour + 0.5, None])
        return pg_person.post(f"{path}/intervals", json=body).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(send, [*range(47), *range(47)])) == {200}
    found = pg_person.get(f"{path}/series?from=2026-03-28&to=2026-03-29").get_json()
    assert found["amount"] == [hour + 0.5 for hour in range(47)]
    assert found["quality"] is None
    items = pg_person.get("/api/imports").get_json()["items"]
    assert [item["format"] for item in items] == ["device"]
    fix = {"from": "2026-03-28T10:00:00Z", "to": "2026-03-28T12:00:00Z", "action": "set_missing"}
    made = pg_person.post(f"{path}/corrections", json=fix).get_json()
    quality = pg_person.get(f"{path}/quality").get_json()
    assert (quality["expected"], quality["measured"], quality["gap_count"]) == (47, 45, 1)
    hours = pg_person.get(f"{path}/profile").get_json()["hours"]
    assert hours[0][11:13] == [None, None]
    before = projected(pg_person, meter)
    with of_person(pg_person) as session:
        assert rebuild(session, write=False) == []
    assert pg_person.post(f"/api/imports/{made['import_id']}/undo").status_code == 200
    assert projected(pg_person, meter) != before
    days = pg_person.get(f"{path}/series?resolution=day&from=2026-03-28&to=2026-03-29").get_json()
    assert days["amount"] == [288.0, 816.5]
    with of_person(pg_person) as session:
        assert rebuild(session, write=False) == []
