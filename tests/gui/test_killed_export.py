"""A program killed while it exports leaves the earlier picture or the new one, never half of one."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analysis.figures.stamp import read
from tests.analysis.figures.looking import ORIGIN

ROOT = Path(__file__).parents[2]
ENDS = {"pdf": b"%%EOF", "svg": b"</svg>", "png": b"IEND\xaeB`\x82"}
EXPORTS = """
import sys
from analysis.figures.page import save_page
from analysis.figures.style import Style
from tests.analysis.figures.looking import piece
while True:
    save_page((piece("pattern"),), Style(scale=2), sys.argv[1])
    print("saved", flush=True)
"""


@pytest.mark.parametrize("kills", [3, pytest.param(200, marks=pytest.mark.slow)])
def test_that_a_kill_during_an_export_leaves_no_half_picture(tmp_path: Path, kills: int) -> None:
    chance = random.Random(kills)
    for turn in range(kills):
        form = list(ENDS)[turn % 3]
        path = tmp_path / f"a.{form}"
        with subprocess.Popen([sys.executable, "-c", EXPORTS, str(path)], cwd=ROOT, stdout=subprocess.PIPE) as program:
            assert program.stdout is not None
            assert program.stdout.readline() == b"saved\n"
            time.sleep(chance.uniform(0.0, 0.6))
            program.kill()
        assert path.read_bytes().rstrip().endswith(ENDS[form])
        assert read(str(path)) == [ORIGIN]
