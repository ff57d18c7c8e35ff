"""A handwriting data set: a JSON list, plain or in a zip archive."""

import os

from gui.session.file_kinds import FileKind
from gui.session.opening import Opener
from gui.shared.file_dialogs import HANDWRITING

_BYTES = 65_536


def _accepts(path: str) -> bool:
    """By its first and last bytes: a zip archive lists its members at its end. Torch's archives hold a pickle."""
    try:
        with open(path, "rb") as file:
            head = file.read(_BYTES)
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _BYTES))
            tail = file.read()
    except OSError:
        return False
    if head[:2] == b"PK":
        return b".json" in tail and b"/data.pkl" not in head
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"[" and b"\0" not in head


FILE_KIND = FileKind("handwriting", "Handwriting", HANDWRITING, _accepts,
                     lambda context, path: context[Opener].open_data(path))
