"""Every family's loader against logits and attention computed by an independent implementation."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from analysis.files.checkpoint import Checkpoint, open_checkpoint
from analysis.loading.certificate import certify
from analysis.loading.identify import identify
from analysis.model.attention import attention
from analysis.model.model import Config, ModelSpec
from analysis.model.transformer import Run, forward
from analysis.values.work import finish
from tests.analysis.formats.reference_models import GPT, Notebook, exact_gelu
from tests.analysis.handmade import load_model
from tests.shared_data import CHECKPOINT, needs_shared

CPU = torch.device("cpu")
EVERY = [(24, "ln_3")] * 3
SOME = [(16, "ln_3"), (None, "ln_2"), (16, "ln_3"), (None, "ln_3")]
MODELS = {
    "cursive": lambda: GPT(cross=EVERY, d_context=24),
    "cursive, cross-attention in some blocks, narrow context": lambda: GPT(heads=6, cross=SOME, d_context=16),
    "makemore": lambda: GPT(),
    "nanogpt": lambda: GPT(heads=3, mask=False, gelu=exact_gelu, tied=True),
    "nanogpt without biases": lambda: GPT(heads=8, bias=False, mask=False, gelu=exact_gelu, tied=True),
    "notebook": lambda: Notebook(),
}
FAMILIES = {
    "cursive": "Cursive transformer",
    "makemore": "makemore",
    "nanogpt": "nanoGPT",
    "notebook": "Notebook layout",
}


def prefixed(model: nn.Module, prefix: str) -> dict[str, torch.Tensor]:
    return {prefix + name: tensor for name, tensor in model.state_dict().items()}


WRAPPINGS = {
    "bare": lambda model, args: model.state_dict() | {},
    "trainer": lambda model, args: {
        "model_state_dict": model.state_dict(),
        "optimizer_state_dict": {"state": {0: {"exp_avg": torch.ones(3)}}, "param_groups": []},
        "step": 7,
    },
    "lightning": lambda model, args: {
        "state_dict": prefixed(model, "model."),
        "hyper_parameters": args,
        "epoch": 3,
        "pytorch-lightning_version": "2.0.0",
    },
    "lightning, other name": lambda model, args: {"state_dict": prefixed(model, "gpt.")},
    "compiled": lambda model, args: {"model": prefixed(model, "_orig_mod.")},
    "compiled, parallel": lambda model, args: {"model": prefixed(model, "module._orig_mod.")},
    "nested": lambda model, args: {"state_dict": {"model": prefixed(model, "net.")}},
}


def loaded(content: object, path: Path, n_head: int | None) -> tuple[Checkpoint, ModelSpec]:
    torch.save(content, path)
    checkpoint = open_checkpoint(path)
    return checkpoint, identify(checkpoint, n_head)


def prompt(config: Config) -> tuple[torch.Tensor, torch.Tensor | None]:
    draw = torch.Generator().manual_seed(5)
    tokens = torch.randint(config.d_vocab, (2, config.n_ctx), generator=draw)
    context = torch.randint(config.d_vocab_context, (2, 7), generator=draw) if config.cross_layers else None
    return tokens, context


def run(spec: ModelSpec, checkpoint: Checkpoint) -> Run:
    model = load_model(spec, checkpoint, CPU)
    assert finish(certify(spec, checkpoint, model)).ok, finish(certify(spec, checkpoint, model)).lines
    return finish(forward(model, *prompt(spec.config)))


def assert_same(ours: Run, model: nn.Module) -> None:
    config = ours.model.config
    logits, self_patterns, cross_patterns = model(*prompt(config))
    torch.testing.assert_close(ours.logits, logits, atol=1e-4, rtol=1e-4)
    for layer, pattern in enumerate(self_patterns):
        kept = ours.layers[layer, "self"]
        torch.testing.assert_close(attention(kept.q, kept.k, config.masking(layer)), pattern, atol=1e-5, rtol=0)
    for layer, pattern in zip(config.cross_layers, cross_patterns, strict=True):
        kept = ours.layers[layer, "cross"]
        found = attention(kept.q, kept.k, config.masking(layer, "cross"))
        torch.testing.assert_close(found, pattern, atol=1e-5, rtol=0)


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize("kind", MODELS)
def test_that_a_loaded_model_computes_what_its_own_code_computes(kind: str, wrapping: str, tmp_path: Path) -> None:
    model = MODELS[kind]()
    heads = next(module.heads for module in model.modules() if hasattr(module, "heads"))
    content = WRAPPINGS[wrapping](model, {"n_embd": 24})
    checkpoint, spec = loaded(content, tmp_path / "some.file", heads)
    assert spec.family == FAMILIES[kind.split(",")[0].split(" ")[0]]
    assert spec.config.n_heads == heads
    assert_same(run(spec, checkpoint), model)


@pytest.mark.parametrize("kind", MODELS)
def test_that_safetensors_load_like_torch_files(kind: str, tmp_path: Path) -> None:
    model = MODELS[kind]()
    heads = next(module.heads for module in model.modules() if hasattr(module, "heads"))
    tensors = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    save_file(tensors, tmp_path / "weights", metadata={"format": "pt"})
    checkpoint = open_checkpoint(tmp_path / "weights")
    assert_same(run(identify(checkpoint, heads), checkpoint), model)


def test_that_embeddings_stored_once_are_tied(tmp_path: Path) -> None:
    model = MODELS["nanogpt"]()
    for missing in ("transformer.wte.weight", "lm_head.weight"):
        state = {name: tensor for name, tensor in model.state_dict().items() if name != missing}
        checkpoint, spec = loaded(state, tmp_path / "tied.pt", 3)
        assert spec.parts["unembed.W_U"].tied
        assert any("tied" in line for line in spec.evidence)
        assert_same(run(spec, checkpoint), model)


def test_that_the_older_torch_form_is_read(tmp_path: Path) -> None:
    model = MODELS["makemore"]()
    torch.save(model.state_dict(), tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    checkpoint = open_checkpoint(tmp_path / "old.pt")
    assert_same(run(identify(checkpoint), checkpoint), model)


def test_that_half_precision_weights_are_computed_in_single_precision(tmp_path: Path) -> None:
    model = MODELS["makemore"]().to(torch.bfloat16).to(torch.float32)
    state = {name: tensor.to(torch.bfloat16) for name, tensor in model.state_dict().items()}
    checkpoint, spec = loaded(state, tmp_path / "half.pt", None)
    assert_same(run(spec, checkpoint), model)


def test_that_a_norm_of_a_missing_cross_attention_is_named_as_unread(tmp_path: Path) -> None:
    model = GPT(cross=[(24, "ln_3"), (None, "ln_3")], d_context=24)
    state = dict(model.state_dict()) | {"transformer.h.1.ln_2.weight": torch.ones(24)}
    checkpoint, spec = loaded(state, tmp_path / "spare.pt", None)
    assert "transformer.h.1.ln_2.weight" in spec.ignored
    assert any("transformer.h.1.ln_2.weight" in line for line in spec.evidence)
    assert_same(run(spec, checkpoint), model)


def test_that_the_notebook_layout_may_be_attention_only(tmp_path: Path) -> None:
    spare = ("norm", "linear", "ln_f")
    whole = Notebook().state_dict()
    state = {name: tensor for name, tensor in whole.items() if not any(word in name for word in spare)}
    checkpoint, spec = loaded(state, tmp_path / "bare.pt", None)
    assert (spec.config.norm, spec.config.d_mlp) == ("none", 0)
    assert finish(certify(spec, checkpoint, load_model(spec, checkpoint, CPU))).ok


@needs_shared
def test_that_the_real_checkpoint_is_a_cursive_transformer_of_known_size() -> None:
    spec = identify(open_checkpoint(CHECKPOINT))
    config = spec.config
    assert (config.n_layers, config.n_heads, config.d_model, config.d_vocab, config.n_ctx) == (4, 4, 64, 525, 600)
    assert (config.cross_layers, config.n_ctx_context, config.d_vocab_context) == ((0, 1, 2, 3), 50, 72)
    assert spec.vocabulary.unit == "stroke"
    assert spec.context_vocabulary is not None
    assert spec.context_vocabulary.names[2] == "e"
    assert 4 in spec.head_counts
