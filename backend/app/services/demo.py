"""The demonstration: three years of a home and a summer house, and a guest who may look at them.

It has a meter of each kind: a smart one by the quarter hour, a water meter by the hour, a dial,
amounts by day and bills. Each visit brings it up to yesterday.
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from app.auth.tokens import Keys
from app.config import Settings
from app.db import Database, TenantSession
from app.errors import Conflict, NotFound
from app.importers.blocks import DayBlock
from app.models import RegisterRead, Source
from app.services import (
    accounts,
    consumption,
    demo_household,
    device_intervals,
    interval_blocks,
    meter_admin,
    meters,
    register_reads,
    sites,
    throttles,
)
from app.services.consumption import Entry
from app.services.interval_compare import Comparison
from app.services.meters import MeterState
from app.services.register_reads import Typed
from app.services.throttles import Limit
from app.utils.periods import add_months, local_today

YEARS = 3
ROWS_AT_A_TIME = 1_000
CABIN = "Summer house"
POWER, WATER, BILLS, GAS = "Main", "Kitchen riser", "Gas bills", "Boiler"
CABIN_POWER, CABIN_WATER = "Summer house power", "Summer house water"
METERS = {
    POWER: ("electricity", "kWh", Source.INTERVALS),
    WATER: ("water", "m³", Source.ENTRIES),
    BILLS: ("gas", "m³", Source.ENTRIES),
    GAS: ("gas", "m³", Source.REGISTER),
    CABIN_POWER: ("electricity", "kWh", Source.ENTRIES),
    CABIN_WATER: ("water", "m³", Source.INTERVALS),
}
DIAL_MONTHS = 12
"""For how long the gas is read at its dial; it came by bills before."""
READ_DAYS = (1, 11, 21)
READ_TIME = time(8)
FIRST_VALUE = Decimal("7421.500")
QUARTER, HOUR = 900, 3_600
ZONE = "Europe/Madrid"
OWNER_USER, GUEST_USER = "demo", "demo-guest"
ONE_DAY = timedelta(days=1)


def visit(
    db: Database, keys: Keys, settings: Settings, client: accounts.Client, now: datetime
) -> accounts.SignedIn:
    """Open a session for the guest; the first visit makes the household, later ones go on with it.

    Raises NotFound where DEMO_ACCOUNT is off, TooManyRequests when one address comes too often.
    """
    if not settings.demo_account:
        raise NotFound("There is no demonstration here.")
    limit = Limit(("demo", client.address), settings.register_limit_per_ip, timedelta(hours=1))
    with db.anonymous() as session:
        throttles.take(session, keys.throttle, [limit], now)
    if accounts.find_user(db, GUEST_USER) is None:
        _make_household(db, keys, settings, client, now)
    signed_in = accounts.sign_in_as(db, keys, settings, GUEST_USER, client, now)
    with db.tenant(signed_in.account.id, signed_in.user.id) as session:
        fill(session, now)
    return signed_in


def make(
    db: Database,
    keys: Keys,
    settings: Settings,
    password: str,
    client: accounts.Client,
    now: datetime,
) -> int:
    """Make the household's owner with a password, and its data; gives how many records.

    Raises Conflict when it is there already.
    """
    wanted = accounts.Registration(
        OWNER_USER, f"{OWNER_USER}@consumo.example", password, "Demo", None, ZONE, "EUR", "en"
    )
    owner = accounts.register(db, keys, settings, wanted, client, now)
    with db.tenant(owner.account.id, owner.user.id) as session:
        count = fill(session, now)
        accounts.add_guest(session, GUEST_USER, f"{GUEST_USER}@consumo.example")
    return count


def _make_household(
    db: Database, keys: Keys, settings: Settings, client: accounts.Client, now: datetime
) -> None:
    # Two first visitors at once: one makes it, the other finds the names taken.
    with suppress(Conflict):
        make(db, keys, settings, secrets.token_urlsafe(24), client, now)


def fill(session: TenantSession, now: datetime) -> int:
    """Store what the demonstration lacks up to yesterday, and give how many records that were.

    Does nothing and gives 0 where the account has other meters.
    """
    home = sites.list_all(session)[0]
    today = local_today(home.time_zone, now)
    known = _known(session)
    if not known:
        _make_meters(session, home.id)
    elif not _is_ours(known) or _is_up_to_date(known, today):
        return 0
    else:
        meters.take(session, known[POWER].id)  # two visitors at once: the second waits
    known = _known(session)
    first = add_months(today.replace(day=1), -12 * YEARS)
    for name, step in ((POWER, QUARTER), (CABIN_WATER, HOUR)):
        _store_blocks(session, known[name], _blocks(known[name], step, first, today), now)
    _store_reads(session, known[GAS], today, now)
    entries = list(_entries(known, first, today))
    for start in range(0, len(entries), ROWS_AT_A_TIME):
        consumption.batch(session, entries[start : start + ROWS_AT_A_TIME], [], [], now)
    if entries and known[BILLS].archived_at is None:
        meter_admin.get(session, known[BILLS].id).archived_at = now
    return len(entries)


def _known(session: TenantSession) -> dict[str, MeterState]:
    return {meter.name: meter for meter in meters.states(session)}


def _is_ours(known: Mapping[str, MeterState]) -> bool:
    return all(name in known and known[name].source == METERS[name][2] for name in METERS)


def _is_up_to_date(known: Mapping[str, MeterState], today: date) -> bool:
    last = known[WATER].last_day
    return last is not None and last >= today - ONE_DAY


def _make_meters(session: TenantSession, home_id: int) -> None:
    cabin = sites.create(session, {"name": CABIN, "occupants": 2})
    for name, (kind, unit, source) in METERS.items():
        site_id = cabin.id if name in (CABIN_POWER, CABIN_WATER) else home_id
        fields = {"name": name, "consumption_type": kind, "unit": unit, "source": source}
        meter = meter_admin.create(session, fields | {"site_id": site_id})
        if name == GAS:
            meter.register_digits = 5
    session.flush()


def _next_day(meter: MeterState, first: date) -> date:
    return first if meter.last_day is None else max(first, meter.last_day + ONE_DAY)


def _blocks(meter: MeterState, step: int, first: date, today: date) -> Iterator[DayBlock]:
    for day in demo_household.days(_next_day(meter, first), today):
        if meter.name == CABIN_WATER:
            yield DayBlock("", day, step, demo_household.cabin_hours(day, meter.time_zone, step))
        elif not demo_household.is_gap(day):
            amounts = demo_household.quarters(day, meter.time_zone, step)
            letters = "E" * len(amounts) if demo_household.is_estimated(day) else None
            yield DayBlock("", day, step, amounts, letters)


def _store_blocks(
    session: TenantSession, meter: MeterState, blocks: Iterator[DayBlock], now: datetime
) -> None:
    found = list(blocks)
    if not found:
        return
    record = device_intervals.own_import(session, meters.take(session, meter.id), now)
    stored = interval_blocks.store(session, record.id, meter.id, found, is_update=True)
    device_intervals.count(record, Comparison(added=stored.intervals), found)
    session.flush()


def _store_reads(session: TenantSession, meter: MeterState, today: date, now: datetime) -> None:
    last = session.scalar(
        select(func.max(RegisterRead.read_at)).where(RegisterRead.meter_id == meter.id)
    )
    zone = ZoneInfo(meter.time_zone)
    first = last.astimezone(zone).date() if last else add_months(today.replace(day=1), -DIAL_MONTHS)
    start = first if last is None else _dial_start(session, meter, zone)
    value = FIRST_VALUE
    for day in demo_household.days(start, today):
        if day.day in READ_DAYS and (last is None or day > first):
            read_at = datetime.combine(day, READ_TIME, zone)
            register_reads.create(session, meter.id, Typed(read_at, value), now)
        value += demo_household.amount(demo_household.gas(day))


def _dial_start(session: TenantSession, meter: MeterState, zone: ZoneInfo) -> date:
    at = session.scalars(
        select(func.min(RegisterRead.read_at)).where(RegisterRead.meter_id == meter.id)
    ).one()
    return at.astimezone(zone).date()


def _entries(known: Mapping[str, MeterState], first: date, today: date) -> Iterator[Entry]:
    water, cabin, bills = known[WATER], known[CABIN_POWER], known[BILLS]
    for day in demo_household.days(_next_day(water, first), today):
        litres = demo_household.litres(day)
        if litres is not None:
            yield Entry("water", litres, "L", day, day, water.id, None)
    for day in demo_household.days(_next_day(cabin, first), today):
        yield Entry("electricity", demo_household.cabin_power(day), "kWh", day, day, cabin.id, None)
    dial_start = add_months(today.replace(day=1), -DIAL_MONTHS)
    while bills.archived_at is None and first < dial_start:
        end = add_months(first, 1) - ONE_DAY
        used = sum(map(demo_household.gas, demo_household.days(first, end + ONE_DAY)))
        amount = demo_household.amount(used)
        yield Entry("gas", amount, "m³", first, end, bills.id, "Bill")
        first = end + ONE_DAY
