"""The program as it is, used at random, and closed after a given time; it writes when it was told to close.

    python tests/gui/closing_program.py SECONDS SEED STAMP_FILE [arguments of the program …]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from PySide6.QtCore import QTimer

from gui import app, startup
from gui.main_window import MainWindow
from tests.gui.driving import Person

STEP_MS = 20


def main() -> int:
    seconds, seed, stamp = float(sys.argv.pop(1)), int(sys.argv.pop(1)), Path(sys.argv.pop(1))
    make = app._make_window

    def make_used(*arguments: object) -> MainWindow:
        window = make(*arguments)  # type: ignore[arg-type]
        person = Person(window, seed)

        def step() -> None:
            if window.store.facts is not None:
                person.switch()
                person.anything()

        def close() -> None:
            stamp.write_text(str(time.time()))
            window.close()

        timer = QTimer(window, interval=STEP_MS)
        timer.timeout.connect(step)
        timer.start()
        QTimer.singleShot(round(1000 * seconds), window, close)
        return window

    app._make_window = make_used
    return startup.run(sys.argv)


if __name__ == "__main__":
    sys.exit(main())
