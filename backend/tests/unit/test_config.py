"""Settings: what is read, and what is refused."""

import secrets
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.config import Environment, Settings

RANDOM = secrets.token_urlsafe(48)
PRODUCTION: dict[str, Any] = {
    "app_env": "production",
    "jwt_secret": RANDOM,
    "database_url": "postgresql+psycopg://consumo_app@db/consumo",
}


def settings(**values: Any) -> Settings:
    return Settings(_env_file=None, **({"jwt_secret": RANDOM} | values))


def refusal(**values: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        settings(**values)
    return "; ".join(item["msg"] for item in refused.value.errors(include_input=False))


def test_a_secret_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JWT_SECRET", raising=False)
    with pytest.raises(ValidationError, match="jwt_secret"):
        Settings(_env_file=None)


@pytest.mark.parametrize("secret", ["", "secret", "change-me", "x" * 31, "é" * 15])
@pytest.mark.parametrize("env", list(Environment))
def test_a_short_or_known_secret_is_refused_everywhere(env: Environment, secret: str) -> None:
    assert "JWT_SECRET must be a random text" in refusal(app_env=env, jwt_secret=secret)


def test_a_secret_of_32_bytes_is_enough() -> None:
    assert settings(jwt_secret="é" * 16)


@pytest.mark.parametrize(
    "secret",
    ["a" * 64, "0123456701234567012345670123456701234567", "please-CHANGE-this-secret-0123456789"],
)
def test_production_refuses_a_placeholder(secret: str) -> None:
    assert "placeholder" in refusal(**PRODUCTION | {"jwt_secret": secret})
    assert settings(jwt_secret=secret)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"database_url": "sqlite://"}, "PostgreSQL"),
        ({"database_url": "mysql://db/consumo"}, "PostgreSQL"),
        ({"cookie_secure": False}, "COOKIE_SECURE=false"),
        ({"bcrypt_cost": 9}, "BCRYPT_COST"),
    ],
)
def test_production_refuses_what_development_allows(changes: dict[str, Any], reason: str) -> None:
    assert settings(**changes)
    assert reason in refusal(**PRODUCTION | changes)


def test_production_starts_on_safe_settings() -> None:
    made = settings(**PRODUCTION)
    assert made.is_postgresql
    assert made.refresh_cookie == "__Host-refresh"
    assert not settings().is_postgresql


@pytest.mark.parametrize("origin", ["*", "null"])
def test_an_open_cors_list_is_refused(origin: str) -> None:
    assert "CORS_ORIGINS" in refusal(cors_origins=("https://a.example", origin))


def test_a_proxy_that_is_no_network_is_refused_at_the_start() -> None:
    assert "does not appear to be an IPv4 or IPv6 network" in refusal(
        trusted_proxies="10.0.0.0/8,x"
    )
    assert settings(trusted_proxies="10.0.0.1, fd00::/8").trusted_proxies == (
        "10.0.0.1",
        "fd00::/8",
    )


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", " https://a.example, https://b.example ,")
    monkeypatch.setenv("PUBLIC_ORIGINS", "")
    made = settings()
    assert made.cors_origins == ("https://a.example", "https://b.example")
    assert made.public_origins == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"bcrypt_cost": 3},
        {"bcrypt_cost": 17},
        {"access_token_minutes": 0},
        {"access_token_minutes": 121},
        {"refresh_grace_s": 61},
        {"database_pool_size": 0},
        {"log_level": "LOUD"},
        {"app_env": "staging"},
        {"login_limit_per_ip": -1},
    ],
)
def test_a_setting_out_of_range_is_refused(changes: dict[str, Any]) -> None:
    assert refusal(**changes)


def test_secrets_are_not_shown() -> None:
    made = settings(metrics_token="hush-hush")
    assert RANDOM not in repr(made)
    assert "hush-hush" not in repr(made)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        settings().bcrypt_cost = 4  # type: ignore[misc]


def test_a_file_is_read_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".env"
    file.write_text(f"JWT_SECRET={RANDOM}\nBCRYPT_COST=5\nLOG_LEVEL=ERROR\nUNKNOWN=1\n")
    monkeypatch.setenv("BCRYPT_COST", "6")
    monkeypatch.delenv("LOG_LEVEL", raising=False)
    made = Settings(_env_file=file)
    assert (made.bcrypt_cost, made.log_level) == (6, "ERROR")
