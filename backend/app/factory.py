"""The application factory."""

from flask import Flask
from werkzeug.routing import IntegerConverter

from app import logs, rendering
from app.api import State
from app.auth.tokens import Keys
from app.config import Settings
from app.db import Database
from app.routes import BLUEPRINTS


class IdConverter(IntegerConverter):
    """A path id; anything that is not a positive bigint is a page that does not exist."""

    regex = r"[1-9][0-9]{0,18}"

    def __init__(self, map) -> None:  # type: ignore[no-untyped-def]  # noqa: A002
        super().__init__(map, max=2**63 - 1)


def create_app(settings: Settings | None = None) -> Flask:
    """Make the application; connects to nothing until the first request."""
    settings = settings or Settings()
    logs.configure(settings.log_level)
    app = Flask("consumo", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_upload_mb * 1024 * 1024
    app.config["MAX_FORM_MEMORY_SIZE"] = 512 * 1024
    app.config["MAX_FORM_PARTS"] = 20
    app.url_map.converters["id"] = IdConverter
    app.url_map.strict_slashes = False
    app.extensions["consumo"] = State(settings, Database(settings), Keys(settings))
    rendering.install(app, settings)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app
