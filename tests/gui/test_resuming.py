"""A window that is killed in the middle of work, and what the next one finds."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.xvfb import xvfb

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60


class Program:
    """The program in a process of its own."""

    def __init__(self, folder: Path, *arguments: str, **given: str) -> None:
        self.sessions = folder / "headscope" / "sessions"
        environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(folder)} | given
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).parent / "kept_program.py"), *arguments], cwd=ROOT, env=environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def tell(self, *lines: str) -> None:
        assert self.process.stdin is not None
        for line in lines:
            self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def state(self) -> dict[str, Any]:
        self.tell("state")
        assert self.process.stdout is not None
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found

    def until_saved(self, holds: Callable[[dict[str, Any]], object]) -> None:
        """Wait until the state on the disk is as wanted."""
        start = time.monotonic()
        while time.monotonic() - start < PATIENCE_S:
            for path in self.sessions.glob("*.running.headscope"):
                sections = json.loads(path.read_text("utf-8"))["sections"]
                sections.pop("layout")
                if holds(sections):
                    return
            time.sleep(0.02)
        raise AssertionError("the state never reached the disk")

    def signal(self, name: str) -> int:
        """The exit status after the signal."""
        self.process.send_signal(getattr(signal, name))
        return self.process.wait(PATIENCE_S)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE_S)

    def close(self) -> None:
        self.tell("close")
        assert self.process.wait(PATIENCE_S) == 0


Start = Callable[..., Program]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Program] = []

    def run(*arguments: str, **given: str) -> Program:
        started.append(Program(tmp_path, *arguments, **given))
        return started[-1]

    yield run
    for program in started:
        if program.process.poll() is None:
            program.kill()
        for pipe in (program.process.stdin, program.process.stdout):
            assert pipe is not None
            pipe.close()


def test_that_after_a_kill_the_next_start_goes_on_where_the_work_was(start: Start, tmp_path: Path) -> None:
    checkpoint = tmp_path / "model.pt"
    checkpoint.write_bytes(b"x")
    first = start(str(checkpoint))
    first.tell("select L1H1", "view attention mosaic", "select L1H2")
    before = first.state()["sections"]
    first.until_saved(lambda sections: sections == before)
    first.kill()
    after = start().state()
    assert after["sections"] == before
    assert before["selection"]["head"] == "L1H2"
    assert before["panels"]["views"]["attention"] == "mosaic"
    assert before["checkpoint"]["path"] == str(checkpoint)
    assert "ended unexpectedly" in after["banner"]


def test_that_a_window_that_was_closed_is_found_again_without_a_word(start: Start) -> None:
    first = start()
    first.tell("select L0H3")
    before = first.state()["sections"]
    first.close()
    assert [path.name for path in first.sessions.iterdir()] == ["last.headscope"]
    again = start().state()
    assert again["sections"] == before
    assert again["banner"] == ""


@pytest.mark.skipif(sys.platform == "win32", reason="signals from outside end a program there at once")
@pytest.mark.parametrize(("name", "dialog"), [("SIGTERM", False), ("SIGTERM", True), ("SIGINT", False),
                                              ("SIGHUP", False)])
def test_that_a_signal_closes_the_window_as_its_button_does(start: Start, name: str, dialog: bool) -> None:
    first = start()
    first.tell("select L0H3")
    before = first.state()["sections"]
    if dialog:
        first.tell("dialog")
        assert first.process.stdout is not None
        assert first.process.stdout.readline() == "True\n"
    assert first.signal(name) == 0
    assert [path.name for path in first.sessions.iterdir()] == ["last.headscope"]
    again = start().state()
    assert (again["sections"], again["banner"]) == (before, "")


@pytest.mark.skipif(not shutil.which("Xvfb"), reason="needs Xvfb (Debian: xvfb)")
def test_that_a_display_that_goes_away_is_a_window_that_was_closed(start: Start, tmp_path: Path) -> None:
    """So ends a desktop whose programs are told nothing."""
    with xvfb() as (name, server):
        program = start(DISPLAY=name, QT_QPA_PLATFORM="xcb")
        program.tell("select L0H3")
        program.state()
        server.terminate()
        assert program.process.wait(PATIENCE_S) == 0
    assert [path.name for path in program.sessions.iterdir()] == ["last.headscope"]


def test_that_two_windows_keep_their_work_apart(start: Start) -> None:
    one, two = start(), start()
    one.tell("select L0H1")
    two.tell("select L1H0")
    states = [program.state()["sections"] for program in (one, two)]
    for program, state in zip((one, two), states, strict=True):
        program.until_saved(lambda sections, state=state: sections == state)
    assert len(list(one.sessions.glob("*.running.headscope"))) == 2
    one.kill()
    two.kill()
    back = [start(), start()]
    heads = [program.state()["sections"]["selection"]["head"] for program in back]
    assert sorted(heads) == ["L0H1", "L1H0"]


@pytest.mark.parametrize("content", [b"{", b'{"headscope": 99, "sections": {}}'])
def test_that_a_damaged_or_newer_state_is_set_aside_and_said(
    start: Start, tmp_path: Path, content: bytes
) -> None:
    folder = tmp_path / "headscope" / "sessions"
    folder.mkdir(parents=True)
    (folder / "last.headscope").write_bytes(content)
    found = start().state()
    assert found["sections"]["checkpoint"]["path"] == "demo:first"
    assert "is not brought back" in found["banner"]
    aside = next(folder.glob("*.aside"))
    assert aside.read_bytes() == content
    assert str(aside) in found["banner"]


def test_that_a_checkpoint_that_moved_is_one_sentence_and_the_rest_comes_back_with_it(
    start: Start, tmp_path: Path
) -> None:
    checkpoint, elsewhere = tmp_path / "model.pt", tmp_path / "elsewhere.pt"
    checkpoint.write_bytes(b"x")
    first = start(str(checkpoint))
    first.tell("select L1H1")
    before = first.state()["sections"]
    first.close()
    checkpoint.rename(elsewhere)
    second = start()
    found = second.state()
    assert found["banner"].startswith(f"{checkpoint} is not there any more; open it from where it is now")
    assert found["sections"] == before
    second.close()
    third = start()
    third.tell(f"open {elsewhere}")
    after = third.state()["sections"]
    assert after["checkpoint"]["path"] == str(elsewhere)
    assert after["selection"] == before["selection"]
