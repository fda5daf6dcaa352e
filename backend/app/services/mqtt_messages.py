"""What a message of MQTT says, and storing it (docs/api.md)."""

from datetime import UTC, datetime
from typing import Annotated

import orjson
from pydantic import AwareDatetime, Field, ValidationError

from app.auth.api_keys import ApiKeyText
from app.auth.permissions import Permission, key_allows
from app.db import Database, TenantSession
from app.errors import Forbidden, Malformed, NotFound, invalid_field
from app.schemas.common import Input
from app.schemas.intervals import IntervalAmount
from app.services import api_keys, device_intervals, line_points
from app.services.device_intervals import Delivery
from app.utils.codes import Code

MAX_BYTES = 256 * 1024
ANY = "+"


class Message(Input):
    """Amounts of consecutive intervals, the first from `start`; null says nothing."""

    start: AwareDatetime
    step_seconds: Annotated[int, Field(strict=True, ge=60, le=86_400)]
    unit: Annotated[str, Field(max_length=40)] | None = None
    amounts: Annotated[list[IntervalAmount | None], Field(min_length=1, max_length=10_000)]


def meter_in(topic: str, patterns: tuple[str, ...]) -> str | None:
    """Give the level of a topic that + stands for in the first pattern that fits, or None."""
    levels = topic.split("/")
    for pattern in patterns:
        wanted = pattern.split("/")
        fits = len(wanted) == len(levels) and all(
            one in (ANY, other) for one, other in zip(wanted, levels, strict=True)
        )
        if fits and ANY in wanted:
            return levels[wanted.index(ANY)]
    return None


def store(db: Database, key: ApiKeyText, name: str | None, payload: bytes, now: datetime) -> None:
    """Store a message in a transaction of the key's account; returns when it is committed.

    `name` is what the topic calls the meter: the payload is a Message then, and line protocol
    (in seconds) otherwise. Raises a Problem for what cannot be stored, Unavailable when the same
    message can be tried again.
    """
    if len(payload) > MAX_BYTES:
        raise Malformed(f"A message has at most {MAX_BYTES >> 10} KB.")
    with db.tenant(key.account_id, None) as session:
        bearer = api_keys.behind(session, key, now)
        if not key_allows(bearer.scopes, bearer.role, Permission.INTERVALS_WRITE):
            raise Forbidden("The API key is not good for writing intervals.")
        if name is None:
            line_points.write(session, _text(payload), "s", now)
        else:
            _store_message(session, name, payload, now)
    api_keys.note_use(db, key.account_id, bearer, now)


def _text(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError as error:
        raise Malformed("The message is not UTF-8.") from error


def _store_message(session: TenantSession, name: str, payload: bytes, now: datetime) -> None:
    try:
        message = Message.model_validate(orjson.loads(payload))
    except orjson.JSONDecodeError as error:
        raise Malformed("The message is not JSON.") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        pointer = "/" + "/".join(map(str, first["loc"]))
        raise invalid_field(pointer, str(first["msg"])) from error
    found = line_points.known(session).get(name, [])
    if len(found) != 1:
        raise NotFound("There is no such meter.", code=Code.NO_SUCH_METER)
    meter_id, unit = found[0]
    delivery = Delivery(
        meter_id,
        message.start.astimezone(UTC),
        message.step_seconds,
        message.unit or unit,
        message.amounts,
    )
    device_intervals.receive(session, [delivery], now)
