"""A session file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.session.file_kinds import Drop
from gui.session.session_file import SUFFIX, is_session

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow


def _receive(window: MainWindow, path: str) -> None:
    window.sessions.open(path)


DROP = Drop("session", "Sessions", (SUFFIX,), is_session, _receive, 100)
