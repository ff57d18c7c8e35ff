"""Killed while it exports or saves itself, the program leaves every file whole: the new one, or the one before."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtGui import QImage

from gui.session import session_file
from tests.gui.killed_program import NUMBERS, PAGES, ROWS

ROOT = Path(__file__).parents[2]
NAMES = {*(f"numbers.{suffix}" for suffix in NUMBERS), *(f"page.{suffix}" for suffix in PAGES), "window.png",
         "last.headscope"}


def kill_while_saving(folder: Path, moment: float) -> None:
    """Starts the saving program, lets it save everything once, and kills it so many seconds later."""
    command = [sys.executable, str(ROOT / "tests" / "gui" / "killed_program.py"), str(folder)]
    given = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env=given) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"ready\n"
        time.sleep(moment)
        program.kill()


def check_whole(folder: Path) -> None:
    """Every file can be read to its end by a reader that is not ours, and lacks nothing."""
    with np.load(folder / "numbers.npz", allow_pickle=False) as arrays:
        shape = arrays["values"].shape
        assert all(arrays[name] is not None for name in arrays.files)
    lines = (folder / "numbers.csv").read_text("utf-8").split("\n")
    assert lines[-1] == ""
    assert len([line for line in lines[:-1] if not line.startswith("#")]) == 1 + shape[0]
    assert len(lines[-2].split(",")) >= 1 + shape[1]
    json.loads((folder / "numbers.json").read_text("utf-8"))
    ElementTree.parse(folder / "page.svg")
    assert (folder / "page.pdf").read_bytes().rstrip().endswith(b"%%EOF")
    for name in ("page.png", "window.png"):
        image = QImage(str(folder / name))
        assert not image.isNull()
        assert (folder / name).read_bytes().endswith(b"IEND\xaeB`\x82")
    sections = session_file.read(folder / "last.headscope")
    assert len(sections) == ROWS
    assert len({section["count"] for section in sections.values()}) == 1


@pytest.mark.parametrize("kills", [3, pytest.param(200, marks=pytest.mark.slow)])
def test_that_a_kill_while_saving_leaves_every_file_whole_and_no_other(tmp_path: Path, kills: int) -> None:
    chance = random.Random(kills)
    for turn in range(kills):
        folder = tmp_path / str(turn)
        folder.mkdir()
        kill_while_saving(folder, chance.uniform(0.0, 0.6))
        check_whole(folder)
        assert {path.name for path in folder.iterdir()} == NAMES
