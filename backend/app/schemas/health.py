"""Health on the wire."""

from typing import Literal

from app.schemas.common import Output

Status = Literal["ok", "degraded", "down"]


class CheckOut(Output):
    """One part that the product stands on."""

    status: Status
    latency_ms: float | None


class HealthOut(Output):
    """`down` when a needed part is away, `degraded` when one is that can be done without."""

    status: Status
    version: str
    checks: dict[str, CheckOut]


class LiveOut(Output):
    """The process answers."""

    status: Literal["ok"]
