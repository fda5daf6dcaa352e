"""What a copy on one machine needs that nobody has set: a secret of its own, cookies that work
without TLS on loopback, and with the embedded database the demonstration."""

import contextlib
import os
import secrets
import tempfile
from collections.abc import MutableMapping
from pathlib import Path

ENV_FILES = ("../.env", ".env")


def read_env_files(environment: MutableMapping[str, str]) -> None:
    """Add what the .env files say, as the settings read them, to what is not set.

    The programs that start others look at the environment only: without this they would start
    the embedded database, or make a secret, although the file names another.
    """
    from dotenv import dotenv_values

    for file in reversed(ENV_FILES):
        for name, value in dotenv_values(file, encoding="utf-8").items():
            if value is not None:
                environment.setdefault(name, value)
    read_secret_files(environment)


SECRETS = (
    *("JWT_SECRET", "METRICS_TOKEN", "REDIS_URL"),
    *("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_BACKUP_URL"),
)
"""Settings that may be files: NAME_FILE names one, as container secrets are."""


def read_secret_files(environment: MutableMapping[str, str]) -> None:
    """Set what is not set from the file that its NAME_FILE names. Raises OSError."""
    for name in SECRETS:
        file = environment.get(f"{name}_FILE")
        if file and not environment.get(name):
            environment[name] = Path(file).read_text(encoding="utf-8").strip()


def complete_environment(environment: MutableMapping[str, str], data_dir: Path) -> None:
    """Fill in JWT_SECRET, COOKIE_SECURE and DEMO_ACCOUNT, unless set or APP_ENV is production.

    The secret is made once and kept in `data_dir`, readable by its owner only.
    """
    if environment.get("APP_ENV", "development") == "production":
        return
    environment.setdefault("COOKIE_SECURE", "false")
    if not environment.get("DATABASE_URL"):
        environment.setdefault("DEMO_ACCOUNT", "true")
    if not environment.get("JWT_SECRET"):
        environment["JWT_SECRET"] = _kept_secret(data_dir / "jwt-secret")


def _kept_secret(path: Path) -> str:
    """Give the secret in `path`; of two processes that make it at once both get the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        handle, made = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # mode 0600
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(made, path)
        os.unlink(made)
    return path.read_text().strip()


def data_dir() -> Path:
    """Give the folder of the database and the secret: DATA_DIR, or .data beside the back end.

    Where the product was installed as a package it is the user's own folder for data
    (XDG Base Directory Specification).
    """
    given = os.environ.get("DATA_DIR")
    if given:
        return Path(given)
    root = Path(__file__).resolve().parents[2]
    if (root / "Makefile").is_file():
        return root / ".data"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "consumo"
