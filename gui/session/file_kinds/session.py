"""A session file."""

from gui.session.file_kinds import FileKind
from gui.session.session_file import SUFFIX, is_session
from gui.session.sessions import Sessions

FILE_KIND = FileKind("session", "Sessions", (SUFFIX,), is_session, lambda context, path: context[Sessions].open(path))
