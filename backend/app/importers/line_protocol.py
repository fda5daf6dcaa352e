"""InfluxDB line protocol: `measurement,tag=value field=value timestamp`, one point a line.

Read as InfluxDB 2 documents it (Line protocol reference): backslashes escape commas, equals signs
and blanks in names and tags, and quotes and backslashes in quoted texts; lines that begin with #
are comments.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

MAX_LINE = 65_536
NANOSECONDS: Mapping[str, int] = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
_BILLION = 1_000_000_000
_SPLIT_BLANK = re.compile(r"(?<!\\) ")
_NUMBER = re.compile(
    r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,3})?\Z"
)
_INTEGER = re.compile(r"-?[0-9]{1,19}[iu]\Z", re.ASCII)
_TIMESTAMP = re.compile(r"-?[0-9]{1,19}\Z", re.ASCII)
_TRUTHS = {"t", "T", "true", "True", "TRUE", "f", "F", "false", "False", "FALSE"}
_ESCAPE = re.compile(r"\\([,= ])")
Value = Decimal | str | bool


class BadLine(ValueError):
    """A line is no point; `line` is its number from 1."""

    def __init__(self, line: int, detail: str) -> None:
        super().__init__(detail)
        self.line = line
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Point:
    """One line: `at` in whole seconds since 1970-01-01 UTC, None without a timestamp."""

    line: int
    measurement: str
    tags: Mapping[str, str]
    fields: Mapping[str, Value]
    at: int | None


def read(text: str, precision: str) -> Iterator[Point]:
    """Yield the points of a text whose timestamps are in `precision` (NANOSECONDS).

    Raises BadLine for what is no point, and for an instant that is no whole second.
    """
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip(" \r\t")
        if not stripped or stripped.startswith("#"):
            continue
        if len(stripped) > MAX_LINE:
            raise BadLine(number, f"a line has at most {MAX_LINE:,} characters")
        yield _point(number, stripped, NANOSECONDS[precision])


def _point(number: int, line: str, scale: int) -> Point:
    head, _, rest = _cut(line)
    if not rest:
        raise BadLine(number, "needs a measurement, a blank and at least one field")
    measurement, *tags = _parts(head, ",")
    fields, instant = _fields_and_time(number, rest)
    found = {}
    for pair in tags:
        name, value = _pair(number, pair)
        found[_plain(name)] = _plain(value)
    at = None if instant is None else _seconds(number, instant, scale)
    return Point(number, _plain(measurement), found, fields, at)


def _cut(line: str) -> tuple[str, str, str]:
    match = _SPLIT_BLANK.search(line)
    return (
        (line[: match.start()], " ", line[match.end() :].lstrip(" ")) if match else (line, "", "")
    )


def _fields_and_time(number: int, text: str) -> tuple[dict[str, Value], str | None]:
    fields_text, is_quoted, end = text, False, None
    for place, letter in enumerate(text):
        if letter == '"' and text[place - 1 : place] != "\\":
            is_quoted = not is_quoted
        elif letter == " " and not is_quoted and text[place - 1 : place] != "\\":
            fields_text, end = text[:place], text[place:].strip(" ")
            break
    if is_quoted:
        raise BadLine(number, "a quoted text is not closed")
    fields = {}
    for pair in _parts(fields_text, ",", quotes=True):
        name, value = _pair(number, pair)
        fields[_plain(name)] = _value(number, name, value)
    return fields, end or None


def _parts(text: str, separator: str, *, quotes: bool = False) -> list[str]:
    found, begin, is_quoted = [], 0, False
    for place, letter in enumerate(text):
        is_escaped = text[place - 1 : place] == "\\" and place > 0
        if quotes and letter == '"' and not is_escaped:
            is_quoted = not is_quoted
        elif letter == separator and not is_quoted and not is_escaped:
            found.append(text[begin:place])
            begin = place + 1
    return [*found, text[begin:]]


def _pair(number: int, text: str) -> tuple[str, str]:
    match = re.search(r"(?<!\\)=", text)
    if match is None or match.start() == 0 or match.end() == len(text):
        raise BadLine(number, f"{text[:40]!r} is no name=value")
    return text[: match.start()], text[match.end() :]


def _value(number: int, name: str, text: str) -> Value:
    if text.startswith('"') and text.endswith('"') and len(text) > 1:
        return text[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    if text in _TRUTHS:
        return text[0] in "tT"
    if _INTEGER.match(text):
        return Decimal(text[:-1])
    if _NUMBER.match(text) and text.isascii():
        return Decimal(text)
    raise BadLine(number, f"{name[:40]}={text[:40]} is no number, text or truth")


def _seconds(number: int, text: str, scale: int) -> int:
    if not _TIMESTAMP.match(text):
        raise BadLine(number, f"{text[:40]!r} is no timestamp")
    seconds, rest = divmod(int(text) * scale, _BILLION)
    if rest:
        raise BadLine(number, "the timestamp is no whole second: is the precision right?")
    return seconds


def _plain(text: str) -> str:
    return _ESCAPE.sub(r"\1", text)
