"""Opening a checkpoint or a data set: asking for it, and what the window does when it is open or refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from analysis.values import HeadId, JobUpdate, ModelFacts, names_demo
from gui.export.saving import HANDWRITING, ask_for_file, ask_for_folder
from gui.session.file_kinds import kinds_to_open
from gui.window.model_info import head_count_doubt

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow


class Opener(QObject):
    """One opening at a time; a refused file leaves everything as it was."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.doing = ""
        """What is being opened, in words; empty when nothing is."""
        self.reading = ""
        """The same for a data set."""
        self._wanted_head: HeadId | None = None
        self._asked_data: str | None = None
        self.data: str | None = None
        """The data set that was asked for; None: none, or the one that lies beside the checkpoint."""
        window.worker.opened.connect(self._opened)
        window.worker.open_failed.connect(self._failed)
        window.worker.open_progressed.connect(self._progressed)
        window.worker.data_opened.connect(self._data_opened)
        window.worker.prompt_ready.connect(self._data_done)
        window.worker.prompt_failed.connect(self._data_done)

    @Slot()
    def choose_file(self) -> None:
        window = self._window
        if path := ask_for_file(window, window.settings, "Open", *kinds_to_open()):
            window.open_path(path)

    @Slot()
    def choose_folder(self) -> None:
        if path := ask_for_folder(self._window, self._window.settings):
            self._window.open_path(path)

    def open_first(self, path: str | None, n_head: int | None, data: str | None, head: HeadId | None) -> None:
        """What the command line asks for; None: the first demo."""
        self._wanted_head = head
        self._open(path, n_head, data)

    def open_file(self, path: str) -> None:
        """A checkpoint or model folder."""
        self._window.settings.folder = str(Path(path).parent)
        self._open(path)

    def open_again(self, path: str | None, n_head: int | None, data: str | None) -> None:
        """What a session says was open; None: the demo."""
        self._open(path, n_head, data)

    @Slot()
    def choose_data(self) -> None:
        kind = ("Handwriting", HANDWRITING)
        if path := ask_for_file(self._window, self._window.settings, "Open a handwriting data set", kind):
            self.open_data(path)

    def open_data(self, path: str) -> None:
        """A handwriting data set, for the present model."""
        window = self._window
        window.settings.folder = str(Path(path).parent)
        if window.store.facts is None:
            window.context.say("No model is open yet: open a handwriting model first, then its data set.")
            return
        self.reading = f"Reading {Path(path).name}…"
        window.status.say(self.reading)
        window.worker.set_data(path)

    @Slot(str)
    def _data_opened(self, path: str) -> None:
        self.data = path
        self._window.settings.add_recent(path)
        self._window.status.say(f"Opened {Path(path).name}")

    @Slot()
    def _data_done(self) -> None:
        if self.reading:
            self.reading = ""
            self._window.status.job_changed(JobUpdate("", "", 1.0, done=True))

    def open_demo(self, key: str | None = None) -> None:
        """One that comes with the program; None: the first."""
        self._open(key)

    def set_head_count(self, n_head: int) -> None:
        """Open the present file again, cut into this many heads."""
        if (facts := self._window.store.facts) is not None:
            self._open(facts.demo or facts.path, n_head, self.data)

    def _open(self, path: str | None, n_head: int | None = None, data: str | None = None) -> None:
        is_file = path is not None and not names_demo(path)
        self.doing, self.reading = f"Loading {Path(path or '').name}…" if is_file else "Loading the demo…", ""
        self._window.status.say(self.doing)
        if self._window.store.facts is None:
            self._window.requests.tell(self.doing)
        self._asked_data = data
        self._window.worker.open(path, n_head, data)

    @Slot(float)
    def _progressed(self, fraction: float) -> None:
        self._window.status.progress(self.doing or self.reading, fraction)

    @Slot(object)
    def _opened(self, facts: ModelFacts) -> None:
        self.doing, window = "", self._window
        self.data = self._asked_data
        window.banner.dismiss()
        window.status.clear_jobs()
        window.status.say(f"Opened {facts.name}: {facts.family}, {len(facts.heads)} heads")
        if not facts.demo:
            window.settings.add_recent(facts.path)
        window.store.set_model(facts)
        window.requests.bump("model")
        self._go_to_wanted_head()
        self._say_what_matters(facts)
        if not facts.heads:
            window.panels["attention"].set_current_view("tensors")
            window.requests.refresh()
        self._go_to_kept_device(facts)
        window.model_opened.emit()

    def _say_what_matters(self, facts: ModelFacts) -> None:
        if facts.data_problem:
            self._window.context.say(facts.data_problem)
        elif facts.weights_only:
            self._window.banner.say(facts.weights_only, notice=True)
        elif not facts.certificate.ok:
            self._window.context.say("Not every check of this file passed; Model ▸ Model info says which.")
        elif doubt := head_count_doubt(facts):
            self._window.banner.say(doubt, notice=True)

    def _go_to_kept_device(self, facts: ModelFacts) -> None:
        """Where a person last chose to compute, unless the command line says otherwise."""
        window, wanted = self._window, self._window.settings.device
        catalogue = window.store.catalogue
        if window.worker.device == "auto" and catalogue and wanted in catalogue.devices and wanted != facts.device:
            window.worker.set_device(wanted)

    def _go_to_wanted_head(self) -> None:
        head, self._wanted_head = self._wanted_head, None
        facts = self._window.store.facts
        if head is None or facts is None:
            return
        if head in facts.heads:
            self._window.store.select(head)
        else:
            words = f"{facts.name} has no head {head}; choose one of the list."
            self._window.context.say(words)
            self._window.open_failed.emit(words)

    def tell_nothing_open(self) -> None:
        self._window.requests.tell("No model is open: choose File ▸ Open, or a demo there.")

    @Slot(str)
    def _failed(self, words: str) -> None:
        self.doing, window = "", self._window
        window.context.say(words)
        window.status.job_changed(JobUpdate("", "", 1.0, done=True))
        window.menus.refresh()
        if window.store.facts is None:
            self.tell_nothing_open()
        window.requests.ask_again()
        window.open_failed.emit(words)
