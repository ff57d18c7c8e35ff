"""Ranking head counts by loss, and lines of real handwriting as prompts."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from analysis.files.checkpoint import open_checkpoint
from analysis.handwriting.codec import PUBLIC
from analysis.loading.head_count import choose_head_count, handwriting_sample, rank_head_counts
from analysis.loading.identify import identify
from analysis.model.model import Config
from analysis.model.vocabulary import Vocabulary
from analysis.values import UserError
from analysis.values.work import finish
from tests.analysis.formats.reference_models import GPT
from tests.shared_data import CHECKPOINT, HANDWRITING, REFERENCE, needs_shared


def test_that_the_head_count_that_made_the_data_wins(tmp_path: Path) -> None:
    model = GPT(heads=6)
    torch.save(model.state_dict(), tmp_path / "x.pt")
    tokens = torch.randint(31, (64, 1), generator=torch.Generator().manual_seed(0))
    while tokens.shape[1] < 12:  # text that this very model finds likely
        tokens = torch.cat([tokens, model(tokens)[0][:, -1:].argmax(-1)], dim=1)
    checkpoint = open_checkpoint(tmp_path / "x.pt")
    ranked = finish(rank_head_counts(partial(identify, checkpoint), checkpoint, tokens, None))
    losses = [choice.loss for choice in ranked]
    assert ranked[0].n_heads == 6
    assert sorted(choice.n_heads for choice in ranked) == [1, 2, 3, 4, 6, 8, 12, 24]
    assert losses == sorted(losses)
    assert "best" in ranked[0].note


def test_that_the_loss_leaves_padding_out(tmp_path: Path) -> None:
    model = GPT(heads=4)
    torch.save(model.state_dict(), tmp_path / "x.pt")
    checkpoint = open_checkpoint(tmp_path / "x.pt")
    names = (*map(str, range(30)), "PAD")

    def spec_for(count: int):
        spec = identify(checkpoint, count)
        return replace(spec, vocabulary=Vocabulary(31, ((0, 31),), names), head_counts=(4,))

    tokens = torch.tensor([[3, 7, 30, 30], [5, 6, 2, 30]])
    (choice,) = finish(rank_head_counts(spec_for, checkpoint, tokens, None))
    likely = model(tokens)[0].log_softmax(-1)
    wanted = -(likely[0, 0, 7] + likely[1, 0, 6] + likely[1, 1, 2]) / 3
    assert choice.loss is not None
    assert math.isclose(choice.loss, float(wanted), rel_tol=1e-4)


@needs_shared
def test_that_four_heads_win_clearly_for_the_real_model() -> None:
    checkpoint = open_checkpoint(CHECKPOINT)
    tokens, context = handwriting_sample(HANDWRITING, identify(checkpoint).config, PUBLIC, 2)
    ranked = finish(rank_head_counts(partial(identify, checkpoint), checkpoint, tokens[:, :250], context))
    assert ranked[0].n_heads == 4
    assert ranked[0].loss is not None
    assert ranked[1].loss is not None
    assert ranked[0].loss < ranked[1].loss - 0.5


@needs_shared
def test_that_a_sample_of_handwriting_is_prepared_as_in_training() -> None:
    config = identify(open_checkpoint(CHECKPOINT)).config
    tokens, context = handwriting_sample(HANDWRITING, config, PUBLIC, 3)
    assert context is not None
    assert (tokens.shape, context.shape) == ((3, 600), (3, 50))
    with np.load(REFERENCE) as reference:
        items, prepared = reference["items"].tolist(), reference["prepared_tokens"]
    assert items[0] == [0, -1, -1]
    word = [token for token in prepared[0].tolist() if token < 522]  # item 0 is the first word of the first line
    assert tokens[0, : len(word)].tolist() == word
    assert items[2] == [5, 6, 7]
    assert tokens[1, 0] < 522


def test_that_handwriting_is_refused_for_a_model_that_does_not_read_it(tmp_path: Path) -> None:
    config = Config(n_layers=1, n_heads=1, d_model=4, d_head=4, d_vocab=31, n_ctx=8, n_kv_heads=1)
    with pytest.raises(UserError, match="not pen movements"):
        handwriting_sample(tmp_path / "none.json", config, None, 1)


@needs_shared
def test_that_a_data_set_settles_the_head_count() -> None:
    checkpoint = open_checkpoint(CHECKPOINT)
    spec, choices = finish(choose_head_count(checkpoint, identify(checkpoint), None, str(HANDWRITING)))
    assert spec.config.n_heads == choices[0].n_heads == 4
    assert any("predicts the handwriting" in line for line in spec.evidence)


@needs_shared
def test_that_a_chosen_head_count_stays_whatever_the_data_say() -> None:
    checkpoint = open_checkpoint(CHECKPOINT)
    spec, choices = finish(choose_head_count(checkpoint, identify(checkpoint, 8), 8, str(HANDWRITING)))
    assert (spec.config.n_heads, choices[0].n_heads) == (8, 4)
    assert any("8 was asked for" in line for line in spec.evidence)


def test_that_without_data_the_usual_head_count_stands(tmp_path: Path) -> None:
    torch.save(GPT().state_dict(), tmp_path / "x.pt")
    checkpoint = open_checkpoint(tmp_path / "x.pt")
    spec, choices = finish(choose_head_count(checkpoint, identify(checkpoint), None, None))
    assert spec.config.n_heads == 4
    assert [choice.n_heads for choice in choices] == [1, 2, 3, 4, 6, 8, 12, 24]
    assert [choice.n_heads for choice in choices if "in force" in choice.note] == [4]
