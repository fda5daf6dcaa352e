"""The endpoint decorator: read the request, authorise, open the transaction, answer.

A view declares what it takes, needs and returns, and gets it as arguments. One request is one
transaction; the answer is serialised and the commit made inside the dispatch, so that an error
of the commit itself is still answered as a problem.
"""

import hashlib
import json
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import wraps
from typing import Any

import orjson
from flask import Response, current_app, g, request
from pydantic import BaseModel, ValidationError
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from app.auth.identity import Identity, bearer_claims
from app.auth.permissions import GUEST, Permission, allows
from app.auth.tokens import Claims, Keys
from app.config import Settings
from app.db import RETRIED_SQLSTATES, Database, TenantSession, sqlstate
from app.errors import (
    FieldError,
    Forbidden,
    Invalid,
    Malformed,
    PreconditionRequired,
    Problem,
    Stale,
    TooLarge,
    UnsupportedMediaType,
    invalid_field,
)
from app.services import idempotency, sessions

JSON = "application/json"
MAX_JSON_DEPTH = 32
ATTEMPTS = 3
_ROLE = "Your role in this account ({role}) does not allow this."
_GUEST = (
    "This is the demonstration: look around, but nothing can be changed."
    " Create an account for your own data."
)
View = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class State:
    """What the whole process shares."""

    settings: Settings
    db: Database
    keys: Keys


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


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is more than a body: an ETag, a place, cookies.

    `make` is called only when the client's copy (If-None-Match) is not `etag` already.
    """

    make: Callable[[], Any]
    status: int | None = None
    etag: str | None = None
    location: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


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
) -> Callable[[View], Callable[..., Response]]:
    """Declare a view.

    With `needs` the view gets a TenantSession of the signed-in user; with None it is open to
    everybody and gets the Database. `idempotent` honours Idempotency-Key, `versioned` says that
    If-Match counts, `upload` that the body is multipart, `batch` that it may be large. With
    `own_transactions` a view that hashes passwords gets the Database after the permission has
    been checked, because no connection may be held that long. `also` lists other statuses that
    come with the same body.
    """
    declared = Declared(
        needs, body, query, returns, status, idempotent, upload, versioned, batch, also
    )

    def decorate(view: View) -> Callable[..., Response]:
        @wraps(view)
        def dispatch(**path: Any) -> Response:
            if needs is None:
                return _answer(view(state().db, **path, **_inputs(declared)), declared)
            claims = bearer_claims(state().keys, state().settings)
            arguments = path | _inputs(declared)
            if own_transactions:
                with _tenant(claims, needs, read_only=True):
                    pass
                return _answer(view(state().db, **arguments), declared)
            return _in_transaction(view, declared, claims, needs, arguments)

        dispatch.declared = declared  # type: ignore[attr-defined]
        return dispatch

    return decorate


@contextmanager
def _tenant(claims: Claims, needs: Permission, *, read_only: bool) -> Iterator[TenantSession]:
    """Open the user's transaction and check what they may do in it."""
    with state().db.tenant(claims.account_id, claims.user_id, read_only=read_only) as session:
        role = sessions.role_behind(session, claims, now())
        g.identity = Identity(claims, role)
        if not allows(role, needs):
            raise Forbidden(_GUEST if role == GUEST else _ROLE.format(role=role))
        yield session


def _in_transaction(
    view: View,
    declared: Declared,
    claims: Claims,
    needs: Permission,
    arguments: dict[str, Any],
) -> Response:
    is_read = request.method in ("GET", "HEAD")
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with _tenant(claims, needs, read_only=is_read) as session:
                return _once(session, view, declared, arguments)
        except Problem as problem:
            if sqlstate(problem.__cause__) not in RETRIED_SQLSTATES or attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _once(
    session: TenantSession,
    view: View,
    declared: Declared,
    arguments: dict[str, Any],
) -> Response:
    key = request.headers.get("Idempotency-Key") if declared.is_idempotent else None
    if key is None:
        return _answer(view(session, **arguments), declared)
    if not 1 <= len(key) <= 255 or not key.isprintable() or not key.isascii():
        raise invalid_field("Idempotency-Key:", "A key has 1 to 255 printable ASCII characters.")
    stored = idempotency.claim(session, key, _fingerprint(), now())
    if stored is not None:
        return _replay(stored)
    response = _answer(view(session, **arguments), declared)
    kept = {name: value for name, value in response.headers.items() if name in ("ETag", "Location")}
    idempotency.store(
        session,
        key,
        idempotency.StoredAnswer(response.status_code, json.dumps(kept), response.get_data()),
    )
    return response


def _fingerprint() -> bytes:
    digest = hashlib.sha256(f"{request.method} {request.full_path}\n".encode())
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


def _answer(result: Any, declared: Declared) -> Response:
    if isinstance(result, Response):
        return result
    reply = result if isinstance(result, Reply) else Reply(make=lambda: result)
    if reply.etag is not None and _matches(request.headers.get("If-None-Match"), reply.etag):
        response = Response(status=304)
    else:
        body = reply.make()
        status = reply.status or declared.status
        response = Response(status=204) if body is None else _json(body, status)
    if reply.etag is not None:
        response.headers["ETag"] = reply.etag
    if reply.location is not None:
        response.headers["Location"] = reply.location
    response.headers.update(reply.headers)
    return response


