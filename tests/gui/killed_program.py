"""Saves pictures, numbers and sessions over and over, to the same names, until it is killed.

    python tests/gui/killed_program.py FOLDER
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QGuiApplication, QImage

from analysis.figures.formats import save_numbers
from analysis.figures.page import save_page
from analysis.figures.style import Style
from gui.export.widget_picture import save_image
from gui.session import session_file
from tests.analysis.figures.looking import piece

NUMBERS, PAGES = ("npz", "csv", "json"), ("pdf", "svg", "png")
ROWS = 300
"""Sections of a session: large enough that writing them takes a moment."""


def main() -> int:
    folder, app = Path(sys.argv[1]), QGuiApplication(sys.argv[:1])
    assert QCoreApplication.instance() is app
    picture = QImage(800, 600, QImage.Format.Format_RGB32)
    count = 0
    while True:
        count += 1
        picture.fill(count)
        shown = piece("pattern")
        figure = replace(shown.figure, title=f"pattern {count}")
        for suffix in NUMBERS:
            save_numbers(figure, str(folder / f"numbers.{suffix}"))
        for suffix in PAGES:
            save_page((shown,), Style(scale=2), str(folder / f"page.{suffix}"))
        save_image(picture, str(folder / "window.png"))
        for _ in range(20):
            sections = {str(row): {"count": count, "words": "ink " * 50} for row in range(ROWS)}
            session_file.write(folder / "last.headscope", sections, "0")
        if count == 1:
            print("ready", flush=True)


if __name__ == "__main__":
    sys.exit(main())
