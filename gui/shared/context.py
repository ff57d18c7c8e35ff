"""What the parts of a window share, as one object that is handed to each of them."""

from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QMainWindow

from analysis.values import JobUpdate
from gui.shared.settings import Settings
from gui.shared.store import Store
from gui.work.worker import Worker

T = TypeVar("T")


class Context(QObject):
    """The store, the worker, the settings, and a way to say something to the person at the window.

    Parts that need another part take it in their constructor. Actions and other things found by `discover`, which are
    data and have no constructor, ask for it by its class: `context[Exporter]`.
    """

    problem_said = Signal(str)
    notice_said = Signal(str)
    progress_said = Signal(str)
    withdrawn = Signal(str)
    """A sentence that no longer holds."""

    def __init__(self, worker: Worker, settings: Settings, frame: QMainWindow) -> None:
        """`frame`: the window as a plain QMainWindow, for example as the parent of dialogs."""
        super().__init__(frame)
        self.frame, self.worker, self.settings = frame, worker, settings
        self.store = Store(self)
        self._parts: dict[type[Any], Any] = {}
        worker.catalogue_ready.connect(self.store.set_catalogue)
        worker.prompt_ready.connect(self.store.set_prompt)
        worker.device_changed.connect(self.store.set_facts)
        worker.asked_changed.connect(self.store.set_asked)
        worker.job_changed.connect(self._job_changed)

    def say(self, sentence: str) -> None:
        """A problem: in the banner until it is dismissed, and in the status line."""
        self.problem_said.emit(sentence)

    def note(self, sentence: str) -> None:
        """Something to know that is no problem: in the banner until it is dismissed."""
        self.notice_said.emit(sentence)

    def tell(self, words: str) -> None:
        """What is happening: in the status line."""
        self.progress_said.emit(words)

    def withdraw(self, sentence: str) -> None:
        """This sentence no longer holds: banner and status line drop it, if they still show it."""
        if sentence:
            self.withdrawn.emit(sentence)

    def add(self, part: T) -> T:
        """Make a part known by its class."""
        self._parts[type(part)] = part
        return part

    def __getitem__(self, kind: type[T]) -> T:
        """The part of this class; raises KeyError before it was added."""
        part: T = self._parts[kind]
        return part

    @Slot(object)
    def _job_changed(self, update: JobUpdate) -> None:
        self.store.take_results(update)
        if update.failure:
            self.say(update.failure)
