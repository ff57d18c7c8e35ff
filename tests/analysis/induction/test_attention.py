"""Attention by content, against a plain version written out head by head and query by query."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from analysis.measures.patterns import head_pattern
from analysis.model.model import Model
from analysis.model.transformer import forward
from analysis.model.vocabulary import plain
from analysis.values import HeadId
from analysis.values.work import finish
from analysis.verdict.induction.attention import Looks, content, look
from analysis.verdict.trials.trial import Asked, Trial, rotated

from ..handmade import SMALL, induction_model, one_head, random_model

ROTARY = replace(SMALL, positions="rotary", norm="rms")


def excess_written_out(model: Model, trial: Trial, head: HeadId, offset: int) -> np.ndarray:
    """One head at one offset, a sample at a time."""
    runs = [finish(forward(model, tokens)) for tokens in (trial.ordered, trial.shuffled)]
    found = []
    for sample in range(len(trial)):
        here, there = (head_pattern(model, run.layers[head.layer, "self"], head, sample) for run in runs)
        cells = []
        for copy in range(trial.earlier.shape[1]):
            for query, earlier in enumerate(trial.earlier[sample, copy].tolist()):
                key = earlier + offset
                if earlier >= 0 and trial.first[sample, copy] <= key < trial.stop[sample, copy]:
                    cells.append(float(here[query, key] - there[query, key]))
        copies = trial.earlier.shape[1]
        found.append(copies * sum(cells) / len(cells) if cells else 0.0)
    return np.array(found)


@pytest.mark.parametrize("copies", [2, 3])
@pytest.mark.parametrize("config", [SMALL, ROTARY], ids=["learned", "rotary"])
def test_that_the_excess_is_what_a_plain_version_finds(config: object, copies: int) -> None:
    model = random_model(config, spread=0.8)  # type: ignore[arg-type]
    model.vocabulary = plain(50, bos=0)
    trial = rotated(model, Asked(copies=copies), 12, 5, seed=0)
    looks = finish(look(model, trial))
    for head in (HeadId(0, 1), HeadId(2, 3)):
        for offset in (-3, 0, 1, 4):
            column = int(np.flatnonzero(looks.offsets == offset)[0])
            expected = excess_written_out(model, trial, head, offset)
            np.testing.assert_allclose(looks.excess[:, looks.heads.index(head), column], expected, atol=1e-5)


def test_that_previous_first_and_distances_are_what_a_plain_version_finds() -> None:
    model = random_model(SMALL, spread=0.8)
    trial = rotated(model, Asked(), 12, 5, seed=0)
    looks = finish(look(model, trial))
    head = HeadId(1, 2)
    number, runs = looks.heads.index(head), [finish(forward(model, one)) for one in (trial.ordered, trial.shuffled)]
    ordered, control = (
        torch.stack([head_pattern(model, run.layers[1, "self"], head, sample) for sample in range(5)]) for run in runs
    )
    previous = control.diagonal(-1, 1, 2).mean(1)
    np.testing.assert_allclose(looks.previous[:, number], previous.numpy(), atol=1e-6)
    np.testing.assert_allclose(looks.sink[:, number], ordered[:, 13:, 0].mean(1).numpy(), atol=1e-6)
    for lag in (0, 3, 9):
        assert looks.lags[number, lag] == pytest.approx(float(control.diagonal(-lag, 1, 2).mean()), abs=1e-6)


def test_that_losses_are_those_where_order_tells_the_next_token() -> None:
    model = random_model(SMALL)
    trial = rotated(model, Asked(), 12, 5, seed=0)
    looks = finish(look(model, trial))
    for tokens, found in ((trial.ordered, looks.ordered), (trial.shuffled, looks.shuffled)):
        losses = finish(finish(forward(model, tokens)).losses())
        expected = [float(losses[n][trial.told[n, :-1]].mean()) for n in range(5)]
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_that_a_perfect_head_has_all_of_its_attention_by_content_and_one_offset() -> None:
    model = induction_model()
    looks = finish(look(model, rotated(model, Asked(), 24, 16, seed=0)))
    found = content(looks)
    number = looks.heads.index(HeadId(1, 0))
    assert found.share[:, number].mean() == pytest.approx(1.0, abs=0.05)
    assert found.offsets[number] == (1,)
    assert np.abs(np.delete(found.share, number, axis=1)).max() < 1e-3


def test_that_a_duplicate_head_has_none_past_the_earlier_occurrence() -> None:
    model = one_head("duplicate")
    found = content(finish(look(model, rotated(model, Asked(), 24, 16, seed=0))))
    assert found.share.mean() == pytest.approx(0.0, abs=1e-6)
    assert found.duplicate.mean() == pytest.approx(0.5, abs=1e-3)


def test_that_choosing_places_costs_nothing() -> None:
    """Of noise a place is chosen now and then; measured on the other half, it adds nothing on the average."""
    draw = np.random.default_rng(0)
    offsets = np.arange(-20, 21)
    n, heads = 32, 400
    noise = draw.normal(0, 0.05, (n, heads, len(offsets))).astype(np.float32)
    nothing = np.zeros((n, heads), np.float32)
    looks = Looks(tuple(HeadId(0, h) for h in range(heads)), offsets, noise, nothing, nothing,
                  np.zeros((heads, 50), np.float32), nothing[:, 0], nothing[:, 0], nothing[:, 0], 21, 42)  # fmt: skip
    share = content(looks).share
    assert abs(float(share.mean())) < 3 * float(share.std()) / (n * heads) ** 0.5
    best_chosen_and_measured_on_all = np.sort(noise.mean(0)[:, 21:], axis=1)[:, -1].mean()
    assert best_chosen_and_measured_on_all > 10 * abs(float(share.mean()))
