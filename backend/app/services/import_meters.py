"""Which meter each line of a file belongs to."""

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.db import TenantSession
from app.errors import NotFound
from app.importers.records_csv import LineProblem, RecordFile, RecordRow
from app.models import Site, Source
from app.services import meters
from app.services.meters import MeterState
from app.utils.codes import Code
from app.utils.periods import local_today
from app.utils.units import ConsumptionType, base_unit

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A meter that lines go to, one object for each; `id` is None while it is still to be made.

    `is_default` says that it will be the account's own meter of its type, which lines without a
    meter's name go to. `latest` is the last day that a record may have at its site.
    """

    id: int | None
    name: str
    consumption_type: str
    unit: str
    is_default: bool
    latest: date

    def described(self) -> dict[str, Any]:
        """Give what an import's report says of the meter."""
        return {
            "name": self.name,
            "consumption_type": self.consumption_type,
            "unit": self.unit,
            "is_new": self.id is None,
        }


Assigned = tuple[tuple[Target, ...], list[tuple[RecordRow, Target]], list[LineProblem]]
Choice = Target | str
"""A meter, or why there is none."""


def latest_day(session: TenantSession, now: datetime) -> date:
    """Give tomorrow where it is latest among the account's sites."""
    zones = session.scalars(select(Site.time_zone).distinct())
    return max(local_today(zone, now) for zone in zones) + _ONE_DAY


def assign(
    session: TenantSession, file: RecordFile, meter_id: int | None, now: datetime
) -> Assigned:
    """Find the meter of each row: the given one, the one it names, or the account's own.

    Gives all targets, the rows with theirs, and a problem for each row that its meter cannot
    take. Raises NotFound when `meter_id` is not a meter of the account.
    """
    chooser = _Chooser(session, file.rows, meter_id, now)
    date_column = file.columns["consumption_date"]
    choices: dict[tuple[str | None, str, str], Choice] = {}
    assigned: list[tuple[RecordRow, Target]] = []
    misfits: list[LineProblem] = []
    for row in file.rows:
        key = row.meter, row.consumption_type, row.unit
        if key not in choices:
            choices[key] = chooser.choose(*key)
        target = choices[key]
        if isinstance(target, str):
            misfits.append(LineProblem(row.line, None, target))
        elif row.consumption_date > target.latest:
            detail = f"{row.consumption_date} is after the last day allowed, {target.latest}"
            misfits.append(LineProblem(row.line, date_column, detail))
        elif row.period_start == row.consumption_date:
            assigned.append((row._replace(period_start=None), target))
        else:
            assigned.append((row, target))
    targets = {target: None for target in choices.values() if isinstance(target, Target)}
    return tuple(targets), assigned, misfits


class _Chooser:
    """Find meters by what lines say, and remember those that are to be made."""

    def __init__(
        self,
        session: TenantSession,
        rows: Sequence[RecordRow],
        meter_id: int | None,
        now: datetime,
    ) -> None:
        states = meters.states(session)
        self._session = session
        self._now = now
        self._given = next((state for state in states if state.id == meter_id), None)
        if meter_id is not None and self._given is None:
            raise NotFound("There is no such meter.", code=Code.NO_SUCH_METER)
        self._exact = {state.name: state for state in states}
        self._alike: dict[str, list[MeterState]] = defaultdict(list)
        for state in states:
            self._alike[_folded(state.name)].append(state)
        self._taken = {state.name for state in states} | {
            name.strip() for name in {row.meter for row in rows} if name
        }
        first_zone = select(Site.time_zone).order_by(Site.id).limit(1)
        self._latest = self._tomorrow(session.scalars(first_zone).one())
        self._stored: dict[int, Target] = {}
        self._new: dict[str, Target] = {}
        self._own_new: dict[tuple[str, str], Target] = {}

    def _tomorrow(self, time_zone: str) -> date:
        return local_today(time_zone, self._now) + _ONE_DAY

    def choose(self, name: str | None, consumption_type: str, unit: str) -> Choice:
        """Give the meter of a line that says this, or why the line cannot go anywhere."""
        unit = base_unit(unit)
        if self._given is not None:
            return self._fitting(self._given, consumption_type, unit)
        if name is None:
            return self._own(consumption_type, unit)
        found = [self._exact[name]] if name in self._exact else self._alike[_folded(name)]
        if len(found) > 1:
            meant = " or ".join(repr(state.name) for state in found[:5])
            return f"the meter {name!r} could be {meant}"
        if found:
            return self._fitting(found[0], consumption_type, unit)
        return self._named(name, consumption_type, unit)

    def _fitting(self, state: MeterState, consumption_type: str, unit: str) -> Choice:
        if state.id not in self._stored:
            self._stored[state.id] = Target(
                *(state.id, state.name, state.consumption_type, state.unit),
                is_default=False,
                latest=self._tomorrow(state.time_zone),
            )
        return _misfit(state, consumption_type, unit) or self._stored[state.id]

    def _named(self, name: str, consumption_type: str, unit: str) -> Choice:
        rival = self._new.get(_folded(name))
        if rival is None:
            rival = Target(None, name, consumption_type, unit, False, self._latest)
            self._new[_folded(name)] = rival
        if (rival.consumption_type, rival.unit) != (consumption_type, unit):
            used = f"{rival.consumption_type} in {rival.unit}"
            return f"the file uses the meter {name!r} for {used} already"
        return rival

    def _own(self, consumption_type: str, unit: str) -> Choice:
        found = meters.find_default(self._session, consumption_type, unit)
        if found is not None:
            return self._fitting(self._exact[found.name], consumption_type, unit)
        kind = consumption_type, unit
        if kind not in self._own_new:
            name = _name_of_own(*kind, self._taken)
            self._taken.add(name)
            self._own_new[kind] = Target(None, name, *kind, True, self._latest)
        return self._own_new[kind]


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _name_of_own(consumption_type: str, unit: str, taken: Collection[str]) -> str:
    """Foretell the name that `meters.default_id` will give."""
    name = consumption_type.capitalize()
    is_second_unit = consumption_type == ConsumptionType.GAS and unit == "kWh"
    first = f"{name} (kWh)" if is_second_unit else name
    candidates = [first, *(f"{name} {number}" for number in range(2, 10))]
    return next((candidate for candidate in candidates if candidate not in taken), first)


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
    """Make the meters that do not exist yet; gives the id of every target.

    Those with names go first, so that the account's own meters get other ones.
    """
    ids: dict[Target, int] = {}
    for target in sorted(targets, key=lambda target: target.is_default):
        if target.id is not None:
            ids[target] = target.id
        elif target.is_default:
            ids[target] = meters.default_id(session, target.consumption_type, target.unit)
        else:
            ids[target] = meters.create(session, target.name, target.consumption_type, target.unit)
    return ids
