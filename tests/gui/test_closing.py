"""Closed in the middle of whatever it does, the program ends cleanly and soon."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOON_S = 2.0


def program(when: str, seed: int, folder: Path) -> subprocess.Popen[str]:
    script = str(ROOT / "tests" / "gui" / "closing_program.py")
    homes = {name: str(folder / name) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME")}
    return subprocess.Popen(
        [sys.executable, script, when, str(seed), str(folder / "stamp"), "--device", "cpu"], cwd=ROOT, text=True,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"} | homes, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )


def ended(running: subprocess.Popen[str]) -> tuple[int, str]:
    """(exit status, what it said beside what its platform says of itself)."""
    words = running.communicate(timeout=120)[0]
    for known in ("raise()", "propagateSizeHints()"):
        words = words.replace(f"This plugin does not support {known}", "")
    return running.returncode, words.strip()


def close_after(seconds: float, seed: int, folder: Path) -> tuple[int, float, str]:
    """(exit status, seconds from being told to close to the end, what it said)."""
    stamp = folder / "stamp"
    stamp.unlink(missing_ok=True)
    status, words = ended(program(str(seconds), seed, folder))
    return status, time.time() - float(stamp.read_text()), words


def check_closes(times: int, seed: int, folder: Path) -> list[float]:
    """Close so often; the seconds that each took. Fails with every close that was not clean."""
    chance, took, bad = random.Random(seed), [], []
    for turn in range(times):
        moment = chance.uniform(0, 4)
        status, seconds, words = close_after(moment, turn, folder)
        took.append(seconds)
        if status or words:
            bad.append((moment, status, words[-2000:]))
    assert bad == []
    return took


def test_that_a_window_closed_at_random_moments_ends_with_status_0(tmp_path: Path) -> None:
    check_closes(3, 1, tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="a signal from outside ends a program there at once")
def test_that_a_program_told_to_terminate_while_it_works_ends_cleanly_and_soon(tmp_path: Path) -> None:
    running = program("told", 1, tmp_path)
    while not (tmp_path / "stamp.open").exists():
        assert running.poll() is None
        time.sleep(0.05)
    start = time.monotonic()
    running.send_signal(signal.SIGTERM)
    assert ended(running) == (0, "")
    assert time.monotonic() - start <= SOON_S
    assert [path.name for path in (tmp_path / "XDG_CONFIG_HOME" / "headscope" / "sessions").iterdir()] == [
        "last.headscope"]


@pytest.mark.slow
def test_that_two_hundred_closes_at_random_moments_end_within_two_seconds(tmp_path: Path) -> None:
    took = check_closes(200, 0, tmp_path)
    print(f"median {sorted(took)[100]:.2f} s, longest {max(took):.2f} s")
    assert max(took) <= SOON_S
