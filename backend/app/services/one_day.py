"""The most common write, a new record of one day, as one statement of PostgreSQL.

It takes the meter, stores the record and adds it to its day and month, which otherwise takes
four round trips. The rows are those that `meters.take` and `projection.apply` would write.
"""

from collections import namedtuple
from typing import Any, NamedTuple

from sqlalchemy import Text, bindparam, text

from app.db import BASE_AMOUNT, TYPED_AMOUNT, Prepared, TenantSession, table_of
from app.models import Consumption
from app.services.meters import TakenMeter
from app.utils.units import base_unit

_METER_COLUMNS = TakenMeter.__slots__
_RECORD_COLUMNS = table_of(Consumption).c.keys()
_SPLIT = len(_METER_COLUMNS)
_Record: Any = namedtuple("_Record", _RECORD_COLUMNS)  # type: ignore[misc]
_BY_ID = "id = :meter_id"
_DEFAULT = "is_default AND consumption_type = :consumption_type AND unit = :base_unit"
_STATEMENT = """
WITH meter AS (
    UPDATE meters SET
        revision = revision + 1,
        record_count = record_count + 1,
        first_day = least(first_day, CAST(:consumption_date AS date)),
        last_day = greatest(last_day, CAST(:consumption_date AS date))
    WHERE account_id = :account_id AND {condition}
    RETURNING id, consumption_type, unit, source, archived_at, (
        SELECT time_zone FROM sites
        WHERE sites.account_id = meters.account_id AND sites.id = meters.site_id
    ) AS time_zone
), record AS (
    INSERT INTO consumptions (account_id, user_id, meter_id, consumption_type, amount, unit,
        base_amount, consumption_date, description, created_at, updated_at)
    SELECT :account_id, :user_id, meter.id, :consumption_type, CAST(:amount AS numeric), :unit,
        CAST(:base_amount AS numeric), CAST(:consumption_date AS date), :description,
        CAST(:created_at AS timestamptz), CAST(:created_at AS timestamptz)
    FROM meter
    RETURNING *
), day AS (
    INSERT INTO meter_days
        (account_id, meter_id, day, amount, source_count, record_count, estimated_count)
    SELECT account_id, meter_id, consumption_date, base_amount, 1, 1, 0 FROM record
    ON CONFLICT (account_id, meter_id, day) DO UPDATE SET
        amount = meter_days.amount + excluded.amount,
        source_count = meter_days.source_count + 1,
        record_count = meter_days.record_count + 1
), month AS (
    INSERT INTO meter_months
        (account_id, meter_id, month, amount, record_count, estimated_count, day_mask)
    SELECT account_id, meter_id, CAST(:month AS date), base_amount, 1, 0,
        1 << (CAST(extract(day FROM consumption_date) AS int) - 1)
    FROM record
    ON CONFLICT (account_id, meter_id, month) DO UPDATE SET
        amount = meter_months.amount + excluded.amount,
        record_count = meter_months.record_count + 1,
        day_mask = meter_months.day_mask | excluded.day_mask
)
SELECT {columns} FROM meter, record
"""


class Written(NamedTuple):
    """The meter as it was found, for the rules that it sets, and the new record."""

    meter: TakenMeter
    record: Any


def _prepared(condition: str) -> Prepared:
    columns = [f"meter.{name} AS taken_{name}" for name in _METER_COLUMNS]
    columns += [f"record.{name}" for name in _RECORD_COLUMNS]
    statement = _STATEMENT.format(condition=condition, columns=", ".join(columns))
    types: dict[str, Any] = {
        "amount": TYPED_AMOUNT,
        "base_amount": BASE_AMOUNT,
        "description": Text,
    }
    return Prepared(text(statement).bindparams(*(bindparam(n, type_=t) for n, t in types.items())))


_INTO_METER, _INTO_DEFAULT = _prepared(_BY_ID), _prepared(_DEFAULT)


def write(session: TenantSession, typed: dict[str, Any], meter_id: int | None) -> Written | None:
    """Store a record of one day with the columns `typed`, or give None when there is no meter.

    The caller holds the record against the meter's rules and rolls back when it breaks them.
    """
    day = typed["consumption_date"]
    parameters = typed | {
        "meter_id": meter_id,
        "base_unit": base_unit(typed["unit"]),
        "month": day.replace(day=1),
    }
    row = (_INTO_DEFAULT if meter_id is None else _INTO_METER).row(session, parameters)
    if row is None:
        return None
    return Written(TakenMeter(*row[:_SPLIT]), _Record(*row[_SPLIT:]))
