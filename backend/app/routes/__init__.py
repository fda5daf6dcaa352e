"""One blueprint for each stem."""

from app.routes import analytics, auth, consumption, imports

BLUEPRINTS = (auth.blueprint, analytics.blueprint, consumption.blueprint, imports.blueprint)
