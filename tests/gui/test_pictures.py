"""Three pictures are as they were. After a change that is wanted: python -m tests.gui.pictures, and look at them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from tests.gui.pictures.__main__ import NO_FONT, PICTURES

ROOT = Path(__file__).parents[2]
KEPT = Path(__file__).parent / "pictures"
SEEN = 32
"""Of 255: a difference of a colour that counts."""
MOST = 0.002
"""The share of pixels that may differ: a line of text moved by a pixel is more."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the pictures as they are now, from a process of their own: no other test's font or theme."""
    folder = tmp_path_factory.mktemp("pictures")
    done = subprocess.run([sys.executable, "-m", "tests.gui.pictures", str(folder)], cwd=ROOT, timeout=120, check=False,
                          capture_output=True, text=True)
    if done.returncode == NO_FONT:
        pytest.skip("needs the font DejaVu Sans (Debian: fonts-dejavu-core)")
    assert done.returncode == 0, done.stderr
    return folder


def pixels(path: Path) -> np.ndarray:
    """uint8 [height, width, 3]"""
    image = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def unlike(one: np.ndarray, other: np.ndarray) -> float:
    """The share of pixels that differ visibly."""
    return float((np.abs(one - other).max(2) > SEEN).mean()) if one.shape == other.shape else 1.0


@pytest.mark.parametrize("name", PICTURES)
def test_that_a_picture_is_as_it_was(made: Path, name: str) -> None:
    share = unlike(pixels(made / f"{name}.png"), pixels(KEPT / f"{name}.png"))
    assert share <= MOST, f"{share:.2%} of {made / name}.png differ from the kept picture"


def test_that_a_moved_line_of_text_would_be_seen(made: Path) -> None:
    picture = pixels(made / "heatmap-light.png")
    moved = picture.copy()
    moved[:20] = np.roll(moved[:20], 2, axis=1)
    assert unlike(picture, moved) > MOST
    assert unlike(picture, picture[1:]) == 1.0
