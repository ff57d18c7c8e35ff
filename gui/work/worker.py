"""The analysis on its own thread: requests in, values out; the newest request wins and jobs give way to looks.

`Worker` lives on the GUI thread and is all that the window sees. Its backend, the session and torch live on the worker
thread. One queued signal goes each way; nothing is locked. The GUI thread says which requests are still wanted in
`Tickets`, plain integers that the worker thread only reads.
"""

from __future__ import annotations

import logging
import sys
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtCore import QObject, QThread, QTimer, Signal, Slot

from analysis.figures.figure import Figure
from analysis.values import (
    Cancelled,
    Catalogue,
    JobUpdate,
    ModelFacts,
    NotReady,
    OpenRequest,
    PromptFacts,
    PromptSpec,
    Selection,
    Tick,
    UserError,
    no_tick,
)
from gui.work.garbage import Garbage
from gui.work.memory import return_holes, return_large_blocks
from gui.work.preload import preload_torch

log = logging.getLogger(__name__)

PROGRESS_S = 0.05
STACK_BYTES = 16 * 2**20
"""Secondary threads get half a megabyte on macOS, too little for torch."""
SWITCH_S = 0.0001
"""How long the worker may keep the interpreter lock while the GUI thread waits for it."""


class Job(Protocol):
    """Long work: an iterator of updates, each next() at most 100 ms."""

    key: str
    title: str

    def __iter__(self) -> Iterator[JobUpdate]: ...
    def __next__(self) -> JobUpdate: ...
    def close(self) -> None: ...


class Analysis(Protocol):
    """What the worker needs of analysis.session.Session."""

    def catalogue(self) -> Catalogue: ...
    def open(
        self, path: str | None, n_head: int | None = ..., data: str | None = ..., tick: Tick = ...
    ) -> ModelFacts: ...
    def set_prompt(self, spec: PromptSpec | None, tick: Tick = ...) -> PromptFacts: ...
    def set_data(self, path: str, tick: Tick = ...) -> PromptFacts: ...
    def look(self, view: str, selection: Selection, tick: Tick = ...) -> Figure: ...
    def set_device(self, name: str, tick: Tick = ...) -> ModelFacts: ...
    def study(self, key: str, what: Hashable = ...) -> tuple[Any, bool]: ...
    def start_jobs(self) -> tuple[Any, ...]: ...
    def new_jobs(self) -> tuple[Any, ...]: ...
    def memory(self) -> str: ...


def make_session(device: str) -> Analysis:
    """The real session; importing it imports torch, so this runs on the worker thread only."""
    try:
        preload_torch()
        from analysis.session.session import Session
    except (ImportError, OSError) as error:
        log.info("The analysis does not load.", exc_info=error)
        raise UserError(
            f"torch does not load ({str(error).strip().partition(chr(10))[0][:200]}); install it anew with python -m "
            "pip install --force-reinstall torch, and update the driver of the graphics card if there is one."
        ) from error
    return Session(device)


STATE = {"catalogue_ready", "opened", "data_opened", "prompt_ready", "device_changed", "job_changed", "memory_changed"}
"""What the session has become: told even when something newer was asked meanwhile, because it is so."""


@dataclass(frozen=True)
class Request:
    """One thing asked of the worker thread: the backend's method, its arguments, and its place in the queue."""

    method: str
    channel: str
    ticket: int
    args: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Answer:
    """One thing told to the GUI thread: the Worker's signal and its arguments."""

    request: Request
    signal: str
    args: tuple[Any, ...]


class Tickets:
    """Which requests are still wanted. Written by the GUI thread, read by both."""

    def __init__(self) -> None:
        self._count = 0
        self._newest: dict[str, int] = {}
        self._older: dict[str, int] = {}
        self.closed = False

    def issue(self, channel: str) -> int:
        """The next ticket; older requests of the channel are no longer wanted."""
        self._count += 1
        self._newest[channel] = self._count
        return self._count

    def drop_older(self, channel: str, ticket: int) -> None:
        """Requests of the channel, or of all that start with it, that came before the ticket are not wanted."""
        self._older[channel] = ticket

    def wanted(self, request: Request) -> bool:
        if self.closed or self._newest.get(request.channel) != request.ticket:
            return False
        return request.ticket >= self._older.get(request.channel.partition(":")[0], 0)


