import math
from collections.abc import Generator
from dataclasses import replace

import numpy as np
import pytest
import torch

from analysis.measures import composition
from analysis.measures.composition import Composition, compose
from analysis.model.model import Model
from analysis.values import HeadId

from .handmade import CROSSED, SMALL, induction_model, model_of, random_model


def finish(work: Generator[float, None, Composition]) -> Composition:
    fractions = []
    while True:
        try:
            fractions.append(next(work))
        except StopIteration as end:
            assert fractions == sorted(fractions)
            found: Composition = end.value
            return found


def slow(model: Model, first: HeadId, second: HeadId) -> dict[str, float]:
    a, b = model.head(first), model.head(second)
    ov1, qk2, ov2 = (x.double() for x in (a.W_V @ a.W_O, b.W_Q @ b.W_K.T, b.W_V @ b.W_O))
    norm = torch.linalg.norm
    wanted = {"q": norm(ov1 @ qk2) / norm(ov1) / norm(qk2)}
    if second.kind == "self":
        wanted |= {"k": norm(ov1 @ qk2.T) / norm(ov1) / norm(qk2), "v": norm(ov1 @ ov2) / norm(ov1) / norm(ov2)}
    return {mode: float(value) for mode, value in wanted.items()}


@pytest.mark.parametrize("d_head", [2, 8])  # the two ways of computing it: d_head² below and above d_model / 2
@pytest.mark.parametrize("base", [CROSSED, replace(SMALL, n_kv_heads=2)], ids=["crossed", "grouped"])
def test_that_every_pair_equals_the_dense_norms(base, d_head: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composition, "BLOCK_BYTES", 4 * 12 * 32 * 2 * 9)  # several bands, the last one short
    model = random_model(replace(base, d_head=d_head))
    found = finish(compose(model))
    for i, first in enumerate(model.heads):
        for j, second in enumerate(model.heads):
            wanted = slow(model, first, second)
            earlier = (first.layer, first.kind == "cross") < (second.layer, second.kind == "cross")
            for mode in "qkv":
                value = found.raw[mode][i, j]
                if earlier and mode in wanted:
                    assert value == pytest.approx(wanted[mode], abs=1e-5), (first, second, mode)
                else:
                    assert np.isnan(value), (first, second, mode)
                    assert np.isnan(found.z[mode][i, j])


PLACES = {
    "before, LayerNorm": SMALL,
    "before, q/k norms, grouped keys": replace(SMALL, norm="rms", qk_norm=True, n_kv_heads=2),
    "around, Gemma": replace(SMALL, norm="rms", qk_norm=True, norm_place="around", norm_offset=1.0, d_head=2),
    "around, LayerNorm, crossed": replace(CROSSED, norm_place="around"),
    "after": replace(SMALL, norm_place="after"),
    "after, crossed, no MLP": replace(CROSSED, norm_place="after", norm="rms", d_mlp=0),
    "none": replace(SMALL, norm="none"),
}


def passing(model: Model, norm: str) -> torch.Tensor:
    """What a norm does to rows, without its division, as a matrix; from its definition."""
    weight = model.weights[norm + ".w"].double() + model.config.norm_offset
    eye = torch.eye(len(weight), dtype=torch.float64)
    return (eye - 1 / len(weight) if model.config.norm == "layer" else eye) @ weight.diag()


def folded_circuits(model: Model, head: HeadId) -> tuple[torch.Tensor, torch.Tensor]:
    """QK and OV, [D, D] or of a context, with the gains of the head's own norms."""
    w, config = model.head(head), model.config
    query, key, value, out = (x.double() for x in (w.W_Q, w.W_K, w.W_V, w.W_O))
    if config.norm != "none":
        own = f"L{head.layer}.{'ln1' if head.kind == 'self' else 'ln_cross'}"
        if config.qk_norm:
            at = f"L{head.layer}.attn."
            query, key = query @ passing(model, at + "q_norm"), key @ passing(model, at + "k_norm")
        if config.norm_place != "after":
            query = passing(model, own) @ query
            key, value = (passing(model, own) @ x if head.kind == "self" else x for x in (key, value))
        if config.norm_place != "before":
            out = out @ passing(model, own + "_post" * (config.norm_place == "around"))
    return query @ key.T, value @ out


@pytest.mark.parametrize("name", PLACES)
def test_that_folded_pairs_equal_the_dense_norms_with_all_gains(name: str) -> None:
    model, norm = random_model(PLACES[name], spread=0.4), torch.linalg.norm
    found, raw = finish(compose(model, folded=True)), finish(compose(model))
    order = [(layer, part) for layer in range(3) for part in ("ln1", "ln_cross", "ln2")]
    order = [(layer, part) for layer, part in order if f"L{layer}.{part}.w" in model.weights]
    for i, first in enumerate(model.heads):
        for j, second in enumerate(model.heads):
            if not (first.layer, first.kind == "cross") < (second.layer, second.kind == "cross"):
                assert np.isnan(found.raw["q"][i, j])
                continue
            _, ov1 = folded_circuits(model, first)
            qk2, ov2 = folded_circuits(model, second)
            if model.config.norm_place == "after":  # what is written passes every norm up to where it is read
                ends = [(head.layer, "ln1" if head.kind == "self" else "ln_cross") for head in (first, second)]
                for layer, part in order[order.index(ends[0]) + 1 : order.index(ends[1])]:
                    ov1 = ov1 @ passing(model, f"L{layer}.{part}")
            wanted = {"q": norm(ov1 @ qk2) / norm(ov1) / norm(qk2)}
            if second.kind == "self":
                wanted["k"] = norm(ov1 @ qk2.T) / norm(ov1) / norm(qk2)
                wanted["v"] = norm(ov1 @ ov2) / norm(ov1) / norm(ov2)
            for mode, value in wanted.items():
                assert found.raw[mode][i, j] == pytest.approx(float(value), abs=2e-5), (first, second, mode)
    same = np.nanmax(np.abs(found.raw["k"] - raw.raw["k"])) < 1e-6
    assert same == (name == "none")


