"""Which meter each line of a file belongs to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.db import TenantSession
from app.errors import NotFound
from app.importers.records_csv import LineProblem, RecordRow
from app.models import Source
from app.services import meters
from app.services.meters import MeterState
from app.utils.units import base_unit


@dataclass(frozen=True, slots=True)
class Target:
    """A meter that lines go to; `id` is None while it is still to be made.

    `is_default` is the account's own meter of a type, which lines without a meter's name go to.
    """

    id: int | None
    name: str
    consumption_type: str
    unit: str
    is_default: bool

    def described(self) -> dict[str, Any]:
        """Give what an import's report says of the meter."""
        return {
            "name": self.name,
            "consumption_type": self.consumption_type,
            "unit": self.unit,
            "is_new": self.id is None,
        }


Assigned = tuple[tuple[Target, ...], list[tuple[RecordRow, Target]], list[LineProblem]]


def assign(session: TenantSession, rows: Sequence[RecordRow], meter_id: int | None) -> Assigned:
    """Find the meter of each row: the given one, the one it names, or the account's own.

    Gives all targets, the rows with theirs, and a problem for each row that its meter cannot
    take. Raises NotFound when `meter_id` is not a meter of the account.
    """
    states = meters.states(session)
    given = next((state for state in states if state.id == meter_id), None)
    if meter_id is not None and given is None:
        raise NotFound("There is no such meter.")
    by_name = {state.name.casefold(): state for state in states}
    choices: dict[tuple[str | None, str, str], Target | str] = {}
    assigned: list[tuple[RecordRow, Target]] = []
    misfits: list[LineProblem] = []
    for row in rows:
        name = row.meter.strip() if row.meter else None
        key = (name.casefold() if name else None, row.consumption_type.value, base_unit(row.unit))
        if key not in choices:
            named = given or (by_name.get(key[0]) if key[0] else None)
            choices[key] = _choose(session, named, name, key[1], key[2], choices)
        target = choices[key]
        if isinstance(target, str):
            misfits.append(LineProblem(row.line, None, target))
        else:
            assigned.append((row, target))
    targets = {target: None for target in choices.values() if isinstance(target, Target)}
    return tuple(targets), assigned, misfits


def _choose(
    session: TenantSession,
    state: MeterState | None,
    name: str | None,
    consumption_type: str,
    unit: str,
    choices: Mapping[tuple[str | None, str, str], Target | str],
) -> Target | str:
    """Give the meter, or say why the line cannot go there."""
    if state is not None:
        return _misfit(state, consumption_type, unit) or Target(
            state.id, state.name, state.consumption_type, state.unit, False
        )
    if name is not None:
        rival = next(
            (
                choice
                for choice in choices.values()
                if isinstance(choice, Target) and choice.name.casefold() == name.casefold()
            ),
            None,
        )
        if rival is not None:
            return f"the file uses the meter {name!r} for {rival.consumption_type} in {rival.unit}"
        return Target(None, name[:200], consumption_type, unit, False)
    found = meters.find_default(session, consumption_type, unit)
    name = found.name if found else consumption_type.capitalize()
    return Target(found.id if found else None, name, consumption_type, unit, True)


def _misfit(state: MeterState, consumption_type: str, unit: str) -> str | None:
    if state.archived_at is not None:
        return f"the meter {state.name!r} is archived"
    if state.source != Source.ENTRIES:
        return f"the meter {state.name!r} is fed by {state.source}, not by records"
    if state.consumption_type != consumption_type:
        return f"the meter {state.name!r} measures {state.consumption_type}"
    if state.unit != unit:
        return f"the meter {state.name!r} counts {state.unit}, which this unit does not convert to"
    return None


def create_missing(session: TenantSession, targets: Iterable[Target]) -> dict[Target, int]:
    """Make the meters that do not exist yet; gives the id of every target."""
    ids: dict[Target, int] = {}
    for target in targets:
        if target.id is not None:
            ids[target] = target.id
        elif target.is_default:
            ids[target] = meters.default_id(session, target.consumption_type, target.unit)
        else:
            ids[target] = meters.create(session, target.name, target.consumption_type, target.unit)
    return ids
