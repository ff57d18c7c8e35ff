"""The one list of actions, and what is made from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QMenu, QToolButton
from pytestqt.qtbot import QtBot

from gui.commands import actions
from gui.commands.actions import Action, Choices, discover
from gui.commands.help_texts import shortcuts
from gui.session import file_kinds
from gui.shared import file_dialogs
from gui.window.main_window import MainWindow
from tests.gui.fake_session import FakeSession
from tests.gui.windows import Make


def texts(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if action.text()]


def test_that_every_action_has_a_text_and_a_tip() -> None:
    for entry in discover():
        if isinstance(entry, Action):
            assert entry.text, entry
            assert entry.tip, entry.key
            assert not entry.tip.endswith("."), entry.key


def test_that_every_action_of_a_menu_stands_in_it_with_its_key(window: MainWindow) -> None:
    for entry, action in window.menus.entries():
        if entry.menu:
            assert action in window.menus.menu(entry.menu).actions(), entry.key
        assert [keys.toString() for keys in action.shortcuts()] == list(entry.shortcuts), entry.key


def test_that_sections_of_a_menu_have_a_line_between_them(window: MainWindow) -> None:
    menu = window.menus.menu("View")
    lines = [place for place, action in enumerate(menu.actions()) if action.isSeparator()]
    assert texts(menu)[-6:] == ["Theme", "Colours", "Text size", "Profiles", "Linked zoom", "Reset layout"]
    assert lines == [10]


def test_that_what_needs_a_model_waits_for_one(make: Make, qtbot: QtBot) -> None:
    window = make()
    assert not window.menus.action("model.info").isEnabled()
    assert not window.menus.menu("Model/Device").isEnabled()
    window.start(None)
    qtbot.waitUntil(lambda: window.settled)
    assert window.menus.action("model.info").isEnabled()
    assert texts(window.menus.menu("Model/Device")) == ["cpu", "cuda:0"]


def test_that_toolbar_buttons_do_what_their_actions_do(window: MainWindow, qtbot: QtBot) -> None:
    buttons = {button.accessibleName(): button for button in window.findChildren(QToolButton)}
    with qtbot.waitSignal(window.opener.opened):
        buttons["Open demo"].click()


def test_that_each_demo_opens_from_the_menu_that_the_toolbar_unfolds(
    window: MainWindow, session: FakeSession, qtbot: QtBot
) -> None:
    button = next(b for b in window.findChildren(QToolButton) if b.accessibleName() == "Open demo")
    menu = button.menu()
    assert texts(menu) == ["First demo", "Second demo"]
    with qtbot.waitSignal(window.opener.opened):
        menu.actions()[1].trigger()
    assert session.named("open") == [None, "demo:second"]


def test_that_the_list_of_keys_names_every_shortcut(window: MainWindow) -> None:
    listed = " ".join(keys for keys, _ in shortcuts(window.menus))
    for entry in discover():
        for keys in entry.shortcuts if isinstance(entry, Action) else ():
            assert keys in listed


def test_that_a_new_file_in_the_package_is_a_new_action(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "novel.py").write_text(
        "from gui.commands.actions import Action\n"
        "ACTIONS = (Action('new.thing', 'New', print, 'Tools', 'Ctrl+F12', 'A tip', 1),)\n"
    )
    before = discover()
    monkeypatch.setattr(actions, "__path__", [*actions.__path__, str(tmp_path)])
    new = [entry for entry in discover() if entry not in before and not isinstance(entry, Choices)]
    assert [entry.key for entry in new] == ["new.thing"]


def test_that_two_actions_cannot_share_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "clash.py").write_text(
        "from gui.commands.actions import Action\nACTIONS = (Action('new.thing', 'New', print, '', 'Ctrl+O'),)\n"
    )
    monkeypatch.setattr(actions, "__path__", [*actions.__path__, str(tmp_path)])
    with pytest.raises(ValueError, match=r"Ctrl\+O"):
        discover()


def test_that_the_last_kind_of_file_takes_everything() -> None:
    assert file_kinds.discover()[-1].accepts("anything at all")


def test_that_a_dialog_lists_all_that_can_be_opened_first() -> None:
    (name, everything), *kinds = file_kinds.kinds_to_open()
    assert name == "All that Headscope opens"
    assert {".safetensors", ".headscope", ".pdf", ".json"} <= set(everything)
    assert sorted(ending for _, endings in kinds for ending in endings) == sorted(everything)
    words = file_dialogs.listed(("Sessions", (".headscope",)), ("Pictures", (".png", ".svg")))
    assert words == "Sessions (*.headscope);;Pictures (*.png *.svg);;All files (*)"
