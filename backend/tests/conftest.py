"""Fixtures: an application on in-memory SQLite for rules and routes, and one on the embedded
PostgreSQL, built by the migrations. Tests are kept apart by tenancy itself: each signs up its own
people, so nothing is rolled back or emptied between them."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import create_app, migrate
from app.api import State
from app.config import Environment, Settings
from app.db import Base
from app.postgres import Cluster, embedded
from tests.factories import Person, new_person

pytest_plugins = ["tests.coverage_summary"]

# Looking for cyclic garbage every few hundred objects takes a sixth of the quick tests' time.
gc.set_threshold(100_000, 20, 100)

SECRET = "a-secret-for-tests-only-0123456789-abcdef"


def make_settings(**changes: object) -> Settings:
    """Settings for tests: the cheapest password hash, no limits on how often, no pages built."""
    values: dict[str, object] = {
        "app_env": Environment.TESTING,
        "jwt_secret": SECRET,
        "database_url": "sqlite://",
        "bcrypt_cost": 4,
        "password_queue": 100,
        "cookie_secure": False,
        "log_level": "ERROR",
        "login_limit_per_account_ip": 0,
        "login_limit_per_ip": 0,
        "login_limit_consecutive": 0,
        "register_limit_per_ip": 0,
        "refresh_limit_per_session": 0,
        "read_limit_per_minute": 0,
        "write_limit_per_minute": 0,
        "import_limit_per_hour": 0,
        "import_limit_parallel": 0,
        "export_limit_per_hour": 0,
        "database_pool_size": 16,
        "web_dir": Path(__file__).parent / "no-pages-here",
    }
    return Settings(_env_file=None, **(values | changes))  # type: ignore[arg-type]


def sqlite_app(**changes: object) -> Flask:
    """Make an application on its own in-memory SQLite."""
    app = create_app(make_settings(**changes))
    Base.metadata.create_all(state_of(app).db.engine)
    return app


def state_of(app: Flask) -> State:
    """Give the shared state of an application."""
    state: State = app.extensions["consumo"]
    return state


@pytest.fixture(scope="session")
def app() -> Iterator[Flask]:
    """An application on in-memory SQLite, one for the whole run."""
    made = sqlite_app()
    yield made
    state_of(made).db.engine.dispose()


@pytest.fixture
def person(app: Flask) -> Person:
    """Somebody who has signed up at `app`."""
    return new_person(app)


@pytest.fixture(scope="module")
def anybody(app: Flask) -> Iterator[Person]:
    """Somebody for requests that are all refused, so that tests can share them."""
    made = new_person(app)
    yield made
    for path in ("consumption", "imports", "meters"):
        assert made.get(f"/api/{path}").get_json()["items"] == []


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The embedded PostgreSQL, migrated, one for the whole run."""
    data_dir: Path = tmp_path_factory.mktemp("postgres")
    with embedded(data_dir) as found:
        migrate.upgrade(found.url("consumo_owner"))
        yield found


@pytest.fixture(scope="session")
def pg_app(cluster: Cluster) -> Iterator[Flask]:
    """The application on PostgreSQL, connected as the role that owns nothing."""
    made = create_app(make_settings(database_url=cluster.url("consumo_app")))
    yield made
    state_of(made).db.engine.dispose()


@pytest.fixture
def pg_person(pg_app: Flask) -> Person:
    """Somebody who has signed up at `pg_app`."""
    return new_person(pg_app)
