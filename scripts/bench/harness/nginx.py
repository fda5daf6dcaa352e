"""nginx in front of instances, with what deploy/nginx/consumo.conf says of handing requests on."""

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from harness.service import free_port

_INSTALL = Path(__file__).resolve().parents[3] / "scripts" / "install-debian"
_SERVER = """
upstream to_{port} {{ {servers} keepalive 32; }}
server {{
    listen 127.0.0.1:{port};
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    location / {{ proxy_pass http://to_{port}; }}
}}
"""


@dataclass(frozen=True)
class Proxy:
    """A running nginx, with a port for each group of instances."""

    ports: list[int]
    process: psutil.Popen

    def cpu(self) -> float:
        """Return the CPU seconds that it has used."""
        everyone = [self.process, *self.process.children()]
        return sum(one.cpu_times().user + one.cpu_times().system for one in everyone)


@contextlib.contextmanager
def proxy(*groups: Sequence[int]) -> Iterator[Proxy]:
    """Run nginx with a port of its own for each group of the instances' ports."""
    program = subprocess.run(
        [_INSTALL, "nginx", "nginx-light"], check=True, capture_output=True, text=True
    ).stdout.strip()
    path = Path(tempfile.mkdtemp(prefix="consumo-bench-nginx-"))
    path.chmod(0o755)
    ports = [free_port() for _ in groups]
    (path / "nginx.conf").write_text(_configuration(path, dict(zip(ports, groups, strict=True))))
    command = [program, "-c", str(path / "nginx.conf"), "-e", str(path / "error.log")]
    process = psutil.Popen(command)
    try:
        _wait(ports)
        yield Proxy(ports, process)
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(path, ignore_errors=True)


def _configuration(path: Path, groups: dict[int, Sequence[int]]) -> str:
    places = "".join(
        f"{kind}_temp_path {path}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    servers = "".join(
        _SERVER.format(port=port, servers="".join(f"server 127.0.0.1:{one}; " for one in upstream))
        for port, upstream in groups.items()
    )
    return (
        f"daemon off; pid {path}/pid; error_log {path}/error.log; worker_processes 1;\n"
        f"events {{}}\nhttp {{ access_log off; keepalive_requests 10000000;\n{places}{servers} }}\n"
    )


def _wait(ports: Sequence[int]) -> None:
    until = time.monotonic() + 10
    for port in ports:
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            if time.monotonic() > until:
                raise SystemExit("nginx did not start")
            time.sleep(0.05)
