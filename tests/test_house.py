"""The house's own rules, kept by tests."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(*command: str) -> str:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_that_ruff_finds_nothing() -> None:
    run("ruff", "check", "--no-cache", ".")


def test_that_the_types_fit(tmp_path: Path) -> None:
    run("mypy", "--cache-dir", str(tmp_path))


@pytest.mark.parametrize("folder", ["analysis", "gui", "resources", "tests"])
def test_that_no_file_names_a_machine_s_folders(folder: str) -> None:
    homes = ("/" + "home/", "/" + "root/", "/" + "Users/")
    for path in (ROOT / folder).rglob("*.py"):
        assert not any(home in path.read_text() for home in homes), path
