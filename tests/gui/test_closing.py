"""Closed in the middle of whatever it does, the program ends cleanly and soon."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOON_S = 2.0


def close_after(seconds: float, seed: int, folder: Path) -> tuple[int, float, str]:
    """(exit status, seconds from being told to close to the end, what it said)."""
    stamp = folder / "stamp"
    stamp.unlink(missing_ok=True)
    script = str(ROOT / "tests" / "gui" / "closing_program.py")
    homes = {name: str(folder / name) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME")}
    program = subprocess.run(
        [sys.executable, script, str(seconds), str(seed), str(stamp), "--device", "cpu"], cwd=ROOT, timeout=120,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"} | homes, capture_output=True, text=True,
    )
    return program.returncode, time.time() - float(stamp.read_text()), program.stdout + program.stderr


def check_closes(times: int, seed: int, folder: Path) -> list[float]:
    """Close so often; the seconds that each took. Fails with every close that was not clean."""
    chance, took, bad = random.Random(seed), [], []
    for turn in range(times):
        moment = chance.uniform(0, 4)
        status, seconds, words = close_after(moment, turn, folder)
        took.append(seconds)
        if status or words.replace("This plugin does not support raise()", "").replace(
            "This plugin does not support propagateSizeHints()", ""
        ).strip():
            bad.append((moment, status, words[-2000:]))
    assert bad == []
    return took


def test_that_a_window_closed_at_random_moments_ends_with_status_0(tmp_path: Path) -> None:
    check_closes(3, 1, tmp_path)


@pytest.mark.slow
def test_that_two_hundred_closes_at_random_moments_end_within_two_seconds(tmp_path: Path) -> None:
    took = check_closes(200, 0, tmp_path)
    print(f"median {sorted(took)[100]:.2f} s, longest {max(took):.2f} s")
    assert max(took) <= SOON_S
