"""Making users from the command line, and completion."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.postgres import Cluster
from tests.conftest import SECRET

BACKEND = Path(__file__).parents[2]


def run(cluster: Cluster, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    for name, value in (cluster.environment() | {"JWT_SECRET": SECRET}).items():
        monkeypatch.setenv(name, value)
    return CliRunner().invoke(main, arguments)


def test_a_user_is_made_and_told(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    password = ("--password", "three unrelated words do")
    made = run(cluster, monkeypatch, "user", "add", "Olga", "olga@example.org", *password)
    assert (made.exit_code, made.output) == (0, "olga may sign in.\n")
    again = run(cluster, monkeypatch, "user", "add", "olga", "other@example.org", *password)
    assert again.exit_code == 1
    assert "taken" in again.output


@pytest.mark.parametrize(
    ("email", "password", "told"),
    [("x", "three unrelated words do", "email: "), ("o@example.org", "short", "password")],
)
def test_a_user_that_cannot_be_is_refused_by_name_of_the_field(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, email: str, password: str, told: str
) -> None:
    refused = run(cluster, monkeypatch, "user", "add", "otto", email, "--password", password)
    assert refused.exit_code in (1, 2)
    assert told in refused.output.lower()


def test_the_shell_completes_commands() -> None:
    environment = os.environ | {
        "_CONSUMO_COMPLETE": "bash_complete",
        "COMP_WORDS": "consumo ba",
        "COMP_CWORD": "1",
    }
    code = "from app.cli import main; main(prog_name='consumo')"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=BACKEND, capture_output=True, text=True
    )
    assert "plain,backup" in done.stdout
