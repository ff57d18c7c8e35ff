"""Every Hugging Face family against the transformers library, on tiny random models."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from analysis.files.checkpoint import open_checkpoint
from analysis.loading.certificate import certify
from analysis.loading.identify import identify
from analysis.measures.gains import fold
from analysis.model.attention import attention, spread
from analysis.model.model import ModelSpec
from analysis.model.transformer import Run, forward
from analysis.values import UserError
from analysis.values.work import finish
from tests.analysis.handmade import load_model

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    transformers = pytest.importorskip("transformers")
    from transformers import (
        Gemma2Config,
        Gemma3TextConfig,
        GemmaConfig,
        GPT2Config,
        GPTNeoXConfig,
        LlamaConfig,
        MistralConfig,
        Qwen2Config,
        Qwen3Config,
    )

pytestmark = pytest.mark.filterwarnings("ignore")  # what the library warns of is not ours

CPU = torch.device("cpu")
PROMPT = 24  # longer than every window
SIZES: dict[str, Any] = {
    "vocab_size": 67, "hidden_size": 32, "intermediate_size": 44, "num_hidden_layers": 3, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 64, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip
GPT2: dict[str, Any] = {
    "vocab_size": 67, "n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 40, "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip
NEOX = {name: size for name, size in SIZES.items() if name != "num_key_value_heads"}
LLAMA3 = {
    "rope_type": "llama3", "rope_theta": 1e4, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}  # fmt: skip
GEMMA3_SIZES = SIZES | {"num_hidden_layers": 7, "head_dim": 16, "sliding_window": 5, "query_pre_attn_scalar": 10}
BASES = {
    "sliding_attention": {"rope_type": "default", "rope_theta": 100.0},
    "full_attention": {"rope_type": "linear", "factor": 4.0, "rope_theta": 5000.0},
}

MODELS: dict[str, tuple[str, Callable[[], Any]]] = {
    "gpt2": ("GPT-2", lambda: GPT2Config(**GPT2)),
    "gpt2, other activation": ("GPT-2", lambda: GPT2Config(**GPT2, activation_function="relu", n_inner=50)),
    "neox, parallel": ("GPT-NeoX", lambda: GPTNeoXConfig(**NEOX)),
    "neox, serial, half rotary": (
        "GPT-NeoX",
        lambda: GPTNeoXConfig(**NEOX, use_parallel_residual=False, rotary_pct=0.5, hidden_act="gelu_new"),
    ),
    "llama": ("Llama", lambda: LlamaConfig(**SIZES)),
    "llama, tied, biased, narrow heads": (
        "Llama",
        lambda: LlamaConfig(**SIZES, tie_word_embeddings=True, attention_bias=True, mlp_bias=True, head_dim=6),
    ),
    "llama, llama3 rotary": ("Llama", lambda: LlamaConfig(**SIZES, rope_parameters=LLAMA3)),
    "llama, linear rotary": (
        "Llama",
        lambda: LlamaConfig(**SIZES, rope_parameters={"rope_type": "linear", "factor": 2.0, "rope_theta": 500.0}),
    ),
    "mistral": ("Mistral", lambda: MistralConfig(**SIZES, sliding_window=6)),
    "mistral, no window": ("Mistral", lambda: MistralConfig(**SIZES, sliding_window=None)),
    "qwen2": ("Qwen2", lambda: Qwen2Config(**SIZES)),
    "qwen2, windows": (
        "Qwen2",
        lambda: Qwen2Config(**SIZES, use_sliding_window=True, sliding_window=5, max_window_layers=1),
    ),
    "qwen3": ("Qwen3", lambda: Qwen3Config(**SIZES, head_dim=12, tie_word_embeddings=True)),
    "gemma": ("Gemma", lambda: GemmaConfig(**SIZES, head_dim=16)),
    "gemma 2": (
        "Gemma 2",
        lambda: Gemma2Config(
            **SIZES, head_dim=16, sliding_window=5, query_pre_attn_scalar=20,
            attn_logit_softcapping=2.0, final_logit_softcapping=3.0,
        ),
    ),
    "gemma 2, no caps": (
        "Gemma 2",
        lambda: Gemma2Config(**SIZES, head_dim=16, attn_logit_softcapping=None, final_logit_softcapping=None),
    ),
    "gemma 3": ("Gemma 3", lambda: Gemma3TextConfig(**GEMMA3_SIZES, rope_parameters=BASES)),
}  # fmt: skip


def made(kind: str) -> Any:
    """A model whose every parameter matters: norms and biases are random too."""
    config = MODELS[kind][1]()
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    draw = torch.Generator().manual_seed(3)
    for parameter in model.parameters():
        around = 1.0 if parameter.ndim == 1 and bool((parameter == 1).all()) else 0.0
        parameter.data = around + 0.3 * torch.randn(parameter.shape, generator=draw)
    return model


def theirs(model: Any) -> tuple[torch.Tensor, tuple[torch.Tensor, ...]]:
    with torch.no_grad():
        found = model(tokens(), output_attentions=True, use_cache=False)
    return found.logits, found.attentions


def tokens() -> torch.Tensor:
    return torch.randint(3, 67, (2, PROMPT), generator=torch.Generator().manual_seed(4))


def opened(path: Path, n_head: int | None = None) -> tuple[ModelSpec, Run]:
    checkpoint = open_checkpoint(path)
    spec = identify(checkpoint, n_head)
    model = load_model(spec, checkpoint, CPU)
    certificate = finish(certify(spec, checkpoint, model))
    assert certificate.ok, certificate.lines
    return spec, finish(forward(model, tokens()))


def assert_same(run: Run, model: Any) -> None:
    logits, patterns = theirs(model)
    torch.testing.assert_close(run.logits, logits, atol=1e-4, rtol=0)
    assert len(run.layers) == len(patterns)
    for (layer, kind), kept in run.layers.items():
        ours = attention(kept.q, spread(kept.k, kept.q.shape[1]), run.model.config.masking(layer, kind))
        torch.testing.assert_close(ours, patterns[layer], atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", MODELS)
def test_that_logits_and_attention_equal_those_of_the_transformers_library(kind: str, tmp_path: Path) -> None:
    model = made(kind)
    model.save_pretrained(tmp_path)
    spec, run = opened(tmp_path / "model.safetensors")
    assert spec.family == MODELS[kind][0]
    assert spec.head_counts == ()
    assert_same(run, model)


@pytest.mark.parametrize("kind", ["gpt2", "neox, parallel", "llama", "mistral", "qwen2", "qwen3", "gemma 2", "gemma 3"])
def test_that_state_dictionaries_load_like_safetensors(kind: str, tmp_path: Path) -> None:
    model = made(kind)
    model.config.save_pretrained(tmp_path)
    torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")
    assert_same(opened(tmp_path / "pytorch_model.bin")[1], model)


def test_that_buffers_and_names_of_older_files_are_read(tmp_path: Path) -> None:
    model = made("neox, parallel")
    model.config.save_pretrained(tmp_path)
    state = {name.replace("lm_head", "embed_out"): tensor for name, tensor in model.state_dict().items()}
    for layer in range(3):
        at = f"gpt_neox.layers.{layer}.attention."
        state |= {at + "bias": torch.ones(1, 1, 64, 64).tril().bool(), at + "masked_bias": torch.tensor(-1e9)}
        state |= {at + "rotary_emb.inv_freq": torch.ones(1)}
    torch.save(state, tmp_path / "pytorch_model.bin")
    spec, run = opened(tmp_path / "pytorch_model.bin")
    assert len(spec.ignored) == 9
    assert_same(run, model)


@pytest.mark.parametrize("kind", ["gpt2", "neox, parallel", "llama", "qwen3", "gemma 3"])
def test_that_bfloat16_files_are_computed_in_single_precision(kind: str, tmp_path: Path) -> None:
    made(kind).to(torch.bfloat16).save_pretrained(tmp_path)
    single = transformers.AutoModelForCausalLM.from_pretrained(
        tmp_path, dtype=torch.float32, attn_implementation="eager", local_files_only=True
    )
    assert_same(opened(tmp_path / "model.safetensors")[1], single.eval())


# ---- the configuration beside the file ---------------------------------------------------------------------------


def saved(kind: str, folder: Path, **changed: object) -> Any:
    """The model, saved; config.json with these fields changed, or without them where ... is given."""
    model = made(kind)
    model.save_pretrained(folder)
    told = json.loads((folder / "config.json").read_text())
    for name, value in changed.items():
        if value is ...:
            told.pop(name, None)
        else:
            told[name] = value
    (folder / "config.json").write_text(json.dumps(told))
    return model


OLDER: dict[str, dict[str, Any]] = {
    "neox, serial, half rotary": {"rope_parameters": ..., "rotary_pct": 0.5, "rotary_emb_base": 10000},
    "llama, linear rotary": {
        "rope_parameters": ..., "rope_theta": 500.0, "rope_scaling": {"type": "linear", "factor": 2.0},
    },
    "llama, llama3 rotary": {"rope_parameters": ..., "rope_theta": 1e4, "rope_scaling": LLAMA3},
    "llama": {"rope_parameters": {"rope_type": "dynamic", "factor": 4.0, "rope_theta": 1e4}},
    "gemma 3": {
        "rope_parameters": ..., "rope_theta": 5000.0, "rope_local_base_freq": 100.0, "layer_types": ...,
        "sliding_window_pattern": 6, "rope_scaling": {"rope_type": "linear", "factor": 4.0},
    },
    "gemma 2": {"layer_types": ...},
    "qwen2, windows": {"layer_types": ...},
}  # fmt: skip


@pytest.mark.parametrize("kind", OLDER)
def test_that_older_forms_of_the_configuration_mean_the_same(kind: str, tmp_path: Path) -> None:
    model = saved(kind, tmp_path, **OLDER[kind])
    assert_same(opened(tmp_path / "model.safetensors")[1], model)


@pytest.mark.parametrize("kind", ["gpt2", "llama", "mistral, no window", "gemma 2, no caps"])
def test_that_without_a_configuration_the_usual_values_are_taken_and_said(kind: str, tmp_path: Path) -> None:
    made(kind).save_pretrained(tmp_path)
    (tmp_path / "config.json").unlink()
    spec, _ = opened(tmp_path / "model.safetensors")
    assert any("no config.json" in line and "taken as usual" in line for line in spec.evidence)
    assert spec.config.n_heads == 4
    assert 2 in spec.head_counts


def test_that_shapes_alone_suffice_where_the_values_are_the_usual_ones(tmp_path: Path) -> None:
    model = made("gpt2")
    model.save_pretrained(tmp_path)
    (tmp_path / "config.json").unlink()
    assert_same(opened(tmp_path / "model.safetensors", 4)[1], model)


def test_that_gpt2_is_read_without_its_prefix(tmp_path: Path) -> None:
    model = made("gpt2")
    model.transformer.save_pretrained(tmp_path)
    assert_same(opened(tmp_path / "model.safetensors")[1], model)


def test_that_gpt2_with_another_scale_keeps_its_weights(tmp_path: Path) -> None:
    saved("gpt2", tmp_path, scale_attn_by_inverse_layer_idx=True)
    spec = identify(open_checkpoint(tmp_path / "model.safetensors"))
    assert (spec.family, spec.config.n_heads) == ("GPT-2", 4)
    assert "scales attention" in spec.weights_only


def test_that_query_norms_tell_the_head_count(tmp_path: Path) -> None:
    made("qwen3").save_pretrained(tmp_path)
    (tmp_path / "config.json").unlink()
    spec, _ = opened(tmp_path / "model.safetensors")
    assert (spec.family, spec.config.d_head, spec.head_counts) == ("Qwen3", 12, ())


def test_that_a_configuration_of_another_model_is_not_used(tmp_path: Path) -> None:
    saved("llama", tmp_path, hidden_size=64)
    spec, _ = opened(tmp_path / "model.safetensors")
    assert any("another width" in line for line in spec.evidence)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"rope_parameters": {"rope_type": "yarn", "factor": 4.0, "rope_theta": 1e4}}, "'yarn'"),
        ({"hidden_act": "quick_thing"}, "'quick_thing'"),
        ({"model_type": "cohere"}, "architecture is not known"),
    ],
)
def test_that_what_cannot_be_followed_leaves_the_weights(changed: dict[str, Any], words: str, tmp_path: Path) -> None:
    model = saved("llama", tmp_path, **changed)
    checkpoint = open_checkpoint(tmp_path / "model.safetensors")
    spec = identify(checkpoint)
    ours = load_model(spec, checkpoint, CPU)
    assert words in spec.weights_only
    assert any("attention matrices by name" in line for line in spec.evidence)
    assert finish(certify(spec, checkpoint, ours)).ok
    wanted = model.model.layers[1].self_attn.k_proj.weight[8:].T
    assert torch.equal(ours.head(ours.heads[4 + 3]).W_K, wanted)


@pytest.mark.parametrize(
    "changed",
    [
        {"rms_norm_eps": "small"},
        {"num_attention_heads": -4},
        {"rope_parameters": {"rope_type": "default", "rope_theta": 0}},
        {"sliding_window": 2.5},
        {"layer_types": ["full_attention"]},
        {"layer_types": [["full_attention"]] * 3},
        {"rms_norm_eps": 10**400},
        {"max_position_embeddings": 2**40},
        {"tie_word_embeddings": True, "rope_parameters": {"rope_type": "linear", "factor": "2"}},
    ],
)
def test_that_a_configuration_that_makes_no_sense_is_told(changed: dict[str, Any], tmp_path: Path) -> None:
    saved("mistral", tmp_path, **changed)
    with pytest.raises(UserError, match=r"config\.json"):
        identify(open_checkpoint(tmp_path / "model.safetensors"))


@pytest.mark.parametrize("content", ["{", "[1]", "[" * 100_000, ""])
def test_that_a_config_json_that_is_none_is_left_alone(content: str, tmp_path: Path) -> None:
    made("gpt2").save_pretrained(tmp_path)
    (tmp_path / "config.json").write_text(content)
    assert "config.json" not in open_checkpoint(tmp_path / "model.safetensors").metadata


def test_that_the_text_part_of_a_larger_model_is_read(tmp_path: Path) -> None:
    model = made("gemma 3")
    told = model.config.to_dict()
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "gemma3", "text_config": told}))
    state = {f"language_model.{name}": tensor for name, tensor in model.state_dict().items()}
    state |= {"vision_tower.layers.0.self_attn.q_proj.weight": torch.ones(4, 4), "projector.weight": torch.ones(4, 4)}
    torch.save(state, tmp_path / "pytorch_model.bin")
    spec, run = opened(tmp_path / "pytorch_model.bin")
    assert any("2 tensors outside it" in line for line in spec.evidence)
    assert any("the last 5 keys in 6 of 7 layers" in line for line in spec.evidence)
    assert_same(run, model)


def test_that_a_folded_norm_is_counted_from_one_where_the_family_does_so(tmp_path: Path) -> None:
    model = made("gemma 2")
    model.save_pretrained(tmp_path)
    _, run = opened(tmp_path / "model.safetensors")
    scale = fold(run.model, "L1.ln1").scale
    assert scale is not None
    torch.testing.assert_close(scale, 1 + model.model.layers[1].input_layernorm.weight.detach())
