"""The application factory."""

from flask import Flask, Response
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.routing import IntegerConverter, PathConverter

from app import logs, rendering
from app.api import State
from app.auth import passwords
from app.auth.tokens import Keys
from app.config import Settings
from app.db import Database
from app.errors import TooLarge
from app.routes import BLUEPRINTS

MAX_FIELDS_KB = 512
MAX_FORM_PARTS = 20


class IdConverter(IntegerConverter):
    """A path id; anything that is not a positive bigint is a page that does not exist."""

    regex = r"[1-9][0-9]{0,18}"

    def to_python(self, value: str) -> int:
        """Read it; what is too large becomes the largest bigint, which is never given out.

        Refused here it would be answered 405: werkzeug then looks at the other methods.
        """
        return min(int(value), 2**63 - 1)


class PageConverter(PathConverter):
    """A path outside /api: the pages must not answer 405 for what is no endpoint."""

    regex = r"(?!api(?:/|$))[^/].*?"


def create_app(settings: Settings | None = None) -> Flask:
    """Make the application; connects to nothing until the first request."""
    settings = settings or Settings()
    logs.configure(settings.log_level, settings.log_file)
    app = Flask("consumo", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_upload_mb * 1024 * 1024
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_FIELDS_KB * 1024
    app.config["MAX_FORM_PARTS"] = MAX_FORM_PARTS
    app.url_map.converters["id"] = IdConverter
    app.url_map.converters["page"] = PageConverter
    app.url_map.strict_slashes = False
    app.extensions["consumo"] = State(settings, Database(settings), Keys(settings))
    passwords.let_wait(settings.password_queue)
    rendering.install(app, settings)

    @app.errorhandler(RequestEntityTooLarge)
    def _too_large(_error: RequestEntityTooLarge) -> Response:
        limits = (
            f"A body may have at most {settings.max_upload_mb} MB, and a form {MAX_FORM_PARTS}"
            f" parts with {MAX_FIELDS_KB} KB besides its file."
        )
        return rendering.render(TooLarge(limits))

    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app
