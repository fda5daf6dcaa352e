"""The time zone of interval data cannot change under it."""

import pytest

from tests.factories import Person

PATH = "/api/sites"


@pytest.fixture
def meter(person: Person) -> dict[str, int]:
    """A meter with one interval, at the account's first site."""
    body = {"name": "M", "consumption_type": "electricity", "source": "intervals"}
    made: dict[str, int] = person.post("/api/meters", json=body).get_json()
    sent = {"start": "2026-01-05T00:00:00Z", "step_seconds": 3600, "unit": "kWh", "amounts": [1]}
    stored = person.post(f"/api/meters/{made['id']}/intervals", json=sent)
    assert stored.status_code == 200, stored.get_json()
    return made


def test_a_site_with_interval_data_keeps_its_zone(person: Person, meter: dict[str, int]) -> None:
    path = f"{PATH}/{meter['site_id']}"
    zone = person.get(path).get_json()["time_zone"]
    refused = person.patch(path, json={"time_zone": "Asia/Kathmandu"})
    assert (refused.status_code, refused.get_json()["code"]) == (409, "zone-stays")
    assert refused.get_json()["errors"][0]["pointer"] == "/time_zone"
    assert person.get(path).get_json()["time_zone"] == zone
    assert person.patch(path, json={"time_zone": zone, "name": "Other"}).status_code == 200


def test_a_meter_with_interval_data_moves_within_its_zone_only(
    person: Person, meter: dict[str, int]
) -> None:
    zone = person.get(f"{PATH}/{meter['site_id']}").get_json()["time_zone"]
    same = person.post(PATH, json={"name": "Same", "time_zone": zone}).get_json()
    other = person.post(PATH, json={"name": "Far", "time_zone": "Asia/Kathmandu"}).get_json()
    path = f"/api/meters/{meter['id']}"
    refused = person.patch(path, json={"site_id": other["id"]})
    assert (refused.status_code, refused.get_json()["code"]) == (409, "zone-stays")
    assert person.patch(path, json={"site_id": same["id"]}).get_json()["site_id"] == same["id"]


def test_a_meter_without_data_moves_anywhere(person: Person) -> None:
    other = person.post(PATH, json={"name": "Far", "time_zone": "Asia/Kathmandu"}).get_json()
    body = {"name": "M", "consumption_type": "electricity", "source": "intervals"}
    made = person.post("/api/meters", json=body).get_json()
    moved = person.patch(f"/api/meters/{made['id']}", json={"site_id": other["id"]})
    assert moved.get_json()["site_id"] == other["id"]
