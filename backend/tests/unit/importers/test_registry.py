"""The registry: every format under its module's name, and none imported before it is asked for."""

import subprocess
import sys

import pytest

from app import importers


@pytest.mark.parametrize("name", importers.NAMES)
def test_each_format_is_called_what_its_module_is(name: str) -> None:
    found = importers.by_name(name)
    assert found.name == name
    assert found.title


def test_an_unknown_format_is_not_looked_for_on_disk() -> None:
    with pytest.raises(KeyError):
        importers.by_name("series")


@pytest.mark.parametrize(
    "head", [b"", b"\0" * 9, b"\xff\xfe\0", b"PK\x03\x04", b"<a", b"date,kWh\n"]
)
def test_no_format_takes_what_says_nothing(head: bytes) -> None:
    assert importers.detect("file", head) is None


def test_listing_the_formats_imports_none() -> None:
    program = (
        "import sys, app.importers\n"
        "heavy = {'numpy', 'pyarrow', 'lxml', 'openpyxl', 'python_calamine'} & set(sys.modules)\n"
        "ours = {f'app.importers.{name}' for name in app.importers.NAMES} & set(sys.modules)\n"
        "print(sorted(heavy | ours))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
