"""Account archives: the manifest, and what loading one answers (docs/archive.md)."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.schemas.common import Input, Output, example

FORMAT = "consumo-archive"
VERSION = 1
Count = Annotated[int, Field(strict=True, ge=0, le=2**53)]
Label = Annotated[str, Field(strict=True, max_length=200)]


class ArchiveFile(BaseModel):
    """One file of the archive: its rows (lines), bytes and SHA-256 in hexadecimal."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Label
    rows: Count
    bytes: Count
    sha256: Annotated[str, Field(strict=True, pattern=r"^[0-9a-f]{64}$")]


class ArchiveAccount(BaseModel):
    """What the account was called and where; for people, nothing is made of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Label
    time_zone: Label
    currency: Label
    locale: Label


class Manifest(BaseModel):
    """manifest.json."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["consumo-archive"]
    version: Count
    exported_at: datetime
    application: Label
    account: ArchiveAccount
    files: Annotated[list[ArchiveFile], Field(max_length=50)]


class ArchiveForm(Input):
    """A multipart form with an account's archive."""

    model_config = example(file="(the bytes of account.zip)")

    file: Annotated[Any, Field(json_schema_extra={"type": "string", "format": "binary"})] = Field(
        description="What /api/exports/account.zip gave."
    )


class ArchiveLoaded(Output):
    """How many rows were stored, by the name of their file."""

    rows: dict[str, int]
