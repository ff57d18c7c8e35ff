"""The program as it is, used at random, and closed after a given time; it writes when it was told to close.

A panel comes up right after that, as one would whose time had come: it must not keep the program alive.

    python tests/gui/closing_program.py SECONDS SEED STAMP_FILE [arguments of the program …]

With "told" in place of the seconds it is left alone, writes STAMP_FILE.open when a model is open, and closes once there
is a STAMP_FILE.close.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from PySide6.QtCore import QTimer

from gui.start import app, startup
from gui.window.main_window import MainWindow
from tests.gui.driving import Person

STEP_MS = 20


def main() -> int:
    when, seed, stamp = sys.argv.pop(1), int(sys.argv.pop(1)), Path(sys.argv.pop(1))
    make = app._make_window

    def make_used(*arguments: object) -> MainWindow:
        window = make(*arguments)  # type: ignore[arg-type]
        person, told = Person(window, seed), when == "told"

        def step() -> None:
            if told and Path(f"{stamp}.close").exists():
                close()
            elif not told and window.store.facts is not None:
                person.switch()
                person.anything()

        def close() -> None:
            stamp.write_text(str(time.time()))
            window.close()
            dock = window.docks["qk"]
            dock.setFloating(True)
            dock.show()

        timer = QTimer(window, interval=STEP_MS)
        timer.timeout.connect(step)
        timer.start()
        if told:
            window.opener.opened.connect(lambda: Path(f"{stamp}.open").touch())
        else:
            QTimer.singleShot(round(1000 * float(when)), window, close)
        return window

    app._make_window = make_used
    return startup.run(sys.argv)


if __name__ == "__main__":
    sys.exit(main())
