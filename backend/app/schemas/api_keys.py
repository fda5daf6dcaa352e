"""API keys on the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BeforeValidator, Field, WithJsonSchema

from app.schemas.common import Id, Input, Name, Output, example, refusal
from app.utils.codes import Code

KeyScope = Literal["read", "intervals:write"]


def _text(value: object) -> object:
    if not isinstance(value, str) or value.isdigit():
        raise refusal(Code.NOT_AN_INSTANT, "must be an instant such as 2027-01-31T00:00:00Z")
    return value


Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_text),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


class ApiKeyCreate(Input):
    """A key for a device or a script; it can do less than you, and never more."""

    model_config = example(name="Home Assistant", scopes=["read"])

    name: Name
    scopes: Annotated[list[KeyScope], Field(min_length=1, max_length=2)] = Field(
        description="read: records, meters and totals. intervals:write: what a device sends."
    )
    meter_id: Id | None = Field(
        default=None, description="A key that only writes can be limited to this meter."
    )
    expires_at: Instant | None = Field(default=None, description="Left out: it does not expire.")


class ApiKeyOut(Output):
    """A key. `last_used_at` is right to the minute."""

    id: int
    name: str
    scopes: list[str]
    meter_id: int | None
    created_by: int
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


class NewApiKey(ApiKeyOut):
    """A key that was made just now; `key` is shown here once and never again."""

    key: str


class ApiKeyList(Output):
    """One's own keys that are not revoked; an owner's list has those of all members."""

    items: list[ApiKeyOut]
