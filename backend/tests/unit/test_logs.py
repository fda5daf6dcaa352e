"""The log's file beside standard output, and the ids in its lines."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.logs import LogStream, accepted_trace_id


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


@pytest.mark.parametrize(
    ("header", "trace"),
    [
        (None, None),
        ("", None),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "4bf9"),
        ("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", "4bf9"),
        ("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", None),
        ("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", None),
        ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", None),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", None),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n", None),
        ("00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01", None),
    ],
)
def test_a_trace_is_taken_from_well_formed_headers_only(
    header: str | None, trace: str | None
) -> None:
    found = accepted_trace_id(header)
    assert (found and found[:4]) == trace
