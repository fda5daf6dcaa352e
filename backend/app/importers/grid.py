"""From the pieces of a file to the local days of its channels, every value accounted for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from app.importers import series
from app.importers.blocks import MAX_INTERVAL, is_step
from app.importers.local_days import FIRST_SECOND, LAST_SECOND, LocalDays
from app.importers.placing import DAY, Days, placed, sorted_once
from app.importers.registers import RegisterDays, RegisterRule
from app.importers.series import Channel, Unreadable
from app.importers.tally import Tally
from app.importers.windows import READING, REGISTER, Windows
from app.utils.quality import ACTUAL
from app.utils.units import FACTORS, UNITS

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_CHANNELS = 2_000
MAX_PERIODS = 50_000
MAX_REGISTER = 1e12
NO_VALUE = "the source gives no value"
_SHORTEST_DAY, _LONGEST_DAY = 82_800, 90_000
_NANOSECONDS = 9


@dataclass(slots=True)
class ChannelState:
    """What is known of a channel while its file is read."""

    index: int
    channel: Channel
    table: LocalDays
    kind: str | None = None
    rule: RegisterRule = field(default_factory=RegisterRule)


class Grid:
    """Takes the pieces of one file, and then gives the days of each channel.

    `time_zone` is the zone of the local days, `zones` other ones by the channel's key; readings
    from `latest` (seconds since 1970-01-01 UTC) on are refused. `files` are two temporary ones
    for what does not fit in memory. A count is one value of the file: `accepted` ones are in the
    days or `periods`, the others in `tally`.
    """

    def __init__(
        self,
        time_zone: str,
        files: tuple[IO[bytes], IO[bytes]],
        *,
        latest: int = LAST_SECOND,
        zones: Mapping[str, str] | None = None,
    ) -> None:
        self.tally = Tally()
        self.periods: list[series.Period] = []
        self.channels: dict[str, ChannelState] = {}
        self.currency: str | None = None
        self.taken = 0
        """How many values have come, whatever became of them."""
        self._time_zone = time_zone
        self._zones = zones or {}
        self._tables: dict[str, LocalDays] = {}
        self._latest = min(latest, LAST_SECOND)
        self._readings = Windows(READING, files[0])
        self._registers = Windows(REGISTER, files[1])

    def take(self, piece: series.Piece) -> None:
        """Take the next piece of the file."""
        match piece:
            case series.Readings():
                self._take_readings(piece)
            case series.Registers():
                self._take_registers(piece)
            case series.Channel():
                self._take_channel(piece)
            case series.Period():
                self._take_period(piece)
            case series.Rejected():
                self.taken += 1
                self.tally.reject(piece.line, piece.column, piece.detail)
            case series.Ignored():
                self.taken += piece.count
                self.tally.ignore(piece.count, piece.reason)
            case series.Warned():
                self.tally.warn(piece.detail)
            case series.Currency():
                self._take_currency(piece.code)

    def days(self) -> Iterator[tuple[ChannelState, Days]]:
        """Give the days of all channels, each channel's roughly in time order."""
        for state in self.channels.values():
            if state.kind == "registers":
                days_of = RegisterDays(state.table, state.rule, self.tally)
                found = days_of.days(self._registers.of(state.index, days_of.sorted_once))
            else:
                found = self._placed(state)
            for days in found:
                yield state, days

    def _placed(self, state: ChannelState) -> Iterator[Days]:
        for records in self._readings.of(state.index, partial(sorted_once, tally=self.tally)):
            lengths = state.table.lengths(records["day"].astype(np.int64))
            yield from placed(records, lengths, self.tally)

    def _take_channel(self, channel: Channel) -> None:
        if channel.key in self.channels:
            return
        if len(self.channels) >= MAX_CHANNELS:
            raise Unreadable(f"The file has more than {MAX_CHANNELS:,} channels.")
        if channel.unit not in UNITS[channel.consumption_type]:
            raise Unreadable(f"{channel.consumption_type} in {channel.unit!r} cannot be kept.")
        zone = self._zones.get(channel.key, self._time_zone)
        if zone not in self._tables:
            self._tables[zone] = LocalDays(zone)
        self.channels[channel.key] = ChannelState(len(self.channels), channel, self._tables[zone])

    def _take_currency(self, code: str) -> None:
        if self.currency not in (None, code):
            raise Unreadable(f"Costs are in {self.currency} and in {code}; a file may have one.")
        self.currency = code

    def _take_period(self, piece: series.Period) -> None:
        self.taken += 1
        if len(self.periods) >= MAX_PERIODS:
            raise Unreadable(f"The file has more than {MAX_PERIODS:,} periods.")
        if piece.last < piece.first:
            self.tally.reject(piece.line, None, "ends before it begins")
        elif piece.amount < 0:
            self.tally.reject(piece.line, None, "is less than zero")
        else:
            self.periods.append(piece)

    def _take_readings(self, piece: series.Readings) -> None:
        count = len(piece.starts)
        self.taken += count
        if not count:
            return
        state = self.channels[piece.channel]
        starts, seconds = np.asarray(piece.starts, dtype=np.int64), _column(piece.seconds, count)
        lines, amounts = _column(piece.lines, count), self._amounts(state, piece.amounts)
        keep = self._usable(state, "readings", starts, amounts, lines)
        keep &= self._refuse(keep & (seconds < 1), lines, "has no length")
        if not keep.any():
            return
        safe = np.where(keep, starts, starts[keep][0])
        days, offsets = state.table.of(safe)
        lengths = state.table.lengths(days)
        is_daily = (offsets == 0) & (seconds >= _SHORTEST_DAY) & (seconds <= _LONGEST_DAY)
        seconds = np.where(is_daily, DAY, seconds)
        costs = None if piece.costs is None else np.asarray(piece.costs, dtype=np.float64)
        keep &= ~self._long(state, keep & (seconds > DAY), starts, seconds, amounts, costs, lines)
        keep &= self._refuse(keep & ~_on_steps(seconds), lines, _NO_STEP)
        ends = offsets + seconds
        is_on_grid = offsets % seconds == 0
        fits = is_daily | is_on_grid & ((ends <= lengths) | piece.is_step)
        fits |= (ends == lengths) & (lengths % DAY % 3600 != 0)
        keep &= self._refuse(keep & ~fits, lines, _OFF_GRID)
        records = np.empty(count, dtype=READING)
        records["day"], records["offset"], records["seconds"] = days, offsets, seconds
        records["line"], records["amount"] = lines, amounts
        records["cost"] = np.nan if costs is None else costs
        records["quality"] = ord(ACTUAL)
        if piece.quality is not None:
            records["quality"] = np.frombuffer(piece.quality.encode("ascii"), dtype=np.uint8)
        self._append(self._readings, state, records, keep)

    def _take_registers(self, piece: series.Registers) -> None:
        count = len(piece.at)
        self.taken += count
        if not count:
            return
        state = self.channels[piece.channel]
        at, lines = np.asarray(piece.at, dtype=np.int64), _column(piece.lines, count)
        values = self._amounts(state, piece.values)
        roll = piece.rolls_over_at
        factor = float(FACTORS[state.channel.unit])
        state.rule = RegisterRule(None if roll is None else roll * factor, piece.max_gap_seconds)
        keep = self._usable(state, "registers", at, values, lines, most=MAX_REGISTER)
        if not keep.any():
            return
        records = np.empty(count, dtype=REGISTER)
        records["day"], _ = state.table.of(np.where(keep, at, at[keep][0]))
        records["at"], records["value"], records["line"] = at, values, lines
        self._append(self._registers, state, records, keep)

    def _append(
        self, windows: Windows, state: ChannelState, records: Any, keep: "NDArray[np.bool_]"
    ) -> None:
        if keep.all():
            windows.append(state.index, records)
        elif keep.any():
            windows.append(state.index, records[keep])

    def _amounts(self, state: ChannelState, given: Any) -> "NDArray[np.float64]":
        amounts = np.asarray(given, dtype=np.float64)
        factor = FACTORS[state.channel.unit]
        if factor == 1:
            return amounts
        # Dividing by a whole number keeps what is a short decimal a short decimal.
        return amounts * float(factor.numerator) / float(factor.denominator)

    def _usable(
        self,
        state: ChannelState,
        kind: str,
        starts: "NDArray[np.int64]",
        amounts: "NDArray[np.float64]",
        lines: "NDArray[np.int64]",
        most: float = MAX_INTERVAL,
    ) -> "NDArray[np.bool_]":
        """Tell which values have an instant and an amount; the others are counted as what they
        are."""
        if state.kind not in (None, kind):
            return self._refuse(np.ones(len(starts), dtype=bool), lines, _TWO_KINDS)
        state.kind = kind
        missing = np.isnan(amounts)
        self.tally.ignore(int(missing.sum()), NO_VALUE)
        keep = ~missing
        keep &= self._refuse(keep & ~(np.abs(amounts) <= most), lines, f"is beyond {most:,.0f}")
        keep &= self._refuse(keep & (starts < FIRST_SECOND), lines, "is before 1900-01-02")
        return keep & self._refuse(keep & (starts >= self._latest), lines, "is in the future")

    def _refuse(
        self, wrong: "NDArray[np.bool_]", lines: "NDArray[np.int64]", detail: str
    ) -> "NDArray[np.bool_]":
        """Reject what is wrong; gives the opposite."""
        if wrong.any():
            self.tally.reject_all(lines[wrong].tolist(), detail)
        return ~wrong

    def _long(
        self,
        state: ChannelState,
        chosen: "NDArray[np.bool_]",
        starts: "NDArray[np.int64]",
        seconds: "NDArray[np.int64]",
        amounts: "NDArray[np.float64]",
        costs: "NDArray[np.float64] | None",
        lines: "NDArray[np.int64]",
    ) -> "NDArray[np.bool_]":
        """Turn intervals over whole local days into periods and reject other long ones."""
        for index in np.flatnonzero(chosen).tolist():
            bounds = np.array([starts[index], starts[index] + seconds[index]], dtype=np.int64)
            line, amount = int(lines[index]), float(amounts[index])
            days, offsets = state.table.of(bounds) if bounds[1] < LAST_SECOND else (bounds, bounds)
            if offsets.any() or amount < 0:
                self.tally.reject(line, None, _LONG)
                continue
            cost = (
                None
                if costs is None or np.isnan(costs[index])
                else Decimal(str(float(costs[index])))
            )
            unit_amount = amount / float(FACTORS[state.channel.unit])
            self.taken -= 1  # the period counts
            self._take_period(
                series.Period(
                    channel=state.channel.key,
                    first=date.fromordinal(int(days[0])),
                    last=date.fromordinal(int(days[1]) - 1),
                    amount=round(Decimal(repr(unit_amount)), _NANOSECONDS),
                    cost=cost,
                    line=line,
                )
            )
            self.tally.warn("intervals longer than a day became records of their days")
        return chosen


_NO_STEP = "has a length that is not whole minutes which divide the day evenly"
_OFF_GRID = "does not stand on the grid that its length makes of the local day"
_LONG = "covers more than a day, and not from midnight to midnight"
_TWO_KINDS = "the channel has amounts and register values in one file"


def _column(given: Any, count: int) -> "NDArray[np.int64]":
    if isinstance(given, int):
        return np.full(count, given, dtype=np.int64)
    return np.asarray(given, dtype=np.int64)


def _on_steps(seconds: "NDArray[np.int64]") -> "NDArray[np.bool_]":
    first = int(seconds[0])
    if (seconds == first).all():
        return np.full(len(seconds), 0 < first <= DAY and is_step(first))
    found = np.unique(seconds)
    allowed = [int(step) for step in found.tolist() if 0 < step <= DAY and is_step(int(step))]
    return np.isin(seconds, allowed)