def _json(body: Any, status: int) -> Response:
    data = (
        body.model_dump_json().encode()
        if isinstance(body, BaseModel)
        else orjson.dumps(body, option=orjson.OPT_UTC_Z)
    )
    return Response(data, status, content_type=JSON)


def _matches(header: str | None, etag: str) -> bool:
    """Compare weakly, as RFC 9110 §13.1.2 asks for If-None-Match."""
    if header is None:
        return False
    candidates = {part.strip().removeprefix("W/") for part in header.split(",")}
    return "*" in candidates or etag.removeprefix("W/") in candidates


def weak_etag(fingerprint: str) -> str:
    """Give a weak ETag for what this query shows while the data has `fingerprint`."""
    return f'W/"{fingerprint}.{zlib.crc32(request.query_string):08x}"'


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
        raise Stale("If-Match does not name the current version; read the record again.")
    return int(text)


def _inputs(declared: Declared) -> dict[str, Any]:
    inputs: dict[str, Any] = {}
    if declared.query is not None:
        inputs["query"] = _parse_query(declared.query)
    elif request.args:
        _refuse_query()
    if declared.body is not None and not declared.is_upload:
        inputs["body"] = _validate(declared.body, _read_json(declared), "/")
    return inputs


def upload(declared: type[BaseModel]) -> tuple[FileStorage, Any]:
    """Read a multipart form with one file: the file, and the other parts validated.

    Raises UnsupportedMediaType for another type of body, Invalid for a missing file.
    """
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType("Send the file as multipart/form-data, in the part 'file'.")
    parts: dict[str, Any] = {}
    given: list[tuple[str, list[Any]]] = [*request.form.lists(), *request.files.lists()]
    for name, found in given:
        if len(found) > 1:
            raise invalid_field(f"#{name[:60]}", f"is given {len(found)} times")
        parts[name] = found[0]
    file = parts.get("file")
    if not isinstance(file, FileStorage):
        raise invalid_field("#file", "is required, as a file with a name")
    return file, _validate(declared, parts, "#")


def _refuse_query() -> None:
    raise Invalid(
        "This endpoint takes no query parameters.",
        errors=[FieldError(f"?{name}", "unknown parameter") for name in list(request.args)[:20]],
    )


def _parse_query(model: type[BaseModel]) -> BaseModel:
    values: dict[str, str] = {}
    for name, found in request.args.lists():
        if len(found) > 1:
            raise invalid_field(f"?{name}", f"{name[:60]} is given {len(found)} times.")
        values[name] = found[0]
    return _validate(model, values, "?")


def _read_json(declared: Declared) -> Any:
    settings = state().settings
    limit = settings.max_batch_kb if declared.is_batch else settings.max_json_kb
    request.max_content_length = limit * 1024
    if request.mimetype != JSON:
        raise UnsupportedMediaType(f"Send the body as {JSON}.")
    try:
        raw = request.get_data()
    except RequestEntityTooLarge as error:
        raise TooLarge(f"The body may have at most {limit} KB.") from error
    try:
        return json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_float=Decimal,
            parse_int=_bounded_int,
            parse_constant=Decimal,  # NaN and Infinity: refused at their field, by name
        )
    except UnicodeDecodeError as error:
        raise Malformed("The body is not UTF-8.") from error
    except RecursionError as error:
        raise Malformed(f"The body is nested deeper than {MAX_JSON_DEPTH} levels.") from error
    except json.JSONDecodeError as error:
        detail = f"The body is not JSON: {error.msg} at line {error.lineno} column {error.colno}."
        raise Malformed(detail) from error


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)[:60]
        raise Malformed(
            f"The key {twice!r} stands twice in one object.",
            errors=[FieldError(f"/{twice}", "stands twice")],
        )
    return found


def _bounded_int(text: str) -> int | Decimal:
    return int(text) if len(text) < 30 and text != "-0" else Decimal(text)


def _validate(model: type[BaseModel], value: Any, prefix: str) -> BaseModel:
    if prefix == "/" and not isinstance(value, dict):
        raise invalid_field("", "The body must be a JSON object.")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = [_field_error(item, prefix) for item in error.errors(include_url=False)[:100]]
    raise Invalid(f"{found[0].pointer or 'The body'}: {found[0].detail}", errors=found)


_MESSAGES = {
    "extra_forbidden": "unknown field, or one that cannot be set",
    "missing": "is required",
    "too_short": "must have at least {min_length} characters",
    "string_too_short": "must have at least {min_length} characters",
    "too_long": "must have at most {max_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "less_than_equal": "must be at most {le}",
    "greater_than_equal": "must be {ge} or more",
    "decimal_max_places": "must have at most {decimal_places} decimals",
    "finite_number": "must be a number, not NaN or Infinity",
    "string_type": "must be a text",
    "int_type": "must be a whole number",
    "list_type": "must be a list",
    "model_type": "must be an object",
}


def _field_error(item: Any, prefix: str) -> FieldError:
    place = [str(part)[:60] for part in item["loc"]]
    template = _MESSAGES.get(item["type"])
    message = template.format(**item.get("ctx", {})) if template else str(item["msg"])
    if "too_long" in item["type"] and "actual_length" in item.get("ctx", {}):
        message = message.replace("characters", "entries")
    message = message.removeprefix("Value error, ")
    name, separator, rest = message.partition(": ")
    if separator and name.isidentifier():  # a rule over several fields names the one it blames
        place, message = [*place, name], rest
    return FieldError(prefix + "/".join(place), message)
