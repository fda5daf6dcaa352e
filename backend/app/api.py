"""The endpoint decorator: read the request, authorise, open the transaction, answer.

A view declares what it takes, needs and returns, and gets it as arguments. One request is one
transaction; the answer is serialised and the commit made inside the dispatch, so that an error
of the commit itself is still answered as a problem.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any

from flask import Response, current_app, g, request
from pydantic import BaseModel

from app.answers import Reply as Reply
from app.answers import answered
from app.answers import encoded as encoded
from app.answers import weak_etag as weak_etag
from app.auth.api_keys import ApiKeyText
from app.auth.identity import Identity, client_address, credentials
from app.auth.permissions import GUEST, Permission, allows, key_allows
from app.auth.tokens import Claims, Keys
from app.config import Settings
from app.db import RETRIED_SQLSTATES, Database, TenantSession, sqlstate
from app.errors import (
    Forbidden,
    PreconditionRequired,
    Problem,
    Stale,
    Unauthenticated,
    invalid_field,
)
from app.intake import JSON, read_json, read_query, refuse_query
from app.quotas import Quotas
from app.services import api_keys, idempotency, sessions
from app.services.import_jobs import Jobs
from app.utils.codes import Code
from app.utils.kept import Kept

ATTEMPTS = 3
_ROLE = "Your role in this account ({role}) does not allow this."
_GUEST = (
    "This is the demonstration: look around, but nothing can be changed."
    " Create an account for your own data."
)
_KEY = "This API key is not good for that: its scopes are {scopes}."
View = Callable[..., Any]
Ahead = Callable[[TenantSession], Any]
"""Asks for what a request needs in any case; the question travels with the session's check."""


@dataclass(frozen=True, slots=True)
class State:
    """What the whole process shares."""

    settings: Settings
    db: Database
    keys: Keys
    kept: Kept = field(default_factory=lambda: Kept(count=256, size=64 * 1024))
    """Answers by account, version of its data and question: a dashboard asks the same again."""
    jobs: Jobs = field(init=False)
    quotas: Quotas = field(init=False)

    def __post_init__(self) -> None:
        """Make what the settings say."""
        object.__setattr__(self, "jobs", Jobs(self.settings))
        object.__setattr__(self, "quotas", Quotas(self.settings))


def state() -> State:
    """Give the state of the running application."""
    found: State = current_app.extensions["consumo"]
    return found


def now() -> datetime:
    """Give the instant at which this request began, UTC."""
    instant: datetime = g.now
    return instant


@dataclass(frozen=True, slots=True)
class Declared:
    """What a view declares; OpenAPI and the access matrix are made from it."""

    needs: Permission | None
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    returns: type[BaseModel] | None
    status: int
    is_idempotent: bool
    is_upload: bool
    is_versioned: bool
    is_batch: bool
    also: tuple[int, ...]
    produces: str = JSON


def endpoint(
    *,
    needs: Permission | None,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    returns: type[BaseModel] | None = None,
    status: int = 200,
    idempotent: bool = False,
    upload: bool = False,
    versioned: bool = False,
    batch: bool = False,
    own_transactions: bool = False,
    also: tuple[int, ...] = (),
    produces: str = JSON,
    prepare: Callable[[Database], AbstractContextManager[Any]] | None = None,
    ahead: Ahead | None = None,
) -> Callable[[View], Callable[..., Response]]:
    """Declare a view.

    With `needs` the view gets a TenantSession of the signed-in user; with None it is open to
    everybody and gets the Database. `idempotent` honours Idempotency-Key, `versioned` says that
    If-Match counts, `upload` that the body is multipart, `batch` that it may be large. With
    `own_transactions` a view that hashes passwords, or makes a long file, gets the Database after
    the permission has been checked, because no connection may be held that long. `also` lists
    other statuses that come with the same body, `produces` is the media type of a file.
    `prepare` does what takes long before the transaction begins, after the permission has been
    checked; the view gets what it gives as `prepared`. `ahead` asks, in the round trip that
    checks the session, for what the view gets as `known`.
    """
    declared = Declared(
        needs, body, query, returns, status, idempotent, upload, versioned, batch, also, produces
    )

    def decorate(view: View) -> Callable[..., Response]:
        @wraps(view)
        def dispatch(**path: Any) -> Response:
            if needs is None:
                return answered(view(state().db, **path, **_inputs(declared)), declared.status)
            who = credentials(state().keys, state().settings)
            if isinstance(who, Claims):
                state().quotas.count_user(who)
            arguments = path | _inputs(declared)
            if own_transactions:
                with _tenant(who, needs, read_only=True):
                    pass
                return answered(view(state().db, **arguments), declared.status)
            if prepare is None:
                return _in_transaction(view, declared, who, needs, arguments, ahead)
            with _tenant(who, needs, read_only=True):
                pass
            with prepare(state().db) as prepared:
                arguments["prepared"] = prepared
                return _in_transaction(view, declared, who, needs, arguments, ahead)

        dispatch.declared = declared  # type: ignore[attr-defined]
        return dispatch

    return decorate


