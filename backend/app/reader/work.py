"""Reading one file: unpack, recognise, read, put into days, write what was found."""

import hashlib
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from app import importers
from app.importers import records_table
from app.importers.grid import Grid
from app.importers.series import Format, Options, Source, Unreadable
from app.importers.staging import StagingFile
from app.reader.job import Job
from app.reader.report import ChannelReport, PeriodReport, Report
from app.reader.summary import Summary
from app.reader.unpacking import unpacked

_CHUNK = 1024 * 1024
_PIECES_BETWEEN_TELLING = 64
Tell = Callable[[str, int, int], None]
"""Takes the phase, and how much of how much is done in it."""


def carry_out(job: Job, tell: Tell) -> Report:
    """Read a file and write its days to `blocks` and what was found to `report`."""
    folder = Path(job.folder)
    before = time.process_time()
    report = _read(job, folder, tell)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report = replace(report, peak_kb=peak, cpu_s=round(time.process_time() - before, 3))
    (folder / "report").write_bytes(report.encoded())
    return report


def _read(job: Job, folder: Path, tell: Tell) -> Report:
    packed = Path(job.path)
    size = packed.stat().st_size
    common: dict[str, Any] = {"sha256": _digest(packed), "size_bytes": size}
    data, name, chosen = packed, job.name, None
    try:
        data, name = unpacked(packed, job.name, folder / "unpacked")
        chosen = _format(job.format, data, name)
        if chosen is None:
            table = _table(data, name, folder)
            return Report(format=None, data_path=str(table or data), name=name, **common)
        grid = _filled(job, chosen, data, name, tell)
        found = _found(grid, folder, tell)
    except Unreadable as error:
        return Report(
            format=chosen.name if chosen else job.format,
            data_path=str(data),
            name=name,
            failure=error.detail,
            failure_field=error.field,
            **common,
        )
    return Report(format=chosen.name, data_path=str(data), name=name, **common, **found)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _format(name: str | None, data: Path, file_name: str) -> Format | None:
    if name == importers.RECORDS:
        return None
    if name is not None:
        return importers.by_name(name)
    with data.open("rb") as file:
        return importers.detect(file_name, file.read(importers.HEAD_BYTES))


def _table(data: Path, name: str, folder: Path) -> Path | None:
    source = Source(name, lambda: data.open("rb"), data.stat().st_size)
    return records_table.as_csv(source, folder / "table.csv")


def _filled(job: Job, chosen: Format, data: Path, name: str, tell: Tell) -> Grid:
    """Read all pieces of the file."""
    # Closed when the process ends, which is when the file has been read.
    files = tempfile.TemporaryFile(dir=job.folder), tempfile.TemporaryFile(dir=job.folder)  # noqa: SIM115
    grid = Grid(job.time_zone, files, latest=job.latest, zones=job.zones)
    opened: list[BinaryIO] = []

    def open_data() -> BinaryIO:
        opened.append(data.open("rb"))
        return opened[-1]

    for key in job.mapping:
        if key not in chosen.mapping_keys:
            known = ", ".join(sorted(chosen.mapping_keys)) or "none"
            raise Unreadable(f"{chosen.name} takes no such entry of the mapping; {known}", key)
    size = data.stat().st_size
    source = Source(name, open_data, size)
    options = Options(job.time_zone, job.currency, job.mapping)
    for number, piece in enumerate(chosen.read(source, options)):
        grid.take(piece)
        if number % _PIECES_BETWEEN_TELLING == 0:
            tell("reading", min(_position(opened), size), size)
    return grid


def _position(opened: list[BinaryIO]) -> int:
    last = opened[-1] if opened else None
    return last.tell() if last is not None and not last.closed else 0


def _found(grid: Grid, folder: Path, tell: Tell) -> dict[str, Any]:
    summaries: dict[int, Summary] = {}
    with (folder / "blocks").open("wb", buffering=_CHUNK) as file:
        staging = StagingFile(file)
        for state, days in grid.days():
            staging.add(state.index, days)
            summaries.setdefault(state.index, Summary(state)).add(days)
            tell("arranging", len(summaries), len(grid.channels))
        staging.finish()
    for summary in summaries.values():
        summary.finish()
    for warning in _odd_days(summaries.values()):
        grid.tally.warn(warning)
    tally, numbers = grid.tally, {key: state.index for key, state in grid.channels.items()}
    return {
        "currency": grid.currency,
        "taken": grid.taken,
        "rejected": tally.rejected,
        "ignored": tally.ignored,
        "conflicts": tally.conflicts,
        "problems": [asdict(problem) for problem in tally.problems],
        "warnings": tally.all_warnings(),
        "channels": [
            _channel(state, summaries.get(state.index) or Summary(state))
            for state in grid.channels.values()
        ],
        "periods": [_period(piece, numbers[piece.channel]) for piece in grid.periods],
    }


def _odd_days(summaries: Any) -> Iterator[str]:
    found: dict[int, int] = {}
    for summary in summaries:
        found |= summary.odd_days
    for day, seconds in sorted(found.items())[:20]:
        hours = seconds / 3600
        yield f"{date.fromordinal(day)} has {hours:g} hours: the clocks change"


def _channel(state: Any, summary: Summary) -> ChannelReport:
    first, last = summary.bounds()
    channel = state.channel
    return ChannelReport(
        key=channel.key,
        name=channel.name,
        consumption_type=str(channel.consumption_type),
        unit=channel.unit,
        direction=channel.direction,
        serial_number=channel.serial_number,
        kind=state.kind,
        accepted=summary.accepted,
        days=summary.day_count,
        first=first,
        last=last,
        total=summary.total(),
        cost=summary.cost(),
        gaps=summary.gaps,
        gap_examples=summary.gap_examples(),
        preview=summary.preview(),
    )


def _period(piece: Any, channel: int) -> PeriodReport:
    return PeriodReport(
        channel=channel,
        first=piece.first.isoformat(),
        last=piece.last.isoformat(),
        amount=format(piece.amount, "f"),
        cost=None if piece.cost is None else format(piece.cost, "f"),
        is_estimated=piece.is_estimated,
        description=piece.description,
        line=piece.line,
    )
