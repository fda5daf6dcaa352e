"""The raw limit: the same statements by pgbench, which comes with the embedded PostgreSQL."""

import os
import re
import subprocess
import tempfile

from app.postgres.cluster import binaries
from harness.service import Service

_TPS = re.compile(r"tps = ([0-9.]+)")
_LATENCY = re.compile(r"latency average = ([0-9.]+) ms")


def statements(
    service: Service, script: str, clients: int, seconds: float, role: str = "postgres"
) -> tuple[float, float]:
    """Run a pgbench script; return transactions per second and the mean latency in ms."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        answer = subprocess.run(
            [
                *(str(binaries() / "pgbench"), "--no-vacuum", "--protocol=prepared"),
                *("--client", str(clients), "--jobs", str(min(2, clients))),
                *("--time", str(max(1, round(seconds))), "--file", file.name, "consumo"),
            ],
            env=os.environ | {"PGHOST": str(service.cluster.socket_dir), "PGUSER": role},
            capture_output=True,
            text=True,
            check=False,
        )
    tps, latency = _TPS.search(answer.stdout), _LATENCY.search(answer.stdout)
    if answer.returncode or not tps or not latency:
        raise SystemExit(f"pgbench failed: {answer.stderr}")
    return float(tps[1]), float(latency[1])
