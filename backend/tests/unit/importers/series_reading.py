"""What the tests of series readers share: reading bytes, and what comes out, flat."""

import io
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isnan
from typing import Any

from app.importers.series import (
    Channel,
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

ZONE = "Europe/Amsterdam"


@dataclass
class Found:
    """All pieces of a file; `readings` by channel as (start, seconds, amount, quality, line)."""

    channels: dict[str, Channel] = field(default_factory=dict)
    readings: dict[str, list[tuple[str, int, float, str, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    registers: dict[str, list[tuple[str, float, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    periods: list[Period] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    warned: list[Warned] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)

    def total(self, channel: str) -> float:
        return sum(a for _, _, a, _, _ in self.readings[channel] if not isnan(a))

    def amounts(self, channel: str) -> list[float]:
        return [a for _, _, a, _, _ in self.readings[channel]]

    def starts(self, channel: str) -> list[str]:
        return [start for start, *_ in self.readings[channel]]

    def accounted(self) -> int:
        """How many lines something accounts for; one that gives and is refused counts once."""
        said = {line for rows in self.readings.values() for *_, line in rows}
        said |= {line for rows in self.registers.values() for *_, line in rows}
        said |= {p.line for p in self.periods} | {r.line for r in self.rejected}
        return len(said) + sum(i.count for i in self.ignored)


def source(data: bytes, name: str = "file.csv") -> Source:
    return Source(name, lambda: io.BytesIO(data), len(data))


def text(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def at(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _each(value: Any, count: int) -> Iterable[Any]:
    return [value] * count if isinstance(value, int) else list(value)


def read(
    form: Format, data: bytes, *, zone: str = ZONE, name: str = "file.csv", **mapping: Any
) -> Found:
    """Read a file; each channel must come before its first data."""
    assert mapping.keys() <= form.mapping_keys
    found = Found()
    for piece in form.read(source(data, name), Options(zone, mapping=mapping)):
        found.pieces.append(piece)
        match piece:
            case Channel():
                assert piece.key not in found.channels
                found.channels[piece.key] = piece
            case Readings():
                assert piece.channel in found.channels
                count = len(piece.starts)
                assert len(piece.amounts) == count
                assert piece.quality is None or len(piece.quality) == count
                columns = (
                    [at(int(s)) for s in piece.starts],
                    _each(piece.seconds, count),
                    [float(a) for a in piece.amounts],
                    piece.quality or "A" * count,
                    _each(piece.lines, count),
                )
                found.readings[piece.channel] += zip(*columns, strict=True)
            case Registers():
                assert piece.channel in found.channels
                count = len(piece.at)
                columns = [at(int(s)) for s in piece.at], piece.values, _each(piece.lines, count)
                found.registers[piece.channel] += zip(*columns, strict=True)
            case Period():
                assert piece.channel in found.channels
                found.periods.append(piece)
            case Rejected():
                found.rejected.append(piece)
            case Ignored():
                found.ignored.append(piece)
            case Warned():
                found.warned.append(piece)
    return found
