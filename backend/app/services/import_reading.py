"""From what somebody says of a file to the job of its reader."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from app.db import TenantSession
from app.errors import invalid_field
from app.reader.job import Job
from app.services import import_files, import_profiles, series_imports
from app.services.series_plan import Wanted
from app.services.series_targets import Chosen

MAX_RECORDS_MB = 50
"""What a table of dated amounts may have: it is read in this process."""
_NO_PLAIN_TEXT = (b"PK", b"\x1f\x8b", b"{")


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody says of a file; None and empty where they leave it to the file."""

    format: str | None = None
    profile: int | None = None
    meter_id: int | None = None
    site_id: int | None = None
    mapping: Mapping[str, Any] = field(default_factory=dict)
    mode: str = "all"


def job_of(
    session: TenantSession, asked: Asked, name: str, folder: Path, now: datetime
) -> tuple[Job, Wanted]:
    """Settle how the file `upload` in `folder` is to be read, with the account's own settings.

    Raises NotFound for a profile that there is not, Invalid for an unknown format, site, or
    meters that are no object.
    """
    mapping, format_ = asked.mapping, asked.format
    if asked.profile is not None:
        profile = import_profiles.get(session, asked.profile)
        mapping, format_ = profile.mapping | dict(mapping), format_ or profile.format
    if format_ is not None:
        import_files.refuse_unknown_format(format_, "#format")
    chosen = Chosen(asked.meter_id, _meters(mapping), asked.site_id)
    setting = series_imports.setting(session, chosen, now)
    job = Job(
        path=str(folder / "upload"),
        name=name,
        folder=str(folder),
        format=format_,
        time_zone=setting.time_zone,
        currency=setting.currency,
        latest=setting.latest,
        mapping={key: value for key, value in mapping.items() if key != "meters"},
        zones=setting.zones,
    )
    return job, Wanted(name, asked.mode, chosen)


def is_read_here(job: Job) -> bool:
    """Tell whether a file is said to be a table of dated amounts, and is the plain text of one.

    Others are read by the reader's process, which also unpacks and makes a CSV of a spreadsheet.
    """
    if job.format != import_files.RECORDS:
        return False
    with Path(job.path).open("rb") as file:
        return not file.read(4).lstrip(b" \r\n").startswith(_NO_PLAIN_TEXT)


def _meters(mapping: Mapping[str, Any]) -> Mapping[str, int]:
    found = mapping.get("meters", {})
    is_map = isinstance(found, dict) and all(
        isinstance(value, int) and not isinstance(value, bool) for value in found.values()
    )
    if not is_map:
        raise invalid_field("#mapping/meters", 'must be an object {"<channel>": <meter id>}')
    return dict(found)
