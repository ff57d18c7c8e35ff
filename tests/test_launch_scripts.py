"""The scripts that a file manager starts, run with a Python that writes down what it is asked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAUNCH = ROOT / "resources" / "launch"
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")

STAND_IN = """#!/bin/sh
echo "$*" >>"$ASKED"
case "$*" in
  *version_info*) exit "${OLD:-0}" ;;
  "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  "-m pip "*) echo "Collecting torch"; exit "${BROKEN:-0}" ;;
esac
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what the script needs, in a folder with a space, and the stand-in as the only Python."""
    root = tmp_path / "head scope"
    shutil.copytree(LAUNCH, root / "resources" / "launch")
    shutil.copy(ROOT / "pyproject.toml", root)
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        (programs / name).write_text(STAND_IN)
        (programs / name).chmod(0o755)
    return root


def start(tree: Path, script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path = f"{tree.parent / 'programs'}{os.pathsep}{os.environ['PATH']}"
    hidden = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    given = hidden | {"PATH": path, "ASKED": str(tree.parent / "asked"), "TMPDIR": str(tree.parent)} | environment
    command = [str(tree / "resources" / "launch" / script), *arguments]
    return subprocess.run(command, env=given, capture_output=True, text=True, timeout=60)


def asked(tree: Path) -> list[str]:
    """What the Python was asked, since the last time."""
    file = tree.parent / "asked"
    lines = file.read_text().splitlines() if file.exists() else []
    file.unlink(missing_ok=True)
    return [line for line in lines if "version_info" not in line]


@POSIX
@pytest.mark.parametrize("script", ["linux/headscope.sh", "macos/Headscope.command"])
def test_that_the_first_start_makes_the_environment_and_later_ones_only_start(tree: Path, script: str) -> None:
    done = start(tree, script, "a model.pt", "--head", "L1H5")
    assert done.returncode == 0, done.stderr
    assert "Making the environment" in done.stdout
    assert "Collecting torch" in done.stdout
    program = f"{tree}/main.py a model.pt --head L1H5"
    assert asked(tree) == [f"-m venv {tree}/.venv", f"-m pip install --disable-pip-version-check -e {tree}", program]
    assert start(tree, script).returncode == 0
    assert asked(tree) == [f"{tree}/main.py"]


@POSIX
def test_that_an_update_makes_the_environment_anew(tree: Path) -> None:
    start(tree, "linux/headscope.sh")
    with (tree / "pyproject.toml").open("a") as file:
        file.write("# another version\n")
    asked(tree)
    start(tree, "linux/headscope.sh")
    assert len(asked(tree)) == 3


@POSIX
def test_that_an_environment_half_made_is_made_again(tree: Path) -> None:
    done = start(tree, "linux/headscope.sh", BROKEN="1")
    assert done.returncode == 2
    assert "The libraries could not be installed" in done.stderr
    asked(tree)
    assert start(tree, "linux/headscope.sh").returncode == 0
    assert len(asked(tree)) == 3


@POSIX
def test_that_an_old_python_is_refused_in_words(tree: Path) -> None:
    done = start(tree, "linux/headscope.sh", OLD="1")
    assert done.returncode == 2
    assert "needs Python 3.11 or later" in done.stderr
    assert asked(tree) == []


@POSIX
def test_that_progress_is_shown_in_a_window_where_there_is_no_terminal(tree: Path) -> None:
    program = tree.parent / "programs" / "zenity"
    program.write_text(f'#!/bin/sh\necho "$*" >"{tree.parent}/shown"\ncat >>"{tree.parent}/shown"\n')
    program.chmod(0o755)
    assert start(tree, "linux/headscope.sh", DISPLAY=":7777").returncode == 0
    shown = (tree.parent / "shown").read_text()
    assert shown.startswith("--progress")
    assert "# Collecting torch" in shown


@POSIX
def test_that_the_linux_entry_is_valid_and_the_scripts_can_be_started() -> None:
    for script in ("linux/headscope.sh", "macos/Headscope.command"):
        assert os.access(LAUNCH / script, os.X_OK)
        subprocess.run(["sh", "-n", str(LAUNCH / script)], check=True, timeout=20)
    if validate := shutil.which("desktop-file-validate"):
        subprocess.run([validate, str(LAUNCH / "linux" / "Headscope.desktop")], check=True, timeout=20)


def test_that_the_windows_script_has_its_line_ends_and_labels() -> None:
    """It cannot be run here: what can be told from its text."""
    data = (LAUNCH / "windows" / "Headscope.bat").read_bytes()
    assert data.count(b"\n") == data.count(b"\r\n")
    lines = data.decode("ascii").splitlines()
    wanted = {line.split("goto ")[1] for line in lines if "goto " in line}
    assert {f":{label}" for label in wanted} <= {line.strip() for line in lines}
    opened = sum(line.count("(") - line.count(")") for line in lines)
    assert opened == 0
