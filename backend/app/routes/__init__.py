"""One blueprint for each stem."""

from app.routes import analytics, auth, consumption

BLUEPRINTS = (auth.blueprint, analytics.blueprint, consumption.blueprint)
