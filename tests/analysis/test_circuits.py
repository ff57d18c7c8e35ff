from dataclasses import replace

import numpy as np
import pytest
import torch

from analysis.measures.circuits import full_ov, full_qk, ov, position_ov, position_qk, qk
from analysis.model.model import Config, Model
from analysis.model.transformer import forward
from analysis.values import HeadId, UserError
from analysis.values.work import finish

from .handmade import CROSSED, SMALL, random_model

ROTARY = replace(SMALL, positions="rotary", rotary_dim=8, n_kv_heads=2)


def close(found: torch.Tensor, wanted: torch.Tensor) -> None:
    torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)


def dense(model: Model, head: HeadId) -> tuple[torch.Tensor, torch.Tensor]:
    w = model.head(head)
    return w.W_Q @ w.W_K.T, w.W_V @ w.W_O


@pytest.mark.parametrize("head", [HeadId(1, 2), HeadId(2, 3, "cross")])
def test_that_circuits_are_the_products_of_their_matrices(head: HeadId) -> None:
    model = random_model(CROSSED)
    w, (qk_dense, ov_dense) = model.weights, dense(model, head)
    keys, places = ("embed.W_E", "pos.W_pos") if head.kind == "self" else ("context.W_E", "context.W_pos")
    close(qk(model, head).block(), qk_dense)
    close(ov(model, head).block(), ov_dense)
    close(full_qk(model, head).block(), w["embed.W_E"] @ qk_dense @ w[keys].T)
    close(full_ov(model, head).block(), w[keys] @ ov_dense @ w["unembed.W_U"])
    close(position_qk(model, head).block(), w["pos.W_pos"] @ qk_dense @ w[places].T)
    close(position_ov(model, head).block(), w[places] @ ov_dense @ w["unembed.W_U"])


def test_that_a_block_is_that_part_of_the_whole() -> None:
    circuit = full_qk(random_model(SMALL), HeadId(0, 1))
    close(circuit.block(slice(3, 9), slice(20, 31)), circuit.block()[3:9, 20:31])


def test_that_a_score_of_attention_is_the_circuit_between_what_was_read() -> None:
    """With one layer, no norm and no biases, score(i, j) = x_i QK x_jᵀ / √d_head exactly."""
    model = random_model(replace(SMALL, norm="none", n_layers=1), biases=False)
    tokens = torch.randint(0, 50, (1, 12))
    kept = finish(forward(model, tokens)).layers[0, "self"]
    x = model.weights["embed.W_E"][tokens[0]] + model.weights["pos.W_pos"][:12]
    close(kept.q[0, 1] @ kept.k[0, 1].T, x @ qk(model, HeadId(0, 1)).block() @ x.T)


def test_that_a_rotary_circuit_at_a_lag_gives_the_scores_at_that_distance() -> None:
    model = random_model(replace(ROTARY, norm="none", n_layers=1), biases=False)
    tokens = torch.randint(0, 50, (1, 12))
    kept = finish(forward(model, tokens)).layers[0, "self"]
    x = model.weights["embed.W_E"][tokens[0]]
    for lag in (0, 1, 5):
        wanted = [(x[i] @ qk(model, HeadId(0, 3), lag=lag).block() @ x[i - lag]).item() for i in range(lag, 12)]
        found = [(kept.q[0, 3, i] @ kept.k[0, 1, i - lag]).item() for i in range(lag, 12)]
        np.testing.assert_allclose(found, wanted, atol=1e-4)


@pytest.mark.parametrize("norm", ["layer", "rms"])
def test_that_folding_gives_what_the_head_reads_after_the_norm(norm: str) -> None:
    """LN(x) W = (x / length) · folded W + constants: the part that depends on x is the folded circuit."""
    model = random_model(replace(SMALL, norm=norm), biases=False)
    x = torch.randn(32)
    centered = x - x.mean() if norm == "layer" else x
    normed = centered * model.weights["L1.ln1.w"]  # without the division and the bias
    wanted = normed @ qk(model, HeadId(1, 0)).block() @ normed
    close(x @ qk(model, HeadId(1, 0), folded=True).block() @ x, wanted)
    close((x @ ov(model, HeadId(1, 0), folded=True).block()), normed @ ov(model, HeadId(1, 0)).block())


GAINS = {
    "RMSNorm": replace(ROTARY, norm="rms"),
    "LayerNorm": ROTARY,
    "LayerNorm folded away": replace(ROTARY, norm_weights=False),
    "q/k norms": replace(ROTARY, norm="rms", qk_norm=True),
    "q/k norms, Gemma": replace(
        ROTARY, norm="rms", qk_norm=True, norm_place="around", norm_offset=1.0, embed_scale=5.6
    ),
    "q/k LayerNorms": replace(ROTARY, qk_norm=True),
    "none": replace(ROTARY, norm="none", embed_scale=2.0),
    "after sublayers": replace(ROTARY, norm_place="after", embed_scale=2.0),
}


def without_biases(config: Config, seed: int = 0, spread: float = 0.4) -> Model:
    model = random_model(config, seed, spread, biases=False)
    for name in (name for name in model.weights if name.endswith(".b")):
        model.weights[name].zero_()
    return model


def scores_of_two_tokens(model: Model, head: HeadId) -> torch.Tensor:
    """The model's own scores ÷ scale, [query token, key token], one forward pass on each pair of tokens."""
    n = model.config.d_vocab
    key, query = (grid.flatten() for grid in torch.meshgrid(torch.arange(n), torch.arange(n), indexing="ij"))
    kept = finish(forward(model, torch.stack((key, query), 1))).layers[head.layer, "self"]
    q, k = kept.q[:, head.index, 1], kept.k[:, model.kv_index(head), 0]
    return (q * k).sum(-1).view(n, n).T


