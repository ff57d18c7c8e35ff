"""Hours of use, shortened; in full with -m slow."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
MAX_GROWTH = {"resident_mb": 10, "threads": 0.5, "handles": 0.5, "objects": 60}


def soak(switches: int, reloads: int, seed: int, timeout_s: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.gui.soak", "--switches", str(switches), "--reloads", str(reloads),
               "--seed", str(seed)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout_s)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def check_behaviour(found: dict[str, Any]) -> None:
    assert found["stopped_cleanly"]
    for what in ("wrong", "failures", "qt", "errors"):
        assert found[what] == [], what


def test_that_a_short_soak_shows_no_stale_figure_and_no_word_of_qt() -> None:
    found = soak(150, 4, 1, 300)
    check_behaviour(found)
    assert found["last"]["threads"] == found["first"]["threads"]
    assert found["last"]["handles"] <= found["first"]["handles"] + 2


@pytest.mark.slow
def test_that_ten_thousand_switches_and_two_hundred_reloads_leave_nothing_behind() -> None:
    found = soak(10_000, 200, 0, 3 * 3600)
    check_behaviour(found)
    for what, most in MAX_GROWTH.items():
        assert found["growth"][what] <= most, found["growth"]
