"""Which meter each channel of a file goes to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Any

from sqlalchemy import select

from app.db import TenantSession
from app.errors import FieldError, Invalid, NotFound
from app.models import Meter, Site, Source
from app.reader.report import ChannelReport, Report
from app.services import meter_admin
from app.utils.units import base_unit

MAX_NAME = 200
_BILLS = " bills"
_SERIAL = 100


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A channel, what of it, and the meter for that; `meter` None: it is still to be made.

    `source` is what feeds the meter: intervals, or entries for the periods of the channel.
    """

    number: int
    channel: ChannelReport
    source: Source
    name: str
    external_id: str | None
    meter: Meter | None

    @property
    def meter_id(self) -> int | None:
        """The meter's id, None while it is still to be made."""
        return None if self.meter is None else self.meter.id

    @property
    def unit(self) -> str:
        """The meter's unit."""
        return base_unit(self.channel.unit)

    def described(self, meter_id: int | None) -> dict[str, Any]:
        """Give what a report says of the meter."""
        return {
            "id": meter_id if self.meter is None else self.meter.id,
            "name": self.name,
            "consumption_type": self.channel.consumption_type,
            "unit": self.unit,
            "is_new": self.meter is None,
            "channel": self.channel.key,
            "source": str(self.source),
            "direction": self.channel.direction,
        }


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the person says of meters: one for all, or one for a channel's key; and the site of
    new ones (None: the account's first)."""

    meter_id: int | None = None
    by_key: Mapping[str, int] | None = None
    site_id: int | None = None


def resolve(session: TenantSession, report: Report, chosen: Chosen) -> list[Target]:
    """Find the meters of a file's channels: chosen, known by the file's key, or by their name.

    Raises Invalid when a chosen one does not fit, or two channels would go to one meter;
    NotFound when it is not the account's.
    """
    wanted = _wanted(report)
    by_key = _chosen(wanted, chosen)
    finder = _Finder(session)
    found = [finder.target(number, source, report, by_key) for number, source in wanted]
    _refuse_shared(found)
    return found


def create_missing(
    session: TenantSession, targets: Iterable[Target], site_id: int | None
) -> dict[tuple[int, Source], int]:
    """Make the meters that are missing; gives all ids by channel number and source."""
    known = list(targets)
    missing = [target for target in known if target.meter is None]
    made = meter_admin.create_many(session, [_fields(target) for target in missing], site_id)
    ids = {(t.number, t.source): meter.id for t, meter in zip(missing, made, strict=True)}
    return ids | {(t.number, t.source): t.meter.id for t in known if t.meter is not None}


def refuse_other_zones(
    session: TenantSession, targets: Sequence[Target], zones: Mapping[str, str], default: str
) -> None:
    """Refuse meters whose site has another time zone than the days were made for.

    Raises Invalid, which says what to do.
    """
    of_site = {row.id: row.time_zone for row in session.scalars(select(Site))}
    for target in targets:
        used = zones.get(target.channel.key, default)
        if target.meter is not None and of_site[target.meter.site_id] != used:
            detail = (
                f"The meter {target.name!r} is at a site in {of_site[target.meter.site_id]}, but"
                f" the file was read for {used}; give site_id, or import its meters alone."
            )
            raise Invalid(detail, errors=[FieldError("#site_id", detail)])


def _wanted(report: Report) -> list[tuple[int, Source]]:
    with_periods = {period.channel for period in report.periods}
    found = []
    for number, channel in enumerate(report.channels):
        if channel.days:
            found.append((number, Source.INTERVALS))
        if number in with_periods:
            found.append((number, Source.ENTRIES))
    return found


def _chosen(wanted: Sequence[tuple[int, Source]], chosen: Chosen) -> Mapping[Any, int]:
    if chosen.meter_id is None:
        return chosen.by_key or {}
    if len(wanted) > 1:
        detail = (
            f"The file has {len(wanted)} channels, which cannot all go to one meter; say in"
            ' mapping.meters which goes where: {"<channel>": <meter id>}.'
        )
        raise Invalid(detail, errors=[FieldError("#meter_id", detail)])
    return {number: chosen.meter_id for number, _ in wanted}


class _Finder:
    """Finds meters among all of the account, and names for those that are missing."""

    def __init__(self, session: TenantSession) -> None:
        self._all = list(session.scalars(select(Meter).order_by(Meter.id)))
        self._names = {meter.name.casefold() for meter in self._all}
        self._keys = {
            (meter.external_id, meter.consumption_type, meter.direction) for meter in self._all
        }

    def target(
        self, number: int, source: Source, report: Report, by_key: Mapping[Any, int]
    ) -> Target:
        """Find or name the meter of a channel."""
        channel = report.channels[number]
        has_both = source == Source.ENTRIES and bool(channel.days)
        suffix = _BILLS if has_both else ""
        key, name = _cut(channel.key, suffix), _cut(_clean(channel.name or channel.key), suffix)
        given = by_key.get(number, by_key.get(channel.key))
        meter: Meter | None
        if given is not None and not has_both:
            meter = self._given(given, channel, source)
        else:
            meter = self._known(channel, source, key, name)
        if meter is not None:
            return Target(number, channel, source, meter.name, meter.external_id, meter)
        identity = key, channel.consumption_type, channel.direction
        free_key = None if identity in self._keys else key
        self._keys.add(identity)
        return Target(number, channel, source, self._free_name(name), free_key, None)

    def _given(self, meter_id: int, channel: ChannelReport, source: Source) -> Meter:
        meter = next((meter for meter in self._all if meter.id == meter_id), None)
        if meter is None:
            raise NotFound("There is no such meter.")
        problem = _misfit(meter, channel, source)
        if problem is not None:
            detail = f"The meter {meter.name!r} cannot take {channel.name!r}: {problem}."
            raise Invalid(detail, errors=[FieldError("#meter_id", detail)])
        return meter

    def _known(self, channel: ChannelReport, source: Source, key: str, name: str) -> Meter | None:
        fitting = [meter for meter in self._all if _misfit(meter, channel, source) is None]
        by_key = (meter for meter in fitting if meter.external_id == key)
        # Where the name is all that the file calls it, it is a meter's own name.
        is_own_name = channel.key == channel.name
        by_name = (
            meter
            for meter in fitting
            if meter.name.casefold() == name.casefold()
            and (is_own_name or meter.external_id in (None, key))
        )
        return next(by_key, None) or next(by_name, None)

    def _free_name(self, name: str) -> str:
        others = (_cut(name, f" {number}") for number in count(2))
        candidates = chain([name], others)
        free = next(
            candidate for candidate in candidates if candidate.casefold() not in self._names
        )
        self._names.add(free.casefold())
        return free


def _misfit(meter: Meter, channel: ChannelReport, source: Source) -> str | None:
    if meter.archived_at is not None:
        return "it is archived"
    if meter.source != source:
        return f"it is fed by {meter.source}, not by {source}"
    if meter.consumption_type != channel.consumption_type:
        return f"it measures {meter.consumption_type}"
    if meter.unit != base_unit(channel.unit):
        return f"it counts {meter.unit}, to which {channel.unit} does not convert"
    if meter.direction != channel.direction:
        return f"its direction is {meter.direction}"
    return None


def _refuse_shared(targets: Sequence[Target]) -> None:
    seen: dict[int, Target] = {}
    for target in targets:
        if target.meter is None:
            continue
        other = seen.setdefault(target.meter.id, target)
        if other is not target:
            detail = (
                f"The channels {other.channel.key!r} and {target.channel.key!r} would both go to"
                f" the meter {target.name!r}."
            )
            raise Invalid(detail, errors=[FieldError("#mapping/meters", detail)])


def _fields(target: Target) -> dict[str, Any]:
    serial = target.channel.serial_number
    return {
        "name": target.name,
        "consumption_type": target.channel.consumption_type,
        "unit": target.unit,
        "source": str(target.source),
        "direction": target.channel.direction,
        "external_id": target.external_id,
        "serial_number": None if serial is None else _clean(serial)[:_SERIAL],
    }


def _cut(text: str, suffix: str) -> str:
    return text[: MAX_NAME - len(suffix)].rstrip() + suffix


def _clean(text: str) -> str:
    kept = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(kept.split()) or "Meter"