@contextmanager
def _tenant(
    who: Claims | ApiKeyText, needs: Permission, *, read_only: bool, ahead: Ahead | None = None
) -> Iterator[tuple[TenantSession, Any]]:
    """Open the user's transaction and check what they, or their API key, may do in it.

    Gives the session and the answer of `ahead`.
    """
    if isinstance(who, ApiKeyText):
        with _behind_key(who, needs, read_only=read_only) as session:
            yield session, ahead and ahead(session)
        return
    with state().db.tenant(who.account_id, who.user_id, read_only=read_only) as session:
        asked = sessions.ask_role(session, who, now())
        try:
            found = ahead and ahead(session)
        except Problem:
            _admit(who, asked(), needs)  # who may not ask hears that and nothing else
            raise
        _admit(who, asked(), needs)
        yield session, found


def _admit(who: Claims, found: Sequence[Any], needs: Permission) -> None:
    role = sessions.role_behind(found)
    g.identity = Identity(who, role)
    if not allows(role, needs):
        if role == GUEST:
            raise Forbidden(_GUEST, code=Code.DEMO_READ_ONLY)
        raise Forbidden(_ROLE.format(role=role), params={"role": role})


@contextmanager
def _behind_key(key: ApiKeyText, needs: Permission, *, read_only: bool) -> Iterator[TenantSession]:
    bearer = None
    try:
        with state().db.tenant(key.account_id, None, read_only=read_only) as session:
            bearer = api_keys.behind(session, key, now())
            state().quotas.count_key(key.key_id, key.account_id)
            claims = Claims(bearer.user_id, key.account_id, session_id=0)
            g.identity = Identity(claims, bearer.role, key.key_id)
            if not key_allows(bearer.scopes, bearer.role, needs):
                raise Forbidden(_KEY.format(scopes=", ".join(bearer.scopes)))
            yield session
    except Unauthenticated:
        if bearer is None:
            _count_wrong_key(key)
        raise
    finally:
        if bearer is not None:  # now that the request holds no connection any more
            api_keys.note_use(state().db, key.account_id, bearer, now())


def _count_wrong_key(key: ApiKeyText) -> None:
    settings = state().settings
    address = client_address(settings)
    api_keys.count_wrong(state().db, state().keys, settings, key, address, now())


def _in_transaction(
    view: View,
    declared: Declared,
    who: Claims | ApiKeyText,
    needs: Permission,
    arguments: dict[str, Any],
    ahead: Ahead | None,
) -> Response:
    is_read = request.method in ("GET", "HEAD")
    key = request.headers.get("Idempotency-Key") if declared.is_idempotent else None
    asking = ahead if key is None else _claiming(key)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with _tenant(who, needs, read_only=is_read, ahead=asking) as (session, found):
                if key is not None:
                    return _once(session, key, found, lambda: view(session, **arguments), declared)
                if ahead is not None:
                    arguments["known"] = found
                return answered(view(session, **arguments), declared.status)
        except Problem as problem:
            if sqlstate(problem.__cause__) not in RETRIED_SQLSTATES or attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _claiming(key: str) -> Ahead:
    if not 1 <= len(key) <= 255 or not key.isprintable() or not key.isascii():
        detail = "A key has 1 to 255 printable ASCII characters."
        raise invalid_field("Idempotency-Key:", detail, Code.WRONG_FORMAT)
    fingerprint = _fingerprint()
    return lambda session: idempotency.claim(session, key, fingerprint, now())


def _once(
    session: TenantSession,
    key: str,
    stored: idempotency.StoredAnswer | None,
    work: Callable[[], Any],
    declared: Declared,
) -> Response:
    if stored is not None:
        return _replay(stored)
    response = answered(work(), declared.status)
    kept = {name: value for name, value in response.headers.items() if name in ("ETag", "Location")}
    idempotency.store(
        session,
        key,
        idempotency.StoredAnswer(response.status_code, json.dumps(kept), response.get_data()),
    )
    return response


def _fingerprint() -> bytes:
    digest = hashlib.sha256(f"{request.method} {request.full_path}\n".encode())
    if request.mimetype == JSON:  # never a form, which it costs time to look for
        digest.update(request.get_data() + b"[]")
        return digest.digest()
    if not request.files:
        digest.update(request.get_data())
    for _, upload in sorted(request.files.items(multi=True)):
        while block := upload.stream.read(1 << 20):
            digest.update(block)
        upload.stream.seek(0)
    digest.update(repr(sorted(request.form.items(multi=True))).encode())
    return digest.digest()


def _replay(stored: idempotency.StoredAnswer) -> Response:
    response = Response(stored.body, stored.status, content_type=JSON)
    response.headers.update(json.loads(stored.headers or "{}"))
    response.headers["Idempotency-Replayed"] = "true"
    return response


def expected_version() -> int | None:
    """Give the version that If-Match names, or None when there is no condition.

    Raises PreconditionRequired when settings demand one, Stale for an ETag that was never ours.
    """
    header = request.headers.get("If-Match")
    if header is None:
        if state().settings.require_if_match:
            raise PreconditionRequired("Send If-Match with the ETag of the record that you saw.")
        return None
    text = header.strip().strip('"')
    if header.strip() == "*":
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise Stale(
            "If-Match does not name the current version; read the record again.",
            code=Code.RECORD_CHANGED,
        )
    return int(text)


def _inputs(declared: Declared) -> dict[str, Any]:
    inputs: dict[str, Any] = {}
    if declared.query is not None:
        inputs["query"] = read_query(declared.query)
    else:
        refuse_query()
    if declared.body is not None and not declared.is_upload:
        settings = state().settings
        limit_kb = settings.max_batch_kb if declared.is_batch else settings.max_json_kb
        inputs["body"] = read_json(declared.body, limit_kb)
    return inputs
