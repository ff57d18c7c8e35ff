"""Scores by source: they add up to the model's own scores, and name who wrote the keys of the circuit built by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from analysis.causal.parts import Reader, passed
from analysis.causal.score_sources import ScoreSources, sources_of
from analysis.model.model import Model
from analysis.model.transformer import forward
from analysis.prompts.prompt import Prompt
from analysis.values import HeadId, UserError
from analysis.values.work import finish

from ..handmade import SMALL, induction_model, random_model
from ..test_transformer import SHAPES
from .slow import Slow
from .test_attribution import linear
from .test_interventions import random_prompt, repeated

MORE = {
    "q/k norms and biases, LayerNorm": replace(SMALL, qk_norm=True, positions="rotary", rotary_dim=8, n_kv_heads=2),
    "parallel, post-norms": replace(SMALL, norm="rms", norm_place="around", parallel=True, embed_scale=2.0),
    "norms after sublayers, parallel": replace(SMALL, norm_place="after", parallel=True),
}
CASES = SHAPES | MORE


def run(model: Model, prompt: Prompt, head: HeadId, queries: object, keys: object) -> ScoreSources:
    return finish(sources_of(model, prompt, head, torch.tensor(queries), torch.tensor(keys)))


def true_scores(model: Model, prompt: Prompt, head: HeadId) -> np.ndarray:
    """[samples, queries, keys] before masks and caps, of a plain forward pass."""
    kept = finish(forward(model, prompt.tokens, prompt.context)).layers[head.layer, head.kind]
    q, k = kept.q[:, head.index].double(), kept.k[:, model.kv_index(head)].double()
    return (q @ k.mT * model.config.scale).numpy()


def heads_of(model: Model) -> list[HeadId]:
    return [HeadId(0, 1), HeadId(1, 3), HeadId(2, 2), *[h for h in model.heads if h.kind == "cross" and h.index == 1]]


@pytest.mark.parametrize("name", CASES)
def test_that_the_parts_add_up_to_the_score_and_to_its_contrast(name: str) -> None:
    config = CASES[name]
    model = random_model(config, spread=0.3)
    prompt = random_prompt(model)
    queries, keys = [[9, 4, -1, 2], [7, 10, 3, 1]], [[8, 3, 2, 1], [6, 9, -1, 0]]
    for head in heads_of(model):
        scores, seen, above = true_scores(model, prompt, head), [], []
        masking = config.masking(head.layer, head.kind)
        for sample, pairs in enumerate(zip(queries, keys, strict=True)):
            for query, key in zip(*pairs, strict=True):
                if query < 0 or key < 0 or key >= scores.shape[2]:
                    continue
                low = max(0, query + 1 - masking.window) if masking.window else 0
                row = scores[sample, query, low : query + 1] if head.kind == "self" else scores[sample, query]
                seen.append(scores[sample, query, key])
                above.append(seen[-1] - (row.sum() - seen[-1]) / (len(row) - 1))
        found = run(model, prompt, head, queries, keys)
        size = np.abs(scores).mean()
        assert found.n_pairs.sum() == len(seen)
        assert found.score == pytest.approx(np.mean(seen), abs=1e-4 * size), head
        assert found.contrast == pytest.approx(np.mean(above), abs=1e-4 * size), head
        assert found.key_shares.sum() == pytest.approx(1, abs=1e-4)
        np.testing.assert_allclose(found.by_key.sum(1), found.by_query.sum(1), atol=1e-4 * size)
        means = (found.by_key * found.n_pairs[:, None]).sum(0) / found.n_pairs.sum()
        np.testing.assert_allclose(means, found.contrasts.sum(0), atol=1e-4 * size)


def part_of_key(slow: Slow, head: HeadId, label: str) -> np.ndarray:
    """What an earlier head gives to the keys of a later one, [T, K]: carried forward write by write, in float64."""
    config, w, stream, part = slow.config, slow.weights, slow.origin, np.zeros_like(slow.origin)
    n_writes = sum(1 + (layer in config.cross_layers) + bool(config.d_mlp) for layer in range(head.layer))
    for norm, by_head, rest in slow.log[:n_writes]:
        written, own = rest + sum(by_head.values()), by_head.get(label, 0 * part)
        if norm is not None and config.norm_place == "around":
            own = linear(slow, norm + "_post", own, written)
        part = linear(slow, norm if config.norm_place == "after" else None, part + own, stream + written)
        stream = stream + written if norm is None else slow.after(stream, written, norm)
    at, own_norm = f"L{head.layer}.attn.", f"L{head.layer}.ln1"
    if config.norm_place != "after":
        part, stream = linear(slow, own_norm, part, stream), slow.norm(stream, own_norm)
    group = head.index * config.n_kv_heads // config.n_heads
    whole = stream @ w[at + "W_K"][group] + w[at + "b_K"][group]
    key = linear(slow, at + "k_norm" if config.qk_norm else None, part @ w[at + "W_K"][group], whole)
    return slow.turn(key, head.layer) if config.positions == "rotary" else key


@pytest.mark.parametrize("name", [*SHAPES, "q/k norms and biases, LayerNorm"])
def test_that_each_head_s_part_of_the_keys_is_what_it_wrote_carried_forward(name: str) -> None:
    model, head = random_model(CASES[name], spread=0.3), HeadId(2, 2)
    prompt = random_prompt(model)
    made, reader, slow = finish(passed(model, prompt, 2)), Reader(model, head, "k"), Slow(model)
    slow.logits(prompt.tokens[1].tolist(), None if prompt.context is None else prompt.context[1].tolist())
    earlier = [source for source in reader.sources if source.head is not None]
    assert len(earlier) == len([one for one in model.heads if one.layer < 2])
    for source in earlier:
        wanted = part_of_key(slow, head, source.label)
        assert np.abs(wanted).max() > 1e-3
        np.testing.assert_allclose(reader.part(made, 1, source), wanted, atol=1e-4, err_msg=source.label)


def test_that_pairs_past_the_query_or_without_another_key_do_not_count() -> None:
    model = random_model(SMALL)
    prompt, head = random_prompt(model), HeadId(1, 0)
    one = run(model, prompt, head, [[3, 0, 2, 99], [-1, -1, 4, 4]], [[1, 0, 5, 0], [0, 1, -1, 99]])
    assert one.n_pairs.tolist() == [1, 0]
    assert np.isnan(one.by_key[1]).all()
    with pytest.raises(UserError, match="no score to explain"):
        run(model, prompt, head, [[0], [-1]], [[0], [2]])


def test_that_pairs_in_small_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    model, head = random_model(SMALL), HeadId(2, 1)
    prompt, queries = random_prompt(model, samples=4), torch.arange(4, 10).expand(4, -1)
    whole = finish(sources_of(model, prompt, head, queries, queries - 2))
    monkeypatch.setattr("analysis.causal.score_sources.BLOCK_BYTES", 1)
    monkeypatch.setattr("analysis.causal.clean.CLEAN_BYTES", 1)
    parts = finish(sources_of(model, prompt, head, queries, queries - 2))
    np.testing.assert_allclose(parts.contrasts, whole.contrasts, atol=1e-6)
    np.testing.assert_allclose(parts.by_query, whole.by_query, atol=1e-6)


def test_that_the_keys_of_the_handmade_induction_head_are_written_by_the_head_before() -> None:
    queries = torch.arange(21, 39).expand(4, -1)
    found = finish(sources_of(induction_model(), repeated(4), HeadId(1, 0), queries, queries - 19))
    names = [source.label for source in found.key_sources]
    assert names == ["token", "position", "L0H0", "L0H1"]
    assert found.contrast > 10
    assert found.key_shares[names.index("L0H0")] == pytest.approx(1, abs=1e-3)
    assert found.query_shares[0] == pytest.approx(1, abs=1e-3)