class Backend(QObject):
    """Lives on the worker thread: runs requests in order, and one slice of a job whenever none waits."""

    answered = Signal(object)

    def __init__(self, factory: Callable[[str], Analysis], device: str, tickets: Tickets) -> None:
        super().__init__()
        self._factory, self._device, self._tickets = factory, device, tickets
        self._session: Analysis | None = None
        self._jobs: deque[Job] = deque()
        self._jobs_request = Request("jobs", "jobs", 0)
        self._told, self._memory = 0.0, ""
        # Interval 0: Qt fires it only when no request is in the queue, so looks go before jobs.
        self._slices = QTimer(self)
        self._slices.timeout.connect(self._advance)

    @Slot(object)
    def receive(self, request: Request) -> None:
        """Run one request, unless it is no longer wanted; every failure becomes a sentence."""
        if request.method == "finish":
            self._finish()
        elif self._tickets.wanted(request):
            try:
                getattr(self, f"_{request.method}")(request, *request.args)
            except Cancelled:
                pass
            except NotReady as error:
                self._answer(request, "figure_waiting", request.channel.partition(":")[2], str(error))
            except Exception as error:
                self._fail(request, sentence(error))
            self._report_memory(request)

    def _start(self, request: Request) -> None:
        sys.setswitchinterval(SWITCH_S)
        self._answer(request, "catalogue_ready", self._ready().catalogue())

    def _open(self, request: Request, wanted: OpenRequest) -> None:
        tick = self._tick(request, "open_progressed")
        facts = self._ready().open(wanted.path, wanted.n_heads, wanted.data, tick)
        self._jobs.clear()
        self._answer(request, "opened", facts, wanted)
        self._first_prompt(request, wanted.prompt)
        self._begin_jobs()

    def _first_prompt(self, request: Request, spec: PromptSpec | None) -> None:
        """The wanted prompt; the default one and the reason where it cannot be made. The model is open all the same."""
        try:
            self._answer(request, "prompt_ready", self._ready().set_prompt(spec, no_tick))
        except Exception as error:
            if spec is not None:
                self._first_prompt(request, None)
            self._answer(request, "prompt_failed", sentence(error))

    def _prompt(self, request: Request, spec: PromptSpec | None) -> None:
        self._answer(request, "prompt_ready", self._ready().set_prompt(spec, self._tick(request)))

    def _data(self, request: Request, path: str) -> None:
        facts = self._ready().set_data(path, self._tick(request, "open_progressed"))
        self._answer(request, "data_opened", path)
        self._answer(request, "prompt_ready", facts)
        self._begin_jobs()  # How heads read is scored on the data set.

    def _device_change(self, request: Request, name: str) -> None:
        facts = self._ready().set_device(name, self._tick(request))
        self._answer(request, "device_changed", facts)
        if self._jobs:  # Half-done work holds tensors of the old device.
            self._begin_jobs()

    def _look(self, request: Request, view: str, selection: Selection) -> None:
        session = self._ready()
        try:
            figure = session.look(view, selection, self._tick(request, "look_progressed", view))
        finally:
            self._take_up(session.new_jobs())
        self._answer(request, "figure_ready", view, figure)

    def _begin(self, request: Request, study: str, what: Hashable) -> None:
        session = self._ready()
        try:
            session.study(study, what)
        except NotReady:
            self._take_up(session.new_jobs())
        except UserError as error:
            self._tell_job(JobUpdate(study, study.capitalize(), 1.0, done=True, failure=str(error)))

    def _score_again(self, request: Request) -> None:
        self._begin_jobs()

    def _cancel_jobs(self, request: Request) -> None:
        stopped, self._jobs = self._jobs, deque()
        self._slices.stop()
        for job in stopped:
            job.close()
            failure = f"{job.title} was cancelled; Analysis ▸ Score again starts it anew."
            self._answer(request, "job_changed", JobUpdate(job.key, job.title, 1.0, done=True, failure=failure))

    def _finish(self) -> None:
        self._slices.stop()
        self._jobs.clear()
        self._session = None
        self.thread().quit()

    # ---- jobs ------------------------------------------------------------------------------------------------

    def _begin_jobs(self) -> None:
        before, self._jobs = self._jobs, deque(self._ready().start_jobs())
        for job in before:
            if all(job.key != new.key for new in self._jobs):  # Closed, and now its turn to say so never comes.
                self._tell_job(JobUpdate(job.key, job.title, 1.0, done=True))
        self._set_out(self._jobs)

    def _take_up(self, studies: tuple[Job, ...]) -> None:
        """What a view on show waits for goes before the work that every model gets."""
        self._jobs.extendleft(studies)
        self._set_out(studies)

    def _set_out(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            self._tell_job(JobUpdate(job.key, job.title, 0.0))
        if self._jobs:
            self._slices.start(0)

    @Slot()
    def _advance(self) -> None:
        if self._tickets.closed or not self._jobs:
            self._slices.stop()
            return
        job = self._jobs[0]
        try:
            update = next(job)
        except StopIteration:  # Closed: nobody waits for it any more.
            update = JobUpdate(job.key, job.title, 1.0, done=True)
        except Exception as error:
            update = JobUpdate(job.key, job.title, 1.0, done=True, failure=sentence(error))
        if update.done:
            self._jobs.popleft()
        self._tell_job(update)
        if not self._jobs:
            return_holes()

    def _tell_job(self, update: JobUpdate) -> None:
        now = time.monotonic()
        if update.done or update.changed or update.fraction == 0 or now - self._told > PROGRESS_S:
            self._told = now
            self._answer(self._jobs_request, "job_changed", update)
        if update.done:
            self._report_memory(self._jobs_request)

    # ---- answers ---------------------------------------------------------------------------------------------

    def _ready(self) -> Analysis:
        if self._session is None:
            self._session = self._factory(self._device)
        return self._session

    def _tick(self, request: Request, signal: str = "", *args: Any) -> Tick:
        """Raises Cancelled once the request is no longer wanted; tells the fraction, but not too often."""
        told = time.monotonic()

        def tick(fraction: float = 0.0, /) -> None:
            nonlocal told
            if not self._tickets.wanted(request):
                raise Cancelled
            if signal and time.monotonic() - told > PROGRESS_S:
                told = time.monotonic()
                self._answer(request, signal, *args, fraction)

        return tick

    def _answer(self, request: Request, signal: str, *args: Any) -> None:
        self.answered.emit(Answer(request, signal, args))

    def _fail(self, request: Request, words: str) -> None:
        kind, _, view = request.channel.partition(":")
        if kind == "look":
            self._answer(request, "figure_failed", view, words)
        else:
            self._answer(request, "prompt_failed" if kind == "prompt" else "open_failed", words)

    def _report_memory(self, request: Request) -> None:
        if self._session is not None and (memory := self._session.memory()) != self._memory:
            self._memory = memory
            self._answer(self._jobs_request, "memory_changed", memory)


def sentence(error: Exception) -> str:
    """What to tell a person about an error; one that nobody foresaw is also logged with its traceback."""
    if isinstance(error, UserError):
        return str(error)
    log.error("The analysis failed.", exc_info=error)
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return "Not enough memory for this; ask for fewer samples or tokens, or choose the CPU under Model ▸ Device."
    first = str(error).strip().partition("\n")[0][:160]
    return f"The analysis failed ({type(error).__name__}{': ' if first else ''}{first}); the log has the details."


class Worker(QObject):
    """What the window asks and hears. Every signal arrives on the GUI thread, for requests that are still wanted."""

    catalogue_ready = Signal(object)
    opened = Signal(object, object)
    """(facts, the request that they answer)."""
    open_failed = Signal(str)
    open_progressed = Signal(float)
    prompt_ready = Signal(object)
    prompt_failed = Signal(str)
    data_opened = Signal(str)
    device_changed = Signal(object)
    figure_ready = Signal(str, object)
    figure_failed = Signal(str, str)
    figure_waiting = Signal(str, str)
    look_progressed = Signal(str, float)
    job_changed = Signal(object)
    memory_changed = Signal(str)

    _requested = Signal(object)

    def __init__(
        self,
        factory: Callable[[str], Analysis] = make_session,
        device: str = "auto",
        parent: QObject | None = None,
    ) -> None:
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
        wanted; or open_failed. Looks that wait for the present model are dropped."""
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

    def drop_looks(self) -> None:
        """No look asked so far is wanted any more."""
        self._tickets.drop_older("look", self._tickets.issue("drop"))

    def begin(self, study: str, what: Hashable) -> None:
        """Line up a study that no view shows; its last job_changed says how it ended."""
        self._ask("begin", f"begin:{study}", study, what)

    def score_again(self) -> None:
        self._ask("score_again", "job control")

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