@pytest.mark.parametrize("name", ["around, Gemma", "after"])
def test_that_folded_pairs_of_random_weights_sit_within_their_null(name: str) -> None:
    config = replace(PLACES[name], d_model=64, n_layers=4)
    every = [finish(compose(random_model(config, seed), folded=True)).z[mode] for seed in range(4) for mode in "qkv"]
    z = np.concatenate([one[np.isfinite(one)] for one in every])
    assert abs(z.mean()) < 0.3
    assert 0.7 < z.std() < 1.4


def test_that_the_null_has_the_mean_and_spread_of_random_rotations() -> None:
    model = random_model(SMALL)
    first, second = HeadId(0, 1), HeadId(1, 2)
    found = finish(compose(model))
    i, j = model.heads.index(first), model.heads.index(second)
    a, b = model.head(first), model.head(second)
    ov1, qk2 = (a.W_V @ a.W_O).double(), (b.W_Q @ b.W_K.T).double()
    generator = torch.Generator().manual_seed(0)
    shares = []
    for _ in range(4000):
        q, r = torch.linalg.qr(torch.randn(32, 32, generator=generator, dtype=torch.float64))
        rotation = q * r.diagonal().sign()  # Haar
        shares.append(
            float((torch.linalg.norm(ov1 @ rotation @ qk2) / torch.linalg.norm(ov1) / torch.linalg.norm(qk2)) ** 2)
        )
    assert np.mean(shares) == pytest.approx(1 / 32, rel=0.02)
    deviation = (found.raw["q"][i, j] ** 2 - 1 / 32) / found.z["q"][i, j]
    assert deviation == pytest.approx(np.std(shares), rel=0.06)


def test_that_random_weights_sit_at_the_baseline_within_their_null() -> None:
    config = replace(SMALL, d_model=64, n_layers=4)
    scores = np.concatenate(
        [finish(compose(random_model(config, seed=seed))).z[mode].ravel() for seed in range(4) for mode in "qkv"]
    )
    scores = scores[np.isfinite(scores)]
    assert abs(scores.mean()) < 0.1
    assert 0.8 < scores.std() < 1.2
    found = finish(compose(random_model(config)))
    assert np.sqrt(np.nanmean(found.raw["k"] ** 2)) == pytest.approx(found.baseline, rel=0.05)


def test_that_the_handmade_circuit_is_the_strongest_key_composition() -> None:
    model = induction_model()
    found = finish(compose(model))
    heads = [str(head) for head in found.heads]
    i, j = heads.index("L0H0"), heads.index("L1H0")
    assert found.raw["k"][i, j] == pytest.approx(60**-0.5, rel=1e-4)  # two projections onto the same 60 directions
    assert found.z["k"][i, j] > 5
    assert found.raw["q"][i, j] == pytest.approx(0.0, abs=1e-6)


def test_that_a_cross_head_is_fed_through_its_query_alone_and_feeds_all_three_inputs() -> None:
    config = replace(SMALL, n_layers=2, n_heads=1, n_kv_heads=1, cross_layers=(0,), d_context=24, n_ctx_context=10)
    config = replace(config, d_vocab_context=12)
    tensors = {name: torch.zeros(shape) for name, shape in config.required().items()}
    eye = torch.eye(8)
    for name in ("L0.attn", "L0.cross", "L1.attn"):  # read the first eight directions, write the next eight
        for read in "QKV":
            tensors[f"{name}.W_{read}"][0, :8] = eye
        tensors[f"{name}.W_O"][0, :, 8:16] = eye
    tensors["L0.cross.W_Q"][0] = torch.cat((0 * eye, eye, 0 * eye, 0 * eye))  # what L0H0 writes
    tensors["L0.cross.W_O"][0] = torch.cat((0 * eye, 0 * eye, eye, 0 * eye), dim=1)
    for read in "QKV":
        tensors[f"L1.attn.W_{read}"][0] = torch.cat((0 * eye, 0 * eye, eye, 0 * eye))  # what L0X0 writes
    found = finish(compose(model_of(config, tensors)))
    assert [str(head) for head in found.heads] == ["L0H0", "L0X0", "L1H0"]
    for mode, into_cross in (("q", 8**-0.5), ("k", math.nan), ("v", math.nan)):
        raw = found.raw[mode]
        assert raw[0, 1] == pytest.approx(into_cross, abs=1e-5, nan_ok=True), mode
        assert raw[1, 2] == pytest.approx(8**-0.5, abs=1e-5), mode
        assert raw[0, 2] == pytest.approx(0, abs=1e-5), mode
        assert np.isnan(raw[1, 0])
        assert np.isnan(raw[2]).all()
