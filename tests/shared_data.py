"""Real data beside the repository, for the tests that can use it."""

from __future__ import annotations

from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
CHECKPOINT = DATA / "cursive_4L4H.pt"
REFERENCE = DATA / "cursive_4L4H_reference.npz"
HANDWRITING = DATA / "bigbank_3500.json.zip"

needs_shared = pytest.mark.skipif(
    not all(file.is_file() for file in (CHECKPOINT, REFERENCE, HANDWRITING)),
    reason="the real checkpoint, its reference values and the handwriting data are not in ../shared/data",
)
