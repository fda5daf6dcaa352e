"""Writing an account's archive."""

import hashlib
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import IO, Any

import orjson
from sqlalchemy import select, tuple_

from app.db import TenantSession, tenant_filter
from app.models import Account, ImportStatus
from app.schemas.archives import FORMAT, VERSION, ArchiveAccount, ArchiveFile, Manifest
from app.services.archive_parts import MANIFEST, PARTS, Part
from app.services.export_files import Made
from app.version import VERSION as APPLICATION

_ONGOING = (ImportStatus.QUEUED, ImportStatus.RUNNING)
Positions = dict[str, dict[int, int]]
"""For each part the position, from 1, of each id."""


def write_archive(file: IO[bytes], session: TenantSession, now: datetime) -> Made:
    """Write everything that the account has, as docs/archive.md describes it."""
    positions: Positions = {}
    found: list[ArchiveFile] = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for part in PARTS:
            with archive.open(_member(part.file_name), "w", force_zip64=True) as member:
                found.append(_write(member, session, part, positions))
        account = session.scalars(select(Account).where(Account.id == session.account_id)).one()
        manifest = Manifest(
            format=FORMAT,
            version=VERSION,
            exported_at=now,
            application=APPLICATION,
            account=ArchiveAccount(
                name=account.name,
                time_zone=account.time_zone,
                currency=account.currency,
                locale=account.locale,
            ),
            files=found,
        )
        archive.writestr(_member(MANIFEST), manifest.model_dump_json(indent=2))
    return Made(f"consumo-account-{now:%Y-%m-%d}.zip", sum(one.rows for one in found))


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))  # the same bytes for the same rows
    member.compress_type = zipfile.ZIP_DEFLATED
    return member


def _write(
    member: IO[bytes], session: TenantSession, part: Part, positions: Positions
) -> ArchiveFile:
    digest, count, size = hashlib.sha256(), 0, 0
    places = positions.setdefault(part.name, {})
    for count, row in enumerate(_rows(session, part), start=1):
        if part.is_referred:
            places[row["id"]] = count
        line = orjson.dumps(_written(part, row, positions)) + b"\n"
        digest.update(line)
        size += len(line)
        member.write(line)
    return ArchiveFile(name=part.file_name, rows=count, bytes=size, sha256=digest.hexdigest())


def _rows(session: TenantSession, part: Part) -> Iterator[dict[str, Any]]:
    keys = [part.table.c[name] for name in part.order]
    columns = list(dict.fromkeys([*part.columns, *keys]))
    statement = (
        select(*columns)
        .where(tenant_filter(part.table, session))
        .order_by(*keys)
        .limit(part.rows_at_a_time)
    )
    page = statement
    while True:
        rows = session.execute(page).mappings().all()
        yield from map(dict, rows)
        if len(rows) < part.rows_at_a_time:
            return
        last = tuple_(*(rows[-1][name] for name in part.order), types=[key.type for key in keys])
        page = statement.where(tuple_(*keys) > last)


def _written(part: Part, row: Mapping[str, Any], positions: Positions) -> dict[str, Any]:
    item: dict[str, Any] = {}
    for column in part.columns:
        name, value = column.name, row[column.name]
        if name == "id":
            value = positions[part.name][value]
        elif name in part.references and value is not None:
            value = positions[part.references[name]][value]
        item[name] = _plain(value)
    if part.name == "imports":
        _settle_import(item, positions)
    return item


def _settle_import(item: dict[str, Any], positions: Positions) -> None:
    """An import that is under way has not happened yet; its report names meters by position."""
    if item["status"] in _ONGOING:
        item["status"] = ImportStatus.FAILED
    item["meters"] = [
        meter | {"id": positions["meters"].get(meter.get("id"))} for meter in item["meters"]
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value
