"""Llama, Mistral, Qwen2 and Qwen3: grouped keys, rotary positions, RMSNorm, a gated MLP."""

from dataclasses import replace

from analysis.files.checkpoint import Checkpoint
from analysis.loading.formats import Format
from analysis.loading.formats.hugging_face._hugging import Told, model_type, rotary, windows
from analysis.loading.formats.hugging_face._llama import NORMS, Family, collect, has, has_layers, measure
from analysis.model.model import ModelSpec

_FAMILIES = {"llama": "Llama", "mistral": "Mistral", "qwen2": "Qwen2", "qwen3": "Qwen3"}
_ROTARY_BASES = {"Llama": 1e4, "Mistral": 1e4, "Qwen2": 1e6, "Qwen3": 1e6}  # of the public models
_EPSILONS = {"Llama": 1e-5, "Mistral": 1e-5, "Qwen2": 1e-6, "Qwen3": 1e-6}


def recognise(checkpoint: Checkpoint) -> str | None:
    if not has_layers(checkpoint) or has(checkpoint, "post_feedforward_layernorm.weight"):
        return None
    if model_type(checkpoint) not in (None, *_FAMILIES):
        return None
    return f"{_name(checkpoint)}: Llama's names{_distinction(checkpoint)}"


def read(checkpoint: Checkpoint, n_head: int | None) -> ModelSpec:
    name = _name(checkpoint)
    base, eps = _ROTARY_BASES[name], _EPSILONS[name]
    defaults = f"rotary base {base:g}, ε = {eps:g}, SiLU and no sliding window"
    family = Family(name, str(recognise(checkpoint)), defaults, NORMS, 128 if _wide(checkpoint) else 64)
    found = measure(checkpoint, family, n_head)
    told = found.told
    base, speeds, turned = rotary(told, found.config.d_head, base)
    config = replace(
        found.config, rotary_base=base, rotary_speeds=speeds, rotary_dim=turned,
        norm_eps=told.number("rms_norm_eps", eps), activation=told.activation("silu", "hidden_act"),
        windows=_windows(told, name, found.config.n_layers),
    )  # fmt: skip
    return collect(found, family, config)


def _name(checkpoint: Checkpoint) -> str:
    """What config.json names, else what q/k norms and biases tell; Mistral looks like Llama."""
    named = _FAMILIES.get(model_type(checkpoint) or "")
    if named:
        return named
    if has(checkpoint, "self_attn.q_norm.weight"):
        return "Qwen3"
    return "Qwen2" if has(checkpoint, "self_attn.q_proj.bias") else "Llama"


def _distinction(checkpoint: Checkpoint) -> str:
    if has(checkpoint, "self_attn.q_norm.weight"):
        return " with norms on queries and keys"
    return " with biases on queries, keys and values" if has(checkpoint, "self_attn.q_proj.bias") else ""


def _wide(checkpoint: Checkpoint) -> bool:
    """Whether queries are so wide that heads of 128 are usual."""
    name = next(name for name in checkpoint.shapes if name.endswith("layers.0.self_attn.q_proj.weight"))
    return checkpoint.shapes[name][0] > 2048


def _windows(told: Told, name: str, n_layers: int) -> tuple[int, ...]:
    if name == "Mistral":
        return windows(told, [True] * n_layers, 0)
    if not told.flag("use_sliding_window"):
        return ()
    first = told.whole("max_window_layers", n_layers)
    return windows(told, [layer >= first for layer in range(n_layers)], 4096)


FORMAT = Format("llama", "Llama, Mistral, Qwen", recognise, read, order=70)
