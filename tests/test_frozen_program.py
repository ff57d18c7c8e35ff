"""The bundle, built and started as a person would; on demand with -m slow, since it takes minutes and a gigabyte."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from tests.xvfb import xvfb

ROOT = Path(__file__).parents[1]
RECIPE = ROOT / "resources" / "launch" / "bundle" / "headscope.spec"
BUILD_S, START_S = 3600, 180

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("PyInstaller") is None, reason="needs PyInstaller (extra: bundle)"),
    pytest.mark.skipif(not shutil.which("Xvfb") or not shutil.which("xdotool"), reason="needs Xvfb and xdotool"),
]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The bundle's binary, freshly built."""
    folder = tmp_path_factory.mktemp("bundle")
    places = ["--distpath", str(folder / "dist"), "--workpath", str(folder / "build")]
    done = subprocess.run([sys.executable, "-m", "PyInstaller", "--noconfirm", *places, str(RECIPE)], cwd=ROOT,
                          capture_output=True, text=True, timeout=BUILD_S)
    assert done.returncode == 0, done.stderr[-3000:]
    return str(folder / "dist" / "headscope" / "headscope")


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with xvfb() as (name, _):
        yield name


def environment(display: str, home: Path) -> dict[str, str]:
    """Nothing of the Python that runs the tests."""
    return {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


def test_that_the_bundle_takes_a_picture_of_the_demo(program: str, display: str, tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    done = subprocess.run([program, "--screenshot", str(picture), "--size", "1440x900", "--theme", "light"],
                          env=environment(display, tmp_path), cwd=tmp_path, capture_output=True, text=True,
                          timeout=START_S)
    assert (done.returncode, done.stderr) == (0, "")
    image = QImage(str(picture))
    assert (image.width(), image.height()) == (1440, 900)
    blue = [image.pixelColor(x, y) for x in range(290, 740, 3) for y in range(130, 360, 3)]
    assert any(color.blue() > 2 * color.red() and color.lightness() < 100 for color in blue)  # the induction stripe


def test_that_the_bundle_opens_a_window_that_closes(program: str, display: str, tmp_path: Path) -> None:
    given = environment(display, tmp_path)
    running = subprocess.Popen([program], env=given, cwd=tmp_path)
    end, found = time.monotonic() + START_S, ""
    while not found and running.poll() is None and time.monotonic() < end:
        time.sleep(0.5)
        search = ["xdotool", "search", "--name", "Demo – Headscope"]
        found = subprocess.run(search, env=given, capture_output=True, text=True, check=False).stdout.split("\n")[0]
    assert found
    touch = ["xdotool", "sleep", "1", "mousemove", "700", "400", "click", "1", "sleep", "0.5", "key", "ctrl+q"]
    subprocess.run(touch, env=given, check=True, timeout=20)
    assert running.wait(20) == 0


def test_that_the_bundle_answers_on_the_command_line(program: str, tmp_path: Path) -> None:
    done = subprocess.run([program, "--help"], env=environment("", tmp_path), cwd=tmp_path, capture_output=True,
                          text=True, timeout=START_S)
    assert done.returncode == 0
    assert "--install" in done.stdout
