"""NEM13: what an accumulation meter of the Australian market counted between two reads.

A 250 record gives the previous and the current read with their times, and the Quantity between
them, which holds every multiplier: that is what is taken, as a period from the day of the
previous read to the day before the current one, so that consecutive records tile time.
"""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal, InvalidOperation

from app.importers.nem_records import Record, day_of, refused, unit_of
from app.importers.series import Channel, Ignored, Period, Piece
from app.utils.units import ConsumptionType

_DIRECTIONS = {"E": "import", "I": "export"}


class State:
    """The channels of the records before."""

    def __init__(self) -> None:
        self._units: dict[str, str] = {}

    def take(self, record: Record) -> Iterator[Piece]:
        """Yield the channel of a 250 record when it is new, and its period."""
        nmi, suffix, serial = record.cell(1), record.cell(4), record.cell(6)
        unit = unit_of(record.cell(19))
        direction = _DIRECTIONS.get(record.cell(7).upper())
        if not nmi or not suffix:
            yield refused(record, "NMISuffix", "a 250 record needs an NMI and its suffix")
        elif unit is None and "VAR" in record.cell(19).upper():
            yield Ignored(1, f"{suffix}: reactive energy ({record.cell(19)})", record.line)
        elif unit is None:
            yield refused(record, "UOM", f"{record.cell(19)!r} is not Wh, kWh or MWh")
        elif direction is None:
            yield refused(record, "DirectionIndicator", f"{record.cell(7)!r} is neither E nor I")
        else:
            key = f"{nmi}:{suffix}"
            if key not in self._units:
                self._units[key] = unit
                name = f"NMI {nmi} {suffix}"
                electricity = ConsumptionType.ELECTRICITY
                yield Channel(key, name, electricity, unit, direction, serial or None)
            yield (
                _period(record, key)
                if self._units[key] == unit
                else refused(record, "UOM", f"{unit}, and {self._units[key]} before")
            )


def _period(record: Record, key: str) -> Piece:
    first, last = day_of(record.cell(9)), day_of(record.cell(14))
    if first is None:
        return refused(record, "PreviousRegisterReadDateTime", f"{record.cell(9)!r} is no time")
    if last is None:
        return refused(record, "CurrentRegisterReadDateTime", f"{record.cell(14)!r} is no time")
    if last <= first:
        return refused(record, "CurrentRegisterReadDateTime", "not a day after the previous read")
    try:
        quantity = Decimal(record.cell(18))
    except InvalidOperation:
        quantity = Decimal("NaN")
    if not quantity.is_finite() or not 0 <= quantity < Decimal("1e15"):
        detail = f"{record.cell(18)!r} is no amount of 0 or more"
        return refused(record, "Quantity", detail)
    return Period(
        key,
        first,
        last - timedelta(days=1),
        quantity,
        is_estimated=record.cell(15)[:1].upper() != "A",
        description=f"register {record.cell(8)} to {record.cell(13)}",
        line=record.line,
    )
