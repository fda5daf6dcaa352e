"""Managing a meter while others write to it, on PostgreSQL."""

import threading
import time

import psycopg
from sqlalchemy import select

from app.models import Meter
from app.postgres import Cluster
from app.services import meters
from tests.factories import Person
from tests.importing import of_person


def waits_for_a_lock(cluster: Cluster) -> bool:
    url = cluster.url("consumo_app").replace("+psycopg", "")
    with psycopg.connect(url, application_name="watcher") as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = 'consumo' AND wait_event_type = 'Lock'"
        ).fetchone()
    return row is not None and row[0] > 0


def revision(person: Person, meter_id: int) -> int:
    with of_person(person) as session:
        return session.scalars(select(Meter.revision).where(Meter.id == meter_id)).one()


def test_renaming_a_meter_that_is_written_to_raises_its_revision_once_more(
    cluster: Cluster, pg_person: Person
) -> None:
    """Two changes with one revision would leave an ETag that both states have."""
    meter_id = pg_person.record(1)["meter_id"]
    before = revision(pg_person, meter_id)
    path = f"/api/meters/{meter_id}"
    answers: list[int] = []
    with of_person(pg_person) as session:
        meters.take(session, meter_id)
        renaming = threading.Thread(
            target=lambda: answers.append(pg_person.patch(path, json={"name": "New"}).status_code)
        )
        renaming.start()
        while not waits_for_a_lock(cluster):
            time.sleep(0.01)
    renaming.join()
    assert answers == [200]
    assert revision(pg_person, meter_id) == before + 2
