"""One blueprint for each stem."""

from app.routes import analytics, auth, consumption, health, imports, meters, sites, web

BLUEPRINTS = tuple(
    routes.blueprint
    for routes in (auth, analytics, consumption, imports, sites, meters, health, web)
)
