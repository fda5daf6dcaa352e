"""Idempotency-Key: the same request again gets the stored answer and is not done twice."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, LargeBinary, bindparam, delete, select, text, update
from sqlalchemy.exc import OperationalError

from app.db import Prepared, TenantSession, sqlstate, table_of, tenant_filter
from app.errors import Conflict, invalid_field
from app.models import IdempotencyKey
from app.utils.codes import Code

KEPT_FOR = timedelta(hours=24)
KEYS = table_of(IdempotencyKey)
_PURGE_ONE_IN = 200


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer as it was given the first time; `headers` is the ETag and the Location."""

    status: int
    headers: str
    body: bytes


def claim(
    session: TenantSession, key: str, request_hash: bytes, now: datetime
) -> StoredAnswer | None:
    """Take the key for this request, or give the answer that it already stands for.

    Waits for a request with the same key that is under way. Raises Conflict when that takes
    too long, Invalid when the key was used for another request.
    """
    if random.randrange(_PURGE_ONE_IN) == 0:  # noqa: S311
        _purge(session, now)
    for _ in range(2):
        if _insert(session, key, request_hash, now):
            return None
        row = session.execute(select(KEYS).where(*_is_key(session, key))).one_or_none()
        if row is None:  # the one that held it has rolled back
            continue
        if row.created_at < now - KEPT_FOR:
            session.execute(delete(KEYS).where(*_is_key(session, key)))
            continue
        if row.request_hash != request_hash:
            detail = "This key was used for another request."
            raise invalid_field("Idempotency-Key:", detail, Code.KEY_REUSED)
        return StoredAnswer(row.status, row.headers or "", row.body or b"")
    raise Conflict("A request with this Idempotency-Key is under way.", code=Code.KEY_IN_USE)


def store(session: TenantSession, key: str, answer: StoredAnswer) -> None:
    """Keep the answer with the key, in the transaction of the work itself: with its COMMIT."""
    _STORE.ask(
        session,
        {
            "account": session.account_id,
            "user": session.user_id,
            "the_key": key,
            "status": answer.status,
            "headers": answer.headers,
            "body": answer.body,
        },
    )


def _insert(session: TenantSession, key: str, request_hash: bytes, now: datetime) -> bool:
    values = {
        "account_id": session.account_id,
        "user_id": session.user_id,
        "key": key,
        "request_hash": request_hash,
        "created_at": now,
    }
    try:
        return _CLAIM.row(session, values) is not None
    except OperationalError as error:
        if sqlstate(error) == "55P03":
            raise Conflict(
                "A request with this Idempotency-Key is under way; try again.",
                code=Code.KEY_IN_USE,
                headers={"Retry-After": "2"},
            ) from error
        raise


def _is_key(session: TenantSession, key: str) -> tuple[ColumnElement[bool], ...]:
    return tenant_filter(KEYS, session), KEYS.c.user_id == session.user_id, KEYS.c.key == key


def _purge(session: TenantSession, now: datetime) -> None:
    session.execute(
        delete(KEYS).where(tenant_filter(KEYS, session), KEYS.c.created_at < now - KEPT_FOR)
    )


# Both dialects read PostgreSQL's spelling here.
_CLAIM = Prepared(
    text(
        "INSERT INTO idempotency_keys (account_id, user_id, key, request_hash, created_at)"
        " VALUES (:account_id, :user_id, :key, :request_hash, :created_at)"
        " ON CONFLICT DO NOTHING RETURNING key"
    ).bindparams(bindparam("created_at", type_=KEYS.c.created_at.type))
)
_STORE = Prepared(
    update(KEYS)
    .where(
        KEYS.c.account_id == bindparam("account"),
        KEYS.c.user_id == bindparam("user"),
        KEYS.c.key == bindparam("the_key"),
    )
    .values(
        status=bindparam("status"),
        headers=bindparam("headers"),
        body=bindparam("body", type_=LargeBinary),
    )
)
