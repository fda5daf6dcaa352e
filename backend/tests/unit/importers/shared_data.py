"""Real files that are beside the project, not in it; tests that need them skip without."""

import os
from pathlib import Path

import pytest

ROOT = Path(
    os.environ.get("CONSUMO_SHARED_DATA") or Path(__file__).resolve().parents[5] / "shared" / "data"
)


def shared(*parts: str) -> Path:
    """Return a file of the shared data; skips the test where it is absent."""
    path = ROOT.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{'/'.join(parts)} is not beside the project")
    return path
