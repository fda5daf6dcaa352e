"""One meter as those who read its data need it, in one query."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, select

from app.db import Prepared, TenantSession, table_of
from app.errors import NotFound
from app.models import Meter, Site
from app.utils.periods import local_today

METERS, SITES = table_of(Meter), table_of(Site)
_VIEW = Prepared(
    select(
        METERS.c.id,
        METERS.c.unit,
        METERS.c.source,
        METERS.c.revision,
        METERS.c.first_day,
        METERS.c.last_day,
        SITES.c.time_zone,
    )
    .join(SITES, (SITES.c.account_id == METERS.c.account_id) & (SITES.c.id == METERS.c.site_id))
    .where(METERS.c.account_id == bindparam("account"), METERS.c.id == bindparam("meter"))
)


@dataclass(frozen=True, slots=True)
class MeterView:
    """A meter; `time_zone` is its site's and `today` the day there."""

    id: int
    unit: str
    source: str
    revision: int
    first_day: date | None
    last_day: date | None
    time_zone: str
    today: date

    @property
    def fingerprint(self) -> str:
        """A text that changes whenever the meter's data, its zone or the day does."""
        return f"{self.id}.{self.revision}.{self.time_zone}.{self.today:%Y%m%d}"


def view(session: TenantSession, meter_id: int, now: datetime) -> MeterView:
    """Give a meter. Raises NotFound."""
    row = _VIEW.row(session, {"account": session.account_id, "meter": meter_id})
    if row is None:
        raise NotFound("There is no such meter.")
    return MeterView(**row._asdict(), today=local_today(row.time_zone, now))
