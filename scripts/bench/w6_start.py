"""W6: from the command to the first 200, on a new data folder and an existing one; memory.

The first start makes the database cluster and runs all migrations. Memory is that of everything
but PostgreSQL with 2 workers, as PSS, which counts shared pages once, and as RSS.
"""

import time

from harness.client import closed_loop, request, same
from harness.report import Work, main, median, say
from harness.service import READY_PATH, Service, folder


def measure(quick: bool = False) -> Work:
    """Run the work."""
    cold_starts, warm_starts = (1, 3) if quick else (3, 7)
    work = Work("W6", "start to first 200; resident memory at rest")
    cold, warm, rest, used = [], [], [], []
    for number in range(cold_starts):
        with folder() as path:
            service = Service(path)
            try:
                cold.append(service.start())
                for _ in range(warm_starts if number == 0 else 0):
                    service.stop()
                    warm.append(service.start())
                time.sleep(2)
                rest.append(service.memory())
                health = same(request("GET", READY_PATH))
                closed_loop(service.port, [health] * 8, 2.0)
                time.sleep(1)
                used.append(service.memory())
                parts = ", ".join(service.processes())
            finally:
                service.stop()
        say(f"W6: cold {cold[-1]:.2f} s, warm {median(warm):.2f} s")
    work.at_most("first start: initdb, migrations, first 200", median(cold), 8, " s")
    work.at_most("start on an existing database", median(warm), 1.2, " s")
    work.show("slowest of them", f"{max(cold):.2f} s / {max(warm):.2f} s")
    work.at_most("memory at rest, PSS", median(found.pss for found in rest), 120, " MiB")
    work.show("memory at rest, RSS", f"{median(found.rss for found in rest):.0f} MiB")
    work.show(
        "memory after health checks of all threads, PSS", f"{median(m.pss for m in used):.0f} MiB"
    )
    work.notes.append(f"Processes (launcher, server, workers and helpers) by PSS: {parts}.")
    work.notes.append(f"First 200 of {READY_PATH}; medians of {len(cold)} and {len(warm)} starts.")
    return work


if __name__ == "__main__":
    main(measure, __doc__)
