"""What is let go goes back to the system."""

from __future__ import annotations

import platform

import numpy as np
import psutil
import pytest
from PySide6.QtGui import QPixmap, QPixmapCache
from PySide6.QtWidgets import QApplication

from gui.theme.colors import apply_theme
from gui.work.memory import return_holes


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps what is freed until it is told")
def test_that_holes_between_what_stays_go_back_to_the_system() -> None:
    blocks = [np.ones(40_000, np.uint8) for _ in range(2000)]
    kept = blocks[::10]
    del blocks
    before = psutil.Process().memory_info().rss
    return_holes()
    freed = before - psutil.Process().memory_info().rss
    assert freed > 40 * 2**20
    assert all(block.all() for block in kept)


def test_that_qt_keeps_no_more_than_two_megabytes_of_its_own_pictures(qapp: QApplication) -> None:
    apply_theme(qapp, "light")
    picture = QPixmap(16, 16)  # a kilobyte
    for number in range(3000):
        QPixmapCache.insert(f"picture {number}", picture)
    found = [number for number in range(3000) if QPixmapCache.find(f"picture {number}", QPixmap())]
    QPixmapCache.clear()
    assert 1000 < len(found) <= 2048
    assert found[-1] == 2999
