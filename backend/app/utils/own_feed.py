"""What this product's own Green Button feeds are known by when they are imported again."""

from typing import Final

OWN_ADDRESS: Final = "/consumo/"
"""What their addresses begin with: the title of the usage point is the meter's name."""
OWN_SUBSTITUTE: Final = 9
"""The code of their substitutes; from other sources it is an estimate, as 8 is."""
