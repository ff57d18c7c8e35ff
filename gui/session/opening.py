"""Opening a checkpoint or a data set: asking for it, and what follows when it is open or refused."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from analysis.values import ModelFacts, OpenRequest, Selection, names_demo
from gui.panels.figure_requests import FigureRequests
from gui.session import file_kinds
from gui.shared.context import Context
from gui.shared.file_dialogs import HANDWRITING, ask_for_file, ask_for_folder
from gui.window.banner import Banner
from gui.window.model_info import head_count_doubt
from gui.window.status import StatusLine


class Opener(QObject):
    """One opening at a time; a refused file leaves everything as it was."""

    opened = Signal(object)
    """The OpenRequest; the store has the model."""
    failed = Signal(str)
    """One sentence, which was said."""

    def __init__(self, context: Context, requests: FigureRequests, status: StatusLine, banner: Banner) -> None:
        super().__init__(context)
        self._context, self._requests, self._status, self._banner = context, requests, status, banner
        self.request = OpenRequest()
        """What was asked for last."""
        self.doing = ""
        """What is being opened, in words; empty when nothing is."""
        self.reading = ""
        """The same for a data set."""
        self.data: str | None = None
        """The data set that was asked for; None: none, or the one that lies beside the checkpoint."""
        worker = context.worker
        worker.opened.connect(self._opened)
        worker.open_failed.connect(self._failed)
        worker.open_progressed.connect(self._progressed)
        worker.data_opened.connect(self._data_opened)
        worker.prompt_ready.connect(self._data_done)
        worker.prompt_failed.connect(self._data_done)

    @Slot()
    def choose_file(self) -> None:
        context = self._context
        if path := ask_for_file(context.frame, context.settings, "Open", *file_kinds.kinds_to_open()):
            file_kinds.receive(context, path)

    @Slot()
    def choose_folder(self) -> None:
        if path := ask_for_folder(self._context.frame, self._context.settings):
            file_kinds.receive(self._context, path)

    def open_demo(self, key: str | None = None) -> None:
        """One that comes with the program; None: the first."""
        self.open(OpenRequest(key))

    def set_head_count(self, n_head: int) -> None:
        """Open the present file again, cut into this many heads."""
        if (facts := self._context.store.facts) is not None:
            self.open(OpenRequest(facts.demo or facts.path, n_head, self.data))

    def open(self, request: OpenRequest) -> None:
        """Open it in place of the present model; `opened` or `failed` follows."""
        self.request, path = request, request.path
        is_file = path is not None and not names_demo(path)
        self.doing, self.reading = f"Loading {Path(path or '').name}…" if is_file else "Loading the demo…", ""
        self._status.say(self.doing)
        if self._context.store.facts is None:
            self._requests.tell(self.doing)
        self._context.worker.open(request)

    @Slot(float)
    def _progressed(self, fraction: float) -> None:
        self._status.progress(self.doing or self.reading, fraction)

    @Slot(object, object)
    def _opened(self, facts: ModelFacts, request: OpenRequest) -> None:
        self.doing, self.data = "", request.data
        self._banner.dismiss()
        self._status.clear_jobs()
        self._status.say(f"Opened {facts.name}: {facts.family}, {len(facts.heads)} heads")
        if not facts.demo:
            self._context.settings.add_recent(facts.path)
        self._context.store.set_model(facts)
        self._requests.bump("model")
        problem = self._select(facts, request.selection)
        self._say_what_matters(facts)
        if not facts.heads:
            self._requests.panels["attention"].set_current_view("tensors")
            self._requests.refresh()
        self._go_to_kept_device(facts)
        self.opened.emit(request)
        if problem:
            self.failed.emit(problem)

    def _select(self, facts: ModelFacts, selection: Selection | None) -> str:
        """The sentence, which was said, where the model does not have the head that is wanted."""
        if selection is None:
            return ""
        if selection.head not in facts.heads:
            problem = f"{facts.name} has no head {selection.head}; choose one of the list."
            self._context.say(problem)
            return problem
        self._context.store.restore(selection)
        return ""

    def _say_what_matters(self, facts: ModelFacts) -> None:
        if facts.data_problem:
            self._context.say(facts.data_problem)
        elif facts.weights_only:
            self._context.note(facts.weights_only)
        elif not facts.certificate.ok:
            self._context.say("Not every check of this file passed; Model ▸ Model info says which.")
        elif doubt := head_count_doubt(facts):
            self._context.note(doubt)

    def _go_to_kept_device(self, facts: ModelFacts) -> None:
        """Where a person last chose to compute, unless the command line says otherwise."""
        worker, wanted, catalogue = self._context.worker, self._context.settings.device, self._context.store.catalogue
        if worker.device == "auto" and catalogue and wanted in catalogue.devices and wanted != facts.device:
            worker.set_device(wanted)

    @Slot(str)
    def _failed(self, words: str) -> None:
        self.doing = ""
        self._context.say(words)
        self._status.show_jobs()
        self.tell_nothing_open()
        self._requests.ask_again()
        self.failed.emit(words)

    def tell_nothing_open(self) -> None:
        """Say in every panel that no model is open, if none is."""
        if self._context.store.facts is None:
            self._requests.tell("No model is open: choose File ▸ Open, or a demo there.")

    @Slot()
    def choose_data(self) -> None:
        context, kind = self._context, ("Handwriting", HANDWRITING)
        if path := ask_for_file(context.frame, context.settings, "Open a handwriting data set", kind):
            self.open_data(path)

    def open_data(self, path: str) -> None:
        """A handwriting data set, for the present model."""
        self._context.settings.folder = str(Path(path).parent)
        if self._context.store.facts is None:
            self._context.say("No model is open yet: open a handwriting model first, then its data set.")
            return
        self.reading = f"Reading {Path(path).name}…"
        self._status.say(self.reading)
        self._context.worker.set_data(path)

    @Slot(str)
    def _data_opened(self, path: str) -> None:
        self.data = path
        self._context.settings.add_recent(path)
        self._status.say(f"Opened {Path(path).name}")

    @Slot()
    def _data_done(self) -> None:
        if self.reading:
            self.reading = ""
            self._status.show_jobs()
