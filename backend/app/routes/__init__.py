"""One blueprint for each stem."""

from app.routes import auth

BLUEPRINTS = (auth.blueprint,)
