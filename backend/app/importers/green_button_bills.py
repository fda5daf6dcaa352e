"""Billing summaries of Green Button (UsageSummary, before 3.3 ElectricPowerUsageSummary)."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from app.importers import green_button_codes as codes
from app.importers.green_button_clock import nearest_day
from app.importers.green_button_links import key_of, name_of
from app.importers.green_button_xml import Entry, Thing
from app.importers.series import Channel, Currency, Options, Period, Piece
from app.utils.quality import ESTIMATES
from app.utils.units import UNITS, ConsumptionType

_SHORTEST_DAY = 82_800
_MILLISECONDS = 10**11
_OVERALL = "overallConsumptionLastPeriod"


@dataclass(slots=True)
class Bills:
    """Turns summaries into periods on channels of their own; `currency` is the file's so far."""

    options: Options
    currency: str | None
    _announced: set[str] = field(default_factory=set)

    def pieces(self, summary: Thing, point: Thing | None) -> list[Piece] | str:
        """Return the bill's pieces, or why the summary is none.

        It is over the whole local days of billingPeriod; its cost is billLastPeriod.
        """
        start = summary.whole("billingPeriod/start")
        seconds = summary.whole("billingPeriod/duration")
        amount = summary.whole(f"{_OVERALL}/value")
        unit = codes.unit_of(summary.whole(f"{_OVERALL}/uom"))
        if not start or not seconds or seconds < _SHORTEST_DAY or amount is None or unit is None:
            return "a summary without billing period or consumption"
        start = start // 1000 if start > _MILLISECONDS else start
        kind = self._type(point, unit[0])
        if kind is None:
            return f"a summary in {unit[0]}: {codes.UNTOLD}"
        exponent = unit[1] + (summary.whole(f"{_OVERALL}/powerOfTenMultiplier") or 0)
        zone = self.options.time_zone
        if not -30 < exponent < 30 or start + seconds > 7_258_118_400:
            return "a summary of an amount or time out of bounds"
        first = nearest_day(start, zone)
        last = max(first, nearest_day(start + seconds, zone) - timedelta(days=1))
        key = f"{_key(point, summary, kind)}.bills"
        cost, pieces = self._cost(summary)
        if key not in self._announced:
            self._announced.add(key)
            pieces.append(Channel(key, f"{name_of(point, None, kind)} (bills)", kind, unit[0]))
        letter = codes.letter(summary.fields.get(f"{summary.kind}/qualityOfReading", ""))
        pieces.append(
            Period(
                key,
                first,
                last,
                Decimal(amount).scaleb(exponent),
                cost,
                is_estimated=letter in ESTIMATES,
                line=summary.line,
            )
        )
        return pieces

    def _type(self, point: Thing | None, unit: str) -> ConsumptionType | None:
        service = point.whole("ServiceCategory/kind") if point else None
        given = self.options.mapping.get("consumption_type")
        kind = codes.type_of(service, unit, ConsumptionType(given) if given else None)
        return kind if kind and unit in UNITS[kind] else None

    def _cost(self, summary: Thing) -> tuple[Decimal | None, list[Piece]]:
        """Return what the bill was, and the file's currency where it is told first here."""
        amount = summary.whole(f"{summary.kind}/billLastPeriod")
        code = codes.currency(summary.whole(f"{summary.kind}/currency") or 0)
        if amount is None or (code and self.currency and code != self.currency):
            return None, []
        pieces: list[Piece] = []
        if code and not self.currency:
            self.currency = code
            pieces.append(Currency(code))
        return codes.money(amount), pieces


def _key(point: Thing | None, summary: Thing, kind: ConsumptionType) -> str:
    """Return what the bills of a usage point are known by; without it, their collection."""
    entry = Entry(0, own=summary.entry.up or summary.entry.own)
    return key_of(point, Thing(summary.kind, {}, entry, 0), kind)
