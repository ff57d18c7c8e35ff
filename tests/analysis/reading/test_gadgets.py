"""Files that try to run code: nothing is imported, nothing is called."""

from __future__ import annotations

import contextlib
import json
import pickle
import subprocess
import sys
import warnings
from pathlib import Path

import torch

from .gadgets import corpus, loadable
from .making import saved, zipped

ROOT = Path(__file__).parents[3]


def _watched(folder: Path) -> dict[str, dict[str, object]]:
    command = [sys.executable, "-m", "tests.analysis.reading.watch", str(folder)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    result: dict[str, dict[str, object]] = json.loads(run.stdout)
    return result


def test_that_no_gadget_imports_or_runs_anything(tmp_path: Path) -> None:
    files, canaries = tmp_path / "files", tmp_path / "canaries"
    files.mkdir()
    canaries.mkdir()
    (files / "0 harmless").write_bytes(saved({"a": torch.ones(2), "args": {"path": Path("x")}}))
    for name, (raw, _) in corpus(canaries).items():
        (files / f"{name} zip".replace("/", "-")).write_bytes(zipped({"x/data.pkl": raw, "x/version": b"3\n"}))
        (files / f"{name} plain").write_bytes(raw if raw[:1] == b"\x80" else b"\x80\x02" + raw)
    told = _watched(files)
    assert len(told) > 200
    assert {name: entry["events"] for name, entry in told.items() if entry["events"]} == {}
    assert list(canaries.iterdir()) == []


def test_that_the_gadgets_are_live(tmp_path: Path) -> None:
    """Python's own unpickler plants every canary: the test above can fail."""
    for name, (raw, canary) in corpus(tmp_path).items():
        with loadable(), contextlib.suppress(Exception), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pickle.loads(raw)
        assert canary.exists(), name


def test_that_the_watch_sees_what_is_done(tmp_path: Path) -> None:
    """The same hook, on a reader that obeys."""
    script = (
        "import sys, pickle, runpy; from pathlib import Path; import tests.analysis.reading.watch as watch;"
        "watch.read = lambda path: pickle.loads(path.read_bytes()) and '';"
        f"watch.main(Path({str(tmp_path / 'files')!r}))"
    )
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "0").write_bytes(b"I1\n.")
    (tmp_path / "files" / "1").write_bytes(b"(S'true'\nios\nsystem\n(l.")
    (tmp_path / "files" / "2").write_bytes(b"cthis\nd\n.")
    command = [sys.executable, "-c", script]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    told = json.loads(run.stdout.splitlines()[-1])
    assert told["0"]["events"] == []
    assert any(event.startswith("os.system") for event in told["1"]["events"])
    assert any(event.startswith("import") for event in told["2"]["events"])
