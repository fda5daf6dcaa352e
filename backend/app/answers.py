"""How an answer is made of what a view gives: its ETag, its place, its compression."""

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from flask import Response, request
from pydantic import BaseModel

from app.intake import JSON

COMPRESSED_FROM = 32 * 1024
"""Bytes from which an answer is sent compressed: below, it costs more time than it saves."""


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


def answered(result: Any, status: int) -> Response:
    """Make the answer of what a view gave; 304 when the client has it already."""
    if isinstance(result, Response):
        return result
    reply = result if isinstance(result, Reply) else Reply(make=lambda: result)
    is_read = request.method in ("GET", "HEAD")
    if is_read and reply.etag and _matches(request.headers.get("If-None-Match"), reply.etag):
        response = Response(status=304)
    else:
        body = reply.make()
        status = reply.status or status
        response = Response(status=204) if body is None else _with_body(encoded(body), status)
    if reply.etag is not None:
        response.headers["ETag"] = reply.etag
    if reply.location is not None:
        response.headers["Location"] = reply.location
    response.headers.update(reply.headers)
    return response


def _with_body(body: bytes, status: int) -> Response:
    """Make an answer; a large one is compressed for clients that take it."""
    if len(body) < COMPRESSED_FROM or not request.accept_encodings["gzip"]:
        return Response(body, status, content_type=JSON)
    packed = gzip.compress(body, compresslevel=1, mtime=0)
    headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(packed, status, headers, content_type=JSON)


def encoded(body: Any) -> bytes:
    """Give a body as JSON; bytes are JSON already."""
    if isinstance(body, bytes):
        return body
    if isinstance(body, BaseModel):
        return body.model_dump_json().encode()
    return orjson.dumps(body, option=orjson.OPT_UTC_Z)


def _matches(header: str | None, etag: str) -> bool:
    """Compare weakly, as RFC 9110 §13.1.2 asks for If-None-Match."""
    if header is None:
        return False
    candidates = {part.strip().removeprefix("W/") for part in header.split(",")}
    return "*" in candidates or etag.removeprefix("W/") in candidates


def weak_etag(fingerprint: str) -> str:
    """Give a weak ETag for what this query shows while the data has `fingerprint`."""
    return f'W/"{fingerprint}.{zlib.crc32(request.query_string):08x}"'
