"""What is recovered from names and shapes, which head counts are allowed, and what a misfit is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

from analysis.files.checkpoint import open_checkpoint
from analysis.loading.identify import identify
from analysis.model.model import ModelSpec
from analysis.values import UserError
from tests.analysis.formats.reference_models import GPT, Notebook

State = dict[str, torch.Tensor]


def read(content: object, path: Path, n_head: int | None = None) -> ModelSpec:
    torch.save(content, path / "file.pt")
    return identify(open_checkpoint(path / "file.pt"), n_head)


def cursive() -> State:
    return dict(GPT(cross=[(16, "ln_3"), (None, "ln_2")], d_context=16).state_dict())


def test_that_shapes_tell_everything_but_the_head_count(tmp_path: Path) -> None:
    config = read(cursive(), tmp_path).config
    assert (config.n_layers, config.d_model, config.d_vocab, config.n_ctx, config.d_mlp) == (2, 24, 31, 20, 72)
    assert (config.cross_layers, config.d_context, config.n_ctx_context, config.d_vocab_context) == ((0,), 16, 7, 9)


def test_that_four_heads_are_assumed_and_every_divisor_is_offered(tmp_path: Path) -> None:
    spec = read(cursive(), tmp_path)
    assert (spec.config.n_heads, spec.config.d_head) == (4, 6)
    assert spec.head_counts == (1, 2, 3, 4, 6, 8, 12, 24)


def test_that_a_chosen_head_count_is_used(tmp_path: Path) -> None:
    spec = read(cursive(), tmp_path, 12)
    assert (spec.config.n_heads, spec.config.d_head) == (12, 2)
    assert any("12 heads: chosen" in line for line in spec.evidence)


@pytest.mark.parametrize("wrong", [0, -1, 5, 48])
def test_that_a_wrong_head_count_is_told_the_possible_ones(wrong: int, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=re.escape("1, 2, 3, 4, 6, 8, 12, 24")):
        read(cursive(), tmp_path, wrong)


def test_that_the_head_count_in_model_args_is_believed(tmp_path: Path) -> None:
    spec = read({"model": GPT(heads=6).state_dict(), "model_args": {"n_head": 6, "n_layer": 3}}, tmp_path)
    assert (spec.family, spec.config.n_heads, spec.head_counts) == ("nanoGPT", 6, ())
    assert spec.config.activation == "gelu"


def test_that_a_chosen_head_count_wins_over_the_file_and_says_so(tmp_path: Path) -> None:
    content = {"model": GPT(heads=6).state_dict(), "model_args": {"n_head": 6}}
    spec = read(content, tmp_path, 3)
    assert spec.config.n_heads == 3
    assert any("though the file says 6" in line for line in spec.evidence)


def test_that_a_head_count_in_the_file_that_does_not_divide_is_not_believed(tmp_path: Path) -> None:
    spec = read({"model": GPT().state_dict(), "model_args": {"n_head": 7}}, tmp_path)
    assert spec.config.n_heads == 4


@pytest.mark.parametrize("mask", [True, False])
def test_that_a_guessed_activation_is_admitted(mask: bool, tmp_path: Path) -> None:
    spec = read(GPT(mask=mask).state_dict(), tmp_path)
    assert spec.config.activation == ("gelu_tanh" if mask else "gelu")
    assert any("shapes cannot tell" in line and "GELU" in line for line in spec.evidence)


def test_that_causal_masks_are_no_weights(tmp_path: Path) -> None:
    spec = read(GPT(mask=True).state_dict(), tmp_path)
    assert spec.ignored == tuple(f"transformer.h.{layer}.attn.bias" for layer in range(3))


def without(state: State, *names: str) -> State:
    return {name: tensor for name, tensor in state.items() if not name.startswith(names)}


MISSING = {
    "a weight": ("transformer.h.1.mlp.c_fc.weight", "transformer.h.1.mlp.c_fc.weight"),
    "a bias": ("transformer.h.1.attn.c_attn.bias", "transformer.h.1.attn.c_attn.bias"),
    "a norm": ("transformer.h.0.ln_3.", "transformer.h.0.ln_3.weight"),
    "positions": ("transformer.wpe.", "transformer.wpe.weight"),
    "context": ("transformer.wcpe.", "transformer.wcpe.weight"),
    "a query": ("transformer.h.0.cross_attn.c_attn_q.weight", "transformer.h.0.cross_attn.c_attn_q.weight"),
    "a layer": ("transformer.h.1.ln_2", "transformer.h.1.ln_2.weight"),
}


@pytest.mark.parametrize("case", MISSING)
def test_that_a_missing_tensor_is_named(case: str, tmp_path: Path) -> None:
    removed, named = MISSING[case]
    with pytest.raises(UserError, match=re.escape(named)):
        read(without(cursive(), removed), tmp_path)


def test_that_a_gap_in_the_layers_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Layer 1 is missing"):
        read(without(dict(GPT().state_dict()), "transformer.h.1."), tmp_path)


def test_that_a_far_off_layer_number_is_a_gap(tmp_path: Path) -> None:
    state = dict(GPT().state_dict()) | {"transformer.h.999999.ln_1.weight": torch.ones(24)}
    with pytest.raises(UserError, match="Layer 3 is missing"):
        read(state, tmp_path)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("transformer.wpe.weight", (20, 23)),
        ("transformer.h.1.attn.c_proj.weight", (24, 23)),
        ("transformer.h.1.mlp.c_proj.bias", (25,)),
        ("transformer.h.0.cross_attn.c_attn_kv.weight", (48, 17)),
        ("transformer.wcpe.weight", (7, 15)),
        ("lm_head.weight", (31, 24, 1)),
    ],
)
def test_that_a_misshapen_tensor_is_named(name: str, shape: tuple[int, ...], tmp_path: Path) -> None:
    with pytest.raises(UserError, match=re.escape(name)):
        read(cursive() | {name: torch.zeros(shape)}, tmp_path)


def test_that_an_unknown_architecture_is_told_with_names_seen(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"conv1\.weight"):
        read({"conv1.weight": torch.ones(3, 3), "conv1.bias": torch.ones(3)}, tmp_path)


def test_that_transposed_gpt2_weights_are_not_mistaken_for_nanogpt(tmp_path: Path) -> None:
    state = {name: tensor.T if "c_attn.weight" in name else tensor for name, tensor in GPT().state_dict().items()}
    with pytest.raises(UserError, match=r"transformer\.h\.0\.mlp\.c_fc\.weight.*has shape \[72, 24\]"):
        read(state, tmp_path)


def test_that_a_notebook_layout_without_embedding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No token embedding"):
        read(without(dict(Notebook().state_dict()), "transformer.token_embedding"), tmp_path)


def test_that_norms_in_some_layers_only_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Some layers have a norm"):
        read(without(dict(Notebook().state_dict()), "transformer.layers.1.norm"), tmp_path)
