"""Line protocol on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from app.schemas.common import PLAIN_TEXT, Input

_Ignored = Annotated[str, Field(strict=True, max_length=200), PLAIN_TEXT]


class WriteQuery(Input):
    """The query of InfluxDB's write endpoint; the account is that of the key."""

    precision: Literal["ns", "us", "ms", "s"] = "ns"
    bucket: _Ignored | None = Field(default=None, description="Ignored.")
    org: _Ignored | None = Field(default=None, description="Ignored.")
