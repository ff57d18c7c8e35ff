"""The head card: what it says, and when, and that no word stands beside a number that contradicts it."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import replace

import pytest

from analysis.figures.table import Row, Table
from analysis.session.jobs import StudyState
from analysis.session.session import Session
from analysis.values import Asked, Called, HeadId, NotReady, Selection
from analysis.verdict.measured import Measured
from analysis.verdict.wording.facts import Answer, HeadFacts
from analysis.verdict.wording.sentences import sentences
from analysis.verdict.wording.words import PARTIAL, STRONG, called
from analysis.views.card._facts import rows_of, scale
from analysis.views.card._rows import line, written

from .induction.by_hand import IDLE, answer, edge, effect, group, looking, sure

EARLY, HEAD, OTHER = HeadId(0, 2), HeadId(1, 0), HeadId(1, 1)


@functools.cache
def demo() -> Session:
    session = Session("cpu")
    session.samples, session.asked = 8, Asked(samples=8)
    session.open("demo:handwriting")
    session.set_prompt(None)
    return session


@pytest.fixture
def untouched() -> Iterator[Session]:
    """The demo with no study begun, and none left half done for other tests."""
    session = demo()
    session.loaded.studies.forget(following_prompt=False)
    yield session
    session.loaded.studies.forget(following_prompt=False)


def card(session: Session, head: HeadId) -> Table:
    figure = session.look("head_card", Selection(head))
    assert isinstance(figure, Table)
    return figure


def texts(figure: Table) -> list[str]:
    return [row.cells[0] for row in figure.rows]


def cells(rows: list[Row]) -> dict[str, tuple[str, ...]]:
    return {row.cells[0]: row.cells[1:] for row in rows if not row.heading}


def test_that_the_card_says_what_it_waits_for_and_fills_as_the_answer_comes(untouched: Session) -> None:
    session = untouched
    first = card(session, HEAD)
    assert first.title == "L1H0"
    assert "Words being computed" in texts(first)
    jobs = {job.key: job for job in session.new_jobs()}
    assert set(jobs) == {"answer", "scores", "composition"}
    titles, updates = [], []
    for update in jobs["answer"]:
        updates.append(update)
        figure = card(session, HEAD)
        if figure.title not in titles:
            titles.append(figure.title)
        if not update.done and figure.title != "L1H0":
            assert "So far; more is being measured, which may change the words." in texts(figure)
    assert titles[0] == "L1H0"
    assert "L1H0: attends by content" in titles
    assert titles[-1] == "L1H0: induction, strong — confirmed alone"
    words = dict(updates[-1].words)
    assert words[HEAD] == Called(("induction", "strong"), "alone")
    assert words[HeadId(0, 0)].first == "previous-token"
    assert "So far; more is being measured, which may change the words." not in texts(card(session, HEAD))
    assert {job.key for job in session.new_jobs()} == {"cross_attention", "published"}


def test_that_the_list_hears_of_words_before_the_answer_is_whole(untouched: Session) -> None:
    session = untouched
    (job,) = (job for job in session.start_jobs() if job.key == "answer")
    job._told = -1e9  # as if the last update were long ago
    early: dict[HeadId, Called] = {}
    for update in job:
        job._told = -1e9
        early = early or dict(update.words)
    assert early[HEAD] == Called(("attends by content",))


def test_that_the_card_folds_what_is_said_of_all_heads_and_what_is_looked_up() -> None:
    session = demo()
    figure = session.figure("head_card", Selection(HEAD))
    assert isinstance(figure, Table)
    folded = [row.cells[0] for row in figure.rows if row.folds]
    assert folded == ["The whole model", "Over how far", "All scores, ± standard error", "Induction as published",
                      "How the words are derived"]  # fmt: skip
    found, _ = session.study("answer")
    said = texts(figure)
    at = said.index("The whole model")
    assert tuple(said[at + 1 : at + 1 + len(sentences(found))]) == sentences(found)
    assert f"{found.copies.by_length[0][0]} tokens" in said
    assert figure.note == f"{found.prompt}, 8 samples"


def test_that_what_reads_a_head_and_what_it_reads_can_be_clicked() -> None:
    figure = demo().figure("head_card", Selection(HEAD))
    assert isinstance(figure, Table)
    read = {row.cells[0]: row.head for row in figure.rows if row.head}
    assert read["K ← L0H0"] == HeadId(0, 0)
    early = demo().figure("head_card", Selection(HeadId(0, 0)))
    assert isinstance(early, Table)
    assert {row.cells[0]: row.head for row in early.rows if row.head}["K of L1H0"] == HEAD


@pytest.mark.parametrize(("share", "shown", "mark"), [
    (0.4996, "0.4996", "0.10"), (0.5004, "0.50", "0.50"), (0.25, "0.25", "0.10"), (0.0996, "0.0996", "0.10"),
    (0.04, "0.04", "0.10"), (0.92, "0.92", "0.50"),
])  # fmt: skip
def test_that_a_rounded_number_stands_on_its_side_of_every_mark(share: float, shown: str, mark: str) -> None:
    row = line("Share by content", sure(share, 0.00001), "", (PARTIAL, STRONG))
    assert (row.cells[1], row.cells[3]) == (shown, mark)
    grade = called(looking(share, copying=sure(2.0))).words
    facts = called(replace(looking(copying=sure(2.0)), share=sure(share, 0.00001)))
    assert ("strong" in facts.words) is (float(row.cells[1]) >= STRONG)
    assert ("induction" in facts.words) is (float(row.cells[1]) >= PARTIAL), grade
    assert scale(facts).startswith(f"{shown} — ")


def test_that_changes_are_signed_and_nothing_is_less_than_nothing() -> None:
    assert written(-0.001) == written(0.0) == "0.00"
    assert written(0.2, (0.05,), signed=True) == "+0.20"
    assert written(-0.0501, (0.05,), signed=True) == "-0.05"


def facts_of(found: Answer, head: HeadId = HEAD) -> list[Row]:
    return rows_of(found, found.heads[head])


def test_that_a_small_share_that_counts_in_a_group_is_shown_beside_the_mark_that_it_reaches() -> None:
    small = looking(0.05, head=HEAD, copying=sure(1.0), effect=effect(0.01, kept=0.4, shapley=0.3))
    found = answer(small, looking(0.4, head=OTHER, copying=sure(1.0)), groups=(group(HEAD, OTHER),))
    assert found.heads[HEAD].text == "induction, partial, in a group"
    rows = facts_of(found)
    told = "Share 0.05 — in a group from 0.02, partial from 0.10, strong from 0.50. On what followed (k = 1)."
    assert told in cells(rows)
    assert cells(rows)["It brings back"][:1] == ("+0.40",)
    assert cells(rows)["Shapley"][:1] == ("+0.30",)
    assert cells(rows)["Without all 2"][:1] == ("+2.00",)
    (beside,) = [row for row in rows if row.cells[0].startswith("with ")]
    assert (beside.cells[:2], beside.head) == ((f"with {OTHER}", "+1.00"), OTHER)


def test_that_an_edge_says_more_where_it_costs_more_with_others() -> None:
    cut = replace(edge(EARLY, HEAD, 0.1), together=sure(2.5), single=sure(0.1))
    found = answer(replace(IDLE, head=EARLY), looking(head=HEAD, copying=sure(2.0)), circuits=(cut,))
    rows = [row.cells[:2] for row in facts_of(found) if row.head]
    assert rows == [("K ← L0H2", "+0.10"), ("… into all", "+2.50")]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (looking(head=HEAD, copying=Measured(0.4, -0.1, 0.9)), "Its copying reaches the mark of 0.10, but"),
        (looking(head=HEAD, effect=replace(effect(0.4), told=Measured(0.4, -0.1, 0.9))), "Its effect reaches the mark"),
        (looking(head=HEAD, effect=effect(0.4, first=0.4)), "The first copy suffers as much"),
        (looking(0.8, (3, 2), head=HEAD), "On k = 3 past the earlier occurrence, then 2."),
    ],
)
def test_that_a_number_that_reaches_a_mark_in_vain_says_why(facts: HeadFacts, words: str) -> None:
    assert any(words in row.cells[0] for row in facts_of(answer(facts)))


def test_that_a_failed_answer_is_said_on_the_card() -> None:
    session = demo()
    session.loaded.studies.forget(following_prompt=False)
    study = session.studies["answer"]
    session.loaded.studies._states["answer"] = {None: StudyState(study, None, failure="No copy fits.", begun=True)}
    assert "No copy fits." in texts(card(session, HEAD))
    session.loaded.studies.forget(following_prompt=False)


def test_that_asking_for_the_answer_waits_in_words() -> None:
    session = demo()
    session.loaded.studies.forget(following_prompt=False)
    with pytest.raises(NotReady, match="The model is being asked for induction"):
        session.study("answer")
    session.loaded.studies.forget(following_prompt=False)
