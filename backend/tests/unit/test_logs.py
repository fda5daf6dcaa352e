"""The log's file beside standard output."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.logs import LogStream


def test_lines_are_on_standard_output_and_in_the_file(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    stream = LogStream(tmp_path / "logs" / "a.log")
    stream.write(b"one\n")
    stream.flush()
    assert capsysbinary.readouterr().out == b"one\n"
    assert (tmp_path / "logs" / "a.log").read_bytes() == b"one\n"


def test_several_writers_share_a_file_that_is_set_aside_when_full(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    streams = [LogStream(path, limit=4_000) for _ in range(4)]
    lines = [b"%05d\n" % number for number in range(1_000)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda at: streams[at % 4].write(lines[at]), range(1_000)))
    kept = path.with_name("a.log.1").read_bytes() + path.read_bytes()
    assert set(kept.splitlines(keepends=True)) >= set(lines[-500:])
    assert path.stat().st_size <= 4_100
    assert all(len(line) == 6 for line in kept.splitlines(keepends=True))


def test_a_file_that_cannot_be_written_stops_nothing(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    (tmp_path / "file").touch()
    LogStream(tmp_path / "file" / "a.log").write(b"one\n")
    assert capsysbinary.readouterr().out == b"one\n"
