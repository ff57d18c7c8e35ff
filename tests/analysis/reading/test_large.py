"""Opening reads headers only: a file of gigabytes opens at once and in little memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parents[3]
LAYERS, WIDTH = 32, 4096  # of 64 MB each
SCRIPT = """
import json, resource, sys, time, torch
from analysis.files.opened import open_file
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.perf_counter()
opened = open_file(sys.argv[1])
seconds = time.perf_counter() - start
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
last = float(opened.tensor(list(opened.entries)[-1])[-1, -1])
print(json.dumps([seconds, memory * 1024, len(opened.entries), last]))
"""


def big_safetensors(path: Path) -> None:
    """Two gigabytes, nearly all of them a hole in the file."""
    size = WIDTH * WIDTH * 4
    header = {
        f"layer.{n}.weight": {"dtype": "F32", "shape": [WIDTH, WIDTH], "data_offsets": [n * size, (n + 1) * size]}
        for n in range(LAYERS)
    }
    text = json.dumps(header).encode()
    with path.open("wb") as stream:
        stream.write(len(text).to_bytes(8, "little") + text)
        stream.seek(8 + len(text) + LAYERS * size - 4)
        stream.write(torch.tensor([7.0]).numpy().tobytes())


def big_zip(path: Path) -> None:
    weights = torch.zeros(LAYERS, WIDTH, WIDTH)
    weights[-1, -1, -1] = 7
    torch.save({f"layer.{n}.weight": weight.clone() for n, weight in enumerate(weights)}, path)


@pytest.mark.parametrize("make", [big_safetensors, pytest.param(big_zip, marks=pytest.mark.slow)])
def test_that_two_gigabytes_open_at_once_in_little_memory(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "big")
    assert (tmp_path / "big").stat().st_size > 2 * 10**9
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "big")]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    (tmp_path / "big").unlink()
    seconds, memory, entries, last = json.loads(run.stdout)
    assert (entries, last) == (LAYERS, 7.0)
    assert seconds < 1.0
    assert memory < 200 * 10**6
