"""Composition on a prompt: every spread counted out key by key, and the circuit built by hand."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.causal.measured_composition import MeasuredComposition, measure_composition
from analysis.causal.parts import Reader, passed
from analysis.model.model import Model
from analysis.prompts.prompt import Prompt
from analysis.values import HeadId
from analysis.values.work import finish

from ..handmade import induction_model, random_model
from .slow import Slow
from .test_interventions import random_prompt, repeated
from .test_score_sources import CASES, part_of_key

NAMES = [name for name in CASES if "parallel" not in name]


def run(model: Model, prompt: Prompt) -> MeasuredComposition:
    return finish(measure_composition(model, prompt))


def seen_by(model: Model, head: HeadId, query: int, n_keys: int) -> slice:
    masking = model.config.masking(head.layer, head.kind)
    if masking.first is None:
        return slice(0, n_keys)
    return slice(max(0, query + 1 - masking.window) if masking.window else 0, query + 1)


def spread(model: Model, head: HeadId, q: list[np.ndarray], k: list[np.ndarray]) -> float:
    """√(mean over queries and samples of the variance over the keys), query by query."""
    found = []
    for queries, keys in zip(q, k, strict=True):
        first = 1 if head.kind == "self" else 0
        scores = queries @ keys.T * model.config.scale
        found += [scores[i, seen_by(model, head, i, len(keys))].var() for i in range(first, len(queries))]
    return float(np.mean(found) ** 0.5)


@pytest.mark.parametrize("name", NAMES)
def test_that_spreads_through_keys_equal_what_was_written_carried_forward(name: str) -> None:
    model, later = random_model(CASES[name], spread=0.3), HeadId(2, 2)
    prompt = random_prompt(model)
    found = run(model, prompt)
    slows = [Slow(model) for _ in prompt.tokens]
    for sample, slow in enumerate(slows):
        context = None if prompt.context is None else prompt.context[sample].tolist()
        slow.logits(prompt.tokens[sample].tolist(), context)
    kept = finish(passed(model, prompt, 2)).layers[2, "self"].q[:, 2].double().numpy()
    for row, earlier in enumerate(found.heads):
        if earlier.layer < 2:
            parts = [part_of_key(slow, later, str(earlier)) for slow in slows]
            wanted = spread(model, later, list(kept), parts)
            assert found.spread["k"][row, found.heads.index(later)] == pytest.approx(wanted, rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_that_spreads_through_queries_and_values_and_of_the_whole_are_counted_alike(name: str) -> None:
    model = random_model(CASES[name], spread=0.3)
    prompt = random_prompt(model)
    found, made = run(model, prompt), finish(passed(model, prompt, 2))
    crossed = [head for head in model.heads if head.kind == "cross" and head.index == 3]
    for later in [HeadId(1, 1), HeadId(2, 0), *crossed]:
        kept, col = made.layers[later.layer, later.kind], found.heads.index(later)
        k = [one.double().numpy() for one in kept.k[:, model.kv_index(later)]]
        q = [one.double().numpy() for one in kept.q[:, later.index]]
        assert found.whole["q"][col] == pytest.approx(spread(model, later, q, k), rel=1e-3)
        readers = {into: Reader(model, later, into) for into in ("q", "v")}
        for source in readers["q"].sources:
            if source.head is None:
                continue
            row = found.heads.index(source.head)
            parts = [readers["q"].part(made, sample, source).double().numpy() for sample in range(len(prompt.tokens))]
            wanted = spread(model, later, parts, k)
            assert found.spread["q"][row, col] == pytest.approx(wanted, rel=1e-3, abs=1e-6)
            if later.kind == "cross":
                assert np.isnan(found.spread["v"][row, col])
                continue
            out = model.head(later).W_O
            wrote = [(readers["v"].part(made, one, source) @ out).numpy() for one in range(len(prompt.tokens))]
            wanted = float(np.mean([one.var(0).sum() for one in wrote]) ** 0.5)
            assert found.spread["v"][row, col] == pytest.approx(wanted, rel=1e-3, abs=1e-6)


def test_that_the_handmade_circuit_moves_the_keys_and_nothing_else_does() -> None:
    found = run(induction_model(), repeated(2))
    rows, cols = (found.heads.index(head) for head in (HeadId(0, 0), HeadId(1, 0)))
    assert found.share("k")[rows, cols] == pytest.approx(1, abs=1e-3)
    assert found.spread["k"][rows, cols] > 3
    for mode in "qv":
        assert found.spread[mode][rows, cols] == pytest.approx(0, abs=1e-4)
    assert np.nansum(found.spread["k"]) == pytest.approx(found.spread["k"][rows, cols], rel=1e-4)
    assert np.isnan(found.spread["k"][cols, rows])


def test_that_groups_of_samples_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    model = random_model(CASES["cross-attention in some layers"])
    prompt = random_prompt(model, samples=4)
    whole = run(model, prompt)
    monkeypatch.setattr("analysis.causal.clean.CLEAN_BYTES", 1)
    parts = run(model, prompt)
    for mode in "qkv":
        np.testing.assert_allclose(parts.spread[mode], whole.spread[mode], rtol=1e-4)
        np.testing.assert_allclose(parts.whole[mode], whole.whole[mode], rtol=1e-4)
