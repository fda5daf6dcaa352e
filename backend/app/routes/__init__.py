"""One blueprint for each stem."""

from app.routes import accounts, analytics, auth, consumption, health, imports, meters, sites, web

BLUEPRINTS = tuple(
    routes.blueprint
    for routes in (auth, accounts, analytics, consumption, imports, sites, meters, health, web)
)
