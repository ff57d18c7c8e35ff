"""Opening and ending."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gui.commands.actions import Action, Choices

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow


def _recent(window: MainWindow) -> list[Action]:
    return [
        Action(f"file.recent.{place}", Path(path).name, partial(_open, path), tip=path, order=100)
        for place, path in enumerate(window.settings.recent)
    ]


def _demos(window: MainWindow) -> list[Action]:
    found = window.store.catalogue.demos if window.store.catalogue else ()
    return [
        Action(f"file.{demo.key}", demo.title, partial(_open_demo, demo.key), tip=demo.tip, order=100) for demo in found
    ]


def _open_demo(key: str, window: MainWindow) -> None:
    window.opener.open_demo(key)


def _open(path: str, window: MainWindow) -> None:
    window.open_path(path)


def _reads_handwriting(window: MainWindow) -> bool:
    return window.store.facts is not None and window.store.facts.handwriting


ACTIONS = (
    Action("file.open", "Open…", lambda window: window.opener.choose_file(), "File", "Ctrl+O",
           "Open a checkpoint, a data set, a session or an exported figure", 100, icon="open", short="Open"),
    Action("file.open_folder", "Open folder…", lambda window: window.opener.choose_folder(), "File", (),
           "Open a model folder, as Hugging Face models come", 110),
    Action("file.open_data", "Open handwriting…", lambda window: window.opener.choose_data(), "File", "Ctrl+Shift+H",
           "Open a data set of handwritten words, for a model that reads them", 115, _reads_handwriting),
    Choices("File/Open recent", _recent, 120, "Files opened before, the last one first"),
    Action("file.open_demo", "Open demo", lambda window: window.opener.open_demo(), "", "Ctrl+Shift+O",
           "Open the first demo", 130, icon="demo", short="Demo", more="File/Open demo"),
    Choices("File/Open demo", _demos, 130, "Models that come with the program"),
    Action("file.quit", "Quit", lambda window: window.close(), "File", "Ctrl+Q", "Close the window and end", 900),
)
