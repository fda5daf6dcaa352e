"""What the tests of interval data share: meters, imports, blocks, and looking at the projection."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from sqlalchemy import select

from app.db import TenantSession
from app.importers.blocks import DayBlock
from app.models import Import, Meter, MeterDay, MeterMonth
from app.services import interval_blocks, meters
from tests.factories import Person
from tests.importing import of_person

_numbers = count(1)
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def interval_meter(person: Person, name: str = "Smart", kind: str = "electricity") -> int:
    """Make a meter that is fed by intervals."""
    body = {"name": name, "consumption_type": kind, "source": "intervals"}
    response = person.post("/api/meters", json=body)
    assert response.status_code == 201, response.get_data(as_text=True)
    return int(response.get_json()["id"])


def new_meter(session: TenantSession) -> int:
    """Make a meter that is fed by intervals, under any name."""
    made = meters.create(session, f"Meter {next(_numbers)}", "electricity", "kWh")
    session.scalars(select(Meter).where(Meter.id == made)).one().source = "intervals"
    session.flush()
    return made


def new_import(session: TenantSession, rank: int = 0, status: str = "done") -> int:
    """Make an import without any data."""
    record = Import(
        account_id=session.account_id,
        file_name="f.csv",
        sha256="0" * 64,
        size_bytes=0,
        format="correction" if rank else "test",
        mode="all",
        status=status,
        counts={},
        meters=[],
        warnings=[],
        problems=[],
        created_by=session.user_id,
        created_at=NOW,
        rank=rank,
    )
    session.add(record)
    session.flush()
    return record.id


def block(
    day: date, amounts: Sequence[float | None], step: int = 3600, quality: str | None = None
) -> DayBlock:
    """A block of a day."""
    return DayBlock("c", day, step, list(amounts), quality)


def stored(person: Person, meter_id: int, blocks: Sequence[DayBlock], rank: int = 0) -> int:
    """Store blocks as an import of their own and give its id."""
    with of_person(person) as session:
        meters.take(session, meter_id)
        import_id = new_import(session, rank)
        interval_blocks.store(session, import_id, meter_id, blocks)
    return import_id


def undone(person: Person, import_id: int) -> None:
    """Take an import back."""
    with of_person(person) as session:
        interval_blocks.withdraw(session, import_id)
        session.scalars(select(Import).where(Import.id == import_id)).one().status = "undone"


def rows_of(session: TenantSession, meter_id: int) -> tuple[list[Any], list[Any]]:
    """Whole rows of days and months of a meter."""
    days = select(MeterDay.__table__).where(  # type: ignore[arg-type]
        MeterDay.__table__.c.account_id == session.account_id,
        MeterDay.__table__.c.meter_id == meter_id,
    )
    months = select(MeterMonth.__table__).where(  # type: ignore[arg-type]
        MeterMonth.__table__.c.account_id == session.account_id,
        MeterMonth.__table__.c.meter_id == meter_id,
    )
    return (
        sorted(map(tuple, session.execute(days)), key=lambda row: row[2]),
        sorted(map(tuple, session.execute(months)), key=lambda row: row[2]),
    )


def projected(person: Person, meter_id: int) -> tuple[list[Any], list[Any]]:
    """Whole rows of days and months of a meter."""
    with of_person(person) as session:
        return rows_of(session, meter_id)
