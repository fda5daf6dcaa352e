"""What the staged days of a file would do, counted in lines of the file; days that say nothing
new are left out.

Days without any data yet, and days that are the same, are told by SQL; the few others are
compared one by one. On SQLite all days are. The caller holds the meters.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice

from sqlalchemy import select

from app.db import TenantSession, table_of, tenant_filter
from app.importers import staging
from app.importers.blocks import DayBlock
from app.importers.staging import NO_COST, StagedDay
from app.models import Import, ImportStatus, IntervalBlock
from app.services import interval_compare
from app.services.interval_compare import Comparison
from app.services.interval_staged import Staged
from app.services.overlay import Layer
from app.utils.quality import ACTUAL

BLOCKS, IMPORTS = table_of(IntervalBlock), table_of(Import)
DAYS_AT_A_TIME = 400
Counts = dict[int, Comparison]

_CREATE = """
CREATE TEMPORARY TABLE IF NOT EXISTS staged_known (  -- no account_id: lives in one transaction
    channel integer, day date, is_same boolean
) ON COMMIT DROP;
TRUNCATE staged_known"""
_ASSIGN = "INSERT INTO staged_meters SELECT * FROM unnest(%s::int[], %s::bigint[])"
_KNOWN = """
INSERT INTO staged_known
SELECT s.channel, s.day, coalesce(
    d.step_seconds = s.step_seconds AND d.quality IS NOT DISTINCT FROM
        CASE WHEN s.quality ~ '[^AN]' THEN s.quality END
    AND d.profile = CASE WHEN s.has_gaps THEN array_replace(s.amounts, 'NaN', NULL)
        ELSE s.amounts END
    AND (s.cost = %(no_cost)s OR EXISTS (
        SELECT FROM interval_blocks b JOIN imports i
            ON i.account_id = b.account_id AND i.id = b.import_id
        WHERE b.account_id = %(account)s AND b.meter_id = m.meter_id AND b.day = s.day
            AND b.cost = s.cost / 100000.0 AND i.status = 'done')), false)
FROM staged_days s
JOIN staged_meters m ON m.channel = s.channel
LEFT JOIN meter_days d
    ON d.account_id = %(account)s AND d.meter_id = m.meter_id AND d.day = s.day
WHERE d.day IS NOT NULL OR EXISTS (
    SELECT FROM interval_blocks b
    WHERE b.account_id = %(account)s AND b.meter_id = m.meter_id AND b.day = s.day)"""
_COUNTS = """
SELECT s.channel, k.is_same, CAST(sum(s.lines) AS bigint)
FROM staged_days s LEFT JOIN staged_known k ON k.channel = s.channel AND k.day = s.day
GROUP BY s.channel, k.is_same"""
_OTHERS = """
SELECT s.channel, s.day, s.step_seconds, s.lines,
    CASE WHEN s.has_gaps THEN array_replace(s.amounts, 'NaN', NULL) ELSE s.amounts END,
    s.quality, CASE WHEN s.cost <> %(no_cost)s THEN s.cost / 100000.0 END
