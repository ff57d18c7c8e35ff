"""Direct logit attribution: carried forward through the frozen norms in float64, and on the model built by hand."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.causal.attribution import Attribution, attribute
from analysis.model.model import Model
from analysis.prompts.prompt import Prompt
from analysis.values import HeadId
from analysis.values.work import finish

from ..handmade import induction_model, random_model
from ..test_transformer import SHAPES
from .slow import Slow
from .test_interventions import random_prompt, repeated


def run(model: Model, prompt: Prompt) -> Attribution:
    return finish(attribute(model, prompt))


def linear(slow: Slow, norm: str | None, x: np.ndarray, at: np.ndarray) -> np.ndarray:
    """What a norm makes of a part x of its input `at`, its scale and centring linear in x, its bias left out."""
    config, w = slow.config, slow.weights
    if norm is None or config.norm == "none":
        return x
    if config.norm == "layer":
        x, at = x - x.mean(-1, keepdims=True), at - at.mean(-1, keepdims=True)
    x = x / np.sqrt((at**2).mean(-1, keepdims=True) + config.norm_eps)
    return x * (w[norm + ".w"] + config.norm_offset) if config.norm_weights else x


def carried(slow: Slow, label: str) -> np.ndarray:
    """One head's part of the stream after the last norm, [T, D], carried forward write by write."""
    stream, part, place = slow.origin, np.zeros_like(slow.origin), slow.config.norm_place
    for norm, by_head, rest in slow.log:
        written, own = rest + sum(by_head.values()), by_head.get(label, 0 * part)
        if norm is not None and place == "around":
            own = linear(slow, norm + "_post", own, written)
        through = norm if place == "after" else None
        part = linear(slow, through, part + own, stream + written)
        stream = stream + written if norm is None else slow.after(stream, written, norm)
    return linear(slow, "final" if slow.config.final_norm else None, part, stream)


@pytest.mark.parametrize("name", SHAPES)
def test_that_attribution_equals_a_head_s_part_carried_forward(name: str) -> None:
    model = random_model(SHAPES[name], spread=0.2)
    prompt = random_prompt(model)
    found = run(model, prompt)
    for sample, row in enumerate(prompt.tokens.tolist()):
        slow = Slow(model)
        slow.logits(row, None if prompt.context is None else prompt.context[sample].tolist())
        unembedding = slow.weights["unembed.W_U"]
        centred = unembedding - unembedding.mean(1, keepdims=True)
        for number, head in enumerate(found.heads):
            logits = carried(slow, str(head)) @ centred
            wanted = logits[np.arange(len(row) - 1), row[1:]]
            np.testing.assert_allclose(found.values[number, sample], wanted, atol=1e-4, err_msg=str(head))


def test_that_the_handmade_induction_head_alone_names_the_next_token() -> None:
    """It adds 10 to the right token's logit, 10 / 60 to the mean; the heads around it add nothing."""
    found = run(induction_model(), repeated())
    second = dict(zip(found.heads, found.values[:, :, 21:].mean((1, 2)), strict=True))
    assert second.pop(HeadId(1, 0)) == pytest.approx(10 - 10 / 60, abs=1e-3)
    assert second == pytest.approx(dict.fromkeys(second, 0.0), abs=1e-4)
    assert found.values[3, :, :18].max() < 0.2  # nothing to copy in the first copy
