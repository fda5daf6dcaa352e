"""File formats, one module each: pure readers from bytes to records, without database or web."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from app.importers import records_csv

READERS: Mapping[str, Callable[..., records_csv.RecordFile]] = MappingProxyType(
    {"records_csv": records_csv.read}
)
"""The reader of each format that an import may name."""
