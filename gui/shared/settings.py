"""What the window remembers between runs: its layout, the theme, recent files, the device."""

import json
import os
from pathlib import Path

from PySide6.QtCore import QByteArray, QLockFile, QSettings

from gui.start.arguments import THEMES

MAX_RECENT = 10
LOCK_MS = 200
"""How long to wait while another window writes the list."""


class Settings:
    """An INI file; `path` None: the place where the system keeps a person's settings; os.devnull: nowhere."""

    def __init__(self, path: str | None = None) -> None:
        if path is None:
            ini, user = QSettings.Format.IniFormat, QSettings.Scope.UserScope
            self._store = QSettings(ini, user, "headscope", "headscope")
        else:
            # Qt replaces the file when it writes, and the superuser may replace even the null device: a file below it
            # cannot be written by anyone, so nothing is kept.
            place = f"{path}/settings.ini" if path == os.devnull else path
            self._store = QSettings(place, QSettings.Format.IniFormat)

    @property
    def path(self) -> str:
        return self._store.fileName()

    @property
    def theme(self) -> str:
        theme = str(self._store.value("theme", "system"))
        return theme if theme in THEMES else "system"

    @theme.setter
    def theme(self, theme: str) -> None:
        self._store.setValue("theme", theme)

    def look(self, key: str, default: str) -> str:
        """A saved choice of how the window looks."""
        return str(self._store.value(f"look/{key}", default))

    def keep_look(self, key: str, value: str) -> None:
        self._store.setValue(f"look/{key}", value)

    @property
    def recent(self) -> list[str]:
        """Files opened before, the last one first."""
        found = self._store.value("recent", [])
        return [found] if isinstance(found, str) else [str(path) for path in found or []]  # type: ignore[attr-defined]

    def add_recent(self, path: str) -> None:
        path = str(Path(path).absolute())
        lock = QLockFile(f"{self.path}.recent")
        held = lock.tryLock(LOCK_MS)  # a window beside this one may add to the list at the same time
        self._store.sync()
        self._store.setValue("recent", [path, *(old for old in self.recent if old != path)][:MAX_RECENT])
        self._store.sync()
        if held:
            lock.unlock()

    @property
    def folder(self) -> str:
        """Where a file was last opened or saved."""
        return str(self._store.value("folder", ""))

    @folder.setter
    def folder(self, folder: str) -> None:
        self._store.setValue("folder", folder)

    def choices(self, name: str) -> object:
        """What `keep_choices` was given last; None when nothing, or nothing that can be read."""
        try:
            return json.loads(str(self._store.value(f"choices/{name}", "null")))
        except ValueError:
            return None

    def keep_choices(self, name: str, choices: object) -> None:
        """What a person has chosen in a dialog, as JSON knows it."""
        self._store.setValue(f"choices/{name}", json.dumps(choices))

    @property
    def device(self) -> str:
        """Where a person has last chosen to compute; empty when never."""
        return str(self._store.value("device", ""))

    @device.setter
    def device(self, device: str) -> None:
        self._store.setValue("device", device)

    @property
    def hints(self) -> bool:
        """Whether hints for a first start are still to be shown."""
        return str(self._store.value("hints", "true")) == "true"

    @hints.setter
    def hints(self, wanted: bool) -> None:
        self._store.setValue("hints", "true" if wanted else "false")

    @property
    def sessions(self) -> Path | None:
        """The folder that keeps what is being worked on; None where nothing is to be kept."""
        path = Path(self._store.fileName())
        return None if str(path) == os.devnull else path.parent / "sessions"

    def layout(self, version: int) -> tuple[QByteArray, QByteArray] | None:
        """(geometry, docks) as saved by this version of the layout."""
        geometry, docks = self._store.value("geometry"), self._store.value(f"docks{version}")
        return (geometry, docks) if isinstance(geometry, QByteArray) and isinstance(docks, QByteArray) else None

    def save_layout(self, version: int, geometry: QByteArray, docks: QByteArray) -> None:
        self._store.setValue("geometry", geometry)
        self._store.setValue(f"docks{version}", docks)
        self._store.sync()
