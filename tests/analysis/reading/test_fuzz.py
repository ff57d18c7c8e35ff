"""Thousands of damaged files, in processes of their own: none crashes, hangs or reads other than it should."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
EACH = 600


def _fuzz(seed: int, count: int, folder: Path) -> dict[str, int]:
    command = [sys.executable, "-m", "tests.analysis.reading.fuzz", str(seed), str(count), str(folder)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60 + count / 4, check=False)
    *_, before, last = ["", *run.stdout.splitlines()[-2:]]
    assert run.returncode == 0, f"after {before!r}, {last!r}: {run.stderr[-1500:]}"
    counts: dict[str, int] = json.loads(last)
    return counts


@pytest.mark.parametrize("seed", [1, 2])
def test_that_a_damaged_file_is_refused_or_read_as_others_read_it(seed: int, tmp_path: Path) -> None:
    counts = _fuzz(seed, EACH, tmp_path)
    assert sum(counts.values()) == EACH
    assert counts["refused"] > EACH // 4
    assert counts["compared"] > EACH // 20


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 110))
def test_that_two_thousand_damaged_files_are_refused_or_read_as_others_read_them(seed: int, tmp_path: Path) -> None:
    assert sum(_fuzz(seed, 2_000, tmp_path).values()) == 2_000
