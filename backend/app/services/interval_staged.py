"""The days of a file, as the reader staged them (`importers.staging`), compared and stored at once.

On PostgreSQL they are copied into a temporary table, because COPY straight into a table under
row level security is refused, and inserted from there; only days that several imports speak of
come to the client. The caller holds the meters (`meters.take`, in the order of their ids).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import text

from app.db import TenantSession
from app.importers import staging
from app.importers.blocks import DayBlock
from app.services import day_rows, interval_blocks, interval_compare, interval_days, meters
from app.services.interval_blocks import StoredRange
from app.services.interval_compare import Comparison
from app.services.interval_days import Counting

_CHUNK = 1 << 20
_CREATE = """
CREATE TEMPORARY TABLE IF NOT EXISTS staged_days (  -- no account_id: lives in one transaction
    channel integer NOT NULL, day date NOT NULL, step_seconds integer NOT NULL,
    lines integer NOT NULL, measured integer NOT NULL, total bigint NOT NULL,
    cost bigint NOT NULL, has_gaps boolean NOT NULL, is_estimated boolean NOT NULL,
    quality text, amounts float8[] NOT NULL
) ON COMMIT DROP;
CREATE TEMPORARY TABLE IF NOT EXISTS staged_meters (  -- no account_id either
    channel integer PRIMARY KEY, meter_id bigint NOT NULL
) ON COMMIT DROP;
CREATE TEMPORARY TABLE IF NOT EXISTS staged_shared (  -- no account_id either
    channel integer NOT NULL, day date NOT NULL, is_corrected boolean NOT NULL,
    is_hidden boolean NOT NULL
) ON COMMIT DROP;
TRUNCATE staged_days, staged_meters, staged_shared"""
# Days of which other imports that are done say something. They are hidden below a new block
# without gaps that is the highest, in a step that divides theirs.
_SHARE = text("""
INSERT INTO staged_shared (channel, day, is_corrected, is_hidden)
SELECT staged.channel, staged.day, max(i.rank) > 0,
    max(i.rank) = 0 AND max(i.id) < :import AND max(b.step_seconds % staged.step_seconds) = 0
FROM staged_days staged
JOIN staged_meters m ON m.channel = staged.channel
JOIN interval_blocks b ON b.account_id = :account AND b.meter_id = m.meter_id
    AND b.day = staged.day AND b.import_id <> :import
JOIN imports i ON i.account_id = b.account_id AND i.id = b.import_id AND i.status = 'done'
GROUP BY staged.channel, staged.day""")
_VALUES = "CASE WHEN has_gaps THEN array_replace(amounts, 'NaN', NULL) ELSE amounts END"
_INTO_BLOCKS = text(f"""
INSERT INTO interval_blocks
    (account_id, meter_id, day, import_id, step_seconds, amounts, quality, cost)
SELECT :account, m.meter_id, day, :import, step_seconds, {_VALUES}, quality,
    CASE WHEN cost <> :no_cost THEN cost / 100000.0 END
FROM staged_days JOIN staged_meters m USING (channel)""")  # noqa: S608 - constants
_STANDS = """(shared.day IS NULL
    OR shared.is_hidden AND NOT has_gaps AND coalesce(position('P' IN quality), 0) = 0)"""
_INTO_DAYS = text(f"""
INSERT INTO meter_days (account_id, meter_id, day, amount, source_count, record_count,
    estimated_count, step_seconds, profile, measured_steps, expected_steps, quality)
SELECT :account, m.meter_id, staged.day, total * 0.000000001, 1, 0,
    CASE WHEN is_estimated THEN 1 ELSE 0 END, step_seconds, {_VALUES}, measured,
    cardinality(amounts), CASE WHEN quality ~ '[^AN]' THEN quality END
