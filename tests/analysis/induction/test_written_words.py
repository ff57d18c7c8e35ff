"""Real words asked for induction: lines of different lengths, and models whose answer is known."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from analysis.causal.effects import effects
from analysis.causal.interventions import Ablate, Experiment
from analysis.handwriting.codec import PUBLIC, StrokeCodec
from analysis.model.model import Model
from analysis.model.transformer import forward
from analysis.model.vocabulary import characters, handwriting
from analysis.prompts.prompt import Prompt, before_the_end
from analysis.session.session import Session
from analysis.values import HeadId, UserError
from analysis.values.work import finish
from analysis.verdict.induction.answer import answer_on
from analysis.verdict.induction.attention import Looks, look
from analysis.verdict.induction.edges import edge_worth
from analysis.verdict.induction.removing import remove, without
from analysis.verdict.induction.writing import Pieces, patch, screen
from analysis.verdict.trials.trial import Asked, Trial
from analysis.verdict.trials.written_words import trial_of_words
from analysis.verdict.wording.facts import Answer
from analysis.verdict.wording.sentences import sentences
from tests.shared_data import CHECKPOINT, HANDWRITING, needs_shared

from ..handmade import CROSSED, induction_model, random_model
from ..plain import Plain
from ..test_reading_scores import data_set

TEXTS = ("nine", "ten", "tone", "one", "seven", "two", "net", "seventy", "eleven", "not", "on", "tent", "eve", "severe",
         "none", "noon", "teen", "vest", "sent", "nest", "son", "stone", "tens", "toes")  # fmt: skip
COPYING = HeadId(1, 0)
CODEC = StrokeCodec((0.0, *np.geomspace(0.01, 0.3, 30).tolist()), 60, PUBLIC.alphabet)
"""Bins enough for words of which few movements are alike: 125 ids."""


@pytest.fixture
def data(tmp_path: Path) -> str:
    return data_set(tmp_path, TEXTS)


@pytest.fixture
def model(data: str) -> Model:
    """A random one, with text."""
    letters = len(CODEC.alphabet) + 1
    config = replace(CROSSED, d_vocab=CODEC.size, d_vocab_context=letters, n_ctx=90, n_ctx_context=16)
    model = replace(random_model(config, spread=0.4), vocabulary=handwriting(CODEC), data=data)
    return replace(model, context_vocabulary=characters(letters, CODEC.alphabet))


@pytest.fixture
def copier(data: str) -> Model:
    """Built by hand, without text."""
    return replace(induction_model(CODEC.size, 90), vocabulary=handwriting(CODEC), data=data)


def made(model: Model, samples: int = 10, seed: int = 0) -> Trial:
    return finish(trial_of_words(model, Asked(samples=samples, seed=seed)))


def asked_of(model: Model, samples: int = 12) -> Answer:
    trial = made(model, samples)
    with torch.no_grad():
        return finish(answer_on(model, trial, finish(look(model, trial)), Asked(samples=samples)))


def test_that_a_word_comes_after_itself_shuffled_and_after_another_one_at_the_same_places(model: Model) -> None:
    trial, apart = made(model), set()
    assert trial.another is not None
    assert trial.context is not None
    assert trial.another_context is not None
    for line in range(len(trial)):
        ordered, shuffled, another = (one[line].tolist() for one in (trial.ordered, trial.shuffled, trial.another))
        stop = int(trial.stop[line, 0])
        begin, end = stop + 2, 2 * stop + 2
        assert ordered[stop:begin] == another[stop:begin] == [CODEC.word] * 2
        assert ordered[begin + 2 : end] == ordered[2:stop] == another[begin + 2 : end]
        assert another[2:stop] != ordered[2:stop]
        assert ordered[end] == shuffled[end] == another[end] == CODEC.end
        assert set(ordered[end + 1 :]) <= {CODEC.pad}
        assert shuffled[: begin + 2] == ordered[: begin + 2]
        units = [tuple(ordered[at : at + 2]) for at in range(begin + 2, end, 2)]
        mixed = [tuple(shuffled[at : at + 2]) for at in range(begin + 2, end, 2)]
        assert sorted(mixed) == sorted(units)
        assert mixed != units
        first, second = ("".join(CODEC.alphabet[one - 1] for one in row[line].tolist() if one).split(" ")
                         for row in (trial.context, trial.another_context))  # fmt: skip
        assert first[0] == first[1] == second[1] != second[0]
        apart.add(begin)
    assert len(apart) > 2  # words of different lengths, so that no distance tells what followed


def test_that_the_control_follows_the_rules_of_all_trials(model: Model) -> None:
    """Where no movement occurs twice, so that its place is known."""
    seen, trial = 0, made(model, 20)
    for line in range(len(trial)):
        stop = int(trial.stop[line, 0])
        rows = [[tuple(one[line, at : at + 2].tolist()) for at in range(stop + 4, 2 * stop + 2, 2)]
                for one in (trial.ordered, trial.shuffled)]  # fmt: skip
        if len(set(rows[0])) < len(rows[0]):
            continue
        seen += 1
        order = [rows[0].index(unit) for unit in rows[1]]
        assert all(unit not in (place, place + 1) for place, unit in enumerate(order))
        assert all(after != before + 1 for before, after in pairwise(order))
    assert seen > 5


def test_that_a_query_knows_its_counterpart_in_the_first_copy(model: Model) -> None:
    trial = made(model)
    for line, row in enumerate(trial.ordered.tolist()):
        stop, end = int(trial.stop[line, 0]), 2 * int(trial.stop[line, 0]) + 2
        asked = list(range(stop + 4, end))
        assert torch.nonzero(trial.earlier[line, 0] >= 0).flatten().tolist() == asked
        assert torch.nonzero(trial.told[line]).flatten().tolist() == asked[:-1]
        for query in asked:
            there = int(trial.earlier[line, 0, query])
            assert 2 <= there < stop
            assert there == query - stop - 2
            assert row[there] == row[query]
    assert int(trial.first.max()) == 2
    assert trial.length == int((trial.stop - trial.first).max())


def test_that_fewer_words_are_the_first_of_more_and_another_seed_draws_others(model: Model) -> None:
    few, more, other = made(model, 4), made(model, 10), made(model, 10, seed=1)
    assert len(few) == 4
    pieces = [[row[row < CODEC.pad].tolist() for row in one.ordered[:4]] for one in (few, more, other)]
    assert sum(a == b for a, b in zip(pieces[0], pieces[1], strict=True)) >= 2  # but for those drawn to come before
    assert pieces[1] != pieces[2]


def longer(model: Model, trial: Trial, by: int = 15) -> Trial:
    """The same lines, padded further."""
    codec = model.vocabulary.codec
    assert codec is not None
    filled = {"ordered": codec.pad, "shuffled": codec.pad, "another": codec.pad, "earlier": -1, "told": False}
    return replace(
        trial,
        **{name: torch.nn.functional.pad(getattr(trial, name), (0, by), value=value) for name, value in filled.items()},
    )  # type: ignore[arg-type]


def equal(one: object, other: object) -> None:
    """All arrays of two results."""
    for name in (field.name for field in fields(one)):  # type: ignore[arg-type]
        a, b = getattr(one, name), getattr(other, name)
        if name != "lags" and isinstance(a, np.ndarray):
            np.testing.assert_allclose(a, b, atol=2e-5, err_msg=name)


def test_that_what_pads_a_line_counts_nowhere(model: Model) -> None:
    trial = made(model, 4)
    more, heads = longer(model, trial), [HeadId(0, 1), HeadId(2, 3)]
    asked = {HeadId(2, 3): (1, 2), HeadId(1, 0): ()}
    with torch.no_grad():
        looks = [finish(look(model, one)) for one in (trial, more)]
        equal(*looks)
        width = int(0.75 * int(before_the_end(model, trial.ordered).sum(1).min()))
        np.testing.assert_allclose(looks[0].lags[:, :width], looks[1].lags[:, :width], atol=1e-5)
        equal(*(finish(screen(model, one)) for one in (trial, more)))
        for head in heads:
            here, there = (finish(patch(model, one, heads))[head] for one in (trial, more))
            np.testing.assert_allclose(here, there, atol=2e-5)
        removals = [without(tuple(heads)), without((heads[0],), "zero")]
        equal(*(finish(remove(model, one, removals)) for one in (trial, more)))
        worths = [finish(edge_worth(model, one, asked)) for one in (trial, more)]
    assert len(worths[0]) > 10
    for edge in worths[0]:
        equal(worths[0][edge], worths[1][edge])


def test_that_attention_counts_above_the_larger_of_both_controls(model: Model) -> None:
    trial = made(model, 3)
    looks: Looks = finish(look(model, trial))
    shortest = int((trial.stop - trial.first).min())
    assert looks.offsets.max() == int(0.75 * shortest) < int(0.75 * trial.length)
    passes = [(trial.ordered, trial.context), (trial.shuffled, trial.context), (trial.another, trial.another_context)]
    for number in (1, 6, 11):
        name = str(looks.heads[number])
        for line in range(len(trial)):
            patterns = []
            for tokens, context in passes:
                plain = Plain(model)
                assert tokens is not None
                assert context is not None
                plain.logits(tokens[line].tolist(), context[line].tolist())
                patterns.append(plain.patterns[name])
            for place in (-2, 0, 1, 3):
                cells = [(i, j + place) for i, j in enumerate(trial.earlier[line, 0].tolist())
                         if j >= 0 and 2 <= j + place < int(trial.stop[line, 0])]  # fmt: skip
                ordered, *controls = (np.mean([one[cell] for cell in cells]) for one in patterns)
                at = looks.offsets.tolist().index(place)
                assert looks.excess[line, number, at] == pytest.approx(ordered - max(controls), abs=1e-5)


def losses_of(model: Model, tokens: torch.Tensor, context: torch.Tensor | None, trial: Trial) -> np.ndarray:
    lost = finish(finish(forward(model, tokens, context)).losses()).numpy()
    return np.array([row[told[:-1]].mean() for row, told in zip(lost, trial.told.numpy(), strict=True)])


def test_that_the_gain_is_over_the_same_tokens_after_another_word(model: Model) -> None:
    trial = made(model, 4)
    assert trial.another is not None
    with torch.no_grad():
        looks = finish(look(model, trial))
        same = losses_of(model, trial.ordered, trial.context, trial)
        other = losses_of(model, trial.another, trial.another_context, trial)
    np.testing.assert_allclose(looks.gain, other - same, atol=1e-5)
    np.testing.assert_allclose(looks.first, other, atol=1e-5)


def test_that_a_removal_costs_what_it_costs_beyond_the_same_tokens_after_another_word(model: Model) -> None:
    trial, experiment = made(model, 4), Experiment((Ablate(HeadId(1, 1), "zero"),))
    assert trial.another is not None
    lost = finish(remove(model, trial, [experiment]))
    rises = []
    for tokens, context in ((trial.ordered, trial.context), (trial.another, trial.another_context)):
        found = finish(effects(model, Prompt(tokens, context, ""), [experiment]))
        change = np.where(trial.told[:, :-1].numpy(), found.losses[0] - found.clean, 0)
        rises.append(change.sum(1) / trial.told.sum(1).numpy())
    np.testing.assert_allclose(lost.told[0], rises[0] - rises[1], atol=1e-5)
    assert (lost.first == 0).all()


def test_that_a_head_hands_on_nothing_from_the_first_word(copier: Model) -> None:
    """L0H0 writes the same where the queries stand, but for the first of them; what it writes in the first word, which
    is another one in the control, is not its own doing."""
    trial = made(copier, 8)
    with torch.no_grad():
        found = finish(patch(copier, trial, [HeadId(0, 0), COPYING]))
    assert abs(found[HeadId(0, 0)]).max() < 0.1
    assert found[COPYING].min() > 1


def test_that_the_right_token_is_the_one_that_follows_in_the_word(model: Model) -> None:
    trial = made(model)
    pieces = Pieces.of(trial, torch.device("cpu"))
    for line in range(len(trial)):
        stop = int(trial.stop[line, 0])
        assert pieces.ids[line][pieces.kept[line]].tolist() == trial.ordered[line, 2:stop].tolist()
        for query in torch.nonzero(trial.told[line]).flatten().tolist():
            assert pieces.ids[line, pieces.right[line, query]] == trial.ordered[line, query + 1]


def test_that_a_copier_built_by_hand_is_found_from_words(copier: Model) -> None:
    found = asked_of(copier)
    assert found.copies.copies
    assert found.copies.written
    assert [one.head for one in found.called("induction")] == [COPYING]
    assert max(found.heads.values(), key=lambda one: one.share.value).head == COPYING
    assert found.heads[COPYING].confirmed == "alone"
    assert [(one.into, one.earlier) for one in found.circuits] == [("k", HeadId(0, 0))]
    said = f"Copies words: a word after itself is easier by {found.copies.gain} nats a token than after another one."
    assert sentences(found)[0] == said


def test_that_a_model_that_does_not_copy_is_not_said_to(model: Model) -> None:
    found = asked_of(model)
    assert not found.copies.copies
    assert found.called("induction") == []
    assert "opies words:" not in sentences(found)[0]


def test_that_few_words_claim_nothing(copier: Model) -> None:
    found = asked_of(copier, 5)
    assert "fewer than 8 words claim nothing" in sentences(found)[0]
    assert found.called("induction") == []


@pytest.mark.parametrize(("change", "words"), [
    ({"data": None}, "No handwriting is open"),
    ({"vocabulary": random_model(CROSSED).vocabulary}, "not pen movements"),
])  # fmt: skip
def test_that_what_cannot_be_asked_is_told(model: Model, change: dict[str, object], words: str) -> None:
    with pytest.raises(UserError, match=words):
        made(replace(model, **change))  # type: ignore[arg-type]


def test_that_words_that_do_not_fit_are_told(model: Model) -> None:
    with pytest.raises(UserError, match=r"Fewer than two words of words\.json fit twice into the 20 tokens"):
        made(replace(model, config=replace(model.config, n_ctx=20)))


@needs_shared
def test_that_the_real_cursive_model_is_not_said_to_copy() -> None:
    session = Session("cpu")
    session.open(str(CHECKPOINT), 4, data=str(HANDWRITING))
    found = asked_of(session.model, 12)
    assert not found.copies.copies
    assert found.called("induction") == []
    assert max(one.share.value for one in found.heads.values()) < 0.02
