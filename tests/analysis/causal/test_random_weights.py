"""Random weights of the same norms as a null: what they keep, and how often a head is called by it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from analysis.causal.random_weights import null_scores, shuffled
from analysis.causal.statistics import layered_p
from analysis.figures.heatmap import Heatmap
from analysis.measures.scores import Score
from analysis.measures.scoring import Scoring
from analysis.model.model import Model
from analysis.plugins import discover
from analysis.prompts import PromptSource
from analysis.values import HeadId, Selection
from analysis.values.work import finish
from analysis.verdict.chance import LEVEL, adjusted

from ..handmade import CROSSED, SMALL, induction_model, random_model
from ..test_views import looked, scored, session_of

PROMPTS: dict[str, PromptSource] = {source.info.key: source for source in discover("prompts")}
INDUCTION: list[Score] = [score for score in discover("scores") if score.info.key == "induction"]


def test_that_shuffled_weights_keep_shapes_norms_and_vectors_and_nothing_else() -> None:
    model = random_model(CROSSED)
    other, again = shuffled(model, 1), shuffled(model, 1)
    for name in model.weights:
        mine, theirs = model.weights[name], other.weights[name]
        assert mine.shape == theirs.shape
        assert torch.equal(theirs, again.weights[name])
        assert torch.equal(mine.flatten().sort().values, theirs.flatten().sort().values)
        assert torch.equal(mine, theirs) == (mine.ndim < 2)
    assert not torch.equal(shuffled(model, 2).weights["embed.W_E"], other.weights["embed.W_E"])


def induction_of(model: Model, seed: int) -> np.ndarray:
    scoring = Scoring(model, INDUCTION, PROMPTS, seed=seed, samples=8)
    finish(scoring.run())
    return scoring.table().values["induction"]["self"]


def called(seeds: range) -> np.ndarray:
    """Of each head of a random model how often it is told from random weights, [heads]."""
    count = np.zeros(SMALL.n_layers * SMALL.n_heads)
    for seed in seeds:
        model = random_model(SMALL, seed=seed, spread=0.5)
        null = finish(null_scores(model, INDUCTION, PROMPTS, 20))["induction"]
        count += adjusted(layered_p(induction_of(model, 1000 + seed), null).ravel()) <= LEVEL
    return count


def test_that_no_head_of_a_few_random_models_is_called_induction() -> None:
    assert called(range(2)).max() <= 1


@pytest.mark.slow
def test_that_over_fifty_random_models_no_head_is_called_induction_more_often_than_stated() -> None:
    count = called(range(50))
    assert count.max() <= LEVEL * 50  # each head by itself
    # All heads together: the false-discovery rate is the chance of any call, here within three standard deviations.
    assert count.sum() <= 50 * LEVEL + 3 * np.sqrt(50 * LEVEL * (1 - LEVEL))


def test_that_one_true_head_alone_is_told_from_random_weights() -> None:
    session = scored(session_of(induction_model()))
    figure = looked(session, "chance", Selection(HeadId(1, 0)))
    assert isinstance(figure, Heatmap)
    assert figure.faint is not None
    assert figure.faint.tolist() == [[True, True], [False, True]]
    assert figure.values[1, 0] > 0.95
    assert "random weights" in figure.note