FROM staged_days staged JOIN staged_meters m USING (channel)
LEFT JOIN staged_shared shared ON shared.channel = staged.channel AND shared.day = staged.day
WHERE {_STANDS} AND (measured > 0 OR quality LIKE '%P%')
ON CONFLICT (account_id, meter_id, day) DO UPDATE SET
    amount = excluded.amount, source_count = 1, record_count = 0,
    estimated_count = excluded.estimated_count, step_seconds = excluded.step_seconds,
    profile = excluded.profile, measured_steps = excluded.measured_steps,
    expected_steps = excluded.expected_steps, quality = excluded.quality""")  # noqa: S608
_OVERLAID = text(f"""
SELECT m.meter_id, staged.day FROM staged_days staged JOIN staged_meters m USING (channel)
JOIN staged_shared shared ON shared.channel = staged.channel AND shared.day = staged.day
WHERE NOT {_STANDS}  -- account_id: of this transaction alone
ORDER BY m.meter_id, staged.day""")  # noqa: S608
_COUNT = "CASE WHEN has_gaps THEN cardinality(array_remove(amounts, 'NaN'))" \
    " ELSE cardinality(amounts) END"  # fmt: skip
_COMPARED = text(f"""
SELECT m.meter_id, d.day IS NULL AND shared.is_corrected IS NOT TRUE AS is_new,
    NOT has_gaps AND d.step_seconds = staged.step_seconds AND d.profile = amounts AS is_same,
    sum({_COUNT}) AS intervals
FROM staged_days staged JOIN staged_meters m USING (channel)
LEFT JOIN staged_shared shared ON shared.channel = staged.channel AND shared.day = staged.day
LEFT JOIN meter_days d
    ON d.account_id = :account AND d.meter_id = m.meter_id AND d.day = staged.day
GROUP BY 1, 2, 3""")  # noqa: S608
_DIFFERENT = text(f"""
SELECT m.meter_id, staged.day, staged.step_seconds, {_VALUES} AS amounts
FROM staged_days staged JOIN staged_meters m USING (channel)
LEFT JOIN staged_shared shared ON shared.channel = staged.channel AND shared.day = staged.day
LEFT JOIN meter_days d
    ON d.account_id = :account AND d.meter_id = m.meter_id AND d.day = staged.day
WHERE (d.day IS NOT NULL OR shared.is_corrected)
    AND (NOT has_gaps AND d.step_seconds = staged.step_seconds AND d.profile = amounts)
        IS NOT TRUE
ORDER BY m.meter_id, staged.day""")  # noqa: S608
_BOUNDS = text(f"""
SELECT min(day) AS first, max(day) AS last, count(*) AS days,
    coalesce(sum({_COUNT}), 0) AS intervals
