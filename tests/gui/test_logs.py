"""The log and what is left of a crash, in real processes where a process must end."""

from __future__ import annotations

import logging
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path

import pytest

from gui.start.logs import Log, log_folder, start_log

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _root_logger_as_before() -> Iterator[None]:
    level = logging.getLogger().level
    yield
    logging.getLogger().setLevel(level)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    started = start_log(tmp_path)
    yield started
    started.stop()


def program(code: str, folder: Path) -> int:
    """Runs code that has `start_log` and the folder."""
    begin = f"from pathlib import Path; from gui.start.logs import start_log; folder = Path({str(folder)!r})\n"
    command = [sys.executable, "-c", begin + textwrap.dedent(code)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60)
    return done.returncode


def test_that_what_is_logged_is_in_the_file(log: Log) -> None:
    logging.getLogger("gui.work.worker").info("One fact.")
    assert log.file is not None
    assert log.file.read_text().rstrip().endswith("INFO gui.work.worker: One fact.")


def test_that_the_log_never_grows_without_bound(log: Log, tmp_path: Path) -> None:
    handler = next(item for item in logging.getLogger().handlers if isinstance(item, RotatingFileHandler))
    handler.maxBytes = 1000
    for number in range(200):
        logging.getLogger("x").info("%s %s", number, "y" * 50)
    logs = sorted(tmp_path.glob("headscope.log*"))
    assert [path.name for path in logs] == ["headscope.log", *(f"headscope.log.{n}" for n in (1, 2, 3))]
    assert max(path.stat().st_size for path in logs) <= 1000
    assert "199 " in logs[0].read_text()


def test_that_two_programs_side_by_side_have_a_log_each(log: Log, tmp_path: Path) -> None:
    assert program("log = start_log(folder); print(log.file); import logging; logging.info('second'); log.stop()",
                   tmp_path) == 0
    assert "second" not in (tmp_path / "headscope.log").read_text()
    assert "second" in (tmp_path / "headscope-2.log").read_text()


def test_that_a_killed_program_leaves_its_number_free(tmp_path: Path) -> None:
    assert program("start_log(folder); import os, signal; os.kill(os.getpid(), signal.SIGKILL)", tmp_path) == -9
    after = start_log(tmp_path)
    assert after.file == tmp_path / "headscope.log"
    after.stop()


def test_that_a_crash_is_told_by_the_next_run_and_only_by_that(tmp_path: Path) -> None:
    crash = "start_log(folder); import ctypes; ctypes.string_at(0)"
    assert program(crash, tmp_path) < 0
    after = start_log(tmp_path)
    assert after.crash.startswith("Fatal Python error: Segmentation fault")
    after.stop()
    again = start_log(tmp_path)
    assert again.crash == ""
    again.stop()


def test_that_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    nowhere = start_log(tmp_path / "file")
    assert nowhere.file is None
    nowhere.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have folders of their own")
def test_that_the_log_is_kept_where_the_desktop_keeps_states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert log_folder() == tmp_path / "headscope"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert log_folder() == tmp_path / ".local" / "state" / "headscope"
