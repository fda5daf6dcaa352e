"""A copy on one machine: its .env files, its secret, and that .env.example knows every setting."""

import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.config import Settings
from app.local import complete_environment, data_dir, read_env_files

ROOT = Path(__file__).parents[3]
SOURCES = [*(ROOT / "backend" / "app").rglob("*.py")]
MADE_BY_US = {"PROMETHEUS_MULTIPROC_DIR", "PATH", "XDG_DATA_HOME"}
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
COMPOSE = "".join(file.read_text(encoding="utf-8") for file in ROOT.glob("docker-compose*.yml"))
CERTIFICATE = {"TLS_PORT", "TLS_CERT", "TLS_KEY"}
_READ = re.compile(
    r"""(?:environ(?:ment)?(?:\.get\(|\.setdefault\(|\[)\s*|envvar=)["']([A-Z][A-Z_]+)["']"""
)


def listed() -> list[str]:
    return re.findall(r"^#? ?([A-Z][A-Z_]+)=", EXAMPLE, re.MULTILINE)


def test_the_example_lists_every_setting_and_variable_and_no_other() -> None:
    read = {name for file in SOURCES for name in _READ.findall(file.read_text(encoding="utf-8"))}
    settings = {name.upper() for name in Settings.model_fields}
    assert {"HOST", "API_PORT", "DATA_DIR", "DATABASE_BACKUP_URL", "MIGRATE_ON_START"} <= read
    composed = set(re.findall(r"\$\{([A-Z_]+)", COMPOSE))
    assert {"POSTGRES_PASSWORD", "BACKUP_KEEP"} <= composed
    assert sorted(listed()) == sorted((settings | read | composed) - CERTIFICATE - MADE_BY_US)


def test_the_example_says_the_defaults() -> None:
    """Except for those that have none, of which it shows what they look like."""
    said = dict(re.findall(r"^# ([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))
    shown = {"DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "CORS_ORIGINS", "PUBLIC_ORIGINS",
             "TRUSTED_PROXIES", "JWT_SECRET", "METRICS_TOKEN", "WEB_DIR", "LOG_FILE"}  # fmt: skip
    for name, field in Settings.model_fields.items():
        if field.default not in (None, ()) and name.upper() not in shown:
            assert said[name.upper()] == str(field.default).lower() or said[name.upper()] == str(
                field.default
            )


def test_the_example_sets_nothing_as_it_is(tmp_path: Path) -> None:
    assert all(line.startswith("#") or not line for line in EXAMPLE.splitlines())


def test_each_variable_of_the_example_is_explained() -> None:
    lines = EXAMPLE.splitlines()
    for at, line in enumerate(lines):
        if re.match(r"# [A-Z_]+=", line):
            before = next(
                text for text in reversed(lines[:at]) if not re.match(r"# [A-Z_]+=", text)
            )
            assert len(before) > 15, line


def test_a_setting_of_the_env_file_counts_unless_the_environment_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("DATABASE_URL=upper\nAPP_ENV=production\n")
    (tmp_path / "backend").mkdir()
    (tmp_path / "backend" / ".env").write_text("DATABASE_URL=lower\nHOST='h'\nEMPTY\n")
    monkeypatch.chdir(tmp_path / "backend")
    environment = {"HOST": "mine"}
    read_env_files(environment)
    assert environment == {"HOST": "mine", "DATABASE_URL": "lower", "APP_ENV": "production"}


def test_the_secret_is_made_once_for_all_who_ask_at_once(tmp_path: Path) -> None:
    def secret(_: int) -> str:
        environment: dict[str, str] = {}
        complete_environment(environment, tmp_path / "data")
        return environment["JWT_SECRET"]

    with ThreadPoolExecutor(16) as pool:
        secrets = set(pool.map(secret, range(64)))
    assert len(secrets) == 1
    assert len(secrets.pop()) == 64
    (file,) = (tmp_path / "data").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_is_set_stays(tmp_path: Path) -> None:
    environment = {"JWT_SECRET": "mine", "COOKIE_SECURE": "true", "DEMO_ACCOUNT": "false"}
    before = dict(environment)
    complete_environment(environment, tmp_path)
    assert environment == before
    assert list(tmp_path.iterdir()) == []


def test_production_is_not_completed(tmp_path: Path) -> None:
    environment = {"APP_ENV": "production"}
    complete_environment(environment, tmp_path)
    assert environment == {"APP_ENV": "production"}


def test_the_data_folder_is_beside_the_back_end_unless_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DATA_DIR", raising=False)
    assert data_dir() == ROOT / ".data"
    monkeypatch.setenv("DATA_DIR", "/srv/consumo")
    assert data_dir() == Path("/srv/consumo")
