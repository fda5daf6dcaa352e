"""A folder of its own for each upload, gone when it is done with, or soon after a crash."""

import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import IO

_PREFIX = "consumo-import-"
_NAME = re.compile(rf"{_PREFIX}(\d{{1,10}})-\w+", re.ASCII)
_CHUNK = 1024 * 1024


def make(stream: IO[bytes]) -> Path:
    """Make a folder with the upload in its file `upload`, readable by this user alone."""
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    try:
        with (folder / "upload").open("wb") as file:
            shutil.copyfileobj(stream, file, _CHUNK)
    except BaseException:
        remove(folder)
        raise
    return folder


def remove(folder: Path) -> None:
    """Remove a folder and what is in it."""
    shutil.rmtree(folder, ignore_errors=True)


def remove_abandoned() -> None:
    """Remove the folders of processes that do not live any more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        match = _NAME.fullmatch(folder.name)
        if match and not _is_alive(int(match[1])):
            remove(folder)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
