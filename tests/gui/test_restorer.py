"""The window's state collected, and brought back into another window."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from analysis.values import HeadChoice, HeadId, OpenRequest, PromptSpec, UserError
from gui.session import sections as keeping
from gui.window.main_window import MainWindow
from tests.gui.fake_session import FakeSession
from tests.gui.windows import Make


@pytest.fixture
def worked(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """A window with something chosen everywhere."""
    window.store.select(HeadId(1, 1), HeadId(0, 3))
    window.store.set_option("scale", "log")
    window.panels["attention"].set_current_view("mosaic")
    window.tree.view.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    window.tree.set_filter_text("induction > 0.1")
    window.worker.set_prompt(PromptSpec("random", (("length", "9"),)))
    qtbot.waitUntil(lambda: window.store.prompt is not None and window.store.prompt.spec.option("length", "") == "9")
    window.store.set_sample(2)
    qtbot.waitUntil(lambda: window.settled)
    return window


def without_places(sections: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in sections.items() if key != "layout"}


def test_that_a_saved_session_comes_back_in_another_window(
    worked: MainWindow, make: Make, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(tmp_path / "work"), ""))
    worked.menus.action("file.save_session").trigger()
    before = worked.restorer.collect()
    again = make()
    again.start(None, head=HeadId(0, 0))
    qtbot.waitUntil(lambda: again.settled)
    with qtbot.waitSignal(again.restorer.restored):
        again.open_path(str(tmp_path / "work.headscope"))
    qtbot.waitUntil(lambda: again.settled)
    assert without_places(again.restorer.collect()) == without_places(before)
    assert again.store.selection == worked.store.selection
    assert again.store.selection.pair == HeadId(0, 3)
    assert [head.label for head in again.tree.model.shown] == [head.label for head in worked.tree.model.shown]
    assert again.banner.text == ""
    assert again.settings.recent[0] == str(tmp_path / "work.headscope")


def test_that_a_session_file_named_at_the_start_is_brought_back(
    worked: MainWindow, make: Make, qtbot: QtBot, tmp_path: Path
) -> None:
    assert worked.sessions._save(str(tmp_path / "my work.headscope"))
    again = make()
    with qtbot.waitSignal(again.restorer.restored):
        again.start(str(tmp_path / "my work.headscope"))
    assert again.store.selection == worked.store.selection


def test_that_what_ended_the_program_is_offered_in_the_menu(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "sessions").mkdir()
    sections = {"checkpoint": {"path": None}, "selection": {"head": "L0H3"}}
    left = tmp_path / "sessions" / "abc.tried.headscope"
    left.write_text(json.dumps({"headscope": 1, "sections": sections}))
    window = make()
    window.start(None)
    qtbot.waitUntil(lambda: window.settled)
    assert window.store.selection.head == HeadId(1, 2)  # the demo, at its strongest head
    window.menus.fill()
    with qtbot.waitSignal(window.restorer.restored):
        window.menus.menu("File/Earlier sessions").actions()[0].trigger()
    assert window.store.selection.head == HeadId(0, 3)


def test_that_saving_again_writes_to_the_same_file_without_asking(
    worked: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "work.headscope"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(path), ""))
    assert worked.sessions.save()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: pytest.fail("it asked again"))
    worked.store.select(HeadId(0, 1))
    worked.menus.action("file.save_session").trigger()
    assert json.loads(path.read_text("utf-8"))["sections"]["selection"]["head"] == "L0H1"


def test_that_a_session_beside_its_checkpoint_moves_with_it(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    (old / "model.pt").write_bytes(b"x")
    with qtbot.waitSignal(window.opener.opened):
        window.open_path(str(old / "model.pt"))
    assert window.sessions._save(str(old / "s.headscope"))
    old.rename(new)
    with qtbot.waitSignal(window.restorer.restored):
        window.open_path(str(new / "s.headscope"))
    assert window.store.facts is not None
    assert window.store.facts.path == str(new / "model.pt")


@pytest.mark.parametrize("checkpoint", [
    {"path": "/nowhere/model.pt"}, {"path": 5}, 7, {}, {"path": "a\0b"}, {"path": "bad.pt"},
], ids=str)
def test_that_a_session_whose_checkpoint_does_not_open_leaves_the_window_as_it_was(
    worked: MainWindow, checkpoint: Any, tmp_path: Path, qtbot: QtBot
) -> None:
    before = worked.restorer.collect()
    (tmp_path / "bad.pt").write_bytes(b"")
    if isinstance(checkpoint, dict) and checkpoint.get("path") == "bad.pt":
        checkpoint = {"path": str(tmp_path / "bad.pt")}
    path = tmp_path / "s.headscope"
    content = {"headscope": 1, "sections": {"checkpoint": checkpoint, "selection": {"head": "L0H0"}}}
    path.write_text(json.dumps(content))
    worked.open_path(str(path))
    qtbot.waitUntil(lambda: worked.settled and bool(worked.banner.text))
    assert worked.restorer.collect() == before


BAD = (None, 0, "x", [], {}, {"head": 3}, {"head": "L9H9"}, {"head": "nonsense"}, {"views": {"attention": 5}},
       {"views": 3}, {"filter": []}, {"filter": "nonsense >"}, {"shown": -1}, {"shown": "x"}, {"shown": 10**30},
       {"version": 3, "geometry": "?", "docks": "é"}, {"version": 3, "geometry": 1, "docks": 2}, {"source": "nowhere"},
       {"source": 3}, {"source": "random", "options": 7})


def test_that_a_section_of_any_content_does_no_harm(worked: MainWindow, qtbot: QtBot) -> None:
    """Each kind of wrong value in each section: the rest comes back, and the window works on."""
    good = worked.restorer.collect()
    keys = [*(section.key for section in keeping.discover()), "prompt"]
    for value in BAD:
        with qtbot.waitSignal(worked.restorer.restored):
            worked.sessions.restore({**good, **dict.fromkeys(keys, value)})
        qtbot.waitUntil(lambda: worked.settled)
    with qtbot.waitSignal(worked.restorer.restored):
        worked.sessions.restore(good)
    qtbot.waitUntil(lambda: worked.settled)
    assert without_places(worked.restorer.collect()) == without_places(good)


def test_that_what_was_left_out_is_named(worked: MainWindow, qtbot: QtBot) -> None:
    sections = {**worked.restorer.collect(), "selection": {"head": "L9H9"}, "panels": 7}
    with qtbot.waitSignal(worked.restorer.restored):
        worked.sessions.restore(sections)
    assert worked.banner.text == (
        "Not restored: the views (its views are not readable), the selected head (demo has no head "
        "L9H9)."
    )


def test_that_unknown_sections_are_kept_for_the_version_that_knows_them(worked: MainWindow, qtbot: QtBot) -> None:
    sections = {**worked.restorer.collect(), "from the future": [1, 2]}
    with qtbot.waitSignal(worked.restorer.restored):
        worked.sessions.restore(sections)
    assert worked.restorer.collect()["from the future"] == [1, 2]
    with qtbot.waitSignal(worked.opener.opened):
        worked.opener.open_demo()
    assert "from the future" not in worked.restorer.collect()


def test_that_a_session_has_its_own_prompt_and_no_other_before_it(
    worked: MainWindow, session: FakeSession, qtbot: QtBot
) -> None:
    asked = len(session.named("prompt"))
    with qtbot.waitSignal(worked.restorer.restored):
        worked.sessions.restore(worked.restorer.collect())
    assert session.named("prompt")[asked:] == [PromptSpec("random", (("length", "9"),))]


def test_that_a_model_asked_for_before_the_session_is_not_taken_for_its_own(
    worked: MainWindow, session: FakeSession, qtbot: QtBot, tmp_path: Path
) -> None:
    sections = worked.restorer.collect()
    jobs, deadline = len(session.named("jobs")), time.monotonic() + 5
    worked.opener.open(OpenRequest(str(tmp_path / "other.pt")))
    while len(session.named("jobs")) == jobs and time.monotonic() < deadline:
        time.sleep(0.005)  # No event loop here: the answer waits in this thread's queue.
    with qtbot.waitSignal(worked.restorer.restored):
        worked.sessions.restore(sections)
    qtbot.waitUntil(lambda: worked.settled)
    assert without_places(worked.restorer.collect()) == without_places(sections)


def test_that_sections_without_a_checkpoint_apply_to_the_open_model(
    worked: MainWindow, session: FakeSession, qtbot: QtBot
) -> None:
    opened = session.named("open")
    worked.sessions.restore({"selection": {"head": "L0H2"}})
    assert worked.store.selection.head == HeadId(0, 2)
    assert session.named("open") == opened


def test_that_a_changed_checkpoint_is_said(worked: MainWindow, qtbot: QtBot) -> None:
    sections = worked.restorer.collect()
    sections["checkpoint"] = {**sections["checkpoint"], "sha256": "f" * 64}
    with qtbot.waitSignal(worked.restorer.restored):
        worked.sessions.restore(sections)
    assert worked.banner.text == "demo has changed since the session was saved."


def test_that_a_new_file_in_the_package_is_kept_too(
    make: Make, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "novel.py").write_text(
        "from gui.session.sections import Section\n"
        "SECTIONS = (Section('novel', 'novelty', lambda context: context.frame.novel, "
        "lambda context, value: setattr(context.frame, 'novel', value)),)\n"
    )
    monkeypatch.setattr(keeping, "__path__", [*keeping.__path__, str(tmp_path)])
    window = make()
    window.novel = 3  # type: ignore[attr-defined]
    window.start(None, head=HeadId(0, 0))
    qtbot.waitUntil(lambda: window.settled)
    sections = window.restorer.collect()
    window.novel = 4  # type: ignore[attr-defined]
    with qtbot.waitSignal(window.restorer.restored):
        window.sessions.restore(sections)
    assert window.novel == 3  # type: ignore[attr-defined]


def test_that_a_session_that_is_damaged_is_said_and_nothing_else(worked: MainWindow, tmp_path: Path) -> None:
    before = worked.restorer.collect()
    (tmp_path / "s.headscope").write_bytes(b"{")
    worked.open_path(str(tmp_path / "s.headscope"))
    assert worked.banner.text == "s.headscope is damaged or is no session of Headscope; choose another one."
    assert worked.restorer.collect() == before
    with pytest.raises(UserError):
        worked.sessions.open(str(tmp_path / "gone.headscope"))


def test_that_the_chosen_device_is_kept(window: MainWindow, make: Make, session: FakeSession, qtbot: QtBot) -> None:
    session.device = "other"
    window.worker.set_device("cpu")
    qtbot.waitUntil(lambda: window.settings.device == "cpu")
    session.device = "other"
    again = make()
    again.start(None, head=HeadId(0, 0))
    qtbot.waitUntil(lambda: again.store.facts is not None and again.store.facts.device == "cpu")


@pytest.mark.parametrize("guessed", [True, False])
def test_that_a_head_count_that_was_guessed_is_not_kept_as_one_that_was_chosen(
    window: MainWindow, guessed: bool
) -> None:
    assert window.store.facts is not None
    facts = replace(window.store.facts, head_choices=(HeadChoice(4, None),), head_count_assumed=guessed)
    window.store.set_facts(facts)
    assert window.restorer.collect()["checkpoint"].get("n_heads") == (None if guessed else facts.n_heads)
