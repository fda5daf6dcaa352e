"""Measure all works and write docs/benchmarks.md: under ten minutes, or 90 s with --quick.

With --quick the data is smaller, rounds are shorter and nothing is written; name works to run only
these, e.g. `scripts/bench/run --quick w1 w4`. Two are run by name only and have a part of the page
of their own: `scale` (four instances behind nginx against one) and `tenants` (2,000 of them who
think between their requests, for --minutes).
"""

import argparse
import functools
import os
import platform
import time
from datetime import UTC, datetime
from pathlib import Path

import scale
import tenants
import w1_create
import w2_import
import w3_list
import w4_totals
import w5_series
import w6_start
import w7_login
from harness.report import Work, load, say

_WORKS = {
    "w6": w6_start.measure,
    "w1": w1_create.measure,
    "w2": w2_import.measure,
    "w4": w4_totals.measure,
    "w5": w5_series.measure,
    "w7": w7_login.measure,
    "w3": w3_list.measure,
}
_APART = ("scale", "tenants")
_TARGET = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
_BEGIN, _END = "<!-- measured: written by {} -->", "<!-- /measured -->"


def main() -> None:
    """Parse the command line, run, and write."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench/run",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="try it in 90 s; writes nothing")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long tenants work (10)")
    names = [*_WORKS, *_APART]
    parser.add_argument("works", nargs="*", choices=[[], *names], metavar="WORK", help="w1 … w7")
    chosen = parser.parse_args()
    measures = _WORKS | {
        "scale": scale.measure,
        "tenants": functools.partial(tenants.measure, minutes=chosen.minutes),
    }
    began = time.monotonic()
    before = load()
    works = []
    for name in chosen.works or _WORKS:
        works.append(measures[name](chosen.quick))
        works[-1].notes.append(f"The machine after it: {load()}.")
        print(works[-1].markdown(), flush=True)
    lasted = f"{(time.monotonic() - began) / 60:.1f} min"
    print(f"{before} at the start, {load()} at the end; {lasted}")
    if chosen.quick:
        return
    circumstances = f"{before} at the start, {lasted} in all"
    if not chosen.works:
        _write("make bench", sorted(works, key=lambda work: work.name), circumstances)
    for name, work in zip(chosen.works, works, strict=False):
        if name in _APART:
            _write(f"scripts/bench/run {name}", [work], circumstances)


def _write(by: str, works: list[Work], circumstances: str) -> None:
    """Replace the measured part of the document; what people wrote around it stays."""
    begin = _BEGIN.format(by)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    when = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    parts = [begin, f"Measured {when} on {machine}; {circumstances}.", ""]
    parts += [work.markdown() for work in works]
    head, found, rest = _TARGET.read_text().partition(begin)
    if not found:
        raise SystemExit(f"{_TARGET} has no part that is {begin}")
    tail = rest.partition(_END)[2]
    _TARGET.write_text(head + "\n".join(parts) + _END + tail)
    say(f"written to {_TARGET}")


if __name__ == "__main__":
    main()
