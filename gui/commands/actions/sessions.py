"""Sessions: saved, opened, brought back."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gui.commands.actions import Action, Choices, has_model

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow


def _kept(window: MainWindow) -> list[Action]:
    return [Action(f"file.kept.{place}", words, partial(_open_kept, path), tip="Bring back the work saved at this time")
            for place, (path, words) in enumerate(window.sessions.kept())]


def _open_kept(path: Path, window: MainWindow) -> None:
    window.sessions.open_kept(path)


ACTIONS = (
    Action("file.open_session", "Open session…", lambda window: window.sessions.choose(), "File", (),
           "Bring back a saved session: checkpoint, prompt, selection and views", 200),
    Action("file.save_session", "Save session", lambda window: window.sessions.save(), "File", "Ctrl+S",
           "Save checkpoint, prompt, selection and views, to go on later", 210, has_model),
    Action("file.save_session_as", "Save session as…", lambda window: window.sessions.save_as(), "File",
           "Ctrl+Shift+S", "Save the session to another file", 220, has_model),
    Choices("File/Earlier sessions", _kept, 230, "What earlier windows left", vanishes=True),
)
