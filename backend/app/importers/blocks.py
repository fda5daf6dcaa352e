"""Day grids: what a file says of one channel's local days, ready to be stored.

`DayBlock` is one day with plain values; `MeterBlocks` holds many days of one channel in NumPy
arrays, for files of a million readings. NumPy itself is not imported here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from app.utils.periods import DAY_SECONDS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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


@dataclass(frozen=True, slots=True)
class MeterBlocks:
    """Many local days of one channel with one step, in the meter's base unit.

    `days` are proleptic ordinals (`date.toordinal`), ascending, each once. `amounts` is flat: the
    values of day i are `amounts[offsets[i]:offsets[i + 1]]` (NaN: missing), `steps_in_day` of
    them, and `offsets` begins with 0 and has one entry more than `days`. `quality` has the
    letters of each day, or None for a day of measured values only; None when that is all days.
    `costs` are a day's costs (NaN: none), or None.
    """

    channel: str
    step_seconds: int
    days: "NDArray[np.int64]"
    amounts: "NDArray[np.float64]"
    offsets: "NDArray[np.int64]"
    quality: Sequence[str | None] | None = None
    costs: "NDArray[np.float64] | None" = None


def is_step(step_seconds: int) -> bool:
    """Tell whether intervals may have this length: whole minutes that divide 24 hours evenly."""
    return (
        MIN_STEP_SECONDS <= step_seconds <= DAY_SECONDS
        and step_seconds % MIN_STEP_SECONDS == 0
        and DAY_SECONDS % step_seconds == 0
    )
