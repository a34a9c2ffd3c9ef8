"""What holds for every test."""

from __future__ import annotations

import os
from pathlib import Path

# The models that this user has installed are no part of any test.
os.environ["ELVMASS_MODELS"] = str(Path(__file__).parent / "no_models")
