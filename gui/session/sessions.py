"""Session files as a person meets them: saved, opened, and brought back when the program starts again."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog

from analysis import __version__
from analysis.values import UserError
from gui.session import session_file
from gui.session.autosave import Autosave

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow



class Sessions(QObject):
    """The file a person saves to, and the autosave behind it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.path = ""
        """The session file that Save writes to; empty until one was opened or saved."""
        self._autosave: Autosave | None = None
        self._killed_at: datetime | None = None
        self._notice = ""
        """What is to be said once a model is open; opening one clears what was said before."""
        window.keeper.restored.connect(self._restored)
        window.model_opened.connect(self._say_notice)

    # ---- the autosave ----------------------------------------------------------------------------------------

    def start(self) -> None:
        """From now on the work is kept on the disk."""
        folder = self._window.settings.sessions
        if folder is not None:
            self._autosave = Autosave(folder, self._window.keeper.collect, __version__, self)
            self._autosave.failed.connect(self._window.context.say)
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
            return self._bring_back(sections)
        return False

    def _bring_back(self, sections: session_file.Sections) -> bool:
        try:
            self._window.keeper.restore(sections)
        except UserError as error:
            self._window.context.say(str(error))
            self._window.opener.tell_nothing_open()
            return bool(self._window.keeper.collect())
        return True

    @Slot()
    def _restored(self) -> None:
        if self._autosave is not None:
            self._autosave.done()
        if self._killed_at is not None:
            when, self._killed_at = self._killed_at, None
            words = f"Headscope had ended unexpectedly. Your work is back as it was at {when:%H:%M:%S}."
            if not self._window.banner.text:
                self._window.banner.say(words, notice=True)
            self._window.status.say(words)

    @Slot()
    def _say_notice(self) -> None:
        if self._notice:
            words, self._notice = self._notice, ""
            self._window.banner.say(words, notice=True)

    def kept(self) -> list[tuple[Path, str]]:
        """States that earlier windows left, with when they were saved, the newest first."""
        found = self._autosave.kept() if self._autosave is not None else []
        return [(path, f"{_saved_at(path):%d %b %Y, %H:%M:%S}") for path in found]

    # ---- files -----------------------------------------------------------------------------------------------

    def open(self, path: str) -> None:
        """Bring a file back, which Save then writes to; raises UserError when it is none."""
        self._window.keeper.open(path)
        self.path = path
        self._window.settings.add_recent(path)
        self._window.settings.folder = str(Path(path).parent)

    def open_kept(self, path: Path) -> None:
        """Bring back what an earlier window left."""
        try:
            self._window.keeper.restore(session_file.read(path))
        except UserError as error:
            self._window.context.say(str(error))

    def choose(self) -> None:
        """Ask for a session file and bring it back."""
        folder = self._window.settings.folder
        path, _ = QFileDialog.getOpenFileName(self._window, "Open a session", folder, session_file.KINDS)
        if path:
            self._window.open_path(path)

    def save(self) -> bool:
        """To the file opened or saved before, else to one that is asked for; whether it was saved."""
        return self._save(self.path) if self.path else self.save_as()

    def save_as(self) -> bool:
        """Ask for a file and save to it; whether it was saved."""
        facts = self._window.store.facts
        name = f"{Path(facts.name).stem if facts else 'headscope'}{session_file.SUFFIX}"
        place = self.path or str(Path(self._window.settings.folder) / name)
        path, _ = QFileDialog.getSaveFileName(self._window, "Save the session", place, session_file.KINDS)
        if path and not session_file.is_session(path):
            path += session_file.SUFFIX
        return bool(path) and self._save(path)

    def _save(self, path: str) -> bool:
        try:
            folder = Path(path).absolute().parent
            session_file.write(path, self._window.keeper.collect(folder), __version__)
        except UserError as error:
            self._window.context.say(str(error))
            return False
        self.path = path
        self._window.settings.add_recent(path)
        self._window.settings.folder = str(Path(path).parent)
        self._window.status.say(f"Saved {path}")
        return True


def _saved_at(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime)
    except OSError:
        return datetime.now()
