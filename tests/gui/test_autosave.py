"""The folder of states: who writes where, who takes what, and what is deleted."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QObject
from pytestqt.qtbot import QtBot

from gui.session.autosave import MOST_KEPT, PERIOD_MS, Autosave

Make = Callable[[dict[str, object]], Autosave]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "sessions"


@pytest.fixture
def autosaves(folder: Path) -> Iterator[Make]:
    """Makes autosaves of one folder, each of its own state."""
    parent, made = QObject(), []

    def make(state: dict[str, object]) -> Autosave:
        autosave = Autosave(folder, lambda: dict(state), "", parent)
        autosave.start()
        made.append(autosave)
        return autosave

    yield make
    for autosave in made:
        autosave.finish()


def saved(path: Path) -> object:
    return json.loads(path.read_text("utf-8"))["sections"]


def left_by_dead(folder: Path, name: str, at: float, state: object = 1) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(json.dumps({"headscope": 1, "sections": {"state": state}}))
    os.utime(path, (at, at))
    return path


def test_that_a_state_is_written_only_when_it_has_changed(autosaves: Make, folder: Path) -> None:
    state: dict[str, object] = {}
    autosave = autosaves(state)
    autosave.save()
    autosave._background.finish()
    assert not list(folder.glob("*.headscope"))  # nothing is open yet
    state["head"] = "L0H1"
    autosave.save()
    autosave._background.finish()
    (written,) = folder.glob("*.running.headscope")
    assert saved(written) == state
    before = written.stat().st_mtime_ns
    autosave.save()
    autosave._background.finish()
    assert written.stat().st_mtime_ns == before


def test_that_at_most_five_seconds_are_lost_with_as_much_again_for_the_disk(autosaves: Make) -> None:
    autosave = autosaves({})
    assert autosave._timer.interval() == PERIOD_MS
    assert PERIOD_MS <= 2500


def test_that_closing_leaves_one_file(autosaves: Make, folder: Path) -> None:
    autosave = autosaves({"head": "L0H1"})
    autosave.save()
    autosave.finish()
    assert [path.name for path in folder.iterdir()] == ["last.headscope"]
    assert saved(folder / "last.headscope") == {"head": "L0H1"}


def test_that_the_state_of_a_running_window_is_never_taken(autosaves: Make, folder: Path) -> None:
    one = autosaves({"head": "L0H1"})
    one.save()
    one._background.finish()
    two = autosaves({})
    assert two.take() is None
    assert two.kept() == []
    assert len(list(folder.glob("*.running.headscope"))) == 1


def test_that_the_newest_state_is_taken_and_by_one_window_only(autosaves: Make, folder: Path) -> None:
    left_by_dead(folder, "a.running.headscope", 1000, "older")
    left_by_dead(folder, "last.headscope", 2000, "closed")
    left_by_dead(folder, "b.running.headscope", 3000, "newest")
    windows = [autosaves({}) for _ in range(4)]
    taken = [window.take() for window in windows]
    found = [(saved(one[0]), one[1]) for one in taken if one is not None]
    assert found == [({"state": "newest"}, True), ({"state": "closed"}, False), ({"state": "older"}, True)]
    assert taken[3] is None


def test_that_what_was_tried_once_is_offered_but_not_taken(autosaves: Make, folder: Path) -> None:
    left_by_dead(folder, "a.tried.headscope", 1000, "ended the program")
    autosave = autosaves({})
    assert autosave.take() is None
    assert [saved(path) for path in autosave.kept()] == [{"state": "ended the program"}]


def test_that_what_was_taken_is_deleted_only_when_it_is_saved_as_ones_own(autosaves: Make, folder: Path) -> None:
    left_by_dead(folder, "last.headscope", 1000)
    autosave = autosaves({"state": 1})
    taken = autosave.take()
    assert taken is not None
    assert taken[0].exists()
    autosave.done()
    assert not taken[0].exists()
    assert len(list(folder.glob("*.running.headscope"))) == 1


def test_that_old_states_do_not_pile_up(autosaves: Make, folder: Path) -> None:
    for number in range(MOST_KEPT + 5):
        left_by_dead(folder, f"n{number}.running.headscope", 1000 + number, number)
    autosave = autosaves({})
    states = [saved(path) for path in autosave.kept()]
    assert states == [{"state": number} for number in range(MOST_KEPT + 4, 4, -1)]


def test_that_foreign_files_are_left_alone(autosaves: Make, folder: Path) -> None:
    folder.mkdir()
    for name in ("notes.txt", "my.work.headscope", "x.headscope"):
        (folder / name).write_text("mine")
    autosave = autosaves({"head": "L0H1"})
    assert autosave.take() is None
    autosave.finish()
    assert {path.name for path in folder.iterdir()} == {"notes.txt", "my.work.headscope", "x.headscope",
                                                        "last.headscope"}


@pytest.mark.parametrize("what", ["a file in its place", "gone meanwhile"])
def test_that_a_folder_that_cannot_be_used_is_said_once(folder: Path, what: str, qtbot: QtBot) -> None:
    parent = QObject()
    state = {"head": 0}
    autosave = Autosave(folder, lambda: dict(state), "", parent)
    said: list[str] = []
    autosave.failed.connect(said.append)
    if what == "a file in its place":
        folder.write_text("")
        autosave.start()
        assert not autosave.running
    else:
        autosave.start()
        folder.rename(folder.with_name("elsewhere"))
        for head in range(3):
            state["head"] = head
            autosave.save()
            autosave._background.finish()
            QCoreApplication.processEvents()
    qtbot.waitUntil(lambda: bool(said))
    assert len(said) == 1
    assert said[0].startswith("Your work is not being kept for the next start")
    autosave.finish()


def test_that_a_state_that_could_not_be_written_is_written_when_it_can_be(autosaves: Make, folder: Path) -> None:
    autosave = autosaves({"head": "L0H1"})
    folder.rename(folder.with_name("elsewhere"))
    autosave.save()
    autosave._background.finish()
    QCoreApplication.processEvents()
    folder.with_name("elsewhere").rename(folder)
    autosave.save()
    autosave._background.finish()
    assert len(list(folder.glob("*.running.headscope"))) == 1
