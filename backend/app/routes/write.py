"""Where Telegraf and other clients of InfluxDB 2 write to."""

import zlib

from flask import Blueprint, request
from werkzeug.exceptions import RequestEntityTooLarge

from app.api import endpoint, now, state
from app.auth.permissions import Permission
from app.db import TenantSession
from app.errors import Malformed, TooLarge, UnsupportedMediaType
from app.schemas.write import WriteQuery
from app.services import line_points

blueprint = Blueprint("write", __name__, url_prefix="/api")


@blueprint.post("/v2/write")
@endpoint(needs=Permission.INTERVALS_WRITE, query=WriteQuery, status=204)
def write_points_v2(session: TenantSession, query: WriteQuery) -> None:
    """Write points in line protocol, at the path that InfluxDB 2 has."""
    _write(session, query)


@blueprint.post("/write")
@endpoint(needs=Permission.INTERVALS_WRITE, query=WriteQuery, status=204)
def write_points(session: TenantSession, query: WriteQuery) -> None:
    """Write points in line protocol: amounts of a meter's intervals, in any order.

    `any,meter=<external id or name>,step=900[,unit=Wh] amount=0.25 <start of the interval>`. All
    or none; a value for the same interval replaces the one before. A problem names the line.
    """
    _write(session, query)


def _write(session: TenantSession, query: WriteQuery) -> None:
    limit_kb = state().settings.max_batch_kb
    request.max_content_length = limit_kb * 1024
    too_large = TooLarge(f"The body may have at most {limit_kb} KB.")
    try:
        data = request.get_data()
    except RequestEntityTooLarge as error:
        raise too_large from error
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding == "gzip":
        data = _unpacked(data, limit_kb * 1024, too_large)
    elif encoding != "identity":
        raise UnsupportedMediaType("Content-Encoding is gzip or identity.")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Malformed("The body is not UTF-8.") from error
    if "\0" in text:
        raise Malformed("The body holds the NUL character.")
    line_points.write(session, text, query.precision, now())


def _unpacked(data: bytes, limit: int, too_large: TooLarge) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        found = unpacker.decompress(data, limit + 1)
    except zlib.error as error:
        raise Malformed("The body is not gzip.") from error
    if len(found) > limit:
        raise too_large
    if not unpacker.eof:
        raise Malformed("The body ends within its gzip stream.")
    return found
