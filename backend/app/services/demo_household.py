"""What the demonstration household uses: made up, and on each day the same at every run."""

import math
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from app.utils.periods import day_bounds, steps_in_day

SEED = 20_260_301
SATURDAY = 5
WORKDAY = (
    *(0.45, 0.42, 0.4, 0.4, 0.4, 0.5, 1.1, 1.7, 1.2, 0.7, 0.6, 0.6),
    *(0.8, 1.2, 1.0, 0.7, 0.6, 0.7, 1.2, 1.9, 2.4, 2.2, 1.5, 0.8),
)
"""How the use of electricity lies on the hours of a day at work."""
DAY_OFF = (
    *(0.6, 0.5, 0.45, 0.4, 0.4, 0.4, 0.5, 0.7, 1.1, 1.4, 1.4, 1.3),
    *(1.5, 2.0, 1.7, 1.2, 1.0, 1.0, 1.3, 1.7, 2.1, 2.0, 1.6, 1.0),
)
FLAT = (1.0,) * 24
STAY = (0, 0, 0, 0, 0, 0, 0, 2, 4, 3, 1, 1, 2, 3, 1, 0, 0, 1, 2, 3, 3, 2, 1, 0)
"""How water is used in the summer house while somebody is there."""
LEAK_FROM_DAY = 24
LEAK_M3 = 0.006
"""What runs through in an hour when the cistern does not close."""


def days(first: date, end: date) -> Iterator[date]:
    """Give the days from `first` to the one before `end`."""
    return (first + timedelta(days=number) for number in range((end - first).days))


def is_gap(day: date) -> bool:
    """Tell whether the smart meter was not heard of on a day."""
    return day.month % 2 == 1 and day.day in (3, 4)


def is_estimated(day: date) -> bool:
    """Tell whether the network estimated a day."""
    return day.month in (5, 11) and day.day in (10, 11)


def amount(value: float) -> Decimal:
    """Round as a person writes it down."""
    return Decimal(f"{value:.2f}")


def quarters(day: date, zone: str, step: int) -> list[float | None]:
    """Give the electricity of the home in kWh for each interval of a local day."""
    chance = _chance("quarters", day)
    hours = FLAT if _is_away(day) else DAY_OFF if day.weekday() >= SATURDAY else WORKDAY
    weights = [hours[hour] * chance.uniform(0.6, 1.4) for hour in _hours(day, zone, step)]
    share = _power(day, _chance("power", day)) / sum(weights)
    return [round(weight * share, 3) for weight in weights]


def litres(day: date) -> Decimal | None:
    """Give the water of the home, or None where nobody wrote it down."""
    chance = _chance("litres", day)
    if chance.random() < 0.01:
        return None
    if _is_away(day):
        return Decimal(chance.choice([0, 0, 0, 40]))
    garden = max(0.0, -_season(day) - 0.5) * 160
    weekend = 60 if day.weekday() >= SATURDAY else 0
    return Decimal(round(max(90.0, chance.gauss(330, 45) + garden + weekend)))


@cache
def gas(day: date) -> float:
    """Give the gas of the home in m³."""
    used = max(0.25, 1.5 + 2.6 * _season(day) + _chance("gas", day).gauss(0, 0.4))
    return used * (0.4 if _is_away(day) else 1)


def cabin_power(day: date) -> Decimal:
    """Give the electricity of the summer house in kWh."""
    chance = _chance("cabin", day)
    return amount(chance.uniform(4, 7) if _is_stay(day) else chance.uniform(0.7, 1.1))


def cabin_hours(day: date, zone: str, step: int) -> list[float | None]:
    """Give the water of the summer house in m³ for each interval of a local day."""
    leak = LEAK_M3 if day.month % 2 == 1 and day.day >= LEAK_FROM_DAY else 0.0
    if not _is_stay(day):
        return [leak] * steps_in_day(day, zone, step)
    chance = _chance("cabin water", day)
    return [
        round(leak + STAY[hour] * chance.uniform(0.004, 0.01), 3)
        for hour in _hours(day, zone, step)
    ]


def _chance(what: str, day: date) -> random.Random:
    return random.Random(f"{SEED} {what} {day}")  # noqa: S311


def _hours(day: date, zone: str, step: int) -> list[int]:
    """Give the hour on the clock at the start of each interval."""
    start = int(day_bounds(day, zone)[0].timestamp())
    count = steps_in_day(day, zone, step)
    if count * step == 86_400:
        return [index * step // 3_600 for index in range(count)]
    local = ZoneInfo(zone)
    instants = (datetime.fromtimestamp(start + index * step, UTC) for index in range(count))
    return [instant.astimezone(local).hour for instant in instants]


def _season(day: date) -> float:
    """Give 1 in the middle of January and -1 in the middle of July."""
    return math.cos((day.timetuple().tm_yday - 15) / 365.25 * 2 * math.pi)


def _is_away(day: date) -> bool:
    return (day.month == 8 and day.day <= 16) or (day.month == 12 and 26 <= day.day <= 30)


def _is_stay(day: date) -> bool:
    """Tell whether somebody is in the summer house."""
    return _is_away(day) or (day.weekday() >= SATURDAY and day.month in range(4, 11))


def _power(day: date, chance: random.Random) -> float:
    if _is_away(day):
        return 2.6 + chance.uniform(-0.3, 0.3)
    cooling = max(0.0, -_season(day) - 0.75) * 9
    weekend = 1.8 if day.weekday() >= SATURDAY else 0.0
    heat_pump = 1.5 if day >= date(day.year, 11, 20) else 0.0
    return max(1.0, 9.2 + 2.1 * _season(day) + cooling + weekend + heat_pump + chance.gauss(0, 1.3))
