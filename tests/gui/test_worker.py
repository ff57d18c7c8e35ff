"""The worker with a session that can be held: who wins, who waits, who ends."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from analysis.values import HeadId, JobUpdate, OpenRequest, PromptSpec, Selection, UserError
from gui.work.worker import Worker
from tests.gui.fake_session import FakeSession

A, B, C = (Selection(HeadId(0, index)) for index in range(3))


class Heard:
    """Everything that a worker said, in order."""

    def __init__(self, worker: Worker) -> None:
        self.said: list[tuple[str, tuple[Any, ...]]] = []
        for name in ("opened", "open_failed", "prompt_ready", "prompt_failed", "figure_ready", "figure_failed",
                     "figure_waiting", "look_progressed", "job_changed", "memory_changed", "device_changed"):
            getattr(worker, name).connect(self._note(name))

    def _note(self, name: str) -> Any:
        return lambda *args: self.said.append((name, args))

    def all(self, name: str) -> list[tuple[Any, ...]]:
        return [args for said, args in self.said if said == name]

    def done(self, key: str) -> bool:
        return any(update.key == key and update.done for (update,) in self.all("job_changed"))


@pytest.fixture
def worker(session: FakeSession, qtbot: QtBot) -> Iterator[Worker]:
    worker = Worker(lambda device: session)
    with qtbot.waitSignal(worker.catalogue_ready):
        worker.start()
    yield worker
    session.gate.set()
    assert worker.stop()


@pytest.fixture
def heard(worker: Worker) -> Heard:
    return Heard(worker)


@pytest.fixture
def opened(worker: Worker, heard: Heard, qtbot: QtBot) -> Heard:
    """The demo is open and its jobs are done."""
    worker.open(OpenRequest())
    qtbot.waitUntil(lambda: heard.done("composition"))
    return heard


def hold(session: FakeSession, qtbot: QtBot) -> None:
    session.gate.clear()
    session.held.clear()


def test_that_opening_tells_the_model_then_its_prompt_then_its_jobs(opened: Heard) -> None:
    names = [name for name, _ in opened.said if name != "memory_changed"]
    assert names[:3] == ["opened", "prompt_ready", "job_changed"]
    assert opened.all("opened")[0][0].demo


def test_that_a_look_is_answered_with_its_figure(worker: Worker, opened: Heard, qtbot: QtBot) -> None:
    with qtbot.waitSignal(worker.figure_ready) as answer:
        worker.look("qk", B)
    assert answer.args[0] == "qk"
    assert answer.args[1].title == "L0H1 qk"


def test_that_only_the_newest_look_of_a_view_is_computed(
    worker: Worker, session: FakeSession, opened: Heard, qtbot: QtBot
) -> None:
    hold(session, qtbot)
    worker.look("ov", A)  # Holds the thread while the others queue up.
    assert session.held.wait(5)
    for selection in (A, B, C):
        worker.look("qk", selection)
    session.gate.set()
    qtbot.waitUntil(lambda: len(opened.all("figure_ready")) == 2)
    assert [figure.title for _, figure in opened.all("figure_ready")] == ["L0H0 ov", "L0H2 qk"]
    assert [view for view, _ in session.named("look")].count("qk") == 1


def test_that_a_newer_look_cancels_the_running_one(
    worker: Worker, session: FakeSession, opened: Heard, qtbot: QtBot
) -> None:
    hold(session, qtbot)
    worker.look("qk", A)
    assert session.held.wait(5)
    worker.look("qk", B)
    qtbot.waitUntil(lambda: bool(session.named("cancelled")))
    session.gate.set()
    qtbot.waitUntil(lambda: bool(opened.all("figure_ready")))
    assert [figure.title for _, figure in opened.all("figure_ready")] == ["L0H1 qk"]


def test_that_a_look_of_another_view_does_not_cancel_the_running_one(
    worker: Worker, session: FakeSession, opened: Heard, qtbot: QtBot
) -> None:
    hold(session, qtbot)
    worker.look("qk", A)
    assert session.held.wait(5)
    worker.look("ov", A)
    time.sleep(0.03)
    session.gate.set()
    qtbot.waitUntil(lambda: len(opened.all("figure_ready")) == 2)
    assert not session.named("cancelled")


def test_that_an_answer_on_its_way_is_dropped_when_a_newer_look_was_asked(
    worker: Worker, session: FakeSession, opened: Heard, qtbot: QtBot
) -> None:
    worker.look("qk", A)
    deadline = time.monotonic() + 5
    while len(session.named("look")) < 1 and time.monotonic() < deadline:
        time.sleep(0.005)  # No event loop here: the answer waits in this thread's queue.
    time.sleep(0.05)
    worker.look("qk", B)
    qtbot.waitUntil(lambda: bool(opened.all("figure_ready")))
    assert [figure.title for _, figure in opened.all("figure_ready")] == ["L0H1 qk"]


def test_that_a_long_look_reports_progress(worker: Worker, session: FakeSession, opened: Heard, qtbot: QtBot) -> None:
    hold(session, qtbot)
    worker.look("qk", A)
    qtbot.waitUntil(lambda: ("qk", 0.5) in opened.all("look_progressed"))


def test_that_a_refusal_arrives_word_for_word(
    worker: Worker, session: FakeSession, opened: Heard, qtbot: QtBot
) -> None:
    session.look_error = UserError("Cross heads have no lag; choose a self head.")
    with qtbot.waitSignal(worker.figure_failed) as answer:
        worker.look("qk", A)
    assert answer.args == ["qk", "Cross heads have no lag; choose a self head."]


def test_that_an_unforeseen_error_becomes_a_sentence_and_is_logged(
    worker: Worker, session: FakeSession, opened: Heard, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    session.look_error = RuntimeError("mat1 and mat2\nmore lines")
    with caplog.at_level(logging.ERROR), qtbot.waitSignal(worker.figure_failed) as answer:
        worker.look("qk", A)
    assert "RuntimeError: mat1 and mat2)" in answer.args[1]
    assert "\n" not in answer.args[1]
    assert "Traceback" in caplog.text
    session.look_error = None
    with qtbot.waitSignal(worker.figure_ready):  # The thread lives on.
        worker.look("qk", A)


def test_that_a_view_waits_in_words_until_its_job_is_done(
    worker: Worker, session: FakeSession, heard: Heard, qtbot: QtBot
) -> None:
    session.job_steps = 10_000
    worker.open(OpenRequest())
    with qtbot.waitSignal(worker.figure_waiting) as answer:
        worker.look("composition", A)
    assert answer.args == ["composition", "composition is being computed."]


def test_that_looks_go_before_the_slices_of_a_job(
    worker: Worker, session: FakeSession, heard: Heard, qtbot: QtBot
) -> None:
    session.job_steps, session.slice_s = 10_000, 0.02
    worker.open(OpenRequest())
    qtbot.waitUntil(lambda: len(session.named("slice")) > 2)
    before = len(session.named("slice"))
    for view in ("qk", "ov", "pattern"):
        worker.look(view, A)
    qtbot.waitUntil(lambda: len(heard.all("figure_ready")) == 3)
    looks = [place for place, (name, _) in enumerate(session.calls) if name == "look"]
    assert looks[2] - looks[0] == 2  # No slice came between them …
    assert not heard.done("scores")
    qtbot.waitUntil(lambda: len(session.named("slice")) > before + 3)  # … and the job goes on after them.


def test_that_jobs_can_be_cancelled_and_say_so(
    worker: Worker, session: FakeSession, heard: Heard, qtbot: QtBot
) -> None:
    session.job_steps, session.slice_s = 10_000, 0.002
    worker.open(OpenRequest())
    qtbot.waitUntil(lambda: len(session.named("slice")) > 2)
    worker.cancel_jobs()
    qtbot.waitUntil(lambda: heard.done("scores") and heard.done("composition"))
    count = len(session.named("slice"))
    qtbot.wait(50)
    assert len(session.named("slice")) == count
    last: JobUpdate = heard.all("job_changed")[-1][0]
    assert "cancelled" in last.failure


def test_that_a_job_that_fails_says_why_and_the_next_one_runs(
    worker: Worker, session: FakeSession, heard: Heard, qtbot: QtBot
) -> None:
    session.job_error = UserError("The weights are not finite; choose another file.")
    worker.open(OpenRequest())
    qtbot.waitUntil(lambda: heard.done("scores") and heard.done("composition"))
    failures = [update.failure for (update,) in heard.all("job_changed") if update.done]
    assert failures == ["The weights are not finite; choose another file."] * 2


def test_that_another_model_ends_the_jobs_and_looks_of_the_one_before(
    worker: Worker, session: FakeSession, heard: Heard, qtbot: QtBot
) -> None:
    session.job_steps, session.slice_s = 10_000, 0.002
    worker.open(OpenRequest())
    qtbot.waitUntil(lambda: len(session.named("slice")) > 2)
    hold(session, qtbot)
    worker.look("qk", A)
    assert session.held.wait(5)
    session.job_steps = 3
    worker.open(OpenRequest("other.pt"))
    qtbot.waitUntil(lambda: bool(session.named("cancelled")))
    session.gate.set()
    qtbot.waitUntil(lambda: heard.done("composition"))
    assert [facts.name for facts, _ in heard.all("opened")] == ["demo", "other.pt"]
    assert not heard.all("figure_ready")


def test_that_a_file_that_does_not_open_leaves_model_and_jobs_alone(
    worker: Worker, session: FakeSession, heard: Heard, qtbot: QtBot
) -> None:
    session.job_steps, session.slice_s = 20, 0.005
    worker.open(OpenRequest())
    qtbot.waitUntil(lambda: bool(session.named("slice")))
    worker.open(OpenRequest("bad.pt"))
    qtbot.waitUntil(lambda: heard.done("composition"))
    assert heard.all("open_failed") == [("bad.pt is not a checkpoint; choose another file.",)]
    assert len(heard.all("opened")) == 1


def test_that_a_model_that_was_opened_is_told_although_a_newer_file_was_asked_for(
    worker: Worker, session: FakeSession, heard: Heard, qtbot: QtBot
) -> None:
    worker.open(OpenRequest("one.pt"))
    deadline = time.monotonic() + 5
    while not session.named("jobs") and time.monotonic() < deadline:
        time.sleep(0.005)  # No event loop here: the answer waits in this thread's queue.
    worker.open(OpenRequest("bad.pt"))
    qtbot.waitUntil(lambda: bool(heard.all("open_failed")))
    assert [facts.name for facts, _ in heard.all("opened")] == ["one.pt"]


def test_that_of_two_files_opened_at_once_the_last_one_stays(
    worker: Worker, session: FakeSession, heard: Heard, qtbot: QtBot
) -> None:
    hold(session, qtbot)
    worker.open(OpenRequest("one.pt"))
    assert session.held.wait(5)
    worker.open(OpenRequest("two.pt"))
    worker.open(OpenRequest("three.pt"))
    qtbot.waitUntil(lambda: bool(session.named("cancelled")))
    session.gate.set()
    qtbot.waitUntil(lambda: bool(heard.all("opened")))
    assert [facts.name for facts, _ in heard.all("opened")] == ["three.pt"]
    assert session.named("open") == ["one.pt", "three.pt"]


def test_that_a_model_comes_with_the_prompt_that_was_asked_for_and_no_other(
    worker: Worker, session: FakeSession, heard: Heard, qtbot: QtBot
) -> None:
    request = OpenRequest("one.pt", prompt=PromptSpec("random", (("length", "9"),)))
    worker.open(request)
    qtbot.waitUntil(lambda: heard.done("composition"))
    assert heard.all("opened")[0][1] is request
    assert [facts.spec for (facts,) in heard.all("prompt_ready")] == [request.prompt]
    assert session.named("prompt") == [request.prompt]


def test_that_a_model_whose_prompt_cannot_be_made_has_the_default_one_and_says_why(
    worker: Worker, heard: Heard, qtbot: QtBot
) -> None:
    worker.open(OpenRequest("one.pt", prompt=PromptSpec("random", (("length", "500"),))))
    qtbot.waitUntil(lambda: heard.done("composition"))
    names = [name for name, _ in heard.said if name != "memory_changed"]
    assert names[:3] == ["opened", "prompt_ready", "prompt_failed"]
    assert heard.all("prompt_ready")[0][0].spec == PromptSpec("random")
    assert heard.all("prompt_failed") == [("500 tokens do not fit; choose a shorter length.",)]


def test_that_a_refused_prompt_says_why(worker: Worker, opened: Heard, qtbot: QtBot) -> None:
    with qtbot.waitSignal(worker.prompt_failed) as answer:
        worker.set_prompt(PromptSpec("random", (("length", "500"),)))
    assert answer.args == ["500 tokens do not fit; choose a shorter length."]


def test_that_a_device_that_is_not_there_is_refused(worker: Worker, opened: Heard, qtbot: QtBot) -> None:
    with qtbot.waitSignal(worker.open_failed):
        worker.set_device("cuda:0")
    with qtbot.waitSignal(worker.device_changed):
        worker.set_device("cpu")


def test_that_an_analysis_that_cannot_start_says_so(qtbot: QtBot) -> None:
    def refuse(device: str) -> FakeSession:
        raise UserError(f"There is no device {device}; choose auto.")

    worker = Worker(refuse, "cuda")
    with qtbot.waitSignal(worker.open_failed) as answer:
        worker.start()
    assert answer.args == ["There is no device cuda; choose auto."]
    assert worker.stop()


@pytest.mark.parametrize("work", ["open", "look", "job"])
def test_that_stopping_during_any_work_takes_less_than_two_seconds(
    work: str, session: FakeSession, qtbot: QtBot
) -> None:
    worker = Worker(lambda device: session)
    heard = Heard(worker)
    session.job_steps, session.slice_s = 100_000, 0.01
    worker.start()
    if work == "open":
        session.gate.clear()
    worker.open(OpenRequest())
    if work == "look":
        qtbot.waitUntil(lambda: bool(heard.all("opened")))
        hold(session, qtbot)
        worker.look("qk", A)
    assert session.held.wait(5)
    if work == "job":
        qtbot.waitUntil(lambda: len(session.named("slice")) > 1)
    begin = time.monotonic()
    assert worker.stop()
    assert time.monotonic() - begin < 2
    assert not worker.findChild(QThread).isRunning()


def test_that_nothing_is_heard_after_stopping(session: FakeSession, qtbot: QtBot) -> None:
    worker = Worker(lambda device: session)
    with qtbot.waitSignal(worker.catalogue_ready):
        worker.start()
    heard = Heard(worker)
    worker.open(OpenRequest())
    assert worker.stop()
    qtbot.wait(50)
    assert not heard.said


def test_that_the_collector_is_off_while_the_worker_runs(session: FakeSession, qtbot: QtBot) -> None:
    worker = Worker(lambda device: session)
    worker.start()
    assert not gc.isenabled()
    assert worker.stop()
    assert gc.isenabled()


def test_that_a_study_that_a_look_asks_for_runs_before_the_jobs_of_the_model(
    worker: Worker, heard: Heard, session: FakeSession, qtbot: QtBot
) -> None:
    session.job_steps, session.slice_s, session.wanted = 20, 0.01, ["study"]
    worker.open(OpenRequest())
    worker.look("qk", A)
    qtbot.waitUntil(lambda: heard.done("study") and heard.done("composition"), timeout=5000)
    order = list(dict.fromkeys(key for key in session.named("slice") if key != "scores"))
    assert order == ["study", "composition"]


def begin_study(worker: Worker, session: FakeSession, qtbot: QtBot) -> None:
    """A look has asked for a study that never ends by itself, and it is at work."""
    session.job_steps, session.slice_s, session.wanted = 100_000, 0.001, ["study"]
    worker.look("qk", A)
    qtbot.waitUntil(lambda: len(session.named("slice")) > 12)


def test_that_cancelling_closes_the_jobs_and_says_so(
    worker: Worker, opened: Heard, session: FakeSession, qtbot: QtBot
) -> None:
    begin_study(worker, session, qtbot)
    worker.cancel_jobs()
    qtbot.waitUntil(lambda: opened.done("study"))
    assert session.named("closed") == ["study"]


def test_that_a_study_that_scoring_again_drops_is_told_to_have_ended(
    worker: Worker, opened: Heard, session: FakeSession, qtbot: QtBot
) -> None:
    begin_study(worker, session, qtbot)
    worker.score_again()
    qtbot.waitUntil(lambda: opened.done("study"))
