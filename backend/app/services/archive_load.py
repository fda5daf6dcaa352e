"""Loading an archive into an empty account: checked as a whole, then stored, all or nothing."""

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any

import orjson
from pydantic import ValidationError
from sqlalchemy import Table, delete, func, insert, select
from sqlalchemy.exc import DataError, IntegrityError

from app.db import TenantSession, table_of, tenant_filter
from app.errors import Conflict, Invalid, invalid_field
from app.models import Account, IntervalBlock, Meter, Site, Source
from app.schemas.archives import VERSION, ArchiveFile, Manifest
from app.services import archive_rows, audit, interval_days, meters, rebuild, register_reads
from app.services.archive_parts import MANIFEST, PARTS, Part
from app.services.archive_rows import BadRow
from app.utils.codes import Code

MAX_LINE_BYTES = 4 << 20
MAX_UNPACKED_BYTES = 16 << 30
MAX_MANIFEST_BYTES = 64 << 10
_CHUNK_BYTES = 1 << 18
_MADE_BY = {"import_profiles": "created_by", "imports": "created_by", "consumptions": "user_id"} | {
    "register_reads": "created_by"
}
METERS, SITES, BLOCKS = table_of(Meter), table_of(Site), table_of(IntervalBlock)


@dataclass(slots=True)
class _Loading:
    """What rows further on refer to: ids by part and position, and meters and sites as stored."""

    ids: dict[str, list[int]] = field(default_factory=dict)
    stored: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def id_of(self, part: str, position: Any) -> int:
        """Give the new id of a row that was read before."""
        known = self.ids[part]
        if type(position) is not int or not 1 <= position <= len(known):
            raise BadRow(f"there is no row {position!r} in {part}")
        return known[position - 1]


def load(session: TenantSession, file: IO[bytes]) -> dict[str, int]:
    """Store an archive in the session's account and compute the projection; gives rows by file.

    Raises Conflict when the account is not empty, Invalid when the archive is of another version
    or damaged: a checksum or a number of rows is wrong, a row breaks a rule of its table.
    """
    _refuse_filled(session)
    try:
        with zipfile.ZipFile(file) as archive:
            files = _checked(archive)
            return _store(session, archive, files)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _damaged("the file is no whole ZIP archive") from error


def _damaged(detail: str, file: str | None = None) -> Invalid:
    return invalid_field("#file", detail, Code.ARCHIVE_DAMAGED, file=file)


def _refuse_filled(session: TenantSession) -> None:
    # Two archives at once are loaded one after the other: the second finds the account filled.
    session.execute(select(Account.id).where(Account.id == session.account_id).with_for_update())
    filled = [part.name for part in PARTS[1:] if _count(session, part.table)]
    if filled or _count(session, SITES) > 1:
        detail = "An archive is loaded into an empty account; this one has data or several sites."
        raise Conflict(detail, code=Code.ACCOUNT_NOT_EMPTY)


def _count(session: TenantSession, table: Table) -> int:
    return (
        session.scalar(select(func.count()).select_from(table).where(tenant_filter(table, session)))
        or 0
    )


def _checked(archive: zipfile.ZipFile) -> dict[str, ArchiveFile]:
    """Read the manifest and prove that each file is as it says."""
    files = {one.name: one for one in _manifest(archive).files}
    wanted = {part.file_name for part in PARTS}
    if files.keys() != wanted or {*archive.namelist()} != wanted | {MANIFEST}:
        raise _damaged(f"the archive must hold {MANIFEST} and {', '.join(sorted(wanted))}")
    if sum(one.bytes for one in files.values()) > MAX_UNPACKED_BYTES:
        raise _damaged(f"unpacked, it is larger than {MAX_UNPACKED_BYTES >> 30} GB")
    for one in files.values():
        digest, size, lines = hashlib.sha256(), 0, 0
        with archive.open(one.name) as member:
            while chunk := member.read(_CHUNK_BYTES):
                digest.update(chunk)
                size += len(chunk)
                lines += chunk.count(b"\n")
                if size > one.bytes:
                    break
        if (size, lines, digest.hexdigest()) != (one.bytes, one.rows, one.sha256):
            raise _damaged(f"{one.name} is not what the manifest says: it was damaged", one.name)
    return files


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    try:
        with archive.open(MANIFEST) as member:
            data = orjson.loads(member.read(MAX_MANIFEST_BYTES))
    except (KeyError, orjson.JSONDecodeError) as error:
        raise _damaged(f"there is no {MANIFEST}, or it cannot be read", MANIFEST) from error
    version = data.get("version") if isinstance(data, dict) else None
    if type(version) is int and version != VERSION:
        raise invalid_field(
            "#file",
            f"the archive has version {version}; this program reads version {VERSION}",
            Code.ARCHIVE_VERSION,
            version=version,
            supported=VERSION,
        )
    try:
        return Manifest.model_validate(data)
    except ValidationError as error:
        raise _damaged(f"{MANIFEST} is not that of an account's archive", MANIFEST) from error


