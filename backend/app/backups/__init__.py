"""Backups of the whole database: one checksummed file, restorable into an empty database."""

from app.backups.file import Damaged, Manifest, read_manifest
from app.backups.restore import Refused, restore
from app.backups.write import Incomplete, forget_old, write

__all__ = [
    "Damaged",
    "Incomplete",
    "Manifest",
    "Refused",
    "forget_old",
    "read_manifest",
    "restore",
    "write",
]
