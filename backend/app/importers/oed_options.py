"""The options of an upload to the Open Energy Dashboard, checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.importers import csv_text
from app.importers.series import Unreadable
from app.importers.series_mapping import choice, flag, whole_number, zone_of

ALWAYS_DONE: Final = frozenset({"honorDst", "useMeterZone", "update", "refreshReadings", "gzip"})
KEYS: Final = ALWAYS_DONE | {
    *("unit", "consumption_type", "direction", "time_zone"),
    *("meterIdentifier", "meterName", "headerRow", "cumulative", "cumulativeReset"),
    *("cumulativeResetStart", "cumulativeResetEnd", "duplications", "endOnly", "lengthGap"),
    *("lengthVariation", "relaxedParsing", "timeSort"),
}
"""The entries of the mapping."""

_DAY: Final = 86_400
_LONGEST: Final = 366 * _DAY


@dataclass(frozen=True, slots=True)
class OedOptions:
    """The options; times of day are seconds since local midnight.

    `header_row` is None when nothing says whether there is one.
    """

    time_zone: str
    meter: str | None
    header_row: bool | None
    cumulative: bool
    cumulative_reset: bool
    reset_start: int
    reset_end: int
    duplications: int
    end_only: bool
    length_gap: int
    length_variation: int | None
    relaxed: bool
    decreasing: bool

    @property
    def is_paired(self) -> bool:
        """Whether a reading means something only with the one before it."""
        return self.cumulative or self.end_only

    def resets_at(self, instant: int) -> bool:
        """Tell whether a register may begin anew at an instant."""
        if not self.cumulative_reset:
            return False
        at = datetime.fromtimestamp(instant, UTC).astimezone(ZoneInfo(self.time_zone))
        clock = at.hour * 3600 + at.minute * 60 + at.second
        if self.reset_start <= self.reset_end:
            return self.reset_start <= clock <= self.reset_end
        return clock >= self.reset_start or clock <= self.reset_end


def options_of(mapping: Mapping[str, Any], time_zone: str) -> OedOptions:
    """Return the options that a mapping says. Raises Unreadable."""
    cumulative = flag(mapping, "cumulative")
    cumulative_reset = flag(mapping, "cumulativeReset")
    if cumulative_reset and not cumulative:
        raise Unreadable("cumulativeReset needs cumulative", "cumulativeReset")
    header_row = mapping.get("headerRow")
    meter = mapping.get("meterIdentifier") or mapping.get("meterName")
    duplications = whole_number(mapping, "duplications", 1, 1, 9)
    length_gap = whole_number(mapping, "lengthGap", 0, 0, _LONGEST)
    return OedOptions(
        zone_of(mapping, time_zone),
        str(meter)[:200] if meter else None,
        None if header_row is None else flag(mapping, "headerRow"),
        cumulative,
        cumulative_reset,
        _clock(mapping, "cumulativeResetStart", 0),
        _clock(mapping, "cumulativeResetEnd", _DAY),
        duplications or 1,
        flag(mapping, "endOnly"),
        length_gap or 0,
        whole_number(mapping, "lengthVariation", None, 0, _LONGEST),
        flag(mapping, "relaxedParsing"),
        choice(mapping, "timeSort", ["increasing", "decreasing"], "increasing") == "decreasing",
    )


def _clock(mapping: Mapping[str, Any], field: str, default: int) -> int:
    said = mapping.get(field)
    if said is None:
        return default
    found = csv_text.clock(str(said).partition(".")[0])
    if isinstance(found, str):
        raise Unreadable(f"{field}: {found}", field)
    return found
