"""JSON with one long list, as this product exports it: what describes it, and then one item a line.

The lines are read one by one; a file that was laid out anew is read whole, up to MAX_WHOLE bytes.
"""

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Final

import orjson

from app.importers.series import Source, Unreadable

MAX_WHOLE: Final = 10 * 1024 * 1024
_LONGEST: Final = 1024 * 1024
Item = tuple[int, Any]
"""A line's number from 1, and what is on it; None when that is no JSON."""


def begins_with(head: bytes, *names: str) -> bool:
    """Tell whether the beginning of a file is an object that has these names near its start."""
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t")[:4096]
    return start.startswith(b"{") and all(f'"{name}"'.encode() in start for name in names)


def opened(source: Source, name: str) -> tuple[Mapping[str, Any], Iterator[Item]]:
    """Give what stands before the list `name`, and its items. Raises Unreadable."""
    file = source.open()
    line = file.readline(_LONGEST).rstrip()
    mark = f'"{name}":['.encode()
    head = _loaded(line + b"]}") if line.endswith(mark) else None
    if isinstance(head, dict):
        return head, _items(file)
    file.close()
    return _whole(source, name)


def _items(file: BinaryIO) -> Iterator[Item]:
    number = 1
    with file:
        while line := file.readline(_LONGEST):
            number += 1
            text = line.strip().removesuffix(b"]}").removesuffix(b",")
            if text:
                yield number, _loaded(text)


def _loaded(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _whole(source: Source, name: str) -> tuple[Mapping[str, Any], Iterator[Item]]:
    if source.size > MAX_WHOLE:
        raise Unreadable(f"JSON that was laid out anew is read up to {MAX_WHOLE:,} bytes")
    with source.open() as file:
        try:
            found = json.load(io.TextIOWrapper(file, "utf-8-sig"))
        except (ValueError, RecursionError):
            raise Unreadable("the file is no JSON") from None
    items = found.get(name) if isinstance(found, dict) else None
    if not isinstance(items, list):
        raise Unreadable(f"the file has no list of {name}")
    return found, iter(enumerate(items, start=1))
