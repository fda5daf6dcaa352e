"""What the tests of imports share: sending files, and looking at what is stored."""

import io
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from app.db import Base, TenantSession
from app.models import Consumption, Import, Meter, MeterDay, MeterMonth
from tests.conftest import state_of
from tests.factories import Person

PATH = "/api/imports"
HEADER = "date,electricity (kWh)"


def csv(*lines: str, header: str = HEADER) -> bytes:
    """A file of lines below a header."""
    return "\n".join([header, *lines, ""]).encode()


def send(
    person: Person,
    data: bytes,
    *,
    name: str = "records.csv",
    headers: dict[str, str] | None = None,
    **form: Any,
) -> TestResponse:
    """Import a file as a person."""
    parts = {key: "true" if value is True else str(value) for key, value in form.items()}
    return person.call(
        "POST",
        PATH,
        data={"file": (io.BytesIO(data), name), **parts},
        content_type="multipart/form-data",
        headers=headers or {},
    )


def imported(person: Person, data: bytes, **form: Any) -> dict[str, Any]:
    """Import a file that is taken, and give the answer."""
    response = send(person, data, **form)
    assert response.status_code in (200, 201), response.get_data(as_text=True)
    body: dict[str, Any] = response.get_json()
    return body


def refused(person: Person, data: bytes, status: int = 422, **form: Any) -> dict[str, Any]:
    """Import a file that is not taken, and give the problem; nothing is stored."""
    before = everything(person)
    response = send(person, data, **form)
    assert response.status_code == status, response.get_data(as_text=True)
    assert response.content_type == "application/problem+json"
    assert everything(person) == before
    body: dict[str, Any] = response.get_json()
    return body


def counts(
    added: int = 0, unchanged: int = 0, rejected: int = 0, ignored: int = 0
) -> dict[str, int]:
    """The counts of an answer."""
    return {
        "added": added,
        "changed": 0,
        "unchanged": unchanged,
        "rejected": rejected,
        "ignored": ignored,
    }


def of_person(person: Person) -> Any:
    """Open a transaction of a person's account."""
    return state_of(person.app).db.tenant(person.account["id"], person.user["id"])


def everything(person: Person) -> dict[str, list[Any]]:
    """Each row of every table that the person's account can see."""
    with of_person(person) as session:
        return {
            table.name: sorted(map(repr, session.execute(table.select())))
            for table in Base.metadata.sorted_tables
            if not session.on_postgresql or table.name not in ("throttles", "login_throttles")
        }


def _rows(session: TenantSession, model: Any, columns: Sequence[str]) -> list[Any]:
    chosen = [getattr(model, column) for column in columns]
    return sorted(tuple(row) for row in session.execute(select(*chosen)))


def days(person: Person) -> list[Any]:
    """The projection by day: meter, day, amount and counts."""
    with of_person(person) as session:
        return _rows(
            session,
            MeterDay,
            ("meter_id", "day", "amount", "source_count", "record_count", "estimated_count"),
        )


def months(person: Person) -> list[Any]:
    """The projection by month."""
    with of_person(person) as session:
        return _rows(
            session,
            MeterMonth,
            ("meter_id", "month", "amount", "record_count", "estimated_count", "day_mask"),
        )


def meters(person: Person) -> list[Any]:
    """What the meters say of their records."""
    with of_person(person) as session:
        rows = session.execute(
            select(Meter.id, Meter.name, Meter.record_count, Meter.first_day, Meter.last_day)
        )
        return sorted((tuple(row) for row in rows), key=lambda row: row[0])


def projection(person: Person) -> tuple[list[Any], list[Any], list[Any]]:
    """Days, months, and the meters that have records."""
    return days(person), months(person), [row for row in meters(person) if row[2]]


def records(person: Person) -> list[Any]:
    """The records as typed, with the names of their meters."""
    with of_person(person) as session:
        found = session.execute(
            select(
                Meter.name,
                Consumption.period_start,
                Consumption.consumption_date,
                Consumption.amount,
                Consumption.unit,
                Consumption.description,
                Consumption.base_amount,
            ).join(
                Meter,
                (Meter.account_id == Consumption.account_id) & (Meter.id == Consumption.meter_id),
            )
        )
        return sorted((tuple(row) for row in found), key=repr)


def import_count(person: Person) -> int:
    """How many imports the account has."""
    with of_person(person) as session:
        return len(session.scalars(select(Import.id)).all())
