"""The log of a process of its own: one line a request, nothing secret."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

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


REFUSED = """
from tests.conftest import sqlite_app
from tests.factories import registration
client = sqlite_app(log_level="WARNING", login_limit_per_account_ip=2).test_client()
known = registration(username="canary.name")
client.post("/api/auth/register", json=known)
for name in ("canary.name", "canary.name", "canary.name", "nobody.at.all"):
    client.post("/api/auth/login", json={"username": name, "password": "canary-password"})
"""


def lines_of(program: str) -> tuple[list[dict[str, Any]], str]:
    folder = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()], done.stdout + done.stderr


def test_refused_sign_ins_are_told_without_names_or_passwords() -> None:
    lines, text = lines_of(REFUSED)
    refused = [line for line in lines if line["event"] == "sign-in refused"]
    assert [line["address"] for line in refused] == ["127.0.0.1"] * 3
    first, second, unknown = (line["name"] for line in refused)
    assert first == second != unknown
    assert len(first) == 16
    (limit,) = [line for line in lines if line["event"] == "limit reached"]
    assert (limit["what"], limit["allowed"]) == ("login", 2)
    assert all(line["request_id"] and line["timestamp"].endswith("Z") for line in lines)
    assert "canary" not in text
    assert "nobody" not in text


def test_each_request_is_one_line_of_log_without_what_is_secret() -> None:
    lines, text = lines_of(LOGGED)
    requests = [line for line in lines if line["event"] == "request"]
    assert [line["status"] for line in requests] == [422, 404]
    assert all(line["request_id"] and line["timestamp"].endswith("Z") for line in requests)
    for secret in ("hunter2", "abc.def", "xyz", "query-secret", "\x1b"):
        assert secret not in text
