"""The analysis on its own thread: requests in, values out; the newest request wins and jobs give way to looks.

`Worker` lives on the GUI thread and is all that the window sees. Its backend, the session and torch live on the worker
thread. One queued signal goes each way; nothing is locked.
"""

from collections import deque
from collections.abc import Callable, Hashable
from typing import Any

from PySide6.QtCore import QObject, QThread, QTimer, Signal, Slot

from analysis.values import Asked, OpenRequest, PromptSpec, Selection
from gui.work.backend import Analysis, Backend, make_session
from gui.work.memory import Garbage, return_large_blocks
from gui.work.tickets import Answer, Request, Tickets

STACK_BYTES = 16 * 2**20
"""Secondary threads get half a megabyte on macOS, too little for torch."""
STATE = {"catalogue_ready", "opened", "data_opened", "prompt_ready", "device_changed", "job_changed", "memory_changed",
         "asked_changed"}
"""Signals about the state of the session: emitted even when something newer was asked for meanwhile."""


class Worker(QObject):
    """The window's side of the analysis. Every signal arrives on the GUI thread, for requests that are still wanted."""

    catalogue_ready = Signal(object)
    opened = Signal(object, object)
    """(facts, the request that they answer)."""
    open_failed = Signal(str)
    open_progressed = Signal(float)
    prompt_ready = Signal(object)
    prompt_failed = Signal(str)
    data_opened = Signal(str)
    device_changed = Signal(object)
    asked_changed = Signal(object)
    asking_failed = Signal(str)
    figure_ready = Signal(str, object)
    figure_failed = Signal(str, str)
    figure_waiting = Signal(str, str)
    look_progressed = Signal(str, float)
    job_changed = Signal(object)
    memory_changed = Signal(str)

    _requested = Signal(object)

    def __init__(self, factory: Callable[[str], Analysis] = make_session, device: str = "auto",
                 parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.device = device
        """What was asked for; "auto" leaves the choice."""
        self._tickets = Tickets()
        self._garbage = Garbage(self)
        self._inbox: deque[Answer] = deque()
        self._next = QTimer(self, singleShot=True, interval=0)
        self._next.timeout.connect(self._deliver)
        self._thread = QThread(self)
        self._thread.setObjectName("analysis")
        self._thread.setStackSize(STACK_BYTES)
        self._backend: Backend | None = Backend(factory, device, self._tickets)
        self._backend.moveToThread(self._thread)
        self._requested.connect(self._backend.receive)
        self._backend.answered.connect(self._receive)

    def start(self) -> None:
        """Start the thread and load the analysis; catalogue_ready follows."""
        return_large_blocks()
        self._garbage.start()
        self._thread.start()
        self._ask("start", "start")

    def open(self, request: OpenRequest) -> None:
        """Open a checkpoint: opened and then prompt_ready, also prompt_failed where it is not the prompt that was
        wanted; or open_failed. Figures asked of the present model are dropped."""
        ticket = self._ask("open", "open", request)
        self._tickets.drop_older("look", ticket)
        self._tickets.drop_older("prompt", ticket)

    def set_prompt(self, spec: PromptSpec | None) -> None:
        """Put a prompt in force; looks asked before are dropped, so ask again after prompt_ready or prompt_failed."""
        self._tickets.drop_older("look", self._ask("prompt", "prompt", spec))

    def set_data(self, path: str) -> None:
        """Open a handwriting data set and make it the prompt: data_opened and prompt_ready, or prompt_failed."""
        self._tickets.drop_older("look", self._ask("data", "prompt", path))

    def set_device(self, name: str) -> None:
        """Move the model; looks asked before are dropped, so ask again after device_changed or open_failed."""
        self._tickets.drop_older("look", self._ask("device_change", "device", name))

    def look(self, view: str, selection: Selection) -> None:
        """Ask for one view's figure; an older look for the same view is dropped or cancelled."""
        self._ask("look", f"look:{view}", view, selection)

    def begin(self, study: str, what: Hashable) -> None:
        """Queue a study that no view shows; its last job_changed says how it ended."""
        self._ask("begin", f"begin:{study}", study, what)

    def ask_for_induction(self, asked: Asked) -> None:
        """Ask like this from now on, and begin with the open model: asked_changed, or asking_failed."""
        self._ask("ask_for_induction", "asking", asked)

    def score_again(self) -> None:
        self._ask("begin_jobs", "job control")

    def cancel_jobs(self) -> None:
        """End running jobs; each says so in a last job_changed."""
        self._ask("cancel_jobs", "job control")

    def stop(self, timeout_ms: int = 1000) -> bool:
        """Cancel everything and end the thread; False when it is stuck in something that cannot be cancelled."""
        self._tickets.closed = True
        if self._backend is None:
            return True
        self._requested.emit(Request("finish", "", 0))
        if self._thread.isRunning() and not self._thread.wait(timeout_ms):
            return False
        self._garbage.stop()
        self._backend = None
        return True

    def _ask(self, method: str, channel: str, *args: Any) -> int:
        ticket = self._tickets.issue(channel)
        self._requested.emit(Request(method, channel, ticket, args))
        return ticket

    @Slot(object)
    def _receive(self, answer: Answer) -> None:
        """Answers that have piled up are delivered one in a round of the event loop: input comes between them."""
        self._inbox.append(answer)
        self._next.start()

    @Slot()
    def _deliver(self) -> None:
        answer = self._inbox.popleft()
        if self._inbox:
            self._next.start()
        if self._tickets.closed or not (answer.signal in STATE or self._tickets.wanted(answer.request)):
            return
        if answer.signal == "catalogue_ready":
            self._garbage.settle()
        getattr(self, answer.signal).emit(*answer.args)
