"""What the benchmarks share: a server of their own, a cheap client, seeds and reports."""

import sys
from pathlib import Path

BACKEND = Path(__file__).resolve().parents[3] / "backend"

# The benchmarks make tokens and check the projection with the product's own code.
sys.path.insert(0, str(BACKEND))
