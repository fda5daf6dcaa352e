"""The log of a process of its own: one line a request, nothing secret."""

import json
import subprocess
import sys
from pathlib import Path

LOGGED = """
from tests.conftest import sqlite_app
client = sqlite_app(log_level="INFO").test_client()
client.post(
    "/api/auth/login?q=query-secret",
    json={"username": "nobody", "password": "hunter2-hunter2"},
    headers={"Authorization": "Bearer abc.def.ghi", "Cookie": "consumo-refresh=xyz"},
)
client.get("/two\\nlines\\x1b[31m")
"""


def test_each_request_is_one_line_of_log_without_what_is_secret() -> None:
    folder = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", LOGGED], cwd=folder, capture_output=True, text=True, check=True
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    assert [line["status"] for line in requests] == [422, 404]
    assert all(line["request_id"] and line["timestamp"].endswith("Z") for line in requests)
    for secret in ("hunter2", "abc.def", "xyz", "query-secret", "\x1b"):
        assert secret not in done.stdout + done.stderr
