"""What version 0.1.0 saved leads to the same view: sessions and pictures in tests/data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from analysis.values import HeadId, Options, PromptSpec, Selection, as_options
from gui.window.main_window import MainWindow
from tests.gui.windows import real_window

DATA = Path(__file__).parents[1] / "data"
PATIENCE_MS = 120_000


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    yield from real_window(tmp_path)


@pytest.mark.parametrize(("name", "selection"), [
    ("textbook", Selection(HeadId(1, 3), HeadId(0, 2), 2, (("attention_scale", "log"), ("norm", "folded")))),
    ("handwriting", Selection(HeadId(1, 1, "cross"), None, None, (("attention_scale", "log"),))),
])
def test_that_a_session_leads_to_the_same_view(
    window: MainWindow, qtbot: QtBot, name: str, selection: Selection
) -> None:
    path = DATA / "sessions" / f"{name}.headscope"
    saved = json.loads(path.read_text("utf-8"))["sections"]
    with qtbot.waitSignal(window.restorer.restored, timeout=PATIENCE_MS):
        window.start(str(path))
    qtbot.waitUntil(lambda: window.settled, timeout=PATIENCE_MS)
    assert window.banner.text == ""
    assert window.store.selection == selection
    now = window.restorer.collect()
    assert now.keys() == saved.keys()
    for key in saved.keys() - {"layout"}:  # the screen of the test may be smaller
        assert now[key] == saved[key], key
    views = {key: panel.current_view() for key, panel in window.panels.items()}
    assert views == saved["panels"]["views"]


@pytest.mark.parametrize(("name", "panel", "options", "tokens"), [
    ("pattern.pdf", "attention", (("attention_scale", "linear"),), "8"),
    ("qk_singular.svg", "qk", (("lag", "0"), ("norm", "raw")), ""),
    ("head_card.png", "card", (), ""),
])
def test_that_a_picture_leads_to_the_same_view(
    window: MainWindow, qtbot: QtBot, name: str, panel: str, options: Options, tokens: str
) -> None:
    with qtbot.waitSignal(window.restorer.restored, timeout=PATIENCE_MS):
        window.start(str(DATA / "pictures" / name))
    qtbot.waitUntil(lambda: window.settled, timeout=PATIENCE_MS)
    assert window.banner.text == ""
    assert window.store.selection == Selection(HeadId(1, 0), options=options)
    assert window.panels[panel].current_view() == Path(name).stem
    assert window.store.facts is not None
    assert window.store.facts.demo == "demo:textbook"
    assert window.store.prompt is not None
    if tokens:
        assert window.store.prompt.spec == PromptSpec(
            "repeated_random", as_options({"length": tokens, "samples": "1", "seed": "4"}))
