"""Gemma, Gemma 2 and Gemma 3 (text): norms stored less 1, scaled embeddings, norms around sublayers, soft caps."""

import math
from dataclasses import replace

from analysis.files.checkpoint import Checkpoint
from analysis.loading.formats import Format
from analysis.loading.formats.hugging_face._hugging import Told, model_type, rotary, windows
from analysis.loading.formats.hugging_face._llama import NORMS, Family, Found, collect, has, has_layers, measure
from analysis.model.model import Config, ModelSpec

_TYPES = {"gemma": "Gemma", "gemma2": "Gemma 2", "gemma3_text": "Gemma 3"}
_AROUND = {
    "ln1": "input_layernorm", "ln1_post": "post_attention_layernorm",
    "ln2": "pre_feedforward_layernorm", "ln2_post": "post_feedforward_layernorm",
}  # fmt: skip
_DEFAULTS = {
    "Gemma": "rotary base 10000 and tanh GELU",
    "Gemma 2": "rotary base 10000, tanh GELU, caps of 50 and 30, scale by head width, "
    "and a window of 4096 in every other layer",
    "Gemma 3": "rotary base 1000000, tanh GELU, no caps, scale by head width, "
    "and in five of six layers a window of 1024 with base 10000",
}


def recognise(checkpoint: Checkpoint) -> str | None:
    name = _name(checkpoint)
    if name is None:
        return None
    return f"{name}: Llama's names" + (
        " with norms around each sublayer" if name != "Gemma" else ", as config.json says"
    )


def read(checkpoint: Checkpoint, n_head: int | None) -> ModelSpec:
    name = _name(checkpoint)
    assert name is not None
    norms = NORMS if name == "Gemma" else _AROUND
    family = Family(name, str(recognise(checkpoint)), _DEFAULTS[name], norms, d_head=256)
    found = measure(checkpoint, family, n_head)
    told, sizes = found.told, found.config
    base, speeds, turned = rotary(told, sizes.d_head, 1e6 if name == "Gemma 3" else 1e4)
    activation = told.activation("gelu_pytorch_tanh", "hidden_activation")
    config = replace(
        sizes, norm_eps=told.number("rms_norm_eps", 1e-6), norm_offset=1.0, embed_scale=math.sqrt(sizes.d_model),
        rotary_base=base, rotary_speeds=speeds, rotary_dim=turned, activation=activation,
    )  # fmt: skip
    return collect(found, family, config if name == "Gemma" else _later(config, found, name))


def _later(config: Config, found: Found, name: str) -> Config:
    """What came with Gemma 2 and 3."""
    told, layers, third = found.told, range(config.n_layers), name == "Gemma 3"
    pattern = told.whole("sliding_window_pattern", 6 if third else 2) or 1
    slides = [bool((layer + 1) % pattern) for layer in layers]
    scalar = told.number("query_pre_attn_scalar", config.d_head)
    if scalar <= 0:
        raise told.wrong("query_pre_attn_scalar")
    return replace(
        config, norm_place="around", attention_scale=scalar**-0.5,
        attention_cap=_cap(told, "attn_logit_softcapping", 0.0 if third else 50.0),
        logit_cap=_cap(told, "final_logit_softcapping", 0.0 if third else 30.0),
        windows=windows(told, slides, 1024 if third else 4096),
        rotary_local_base=_local_base(told, config.d_head) if third else 0.0,
    )  # fmt: skip


def _cap(told: Told, key: str, default: float) -> float:
    """0 where the file says null: no cap."""
    cap = told.number(key, 0.0 if key in told.values else default)
    if cap < 0:
        raise told.wrong(key)
    return cap


def _local_base(told: Told, d_head: int) -> float:
    """The rotary base of layers with a window."""
    if told.inside("rope_parameters").values:
        return rotary(told, d_head, 1e4, "sliding_attention")[0]
    return told.number("rope_local_base_freq", 1e4)


def _name(checkpoint: Checkpoint) -> str | None:
    """The version; the first Gemma looks like Llama, so only config.json can tell it."""
    told = model_type(checkpoint)
    if not has_layers(checkpoint) or told not in (None, *_TYPES):
        return None
    if not has(checkpoint, "pre_feedforward_layernorm.weight"):
        return "Gemma" if told == "gemma" else None
    return "Gemma 3" if has(checkpoint, "self_attn.q_norm.weight") else "Gemma 2"


FORMAT = Format("gemma", "Gemma", recognise, read, order=65)
