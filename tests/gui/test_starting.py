"""Starts that cannot work, as real processes: one sentence that says why and what to do, and exit status 2."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.loading.demos import DEMOS
from gui.start import refusal

ROOT = Path(__file__).parents[2]
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
HIDDEN = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "LD_LIBRARY_PATH", "JOURNAL_STREAM")


def start(*arguments: str, stderr: int = subprocess.PIPE, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if key not in HIDDEN}
    return subprocess.run([sys.executable, str(ROOT / "main.py"), *arguments], env=kept | environment,
                          stdout=subprocess.PIPE, stderr=stderr, text=True, timeout=60)


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """The sentence it said."""
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


@LINUX
@pytest.mark.parametrize("platform", [{}, {"QT_QPA_PLATFORM": "xcb"}], ids=["left open", "xcb"])
def test_that_no_display_is_a_sentence(platform: dict[str, str]) -> None:
    words = refused(start(**platform))
    assert "there is no display" in words
    assert "--screenshot" in words


@LINUX
def test_that_a_display_that_does_not_answer_is_a_sentence() -> None:
    words = refused(start(DISPLAY=":7777", QT_QPA_PLATFORM="xcb"))
    assert "the display :7777 does not answer" in words


@LINUX
@pytest.mark.parametrize(
    ("library", "remedy"), [("libxcb-cursor.so.0", "apt-get install libxcb-cursor0"),
                            ("libEGL.so.1", "apt-get install libegl1")]
)
def test_that_a_system_library_that_does_not_load_is_named_with_its_package(
    library: str, remedy: str, tmp_path: Path
) -> None:
    """A file that is no library, where the loader looks first."""
    (tmp_path / library).touch()
    words = refused(start(DISPLAY=":7777", QT_QPA_PLATFORM="xcb", LD_LIBRARY_PATH=str(tmp_path)))
    assert library in words
    assert remedy in words


@LINUX
def test_that_an_unknown_platform_plugin_is_a_sentence() -> None:
    assert "Unset QT_QPA_PLATFORM" in refused(start(QT_QPA_PLATFORM="nonsense"))


def test_that_a_missing_python_library_is_a_sentence() -> None:
    """-S hides the site's packages: the analysis' values need numpy, the window PySide6."""
    done = subprocess.run([sys.executable, "-S", str(ROOT / "main.py")], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "is missing. Install the program with its libraries" in done.stderr


@LINUX
def test_that_a_start_without_a_terminal_is_refused_in_a_dialog(tmp_path: Path) -> None:
    """A dialog program that writes down what it is to show."""
    program = tmp_path / "zenity"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >"{tmp_path}/shown"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = start(DISPLAY=":7777", QT_QPA_PLATFORM="xcb", PATH=path, stderr=subprocess.DEVNULL)
    assert done.returncode == 2
    assert "--text=The window cannot be shown: the display :7777" in (tmp_path / "shown").read_text()


@pytest.mark.parametrize(
    ("library", "package"),
    [("libxcb-shape.so.0", "libxcb-shape0"), ("libdbus-1.so.3", "libdbus-1-3"), ("libSM.so.6", "libsm6")],
)
def test_that_the_package_of_a_library_is_told_by_its_name(library: str, package: str) -> None:
    assert f"apt-get install {package} " in refusal.remedy(library)


@pytest.mark.parametrize("arguments", [("--size", "0x5"), ("--install", "--uninstall"), ("--head", "5")])
def test_that_bad_arguments_are_a_sentence(arguments: tuple[str, ...]) -> None:
    refused(start(*arguments))


@LINUX
def test_that_a_torch_that_does_not_load_is_a_sentence(tmp_path: Path) -> None:
    """A torch that fails as one with a broken library does, found before the real one."""
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text("raise OSError('libcudart.so.12: cannot open shared object file')")
    given = {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(tmp_path)}
    words = refused(start("--screenshot", str(tmp_path / "x.png"), **given))
    assert "torch does not load (libcudart.so.12" in words
    assert "update the driver" in words


def test_that_help_names_every_demo() -> None:
    done = start("--help")
    assert done.returncode == 0
    assert all(demo.info.key in done.stdout for demo in DEMOS)
