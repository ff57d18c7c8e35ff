"""A checkpoint or a model folder; also whatever no other kind has accepted, so that reading it says what it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.export.saving import CHECKPOINTS
from gui.session.file_kinds import Drop

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow


def _receive(window: MainWindow, path: str) -> None:
    window.opener.open_file(path)


DROP = Drop("checkpoint", "Checkpoints", CHECKPOINTS, lambda path: True, _receive, 1000)
