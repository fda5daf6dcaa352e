"""What a mapping says beside a series file, checked: type, unit, direction, zone, choices.

Nothing is guessed: what neither the file nor the mapping tells is asked, by an Unreadable that
names the entry of the mapping that would settle it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.importers.series import Unreadable
from app.importers.wall_clock import WallClock
from app.utils.periods import is_time_zone
from app.utils.units import UNITS, ConsumptionType, canonical_unit

ELECTRICITY_BY_CONVENTION = "kWh was taken as electricity; give consumption_type if it is gas"


def type_of(mapping: Mapping[str, Any], unit: str) -> ConsumptionType:
    """Return the type of consumption of values in a canonical unit.

    The mapping's `consumption_type`; without it, what only one type is measured in, and units of
    Wh as electricity. Raises Unreadable when neither tells, or the type has no such unit.
    """
    said = mapping.get("consumption_type")
    possible = [kind for kind, units in UNITS.items() if unit in units]
    if said is None:
        if unit.endswith("Wh") or len(possible) == 1:
            return possible[0]
        raise Unreadable(
            f"nothing tells whether {unit} is water or gas: give consumption_type",
            "consumption_type",
        )
    kind = choice(mapping, "consumption_type", [str(kind) for kind in ConsumptionType])
    if ConsumptionType(kind) not in possible:
        raise Unreadable(f"{kind} is not measured in {unit}", "consumption_type")
    return ConsumptionType(kind)


def unit_of(mapping: Mapping[str, Any]) -> str:
    """Return the canonical unit that the mapping's `unit` names. Raises Unreadable."""
    said = mapping.get("unit")
    if said is None:
        raise Unreadable("the file does not say the unit: give unit", "unit")
    unit = canonical_unit(str(said))
    if unit is None:
        raise Unreadable(f"{str(said)[:40]!r} is not a unit of electricity, water or gas", "unit")
    return unit


def direction_of(mapping: Mapping[str, Any]) -> str:
    """Return the mapping's `direction`, "import" when it says none. Raises Unreadable."""
    return choice(mapping, "direction", ["import", "export"], "import")


def clock_of(mapping: Mapping[str, Any], default: str) -> WallClock:
    """Return the clock of the mapping's `time_zone`, or of the default. Raises Unreadable."""
    return WallClock(zone_of(mapping, default))


def zone_of(mapping: Mapping[str, Any], default: str) -> str:
    """Return the mapping's `time_zone`, or the default. Raises Unreadable."""
    zone = str(mapping.get("time_zone") or default)
    if not is_time_zone(zone):
        raise Unreadable(f"{zone[:40]!r} is not an IANA time zone", "time_zone")
    return zone


def choice(
    mapping: Mapping[str, Any], field: str, options: Sequence[str], default: str | None = None
) -> str:
    """Return the entry of the mapping, which is one of `options`. Raises Unreadable."""
    said = mapping.get(field, default)
    if said not in options:
        listed = ", ".join(options[:-1]) + " or " + options[-1]
        raise Unreadable(f"{field} is {listed}", field)
    return str(said)


def whole_number(
    mapping: Mapping[str, Any], field: str, default: int | None, least: int, most: int
) -> int | None:
    """Return the entry of the mapping as a whole number in bounds. Raises Unreadable."""
    said = mapping.get(field, default)
    if said is None:
        return None
    try:
        found = int(str(said))
    except ValueError:
        found = least - 1
    if not least <= found <= most:
        raise Unreadable(f"{field} is a whole number from {least:,} to {most:,}", field)
    return found


def flag(mapping: Mapping[str, Any], field: str, default: bool = False) -> bool:
    """Return the entry of the mapping as yes or no. Raises Unreadable."""
    said = mapping.get(field, default)
    if isinstance(said, bool):
        return said
    words = {"true": True, "yes": True, "false": False, "no": False}
    found = words.get(str(said).casefold())
    if found is None:
        raise Unreadable(f"{field} is true or false", field)
    return found