FROM staged_days JOIN staged_meters USING (channel)  -- account_id: of this transaction alone
""")  # noqa: S608


@dataclass(frozen=True, slots=True)
class Staged:
    """A staging file that this transaction can compare and store."""

    path: Path


def stage(session: TenantSession, path: Path) -> Staged:
    """Make a staging file ready; on PostgreSQL it is copied into a temporary table."""
    if session.on_postgresql:
        with session.driver() as connection, connection.cursor() as cursor, path.open("rb") as file:
            cursor.execute(_CREATE)
            with cursor.copy("COPY staged_days FROM STDIN (FORMAT BINARY)") as copy:
                while chunk := file.read(_CHUNK):
                    copy.write(chunk)
            cursor.execute("ANALYZE staged_days (channel, day)")
    return Staged(path)


def compare(
    session: TenantSession, staged: Staged, meter_ids: Mapping[int, int]
) -> dict[int, Comparison]:
    """Count what storing would add and change, by meter; writes nothing that stays.

    `meter_ids` says which meter each channel of the file goes to; other channels are left out.
    """
    if not session.on_postgresql:
        return {
            meter_id: interval_compare.compare(session, meter_id, blocks)
            for meter_id, blocks in _blocks(staged, meter_ids).items()
        }
    _assign(session, meter_ids, 0)
    found: dict[int, Comparison] = defaultdict(Comparison)
    for row in session.execute(_COMPARED, {"account": session.account_id}):
        if row.is_new:
            found[row.meter_id] += Comparison(added=int(row.intervals))
        elif row.is_same:
            found[row.meter_id] += Comparison(unchanged=int(row.intervals))
    rows = session.execute(_DIFFERENT, {"account": session.account_id})
    for meter_id, blocks in _by_meter(rows):
        found[meter_id] += interval_compare.compare(session, meter_id, blocks)
    return dict(found)


def store(
    session: TenantSession, import_id: int, staged: Staged, meter_ids: Mapping[int, int]
) -> StoredRange:
    """Store the days of a file as blocks of an import, and project them.

    Every channel that is stored has its own meter in `meter_ids`; others are left out. Raises
    Conflict when the import has a block of a day already.
    """
    if not session.on_postgresql:
        parts = [
            interval_blocks.store(session, import_id, meter_id, blocks)
            for meter_id, blocks in sorted(_blocks(staged, meter_ids).items())
        ]
        return _together(parts)
    _assign(session, meter_ids, import_id)
    parameters = {
        "account": session.account_id,
        "import": import_id,
        "no_cost": staging.NO_COST,
    }
    session.execute(_INTO_BLOCKS, parameters)
    session.execute(_INTO_DAYS, parameters)
    overlaid: dict[int, list[date]] = defaultdict(list)
    for meter_id, day in session.execute(_OVERLAID):
        overlaid[meter_id].append(day)
    for meter_id, days in overlaid.items():
        interval_days.project_days(session, meter_id, days, Counting(also=import_id))
    return _settle(session, sorted(set(meter_ids.values())))


def _settle(session: TenantSession, meter_ids: list[int]) -> StoredRange:
    """Let months and the meters' bounds follow."""
    found = session.execute(_BOUNDS).one()
    if found.days:
        day_rows.refresh_months(session, meter_ids, found.first, found.last)
        meters.refresh_bounds(session, meter_ids)
    return StoredRange(found.first, found.last, found.days, int(found.intervals))


def _assign(session: TenantSession, meter_ids: Mapping[int, int], import_id: int) -> None:
    """Say which channel is which meter, and find what others say of the same days."""
    with session.driver() as connection, connection.cursor() as cursor:
        cursor.execute("TRUNCATE staged_meters, staged_shared")
        cursor.execute(
            "INSERT INTO staged_meters SELECT * FROM unnest(%s::int[], %s::bigint[])",
            (list(meter_ids), list(meter_ids.values())),
        )
    # A dry run compares with everything, as an import that comes after all others.
    session.execute(_SHARE, {"account": session.account_id, "import": import_id})


def _by_meter(rows: Any) -> Iterator[tuple[int, list[DayBlock]]]:
    found: dict[int, list[DayBlock]] = defaultdict(list)
    for row in rows:
        found[row.meter_id].append(DayBlock("", row.day, row.step_seconds, row.amounts))
    yield from found.items()


def _blocks(staged: Staged, meter_ids: Mapping[int, int]) -> dict[int, list[DayBlock]]:
    found: dict[int, list[DayBlock]] = defaultdict(list)
    with staged.path.open("rb") as file:
        for day in staging.read(file):
            if day.channel in meter_ids:
                block = DayBlock(
                    *("", day.day, day.step_seconds, day.amounts, day.quality, day.cost)
                )
                found[meter_ids[day.channel]].append(block)
    return found


def _together(parts: list[StoredRange]) -> StoredRange:
    firsts = [part.first for part in parts if part.first]
    lasts = [part.last for part in parts if part.last]
    return StoredRange(
        min(firsts, default=None),
        max(lasts, default=None),
        sum(part.days for part in parts),
        sum(part.intervals for part in parts),
    )
