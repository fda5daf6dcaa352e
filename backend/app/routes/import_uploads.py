"""Taking an upload in: onto disk, its form read, and the file by the reader's process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from werkzeug.datastructures import FileStorage

from app.api import now, state
from app.auth.identity import current
from app.db import Database
from app.errors import Invalid, TooLarge, Unavailable
from app.importers.records_csv import ColumnMapping
from app.intake import read_upload, validated
from app.metrics import IMPORTS_RUNNING
from app.reader.client import READER, ReaderError
from app.reader.job import Job
from app.reader.report import Report
from app.schemas import imports as schemas
from app.schemas.imports import ImportForm
from app.services import import_files, upload_folders
from app.services.import_reading import MAX_RECORDS_MB, Asked, is_read_here, job_of
from app.services.series_plan import Wanted


@dataclass(slots=True)
class Prepared:
    """An upload: its form, and what the reader found; `report` is None for a file of records,
    and for one that is too large to be read at once (`is_later`)."""

    form: ImportForm
    wanted: Wanted
    job: Job
    report: Report | None = None
    is_later: bool = False
    is_handed_over: bool = False
    """Somebody else removes the folder."""

    def records_upload(self) -> import_files.Upload:
        """Give it as a file of records. Raises Invalid and TooLarge."""
        path = Path(self.report.data_path if self.report else self.job.path)
        if path.stat().st_size > MAX_RECORDS_MB * 1024 * 1024:
            raise TooLarge(f"A table of dated amounts may have at most {MAX_RECORDS_MB} MB.")
        chosen = validated(schemas.Mapping, dict(self.job.mapping), "#mapping/")
        return import_files.Upload(
            data=path.read_bytes(),
            file_name=self.wanted.file_name,
            mapping=ColumnMapping(**chosen.model_dump()),
            meter_id=self.form.meter_id,
            mode=self.form.mode,
            on_conflict=self.form.on_conflict,
        )

    @property
    def is_records(self) -> bool:
        """Whether it is a table of dated amounts, as far as is known."""
        if self.report is None:
            return not self.is_later
        return self.report.is_unknown


@contextmanager
def uploaded(db: Database) -> Iterator[Prepared]:
    """Take the upload of this request in and read it, unless it is to be read later.

    Raises Invalid for a form that is wrong, or a file that breaks the reader's limits, and
    TooManyRequests.
    """
    file, form = read_upload(ImportForm)
    account_id = current().claims.account_id
    with (
        state().quotas.importing(account_id, is_trial=form.dry_run),
        _taken_in(db, file, form) as prepared,
    ):
        yield prepared


@contextmanager
def _taken_in(db: Database, file: FileStorage, form: ImportForm) -> Iterator[Prepared]:
    upload_folders.remove_abandoned()
    folder = upload_folders.make(file.stream)
    file.stream.seek(0)  # an Idempotency-Key is for these bytes
    prepared = None
    try:
        prepared = _prepared(db, form, import_files.safe_file_name(file.filename), folder)
        with IMPORTS_RUNNING.track_inprogress():
            _read(prepared)
            yield prepared
    finally:
        if prepared is None or not prepared.is_handed_over:
            upload_folders.remove(folder)


def _prepared(db: Database, form: ImportForm, name: str, folder: Path) -> Prepared:
    given = form.mapping
    mapping = given if isinstance(given, dict) else given.model_dump(exclude_unset=True)
    asked = Asked(form.format, form.profile, form.meter_id, form.site_id, mapping, form.mode)
    claims = current().claims
    with db.tenant(claims.account_id, claims.user_id, read_only=True) as session:
        job, wanted = job_of(session, asked, name, folder, now())
    return Prepared(form, wanted, job)


def _read(prepared: Prepared) -> None:
    if is_read_here(prepared.job):
        return
    size = Path(prepared.job.path).stat().st_size
    limit = state().settings.import_at_once_mb * 1024 * 1024
    can_wait = not prepared.form.dry_run and state().db.engine.dialect.name == "postgresql"
    if size > limit and can_wait:
        prepared.is_later = True
        return
    try:
        prepared.report = READER.read(prepared.job)
    except ReaderError as error:
        if error.is_ours:
            raise Unavailable(error.detail) from error
        raise Invalid(error.detail) from error
