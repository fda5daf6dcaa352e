"""What one source says of a channel's local day, ready to be stored.

Files of many readings come as staged rows instead (`importers.staging`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.utils.periods import DAY_SECONDS

MAX_INTERVAL = 2_000_000.0
"""The largest amount of one interval, in kWh or m³: below 2^51 billionths, which a float8 holds
exactly, and a day of minutes adds up within 64 bits."""
MIN_STEP_SECONDS = 60


@dataclass(frozen=True, slots=True)
class DayBlock:
    """The intervals of one local day, from its first instant, in the meter's base unit.

    `amounts` has `utils.periods.steps_in_day` entries (92, 96 or 100 quarter hours; one for a
    step of a day); None is missing, never zero. `quality` has one letter an interval
    (`utils.quality`), MISSING where the amount is None; None when all are measured. `cost` is
    what the source says the day cost, in the currency of the import.
    """

    channel: str
    day: date
    step_seconds: int
    amounts: Sequence[float | None]
    quality: str | None = None
    cost: Decimal | None = None


def is_step(step_seconds: int) -> bool:
    """Tell whether intervals may have this length: whole minutes that divide 24 hours evenly."""
    return (
        MIN_STEP_SECONDS <= step_seconds <= DAY_SECONDS
        and step_seconds % MIN_STEP_SECONDS == 0
        and DAY_SECONDS % step_seconds == 0
    )
