"""One blueprint for each stem."""

from app.routes import auth, consumption

BLUEPRINTS = (auth.blueprint, consumption.blueprint)
