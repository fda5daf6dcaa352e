"""Helpers for tests of format readers: a source of bytes, and pieces gathered by channel."""

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from app.importers.series import (
    Channel,
    Currency,
    Format,
    Ignored,
    Options,
    Period,
    Piece,
    Readings,
    Registers,
    Rejected,
    Source,
    Warned,
)


def source(data: bytes, name: str = "file.csv") -> Source:
    return Source(name, lambda: io.BytesIO(data), len(data))


@dataclass
class Read:
    """What a reader gave; `readings` per channel: (start, seconds, amount, quality, cost, line)."""

    channels: dict[str, Channel] = field(default_factory=dict)
    readings: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    registers: list[Registers] = field(default_factory=list)
    periods: list[Period] = field(default_factory=list)
    currency: str | None = None
    rejected: list[Rejected] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def amounts(self, channel: str) -> list[float]:
        return [reading[2] for reading in self.readings[channel]]

    def total(self, channel: str) -> float:
        return sum(self.amounts(channel))

    def problems(self) -> list[tuple[int, str | None]]:
        return [(r.line, r.column) for r in self.rejected]


def gather(pieces: Iterable[Piece]) -> Read:
    found = Read()
    for piece in pieces:
        match piece:
            case Channel():
                assert piece.key not in found.channels
                found.channels[piece.key] = piece
            case Readings():
                assert piece.channel in found.channels
                found.readings.setdefault(piece.channel, []).extend(_each(piece))
            case Registers():
                assert piece.channel in found.channels
                found.registers.append(piece)
            case Period():
                assert piece.channel in found.channels
                found.periods.append(piece)
            case Currency():
                found.currency = piece.code
            case Rejected():
                found.rejected.append(piece)
            case Ignored():
                found.ignored.append(piece)
            case Warned():
                found.warnings.append(piece.detail)
    return found


def _each(piece: Readings) -> Iterable[tuple[Any, ...]]:
    count = len(piece.starts)
    seconds = [piece.seconds] * count if isinstance(piece.seconds, int) else piece.seconds
    lines = [piece.lines] * count if isinstance(piece.lines, int) else piece.lines
    quality = piece.quality or "A" * count
    costs = piece.costs if piece.costs is not None else [None] * count
    assert len(seconds) == len(lines) == len(quality) == len(costs) == len(piece.amounts) == count
    return zip(piece.starts, seconds, piece.amounts, quality, costs, lines, strict=True)


def read(
    form: Format, text: str | bytes, zone: str = "America/Los_Angeles", **mapping: object
) -> Read:
    """Read a file that its format must recognise."""
    data = text.encode() if isinstance(text, str) else text
    assert form.recognises("file", data[: 64 * 1024])
    return gather(form.read(source(data), Options(zone, "EUR", mapping)))
