"""Pages of consumption records: a bounded index scan each, whatever the account's size."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, String, bindparam, func, select, tuple_

from app.db import Prepared, TenantSession, table_of
from app.errors import invalid_field
from app.models import Consumption
from app.services.consumption import Record
from app.services.meters import MeterState
from app.utils.codes import Code
from app.utils.cursors import InvalidCursor, decode, encode

RECORDS = table_of(Consumption)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which records; None means any. Dates are the record's last day, both ends included."""

    consumption_type: str | None = None
    meter_id: int | None = None
    import_id: int | None = None
    date_from: date | None = None
    date_to: date | None = None
    text: str | None = None

    def given(self) -> dict[str, Any]:
        """The filters that are set, by name."""
        return {name: getattr(self, name) for name in self.__slots__ if getattr(self, name)}


@dataclass(frozen=True, slots=True)
class Page:
    """A page; `total` is None when it was asked for by cursor."""

    rows: list[Record]
    total: int | None
    has_next: bool
    next_cursor: str | None


def by_number(
    session: TenantSession,
    filters: Filters,
    sort: str,
    page: int,
    per_page: int,
    known: list[MeterState],
) -> Page:
    """Give page `page` (from 1) with the exact total."""
    parameters = _parameters(session, filters) | {
        "count": per_page + 1,
        "skipped": (page - 1) * per_page,
    }
    statement = _statement(tuple(filters.given()), sort, False)
    rows = list(statement.rows(session, parameters))
    total = _total(session, filters, known)
    return _page(rows, per_page, sort, total)


def every(
    session: TenantSession, filters: Filters, sort: str, at_a_time: int
) -> Iterator[list[Record]]:
    """Give all records, `at_a_time`; in a transaction that sees one state they are all of it."""
    given = tuple(filters.given())
    parameters = _parameters(session, filters) | {"count": at_a_time}
    rows = list(_statement(given, sort, False).rows(session, parameters | {"skipped": 0}))
    key = _sort_column(sort).name
    while rows:
        yield rows
        if len(rows) < at_a_time:
            return
        place = {"after_key": getattr(rows[-1], key), "after_id": rows[-1].id}
        rows = list(_statement(given, sort, True).rows(session, parameters | place))


def by_cursor(
    session: TenantSession, filters: Filters, sort: str, cursor: str, per_page: int
) -> Page:
    """Give the page after a cursor. Raises Invalid for a cursor of another order."""
    parameters = _parameters(session, filters) | _after(cursor, sort) | {"count": per_page + 1}
    statement = _statement(tuple(filters.given()), sort, True)
    return _page(list(statement.rows(session, parameters)), per_page, sort, None)


def _page(rows: list[Record], per_page: int, sort: str, total: int | None) -> Page:
    has_next = len(rows) > per_page
    rows = rows[:per_page]
    cursor = encode([sort, str(_key_of(rows[-1], sort)), rows[-1].id]) if has_next else None
    return Page(rows, total, has_next, cursor)


def _key_of(row: Record, sort: str) -> object:
    key = getattr(row, _sort_column(sort).name)
    if isinstance(key, datetime):
        return key.astimezone(UTC).isoformat()
    return f"{key:f}" if isinstance(key, Decimal) else key


def _after(cursor: str, sort: str) -> dict[str, Any]:
    try:
        found_sort, key, record_id = decode(cursor, (str, str, int))
        if found_sort != sort:
            raise InvalidCursor("another order")
        written, read = _READERS[_sort_column(sort).name]
        if not written.match(key):
            raise InvalidCursor("another key")
        return {"after_key": read(key), "after_id": record_id}
    except (ValueError, ArithmeticError) as error:
        detail = "must be the next_cursor of a page with the same sort"
        raise invalid_field("?cursor", detail, Code.WRONG_CURSOR) from error


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


# Only what `_key_of` writes is read: no NaN, no exponent, no other spelling of a date.
_AMOUNT = re.compile(r"[0-9]{1,16}(\.[0-9]{1,9})?\Z", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_READERS: dict[str, tuple[re.Pattern[str], Callable[[str], Any]]] = {
    "consumption_date": (re.compile(_DATE.pattern + r"\Z", re.ASCII), date.fromisoformat),
    "base_amount": (_AMOUNT, Decimal),
    "created_at": (re.compile(_DATE.pattern + r"T.*\+00:00\Z", re.ASCII), _instant),
}


def _sort_column(sort: str) -> Any:
    name = sort.removeprefix("-")
    return RECORDS.c["base_amount" if name == "amount" else name]


@lru_cache(maxsize=256)
def _statement(given: tuple[str, ...], sort: str, is_cursor: bool) -> Prepared:
    column, descending = _sort_column(sort), sort.startswith("-")
    statement = _filtered(select(RECORDS), given)
    if is_cursor:
        place = tuple_(column, RECORDS.c.id)
        after = tuple_(
            bindparam("after_key", type_=column.type),
            bindparam("after_id", type_=RECORDS.c.id.type),
        )
        statement = statement.where(place < after if descending else place > after)
    else:
        statement = statement.offset(bindparam("skipped"))
    order = (column.desc(), RECORDS.c.id.desc()) if descending else (column, RECORDS.c.id)
    statement = statement.order_by(*order).limit(bindparam("count"))
    return Prepared(statement, is_generic=True)


def _filtered(statement: Select[Any], given: tuple[str, ...]) -> Select[Any]:
    conditions = {
        "consumption_type": RECORDS.c.consumption_type == bindparam("consumption_type"),
        "meter_id": RECORDS.c.meter_id == bindparam("meter_id"),
        "import_id": RECORDS.c.import_id == bindparam("import_id"),
        "date_from": RECORDS.c.consumption_date >= bindparam("date_from"),
        "date_to": RECORDS.c.consumption_date <= bindparam("date_to"),
        "text": func.lower(RECORDS.c.description).contains(
            func.lower(bindparam("text", type_=String)), escape="\\"
        ),
    }
    return statement.where(
        RECORDS.c.account_id == bindparam("account"), *(conditions[name] for name in given)
    )


def _parameters(session: TenantSession, filters: Filters) -> dict[str, Any]:
    given = filters.given()
    if "text" in given:
        given["text"] = _literal(given["text"])
    return {"account": session.account_id, **given}


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


@lru_cache(maxsize=64)
def _count_statement(given: tuple[str, ...]) -> Select[Any]:
    return _filtered(select(func.count()).select_from(RECORDS), given)


def _total(session: TenantSession, filters: Filters, known: list[MeterState]) -> int:
    """Count without reading records where the meters' own counters can tell."""
    given = filters.given()
    if given.keys() <= {"consumption_type", "meter_id"}:
        return sum(
            meter.record_count
            for meter in known
            if filters.consumption_type in (None, meter.consumption_type)
            and filters.meter_id in (None, meter.id)
        )
    return int(
        session.execute(_count_statement(tuple(given)), _parameters(session, filters)).scalar_one()
    )
