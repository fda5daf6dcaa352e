"""Hostile CSVs and archives given to the reader's process: read or refused, within bounds."""

import gzip
import io
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.reader.client import Reader, ReaderError
from app.reader.job import Job
from app.reader.report import Report

CPU_SECONDS = 12
MAPPED_CPU_SECONDS = 40
"""Through a mapping a million lines take some ten seconds."""
MEMORY_MB = 150
MEGABYTE = 1 << 20
HEADER = b"meter,start,kwh\n"
LINE = b"m,2026-01-15T%02d:00:00Z,1.5\n"
GOOD = HEADER + b"".join(LINE % hour for hour in range(24))


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    found = Reader()
    yield found
    found.close()


def read(reader: Reader, folder: Path, data: bytes, name: str = "a.csv", **more: object) -> Report:
    """Read a file in the reader's process and hold it to its bounds."""
    path = folder / "upload"
    path.write_bytes(data)
    found = reader.read(
        Job(str(path), name, str(folder), more.pop("format", None), "UTC", "EUR", 2**40, **more)  # type: ignore[arg-type]
    )
    assert found.peak_kb / 1024 < MEMORY_MB, found.peak_kb
    assert found.cpu_s < (MAPPED_CPU_SECONDS if more else CPU_SECONDS), found.cpu_s
    return found


def accepted(report: Report) -> int:
    """How many values were taken; all of the file's are accounted for."""
    taken = sum(channel.accepted for channel in report.channels) + len(report.periods)
    assert report.taken == taken + report.rejected + report.ignored
    return taken


