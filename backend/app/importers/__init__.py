"""File formats, one module each: pure readers from bytes to pieces, without database or web.

The registry names modules; each is imported when a file is read, so that a process which reads
none starts without them. `records_csv` is not in it: it is what a table of dated amounts is
read as when no other format is recognised, and it has a path of its own.
"""

from importlib import import_module

from app.importers.series import Format

HEAD_BYTES = 64 * 1024
"""How much of a file its format is recognised by."""

RECORDS = "records_csv"
"""What is not in the registry: a table of dated amounts."""
NAMES: tuple[str, ...] = (
    # One line for each format, the most specific first: they are asked in this order. The name
    # is the module's in this package, and the format's on the wire.
    "long_csv",
    "long_xlsx",
    "series_json",
    "nem12",
    "dsmr_reader",
    "homewizard",
    "fluvius",
    "enel",
    "exelon_ami",
    "pge_csv",
    "sdge_csv",
    "sce_csv",
    "united_power_csv",
    "octopus_csv",
    "green_button",
    "home_assistant_energy",
    "home_assistant_history",
    "home_assistant_statistics",
    "emoncms",
    "oed_csv",
    "portfolio_manager",
    "ampds2",
    "ausgrid_solar_home",
    "bwdf_water",
    "xcel_bills",
    "dutch_registers",
    # Never recognised, only named, because they need a mapping.
    "generic_csv",
    "generic_xlsx",
)


def by_name(name: str) -> Format:
    """Give the format of that name. Raises KeyError."""
    if name not in NAMES:
        raise KeyError(name)
    found: Format = import_module(f"{__name__}.{name}").FORMAT
    return found


def detect(name: str, head: bytes) -> Format | None:
    """Give the first format that recognises a file by its name and first HEAD_BYTES."""
    formats = (by_name(candidate) for candidate in NAMES)
    return next((found for found in formats if found.recognises(name, head)), None)
