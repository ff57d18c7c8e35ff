"""The head card: what it says, and when; its verdict against what ablation does to the demo."""

from __future__ import annotations

import functools

import pytest

from analysis.causal.effects import effects
from analysis.figures.table import Table
from analysis.session.head_case import case
from analysis.session.session import Session
from analysis.values import HeadId, NotReady, Selection
from analysis.verdict.ablation import ablation_effect, without
from analysis.verdict.evidence import Evidence
from analysis.verdict.verdict import Verdict, judge


def study(session: Session, key: str, what: object = None) -> object:
    """The whole result of a study."""
    try:
        session.study(key, what)  # type: ignore[arg-type]
    except NotReady:
        for job in session.new_jobs():
            list(job)
    result, whole = session.study(key, what)  # type: ignore[arg-type]
    assert whole
    return result


@functools.cache
def demo() -> Session:
    session = Session("cpu")
    session.samples = 16
    session.open("demo:textbook")
    session.set_prompt(None)
    return session


def card(session: Session, head: HeadId) -> Table:
    figure = session.look("head_card", Selection(head))
    assert isinstance(figure, Table)
    return figure


def cells(figure: Table) -> dict[str, tuple[str, ...]]:
    return {row.cells[0]: row.cells[1:] for row in figure.rows if not row.heading}


def test_that_the_card_says_what_it_waits_for_and_fills_as_studies_end() -> None:
    session, head = demo(), HeadId(1, 6)
    session.loaded.studies.forget(following_prompt=False)
    first = card(session, head)
    assert first.title == "L1H6"
    assert "Verdict being computed" in cells(first)
    evidence, *others = sorted(session.new_jobs(), key=lambda job: job.key != "evidence")
    assert {job.key for job in others} == {"scores", "composition"}
    words = dict(list(evidence)[-1].words)
    assert words == {other: "induction" if other.layer else words[other] for other in session.model.heads}
    assert words[HeadId(0, 2)] == "previous-token"
    second = card(session, head)
    assert second.title == "L1H6: induction"
    assert "Copy 2 being computed" in cells(second)
    (ablation,) = session.new_jobs()
    list(ablation)
    third = card(session, head)
    assert third.title == "L1H6: induction, confirmed"
    assert any("Others stand in for it: without all 8 induction heads" in row.cells[0] for row in third.rows)


def test_that_the_card_folds_published_variants_and_the_rule_away() -> None:
    session = demo()
    study(session, "evidence")
    folded = [row.cells[0] for row in card(session, HeadId(1, 6)).rows if row.folds]
    assert folded == ["All scores, ± standard error", "Induction as published", "How the word is derived"]


def test_that_the_demos_verdicts_name_the_heads_that_ablation_confirms() -> None:
    session = demo()
    for job in session.start_jobs():
        list(job)
    verdicts = {head: verdict_of(session, head) for head in session.model.heads}
    named = {head for head, verdict in verdicts.items() if verdict.word in ("induction", "previous-token")}
    confirmed = {head for head in named if verdicts[head].confirmed}
    induction = {head for head, verdict in verdicts.items() if verdict.word == "induction"}
    assert induction == {HeadId(1, index) for index in range(8)}
    assert HeadId(0, 2) in confirmed
    assert induction <= confirmed
    # Without the confirmed heads the second copy is as hard as the first; without all others it is easy still.
    others = tuple(head for head in session.model.heads if head not in confirmed)
    found = finish(effects(session.model, session.scoring_prompt(), [without(tuple(confirmed)), without(others)]))
    clean_gain = float(found.gain(found.clean).mean())
    gains = found.gain(found.losses).mean(1)
    assert gains[0] < 0.02 * clean_gain
    assert gains[1] > 0.85 * clean_gain


def finish(work: object) -> object:
    while True:
        try:
            next(work)  # type: ignore[call-overload]
        except StopIteration as end:
            return end.value


def verdict_of(session: Session, head: HeadId) -> Verdict:
    evidence = study(session, "evidence")
    assert isinstance(evidence, Evidence)
    found = study(session, "ablation", ((head,),))
    return judge(case(session, head, evidence, ablation_effect(found, 0)))  # type: ignore[arg-type]


def test_that_removal_reads_both_copies_off_the_losses() -> None:
    session = demo()
    found = study(session, "ablation", ((HeadId(0, 2),), (HeadId(1, 6),)))
    length = session.scoring_prompt().period or 0
    change = found.losses[0] - found.clean  # type: ignore[attr-defined]
    mine = ablation_effect(found, 0, 1, 2)  # type: ignore[arg-type]
    # A BOS stands first: the loss at index i is that of token i + 1, the (i + 1)th of the piece.
    first, second = change[:, 1:length].mean(1), change[:, length + 1 : 2 * length].mean(1)
    assert mine.second.value == pytest.approx(second.mean(), abs=1e-5)
    assert mine.first == pytest.approx(first.mean(), abs=1e-5)
    assert mine.specific.value == pytest.approx((second - first).mean(), abs=1e-5)
    assert mine.second.low < mine.second.value < mine.second.high


def test_that_evidence_agrees_with_the_scores() -> None:
    session = demo()
    for job in session.start_jobs():
        list(job)
    evidence, scores = study(session, "evidence"), session.found("scores")
    assert isinstance(evidence, Evidence)
    assert scores is not None
    for head, shares in evidence.by_head.items():
        assert shares.follower == pytest.approx(scores.value("induction", head), abs=1e-6)
        assert shares.induction.value == pytest.approx(scores.value("stripe", head), abs=1e-6)
        assert shares.duplicate.value == pytest.approx(scores.value("duplicate", head), abs=1e-6)
    assert evidence.gain.value == pytest.approx(
        scores.behaviour["first_loss"] - scores.behaviour["second_loss"], abs=1e-5
    )