def correlations(found: torch.Tensor, wanted: torch.Tensor) -> tuple[float, float]:
    """Pearson's, and that of the ranks."""
    both = torch.stack((found.flatten(), wanted.flatten()))
    return float(both.corrcoef()[0, 1]), float(both.argsort().argsort().double().corrcoef()[0, 1])


@pytest.mark.parametrize("name", GAINS)
def test_that_the_first_layer_s_scores_are_the_circuit_in_tokens_with_gains_and_lengths(name: str) -> None:
    """To the last digit with each token's own lengths; without them, in the same order but for a few."""
    model = without_biases(GAINS[name])
    for head in (HeadId(0, 1), HeadId(0, 2)):
        wanted = scores_of_two_tokens(model, head)
        close(full_qk(model, head, folded=True, lag=1, divided=True).block(), wanted)
        found = full_qk(model, head, folded=True, lag=1).block()
        assert min(correlations(found, wanted)) > 0.9
        if GAINS[name].norm == "none" or GAINS[name].norm_place == "after":
            close(found, wanted)
        elif GAINS[name].norm_weights:
            raw = correlations(full_qk(model, head, lag=1).block(), wanted)
            assert raw < correlations(found, wanted)


def test_that_positions_give_the_scores_of_a_model_whose_tokens_are_all_nothing() -> None:
    model = without_biases(replace(SMALL, qk_norm=True, norm="rms"))
    model.weights["embed.W_E"].zero_()
    kept = finish(forward(model, torch.zeros(1, 64, dtype=torch.int64))).layers[0, "self"]
    found = position_qk(model, HeadId(0, 3), folded=True, divided=True).block()
    close(found, kept.q[0, 3] @ kept.k[0, 3].T)


@pytest.mark.parametrize("place", ["before", "around", "after"])
@pytest.mark.parametrize("final", [True, False])
def test_that_folded_ov_is_the_straight_path_to_the_logits(place: str, final: bool) -> None:
    """Head 1 of layer 1 alone writes, of the embeddings, and all norms' divisions are taken out of the comparison."""
    model, head = without_biases(replace(SMALL, norm_place=place, final_norm=final, d_mlp=0)), HeadId(1, 1)
    after = ["L1.ln1", "L2.ln1"] if place == "after" else ["L1.ln1_post"] if place == "around" else []
    rows = model.weights["embed.W_E"]
    for norm in ["L0.ln1"] if place == "after" else ["L1.ln1"]:
        rows = undivided(model, norm, rows)
    rows = rows @ ov(model, head).block()
    for norm in [*after, *["final"] * final]:
        rows = undivided(model, norm, rows)
    close(full_ov(model, head, folded=True).block(), rows @ model.weights["unembed.W_U"])


def undivided(model: Model, norm: str, rows: torch.Tensor) -> torch.Tensor:
    return (rows - rows.mean(-1, keepdim=True)) * model.weights[norm + ".w"]


def test_that_gains_that_are_left_out_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the q/k gains are worth, held against the model: without them the order is another one."""
    model, head = without_biases(GAINS["q/k norms"], spread=1.0), HeadId(0, 1)
    wanted = scores_of_two_tokens(model, head)
    with_gains = correlations(full_qk(model, head, folded=True, lag=1).block(), wanted)
    monkeypatch.setattr("analysis.measures.gains.has_vector_norm", lambda *given: False)
    without = correlations(full_qk(model, head, folded=True, lag=1).block(), wanted)
    assert min(with_gains) > 0.9 > 0.8 > max(without)


def test_that_singular_values_and_eigenvalues_equal_those_of_the_dense_matrix() -> None:
    model = random_model(SMALL)
    circuit = ov(model, HeadId(2, 1))
    whole = circuit.block().double().numpy()
    np.testing.assert_allclose(circuit.singular_values().numpy(), np.linalg.svd(whole, compute_uv=False)[:8], rtol=1e-4)
    wanted = sorted(np.linalg.eigvals(whole), key=abs, reverse=True)[:8]
    found = circuit.eigenvalues().numpy()
    np.testing.assert_allclose(
        sorted(found, key=lambda v: (round(abs(v), 3), v.imag)),
        sorted(wanted, key=lambda v: (round(abs(v), 3), v.imag)),
        atol=1e-4,
    )


def test_that_eigenvalues_of_a_circuit_between_two_spaces_are_refused() -> None:
    with pytest.raises(UserError, match="not square"):
        ov(random_model(CROSSED), HeadId(0, 0, "cross")).eigenvalues()


def test_that_positions_of_a_rotary_model_are_refused_in_words() -> None:
    with pytest.raises(UserError, match="rotary"):
        position_qk(random_model(ROTARY), HeadId(0, 0))


def test_that_grouped_heads_share_their_keys() -> None:
    model = random_model(ROTARY)
    assert model.head(HeadId(0, 0)).W_K.data_ptr() == model.head(HeadId(0, 1)).W_K.data_ptr()
    assert model.head(HeadId(0, 1)).W_K.data_ptr() != model.head(HeadId(0, 2)).W_K.data_ptr()


def test_that_an_unknown_head_is_refused() -> None:
    with pytest.raises(UserError, match="no head L9H0"):
        random_model(SMALL).head(HeadId(9, 0))
