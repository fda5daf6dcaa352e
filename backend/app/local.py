"""What a copy on one machine needs that nobody has set: a secret of its own, cookies that work
without TLS on loopback, and with the embedded database the demonstration."""

import os
import secrets
from collections.abc import MutableMapping
from pathlib import Path


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
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text()


def data_dir() -> Path:
    """Give the folder of the database and the secret: DATA_DIR, or .data beside the back end."""
    given = os.environ.get("DATA_DIR")
    return Path(given) if given else Path(__file__).resolve().parents[2] / ".data"
