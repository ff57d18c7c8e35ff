"""The worker thread's side: requests in order, and one slice of a job whenever none waits."""

import logging
import sys
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Protocol

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from analysis.figures.figure import Figure
from analysis.values import (
    Asked,
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
from gui.work.memory import return_holes
from gui.work.preload import preload_torch
from gui.work.tickets import Answer, Request, Tickets

log = logging.getLogger(__name__)

PROGRESS_S = 0.05
SWITCH_S = 0.0001
"""How long the worker may keep the interpreter lock while the GUI thread waits for it."""


class Job(Protocol):
    """A study at work: an iterator of updates, each next() at most 100 ms."""

    key: str
    title: str

    def __next__(self) -> JobUpdate: ...
    def close(self) -> None: ...


class Analysis(Protocol):
    """What the worker needs of analysis.session.Session."""

    def catalogue(self) -> Catalogue: ...
    def open(self, path: str | None, n_head: int | None = ..., data: str | None = ...,
             tick: Tick = ...) -> ModelFacts: ...
    def set_prompt(self, spec: PromptSpec | None, tick: Tick = ...) -> PromptFacts: ...
    def set_data(self, path: str, tick: Tick = ...) -> PromptFacts: ...
    def look(self, view: str, selection: Selection, tick: Tick = ...) -> Figure: ...
    def set_device(self, name: str, tick: Tick = ...) -> ModelFacts: ...
    def ask(self, asked: Asked) -> None: ...
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
        reason = str(error).strip().partition("\n")[0][:200]
        raise UserError(f"torch does not load ({reason}); install it anew with python -m pip install --force-reinstall "
                        "torch, and update the driver of the graphics card if there is one.") from error
    return Session(device)


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
            self._report_memory()

    def _start(self, request: Request) -> None:
        sys.setswitchinterval(SWITCH_S)
        self._answer(request, "catalogue_ready", self._ready().catalogue())

    def _open(self, request: Request, wanted: OpenRequest) -> None:
        tick = self._tick(request, "open_progressed")
        facts = self._ready().open(wanted.path, wanted.n_heads, wanted.data, tick)
        self._jobs.clear()
        self._answer(request, "opened", facts, wanted)
        self._first_prompt(request, wanted.prompt)
        self._begin_jobs(request)

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
        self._begin_jobs(request)  # How heads read is scored on the data set.

    def _device_change(self, request: Request, name: str) -> None:
        facts = self._ready().set_device(name, self._tick(request))
        self._answer(request, "device_changed", facts)
        if self._jobs:  # Half-done work holds tensors of the old device.
            self._begin_jobs(request)

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

    def _ask_for_induction(self, request: Request, asked: Asked) -> None:
        session = self._ready()
        session.ask(asked)
        self._answer(request, "asked_changed", asked)
        self._take_up(session.new_jobs())

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

    def _begin_jobs(self, request: Request) -> None:
        """The work that every model gets."""
        before, self._jobs = self._jobs, deque(self._ready().start_jobs())
        for job in before:
            if all(job.key != new.key for new in self._jobs):  # Closed: it will not say itself that it has ended.
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
            self._report_memory()

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
            failed = {"prompt": "prompt_failed", "asking": "asking_failed"}
            self._answer(request, failed.get(kind, "open_failed"), words)

    def _report_memory(self) -> None:
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
