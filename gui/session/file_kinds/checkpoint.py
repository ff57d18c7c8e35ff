"""A checkpoint or a model folder; also whatever no other kind has accepted, so that reading it says what it is not."""

from pathlib import Path

from analysis.values import OpenRequest
from gui.session.file_kinds import FileKind
from gui.session.opening import Opener
from gui.shared.context import Context
from gui.shared.file_dialogs import CHECKPOINTS


def _receive(context: Context, path: str) -> None:
    context.settings.folder = str(Path(path).parent)
    context[Opener].open(OpenRequest(path))


FILE_KIND = FileKind("checkpoint", "Checkpoints", CHECKPOINTS, lambda path: True, _receive, 1000)
