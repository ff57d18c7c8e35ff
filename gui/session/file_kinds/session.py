"""A session file."""

from __future__ import annotations

from gui.session.file_kinds import Drop
from gui.session.session_file import SUFFIX, is_session
from gui.session.sessions import Sessions
from gui.shared.context import Context


def _receive(context: Context, path: str) -> None:
    context[Sessions].open(path)


DROP = Drop("session", "Sessions", (SUFFIX,), is_session, _receive, 100)
