"""Lines of handwriting end at different places: what pads the shorter ones counts in no loss."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from analysis.causal.attribution import attribute
from analysis.causal.effects import Effects, effects
from analysis.causal.interventions import Ablate, Experiment
from analysis.prompts.prompt import Prompt
from analysis.session.session import Session
from analysis.values import HeadId, PromptSpec, Selection, as_options
from analysis.values.work import finish
from tests.analysis.handwriting.writing import data_set, saved, writer

TEXTS = ("the", "cat", "dog", "hen", "the", "owl", "the", "cat")


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """Two lines, one of them longer: the other is padded."""
    session = Session("cpu")
    session.open(str(saved(writer(), tmp_path / "m.safetensors")), data=str(data_set(tmp_path / "words.json", TEXTS)))
    session.set_prompt(PromptSpec("handwriting", as_options({"samples": "2"})))
    return session


def shortened(prompt: Prompt, length: int) -> Prompt:
    """Its first line alone, without what pads it."""
    assert prompt.context is not None
    return replace(prompt, tokens=prompt.tokens[:1, :length], context=prompt.context[:1])


def padded(session: Session) -> tuple[Prompt, int]:
    """The prompt with the end of its first line cut off and padded, and how long that line is now."""
    codec = session.model.vocabulary.codec
    assert codec is not None
    tokens = session.prompt.tokens.clone()
    length = tokens.shape[1] - 11
    tokens[0, length - 1], tokens[0, length:] = codec.end, codec.pad
    return replace(session.prompt, tokens=tokens), length


def changed(session: Session, prompt: Prompt) -> Effects:
    experiments = [Experiment((Ablate(HeadId(0, 1), "zero"),))]
    return finish(effects(session.model, prompt, experiments))


def test_that_the_change_of_a_padded_line_is_that_of_the_line_alone(session: Session) -> None:
    prompt, length = padded(session)
    both, alone = changed(session, prompt), changed(session, shortened(prompt, length))
    assert np.isnan(both.clean[0, length - 1 :]).all()
    assert np.isfinite(both.clean[0, : length - 1]).all()
    assert both.change[0, 0] == pytest.approx(alone.change[0, 0], abs=1e-5)
    assert np.isfinite(both.change).all()


def test_that_the_attribution_of_a_padded_line_is_that_of_the_line_alone(session: Session) -> None:
    prompt, length = padded(session)
    both = finish(attribute(session.model, prompt))
    alone = finish(attribute(session.model, shortened(prompt, length)))
    np.testing.assert_allclose(both.second[:, 0], alone.second[:, 0], atol=1e-4)


def test_that_losses_and_their_view_end_where_the_line_ends(session: Session) -> None:
    prompt, length = padded(session)
    session.loaded.prompt = prompt
    losses = session.losses(None)
    assert torch.isnan(losses[0, length - 1 :]).all()
    assert torch.equal(torch.isnan(session.losses(0)), torch.isnan(losses[:1]))
    figure = session.look("loss", Selection(HeadId(0, 0), sample=0))
    mean = figure.series[0].y  # type: ignore[union-attr]
    np.testing.assert_allclose(mean[length:], losses[1, length:].numpy(), rtol=1e-6)
