"""Reading requests: JSON bodies, query parameters and uploads, validated by their models."""

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import request
from pydantic import BaseModel, ValidationError
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from app import translations
from app.errors import (
    FieldError,
    Invalid,
    Malformed,
    TooLarge,
    UnsupportedMediaType,
    invalid_field,
)
from app.utils.codes import Code

JSON = "application/json"
MAX_JSON_DEPTH = 32


def read_upload(declared: type[BaseModel]) -> tuple[FileStorage, Any]:
    """Read a multipart form with one file: the file, and the other parts validated.

    Raises UnsupportedMediaType for another type of body, Invalid for a missing file.
    """
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType("Send the file as multipart/form-data, in the part 'file'.")
    parts: dict[str, Any] = {}
    given: list[tuple[str, list[Any]]] = [*request.form.lists(), *request.files.lists()]
    for name, found in given:
        if len(found) > 1:
            detail = f"is given {len(found)} times"
            raise invalid_field(f"#{name[:60]}", detail, Code.GIVEN_TWICE)
        parts[name] = found[0]
    file = parts.get("file")
    if not isinstance(file, FileStorage):
        raise invalid_field("#file", "is required, as a file with a name", Code.FILE_MISSING)
    return file, validated(declared, parts, "#")


def refuse_query() -> None:
    """Refuse a query that nobody asked for. Raises Invalid."""
    if not request.args:
        return
    raise Invalid(
        "This endpoint takes no query parameters.",
        errors=[
            FieldError(f"?{name}", "unknown parameter", Code.UNKNOWN_FIELD)
            for name in list(request.args)[:20]
        ],
    )


def read_query(model: type[BaseModel]) -> BaseModel:
    """Read the query parameters, each given once. Raises Invalid."""
    values: dict[str, str] = {}
    for name, found in request.args.lists():
        if len(found) > 1:
            detail = f"{name[:60]} is given {len(found)} times."
            raise invalid_field(f"?{name}", detail, Code.GIVEN_TWICE)
        values[name] = found[0]
    return validated(model, values, "?")


def read_json(model: type[BaseModel], limit_kb: int) -> BaseModel:
    """Read a JSON body of at most `limit_kb`.

    Raises UnsupportedMediaType, TooLarge, Malformed for what cannot be read (a key twice, deep
    nesting), and Invalid with each field that breaks a rule.
    """
    return validated(model, _decoded(limit_kb), "/")


def _decoded(limit_kb: int) -> Any:
    request.max_content_length = limit_kb * 1024
    if request.mimetype != JSON:
        raise UnsupportedMediaType(f"Send the body as {JSON}.")
    try:
        raw = request.get_data()
    except RequestEntityTooLarge as error:
        raise TooLarge(f"The body may have at most {limit_kb} KB.") from error
    try:
        _refuse_depth(raw)
        return json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_float=_bounded_float,
            parse_int=_bounded_int,
            parse_constant=Decimal,  # NaN and Infinity: refused at their field, by name
        )
    except UnicodeDecodeError as error:
        raise Malformed("The body is not UTF-8.") from error
    except json.JSONDecodeError as error:
        detail = f"The body is not JSON: {error.msg} at line {error.lineno} column {error.colno}."
        raise Malformed(detail) from error


_NESTING = re.compile(rb'"(?:[^"\\\\]|\\\\.)*"|[\[{]|[\]}]')


def _refuse_depth(raw: bytes) -> None:
    if raw.count(b"[") + raw.count(b"{") <= MAX_JSON_DEPTH:
        return
    depth = 0
    for match in _NESTING.finditer(raw):
        depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(match[0], 0)
        if depth > MAX_JSON_DEPTH:
            raise Malformed(f"The body is nested deeper than {MAX_JSON_DEPTH} levels.")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = _printable(next(name for name in names if names.count(name) > 1))
        raise Malformed(
            f"The key {twice!r} stands twice in one object.",
            errors=[FieldError(f"/{twice}", "stands twice", Code.GIVEN_TWICE)],
        )
    return found


def _bounded_float(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent that no Decimal has: beyond every limit
        return Decimal("Infinity")


def _printable(text: object) -> str:
    return str(text)[:60].encode("utf-8", "replace").decode()


def _bounded_int(text: str) -> int | Decimal:
    return int(text) if len(text) < 30 and text != "-0" else Decimal(text)


def validated(model: type[BaseModel], value: Any, prefix: str) -> BaseModel:
    """Validate a value whose fields' pointers begin with `prefix`. Raises Invalid."""
    if prefix == "/" and not isinstance(value, dict):
        detail = "The body must be a JSON object."
        raise invalid_field("", detail, Code.WRONG_TYPE, expected="object")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = [_field_error(item, prefix) for item in error.errors(include_url=False)[:100]]
    raise Invalid(f"{found[0].pointer or 'The body'}: {found[0].detail}", errors=found)


def _field_error(item: Any, prefix: str) -> FieldError:
    place = [_printable(part) for part in item["loc"]]
    found = translations.translated(item)
    if found.field is not None:  # a rule over several fields names the one it blames
        place.append(found.field)
    return FieldError(prefix + "/".join(place), found.detail, found.code, found.params)
