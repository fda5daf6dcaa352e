"""What a reader's process is asked to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Job:
    """A file that is to be read.

    `format` None: find it out. Days are those of `time_zone` (IANA), or of the zone that `zones`
    has for a channel's key. `latest` is the first instant that is too late, in seconds since
    1970-01-01 UTC. What is found is written into `folder`: `blocks`, `report` and `unpacked`.
    """

    path: str
    name: str
    folder: str
    format: str | None
    time_zone: str
    currency: str
    latest: int
    mapping: Mapping[str, Any] = field(default_factory=dict)
    zones: Mapping[str, str] = field(default_factory=dict)
