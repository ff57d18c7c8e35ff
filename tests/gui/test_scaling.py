"""Screens of 100, 150 and 200 %: cells and icons in the screen's own pixels."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
def test_that_cells_are_sharp_and_icons_have_the_pixels_of_the_screen(scale):
    """A chessboard of two colours has no third one: nothing was enlarged afterwards."""
    environment = os.environ | {"QT_SCALE_FACTOR": str(scale), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run([sys.executable, "-m", "tests.gui.scaled"], cwd=ROOT, env=environment, capture_output=True,
                          text=True, timeout=120, check=True)
    found = json.loads(done.stdout)
    assert found["ratio"] == scale
    assert found["wide"] == 500 * scale
    assert found["colors"] == sorted(found["table"])
    assert found["icon"] >= 24 * scale
