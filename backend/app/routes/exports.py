"""Files to take away.

A file is written from one state of the account before its first byte is sent, so that a slow
client holds no connection and an error is still answered as a problem. It is kept in memory up
to a megabyte, and beyond that in a temporary file.
"""

import tempfile
from collections.abc import Callable, Iterator
from typing import IO

from flask import Blueprint, Response

from app.api import endpoint, now
from app.auth import identity
from app.auth.permissions import Permission
from app.db import Database, TenantSession
from app.schemas.exports import (
    FeedExportQuery,
    RecordsExport,
    RecordsExportQuery,
    SeriesExport,
    SeriesExportQuery,
)
from app.services import archive_export, audit, export_files
from app.services.consumption_list import Filters
from app.services.export_files import Made, Range

IN_MEMORY_BYTES = 1 << 20
_CHUNK_BYTES = 1 << 16
MEDIA = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "xml": "application/atom+xml",
    "zip": "application/zip",
}
Write = Callable[[IO[bytes], TenantSession], Made]

blueprint = Blueprint("exports", __name__, url_prefix="/api/exports")


@blueprint.get("/consumption.csv")
@endpoint(
    needs=Permission.CONSUMPTION_READ,
    query=RecordsExportQuery,
    own_transactions=True,
    produces=MEDIA["csv"],
)
def export_consumption_csv(db: Database, query: RecordsExportQuery) -> Response:
    """Export records as CSV, which an import reads again without a mapping.

    A text that a spreadsheet would run as a formula begins with an apostrophe; the import takes
    it off.
    """
    return _records(db, "csv", query)


@blueprint.get("/consumption.xlsx")
@endpoint(
    needs=Permission.CONSUMPTION_READ,
    query=RecordsExportQuery,
    own_transactions=True,
    produces=MEDIA["xlsx"],
)
def export_consumption_xlsx(db: Database, query: RecordsExportQuery) -> Response:
    """Export records as a spreadsheet of up to 1,048,575 rows."""
    return _records(db, "xlsx", query)


@blueprint.get("/consumption.json")
@endpoint(
    needs=Permission.CONSUMPTION_READ,
    query=RecordsExportQuery,
    returns=RecordsExport,
    own_transactions=True,
)
def export_consumption_json(db: Database, query: RecordsExportQuery) -> Response:
    """Export records as JSON, all in one list."""
    return _records(db, "json", query)


@blueprint.get("/meters/<id:meter_id>.csv")
@endpoint(
    needs=Permission.CONSUMPTION_READ,
    query=SeriesExportQuery,
    own_transactions=True,
    produces=MEDIA["csv"],
)
def export_meter_csv(db: Database, meter_id: int, query: SeriesExportQuery) -> Response:
    """Export a meter's series as CSV: meter, start and the amount in a column named by its unit.

    Starts are local with their offset. A column of quality letters follows where not all
    intervals are measured. What is missing is left out.
    """
    return _series(db, "csv", meter_id, query)


@blueprint.get("/meters/<id:meter_id>.xlsx")
@endpoint(
    needs=Permission.CONSUMPTION_READ,
    query=SeriesExportQuery,
    own_transactions=True,
    produces=MEDIA["xlsx"],
)
def export_meter_xlsx(db: Database, meter_id: int, query: SeriesExportQuery) -> Response:
    """Export a meter's series as a spreadsheet, with the columns of the CSV."""
    return _series(db, "xlsx", meter_id, query)


@blueprint.get("/meters/<id:meter_id>.json")
@endpoint(
    needs=Permission.CONSUMPTION_READ,
    query=SeriesExportQuery,
    returns=SeriesExport,
    own_transactions=True,
)
def export_meter_json(db: Database, meter_id: int, query: SeriesExportQuery) -> Response:
    """Export a meter's series as JSON."""
    return _series(db, "json", meter_id, query)


@blueprint.get("/meters/<id:meter_id>.xml")
@endpoint(
    needs=Permission.CONSUMPTION_READ,
    query=FeedExportQuery,
    own_transactions=True,
    produces=MEDIA["xml"],
)
def export_meter_xml(db: Database, meter_id: int, query: FeedExportQuery) -> Response:
    """Export a meter's intervals as Green Button (ESPI 4.0); 422 when there are none."""
    within, instant = Range(query.first, query.last), now()
    return _download(
        db,
        "xml",
        lambda file, session: export_files.write_feed(file, session, meter_id, within, instant),
    )


@blueprint.get("/account.zip")
@endpoint(needs=Permission.CONSUMPTION_READ, own_transactions=True, produces=MEDIA["zip"])
def export_account(db: Database) -> Response:
    """Export the whole account as an archive that another installation loads.

    JSON lines with checksums, as docs/archive.md describes: no passwords, keys or people.
    """
    instant = now()
    return _download(
        db, "zip", lambda file, session: archive_export.write_archive(file, session, instant)
    )


def _records(db: Database, kind: str, query: RecordsExportQuery) -> Response:
    filters = Filters(
        query.consumption_type, query.meter_id, query.import_id,
        query.date_from, query.date_to, query.q,
    )  # fmt: skip
    instant = now()
    return _download(
        db,
        kind,
        lambda file, session: export_files.write_records(
            file, session, kind, filters, query.sort, instant
        ),
    )


def _series(db: Database, kind: str, meter_id: int, query: SeriesExportQuery) -> Response:
    within = Range(query.first, query.last)
    return _download(
        db,
        kind,
        lambda file, session: export_files.write_series(
            file, session, kind, meter_id, within, query.resolution
        ),
    )


def _download(db: Database, kind: str, write: Write) -> Response:
    who = identity.current().claims
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115
    try:
        with db.snapshot(who.account_id, who.user_id) as session:
            made = write(file, session)
        with db.tenant(who.account_id, who.user_id) as session:
            audit.record(session, "data.exported", file=made.name, rows=made.rows)
    except BaseException:
        file.close()
        raise
    response = Response(_chunks(file), mimetype=MEDIA[kind])
    response.call_on_close(file.close)
    response.content_length = file.seek(0, 2)
    file.seek(0)
    response.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    return response


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK_BYTES):
        yield chunk
