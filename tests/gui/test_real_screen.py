"""The whole program under a real X server: a real pointer clicks, real keys type, real pixels are read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QColor, QImage

from tests.shared_data import CHECKPOINT, needs_shared
from tests.xvfb import xvfb

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60

pytestmark = pytest.mark.skipif(
    not (shutil.which("Xvfb") and shutil.which("xdotool")), reason="needs Xvfb and xdotool (Debian: xvfb, xdotool)"
)

GRAB = """
import sys
from PySide6.QtGui import QGuiApplication
app = QGuiApplication([])
sys.exit(not app.primaryScreen().grabWindow(0).toImage().save(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """The name of a fresh X display; the server ends with the tests."""
    with xvfb() as (name, _):
        yield name


class Screen:
    """The running program, seen and touched from outside."""

    def __init__(self, display: str, folder: Path, *arguments: str) -> None:
        self.folder, self.facts_file = folder, folder / "facts.json"
        keep = {key: value for key, value in os.environ.items() if key not in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY")}
        self.environment = keep | {
            "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config")
        }
        # A first start gives hints, which would lie over what is clicked here.
        (folder / "config" / "headscope").mkdir(parents=True)
        (folder / "config" / "headscope" / "headscope.ini").write_text("[General]\nhints=false\n")
        script = str(Path(__file__).parent / "watched_program.py")
        command = [sys.executable, script, str(self.facts_file), *arguments, "--size", "1440x900", "--theme", "light"]
        self.log = (folder / "log").open("w+")
        self.program = subprocess.Popen(command, env=self.environment, cwd=ROOT, stderr=self.log, stdout=self.log)

    def facts(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self.facts_file.read_text())
        except FileNotFoundError:
            return {}
        return found

    def until(self, holds: Callable[[dict[str, Any]], object], what: str) -> dict[str, Any]:
        """The facts, once they hold; fails with what the program said when they never do."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and self.program.poll() is None:
            facts = self.facts()
            if facts and holds(facts):
                return facts
            time.sleep(0.05)
        self.log.seek(0)
        pytest.fail(f"never happened: {what}; last seen {str(self.facts())[:600]}; log: {self.log.read()[-2000:]}")

    def touch(self, *words: object) -> None:
        subprocess.run(["xdotool", *map(str, words)], env=self.environment, check=True, timeout=20)

    def click(self, x: int, y: int) -> None:
        self.touch("mousemove", x, y, "sleep", "0.2", "click", "1")

    def picture(self) -> QImage:
        path = self.folder / "screen.png"
        subprocess.run([sys.executable, "-c", GRAB, str(path)], env=self.environment, check=True, timeout=60)
        return QImage(str(path))


@pytest.fixture
def screen(display: str, tmp_path: Path) -> Iterator[Screen]:
    running = Screen(display, tmp_path, "demo:textbook")
    yield running
    running.program.terminate()
    running.program.wait(10)
    running.log.close()


def rgb(image: QImage, x: int, y: int) -> int:
    return QColor(image.pixel(x, y)).rgb() & 0xFFFFFF


def test_that_a_person_opens_clicks_looks_and_exports(screen: Screen) -> None:
    screen.until(lambda facts: facts["settled"] and "L1H6" in facts["rows"], "the demo is open and scored")
    screen.touch("mousemove", 5, 895)
    facts = screen.facts()
    screen.click(*facts["rows"]["L1H6"])
    facts = screen.until(
        lambda facts: facts["settled"] and facts["head"] == "L1H6"
        and all(str(facts["panels"][key]["title"]).startswith("L1H6") for key in ("attention", "qk", "ov", "card")),
        "the head that was clicked is in all panels",
    )
    assert facts["panels"]["composition"]["title"] == "K-composition"

    screen.touch("mousemove", 5, 895, "sleep", "0.5")
    image, attention = screen.picture(), facts["panels"]["attention"]
    x, y, value = attention["cells"]["0,0"]
    assert value == pytest.approx(1.0)  # the first query can see itself only
    assert rgb(image, x, y) == attention["last"]
    x, y, value = attention["cells"]["0,100"]
    assert value == 0.0  # no query sees a later key
    assert rgb(image, x, y) == attention["first"]
    composition = facts["panels"]["composition"]
    for corner in ("15,0", "15,15", "0,0"):
        x, y, _ = composition["cells"][corner]
        assert rgb(image, x, y) == composition["none"], corner  # undefined: no later head feeds an earlier one

    x, y, value = composition["cells"]["0,15"]  # a click on a pair goes to its later head
    screen.click(x, y)
    screen.until(lambda facts: facts["head"] == "L1H7" and facts["settled"], "the pair's later head is selected")

    target = screen.folder / "picture.png"
    x, y, _ = attention["cells"]["0,100"]
    screen.click(x, y)
    screen.touch("key", "ctrl+e", "sleep", "2", "key", "Return", "sleep", "2", "key", "ctrl+a", "type", str(target))
    screen.touch("sleep", "0.3", "key", "Return")
    end = time.monotonic() + PATIENCE_S
    while not target.exists() and time.monotonic() < end:
        time.sleep(0.1)
    picture = QImage(str(target))
    assert picture.width() > 600
    found = {rgb(picture, x, y) for x in range(picture.width()) for y in range(0, picture.height(), 3)}
    assert attention["last"] in found

    screen.click(x, y)  # no window manager gives the keyboard back when a dialog closes
    screen.touch("sleep", "0.3", "key", "ctrl+q")
    assert screen.program.wait(10) == 0


@needs_shared
def test_that_a_real_pointer_links_ink_letters_and_attention(display: str, tmp_path: Path) -> None:
    screen = Screen(display, tmp_path, str(CHECKPOINT), "--head", "L2X0")
    try:
        start = screen.until(lambda facts: facts["settled"] and "strokes" in facts["panels"]["ink"], "the ink is drawn")
        ink = start["panels"]["ink"]
        stroke, at = list(ink["strokes"].items())[3]
        query = ink["tokens"][int(stroke)][1]
        screen.touch("mousemove", 700, 400, "sleep", "0.2", "mousemove", *at)
        screen.until(
            lambda facts: facts["panels"]["ink"]["query"] == query
            and facts["panels"]["attention"]["crosshair"] == [query, None],
            "the crosshair is at the stroke under the pointer",
        )
        screen.touch("mousemove", *ink["letters"][2])
        screen.until(
            lambda facts: facts["panels"]["ink"]["letter"] == 2 and facts["panels"]["ink"]["glows"]
            and facts["panels"]["attention"]["crosshair"] == [None, 2],
            "the strokes that read the letter glow, and the crosshair is at its column",
        )
        x, y, _ = start["panels"]["attention"]["cells"]["0,0"]
        screen.touch("mousemove", x, y + 2)
        screen.until(
            lambda facts: facts["panels"]["ink"]["letter"] == -1 and 0 <= facts["panels"]["ink"]["query"] < 20,
            "the ink follows the attention panel",
        )
    finally:
        screen.program.terminate()
        screen.program.wait(10)
        screen.log.close()
