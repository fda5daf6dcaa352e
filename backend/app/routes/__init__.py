"""One blueprint for each stem."""

from app.routes import (
    accounts,
    analytics,
    api_keys,
    archives,
    auth,
    consumption,
    exports,
    health,
    import_profiles,
    imports,
    intervals,
    meters,
    register_reads,
    series,
    sites,
    web,
    write,
)

BLUEPRINTS = tuple(
    routes.blueprint
    for routes in (
        auth,
        accounts,
        api_keys,
        analytics,
        consumption,
        imports,
        import_profiles,
        exports,
        archives,
        sites,
        meters,
        register_reads,
        series,
        intervals,
        write,
        health,
        web,
    )
)
