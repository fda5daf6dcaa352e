"""Hostile XML given to the Green Button reader: refused, within bounds of time and memory.

Each file is read by a process of its own, whose processor time and largest memory are measured
above what an honest small file takes.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

BACKEND = Path(__file__).parents[2]
CPU_SECONDS = 10
MEMORY_MB = 150
HONEST_MEMORY_MB = 40

_CHILD = """
import json, resource, sys
from pathlib import Path
from app.importers.green_button import read
from app.importers.series import Options, Source, Unreadable, Readings
path = Path(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF)
count, total, said = 0, 0.0, None
try:
    for piece in read(Source(path.name, lambda: path.open("rb"), 0), Options("UTC")):
        if isinstance(piece, Readings):
            count += len(piece.amounts)
            total += sum(piece.amounts)
except Unreadable as error:
    said = error.detail
after = resource.getrusage(resource.RUSAGE_SELF)
# Not ru_maxrss, which begins with the memory of the process that forked this one.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({
    "said": said, "count": count, "total": total, "mb": int(peak.split()[1]) / 1024,
    "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
}))
"""
_FEED = '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:e="http://naesb.org/espi">'
_POINT = (
    '<entry><link rel="self" href="/u/1"/><link rel="related" href="/u/1/m"/><content>'
    "<e:UsagePoint><e:ServiceCategory><e:kind>0</e:kind></e:ServiceCategory></e:UsagePoint>"
    "</content></entry>"
)
_READING = (
    '<entry><link rel="self" href="/u/1/m/1"/><link rel="up" href="/u/1/m"/>'
    '<link rel="related" href="/t/1"/><link rel="related" href="/u/1/m/1/b"/>'
    "<content><e:MeterReading/></content></entry>"
)
_TYPE = (
    '<entry><link rel="self" href="/t/1"/><content><e:ReadingType><e:uom>72</e:uom>'
    "</e:ReadingType></content></entry>"
)
_BLOCK = '<entry><link rel="up" href="/u/1/m/1/b"/><content><e:IntervalBlock>'
_BLOCK_END = "</e:IntervalBlock></content></entry>"
_MEGABYTE = 1 << 20


def _value(inner: str, start: int = 0) -> str:
    return (
        f"<e:IntervalReading><e:timePeriod><e:duration>900</e:duration><e:start>{start}</e:start>"
        f"</e:timePeriod><e:value>{inner}</e:value></e:IntervalReading>"
    )


def _file(inner: str = "1", before: str = "", declared: str = "UTF-8") -> str:
    head = f'<?xml version="1.0" encoding="{declared}"?>{before}{_FEED}'
    block = f"{_BLOCK}{_value(inner)}{_BLOCK_END}"
    return f"{head}{_POINT}{_READING}{_TYPE}{block}</feed>"


def _laughs() -> str:
    levels = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(10))
    return f'<!DOCTYPE feed [<!ENTITY l0 "1">{levels}]>'


def _with(part: str, at: str = "<entry>") -> str:
    return _file().replace(at, part + at, 1)


def _split(text: str, mark: str, middle: Iterator[str]) -> Iterator[bytes]:
    before, _, after = text.partition(mark)
    yield before.encode()
    for part in middle:
        yield part.encode()
    yield after.encode()


def _repeated(part: str, times: int) -> Iterator[str]:
    return (part for _ in range(times))


def _long(before: str, part: str, times: int, after: str) -> Iterator[bytes]:
    """Yield a file with `part` repeated between two texts in the place of its first entry."""
    text = _with(f"{before}@@{after}")
    return _split(text, "@@", _repeated(part, times))


_SECRET = "the-secret-of-the-host"
CORPUS: dict[str, tuple[Callable[[], Iterator[bytes]], str]] = {
    "billion laughs": (lambda: iter([_file("&l10;", _laughs()).encode()]), "DTD"),
    "quadratic blow-up": (
        lambda: iter(
            [
                _file("&a;" * 50_000, f'<!DOCTYPE f [<!ENTITY a "{"1" * 50_000}">]>').encode(),
            ]
        ),
        "DTD",
    ),
    "external entity": (
        lambda: iter([_file("&x;", '<!DOCTYPE f [<!ENTITY x SYSTEM "file://SECRET">]>').encode()]),
        "DTD",
    ),
    "parameter entity": (
        lambda: iter(
            [_file("1", '<!DOCTYPE f [<!ENTITY % p SYSTEM "file://SECRET"> %p;]>').encode()]
        ),
        "DTD",
    ),
    "laughs in UTF-16": (
        lambda: iter([_file("&l10;", _laughs(), "UTF-16").encode("utf-16")]),
        "DTD",
    ),
    "external DTD": (
        lambda: iter([_file("1", '<!DOCTYPE f SYSTEM "http://127.0.0.1:9/x.dtd">').encode()]),
        "DTD",
    ),
    "60 MB attribute": (
        lambda: _long('<x a="', "a" * _MEGABYTE, 60, '"/>'),
        "not well-formed",
    ),
    "400,000 attributes": (
        lambda: _split(_with("<x @@/>"), "@@", (f' a{n}="1"' for n in range(400_000))),
        "attributes",
    ),
    "5,000,000 empty elements": (lambda: _long("", "<x/>" * 10_000, 500, ""), "too many elements"),
    "nested a million deep": (lambda: _long("", "<x>" * 10_000, 100, ""), "deep"),
    "60 MB of text": (lambda: _long("<x>", "a" * _MEGABYTE, 60, "</x>"), "characters"),
    "60 MB of white space": (lambda: _long("", " " * _MEGABYTE, 60, ""), "characters"),
    "60 MB comment": (lambda: _long("<!--", "a" * _MEGABYTE, 60, "-->"), "not well-formed"),
    "60 MB processing instruction": (
        lambda: _long("<?x ", "a" * _MEGABYTE, 60, "?>"),
        "not well-formed",
    ),
    "60 MB element name": (lambda: _long("<", "a" * _MEGABYTE, 60, "/>"), "not well-formed"),
    "wrong encoding": (lambda: iter([_file("1é", declared="UTF-16").encode("utf-8")]), "XML"),
    "truncated": (lambda: iter([_file().encode()[:-200]]), "not whole"),
    "zero bytes": (lambda: iter([_file("1\0").encode()]), "not well-formed"),
    "an entity that is not": (lambda: iter([_file("&nbsp;").encode()]), "not well-formed"),
    "a million usage points": (
        lambda: _long("", "<e:UsagePoint/>" * 1_000, 1_000, ""),
        "at most 5,000",
    ),
    "a million links": (
        lambda: _long("<entry>", '<link rel="self" href="/x"/>' * 1_000, 1_000, "</entry>"),
        "at most 100 links",
    ),
    "blocks before their types": (
        lambda: _long("", f"{_BLOCK}{_value('1')}{_BLOCK_END}" * 1_000, 300, ""),
        "blocks before",
    ),
    "many types of one address": (
        lambda: _split(
            _file().replace(_BLOCK, "@@" + _BLOCK, 1),
            "@@",
            (_TYPE + (f"{_BLOCK}{_value('1')}{_BLOCK_END}" * 5) for _ in range(25_000)),
        ),
        "at most 5,000",
    ),
    "many meter readings, each of its own tariff": (
        lambda: _split(
            _file().replace(_BLOCK, "@@" + _BLOCK, 1),
            "@@",
            (
                _READING.replace("/u/1/m/1", f"/u/1/m/{n}").replace("/t/1", f"/t/{n}")
                + _TYPE.replace("/t/1", f"/t/{n}").replace(
                    "</e:ReadingType>",
                    f"<e:intervalLength>900</e:intervalLength><e:tou>{n}</e:tou></e:ReadingType>",
                )
                + f"{_BLOCK}{_value('1')}{_BLOCK_END}".replace("/u/1/m/1", f"/u/1/m/{n}")
                for n in range(2, 25_000)
            ),
        ),
        "at most 5,000",
    ),
    "links of 2,000 characters": (
        lambda: _split(
            _with("@@"),
            "@@",
            (
                "<entry>"
                + f'<link rel="related" href="{n:01999d}"/>' * 100
                + "<e:UsagePoint/></entry>"
                for n in range(1_000)
            ),
        ),
        "the links of a file",
    ),
    "nothing": (lambda: iter([b""]), "not well-formed"),
}


@cache
def _baseline() -> float:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "honest.xml"
        path.write_text(_file())
        found = _measured(path)
    assert (found["said"], found["count"], found["total"]) == (None, 1, 0.001)
    return float(found["mb"])  # type: ignore[arg-type]


def _measured(path: Path) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(path)],
        capture_output=True,
        text=True,
        cwd=BACKEND,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    assert _SECRET not in done.stdout
    return found


@pytest.mark.parametrize("name", CORPUS)
def test_hostile_xml_is_refused_within_bounds(name, tmp_path):
    parts, reason = CORPUS[name]
    secret = tmp_path / "secret.txt"
    secret.write_text(_SECRET)
    path = tmp_path / "file.xml"
    with path.open("wb") as file:
        for part in parts():
            file.write(part.replace(b"SECRET", str(secret).encode()))
    found = _measured(path)
    print(name, found)
    assert reason in str(found["said"])
    assert float(found["cpu"]) <= CPU_SECONDS  # type: ignore[arg-type]
    assert float(found["mb"]) - _baseline() <= MEMORY_MB  # type: ignore[arg-type]


def test_an_honest_file_of_many_readings_is_read_in_little_memory(tmp_path):
    readings = 300_000
    path = tmp_path / "file.xml"
    with path.open("w") as file:
        file.write(_file().removesuffix("</feed>"))
        for first in range(0, readings, 96):
            block = (_value("1000", 900 * n) for n in range(first, first + 96))
            file.write(f"{_BLOCK}{''.join(block)}{_BLOCK_END}\n")
        file.write("</feed>")
    found = _measured(path)
    assert (found["said"], found["count"]) == (None, readings + 1)
    assert float(found["mb"]) - _baseline() <= HONEST_MEMORY_MB  # type: ignore[arg-type]
    assert float(found["cpu"]) <= 30  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("inside", "beyond"),
    [
        ("<x>" * 31 + "</x>" * 31, "<x>" * 32 + "</x>" * 32),
        (
            "<x " + " ".join(f'a{n}="1"' for n in range(32)) + "/>",
            "<x " + " ".join(f'a{n}="1"' for n in range(33)) + "/>",
        ),
        ("<x>" + "a" * 65_536 + "</x>", "<x>" + "a" * 65_537 + "</x>"),
        ("<x/>" * 190_000, "<x/>" * 201_000),
    ],
)
def test_the_bounds_are_where_they_are_said_to_be(inside, beyond, tmp_path):
    path = tmp_path / "file.xml"
    path.write_text(_with(inside))
    assert _measured(path)["said"] is None
    path.write_text(_with(beyond))
    assert _measured(path)["said"]
