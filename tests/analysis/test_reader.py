"""The word for a cross-attention head: as a rule, on heads built by hand, on random weights and on real ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from analysis.causal.effects import Effects
from analysis.figures.table import Table
from analysis.handwriting.codec import PUBLIC
from analysis.measures.scores.reading._lines import LINES
from analysis.model.model import Model
from analysis.model.transformer import forward
from analysis.model.vocabulary import strokes
from analysis.prompts.handwriting import PROMPT
from analysis.prompts.prompt import Prompt
from analysis.session.session import Session
from analysis.studies.handwriting.cross_attention import words
from analysis.values import Called, HeadId, NotReady, Selection
from analysis.values.work import finish
from analysis.verdict.cross_attention import (
    RULE,
    WALK,
    AblationEffect,
    ReadingEvidence,
    gather_reading,
    judge_reader,
    with_control,
    without_reading,
)
from analysis.verdict.measured import Measured
from analysis.verdict.wording.facts import EFFECT
from tests.shared_data import CHECKPOINT, HANDWRITING, needs_shared

from .handmade import CROSSED, random_model
from .test_reading_scores import data_set, reader, score
from .test_views import session_of

WORDS = ("nine", "tee", "or", "a", "stone", "seven", "two", "net", "interest", "queen", "lot", "zebra", "under", "so")
CONFIG = replace(CROSSED, d_vocab=PUBLIC.size, d_vocab_context=len(PUBLIC.alphabet) + 1, n_ctx=120, n_ctx_context=24)


def random_reader(data: str, seed: int = 0, spread: float = 0.4) -> Model:
    return replace(random_model(CONFIG, seed, spread), vocabulary=strokes(PUBLIC.size), data=data)


def lines(model: Model) -> Prompt:
    return with_control(PROMPT.make(model, LINES))


def read(model: Model) -> ReadingEvidence:
    return finish(gather_reading(model, lines(model)))


def test_that_the_control_is_the_same_ink_beside_the_text_of_another_line(tmp_path: Path) -> None:
    plain = PROMPT.make(model := random_reader(data_set(tmp_path, WORDS)), LINES)
    both, n = lines(model), len(plain.tokens)
    assert torch.equal(both.tokens, plain.tokens.repeat(2, 1))
    assert plain.context is not None
    assert both.context is not None
    assert both.writing is not None
    assert plain.writing is not None
    for line in range(n):
        for part, whole in ((plain.context, both.context), (plain.writing.letters, both.writing.letters),
                            (plain.writing.text, both.writing.text)):
            assert torch.equal(whole[line], part[line])
            assert torch.equal(whole[n + line], part[line - 1])


def test_that_walks_are_those_of_the_score_and_the_gain_that_of_the_losses(tmp_path: Path) -> None:
    model = random_reader(data_set(tmp_path, WORDS))
    found, both = read(model), lines(model)
    scores = score(model, 12)
    for head, walk in found.walks.items():
        assert walk.value == pytest.approx(scores.value("letter_walk", head), abs=1e-5)
    lost = finish(finish(forward(model, both.tokens, both.context)).losses()).numpy()
    assert both.writing is not None
    inked = (both.writing.strokes[:, 1:] >= 0).numpy()
    means = np.array([line[there].mean() for line, there in zip(lost, inked, strict=True)])
    assert found.gain.value == pytest.approx((means[12:] - means[:12]).mean(), abs=1e-5)
    after = lost + np.where(np.arange(24) < 12, 0.5, 0.1)[:, None]
    ablation = without_reading(both, Effects((), lost, after[None].astype(np.float32), None, 0))
    assert (ablation.own.value, ablation.other) == pytest.approx((0.5, 0.1), abs=1e-5)
    assert ablation.specific.value == pytest.approx(0.4, abs=1e-5)


def test_that_a_head_that_walks_by_position_is_no_reader(tmp_path: Path) -> None:
    """Words of one length: what walks along one text walks along the other."""
    data = data_set(tmp_path, ("nine", "tone", "tens", "seen"))
    empty = reader(96, {0: torch.zeros(96, dtype=torch.int64)}, data)
    ink = lines(empty).writing.strokes[0]  # type: ignore[union-attr]
    place = torch.zeros(96, dtype=torch.int64)
    for word in range(3):
        members = torch.nonzero(ink == word).flatten()
        place[members] = 5 * word + torch.arange(len(members)) * 4 // max(1, len(members))
    found = read(reader(96, {0: place}, data))
    (walk,) = found.walks.values()
    assert words(found) == {HeadId(0, 0, "cross"): Called(("none",))}
    assert words(ReadingEvidence({HeadId(0, 0, "cross"): WALKS}, HELPS)) == {HeadId(0, 0, "cross"): Called(("reader",))}
    assert walk.value > 0.9
    verdict = judge_reader(walk, HELPS, None)
    assert verdict.word == "none"
    assert "it goes by position" in verdict.doubts[0]


def test_that_over_random_weights_no_more_models_have_a_reader_than_the_rule_says(tmp_path: Path) -> None:
    data = data_set(tmp_path, WORDS)
    found = [read(random_reader(data, seed, 0.2 + 0.04 * seed)).walks.values() for seed in range(50)]
    assert "5%" in RULE[-2]
    assert sum(any(judge_reader(walk, HELPS, None).word == "reader" for walk in walks) for walks in found) <= 0.05 * 50
    # Nor does the threshold alone see to that: chance does.
    assert sum(any(walk.real for walk in walks) for walks in found) <= 0.1 * 50


HELPS = Measured(0.9, 0.8, 1.0)
WALKS = Measured(0.9, 0.88, 0.92, 0.5, 1e-6)


def ablation(own: float, other: float) -> AblationEffect:
    beyond = own - other
    return AblationEffect(Measured(own, own - 0.01, own + 0.01), other, Measured(beyond, beyond - 0.01, beyond + 0.01))


@pytest.mark.parametrize(
    ("walk", "gain", "ablated", "said", "doubt"),
    [
        (WALKS, HELPS, None, "reader", ""),
        (WALKS, HELPS, ablation(0.2, 0.0), "reader, confirmed", ""),
        (WALKS, HELPS, ablation(EFFECT - 0.01, 0.0), "reader, unconfirmed", "It walks through the letters, but"),
        (WALKS, HELPS, ablation(0.2, 0.2), "reader, unconfirmed", "+0.20 beside another text"),
        (WALKS, Measured(0.0, -0.1, 0.1), ablation(0.2, 0.0), "reader", "nothing to confirm"),
        (replace(WALKS, value=WALK - 0.01), HELPS, ablation(0.0, 0.0), "none", ""),
        (replace(WALKS, value=WALK - 0.01), HELPS, ablation(0.2, 0.0), "none", "No walk of its own"),
        (replace(WALKS, q=0.2), HELPS, None, "none", "by position"),
        (replace(WALKS, low=0.4), HELPS, None, "none", "by position"),
    ],
)
def test_that_the_rule_gives_word_confirmation_and_doubt(
    walk: Measured, gain: Measured, ablated: AblationEffect | None, said: str, doubt: str
) -> None:
    verdict = judge_reader(walk, gain, ablated)
    assert str(verdict) == said
    assert (doubt in verdict.doubts[0]) if doubt else verdict.doubts == ()


def card(session: Session, head: HeadId) -> Table:
    figure = session.figure("head_card", Selection(head))
    assert isinstance(figure, Table)
    return figure


def test_that_the_cards_of_the_handwriting_demo_s_cross_heads_say_that_none_reads() -> None:
    """It copies strokes, and was given no use for the text."""
    session = Session("cpu")
    session.open("demo:handwriting")
    for head in session.model.heads:
        if head.kind == "cross":
            with pytest.raises(NotReady):
                session.study("cross_attention", (session.model.data, head))
            assert [list(job)[-1].words for job in session.new_jobs()] == [()]  # what ablation does is no word
            figure = card(session, head)
            assert figure.title == f"{head}: none"
            assert "no better beside its own text" in figure.rows[0].cells[0]
            folded = [row.cells[0] for row in figure.rows if row.folds]
            assert folded == ["The whole model", "Over how far", "How the words are derived"]
            assert figure.rows[-1].cells[0] == RULE[-1]


def test_that_a_card_without_a_word_says_why_in_a_sentence(tmp_path: Path) -> None:
    head = HeadId(0, 0, "cross")
    silent = card(session_of(replace(random_reader(""), data=None)), head)
    assert silent.title == str(head)
    assert "open a handwriting data set" in silent.rows[0].cells[0]
    other = card(session_of(random_model(CROSSED)), head)
    assert "only of handwriting is it known" in other.rows[0].cells[0]


@needs_shared
def test_that_the_real_checkpoint_s_readers_are_its_late_heads_and_ablation_confirms_the_strongest() -> None:
    session = Session("cpu")
    session.open(str(CHECKPOINT), data=str(HANDWRITING))
    found = read(session.model)
    readers = {str(head) for head, walk in found.walks.items() if judge_reader(walk, found.gain, None).word == "reader"}
    assert readers == {"L2X0", "L2X2", "L2X3", "L3X0", "L3X1", "L3X2", "L3X3"}
    assert card(session, HeadId(3, 1, "cross")).title == "L3X1: reader, confirmed"


def test_that_the_card_of_a_self_attention_head_lines_up_the_words_of_the_readers() -> None:
    session = Session("cpu")
    session.open("demo:handwriting")
    card(session, HeadId(0, 0))
    words = [list(job)[-1].words for job in session.new_jobs() if job.key == "cross_attention"]
    assert words or session.study("cross_attention", (session.model.data, None))[1]
