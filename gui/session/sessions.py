"""Session files: saved, opened, and restored when the program starts again."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog

from analysis import __version__
from analysis.values import UserError
from gui.session import file_kinds, session_file
from gui.session.autosave import Autosave
from gui.session.opening import Opener
from gui.session.restorer import Restorer
from gui.session.saved_view import from_sections
from gui.shared.context import Context
from gui.window.banner import Banner


class Sessions(QObject):
    """The file a person saves to, and the autosave behind it."""

    def __init__(self, context: Context, opener: Opener, restorer: Restorer) -> None:
        super().__init__(context)
        self._context, self._opener, self._restorer = context, opener, restorer
        self.path = ""
        """The session file that Save writes to; empty until one was opened or saved."""
        self._autosave: Autosave | None = None
        self._killed_at: datetime | None = None
        self._notice = ""
        """What is to be said once a model is open; opening one clears what was said before."""
        opener.opened.connect(self._say_notice)

    def start(self) -> None:
        """From now on the work is saved to the disk as it changes."""
        folder = self._context.settings.sessions
        if folder is not None:
            self._autosave = Autosave(folder, self._restorer.collect, __version__, self)
            self._autosave.failed.connect(self._context.say)
            self._autosave.start()

    def finish(self) -> None:
        """The window closes."""
        if self._autosave is not None:
            self._autosave.finish()

    def resume(self) -> bool:
        """Go on where the last window ended; False when there is nothing to go on with."""
        while self._autosave is not None and (taken := self._autosave.take()) is not None:
            path, killed = taken
            self._killed_at = _saved_at(path) if killed else None
            try:
                sections = session_file.read(path)
            except UserError as error:
                aside = self._autosave.set_aside()
                self._notice = f"The last session is not brought back: {error} It was kept as {aside}."
                continue
            return self._go_on(sections)
        return False

    def _go_on(self, sections: session_file.Sections) -> bool:
        try:
            self._restorer.restore(replace(from_sections(sections), then=self._resumed))
        except UserError as error:
            self._context.say(str(error))
            self._opener.tell_nothing_open()
            return bool(self._restorer.collect())
        return True

    def _resumed(self) -> None:
        if self._autosave is not None:
            self._autosave.done()
        if self._killed_at is not None:
            words = f"Headscope had ended unexpectedly. Your work is back as it was at {self._killed_at:%H:%M:%S}."
            if not self._context[Banner].text:
                self._context.note(words)
            self._context.tell(words)

    @Slot()
    def _say_notice(self) -> None:
        if self._notice:
            words, self._notice = self._notice, ""
            self._context.note(words)

    def kept(self) -> list[tuple[Path, str]]:
        """States that earlier windows left, with when they were saved, the newest first."""
        found = self._autosave.kept() if self._autosave is not None else []
        return [(path, f"{_saved_at(path):%d %b %Y, %H:%M:%S}") for path in found]

    def open(self, path: str) -> None:
        """Restore a file, which Save then writes to; raises UserError when it is not a session."""
        self.restore(session_file.read(path), Path(path).absolute().parent)
        self._keep_to(path)

    def open_kept(self, path: Path) -> None:
        """Restore what an earlier window left."""
        try:
            self.restore(session_file.read(path))
        except UserError as error:
            self._context.say(str(error))

    def restore(self, sections: session_file.Sections, folder: Path | None = None) -> None:
        """Restore sections of a file in `folder`; raises UserError where their checkpoint is not to be found."""
        self._restorer.restore(from_sections(sections, folder))

    def choose(self) -> None:
        """Ask for a session file and restore it."""
        frame, folder = self._context.frame, self._context.settings.folder
        path, _ = QFileDialog.getOpenFileName(frame, "Open a session", folder, session_file.KINDS)
        if path:
            file_kinds.receive(self._context, path)

    def save(self) -> bool:
        """To the file opened or saved before, else to one that is asked for; whether it was saved."""
        return self._save(self.path) if self.path else self.save_as()

    def save_as(self) -> bool:
        """Ask for a file and save to it; whether it was saved."""
        facts, folder = self._context.store.facts, Path(self._context.settings.folder)
        place = self.path or str(folder / f"{Path(facts.name).stem if facts else 'headscope'}{session_file.SUFFIX}")
        path, _ = QFileDialog.getSaveFileName(self._context.frame, "Save the session", place, session_file.KINDS)
        if path and not session_file.is_session(path):
            path += session_file.SUFFIX
        return bool(path) and self._save(path)

    def _save(self, path: str) -> bool:
        try:
            session_file.write(path, self._restorer.collect(Path(path).absolute().parent), __version__)
        except UserError as error:
            self._context.say(str(error))
            return False
        self._keep_to(path)
        self._context.tell(f"Saved {path}")
        return True

    def _keep_to(self, path: str) -> None:
        self.path = path
        self._context.settings.add_recent(path)
        self._context.settings.folder = str(Path(path).parent)


def _saved_at(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime)
    except OSError:
        return datetime.now()
