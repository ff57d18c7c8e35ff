"""Studies: asked once, told on the way, forgotten with what they depend on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from analysis.prompts.repeated_random import repeated_random_spec
from analysis.session import jobs
from analysis.session.jobs import LINED_UP, Job
from analysis.session.session import Session
from analysis.studies import Study
from analysis.values import NotReady, StudyInfo, UserError
from analysis.values.work import Work, finish, part


def counting(session: Session, what: Any) -> Work[Any]:
    """Counts to `what`, telling every number."""
    if what == "bad":
        raise UserError("This cannot be counted; give a number.")
    for number in range(what):
        yield number / what, number + 1
    return "all"


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setattr(jobs, "TOLD_S", -1.0)
    session = Session("cpu")
    session.open(None)
    session.set_prompt(None)
    session.studies["count"] = Study(StudyInfo("count", "Counting", follows_prompt=False), counting)
    session.studies["prompt"] = Study(StudyInfo("prompt", "Counting"), counting)
    return session


def begin(session: Session, key: str, what: Any) -> Job:
    with pytest.raises(NotReady, match="Counting is being computed"):
        session.study(key, what)
    (job,) = session.new_jobs()
    return job


def test_that_a_study_is_asked_once_tells_on_the_way_and_is_kept(session: Session) -> None:
    job = begin(session, "count", 2)
    update = next(job)
    assert (update.key, update.fraction, update.changed, update.done) == ("count", 0.0, True, False)
    assert session.study("count", 2) == (1, False)
    assert [update.done for update in job] == [False, True]
    assert session.study("count", 2) == ("all", True)
    assert session.new_jobs() == ()


def test_that_a_failed_study_says_why_to_all_who_ask(session: Session) -> None:
    job = begin(session, "count", "bad")
    (update,) = job
    assert (update.done, update.changed) == (True, True)
    assert update.failure == "This cannot be counted; give a number."
    with pytest.raises(UserError, match="This cannot be counted"):
        session.study("count", "bad")
    assert session.new_jobs() == ()


def test_that_an_unforeseen_error_ends_the_study_and_the_next_to_ask_starts_it_anew(session: Session) -> None:
    job = begin(session, "count", "2")
    with pytest.raises(TypeError):
        next(job)
    assert list(job) == []
    begin(session, "count", "2")


def test_that_a_cancelled_study_keeps_what_it_found_and_starts_anew_when_asked(session: Session) -> None:
    job = begin(session, "count", 3)
    next(job)
    job.close()
    assert list(job) == []
    assert session.study("count", 3) == (1, False)
    (again,) = session.new_jobs()
    list(again)
    assert session.study("count", 3) == ("all", True)


def test_that_scoring_again_restarts_what_is_unfinished(session: Session) -> None:
    old = begin(session, "count", 3)
    next(old)
    *_, new = session.start_jobs()
    assert list(old) == []
    assert list(new)[-1].done


@pytest.mark.parametrize(
    "change", [lambda session: session.set_prompt(repeated_random_spec()), lambda session: session.open(None)]
)
def test_that_a_study_is_forgotten_with_its_prompt_and_its_model(
    change: Callable[[Session], Any], session: Session
) -> None:
    job = begin(session, "prompt", 1)
    next(job)
    change(session)
    session.loaded.prompt or session.set_prompt(None)
    begin(session, "prompt", 1)


def test_that_a_study_of_the_model_survives_another_prompt(session: Session) -> None:
    list(begin(session, "count", 1))
    session.set_prompt(repeated_random_spec())
    assert session.study("count", 1) == ("all", True)


def test_that_older_unfinished_studies_of_a_key_give_way(session: Session) -> None:
    begun = [begin(session, "count", 10 + number) for number in range(LINED_UP + 2)]
    assert [bool(list(job)) for job in begun] == [False] * 2 + [True] * LINED_UP


def test_that_a_cancelled_study_of_every_model_is_begun_by_score_again_alone(session: Session) -> None:
    (scores,) = [job for job in session.start_jobs() if job.key == "scores"]
    next(scores)
    scores.close()
    with pytest.raises(NotReady, match=r"The heads are being scored\."):
        session.study("scores")
    assert session.new_jobs() == ()
    (again,) = [job for job in session.start_jobs() if job.key == "scores"]
    *_, last = again
    assert last.result is session.study("scores")[0]
    assert [job.key for job in session.start_jobs()] == ["composition", "scores", "answer", "handwriting"]
    assert session.study("scores") == (last.result, False)


def test_that_a_part_of_longer_work_has_its_share_of_the_progress_and_no_result_on_the_way(session: Session) -> None:
    assert list(part(counting(session, 2), 0.5, 1.0)) == [(0.5, None), (0.75, None)]
    assert finish(part(counting(session, 2), 0.5, 1.0)) == "all"
