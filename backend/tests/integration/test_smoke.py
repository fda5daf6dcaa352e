from tests.factories import Person


def test_a_record_shows_up_in_analytics(pg_person: Person) -> None:
    pg_person.record(12.5)
    found = pg_person.get("/api/consumption/analytics").get_json()
    assert [utility["total"] for utility in found["utilities"]] == [12.5]
