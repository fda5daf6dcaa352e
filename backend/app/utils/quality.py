"""Quality of interval values: one letter each.

The letters follow NEM12 (AEMO Metering Data File Format, section 4) where it has one; ESPI's
ReadingType quality codes and other sources are mapped to them by their importers.
"""

from typing import Final

ACTUAL: Final = "A"
"""Measured."""
ESTIMATED: Final = "E"
"""Estimated by the source (ESPI 8 and 9)."""
SUBSTITUTED: Final = "S"
"""Final substitute of the source for a value it could not read."""
MANUAL: Final = "M"
"""Edited by hand, by the source or in this product (ESPI 7)."""
DERIVED: Final = "D"
"""Computed: a share of a longer interval or of a register difference (ESPI 11)."""
QUESTIONABLE: Final = "Q"
"""Doubted by the source (ESPI 10)."""
PROJECTED: Final = "P"
"""A forecast (ESPI 12): kept, shown as such, and part of no total."""
MISSING: Final = "N"
"""No value."""

QUALITIES: Final = frozenset("AESMDQPN")
ESTIMATES: Final = frozenset({ESTIMATED, SUBSTITUTED, DERIVED})
"""Letters that make a day count as (partly) estimated."""
