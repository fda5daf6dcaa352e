"""The demonstration: three years of a home and a summer house, the same at every run, and a
guest who may look at them."""

import math
import random
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select

from app.auth.tokens import Keys
from app.config import Settings
from app.db import Database, TenantSession
from app.errors import Conflict, NotFound
from app.models import Consumption
from app.services import accounts, consumption, meter_admin, meters, sites, throttles
from app.services.consumption import Entry
from app.services.throttles import Limit
from app.utils.periods import add_months, local_today

YEARS = 3
SEED = 20_260_301
ROWS_AT_A_TIME = 1_000
CABIN = "Summer house"
ZONE = "Europe/Madrid"
OWNER_USER, GUEST_USER = "demo", "demo-guest"
ONE_DAY = timedelta(days=1)


def visit(
    db: Database, keys: Keys, settings: Settings, client: accounts.Client, now: datetime
) -> accounts.SignedIn:
    """Open a session for the guest; the first visit makes the household.

    Raises NotFound where DEMO_ACCOUNT is off, TooManyRequests when one address comes too often.
    """
    if not settings.demo_account:
        raise NotFound("There is no demonstration here.")
    limit = Limit(("demo", client.address), settings.register_limit_per_ip, timedelta(hours=1))
    with db.anonymous() as session:
        throttles.take(session, keys.throttle, [limit], now)
    if accounts.find_user(db, GUEST_USER) is None:
        _make_household(db, keys, settings, client, now)
    return accounts.sign_in_as(db, keys, settings, GUEST_USER, client, now)


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
    """Store the demonstration records up to yesterday and give how many.

    Does nothing and gives 0 where the account has records already.
    """
    if session.scalar(select(Consumption.id).limit(1)) is not None:
        return 0
    home = sites.list_all(session)[0]
    cabin = sites.create(session, {"name": CABIN, "occupants": 2})
    today = local_today(home.time_zone, now)
    first = add_months(today.replace(day=1), -12 * YEARS)
    chance = random.Random(SEED)  # noqa: S311
    entries = [
        *_home(session, home.id, first, today, chance),
        *_cabin(session, cabin.id, first, today, chance),
    ]
    for start in range(0, len(entries), ROWS_AT_A_TIME):
        consumption.batch(session, entries[start : start + ROWS_AT_A_TIME], [], [], now)
    return len(entries)


def _meter(session: TenantSession, site_id: int, name: str, kind: str, unit: str) -> int:
    if site_id == sites.list_all(session)[0].id:
        meter_id = meters.default_id(session, kind, unit)
        meter = meter_admin.get(session, meter_id)
        meter.name = name
        return meter_id
    fields = {"name": name, "consumption_type": kind, "unit": unit, "site_id": site_id}
    return meter_admin.create(session, fields).id


def _home(
    session: TenantSession, site_id: int, first: date, today: date, chance: random.Random
) -> Iterator[Entry]:
    power = _meter(session, site_id, "Main", "electricity", "kWh")
    water = _meter(session, site_id, "Kitchen riser", "water", "m³")
    gas = _meter(session, site_id, "Boiler", "gas", "m³")
    for day in _days(first, today):
        away = _is_away(day)
        if chance.random() > 0.012:  # now and then a day was not written down
            yield _entry(power, "electricity", "kWh", day, _power(day, away, chance))
        if chance.random() > 0.01:
            yield _entry(water, "water", "L", day, _litres(day, away, chance))
    for start, end in _bills(first, today):
        amount = sum(_gas(day, chance) for day in _days(start, end + ONE_DAY))
        yield _entry(gas, "gas", "m³", end, amount, start, "Bill")


def _cabin(
    session: TenantSession, site_id: int, first: date, today: date, chance: random.Random
) -> Iterator[Entry]:
    power = _meter(session, site_id, "Summer house power", "electricity", "kWh")
    water = _meter(session, site_id, "Summer house water", "water", "m³")
    gas = _meter(session, site_id, "Summer house gas", "gas", "m³")
    for day in _days(first, today):
        stay = _is_away(day) or (day.weekday() >= 5 and day.month in range(4, 11))
        yield _entry(
            power,
            "electricity",
            "kWh",
            day,
            chance.uniform(4, 7) if stay else chance.uniform(0.7, 1.1),
        )
        yield _entry(water, "water", "L", day, chance.uniform(180, 260) if stay else 0)
    for start, end in _bills(first, today):
        stays = sum(_is_away(day) or day.weekday() >= 5 for day in _days(start, end + ONE_DAY))
        amount = 0.5 + stays * chance.uniform(0.2, 0.4)
        yield _entry(gas, "gas", "m³", end, amount, start, "Bill")


def _days(first: date, end: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((end - first).days))


def _bills(first: date, today: date) -> Iterator[tuple[date, date]]:
    start = first
    while (end := add_months(start, 1) - ONE_DAY) < today:
        yield start, end
        start = end + ONE_DAY


def _season(day: date) -> float:
    """Give 1 in the middle of January and -1 in the middle of July."""
    return math.cos((day.timetuple().tm_yday - 15) / 365.25 * 2 * math.pi)


def _is_away(day: date) -> bool:
    return (day.month == 8 and day.day <= 16) or (day.month == 12 and 26 <= day.day <= 30)


def _power(day: date, away: bool, chance: random.Random) -> float:
    if away:
        return 2.6 + chance.uniform(-0.3, 0.3)
    cooling = max(0.0, -_season(day) - 0.75) * 9
    weekend = 1.8 if day.weekday() >= 5 else 0.0
    heat_pump = 1.5 if day >= date(day.year, 11, 20) else 0.0
    return max(1.0, 9.2 + 2.1 * _season(day) + cooling + weekend + heat_pump + chance.gauss(0, 1.3))


def _litres(day: date, away: bool, chance: random.Random) -> float:
    if away:
        return chance.choice([0, 0, 0, 40])
    garden = max(0.0, -_season(day) - 0.5) * 160
    return max(90.0, chance.gauss(330, 45) + garden + (60 if day.weekday() >= 5 else 0))


def _gas(day: date, chance: random.Random) -> float:
    return max(0.25, 1.5 + 2.6 * _season(day) + chance.gauss(0, 0.4)) * (
        0.4 if _is_away(day) else 1
    )


def _entry(
    meter_id: int,
    kind: str,
    unit: str,
    last: date,
    amount: float,
    first: date | None = None,
    description: str | None = None,
) -> Entry:
    shown = Decimal(round(amount)) if unit == "L" else Decimal(f"{amount:.2f}")
    return Entry(kind, shown, unit, first or last, last, meter_id, description)
