"""Two programs of one person at the same time: neither disturbs what the other keeps."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from analysis.loading.demos import DEMOS
from gui.shared.settings import Settings

ROOT = Path(__file__).parents[2]
DEMO = DEMOS[1].path


def test_that_two_programs_keep_their_logs_apart_and_both_their_recent_files(tmp_path: Path) -> None:
    homes = {name: str(tmp_path) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME")}
    script, given = str(ROOT / "tests" / "gui" / "closing_program.py"), os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    running = []
    for name in ("one", "two"):
        shutil.copy(DEMO, file := tmp_path / f"{name}.safetensors")
        command = [sys.executable, script, "told", "0", str(tmp_path / name), str(file)]
        running.append(subprocess.Popen(command, cwd=ROOT, env=given | homes))
    end = time.monotonic() + 120
    while len(list(tmp_path.glob("*.open"))) < 2 and time.monotonic() < end:
        time.sleep(0.1)
    for name in ("one", "two"):
        (tmp_path / f"{name}.close").touch()
    assert [program.wait(60) for program in running] == [0, 0]
    logs = sorted(path.name for path in (tmp_path / "headscope").glob("*.log"))
    assert logs == ["headscope-2.log", "headscope.log"]
    settings = Settings(str(next(tmp_path.rglob("headscope.ini"))))
    assert {Path(path).name for path in settings.recent} == {"one.safetensors", "two.safetensors"}


def test_that_a_list_read_before_another_window_wrote_it_loses_nothing(tmp_path: Path) -> None:
    first, second = (Settings(str(tmp_path / "settings.ini")) for _ in range(2))
    assert first.recent == second.recent == []
    first.add_recent("/a.pt")
    second.add_recent("/b.pt")
    first.add_recent("/c.pt")
    assert [Path(path).name for path in Settings(str(tmp_path / "settings.ini")).recent] == ["c.pt", "b.pt", "a.pt"]