FROM staged_days s JOIN staged_known k ON k.channel = s.channel AND k.day = s.day
WHERE NOT k.is_same AND s.channel = %(channel)s
ORDER BY s.day"""
_DROP_SAME = """
DELETE FROM staged_days s USING staged_known k
WHERE k.channel = s.channel AND k.day = s.day AND k.is_same  -- account_id: of this transaction"""
_DROP = """
DELETE FROM staged_days WHERE channel = %s AND day = ANY(%s)  -- account_id: likewise"""


def settle(
    session: TenantSession, staged: Staged, meter_ids: Mapping[int, int | None]
) -> tuple[dict[int, Comparison], Staged]:
    """Count what storing would do to the lines of each channel, and leave out days that say
    nothing new.

    `meter_ids` has each channel's meter; None: it is new. Gives the counts by channel, and what
    is left to be stored.
    """
    if not session.on_postgresql:
        return _settle_one_by_one(session, staged, meter_ids)
    found: Counts = defaultdict(Comparison)
    known = {channel: meter for channel, meter in meter_ids.items() if meter is not None}
    with session.driver() as connection, connection.cursor() as cursor:
        cursor.execute(_CREATE)
        cursor.execute("TRUNCATE staged_meters")
        cursor.execute(_ASSIGN, (list(known), list(known.values())))
        cursor.execute(_KNOWN, {"account": session.account_id, "no_cost": NO_COST})
        counts = cursor.execute(_COUNTS).fetchall()
        if any(is_same for _, is_same, _ in counts):
            cursor.execute(_DROP_SAME)
    for channel, is_same, lines in counts:
        if is_same is None:
            found[channel] += Comparison(added=lines)
        elif is_same:
            found[channel] += Comparison(unchanged=lines)
        else:
            said = _compared(session, known[channel], _others(session, channel), found)
            nothing_new = [staged_day.day for staged_day, is_new in said if not is_new]
            with session.driver() as connection:
                connection.execute(_DROP, (channel, nothing_new))
    return dict(found), staged


def _others(session: TenantSession, channel: int) -> Iterator[StagedDay]:
    """Read the days that differ from what is shown, from the temporary tables."""
    parameters = {"no_cost": NO_COST, "channel": channel}
    with session.driver() as connection, connection.cursor() as cursor:
        rows = cursor.execute(_OTHERS, parameters).fetchall()
    for number, day, step, lines, amounts, quality, cost in rows:
        money = None if cost is None else Decimal(cost)
        yield StagedDay(number, day, step, lines, amounts, quality, money)


def _settle_one_by_one(
    session: TenantSession, staged: Staged, meter_ids: Mapping[int, int | None]
) -> tuple[dict[int, Comparison], Staged]:
    by_channel: dict[int, list[StagedDay]] = defaultdict(list)
    with staged.path.open("rb") as file:
        for row in staging.read(file):
            by_channel[row.channel].append(row)
    found: Counts = defaultdict(Comparison)
    silent: set[tuple[int, date]] = set()
    for channel, days in by_channel.items():
        meter_id = meter_ids[channel]
        if meter_id is None:
            found[channel] += Comparison(added=sum(row.lines for row in days))
            continue
        days.sort(key=lambda row: row.day)
        for row, is_new in _compared(session, meter_id, iter(days), found):
            if not is_new:
                silent.add((channel, row.day))
    rest = staged.path.with_suffix(".new")
    with staged.path.open("rb") as file, rest.open("wb") as out:
        staging.copy(file, out, lambda row: (row.channel, row.day) not in silent)
    return dict(found), Staged(rest)


def _compared(
    session: TenantSession, meter_id: int, days: Iterator[StagedDay], found: Counts
) -> Iterator[tuple[StagedDay, bool]]:
    """Count days that have data already; tell of each whether it says anything new."""
    while part := list(islice(days, DAYS_AT_A_TIME)):
        blocks = [_block(row) for row in part]
        compared = interval_compare.each(session, meter_id, blocks)
        costs = _known_costs(session, meter_id, blocks)
        for row, block, (intervals, shown) in zip(part, blocks, compared, strict=True):
            found[row.channel] += in_lines(row.lines, intervals)
            is_dearer = block.cost is not None and (block.day, block.cost) not in costs
            has_values = intervals.added or intervals.changed
            yield row, bool(has_values or is_dearer or _has_other_letters(block, shown))


def _known_costs(
    session: TenantSession, meter_id: int, blocks: Sequence[DayBlock]
) -> set[tuple[date, Decimal]]:
    if all(block.cost is None for block in blocks):
        return set()
    rows = session.execute(
        select(BLOCKS.c.day, BLOCKS.c.cost)
        .join(
            IMPORTS,
            (IMPORTS.c.account_id == BLOCKS.c.account_id) & (IMPORTS.c.id == BLOCKS.c.import_id),
        )
        .where(
            tenant_filter(BLOCKS, session),
            BLOCKS.c.meter_id == meter_id,
            BLOCKS.c.day.in_([block.day for block in blocks]),
            BLOCKS.c.cost.is_not(None),
            IMPORTS.c.status == ImportStatus.DONE,
        )
    )
    return {(row.day, row.cost) for row in rows}


def _block(staged: StagedDay) -> DayBlock:
    return DayBlock(
        channel=str(staged.channel),
        day=staged.day,
        step_seconds=staged.step_seconds,
        amounts=staged.amounts,
        quality=staged.quality,
        cost=staged.cost,
    )


def _has_other_letters(block: DayBlock, shown: Layer | None) -> bool:
    """Tell whether the same values have other letters, which the file then settles."""
    if shown is None or shown.step_seconds != block.step_seconds:
        return False
    return _letters(block.quality, block.amounts) != _letters(shown.quality, shown.amounts)


def _letters(quality: str | None, amounts: Sequence[float | None]) -> list[str]:
    letters = quality or ACTUAL * len(amounts)
    pairs = zip(letters, amounts, strict=False)
    return [letter for letter, amount in pairs if amount is not None]


def in_lines(lines: int, intervals: Comparison) -> Comparison:
    """Turn what happens to a day's intervals into what happens to the lines that they come from.

    The two are the same number except where a line was spread or several made one interval;
    then a change counts first.
    """
    changed = min(lines, intervals.changed)
    added = min(lines - changed, intervals.added)
    rest = lines - changed - added
    if not intervals.unchanged and rest:  # more lines than intervals: they share their fate
        changed, added = (changed + rest, added) if intervals.changed else (changed, added + rest)
        rest = 0
    return Comparison(added, changed, rest, min(intervals.conflicts, changed))