def _store(
    session: TenantSession, archive: zipfile.ZipFile, files: dict[str, ArchiveFile]
) -> dict[str, int]:
    if files["sites.jsonl"].rows == 0:
        raise _damaged("sites.jsonl is empty; an account has a site", "sites.jsonl")
    session.execute(delete(SITES).where(tenant_filter(SITES, session)))
    loading, counts = _Loading(), {}
    for part in PARTS:
        with archive.open(part.file_name) as member:
            counts[part.name] = _store_part(session, part, member, loading)
    _project(session, loading)
    audit.record(session, "archive.loaded", rows=counts)
    return counts


def _store_part(session: TenantSession, part: Part, member: IO[bytes], loading: _Loading) -> int:
    ids = loading.ids.setdefault(part.name, [])
    kept = loading.stored.setdefault(part.name, [])
    rows, count = _rows(session, part, member, loading), 0
    while batch := list(islice(rows, part.rows_at_a_time)):
        try:
            if part.is_referred:
                ids += [_insert_one(session, part.table, row) for row in batch]
            else:
                session.execute(insert(part.table), batch)
        except (IntegrityError, DataError) as error:
            detail = f"rows {count + 1} to {count + len(batch)} break a rule of the data"
            raise _damaged(f"{part.file_name}: {detail}", part.file_name) from error
        if part.name in ("sites", "meters"):
            kept += batch
        count += len(batch)
    return count


def _insert_one(session: TenantSession, table: Table, row: dict[str, Any]) -> int:
    values = {name: value for name, value in row.items() if name in table.c}
    return int(session.execute(insert(table).returning(table.c.id), values).scalar_one())


def _rows(
    session: TenantSession, part: Part, member: IO[bytes], loading: _Loading
) -> Iterator[dict[str, Any]]:
    number = 0
    while line := member.readline(MAX_LINE_BYTES):
        number += 1
        try:
            item = orjson.loads(line)
            if not isinstance(item, dict):
                raise BadRow("is no object")
            row = _read(session, part, item, number, loading)
        except (BadRow, orjson.JSONDecodeError) as error:
            detail = f"{part.file_name}, line {number}: {error}"
            raise _damaged(detail, part.file_name) from error
        yield row


def _read(
    session: TenantSession, part: Part, item: dict[str, Any], number: int, loading: _Loading
) -> dict[str, Any]:
    names = {column.name for column in part.columns}
    if item.keys() != names:
        odd = sorted(item.keys() ^ names)
        raise BadRow(f"{odd[0]}: is missing, or no column of this table")
    if part.is_referred and item.pop("id") != number:
        raise BadRow("id: is not the position of the row")
    row: dict[str, Any] = {"account_id": session.account_id}
    for column in part.columns:
        if column.name == "id":
            continue
        value = archive_rows.value_of(column, item[column.name])
        if column.name in part.references and value is not None:
            value = loading.id_of(part.references[column.name], value)
        row[column.name] = value
    if part.name in _MADE_BY:
        row[_MADE_BY[part.name]] = session.user_id
    _check(part, row, item, loading)
    return row


def _check(part: Part, row: dict[str, Any], item: dict[str, Any], loading: _Loading) -> None:
    """Check what holds between columns and tables."""
    if part.name == "sites":
        archive_rows.refuse_site(row)
    elif part.name == "meters":
        archive_rows.refuse_meter(row)
        row["site"] = item["site_id"]  # its position, for the zone of its days
    elif part.name == "imports":
        row["meters"] = [
            meter | {"id": None if meter["id"] is None else loading.id_of("meters", meter["id"])}
            for meter in row["meters"]
        ]
    elif part.name == "consumptions":
        archive_rows.complete_record(row, _meter(item, loading))
    elif part.name == "interval_blocks":
        meter = _meter(item, loading)
        zone = loading.stored["sites"][meter["site"] - 1]["time_zone"]
        archive_rows.refuse_block(row, meter, zone)
    elif part.name == "register_reads" and _meter(item, loading)["source"] != Source.REGISTER:
        raise BadRow("meter_id: the meter holds no register reads")


def _meter(item: dict[str, Any], loading: _Loading) -> dict[str, Any]:
    found: dict[str, Any] = loading.stored["meters"][item["meter_id"] - 1]
    return found


def _project(session: TenantSession, loading: _Loading) -> None:
    rebuild.rebuild(session, write=True)
    for number, meter in enumerate(loading.stored["meters"]):
        meter_id = loading.ids["meters"][number]
        if meter["source"] == Source.INTERVALS:
            _project_intervals(session, meter_id)
        elif meter["source"] == Source.REGISTER:
            _project_reads(session, meter_id)


def _project_reads(session: TenantSession, meter_id: int) -> None:
    meters.take(session, meter_id)
    try:
        register_reads.refit(session, meter_id)
    except Conflict as error:
        detail = f"register_reads.jsonl: {error.detail}"
        raise _damaged(detail, "register_reads.jsonl") from error


def _project_intervals(session: TenantSession, meter_id: int) -> None:
    meters.take(session, meter_id)
    days = session.scalars(
        select(BLOCKS.c.day)
        .where(tenant_filter(BLOCKS, session), BLOCKS.c.meter_id == meter_id)
        .distinct()
    ).all()
    interval_days.project(session, meter_id, days)
