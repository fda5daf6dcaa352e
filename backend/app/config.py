"""Settings, read once from the environment (and a .env file); every one is in .env.example."""

from enum import StrEnum
from functools import cached_property
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

MIN_SECRET_BYTES = 32
KNOWN_SECRETS = frozenset(
    {"change-me", "changeme", "secret", "dev", "development", "jwt-secret-key", "your-secret-key"}
)


def built_pages() -> Path:
    """Give the folder of the built front end: inside a package, or beside it in a checkout."""
    packaged = Path(__file__).resolve().parent / "web"
    return packaged if packaged.is_dir() else packaged.parents[2] / "frontend" / "out"


class Environment(StrEnum):
    """Where the product runs; production refuses what the others only warn about."""

    DEVELOPMENT = "development"
    TESTING = "testing"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """All settings of the product. Durations are in the unit that the name ends with."""

    model_config = SettingsConfigDict(
        env_file=("../.env", ".env"), env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    app_env: Environment = Environment.DEVELOPMENT
    database_url: str = "sqlite://"
    database_owner_url: str | None = None
    database_pool_size: int = Field(default=4, ge=1, le=100)
    database_pool_timeout_s: float = Field(default=2.0, gt=0, le=60)
    redis_url: str | None = None

    jwt_secret: SecretStr
    access_token_minutes: int = Field(default=10, ge=1, le=120)
    refresh_idle_days: int = Field(default=14, ge=1, le=90)
    refresh_absolute_days: int = Field(default=30, ge=1, le=365)
    refresh_grace_s: int = Field(default=10, ge=0, le=60)
    bcrypt_cost: int = Field(default=12, ge=4, le=16)
    password_queue: int = Field(default=1, ge=1, le=1000)
    cookie_secure: bool = True

    login_limit_per_account_ip: int = Field(default=10, ge=0)
    login_limit_per_ip: int = Field(default=50, ge=0)
    login_limit_consecutive: int = Field(default=100, ge=0)
    register_limit_per_ip: int = Field(default=20, ge=0)
    refresh_limit_per_session: int = Field(default=300, ge=0)
    throttle_window_minutes: int = Field(default=15, ge=1, le=1440)

    read_limit_per_minute: int = Field(default=1_200, ge=0)
    write_limit_per_minute: int = Field(default=600, ge=0)
    import_limit_per_hour: int = Field(default=60, ge=0)
    import_limit_parallel: int = Field(default=2, ge=0)
    export_limit_per_hour: int = Field(default=60, ge=0)

    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    public_origins: Annotated[tuple[str, ...], NoDecode] = ()
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    require_if_match: bool = False
    demo_account: bool = False
    web_dir: Path = built_pages()
    metrics_token: SecretStr | None = None
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    log_file: Path | None = None
    otel_exporter_otlp_endpoint: str | None = Field(default=None, pattern=r"^(https?://\S+)?$")

    mqtt_url: str | None = Field(default=None, pattern=r"^mqtts?://[^/\s]+/?$")
    mqtt_topics: Annotated[tuple[str, ...], NoDecode] = ()
    mqtt_api_key: SecretStr | None = None
    mqtt_client_id: str = Field(default="consumo", min_length=1, max_length=23)

    max_json_kb: int = Field(default=256, ge=1, le=10_240)
    max_batch_kb: int = Field(default=1_024, ge=1, le=10_240)
    max_upload_mb: int = Field(default=200, ge=1, le=200)
    import_at_once_mb: int = Field(default=64, ge=0, le=200)

    @model_validator(mode="before")
    @classmethod
    def _split_lists(cls, values: dict[str, Any]) -> dict[str, Any]:
        for name in ("cors_origins", "public_origins", "trusted_proxies", "mqtt_topics"):
            value = values.get(name)
            if isinstance(value, str):
                values[name] = tuple(part.strip() for part in value.split(",") if part.strip())
        return values

    @model_validator(mode="after")
    def _refuse_unsafe(self) -> "Settings":
        secret = self.jwt_secret.get_secret_value()
        if len(secret.encode()) < MIN_SECRET_BYTES or secret.lower() in KNOWN_SECRETS:
            raise ValueError(
                f"JWT_SECRET must be a random text of at least {MIN_SECRET_BYTES} bytes;"
                " make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        if any(origin in ("*", "null") for origin in self.cors_origins):
            raise ValueError("CORS_ORIGINS must list exact origins; '*' and 'null' are refused")
        for proxy in self.trusted_proxies:
            ip_network(proxy, strict=False)  # raises ValueError now, not at the first request
        if self.app_env is Environment.PRODUCTION:
            self._refuse_unsafe_production(secret)
        return self

    def _refuse_unsafe_production(self, secret: str) -> None:
        if len(set(secret)) < 10 or "change" in secret.lower():
            raise ValueError("JWT_SECRET looks like a placeholder: production needs a random one")
        if not self.cookie_secure:
            raise ValueError("COOKIE_SECURE=false is refused in production")
        if not self.database_url.startswith("postgresql"):
            raise ValueError("DATABASE_URL must name a PostgreSQL database in production")
        if self.bcrypt_cost < 10:
            raise ValueError("BCRYPT_COST must be at least 10 in production")

    @cached_property
    def refresh_cookie(self) -> str:
        """Name of the refresh cookie; the __Host- prefix makes browsers insist on Secure."""
        return "__Host-refresh" if self.cookie_secure else "consumo-refresh"

    @property
    def is_postgresql(self) -> bool:
        """Whether the database is PostgreSQL (SQLite serves the unit tests only)."""
        return self.database_url.startswith("postgresql")