NO_NUMBERS = (b"1e999", b"nan", b"inf", b"--1", b"0x10", b"1_0", b"\xd9\xa1")
HOSTILE: dict[str, tuple[Callable[[], bytes], int | None]] = {
    # The file, and how many of its values are good (None: it is refused as a whole).
    "honest": (lambda: GOOD, 24),
    "a NUL in a line": (lambda: GOOD + b"m,2026-01-16T00:00:00Z,\0\n", None),
    "a NUL in a name": (lambda: GOOD + b"\0,2026-01-16T00:00:00Z,1\n", None),
    "a million columns": (lambda: GOOD + b"," * 1_000_000 + b"\n", 24),
    "a million columns in the header": (lambda: b"meter,start" + b",kwh" * 1_000_000, None),
    "an open quote": (lambda: GOOD + b'"' + LINE % 1 * (50 * MEGABYTE // len(LINE % 1)), 24),
    "open quotes in every line": (lambda: GOOD + b'"m,x\n' * 300_000, None),
    "a cell of 10 MB": (
        lambda: GOOD + b"m,2026-01-16T00:00:00Z," + b"1" * 10 * MEGABYTE + b"\n", 24,
    ),
    "a name of 10 MB": (lambda: GOOD + b"m" * 10 * MEGABYTE + b",2026-01-16T00:00:00Z,1\n", 24),
    "a byte-order mark": (lambda: b"\xef\xbb\xbf" + GOOD, 24),
    "UTF-16": (lambda: GOOD.decode().encode("utf-16"), 24),
    "UTF-16 cut in half": (lambda: GOOD.decode().encode("utf-16")[:-1], None),
    "mixed ends of lines": (lambda: GOOD.replace(b"\n", b"\r\n", 7), 24),
    "old ends of lines": (lambda: GOOD.replace(b"\n", b"\r"), 24),
    "decimal commas": (lambda: GOOD.replace(b",", b";").replace(b".", b","), 24),
    "not UTF-8": (lambda: GOOD + b"\xff\xfe,2026-01-16T00:00:00Z,1\n", 24),
    "numbers that are none": (
        lambda: GOOD + b"".join(
            b"m,2026-01-16T0%d:00:00Z,%s\n" % (n, text)
            for n, text in enumerate(NO_NUMBERS)
        ),
        24,
    ),
    "dates that are none": (
        lambda: GOOD + b"".join(
            b"m,%s,1\n" % text
            for text in (b"9999-12-31T23:59:59Z", b"0001-01-01T00:00:00Z", b"2026-02-30T00:00:00Z",
                         b"2026-01-15T24:30:00Z", b"=cmd", b"-1", b"1" * 400)
        ),
        24,
    ),
    "three thousand meters": (
        lambda: HEADER + b"".join(b"m%d,2026-01-15T00:00Z,1\n" % n for n in range(3_000)), None,
    ),
    "a day of two centuries in every line": (
        lambda: HEADER + b"".join(
            b"m,%04d-01-15T00:00Z,1\n" % (1900 + n % 126) for n in range(100_000)
        ),
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_csv_is_read_or_refused_within_bounds(
    reader: Reader, tmp_path: Path, name: str
) -> None:
    make, good = HOSTILE[name]
    report = read(reader, tmp_path, make(), format="long_csv")
    if good is None:
        assert report.failure
        return
    assert report.failure is None, report.failure
    assert accepted(report) == good


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_csv_is_recognised_or_not_within_bounds(
    reader: Reader, tmp_path: Path, name: str
) -> None:
    make, _ = HOSTILE[name]
    read(reader, tmp_path, make())


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_csv_through_a_mapping(reader: Reader, tmp_path: Path, name: str) -> None:
    make, _ = HOSTILE[name]
    mapping = {"columns": {"meter": 1, "start": 2, "amount": 3}, "unit": "kWh"}
    report = read(reader, tmp_path, make(), format="generic_csv", mapping=mapping)
    if report.failure is None:
        accepted(report)


def zipped(*members: tuple[str, bytes]) -> bytes:
    """A ZIP archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def lying(data: bytes) -> bytes:
    """Make a ZIP's directory say that its file is small."""
    at = data.rindex(b"PK\x01\x02")
    return data[: at + 24] + struct.pack("<I", 100) + data[at + 28 :]


ARCHIVES: dict[str, tuple[Callable[[], bytes], str]] = {
    "a bomb by gzip": (lambda: gzip.compress(bytes(600 * MEGABYTE), 9), "Unpacked"),
    "a bomb by ZIP": (lambda: zipped(("a.csv", bytes(300 * MEGABYTE))), "Unpacked"),
    "a bomb that says it is small": (
        lambda: lying(zipped(("a.csv", bytes(300 * MEGABYTE)))), "Unpacked|damaged",
    ),
    "an archive in an archive": (
        lambda: gzip.compress(zipped(("a.csv", GOOD))), "within an archive",
    ),
    "gzip in gzip": (lambda: gzip.compress(gzip.compress(GOOD)), "within an archive"),
    "two files": (lambda: zipped(("a.csv", GOOD), ("b.csv", GOOD)), "2 files"),
    "no file": (lambda: zipped(("a/", b"")), "0 files"),
    "a workbook that is a bomb": (
        lambda: zipped(
            ("[Content_Types].xml", b"<a/>"), ("xl/workbook.xml", bytes(300 * MEGABYTE))
        ),
        "Unpacked",
    ),
    "cut off": (lambda: gzip.compress(GOOD)[:-12], "damaged"),
    "changed": (lambda: zipped(("a.csv", GOOD)).replace(b"PK\x01\x02", b"PK\x09\x09"), "damaged"),
}  # fmt: skip


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_hostile_archive_is_refused_within_bounds(
    reader: Reader, tmp_path: Path, name: str
) -> None:
    import re

    make, reason = ARCHIVES[name]
    report = read(reader, tmp_path, make())
    assert report.failure is not None
    assert re.search(reason, report.failure), report.failure


def test_a_name_in_an_archive_leads_nowhere(reader: Reader, tmp_path: Path) -> None:
    report = read(reader, tmp_path, zipped(("../../../../tmp/evil.csv", GOOD)))
    assert accepted(report) == 24
    assert report.name == "evil.csv"
    assert Path(report.data_path).parent == tmp_path


def test_more_memory_than_the_limit_is_a_clear_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader()
    path = tmp_path / "upload"
    path.write_bytes(HEADER + b"".join(b"m%d,2026-01-15T00:00Z,1\n" % n for n in range(9)))
    job = Job(str(path), "a.csv", str(tmp_path / "missing"), "long_csv", "UTC", "EUR", 2**40)
    with pytest.raises(ReaderError, match="ended unexpectedly"):
        reader.read(job)  # it has nowhere to write to
    job = Job(str(path), "a.csv", str(tmp_path), "long_csv", "UTC", "EUR", 2**40)
    assert reader.read(job).rejected == 9  # the next one is read all the same
    reader.close()
